//! Marking what is missing, and only what is: not the files of a drive that was unplugged or a folder that could not be searched.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::drives::{Drives, is_mounted};
use crate::Error;
use crate::library::index::Index;

/// What is known at the end of a scan.
pub(super) struct Missing<'a> {
    pub index: &'a Index,
    pub drives: &'a Drives,
    /// Places that could not be searched.
    pub faulty: &'a [PathBuf],
    /// How many files were found.
    pub found: usize,
}

impl Missing<'_> {
    /// Marks the missing files of these folders; returns their number, and the places where none was marked, with the reason.
    pub fn mark(&self, roots: &[PathBuf]) -> Result<(usize, Vec<(PathBuf, String)>), Error> {
        let mut spared: Vec<(PathBuf, String)> = Vec::new();
        let unmounted = self
            .index
            .mounts()?
            .into_iter()
            .filter(|mount| !is_mounted(mount));
        let unmounted: Vec<PathBuf> = unmounted.collect();
        let mut gone = Vec::new();
        for root in roots {
            if self.drives.lost(root) {
                let reason =
                    "it is not there any more, or on another drive than when the scan began";
                spared.push((root.clone(), reason.into()));
                continue;
            }
            let mut known = 0;
            self.index.files_below(root, |page| {
                known += page.len();
                for place in page {
                    if !is_missing(&place.path) {
                        continue;
                    }
                    match self.excuse(&place.path, &unmounted) {
                        None => gone.push(place.id),
                        Some(excuse) if spared.contains(&excuse) => {}
                        Some(excuse) => spared.push(excuse),
                    }
                }
            })?;
            // A mount point without its drive is an empty folder.
            if self.found == 0 && known > 0 && root.is_dir() {
                spared.push((root.clone(), "it holds no songs any more".into()));
                return Ok((0, spared));
            }
        }
        self.index.set_vanished(&gone, true)?;
        Ok((gone.len(), spared))
    }

    /// Why a file that is not found may be there nevertheless.
    fn excuse(&self, path: &Path, unmounted: &[PathBuf]) -> Option<(PathBuf, String)> {
        if let Some(mount) = unmounted.iter().find(|mount| path.starts_with(mount)) {
            return Some((
                mount.clone(),
                "a drive that was mounted here is not there".into(),
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

/// Whether a file is certainly not there: a drive that fails says something else.
fn is_missing(path: &Path) -> bool {
    std::fs::symlink_metadata(path)
        .is_err_and(|error| matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory))
}
