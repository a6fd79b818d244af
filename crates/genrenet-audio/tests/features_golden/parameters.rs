//! Every parameter of librosa's, against librosa 0.11 from the same samples in double precision.

use std::io::Cursor;

use genrenet_audio::{
    AudioError, FeatureSpec, Input, Matrix, Rate, Samples, decode, open, precise_features,
    precise_features_of_source,
};
use serde_json::Value;

use super::golden::{Golden, music};
use super::largest_difference;

/// What librosa calls by these names.
fn spec_of(parameters: &Value) -> FeatureSpec {
    let mut spec = FeatureSpec::default();
    for (name, value) in parameters.as_object().unwrap() {
        let number = || value.as_f64().unwrap();
        let whole = || value.as_u64().unwrap() as usize;
        match name.as_str() {
            "n_fft" => spec.n_fft = whole(),
            "hop_length" => spec.hop = whole(),
            "n_mels" => spec.n_mels = whole(),
            "n_mfcc" => spec.n_mfcc = whole(),
            "fmin" => spec.fmin = number(),
            "fmax" => spec.fmax = Some(number()),
            "htk" => spec.htk = value.as_bool().unwrap(),
            "norm" => spec.unit_area = !value.is_null(),
            "power" => spec.power = number(),
            "center" => spec.center = value.as_bool().unwrap(),
            "top_db" => spec.top_db = value.as_f64().map(|db| db as f32),
            "dct_type" => spec.dct_type = whole() as u8,
            "dct_norm" => spec.dct_ortho = !value.is_null(),
            "lifter" => spec.lifter = number(),
            other => panic!("{other}"),
        }
    }
    spec
}

fn assert_near(case: &Value, found: &Matrix, golden: &Golden, name: &str) {
    let (shape, expected) = golden.array(name);
    assert_eq!(shape, [found.rows, found.cols], "{case}");
    let worst = largest_difference(&found.data, expected);
    let largest = expected.iter().fold(0f32, |most, x| most.max(x.abs()));
    println!("{case} {name}: largest difference {worst:.1e}, largest value {largest:.0}");
    // A value itself is rounded to 6e-8 of it.
    assert!(worst <= 1e-4 + 1e-7 * largest, "{case} {name}: {worst}");
}

#[test]
fn every_parameter_is_librosas() {
    let golden = Golden::load("parameters");
    let samples = music(9000, 22_050, 1);
    for (number, case) in golden.parameters().iter().enumerate() {
        let found = precise_features(&samples, 22_050, &spec_of(case)).unwrap();
        let (log_mel, mfcc) = (found.log_mel.unwrap(), found.mfcc.unwrap());
        assert_near(case, &log_mel, &golden, &format!("{number}_log_mel"));
        assert_near(case, &mfcc, &golden, &format!("{number}_mfcc"));
    }
}

#[test]
fn a_source_gives_the_features_of_its_samples() {
    let spec = FeatureSpec::default();
    for (rate, target) in [
        (22_050, Rate::Hz(22_050)),
        (44_100, Rate::Hz(22_050)),
        (8000, Rate::Own),
    ] {
        let spec = FeatureSpec {
            rate: target,
            ..spec
        };
        let samples = music(150_000, rate as usize, 1);
        let expected = precise_features(&samples, rate, &spec).unwrap();
        let mut source = Samples::new(samples, 1, rate).unwrap();
        let found = precise_features_of_source(&mut source, &spec).unwrap();
        assert_eq!((found.rate, found.channels), (rate, 1));
        assert_eq!(found.seconds, 150_000.0 / f64::from(rate));
        assert!(found.log_mel == expected.log_mel && found.mfcc == expected.mfcc);
    }
}

#[test]
fn a_file_gives_the_features_of_its_samples() {
    let bytes = std::fs::read(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/audio/stereo16.flac"
    ))
    .unwrap();
    let clip = decode(Input::bytes(bytes.clone())).unwrap();
    let spec = FeatureSpec {
        rate: Rate::Own,
        ..FeatureSpec::default()
    };
    let expected = precise_features(&clip.samples, clip.rate, &spec).unwrap();
    let mut source = open(Input::reader(Cursor::new(bytes)).unwrap()).unwrap();
    let found = precise_features_of_source(&mut *source, &spec).unwrap();
    assert_eq!(found.channels, 2);
    assert!(found.log_mel == expected.log_mel && found.mfcc == expected.mfcc);
}

#[test]
fn bad_settings_are_named_with_what_was_expected() {
    let refused = |spec: FeatureSpec| {
        precise_features(&[0.5; 3000], 22_050, &spec)
            .unwrap_err()
            .to_string()
    };
    let usual = FeatureSpec::default();
    for (spec, text) in [
        (
            FeatureSpec {
                power: 0.0,
                ..usual
            },
            "power = 0: expected an exponent above 0",
        ),
        (
            FeatureSpec {
                power: f64::NAN,
                ..usual
            },
            "power = NaN: expected an exponent above 0",
        ),
        (
            FeatureSpec {
                dct_type: 4,
                ..usual
            },
            "dct_type = 4: expected 1, 2 or 3",
        ),
        (
            FeatureSpec { n_mfcc: 0, ..usual },
            "n_mfcc = 0: expected 1 to n_mels = 128",
        ),
        (
            FeatureSpec {
                n_mfcc: 129,
                ..usual
            },
            "n_mfcc = 129: expected 1 to n_mels = 128",
        ),
        (
            FeatureSpec {
                lifter: -1.0,
                ..usual
            },
            "lifter = -1: expected 0 or more",
        ),
        (
            FeatureSpec {
                top_db: Some(0.0),
                ..usual
            },
            "top_db = 0: expected a number of decibels above 0",
        ),
        (
            FeatureSpec {
                dct_type: 1,
                n_mels: 1,
                n_mfcc: 1,
                ..usual
            },
            "n_mels = 1: expected at least 2 bands for dct_type = 1",
        ),
        (
            FeatureSpec {
                center: false,
                n_fft: 4096,
                ..usual
            },
            "n_fft = 4096: expected at most the 3000 samples of the sound, as center is false",
        ),
        (
            FeatureSpec { hop: 0, ..usual },
            "hop = 0: expected 1 to 1048576 samples",
        ),
        (
            FeatureSpec {
                fmin: -1.0,
                ..usual
            },
            "fmin = -1: expected 0 Hz or more",
        ),
        (
            FeatureSpec {
                fmin: 50.0,
                fmax: Some(40.0),
                ..usual
            },
            "fmax = 40: expected a frequency above fmin = 50",
        ),
    ] {
        assert_eq!(refused(spec), text);
    }
}

#[test]
fn bad_samples_are_refused() {
    let usual = FeatureSpec::default();
    let nothing = precise_features(&[], 22_050, &usual).unwrap_err();
    assert!(matches!(nothing, AudioError::TooShort { .. }), "{nothing}");
    let mut samples = [0.5; 3000];
    samples[1234] = f32::INFINITY;
    let infinite = precise_features(&samples, 22_050, &usual).unwrap_err();
    assert!(
        matches!(infinite, AudioError::NotANumber { frame: 1234, .. }),
        "{infinite}"
    );
}
