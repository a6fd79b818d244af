//! Fingerprints against those of fpcalc 1.5.1 (`reference/fingerprint.py`).

use std::path::{Path, PathBuf};

use genrenet_audio::{Input, open};
use genrenet_library::duplicates::Fingerprint;

/// The fixture's name of a song, and its items.
fn fixture() -> impl Iterator<Item = (&'static str, Vec<u32>)> {
    include_str!("fingerprints/fpcalc.txt").lines().map(|line| {
        let (name, digits) = line.split_once(' ').expect("a name and items");
        let item = |digits| u32::from_str_radix(digits, 16).expect("hexadecimal");
        let items = (0..digits.len()).step_by(8);
        (name, items.map(|at| item(&digits[at..at + 8])).collect())
    })
}

/// Where a song of the fixture lies, if it does.
fn path(name: &str) -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let shared = std::env::var_os("GENRENET_SHARED")
        .map_or_else(|| root.join("../../../shared"), PathBuf::from);
    [
        root.join("../genrenet-cli/demo"),
        shared.join("data/audio/songs"),
    ]
    .iter()
    .map(|folder| folder.join(name))
    .find(|path| path.exists())
}

#[test]
fn at_most_one_bit_in_a_thousand_differs_from_fpcalc() {
    for (name, expected) in fixture() {
        let Some(path) = path(name) else {
            println!("skipped: {name} is not there");
            continue;
        };
        let mut source = open(Input::path(&path).unwrap()).unwrap();
        let found = Fingerprint::of(&mut *source).unwrap();
        assert_eq!(found.items().len(), expected.len(), "{name}");
        let differing: u32 = std::iter::zip(found.items(), &expected)
            .map(|(a, b)| (a ^ b).count_ones())
            .sum();
        let share = f64::from(differing) / (32 * expected.len()) as f64;
        assert!(share <= 0.001, "{name}: {share} of the bits differ");
    }
}
