//! The default model against the program that fits it (`reference/wide_bundle.py`, which writes `wide.json`).

use std::path::Path;

use genrenet_model::{Bundle, FeatureKind, Raw, RawArray, SegmentSums};
use serde_json::Value;

fn wide() -> Bundle {
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models");
    Bundle::load(&models.join("wide")).expect("the bundle is part of the repository")
}

fn golden() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/wide.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    let numbers = value.as_array().unwrap().iter();
    numbers.map(|number| number.as_f64().unwrap()).collect()
}

/// Tags of recordings of all kinds to genres: weights of six decimals, the sums in 32 bits.
#[test]
fn probabilities_are_those_of_the_reference() {
    let model = wide();
    let golden = golden();
    let recordings = golden["recordings"].as_array().unwrap();
    assert!(recordings.len() >= 12);
    for recording in recordings {
        let data = numbers(&recording["tags"])
            .iter()
            .map(|x| *x as f32)
            .collect();
        let mut raw = Raw::new();
        raw.insert(
            FeatureKind::Embedding,
            RawArray {
                shape: vec![50],
                data,
            },
        );
        let found = model.predict(&[raw]).unwrap();
        for (found, expected) in found.iter().zip(numbers(&recording["probabilities"])) {
            let name = &recording["name"];
            assert!(
                (f64::from(*found) - expected).abs() < 2e-5,
                "{name}: {found} {expected}"
            );
        }
    }
}

#[test]
fn statistics_of_the_guard_are_those_of_the_reference() {
    let golden = golden();
    let shape: Vec<usize> = numbers(&golden["segments"])
        .iter()
        .map(|n| *n as usize)
        .collect();
    let [segments, frames, bands, tags] = shape[..] else {
        panic!("{shape:?}");
    };
    let logits: Vec<Vec<f32>> = (0..segments)
        .map(|s| {
            (0..tags)
                .map(|t| (((s * tags + t) as f64 * 0.7).sin()) as f32)
                .collect()
        })
        .collect();
    let values = 0..segments * frames * bands;
    let log_mel: Vec<f32> = values
        .map(|i| (1.0 + (i as f64 * 0.37).sin()) as f32)
        .collect();
    let mut sums = SegmentSums::default();
    for segment in log_mel.chunks_exact(frames * bands) {
        sums.add(segment, bands);
    }
    let found = sums.statistics(&logits);
    for (found, expected) in found.iter().zip(numbers(&golden["statistics"])) {
        assert!((found - expected).abs() < 1e-6, "{found} {expected}");
    }
    let guard = wide().backbone.unwrap().guard.unwrap();
    let expected = golden["score"].as_f64().unwrap();
    assert!((guard.score(found) - expected).abs() < 1e-4);
}

#[test]
fn a_guard_without_the_tags_or_of_too_small_segments_is_refused() {
    let mut model = wide();
    let backbone = model.backbone.as_mut().unwrap();
    backbone.guard.as_mut().unwrap().flux = f64::NAN;
    let error = model.check().unwrap_err().to_string();
    assert_eq!(error, "backbone.guard.flux = NaN: expected a finite number");
    let mut model = wide();
    model.parents.insert("Rock".into(), "Punk".into());
    let error = model.check().unwrap_err().to_string();
    assert!(
        error.starts_with(
            "parents.\"Punk\" = \"Rock\": expected a genre of the bundle, for another one"
        ),
        "{error}"
    );
    let mut model = wide();
    model.backbone.as_mut().unwrap().layer = genrenet_model::EmbeddingLayer::Hidden;
    let error = model.check().unwrap_err().to_string();
    assert!(error.starts_with("backbone.layer = hidden"), "{error}");
}
