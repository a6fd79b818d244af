//! A panic in a decoder fails one file, not the program that processes thousands.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};

use crate::error::AudioError;

thread_local! {
    /// How many calls of [`catch_panics`] are active in this thread.
    static CATCHING: Cell<usize> = const { Cell::new(0) };
    /// Where this thread's last caught panic happened.
    static LOCATION: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// A panic that [`catch_panics`] caught.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}{}", .location.as_ref().map(|l| format!(" ({l})")).unwrap_or_default())]
#[non_exhaustive]
pub struct CaughtPanic {
    /// The panic's message.
    pub message: String,
    /// File, line and column, if the program's panic hook calls [`note_panic`].
    pub location: Option<String>,
}

/// Does `work` and catches a panic in it.
///
/// # Errors
/// [`CaughtPanic`].
pub fn catch_panics<T>(work: impl FnOnce() -> T) -> Result<T, CaughtPanic> {
    CATCHING.set(CATCHING.get() + 1);
    // What `work` leaves half done is dropped with it: nothing that it borrows is used again for this file.
    let done = catch_unwind(AssertUnwindSafe(work));
    CATCHING.set(CATCHING.get() - 1);
    done.map_err(|payload| CaughtPanic {
        message: message(&*payload).to_owned(),
        location: LOCATION.take(),
    })
}

/// As [`catch_panics`], for work on one file: a panic becomes its error.
pub(crate) fn caught<T>(work: impl FnOnce() -> Result<T, AudioError>) -> Result<T, AudioError> {
    catch_panics(work).unwrap_or_else(|panic| {
        Err(AudioError::Fault {
            reason: panic.to_string(),
        })
    })
}

/// For a program's panic hook: returns whether [`catch_panics`] will catch the panic, so that nothing needs to be printed. Its
/// location is kept for [`CaughtPanic`].
pub fn note_panic(panic: &PanicHookInfo<'_>) -> bool {
    let is_caught = CATCHING.get() > 0;
    if is_caught {
        LOCATION.set(panic.location().map(ToString::to_string));
    }
    is_caught
}

fn message(payload: &(dyn Any + Send)) -> &str {
    if let Some(text) = payload.downcast_ref::<String>() {
        text
    } else if let Some(text) = payload.downcast_ref::<&str>() {
        text
    } else {
        "a panic without a message"
    }
}
