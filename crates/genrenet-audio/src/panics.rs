//! A fault in a decoder ends the file, and not the program that goes through thousands.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};

use crate::error::AudioError;

thread_local! {
    /// How many calls of [`catch_panics`] this thread is in.
    static CATCHING: Cell<usize> = const { Cell::new(0) };
    /// Where this thread's last caught panic began.
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Does `work`; a panic in it comes back as its message, with the place in the source where a program's panic hook calls
/// [`note_panic`].
///
/// # Errors
/// What the panic said.
pub fn catch_panics<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    CATCHING.set(CATCHING.get() + 1);
    // What `work` has left half done is dropped with it: nothing it borrows is used again for this file.
    let done = catch_unwind(AssertUnwindSafe(work));
    CATCHING.set(CATCHING.get() - 1);
    done.map_err(|payload| {
        let said = message(&*payload);
        match PLACE.take() {
            Some(place) => format!("{said} ({place})"),
            None => said.to_owned(),
        }
    })
}

/// The same for work on one file: the panic becomes its error.
pub(crate) fn caught<T>(work: impl FnOnce() -> Result<T, AudioError>) -> Result<T, AudioError> {
    catch_panics(work).unwrap_or_else(|reason| Err(AudioError::Fault { reason }))
}

/// For a program's panic hook: whether the panic is caught by [`catch_panics`], so that nothing need be printed. Its place is kept
/// for the message.
pub fn note_panic(panic: &PanicHookInfo<'_>) -> bool {
    let is_caught = CATCHING.get() > 0;
    if is_caught {
        PLACE.set(panic.location().map(ToString::to_string));
    }
    is_caught
}

fn message(payload: &(dyn Any + Send)) -> &str {
    if let Some(text) = payload.downcast_ref::<String>() {
        text
    } else if let Some(text) = payload.downcast_ref::<&str>() {
        text
    } else {
        "a panic without words"
    }
}
