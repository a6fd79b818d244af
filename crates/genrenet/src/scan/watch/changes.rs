//! Paths in which something changed, until they have come to rest.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use notify::event::{AccessKind, AccessMode, CreateKind, ModifyKind, RemoveKind};
use notify::{Event, EventKind};

use super::filter::Filter;

/// How long nothing may have changed before a file is read. Longer than the coarsest times of file systems, so that another change shows.
const QUIET: Duration = Duration::from_millis(2500);

/// The same for a file that a program has written to and not closed yet, and for a folder in which files change.
const PATIENCE: Duration = Duration::from_secs(30);

/// Paths that are kept; where more change, all folders are searched.
const MOST: usize = 10_000;

/// Whether the system reports that a file that was written to is closed.
const REPORTS_CLOSING: bool = cfg!(any(target_os = "linux", target_os = "android"));

struct Touch {
    last: Instant,
    /// Written to, and not closed since.
    open: bool,
}

impl Touch {
    fn is_at_rest(&self, now: Instant) -> bool {
        let wait = if self.open { PATIENCE } else { QUIET };
        now.saturating_duration_since(self.last) >= wait
    }
}

/// What the system has reported since it was last asked for.
#[derive(Default)]
pub(super) struct Changes {
    paths: BTreeMap<PathBuf, Touch>,
    /// When changes were lost, so that any path may have changed.
    lost: Option<Instant>,
    /// Why the system reports no more changes.
    fault: Option<notify::Error>,
}

impl Changes {
    /// Takes in what the system reports.
    pub fn add(&mut self, reported: notify::Result<Event>, filter: &Filter, now: Instant) {
        let event = match reported {
            Ok(event) => event,
            Err(error) => {
                self.fault = Some(error);
                self.lose(now);
                return;
            }
        };
        if event.need_rescan() {
            self.lose(now);
        }
        let open = match event.kind {
            EventKind::Access(AccessKind::Close(AccessMode::Write)) => Some(false),
            // Reading, of which a scan does much itself.
            EventKind::Access(_) => return,
            EventKind::Modify(ModifyKind::Data(_)) => Some(REPORTS_CLOSING),
            _ => None,
        };
        let was_folder = matches!(
            event.kind,
            EventKind::Create(CreateKind::Folder) | EventKind::Remove(RemoveKind::Folder)
        );
        for path in event.paths {
            if filter.wants(&path, was_folder) {
                self.touch(path, open, now);
            }
        }
        if self.paths.len() > MOST {
            self.lose(now);
        }
    }

    fn touch(&mut self, path: PathBuf, open: Option<bool>, now: Instant) {
        let touch = self.paths.entry(path).or_insert(Touch {
            last: now,
            open: false,
        });
        touch.last = now;
        touch.open = open.unwrap_or(touch.open);
    }

    fn lose(&mut self, now: Instant) {
        self.paths.clear();
        self.lost = Some(now);
    }

    /// Why the system reports no more changes, if that was not taken yet.
    pub fn take_fault(&mut self) -> Option<notify::Error> {
        self.fault.take()
    }

    /// Whether changes were lost, and no more are since a while.
    pub fn take_lost(&mut self, now: Instant) -> bool {
        let over = |at: &mut Instant| now.saturating_duration_since(*at) >= QUIET;
        self.lost.take_if(over).is_some()
    }

    /// Takes the paths that have come to rest, without those below another of them.
    pub fn take_resting(&mut self, now: Instant) -> Vec<PathBuf> {
        let mut resting: Vec<PathBuf> = Vec::new();
        for (path, touch) in &self.paths {
            let patient = now.saturating_duration_since(touch.last) >= PATIENCE;
            if touch.is_at_rest(now) && (patient || !self.stirs_below(path, now)) {
                resting.push(path.clone());
            }
        }
        for path in &resting {
            self.paths.remove(path);
        }
        resting.dedup_by(|path, above| path.starts_with(above));
        resting
    }

    /// Whether something below a path is not at rest; paths below it follow it in their order.
    fn stirs_below(&self, path: &Path, now: Instant) -> bool {
        let from = (Bound::Included(path), Bound::Unbounded);
        let following = self.paths.range::<Path, _>(from);
        let mut below = following.take_while(|(other, _)| other.starts_with(path));
        below.any(|(_, touch)| !touch.is_at_rest(now))
    }

    /// Forgets what changed below a path.
    pub fn forget(&mut self, folder: &Path) {
        self.paths.retain(|path, _| !path.starts_with(folder));
    }
}

#[cfg(test)]
mod tests {
    use notify::event::{DataChange, Flag, RenameMode};

