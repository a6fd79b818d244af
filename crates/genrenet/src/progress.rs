//! How a caller follows long work.

use std::path::Path;
use std::sync::atomic::AtomicBool;

/// Follows long work. Everything may be called from any thread, and nothing has to be done.
pub trait Progress: Sync {
    /// A part of the work begins, such as one of several runs.
    fn part(&self, _name: &str) {}

    /// A stage of `total` things ("files", "rows") begins, which may have a title; the one before is over.
    fn stage(&self, _title: &str, _things: &'static str, _total: u64) {}

    /// So many things of the stage are done in all.
    fn done(&self, _count: u64) {}

    /// So many more things of the stage are done.
    fn more(&self, _count: u64) {}

    /// What is worked on, such as a file.
    fn now(&self, _what: &str) {}

    /// A file is left out, and why.
    fn left_out(&self, _path: &Path, _reason: &str) {}

    /// Once this is true, work on many files stops where it has no other way to be canceled.
    fn canceled(&self) -> Option<&AtomicBool> {
        None
    }

    /// The stages are over.
    fn end(&self) {}
}

/// Ignores everything.
impl Progress for () {}
