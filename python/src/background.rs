//! Work on all cores that takes long: beside the interpreter, until Ctrl-C.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::sync::{Arc, Mutex};

use genrenet::train::Stop;
use pyo3::prelude::*;

use crate::lanes::wait;

/// What ends work early.
#[derive(Clone, Default)]
pub struct Cancel {
    /// Ends a training after its current step.
    pub training: Stop,
    /// Ends work on many files after the current ones.
    pub files: Arc<AtomicBool>,
}

impl Cancel {
    /// Ends the work.
    pub fn request(&self) {
        self.training.request();
        self.files.store(true, Ordering::Relaxed);
    }
}

/// The process that started the threads of the global pool; 0 before.
static PROCESS: AtomicU32 = AtomicU32::new(0);

/// An error in a process that was forked from one that has the threads of the global pool: it does not have them.
fn check_process(py: Python<'_>) -> PyResult<()> {
    let own = std::process::id();
    let first = PROCESS.compare_exchange(0, own, Ordering::Relaxed, Ordering::Relaxed);
    if first.is_err_and(|process| process != own) {
        let text = "this process was forked from one that trained, evaluated or planned tags, and has none of its threads: start it \
                    with the method \"spawn\"";
        return Err(crate::error::exception(py, "other", text, None));
    }
    Ok(())
}

/// Does `work` that can be left unfinished on a thread of its own, with the threads of the global pool, and waits for it without the interpreter's
/// lock. An exception of Ctrl-C's handler cancels the work and is raised at once; what is begun of it ends by itself, unheard.
pub fn run_unheard<R: Send + 'static>(
    py: Python<'_>,
    cancel: &Cancel,
    work: impl FnOnce() -> R + Send + 'static,
) -> PyResult<R> {
    check_process(py)?;
    let (send, receive) = sync_channel(1);
    let thread = std::thread::spawn(move || drop(send.send(work())));
    let receive = Mutex::new(receive);
    loop {
        match wait(py, &receive) {
            Ok(result) => return Ok(result),
            Err(RecvTimeoutError::Timeout) => {
                py.check_signals().inspect_err(|_| cancel.request())?;
            }
            Err(RecvTimeoutError::Disconnected) => return Err(ended(py, thread.join())),
        }
    }
}

/// As [`run_unheard`], of work that writes: the exception is raised once the work has ended.
pub fn run<R: Send>(
    py: Python<'_>,
    cancel: &Cancel,
    work: impl FnOnce() -> R + Send,
) -> PyResult<R> {
    check_process(py)?;
    let (send, receive) = sync_channel(1);
    let receive = Mutex::new(receive);
    std::thread::scope(|scope| {
        let thread = scope.spawn(move || drop(send.send(work())));
        let mut raised = None;
        loop {
            match wait(py, &receive) {
                Ok(result) => return raised.map_or(Ok(result), Err),
                Err(RecvTimeoutError::Timeout) => {
                    if let Err(exception) = py.check_signals() {
                        cancel.request();
                        raised.get_or_insert(exception);
                    }
                }
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(raised.unwrap_or_else(|| ended(py, thread.join())));
                }
            }
        }
    })
}

/// Why a thread gave no result: its panic goes on.
fn ended(py: Python<'_>, joined: std::thread::Result<()>) -> PyErr {
    if let Err(panic) = joined {
        std::panic::resume_unwind(panic);
    }
    let text = "a thread ended without an answer";
    crate::error::exception(py, "fault", text, None)
}
