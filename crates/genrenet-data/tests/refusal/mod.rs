//! Opening data sets that are refused.

use std::fs;
use std::path::{Path, PathBuf};

use genrenet_data::{Dataset, OpenOptions};
use tempfile::TempDir;

pub fn open(path: &Path) -> Result<Dataset, String> {
    Dataset::open(path, &OpenOptions::default()).map_err(|e| e.to_string())
}

pub fn refused(path: &Path, ends: &str) {
    match open(path) {
        Ok(d) => panic!("opened with {} rows, expected: {ends}", d.rows.len()),
        Err(e) => assert!(e.contains(ends), "expected `{ends}`, found `{e}`"),
    }
}

pub fn table(text: &str) -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("songs.csv");
    fs::write(&path, text).unwrap();
    (dir, path)
}
