//! Marking what is missing, and only what is: not the files of a drive that was unplugged or a folder that could not be searched.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::drives::{Drives, is_mounted};
use crate::Error;
use crate::library::index::{Index, OldPlace};

const LOST: &str = "it is not there any more, or on another drive than when the scan began";
const EMPTIED: &str = "none of the songs that were known in it is there";

/// What is known at the end of a scan.
pub(super) struct Missing<'a> {
    pub index: &'a Index,
    pub drives: &'a Drives,
    /// Places that could not be searched.
    pub faulty: &'a [PathBuf],
    /// The newest row of a file before the scan.
    pub newest_before: i64,
}

/// Missing files that were marked, and places where none was marked, with the reason.
pub(super) type Marked = (Vec<PathBuf>, Vec<(PathBuf, String)>);

impl Missing<'_> {
    /// Marks the missing files of these folders.
    pub fn mark(&self, roots: &[PathBuf]) -> Result<Marked, Error> {
        let mut spared = Vec::new();
        let mut gone = Vec::new();
        let all_mounts = self.index.mounts()?;
        let unmounted = self.unmounted()?;
        for root in roots {
            let mut excuses = Vec::new();
            let mut below = self.look_below(root, &unmounted, &mut excuses)?;
            // Also where it vanished meanwhile.
            if self.drives.lost(root) {
                spared.push((root.clone(), LOST.into()));
                continue;
            }
            excuses.retain(|excuse| !spared.contains(excuse));
            spared.append(&mut excuses);
            // An empty mount point, or one with another drive: the folder, and each drive in it.
            if root.is_dir() && below.is_emptied(all_mounts.contains(root)) {
                spared.push((root.clone(), EMPTIED.into()));
                continue;
            }
            for mount in all_mounts
                .iter()
                .filter(|mount| mount.starts_with(root) && *mount != root)
            {
                if self
                    .look_below(mount, &unmounted, &mut Vec::new())?
                    .is_emptied(true)
                {
                    spared.push((mount.clone(), EMPTIED.into()));
                    below.missing.retain(|file| !file.path.starts_with(mount));
                }
            }
            gone.append(&mut below.missing);
        }
        self.set_vanished(gone, spared)
    }

    /// Marks what is missing at and below paths of which the system has reported a change, in folders that are there.
    pub fn mark_changed(&self, changed: &[PathBuf], roots: &[PathBuf]) -> Result<Marked, Error> {
        let mut spared = Vec::new();
        let mut gone = Vec::new();
        let unmounted = self.unmounted()?;
        for path in changed {
            gone.append(&mut self.look_below(path, &unmounted, &mut spared)?.missing);
        }
        for root in roots.iter().filter(|root| self.drives.lost(root)) {
            gone.retain(|place| !place.path.starts_with(root));
        }
        self.set_vanished(gone, spared)
    }

    fn set_vanished(
        &self,
        gone: Vec<OldPlace>,
        spared: Vec<(PathBuf, String)>,
    ) -> Result<Marked, Error> {
        let ids: Vec<i64> = gone.iter().map(|place| place.id).collect();
        self.index.set_vanished(&ids, true)?;
        let paths = gone.into_iter().map(|place| place.path).collect();
        Ok((paths, spared))
    }

    /// Mount points whose drives are not there.
    fn unmounted(&self) -> Result<Vec<PathBuf>, Error> {
        let mounts = self.index.mounts()?.into_iter();
        Ok(mounts.filter(|mount| !is_mounted(mount)).collect())
    }

    /// Looks at the files that are known at and below a path.
    fn look_below(
        &self,
        path: &Path,
        unmounted: &[PathBuf],
        spared: &mut Vec<(PathBuf, String)>,
    ) -> Result<Below, Error> {
        let mut below = Below::default();
        self.index.files_below(path, |page| {
            for place in page {
                if !is_missing(&place.path) {
                    below.has_any = true;
                    below.has_old |= place.id <= self.newest_before;
                    continue;
                }
                match self.excuse(&place.path, unmounted) {
                    None => below.missing.push(place),
                    Some(excuse) if spared.contains(&excuse) => {}
                    Some(excuse) => spared.push(excuse),
                }
            }
        })?;
        Ok(below)
    }

    /// Why a file that is not found may be there nevertheless.
    fn excuse(&self, path: &Path, unmounted: &[PathBuf]) -> Option<(PathBuf, String)> {
        if let Some(mount) = unmounted.iter().find(|mount| path.starts_with(mount)) {
            return Some((
                mount.clone(),
                "a drive was mounted here, and is not now".into(),
            ));
        }
        if let Some(folder) = self.faulty.iter().find(|folder| path.starts_with(folder)) {
            return Some((folder.clone(), "it could not be searched".into()));
        }
        let above = path
            .ancestors()
            .skip(1)
            .find(|above| std::fs::symlink_metadata(above).is_ok())?;
        (above.is_symlink() && !above.exists()).then(|| {
            (
                above.to_owned(),
                "a link to a place that is not there".into(),
            )
        })
    }
}

/// The files that are known at and below a path.
#[derive(Default)]
struct Below {
    /// Those that are not there, without an excuse.
    missing: Vec<OldPlace>,
    /// Whether one is there.
    has_any: bool,
    /// Whether one is there that was known before the scan.
    has_old: bool,
}

impl Below {
    /// Whether none of the known files is there any more, and no others either, unless one drive may have replaced another.
    fn is_emptied(&self, is_mount: bool) -> bool {
        let something = if is_mount { self.has_old } else { self.has_any };
        !self.missing.is_empty() && !something
    }
}

/// Whether a file is certainly not there: a drive that fails says something else.
fn is_missing(path: &Path) -> bool {
    std::fs::symlink_metadata(path)
        .is_err_and(|error| matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory))
}
