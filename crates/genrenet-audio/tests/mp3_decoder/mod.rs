//! The layer III decoder: against ffmpeg and the conformance streams, in ranges and after seeks, on damaged files.

mod conformance;
mod damage;
mod golden;
mod joined;
mod ranges;

use std::path::{Path, PathBuf};

use genrenet_audio::{AudioError, Input, open};

/// The repository's root.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The folder of real data beside the repository; without it, the tests that need it print a line and pass.
fn shared() -> Option<PathBuf> {
    let path =
        std::env::var_os("GENRENET_SHARED").map_or_else(|| root().join("../shared"), PathBuf::from);
    if path.is_dir() {
        return Some(path);
    }
    println!("skipped: no {}", path.display());
    None
}

/// All samples that reading from start to end gives.
fn decode(bytes: &[u8]) -> Result<Vec<f32>, AudioError> {
    let mut source = open(Input::bytes(bytes))?;
    let mut samples = Vec::new();
    while source.read(&mut samples)? > 0 {}
    Ok(samples)
}

/// A song and the small streams that lie beside these tests.
fn streams() -> Vec<(String, Vec<u8>)> {
    let folder = root().join("crates/genrenet-audio/tests/golden/mp3");
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    paths.push(root().join("examples/audio/slow_motion_dream.mp3"));
    paths
        .into_iter()
        .map(|path| {
            (
                path.file_name().unwrap().to_string_lossy().into_owned(),
                std::fs::read(path).unwrap(),
            )
        })
        .collect()
}

/// Numbers that look random and are the same in every run (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % n.max(1)
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len() as u64) as usize]
    }
}
