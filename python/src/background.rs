//! Work on all cores that takes long: beside the interpreter, until Ctrl-C.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::sync::{Arc, Mutex};

use genrenet::train::Stop;
use pyo3::prelude::*;

use crate::lanes::PATIENCE;

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

/// Does `work` on a thread of its own, with the threads of the global pool, and waits for it without the interpreter's lock. An exception of
/// Ctrl-C's handler cancels the work, and is raised once that has ended.
pub fn run<R: Send>(
    py: Python<'_>,
    cancel: &Cancel,
    work: impl FnOnce() -> R + Send,
) -> PyResult<R> {
    let own = std::process::id();
    let first = PROCESS.compare_exchange(0, own, Ordering::Relaxed, Ordering::Relaxed);
    if first.is_err_and(|process| process != own) {
        let text = "this process was forked from one that trained, evaluated or planned tags, and has none of its threads: start it \
                    with the method \"spawn\"";
        return Err(crate::error::exception(py, "other", text, None));
    }
    let (send, receive) = sync_channel(1);
    let receive = Mutex::new(receive);
    std::thread::scope(|scope| {
        let thread = scope.spawn(move || drop(send.send(work())));
        let mut raised = None;
        let result = loop {
            let waited = py.detach(|| match receive.lock() {
                Ok(receive) => receive.recv_timeout(PATIENCE),
                Err(_) => Err(RecvTimeoutError::Disconnected),
            });
            match waited {
                Ok(result) => break Ok(result),
                Err(RecvTimeoutError::Timeout) => {
                    if let Err(exception) = py.check_signals() {
                        cancel.request();
                        raised.get_or_insert(exception);
                    }
                }
                Err(RecvTimeoutError::Disconnected) => break Err(thread.join()),
            }
        };
        match (raised, result) {
            (Some(exception), _) => Err(exception),
            (None, Ok(result)) => Ok(result),
            (None, Err(Err(panic))) => std::panic::resume_unwind(panic),
            (None, Err(Ok(()))) => {
                let text = "a thread ended without an answer";
                Err(crate::error::exception(py, "fault", text, None))
            }
        }
    })
}
