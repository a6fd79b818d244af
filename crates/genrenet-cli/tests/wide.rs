//! The default model from the outside: genres with broader ones, attributes, and sounds that are not music.

use std::path::Path;

use rand::{Rng, SeedableRng};
use serde_json::Value;

use crate::program::{genrenet, lines_of_json, recording, write_wav};

fn answers(paths: &[&Path]) -> Vec<Value> {
    let output = genrenet()
        .args(["classify", "--json"])
        .args(paths)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    lines_of_json(&output.stdout)
}

#[test]
fn a_genre_names_its_broader_one_and_attributes_stand_beside_it() {
    let found = answers(&[&recording("slow_motion_dream.mp3")]);
    let genres = found[0]["genres"].as_array().unwrap();
    let parent =
        |name: &str| &genres.iter().find(|genre| genre["genre"] == name).unwrap()["parent"];
    assert_eq!(parent("Punk"), "Rock");
    assert!(parent("Rock").is_null());
    let attributes = found[0]["attributes"].as_array().unwrap();
    let instrumental = &attributes[0];
    assert_eq!(instrumental["attribute"], "instrumental");
    assert!(instrumental["holds"].is_boolean() && instrumental["precision"].is_number());
    for attribute in attributes {
        let probability = attribute["probability"].as_f64().unwrap();
        assert!((0.0..=1.0).contains(&probability));
        assert_eq!(
            attribute["holds"].is_null(),
            attribute["precision"].is_null(),
            "{attribute}"
        );
    }
    assert_eq!(found[0]["no_music"], false);
}

#[test]
fn attributes_are_listed_where_they_are_asked_for() {
    let song = recording("vibe_ace.m4a");
    let run = |words: &[&str]| {
        let output = genrenet().args(words).arg(&song).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let plain = run(&["classify"]);
    let with = run(&["classify", "--attributes"]);
    assert!(
        with.starts_with(plain.trim_end()) && with.contains("; ") && with.contains("guitar "),
        "{with}"
    );
    let table = run(&["classify", "--attributes", "--csv"]);
    let [header, row] = table.lines().collect::<Vec<_>>()[..] else {
        panic!("{table}");
    };
    assert!(
        header.ends_with("instrumental,female vocals,male vocals,acoustic,guitar,no_music,error"),
        "{header}"
    );
    assert_eq!(header.split(',').count(), row.split(',').count());
    let refused = genrenet()
        .args(["classify", "--attributes", "--model", "fma8"])
        .arg(&song)
        .output()
        .unwrap();
    assert_eq!(refused.status.code(), Some(2));
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(
        said.contains("fma8 has none") && said.contains("wide"),
        "{said}"
    );
}

/// Twelve seconds of `sound`, a function of seconds, at 22 050 Hz.
fn wav(path: &Path, seconds: u32, mut sound: impl FnMut(f64) -> f64) {
    let samples = (0..seconds * 22_050).map(|i| (sound(f64::from(i) / 22_050.0) * 12_000.0) as i16);
    write_wav(path, &samples.collect::<Vec<_>>(), 22_050);
}

#[test]
fn noise_tones_and_clicks_are_never_a_sure_genre() {
    let folder = tempfile::tempdir().unwrap();
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(1);
    let path = |name: &str| folder.path().join(name);
    let turn = std::f64::consts::TAU;
    wav(&path("white.wav"), 20, |_| random.random_range(-1.0..1.0));
    wav(&path("hum.wav"), 20, |t| (turn * 50.0 * t).sin());
    wav(&path("tone.wav"), 30, |t| (turn * 1000.0 * t).sin());
    wav(&path("metronome.wav"), 20, |t| {
        (turn * 1500.0 * t).sin() * f64::from(u8::from(t % 0.5 < 0.02))
    });
    wav(&path("short.wav"), 5, |t| {
        (turn * 440.0 * t).sin() + (turn * 660.0 * t).sin() * 0.3
    });
    let names = ["white", "hum", "tone", "metronome", "short"];
    let paths = names.map(|name| path(&format!("{name}.wav")));
    let found = answers(&paths.each_ref().map(|path| path.as_path()));
    for (name, answer) in names.iter().zip(&found) {
        assert_eq!(answer["unsure"], true, "{name}: {answer}");
    }
    // Too short for the guard, not taken for something else.
    assert_eq!(found[4]["no_music"], false);
    let text = genrenet()
        .arg("classify")
        .arg(path("tone.wav"))
        .output()
        .unwrap();
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(text.contains(": no music ("), "{text}");
}
