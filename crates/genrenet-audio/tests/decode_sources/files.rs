//! The audio files that tests use, and pseudo-random numbers.

use std::path::{Path, PathBuf};

/// The small inputs in this repository (made by `reference/decode.py inputs`).
pub fn own() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/audio")
}

/// The data beside the repository, if it is there.
pub fn shared() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let shared = std::env::var_os("GENRENET_SHARED").map_or_else(beside, PathBuf::from);
    let there = shared.join("data/audio/formats").is_dir();
    if !there {
        println!("skipped: no data at {}", shared.display());
    }
    there.then_some(shared)
}

/// The path of the file that the golden values and the table call `name`.
pub fn path(name: &str) -> Option<PathBuf> {
    if let Some(name) = name.strip_prefix("tests/audio/") {
        return Some(own().join(name));
    }
    let audio = shared()?.join("data/audio");
    Some(if name.starts_with("songs/") {
        audio.join(name)
    } else {
        audio.join("formats").join(name)
    })
}

/// All files under `folder`, in order.
pub fn all_under(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path)
            } else {
                found.push(path)
            }
        }
    }
    found.sort();
    found
}

/// SplitMix64 (Steele, Lea and Flood 2014): enough to choose places and bytes.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `n`.
    pub fn below(&mut self, n: usize) -> usize {
        (self.next() % n.max(1) as u64) as usize
    }
}
