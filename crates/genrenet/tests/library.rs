//! The library as programs embed it.
#![cfg(feature = "wide")]

use std::io::Cursor;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use genrenet::audio::{Input, Samples, decode, song_features};
use genrenet::model::Raw;
use genrenet::{Answer, Error, Songs, analyse, classify, classify_all, embed, shipped};

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
fn the_embedding_of_a_song_is_the_mean_of_its_backbones_tags() {
    let model = shipped::load("wide").unwrap();
    let [a, b] =
        ["vibe_ace.m4a", "searching.opus"].map(|name| embed(&model, recording(name)).unwrap());
    let backbone = model.backbone.as_ref().unwrap();
    assert_eq!([a.len(), b.len()], [backbone.tags.len(); 2]);
    assert!(a != b);
    let front_end = model.front_end.as_ref().unwrap();
    let input = Input::path(&recording("vibe_ace.m4a")).unwrap();
    let features = song_features(input, front_end).unwrap();
    let mut mean = vec![0.0; a.len()];
    for window in &features.windows {
        let segments = backbone
            .of_segments(&Raw::of_window(window))
            .unwrap()
            .unwrap();
        for segment in &segments {
            let share = 1.0 / (segments.len() * features.windows.len()) as f64;
            for (sum, x) in mean.iter_mut().zip(segment) {
                *sum += share * f64::from(*x);
            }
        }
    }
    for (found, expected) in a.iter().zip(&mean) {
        assert!(
            (f64::from(*found) - expected).abs() < 1e-4,
            "{found} {expected}"
        );
    }
    // It does not depend on the names of the genres.
    let simple = genrenet::taxonomy::regrouped(model, Some("simple".as_ref())).unwrap();
    assert_eq!(embed(&simple, recording("vibe_ace.m4a")).unwrap(), a);
}

#[test]
fn an_analysis_is_the_answer_and_the_embedding() {
    for name in ["wide", "fma8", "msd50"] {
        let Ok(model) = shipped::load(name) else {
            println!("skipped: {name} is not built in");
            continue;
        };
        let path = recording("lets_go_fishin.ogg");
        let analysis = analyse(&model, &path).unwrap();
        assert_eq!(analysis.song, classify(&model, &path).unwrap(), "{name}");
        assert_eq!(analysis.embedding, embed(&model, &path).unwrap(), "{name}");
        if model.backbone.is_none() {
            let hidden = model
                .members
                .iter()
                .map(|member| member.network.hidden_len());
            assert_eq!(analysis.embedding.len(), hidden.sum::<usize>(), "{name}");
        }
    }
}

#[test]
#[cfg(feature = "echonest12")]
fn a_model_of_values_refuses_sound_by_a_type() {
    let model = shipped::load("echonest12").unwrap();
    let error = classify(&model, recording("vibe_ace.m4a")).unwrap_err();
    assert!(matches!(error, Error::NotAudio(name) if name == "echonest12"));
}
