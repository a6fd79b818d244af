//! Files that are not where they were, found again by what they hold.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::song_file::{SongFile, content_digest};

/// Looks among `candidates` for files with these audio packets (SHA-256 in hexadecimal); the first of each counts.
pub fn find_by_audio(
    wanted: &[&str],
    candidates: impl Iterator<Item = PathBuf>,
) -> BTreeMap<String, PathBuf> {
    let digest = |path: &Path| SongFile::open(path).ok()?.audio_digest().ok();
    find(wanted.len(), candidates, |path| {
        digest(path).filter(|found| wanted.contains(&found.as_str()))
    })
}

/// Looks among `candidates` for files with this length and content (SHA-256 in hexadecimal).
pub fn find_by_content(
    wanted: &[(u64, &str)],
    candidates: impl Iterator<Item = PathBuf>,
) -> BTreeMap<String, PathBuf> {
    find(wanted.len(), candidates, |path| {
        let size = std::fs::metadata(path).ok()?.len();
        // Other lengths need not be read.
        wanted.iter().find(|(length, _)| *length == size)?;
        let digest = content_digest(&mut genrenet_files::open(path).ok()?).ok()?;
        wanted
            .iter()
            .any(|(_, one)| *one == digest)
            .then_some(digest)
    })
}

fn find(
    count: usize,
    candidates: impl Iterator<Item = PathBuf>,
    key: impl Fn(&Path) -> Option<String>,
) -> BTreeMap<String, PathBuf> {
    let mut found = BTreeMap::new();
    for path in candidates {
        if found.len() == count {
            break;
        }
        if let Some(key) = key(&path) {
            found.entry(key).or_insert(path);
        }
    }
    found
}
