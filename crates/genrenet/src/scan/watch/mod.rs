//! Watching a library: what changes is scanned when it has come to rest.

mod changes;
mod filter;
mod network;
mod root;

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use changes::Changes;
use filter::Filter;
use network::is_remote;
use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use root::Root;

use super::{Scan, ScannedFile, Summary, root_of};
use crate::Error;

/// How often what the system has reported is looked at, and whether the caller wants to stop.
const TICK: Duration = Duration::from_millis(250);

/// How often it is looked whether the folders are there: a drive that is unplugged reports nothing.
const LOOK: Duration = Duration::from_secs(2);

/// How often folders are searched whose changes the system does not report.
const POLL: Duration = Duration::from_secs(60);

/// What happens while a library is watched.
#[derive(Debug)]
pub enum Watched<'a> {
    /// A file was not as it was; what was read of it is stored.
    File(ScannedFile),
    /// A folder is not there any more; nothing in it is marked as missing. It is waited for.
    Away(&'a Path),
    /// Such a folder is there again, and searched.
    Back(&'a Path),
    /// The missing files of a place were not marked, for this reason.
    Spared(&'a Path, &'a str),
    /// For this reason, a folder is searched so often in place of waiting for reports of the system.
    Polled(&'a Path, &'a str, Duration),
}

/// A library whose changes are scanned as they happen.
pub struct Watch<'a> {
    scan: &'a Scan<'a>,
    roots: Vec<Root>,
    /// How often everything is searched, where reports of the system are not wanted.
    every: Option<Duration>,
    changes: Arc<Mutex<Changes>>,
    /// Reports changes as long as it is kept.
    watcher: Option<RecommendedWatcher>,
    /// What was said of places and need not be said again.
    said: BTreeSet<(PathBuf, String)>,
}

