//! What decided, from Rust.
#![cfg(feature = "fma8")]

use std::path::{Path, PathBuf};

use genrenet::audio::Samples;
use genrenet::{Error, classify, explain, shipped};

fn recording(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../genrenet-cli/demo")
        .join(name)
}

/// A sweep of `seconds` at 22 050 Hz, whose pitch and loudness change all the time.
fn sweep(seconds: usize) -> Samples {
    let samples = (0..22_050 * seconds).map(|i| {
        let t = i as f32 / 22_050.0;
        (0.2 + 0.1 * (0.7 * t).sin()) * (2000.0 * t + 900.0 * (0.11 * t).sin()).sin()
    });
    Samples::new(samples.collect(), 1, 22_050).unwrap()
}

#[test]
fn the_answer_is_that_of_classify_and_windows_lie_along_the_song() {
    let model = shipped::load("fma8").unwrap();
    let own = model.front_end.unwrap().windowing.windows;
    for seconds in [12, 200] {
        let found = explain(&model, sweep(seconds), None, &()).unwrap();
        let song = classify(&model, sweep(seconds)).unwrap();
        assert_eq!(found.song, song);
        assert_eq!(found.genre, song.prediction.ranking[0]);
        let windows = found.windows.len();
        match seconds {
            12 => assert_eq!(windows, 1),
            _ => assert!(windows > own, "{windows} windows, {own} of the answer"),
        }
        let most = (found.windows.iter())
            .map(|window| window.probabilities[found.genre])
            .fold(0.0, f32::max);
        let chosen = (found.windows.iter())
            .find(|window| window.start_seconds == found.spectrogram.start)
            .unwrap();
        assert_eq!(chosen.probabilities[found.genre], most);
        let json = found.to_json(&model, Path::new("sweep"));
        let along = json["along"]["windows"].as_array().unwrap();
        assert_eq!(along.len(), windows);
        assert_eq!(found.along_song(&model).starts.len(), windows);
    }
}

#[test]
fn a_file_is_explained_as_its_bytes_are_for_any_genre() {
    let model = shipped::load("fma8").unwrap();
    let path = recording("searching.opus");
    let bytes = std::fs::read(&path).unwrap();
    let genre = model.genres.len() - 1;
    let of_file = explain(&model, &path, Some(genre), &()).unwrap();
    let of_bytes = explain(&model, bytes, Some(genre), &()).unwrap();
    assert_eq!(of_file.attribution, of_bytes.attribution);
    assert_eq!(of_file.explanation.genre, model.genres[genre]);
}

#[test]
#[cfg(feature = "echonest12")]
fn a_model_of_values_explains_no_sound() {
    let model = shipped::load("echonest12").unwrap();
    let error = explain(&model, sweep(2), None, &()).unwrap_err();
    assert!(matches!(error, Error::NotAudio(name) if name == "echonest12"));
}
