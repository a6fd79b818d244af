//! Tags of the corpus of formats beside the repository, whole and mutated: read or not, but without a panic.

use std::path::{Path, PathBuf};

use genrenet_data::Tags;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

fn corpus() -> Vec<PathBuf> {
    let root = std::env::var_os("GENRENET_SHARED")
        .map(PathBuf::from)
        .unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"));
    let mut files = Vec::new();
    collect(&root.join("data/audio"), &mut files);
    if files.is_empty() {
        println!("skipped: {} is not there", root.display());
    }
    files.sort();
    files
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files)
        } else {
            files.push(path)
        }
    }
}

#[test]
fn every_file_of_the_test_corpus() {
    let files = corpus();
    let known: Vec<_> = files
        .iter()
        .map(|f| (f, Tags::read(f)))
        .filter(|(_, t)| *t != Tags::default())
        .collect();
    for (file, tags) in &known {
        println!("{}: {tags:?}", file.display());
    }
    if !files.is_empty() {
        assert!(
            known
                .iter()
                .any(|(f, t)| f.ends_with("000574.mp3") && t.artist.is_some())
        );
    }
}

#[test]
fn mutated_files_do_not_panic() {
    let mut rng = ChaCha8Rng::seed_from_u64(8);
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("mutated");
    let mutations: usize = std::env::var("GENRENET_MUTATIONS")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(6);
    for file in corpus() {
        let Ok(good) = std::fs::read(&file) else {
            continue;
        };
        // Tags are at the ends: 32 kB from the start and 4 kB from the end make a file of their own.
        let good = match good.len() {
            0..=40_000 => good,
            n => [&good[..32_000], &good[n - 4_000..]].concat(),
        };
        for _ in 0..mutations {
            let mut bad = good.clone();
            for _ in 0..rng.random_range(1..12) {
                if bad.is_empty() {
                    break;
                }
                let at = if rng.random_bool(0.7) {
                    rng.random_range(0..bad.len().min(600))
                } else {
                    rng.random_range(0..bad.len())
                };
                bad[at] = rng.random();
            }
            if rng.random_bool(0.2) {
                bad.truncate(rng.random_range(0..=bad.len()));
            }
            std::fs::write(&path, &bad).unwrap();
            let result = std::panic::catch_unwind(|| Tags::read(&path));
            assert!(result.is_ok(), "{}: a mutation panics", file.display());
        }
    }
}
