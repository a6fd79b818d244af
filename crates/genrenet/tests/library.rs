//! The library as programs embed it.
#![cfg(feature = "wide")]

use std::io::Cursor;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use genrenet::audio::{Input, Samples, decode};
use genrenet::{Answer, Error, Songs, classify, classify_all, embed, shipped};

fn recording(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../genrenet-cli/demo")
        .join(name)
}

#[test]
fn path_bytes_reader_and_samples_are_one_song() {
    let model = shipped::load("wide").unwrap();
    let path = recording("slow_motion_dream.mp3");
    let bytes = std::fs::read(&path).unwrap();
    let song = classify(&model, &path).unwrap();
    assert_eq!(classify(&model, bytes.clone()).unwrap(), song);
    let reader = Input::reader(Cursor::new(bytes)).unwrap();
    assert_eq!(classify(&model, reader).unwrap(), song);
    // Frequencies above those that the model reads are left out in decoding, so these differ by the last digits.
    let clip = decode(Input::path(&path).unwrap()).unwrap();
    let samples = Samples::new(clip.samples, 1, clip.rate).unwrap();
    let of_samples = classify(&model, samples).unwrap();
    assert_eq!(of_samples.seconds, song.seconds);
    for (a, b) in (of_samples.prediction.probabilities.iter()).zip(&song.prediction.probabilities) {
        assert!((a - b).abs() < 1e-3, "{a} {b}");
    }
}

#[test]
fn many_songs_are_answered_in_order_until_the_caller_breaks() {
    let model = shipped::load("wide").unwrap();
    let given = [
        recording("vibe_ace.m4a"),
        "no such file".into(),
        recording("searching.opus"),
        recording("lets_go_fishin.ogg"),
    ];
    let mut answers: Vec<Answer> = Vec::new();
    let songs = Songs::new(given.to_vec(), std::io::empty());
    classify_all(
        &model,
        songs,
        |_| {},
        |answer| {
            answers.push(answer);
            match answers.len() {
                3 => ControlFlow::Break(()),
                _ => ControlFlow::Continue(()),
            }
        },
    );
    let paths: Vec<&PathBuf> = answers.iter().map(|answer| &answer.path).collect();
    assert_eq!(paths, given[..3].iter().collect::<Vec<_>>());
    assert!(matches!(answers[1].result, Err(Error::Audio(_))));
    let json = answers[0].to_json(&model);
    assert_eq!(json["schema"], genrenet::JSON_SCHEMA);
    assert_eq!(json["model"], "wide");
    assert_eq!(json["genres"].as_array().unwrap().len(), model.genres.len());
    assert_eq!(json["seconds"], 20.0);
    let json = answers[1].to_json(&model);
    assert!(json["error"].is_string() && json["genres"].is_null());
}

#[test]
fn an_embedding_has_one_length_and_differs_between_songs() {
    let model = shipped::load("wide").unwrap();
    let [a, b] =
        ["vibe_ace.m4a", "searching.opus"].map(|name| embed(&model, recording(name)).unwrap());
    assert_eq!(a.len(), b.len());
    assert!(a.len() > 8 && a != b);
    assert_eq!(embed(&model, recording("vibe_ace.m4a")).unwrap(), a);
}

#[test]
#[cfg(feature = "echonest12")]
fn a_model_of_values_refuses_sound_by_a_type() {
    let model = shipped::load("echonest12").unwrap();
    let error = classify(&model, recording("vibe_ace.m4a")).unwrap_err();
    assert!(matches!(error, Error::NotAudio(name) if name == "echonest12"));
}
