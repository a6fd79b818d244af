//! The end of a request before its answer: the client has gone, or the time is up.

use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// When work for a request is given up.
pub struct Stop {
    gone: AtomicBool,
    by: Instant,
}

impl Stop {
    /// At this time, if the client does not go before.
    pub fn at(by: Instant) -> Arc<Stop> {
        Arc::new(Stop {
            gone: AtomicBool::new(false),
            by,
        })
    }

    /// Whether the work is to end.
    pub fn is_over(&self) -> bool {
        self.gone.load(Ordering::Relaxed) || Instant::now() >= self.by
    }
}

/// Ends the work where it is dropped: with the request.
pub struct StopOnDrop(pub Arc<Stop>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.gone.store(true, Ordering::Relaxed);
    }
}

/// A reader that fails once the work is to end. Decoders read a few kilobytes at a time, and so end soon.
pub struct Stoppable<R> {
    /// The bytes.
    pub reader: R,
    /// When they end.
    pub stop: Arc<Stop>,
}

impl<R: Read> Read for Stoppable<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.stop.is_over() {
            return Err(io::Error::other("the request has ended"));
        }
        self.reader.read(buffer)
    }
}

impl<R: Seek> Seek for Stoppable<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.reader.seek(to)
    }
}
