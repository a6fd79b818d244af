//! Threads on which single songs are computed.
//!
//! The kernels share their work among the threads of the rayon pool that they run in. A lane is a pool of one thread: a song on it takes
//! one core, so that as many Python threads as there are cores keep them all busy, and nothing waits for the threads of the global pool, which a
//! forked process does not have.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::Duration;

use pyo3::prelude::*;
use rayon::ThreadPool;

use crate::error;

/// How long a wait lasts before Ctrl-C is looked for.
const PATIENCE: Duration = Duration::from_millis(50);

/// Lanes that no call uses at present.
///
/// The lock is held only together with the interpreter's: a fork, which holds that one, finds it free.
static IDLE: Mutex<Idle> = Mutex::new(Idle {
    process: 0,
    lanes: Vec::new(),
});

struct Idle {
    /// The process that made the lanes.
    process: u32,
    lanes: Vec<ThreadPool>,
}

/// A pool of one thread.
pub fn new() -> PyResult<ThreadPool> {
    genrenet::single_thread_pool().map_err(|fault| {
        let text = format!("a thread can't be started: {fault}");
        Python::attach(|py| error::exception(py, "other", &text, None))
    })
}

/// Does `work` on a lane without the interpreter's lock. Ctrl-C ends the wait with the exception of its handler; the work then ends by itself,
/// unheard.
pub fn run<R: Send + 'static>(
    py: Python<'_>,
    work: impl FnOnce() -> R + Send + 'static,
) -> PyResult<R> {
    let lane = take(py)?;
    let (send, receive) = sync_channel(1);
    // An unheard result is dropped.
    lane.spawn(move || drop(send.send(catch_unwind(AssertUnwindSafe(work)))));
    let receive = Mutex::new(receive);
    loop {
        match wait(py, &receive) {
            Ok(result) => {
                give(py, lane);
                return Ok(result.unwrap_or_else(|panic| resume_unwind(panic)));
            }
            Err(RecvTimeoutError::Timeout) => py.check_signals()?,
            Err(RecvTimeoutError::Disconnected) => {
                let text = "a thread ended without an answer";
                return Err(error::exception(py, "fault", text, None));
            }
        }
    }
}

/// A result, without the interpreter's lock; `Timeout` where Ctrl-C is to be looked for.
pub fn wait<R: Send>(py: Python<'_>, receive: &Mutex<Receiver<R>>) -> Result<R, RecvTimeoutError> {
    py.detach(|| match receive.lock() {
        Ok(receive) => receive.recv_timeout(PATIENCE),
        Err(_) => Err(RecvTimeoutError::Disconnected),
    })
}

fn take(_locked: Python<'_>) -> PyResult<ThreadPool> {
    let mut idle = IDLE.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    if idle.process != std::process::id() {
        idle.process = std::process::id();
        // The threads of these are in the process that this one was forked from.
        std::mem::forget(std::mem::take(&mut idle.lanes));
    }
    match idle.lanes.pop() {
        Some(lane) => Ok(lane),
        None => new(),
    }
}

fn give(_locked: Python<'_>, lane: ThreadPool) {
    let mut idle = IDLE.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    idle.lanes.push(lane);
}
