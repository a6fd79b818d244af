//! The program on data sets as they are published: FMA from its clips, copies that are checked, manifests.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use crate::fma_folder::{tracks, write_clip, write_fma};
use crate::program::{genrenet, lines_of_json};

fn run(home: &Path, words: &[&str]) -> Output {
    genrenet().current_dir(home).args(words).output().unwrap()
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn recipe(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../configs")
        .join(name)
}

#[test]
fn the_recipe_for_fma_trains_from_its_clips() {
    let place = tempfile::tempdir().unwrap();
    let home = place.path();
    let mut list = tracks(20);
    list[0].id = 98565;
    write_fma(&home.join("fma"), &list, 1.2);
    fs::write(
        home.join("fma/fma_small/000/000005.mp3"),
        b"no sound at all",
    )
    .unwrap();
    let recipe = recipe("fma-small-cnn.toml");
    let trained = run(
        home,
        &[
            "train",
            recipe.to_str().unwrap(),
            "--data",
            "fma",
            "--out",
            "run",
            "--set",
            "train.epochs=1",
        ],
    );
    let told = told(&trained);
    assert!(
        home.join("run/bundle.json").is_file() || home.join("run").is_dir(),
        "{told}"
    );
    for part in [
        "1 clip is known to be too short or undecodable in every copy of FMA, and left out: 98565",
        "trained without [second_target]: fma is made of audio files and has no array `vggish`",
        "000005.mp3",
    ] {
        assert!(told.contains(part), "expected `{part}`, found:\n{told}");
    }
    // One file could not be read.
    assert_eq!(trained.status.code(), Some(1), "{told}");
    let measured = run(home, &["evaluate", "run", "--data", "fma", "--json"]);
    let result = lines_of_json(&measured.stdout);
    assert!(
        !result.is_empty(),
        "{}",
        String::from_utf8_lossy(&measured.stderr)
    );
}

#[test]
fn a_copy_is_verified_with_exit_codes() {
    let place = tempfile::tempdir().unwrap();
    let home = place.path();
    assert_eq!(run(home, &["data", "verify", "."]).status.code(), Some(2));
    write_fma(&home.join("fma"), &tracks(4), 0.1);
    let output = run(home, &["data", "verify", "fma"]);
    assert_eq!(output.status.code(), Some(1));
    let page = String::from_utf8(output.stdout).unwrap();
    assert!(
        page.lines()
            .any(|line| line.starts_with("different  fma_small: files")
                && line.ends_with("4, expected 8000")),
        "{page}"
    );
    let json = run(home, &["data", "verify", "fma", "--json"]);
    let checks = lines_of_json(&json.stdout);
    assert!(
        checks
            .iter()
            .any(|check| check["subject"] == "fma_small: files" && check["state"] == "different"),
        "{checks:?}"
    );
    for genre in [
        "blues",
        "classical",
        "country",
        "disco",
        "hiphop",
        "jazz",
        "metal",
        "pop",
        "reggae",
        "rock",
    ] {
        for clip in 0..100 {
            write_clip(
                &home.join(format!("gtzan/genres/{genre}/{genre}.{clip:05}.wav")),
                300.0,
                0.01,
            );
        }
    }
    let output = run(home, &["data", "verify", "gtzan"]);
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
}

#[test]
fn features_of_a_manifest_of_any_kind() {
    let place = tempfile::tempdir().unwrap();
    let home = place.path();
    for (name, hz) in [("a.wav", 300.0), ("b.wav", 500.0)] {
        write_clip(&home.join(name), hz, 0.5);
    }
    fs::write(
        home.join("songs.csv"),
        "path,genre\na.wav,Rock\nb.wav,Folk\n",
    )
    .unwrap();
    let lines =
        "{\"path\": \"a.wav\", \"genre\": \"Rock\"}\n{\"path\": \"b.wav\", \"genre\": \"Folk\"}\n";
    fs::write(home.join("songs.jsonl"), lines).unwrap();
    let archives: Vec<Vec<u8>> = ["songs.csv", "songs.jsonl"]
        .map(|manifest| {
            let output = run(
                home,
                &["extract", "--data", manifest, "--out", "features.npz"],
            );
            assert_eq!(output.status.code(), Some(0), "{}", told(&output));
            fs::read(home.join("features.npz")).unwrap()
        })
        .to_vec();
    assert_eq!(archives[0], archives[1]);
    fs::write(
        home.join("songs.jsonl"),
        format!("{lines}{{\"path\": 3.5}}\n"),
    )
    .unwrap();
    let output = run(
        home,
        &["extract", "--data", "songs.jsonl", "--out", "other.npz"],
    );
    assert_eq!(output.status.code(), Some(2));
    assert!(
        told(&output).contains(
            "songs.jsonl, line 3, column `path`: expected text or a whole number, found `3.5`"
        ),
        "{}",
        told(&output)
    );
    assert!(!home.join("other.npz").exists());
}
