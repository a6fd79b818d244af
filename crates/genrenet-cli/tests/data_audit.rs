//! `genrenet data audit` on sounds with planted faults, and what `train` makes of them.

use std::fs;
use std::path::Path;
use std::process::Output;

use serde_json::Value;

use crate::program::{genrenet, write_wav};

const RATE: u32 = 11_025;

/// A melody of a new note each quarter of a second, `from` seconds into the song, at `gain`.
fn melody(song: u32, pitch: f32, from: f32, seconds: f32, gain: f32) -> Vec<i16> {
    let sample = |i: u32| {
        let t = from + i as f32 / RATE as f32;
        let mixed = ((t * 4.0) as u32 + 1000 * song).wrapping_mul(2_654_435_761);
        let mixed = (mixed ^ mixed >> 15).wrapping_mul(0x85eb_ca6b);
        let note = (mixed ^ mixed >> 13) & 15;
        let turn = std::f32::consts::TAU * pitch * (note as f32 / 12.0).exp2() * t;
        let wave = 0.4 * gain * (turn.sin() + 0.5 * (2.0 * turn).sin());
        (wave.clamp(-1.0, 1.0) * 32_767.0) as i16
    };
    (0..(seconds * RATE as f32) as u32).map(sample).collect()
}

/// Two genres of six songs each by six artists, and one of each fault, in a table with an official split.
fn planted(home: &Path) -> std::path::PathBuf {
    let mut table = String::from("path,genre,split,artist\n");
    let mut add = |name: &str, genre: &str, split: &str, artist: &str, samples: &[i16]| {
        write_wav(&home.join(name), samples, RATE);
        table += &format!("{name},{genre},{split},{artist}\n");
    };
    for song in 0..12u32 {
        let (genre, pitch) = [("Low", 110.0), ("High", 880.0)][song as usize % 2];
        let split = ["train", "train", "train", "validation", "test", "test"][song as usize / 2];
        let samples = melody(song, pitch, 0.0, 15.0, 0.8);
        add(
            &format!("{song}.wav"),
            genre,
            split,
            &format!("Artist {song}"),
            &samples,
        );
    }
    add(
        "copy.wav",
        "Low",
        "test",
        "Someone",
        &melody(0, 110.0, 0.0, 15.0, 0.8),
    );
    add(
        "shifted.wav",
        "High",
        "train",
        "Nobody",
        &melody(2, 110.0, 1.1, 15.0, 1.2),
    );
    add(
        "clipped.wav",
        "Low",
        "train",
        "Loud",
        &melody(20, 110.0, 0.0, 15.0, 6.0),
    );
    add(
        "silent.wav",
        "Low",
        "train",
        "Cage",
        &vec![0; 15 * RATE as usize],
    );
    add(
        "short.wav",
        "High",
        "train",
        "Brief",
        &melody(21, 880.0, 0.0, 2.0, 0.8),
    );
    add(
        "again.wav",
        "High",
        "test",
        "Artist 1",
        &melody(22, 880.0, 0.0, 15.0, 0.8),
    );
    add(
        "wrong.wav",
        "High",
        "train",
        "Typist",
        &melody(23, 110.0, 0.0, 15.0, 0.8),
    );
    table += "broken.wav,Low,train,Void\n";
    fs::write(home.join("broken.wav"), "no sound at all").unwrap();
    let path = home.join("songs.csv");
    fs::write(&path, table).unwrap();
    path
}

fn run(home: &Path, words: &[&str]) -> Output {
    let mut command = genrenet();
    command
        .args(words)
        .current_dir(home)
        .env("GENRENET_CACHE", home.join("cache"));
    command.output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8([&output.stdout[..], &output.stderr].concat()).unwrap()
}