impl<'a> Watch<'a> {
    /// Begins to take note of changes in these files and folders, so that a scan that follows misses none. With `every` the system is not asked to
    /// report changes: the folders are searched so often.
    ///
    /// # Errors
    /// [`Error::Search`] for a path that is not there.
    pub fn new(
        scan: &'a Scan<'a>,
        roots: &[PathBuf],
        every: Option<Duration>,
    ) -> Result<Watch<'a>, Error> {
        let roots = roots.iter().map(|root| root_of(root));
        let mut watch = Watch {
            scan,
            roots: roots
                .map(|root| root.map(Root::new))
                .collect::<Result<_, _>>()?,
            every,
            changes: Arc::default(),
            watcher: None,
            said: BTreeSet::new(),
        };
        watch.begin()?;
        Ok(watch)
    }

    /// Scans what changes, and hands what was found to `each`, until `stop` is set; the files at hand are finished then.
    ///
    /// A file is read when nothing was written to it for some seconds. Only what changed is searched.
    ///
    /// # Errors
    /// [`Error::Index`] where nothing more can be stored.
    pub fn run(mut self, stop: &AtomicBool, mut each: impl FnMut(Watched)) -> Result<(), Error> {
        let mut looked = Instant::now();
        let mut polled = looked;
        while !stop.load(Ordering::Relaxed) {
            std::thread::sleep(TICK);
            self.say_what_is_polled(&mut each);
            let now = Instant::now();
            let poll = now.duration_since(polled) >= self.every.unwrap_or(POLL);
            let lost = self.changes().take_lost(now);
            let mut changed = self.changes().take_resting(now);
            let mut whole = Vec::new();
            if poll || lost || !changed.is_empty() || now.duration_since(looked) >= LOOK {
                whole = self.look(poll, &mut each)?;
                looked = Instant::now();
            }
            for root in self.roots.iter().filter(|root| root.is_there()) {
                let due = lost || (poll && root.polled.is_some()) || changed.contains(&root.path);
                if due && !whole.contains(&root.path) {
                    whole.push(root.path.clone());
                }
            }
            let roots = self.roots.iter().filter(|root| root.is_there());
            let roots: Vec<PathBuf> = roots.map(|root| root.path.clone()).collect();
            changed.retain(|path| roots.iter().any(|root| path.starts_with(root)));
            changed.retain(|path| !whole.iter().any(|root| path.starts_with(root)));
            let file = |file| {
                each(Watched::File(file));
                match stop.load(Ordering::Relaxed) {
                    true => ControlFlow::Break(()),
                    false => ControlFlow::Continue(()),
                }
            };
            for (path, reason) in self.scan(&whole, &changed, &roots, file)? {
                if self.said.insert((path.clone(), reason.clone())) {
                    each(Watched::Spared(&path, &reason));
                }
            }
            if poll {
                polled = Instant::now();
            }
        }
        Ok(())
    }

    /// Scans whole folders, and within the others what changed; returns what was spared.
    fn scan(
        &self,
        whole: &[PathBuf],
        changed: &[PathBuf],
        roots: &[PathBuf],
        mut each: impl FnMut(ScannedFile) -> ControlFlow<()>,
    ) -> Result<Vec<(PathBuf, String)>, Error> {
        let mut spared = Vec::new();
        if !whole.is_empty() {
            match self.scan.run(whole, |_| {}, &mut each) {
                Ok(summary) => spared = summary.spared,
                // A folder went away just now, which the next look will find.
                Err(Error::Search(_)) => {}
                Err(error) => return Err(error),
            }
        }
        if !changed.is_empty() {
            spared.extend(self.scan.rescan(changed, roots, each)?.spared);
        }
        Ok(spared)
    }

    fn changes(&self) -> MutexGuard<'_, Changes> {
        // Whole after each change.
        self.changes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks whether the folders are there, those that are polled only where `poll`; returns those that are other ones than before.
    fn look(&mut self, poll: bool, each: &mut impl FnMut(Watched)) -> Result<Vec<PathBuf>, Error> {
        let mut others = Vec::new();
        for root in &mut self.roots {
            // A look at a network that does not answer may take long.
            if root.polled.is_some() && !poll {
                continue;
            }
            let was_there = root.is_there();
            if !root.has_changed() {
                continue;
            }
            if !root.is_there() {
                self.changes
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .forget(&root.path);
                each(Watched::Away(&root.path));
                continue;
            }
            if !was_there {
                each(Watched::Back(&root.path));
            }
            self.said.retain(|(path, _)| !path.starts_with(&root.path));
            others.push(root.path.clone());
        }
        if !others.is_empty() {
            self.begin()?;
        }
        Ok(others)
    }

    /// Asks the system to report changes of all folders that are there, in place of what was asked before.
    fn begin(&mut self) -> Result<(), Error> {
        self.watcher = None;
        for root in &mut self.roots {
            root.polled = self.every.map(|_| String::new());
        }
        if self.every.is_some() {
            return Ok(());
        }
        let paths = self.roots.iter().map(|root| root.path.clone()).collect();
        let filter = Filter::new(paths, self.scan.index.path());
        let changes = Arc::clone(&self.changes);
        let made = notify::recommended_watcher(move |event| {
            let mut changes = changes.lock().unwrap_or_else(PoisonError::into_inner);
            changes.add(event, &filter, Instant::now());
        });
        let mut watcher = match made {
            Ok(watcher) => watcher,
            Err(error) => {
                self.poll_all(&error);
                return Ok(());
            }
        };
        let mounts = self.scan.index.mounts()?;
        // Files first: a folder that is watched with all below it is not to become one that is watched alone.
        self.roots.sort_by_key(|root| !root.is_file);
        for root in self.roots.iter_mut().filter(|root| root.is_there()) {
            let watched = match root.path.parent() {
                // A file that another one replaces is seen from its folder only.
                Some(folder) if root.is_file => watcher.watch(folder, RecursiveMode::NonRecursive),
                _ => watcher.watch(&root.path, RecursiveMode::Recursive),
            };
            let below = mounts.iter().filter(|mount| mount.starts_with(&root.path));
            root.polled = match watched {
                Err(error) => Some(reason(&error)),
                Ok(()) if below.chain([&root.path]).any(|path| is_remote(path)) => Some(
                    "it is, or holds, a network drive, of which not every change is reported"
                        .into(),
                ),
                Ok(()) => None,
            };
        }
        self.watcher = Some(watcher);
        Ok(())
    }

    fn poll_all(&mut self, error: &notify::Error) {
        for root in &mut self.roots {
            root.polled = Some(reason(error));
        }
    }

    fn say_what_is_polled(&mut self, each: &mut impl FnMut(Watched)) {
        let fault = self.changes().take_fault();
        if let Some(error) = fault {
            self.poll_all(&error);
        }
        if self.every.is_some() {
            return;
        }
        for root in &self.roots {
            if let Some(reason) = &root.polled
                && self.said.insert((root.path.clone(), reason.clone()))
            {
                each(Watched::Polled(&root.path, reason, POLL));
            }
        }
    }
}

/// Why changes are not reported.
fn reason(error: &notify::Error) -> String {
    match &error.kind {
        notify::ErrorKind::MaxFilesWatch => {
            "the system watches no more folders (fs.inotify.max_user_watches)".into()
        }
        notify::ErrorKind::Io(error) => format!("the system does not report changes: {error}"),
        other => format!("the system does not report changes: {other:?}"),
    }
}

impl Scan<'_> {
    /// Scans what is at and below these paths, of which some may be gone, as far as the folders in which they are, `roots`, are there.
    fn rescan(
        &self,
        changed: &[PathBuf],
        roots: &[PathBuf],
        each: impl FnMut(ScannedFile) -> ControlFlow<()>,
    ) -> Result<Summary, Error> {
        let there = changed
            .iter()
            .filter(|path| std::fs::symlink_metadata(path).is_ok());
        let there: Vec<PathBuf> = there.cloned().collect();
        self.search(
            &there,
            roots,
            |_| {},
            each,
            |missing| missing.mark_changed(changed, roots),
        )
    }
}