    use super::*;

    const WRITE: EventKind = EventKind::Modify(ModifyKind::Data(DataChange::Any));
    const CLOSE: EventKind = EventKind::Access(AccessKind::Close(AccessMode::Write));
    const OPEN: EventKind = EventKind::Access(AccessKind::Open(AccessMode::Any));
    const RENAME: EventKind = EventKind::Modify(ModifyKind::Name(RenameMode::To));
    const NEW_FOLDER: EventKind = EventKind::Create(CreateKind::Folder);

    /// Adds events, each at a time in seconds after the first.
    fn changes(start: Instant, events: &[(f64, EventKind, &str)]) -> Changes {
        let filter = Filter::new(vec!["/music".into()], Path::new("/elsewhere/index"));
        let mut changes = Changes::default();
        for &(at, kind, path) in events {
            let event = Event::new(kind).add_path(path.into());
            changes.add(Ok(event), &filter, start + Duration::from_secs_f64(at));
        }
        changes
    }

    fn resting(changes: &mut Changes, start: Instant, at: f64) -> Vec<String> {
        let paths = changes.take_resting(start + Duration::from_secs_f64(at));
        let text = |path: PathBuf| path.to_str().unwrap().to_owned();
        paths.into_iter().map(text).collect()
    }

    #[test]
    fn a_file_is_taken_once_and_only_when_it_is_at_rest() {
        let start = Instant::now();
        let mut changes = changes(
            start,
            &[
                (0.0, RENAME, "/music/a.mp3"),
                (0.0, OPEN, "/music/only_read.mp3"),
                (2.0, RENAME, "/music/b.mp3"),
            ],
        );
        assert_eq!(resting(&mut changes, start, 1.0), [""; 0]);
        assert_eq!(resting(&mut changes, start, 3.0), ["/music/a.mp3"]);
        assert_eq!(resting(&mut changes, start, 5.0), ["/music/b.mp3"]);
        assert_eq!(resting(&mut changes, start, 500.0), [""; 0]);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_file_that_is_written_to_is_waited_for_until_it_is_closed() {
        let start = Instant::now();
        let mut changes = changes(
            start,
            &[
                (0.0, WRITE, "/music/stalls.mp3"),
                (0.0, WRITE, "/music/whole.mp3"),
                (1.0, CLOSE, "/music/whole.mp3"),
            ],
        );
        assert_eq!(resting(&mut changes, start, 10.0), ["/music/whole.mp3"]);
        assert_eq!(resting(&mut changes, start, 31.0), ["/music/stalls.mp3"]);
    }

    #[test]
    fn a_new_folder_waits_for_what_is_copied_into_it_and_stands_for_that() {
        let start = Instant::now();
        let mut changes = changes(
            start,
            &[
                (0.0, NEW_FOLDER, "/music/album"),
                (0.0, RENAME, "/music/album.mp3"),
                (1.0, RENAME, "/music/album/1.mp3"),
                (3.0, RENAME, "/music/album/2.mp3"),
            ],
        );
        // The folder would read the second file too early; the first one is at rest by itself.
        let first = resting(&mut changes, start, 4.0);
        assert_eq!(first, ["/music/album/1.mp3", "/music/album.mp3"]);
        assert_eq!(resting(&mut changes, start, 6.0), ["/music/album"]);
        assert_eq!(resting(&mut changes, start, 500.0), [""; 0]);
    }

    #[test]
    fn lost_changes_and_too_many_are_answered_by_a_search_of_everything() {
        let start = Instant::now();
        let later = start + QUIET;
        let filter = Filter::new(vec!["/music".into()], Path::new("/elsewhere/index"));
        let mut lost = changes(start, &[(0.0, RENAME, "/music/a.mp3")]);
        assert!(!lost.take_lost(later));
        lost.add(
            Ok(Event::new(EventKind::Other).set_flag(Flag::Rescan)),
            &filter,
            start,
        );
        assert!(!lost.take_lost(start));
        assert!(lost.take_lost(later) && !lost.take_lost(later));
        assert_eq!(resting(&mut lost, start, 500.0), [""; 0]);
        let mut many = Changes::default();
        for i in 0..=MOST {
            let event = Event::new(RENAME).add_path(format!("/music/{i}.mp3").into());
            many.add(Ok(event), &filter, start);
        }
        assert!(many.take_lost(later) && many.paths.is_empty());
        many.add(
            Err(notify::Error::new(notify::ErrorKind::MaxFilesWatch)),
            &filter,
            start,
        );
        assert!(many.take_fault().is_some() && many.take_lost(later));
    }
}