fn ids(list: &Value, key: &str, value: &str) -> Vec<String> {
    let of_kind = list
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one[key] == value);
    of_kind
        .map(|one| one["id"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn planted_faults_are_found_and_left_out_of_a_clean_split() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    planted(home);
    let output = run(
        home,
        &[
            "data",
            "audit",
            "songs.csv",
            "--json",
            "--split-out",
            "clean.csv",
            "--html",
            "audit.html",
        ],
    );
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let errors = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(
        errors
            .lines()
            .filter(|line| line.contains("broken.wav"))
            .count(),
        1,
        "{errors}"
    );
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&found["schema"], &found["rows"]), (&1.into(), &20.into()));
    let faults = &found["faults"];
    for (kind, row) in [
        ("undecodable", "broken.wav"),
        ("silent", "silent.wav"),
        ("short", "short.wav"),
        ("clipped", "clipped.wav"),
    ] {
        assert_eq!(ids(faults, "kind", kind), [row], "{faults}");
    }
    let pairs = found["duplicates"].as_array().unwrap();
    let pair =
        |kind: &str| -> Vec<&Value> { pairs.iter().filter(|one| one["kind"] == kind).collect() };
    let exact = pair("exact");
    assert_eq!(exact.len(), 1, "{pairs:?}");
    assert_eq!(exact[0]["ids"], serde_json::json!(["0.wav", "copy.wav"]));
    assert_eq!(exact[0]["across"], true);
    let near = pair("near");
    assert_eq!(near.len(), 1, "{pairs:?}");
    assert_eq!(near[0]["ids"], serde_json::json!(["2.wav", "shifted.wav"]));
    assert_eq!(near[0]["conflict"], true);
    let artists = found["leaks"]["artists"].as_array().unwrap();
    assert_eq!(artists.len(), 1);
    assert_eq!(
        artists[0],
        serde_json::json!({"name": "Artist 1", "rows": [1, 0, 1]})
    );
    // The clean split: no leak, the faults left out with reasons, the clipped song kept.
    let clean = fs::read_to_string(home.join("clean.csv")).unwrap();
    let line = |id: &str| clean.lines().find(|line| line.starts_with(id)).unwrap();
    assert!(
        line("silent.wav").starts_with("silent.wav,Low,,silent"),
        "{clean}"
    );
    assert!(
        line("shifted.wav").contains("conflicting labels"),
        "{clean}"
    );
    assert!(line("clipped.wav").ends_with("training,"), "{clean}");
    let subset = |id: &str| line(id).split(',').nth(2).unwrap().to_owned();
    assert_eq!(subset("0.wav"), subset("copy.wav"));
    assert_eq!(subset("1.wav"), subset("again.wav"));
    let page = fs::read_to_string(home.join("audit.html")).unwrap();
    assert!(page.contains("silent.wav") && page.contains("</html>"));
}

#[test]
fn a_leaking_split_is_refused_and_the_clean_one_is_trained_on() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    planted(home);
    let audited = run(
        home,
        &["data", "audit", "songs.csv", "--split-out", "clean.csv"],
    );
    assert_eq!(audited.status.code(), Some(1), "{}", said(&audited));
    fs::write(home.join("toy.toml"), RECIPE).unwrap();
    let train = |words: &[&str], out: &str| {
        let all = [
            &["train", "toy.toml", "--data", "songs.csv", "--out", out],
            words,
        ]
        .concat();
        run(home, &all)
    };
    let refused = train(&[], "refused");
    assert_eq!(refused.status.code(), Some(2), "{}", said(&refused));
    for words in [
        "1 artist, 1 recording with copies in several subsets",
        "artist Artist 1 (1 training, 1 test rows)",
        "--allow-leaks",
        "--split FILE",
        "grouped split",
    ] {
        assert!(
            said(&refused).contains(words),
            "{words}: {}",
            said(&refused)
        );
    }
    let allowed = train(&["--allow-leaks"], "allowed");
    assert!(
        said(&allowed).contains("run: allowed"),
        "{}",
        said(&allowed)
    );
    let card = fs::read_to_string(home.join("allowed/bundle/CARD.md")).unwrap();
    assert!(
        card.contains("1 artist, 1 recording with copies in several subsets"),
        "{card}"
    );
    let validation: Value =
        serde_json::from_slice(&fs::read(home.join("allowed/validation.json")).unwrap()).unwrap();
    assert_eq!(
        (
            &validation["leaks"]["artists"],
            &validation["leaks"]["copies"]
        ),
        (&1.into(), &1.into())
    );
    let trained = train(&["--split", "clean.csv"], "clean");
    assert!(
        said(&trained).contains("split file clean.csv"),
        "{}",
        said(&trained)
    );
    // The run keeps its split, also once the file is gone.
    fs::remove_file(home.join("clean.csv")).unwrap();
    let measured = run(home, &["evaluate", "clean", "--on", "validation", "--json"]);
    assert!(measured.status.success(), "{}", said(&measured));
    let measured: Value = serde_json::from_slice(&measured.stdout).unwrap();
    assert!(
        measured["on"].as_str().unwrap().contains("split file"),
        "{measured}"
    );
    assert_eq!(measured["leaks"], Value::Null);
    fs::write(
        home.join("other.csv"),
        "id,split\n0.wav,train\nnone.wav,test\n",
    )
    .unwrap();
    let other = train(&["--split", "other.csv"], "other");
    assert!(
        said(&other).contains("1 of its ids is not in songs: none.wav"),
        "{}",
        said(&other)
    );
}

const RECIPE: &str = r#"
name = "toy"
[front_end.log_mel]
rate = 11025
n_fft = 512
hop = 256
n_mels = 16
fmin = 0.0
top_db = 80.0
[front_end.windowing]
seconds = 2.0
frames = 16
windows = 1
[[inputs]]
name = "logmel"
source = "logmel"
scaling = { kind = "standard" }
[[network.branches]]
input = "logmel"
layers = [{ kind = "flatten" }]
[network]
heads = [{ name = "genre", outputs = 0 }]
[train]
epochs = 2
optimizer = { kind = "adamw", lr = 0.01 }
"#;
