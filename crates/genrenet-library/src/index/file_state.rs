//! Whether a file is still as it was when it was read.

use std::fs::Metadata;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// File systems keep times as coarse as two seconds (FAT): a file that is written again so soon may look unchanged.
const COARSEST: Duration = Duration::from_secs(2);

/// What a stat tells of a file's content. Times are compared for being equal only, so that a clock that was set back or a
/// file from the future does no harm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileState {
    /// Bytes.
    pub size: u64,
    /// Time of the last change of the content, in nanoseconds since 1970; `None` where it lies so near the time at which the file was read that
    /// another change might not show.
    pub mtime_ns: Option<i64>,
    /// Time of the last change of the file's entry, 0 where the system has none: a program that writes tags may set the other time back.
    pub ctime_ns: i64,
}

impl FileState {
    /// Of a file whose metadata were read at `now`.
    pub fn of(metadata: &Metadata, now: SystemTime) -> FileState {
        let modified = metadata.modified().ok();
        let mtime_ns = modified.map_or(0, nanoseconds);
        let settled = modified.is_none_or(|modified| {
            let distance = match now.duration_since(modified) {
                Ok(since) => since,
                Err(ahead) => ahead.duration(),
            };
            distance > COARSEST
        });
        FileState {
            size: metadata.len(),
            mtime_ns: settled.then_some(mtime_ns),
            ctime_ns: ctime(metadata),
        }
    }

    /// The same, with a time that the next scan does not trust.
    pub fn unsettled(self) -> FileState {
        FileState {
            mtime_ns: None,
            ..self
        }
    }

    /// Whether a file that was in this state and is now in `now` can be taken to be unchanged.
    pub fn is_same(&self, now: &FileState) -> bool {
        self.mtime_ns.is_some() && self == now
    }
}

fn nanoseconds(time: SystemTime) -> i64 {
    let distance = |duration: Duration| i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX);
    match time.duration_since(UNIX_EPOCH) {
        Ok(since) => distance(since),
        Err(before) => -distance(before.duration()),
    }
}

#[cfg(unix)]
fn ctime(metadata: &Metadata) -> i64 {
    use std::os::unix::fs::MetadataExt;
    let seconds = metadata.ctime().saturating_mul(1_000_000_000);
    seconds.saturating_add(metadata.ctime_nsec())
}

#[cfg(not(unix))]
fn ctime(_: &Metadata) -> i64 {
    0
}
