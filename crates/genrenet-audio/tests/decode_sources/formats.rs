//! Decoded samples against those of reference decoders (`reference/decode.py expected`).

use std::collections::BTreeMap;

use genrenet_audio::{Format, Input, decode, open};
use serde_json::Value;

use crate::decode_sources::files;

/// How far a sample may be off. Integer formats are exact; libopus and the conformance files are rounded to 16 bits.
fn tolerance(format: Format, reference: &str) -> f32 {
    match (format, reference) {
        (
            Format::Wav | Format::Flac | Format::Alac | Format::Aiff | Format::Au | Format::Pcm,
            _,
        ) => 0.0,
        (_, ".pcm") => 4e-5,
        // SILK rounds to 16 bits inside, before the channels are averaged.
        (Format::Opus, _) => 6e-5,
        (Format::Mp3, _) => 5e-6,
        // ffmpeg's usual decoder of layer II rounds to 16 bits.
        (Format::Mp2, _) => 4e-5,
        _ => 5e-7,
    }
}

fn golden() -> BTreeMap<String, Value> {
    serde_json::from_str(include_str!("../golden/decode.json")).unwrap()
}

fn check(name: &str, expected: &Value) {
    let path = files::path(name).unwrap();
    let format = open(Input::path(&path).unwrap())
        .unwrap_or_else(|e| panic!("{name}: {e}"))
        .format();
    let clip = decode(Input::path(&path).unwrap()).unwrap_or_else(|e| panic!("{name}: {e}"));
    let reference = expected["reference"].as_str().unwrap();
    // A conformance file's decoded form has no header with the rate.
    if reference != ".pcm" {
        let rate = expected["rate"].as_u64().unwrap();
        assert_eq!(u64::from(clip.rate), rate, "{name}");
    }
    let frames = expected["frames"].as_u64().unwrap() as usize;
    match format {
        // Cut where the edit list ends; ffmpeg 5.1 plays the last packet to its end.
        Format::Aac | Format::Opus => assert!(
            clip.samples.len() <= frames && frames - clip.samples.len() < 1024,
            "{name}"
        ),
        // The conformance files leave the last frame out.
        Format::Mp3 if reference == ".pcm" => assert!(
            (frames..=frames + 1152).contains(&clip.samples.len()),
            "{name}"
        ),
        _ => assert_eq!(clip.samples.len(), frames, "{name}"),
    }
    let tolerance = tolerance(format, reference);
    for probe in expected["probes"].as_array().unwrap() {
        let (at, value) = (
            probe[0].as_u64().unwrap() as usize,
            probe[1].as_f64().unwrap() as f32,
        );
        let Some(&ours) = clip.samples.get(at) else {
            continue;
        };
        let ours = if reference == ".pcm" {
            ours.clamp(-1.0, 1.0)
        } else {
            ours
        };
        // The golden values have seven digits.
        let allowed = tolerance + value.abs() * 1e-6;
        assert!(
            (ours - value).abs() <= allowed,
            "{name}: sample {at} is {ours}, expected {value} (by {reference})"
        );
    }
}

#[test]
fn this_repositorys_files_decode_as_reference_decoders_decode_them() {
    let golden = golden();
    let own: Vec<_> = golden
        .iter()
        .filter(|(name, _)| name.starts_with("tests/audio/") && !name.contains("refused"))
        .collect();
    assert!(own.len() > 35, "{} files", own.len());
    for (name, expected) in own {
        check(name, expected);
    }
}

#[test]
fn the_test_corpus_decodes_as_reference_decoders_decode_it() {
    if files::shared().is_none() {
        return;
    }
    let refused = crate::decode_sources::table::rows();
    let mut compared = 0;
    for (name, expected) in golden() {
        // Songs are long: seeking tests read them.
        let is_refused = refused
            .get(&name)
            .is_some_and(|(found, _)| found.starts_with("refused"));
        if name.starts_with("tests/") || name.starts_with("songs/") || is_refused {
            continue;
        }
        check(&name, &expected);
        compared += 1;
    }
    assert!(compared > 70, "only {compared} files were compared");
}
