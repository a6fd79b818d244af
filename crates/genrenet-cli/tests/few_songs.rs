//! A head over a frozen backbone, from audio files: one song of each genre is enough.
#![cfg(feature = "msd50")]

mod program;

use std::fs;
use std::path::Path;

use program::{genrenet, lines_of_json, tones};

const RECIPE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../configs/few-songs.toml");

fn train(music: &Path, run: &Path) -> (bool, String) {
    let trained = genrenet()
        .args(["train", RECIPE, "--data"])
        .arg(music)
        .arg("--out")
        .arg(run)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&trained.stderr).into_owned();
    (trained.status.success(), said)
}

#[test]
fn a_head_over_tags_is_learned_from_a_folder_and_used() {
    let home = tempfile::tempdir().unwrap();
    let (music, run) = (home.path().join("music"), home.path().join("run"));
    tones(&music);
    let (done, said) = train(&music, &run);
    assert!(done, "{said}");
    let answers = genrenet()
        .args(["classify", "--json", "--model"])
        .arg(&run)
        .arg(music.join("Low"))
        .arg(music.join("High"))
        .output()
        .unwrap();
    let answers = lines_of_json(&answers.stdout);
    let right = answers.iter().filter(|answer| {
        let path = answer["path"].as_str().unwrap();
        path.contains(answer["genres"][0]["genre"].as_str().unwrap())
    });
    assert_eq!((right.count(), answers.len()), (20, 20));
    // The bundle holds its backbone: it needs no other file.
    let moved = home.path().join("moved");
    fs::rename(run.join("bundle"), &moved).unwrap();
    let card = fs::read_to_string(moved.join("CARD.md")).unwrap();
    assert!(
        card.contains("Copyright (c) Music Technology Group"),
        "{card}"
    );
    let description = fs::read_to_string(moved.join("model.toml")).unwrap();
    assert!(description.contains("[backbone]\nname = \"msd50\""));
    let exported = home.path().join("onnx");
    let done = genrenet()
        .arg("export")
        .arg(&moved)
        .arg("--onnx")
        .arg(&exported)
        .output()
        .unwrap();
    assert!(done.status.success());
    assert!(exported.join("backbone-msd50.onnx").is_file());
    // It computes no segments.
    assert!(!exported.join("classify.py").exists());
}

#[test]
fn one_song_of_each_genre_is_enough() {
    let home = tempfile::tempdir().unwrap();
    let (music, run) = (home.path().join("music"), home.path().join("run"));
    tones(&music);
    for genre in ["Low", "High"] {
        for artist in 1..5 {
            fs::remove_dir_all(music.join(format!("{genre}/artist {artist}"))).unwrap();
        }
        let mut songs: Vec<_> = fs::read_dir(music.join(genre).join("artist 0"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        songs.sort();
        songs[1..]
            .iter()
            .for_each(|song| fs::remove_file(song).unwrap());
    }
    let (done, said) = train(&music, &run);
    assert!(done, "{said}");
    assert!(said.contains("can't be measured"), "{said}");
    let answers = genrenet()
        .args(["classify", "--json", "--model"])
        .arg(&run)
        .arg(&music)
        .output()
        .unwrap();
    for answer in lines_of_json(&answers.stdout) {
        let path = answer["path"].as_str().unwrap();
        let genre = answer["genres"][0]["genre"].as_str().unwrap();
        assert!(path.contains(genre), "{answer}");
    }
}

#[test]
fn a_backbone_that_is_not_there_or_reads_other_segments_is_named() {
    let home = tempfile::tempdir().unwrap();
    let music = home.path().join("music");
    tones(&music);
    for (change, words) in [
        ("inputs.0.backbone=\"msd51\"", "msd51"),
        (
            "inputs.0.backbone=\"fma8\"",
            "a bundle of one network that reads segments",
        ),
        (
            "front_end.segments.rate=22050",
            "front_end.segments.rate = 22050: expected 16000, as msd50 reads",
        ),
        ("inputs.0.source=\"values\"", "inputs.0.backbone = given"),
    ] {
        let refused = genrenet()
            .current_dir(home.path())
            .args([
                "train", RECIPE, "--data", "music", "--out", "run", "--set", change,
            ])
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert_eq!(refused.status.code(), Some(2), "{change}: {said}");
        assert!(said.contains(words), "{change}: {said}");
    }
}
