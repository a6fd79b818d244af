//! Which changed paths matter to a scan.

use std::path::{Path, PathBuf};

use super::super::index_files::IndexFiles;
use crate::data::{is_companion, is_system_folder};

/// What is watched, and the index, whose own changes are none of the library.
pub(super) struct Filter {
    roots: Vec<PathBuf>,
    index: IndexFiles,
}

impl Filter {
    pub fn new(roots: Vec<PathBuf>, index: &Path) -> Filter {
        Filter {
            roots,
            index: IndexFiles::of(index),
        }
    }

    /// Whether a scan would open a file of this name, or search such a folder; `was_folder` where the system says that it is or was one.
    pub fn wants(&self, path: &Path, was_folder: bool) -> bool {
        let Some(root) = self.roots.iter().find(|root| path.starts_with(root)) else {
            return false;
        };
        let above = path.ancestors().take_while(|above| above != root);
        if path != root && above.skip(1).any(is_system_folder) {
            return false;
        }
        match was_folder || path.is_dir() {
            _ if path == root => true,
            true => !is_system_folder(path),
            false => !is_companion(path) && !self.index.contain(path),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_scan_would_open_is_wanted() {
        let folder = tempfile::tempdir().unwrap();
        let music = folder.path().join("music");
        std::fs::create_dir_all(music.join("Scans.jpg")).unwrap();
        let filter = Filter::new(vec![music.clone()], &music.join("my.index"));
        for (name, wanted) in [
            ("", true),
            ("a.mp3", true),
            ("gone/a.mp3", true),
            ("Scans.jpg", true),
            ("cover.jpg", false),
            (".genrenet-a.mp3.x.part", false),
            (".stfolder/a.mp3", false),
            ("@eaDir/a.mp3", false),
            ("my.index", false),
            ("my.index-wal", false),
            ("deeper/my.index", true),
            ("my.index.mp3", true),
            ("../music.mp3", false),
        ] {
            let path = match name.strip_prefix("../") {
                Some(name) => folder.path().join(name),
                None => music.join(name),
            };
            assert_eq!(filter.wants(&path, false), wanted, "{name}");
        }
        assert!(filter.wants(&music.join("removed.jpg"), true));
        assert!(!filter.wants(&music.join("@eaDir"), true));
    }
}
