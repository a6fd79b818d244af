//! `genrenet scan --watch`: a line for each change.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use genrenet::{Change, Scan, ScannedFile, Watch, Watched};
use genrenet_text::{counted, visible, visible_path};

use crate::exit::{CommandResult, Failure, Outcome};
use crate::output::{Page, tell, warn};

/// A library that is watched.
pub(super) struct Watching<'a> {
    watch: Watch<'a>,
    folders: usize,
    every: Option<u32>,
}

impl<'a> Watching<'a> {
    /// Begins before the first scan, so that nothing is missed in between.
    pub fn begin(
        scan: &'a Scan<'a>,
        paths: &[PathBuf],
        every: Option<u32>,
    ) -> Result<Watching<'a>, Failure> {
        let often = every.map(|seconds| Duration::from_secs(seconds.into()));
        Ok(Watching {
            watch: Watch::new(scan, paths, often)?,
            folders: paths.len(),
            every,
        })
    }

    /// Prints what changes until the program is asked to stop.
    pub fn run(self, stop: &AtomicBool, mut page: Page) -> CommandResult {
        let often = match self.every {
            Some(seconds) => format!("every {seconds} s"),
            None => "for changes".into(),
        };
        let folders = counted(self.folders, "place is", "places are");
        if !stop.load(Ordering::Relaxed) {
            tell(format_args!("{folders} watched {often}; Ctrl-C ends it"));
        }
        self.watch.run(stop, |watched| show(watched, &mut page))?;
        page.end(Outcome::Done)
    }
}

fn show(watched: Watched, page: &mut Page) {
    match watched {
        Watched::File(ScannedFile { path, result }) => match result {
            Ok(change) => {
                if let Some(what) = words(&change) {
                    page.line(format_args!("{what}: {}", visible_path(&path)));
                }
            }
            Err(error) => warn(&path, error),
        },
        Watched::Away(path) => warn(
            path,
            "not there any more; waiting for it to come back, nothing is marked as missing",
        ),
        Watched::Back(path) => warn(path, "there again"),
        Watched::Spared(path, reason) => warn(
            path,
            format_args!(
                "{}; what the index has of it was not marked as missing",
                visible(reason)
            ),
        ),
        Watched::Polled(path, reason, every) => warn(
            path,
            format_args!(
                "{}; it is searched every {} s",
                visible(reason),
                every.as_secs()
            ),
        ),
    }
}

/// What has changed; `None` where nothing has.
fn words(change: &Change) -> Option<String> {
    Some(match change {
        Change::New => "new".into(),
        Change::Moved(from) => format!("moved from {}", visible_path(from)),
        Change::Sound => "another sound".into(),
        Change::Tags => "other tags".into(),
        Change::Returned => "there again".into(),
        Change::Reclassified => "classified again".into(),
        Change::Missing => "missing".into(),
        Change::Nothing => return None,
    })
}
