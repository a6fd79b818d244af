//! Shows the library's progress on standard error.

use std::path::Path;
use std::sync::Mutex;

use crate::output::{tell, warn};
use crate::progress::Progress;

/// Shows the library's progress as a row on the terminal, and names files that are left out.
#[derive(Default)]
pub struct Terminal(Mutex<Option<Progress>>);

impl Terminal {
    fn change(&self, change: impl FnOnce(&mut Option<Progress>)) {
        // A row that a panic has left half changed is still a row.
        change(
            &mut self
                .0
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner),
        );
    }

    fn with(&self, call: impl FnOnce(&Progress)) {
        self.change(|progress| {
            if let Some(progress) = progress {
                call(progress);
            }
        });
    }
}

impl genrenet::Progress for Terminal {
    fn part(&self, name: &str) {
        tell(format_args!("reading {name}"));
    }

    fn stage(&self, title: &str, things: &'static str, total: u64) {
        self.change(|progress| {
            let new = || Progress::over(things, Some(total));
            progress
                .get_or_insert_with(new)
                .stage(title, things, Some(total));
        });
    }

    fn done(&self, count: u64) {
        self.with(|progress| progress.done(count));
    }

    fn more(&self, count: u64) {
        self.with(|progress| progress.more(count));
    }

    fn now(&self, what: &str) {
        self.with(|progress| progress.now(what));
    }

    fn left_out(&self, path: &Path, reason: &str) {
        warn(path, reason);
    }

    fn end(&self) {
        self.change(|progress| drop(progress.take()));
    }
}
