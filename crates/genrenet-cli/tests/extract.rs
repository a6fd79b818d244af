//! What `extract` writes beside features: labels, and windows of one length.

use std::path::Path;

use genrenet::data::Archive;

use crate::program::{genrenet, tones};

fn words(archive: &Path, name: &str) -> Vec<String> {
    Archive::open(archive).unwrap().words(name).unwrap()
}

#[test]
fn rows_of_a_data_set_have_genre_artist_and_split() {
    let folder = tempfile::tempdir().unwrap();
    let music = folder.path().join("music");
    tones(&music);
    let out = folder.path().join("features.npz");
    let output = genrenet()
        .arg("extract")
        .arg("--data")
        .arg(&music)
        .arg("--out")
        .arg(&out)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let (paths, genres, splits) = (
        words(&out, "path"),
        words(&out, "genre"),
        words(&out, "split"),
    );
    assert_eq!(paths.len(), 20);
    for (path, genre) in paths.iter().zip(&genres) {
        assert!(
            Path::new(path).starts_with(music.join(genre)),
            "{path}: {genre}"
        );
    }
    for subset in ["training", "validation", "test"] {
        assert!(
            splits.iter().any(|split| split == subset),
            "{subset}: {splits:?}"
        );
    }
    // The subsets are those that `train` draws.
    let dataset =
        genrenet::data::Dataset::open(&music, &genrenet::data::OpenOptions::default()).unwrap();
    let drawn: Vec<String> = dataset
        .rows
        .iter()
        .map(|row| row.split.to_string())
        .collect();
    assert_eq!(splits, drawn);
}

#[test]
fn windows_have_one_length_and_their_start() {
    let folder = tempfile::tempdir().unwrap();
    let music = folder.path().join("music");
    tones(&music);
    let out = folder.path().join("features.npz");
    let output = genrenet()
        .arg("extract")
        .arg(music.join("Low/artist 0"))
        .args(["--windows", "0.5", "--step", "0.25", "--out"])
        .arg(&out)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let mut archive = Archive::open(&out).unwrap();
    // Two pieces of 1.5 s, 65 frames each; windows of 22 frames, 11 apart.
    let (shape, starts) = archive.floats("start").unwrap();
    assert_eq!(shape, [8]);
    for (row, start) in starts.iter().enumerate() {
        let expected = (row % 4 * 11 * 512) as f32 / 22_050.0;
        assert!((start - expected).abs() < 1e-6, "row {row}: {start}");
        assert_eq!(archive.shape(&format!("log_mel_{row}")).unwrap(), [128, 22]);
        assert_eq!(archive.shape(&format!("mfcc_{row}")).unwrap(), [20, 22]);
    }
    let long = genrenet()
        .arg("extract")
        .arg(music.join("Low/artist 0"))
        .args(["--windows", "30", "--out"])
        .arg(folder.path().join("none.npz"))
        .output()
        .unwrap();
    assert_eq!(long.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&long.stderr).contains("0.wav: shorter than a window"));
}
