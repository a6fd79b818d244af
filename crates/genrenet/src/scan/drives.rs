//! Which drives the files of a scan are on: files of a drive that is not mounted any more are not missing.

use std::collections::BTreeSet;
use std::fs::Metadata;
use std::path::{Path, PathBuf};

/// The mount points of a scan.
pub(super) struct Drives {
    /// Each folder or file that was named, and its device.
    roots: Vec<(PathBuf, Option<u64>)>,
    /// Their devices.
    seen: BTreeSet<u64>,
    mounts: Vec<PathBuf>,
}

impl Drives {
    pub fn of(roots: &[PathBuf]) -> Drives {
        let with_device = |root: &PathBuf| (root.clone(), device_of(root));
        let mut drives = Drives {
            roots: roots.iter().map(with_device).collect(),
            seen: BTreeSet::new(),
            mounts: Vec::new(),
        };
        for root in roots {
            if let Ok(metadata) = std::fs::metadata(root) {
                drives.see(root, &metadata);
            }
        }
        drives
    }

    /// Notes the drive of a path.
    pub fn see(&mut self, path: &Path, metadata: &Metadata) {
        let Some(device) = device(metadata) else {
            return;
        };
        if self.seen.insert(device) {
            self.mounts.push(mount_of(path, device));
        }
    }

    /// The mount points that were seen.
    pub fn mounts(&self) -> &[PathBuf] {
        &self.mounts
    }

    /// Why nothing below a root can be taken for missing: its drive is another than when the scan began.
    pub fn lost(&self, root: &Path) -> bool {
        let begun = self.roots.iter().find(|(path, _)| path == root);
        match std::fs::metadata(root) {
            Err(_) => true,
            Ok(now) => begun.is_some_and(|(_, before)| *before != device(&now)),
        }
    }
}

/// Whether a folder that was a mount point is one still.
pub(super) fn is_mounted(mount: &Path) -> bool {
    match (device_of(mount), mount.parent()) {
        (_, None) => true,
        (None, _) => cfg!(not(unix)),
        (device, Some(parent)) => device != device_of(parent),
    }
}

/// The last folder above a path that is on its device.
fn mount_of(path: &Path, device: u64) -> PathBuf {
    let same = |folder: &&Path| device_of(folder) == Some(device);
    let last = path.ancestors().skip(1).take_while(same).last();
    last.unwrap_or(path).to_owned()
}

fn device_of(path: &Path) -> Option<u64> {
    device(&std::fs::metadata(path).ok()?)
}

#[cfg(unix)]
#[allow(clippy::unnecessary_wraps, reason = "other systems have none")]
fn device(metadata: &Metadata) -> Option<u64> {
    Some(std::os::unix::fs::MetadataExt::dev(metadata))
}

#[cfg(not(unix))]
fn device(_: &Metadata) -> Option<u64> {
    None
}
