//! The log: a line of JSON for each request and event, written by a thread of its own.
//!
//! A log that can't be written (a full disk, a closed pipe) or not fast enough loses lines, which are counted; requests never wait for it.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use serde_json::{Value, json};

/// Lines that wait to be written.
const AHEAD: usize = 4096;

/// What a handler knows of its request beside the status; an extension of the response.
#[derive(Clone, Debug, Default)]
pub struct Noted {
    /// The model's name.
    pub model: Option<String>,
    /// Bytes of the body.
    pub bytes: Option<u64>,
    /// Seconds of sound.
    pub seconds: Option<f64>,
    /// Word and sentence of an error.
    pub error: Option<(&'static str, String)>,
}

/// The log of a service.
#[derive(Clone)]
pub struct Log {
    lines: SyncSender<String>,
    lost: Arc<AtomicU64>,
}

/// The thread that writes; the log ends where it is joined.
pub struct Writer(Receiver<()>);

impl Log {
    /// Writes lines to `target` from now on.
    ///
    /// # Errors
    /// That of the system where a thread can't be started.
    pub fn start(target: Box<dyn Write + Send>) -> std::io::Result<(Log, Writer)> {
        let (lines, queue) = sync_channel(AHEAD);
        let (done, ended) = sync_channel(1);
        let lost = Arc::new(AtomicU64::new(0));
        let counter = lost.clone();
        let thread = std::thread::Builder::new().name("log".into());
        thread.spawn(move || {
            write(target, &queue, &counter);
            drop(done);
        })?;
        Ok((Log { lines, lost }, Writer(ended)))
    }

    /// Adds a line: the time, and the keys of `event`.
    pub fn add(&self, mut event: Value) {
        event["time"] = json!(jiff::Timestamp::now().to_string());
        if self.lines.try_send(format!("{event}\n")).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Lines that could not be written.
    pub fn lost(&self) -> &Arc<AtomicU64> {
        &self.lost
    }
}

impl Writer {
    /// Waits until all is written, once every [`Log`] is dropped, but not long for a target that takes nothing.
    pub fn finish(self) {
        let _ = self.0.recv_timeout(Duration::from_secs(1));
    }
}

fn write(mut target: Box<dyn Write + Send>, queue: &Receiver<String>, lost: &AtomicU64) {
    let mut torn = false;
    for line in queue {
        // After a line that was written in part, the next one begins anew.
        let line = match torn {
            true => format!("\n{line}"),
            false => line,
        };
        let written = target.write_all(line.as_bytes());
        torn = written.and_then(|()| target.flush()).is_err();
        if torn {
            lost.fetch_add(1, Ordering::Relaxed);
        }
    }
}
