//! The backbones msd50 and mtt50 against the authors' graph and checkpoints (`reference/musicnn/goldens.py`).

use std::path::{Path, PathBuf};

use genrenet_audio::{Input, Samples, SongFeatures, open, resample, song_features_of_source};
use genrenet_model::{Backbone, Bundle, EmbeddingLayer, Raw};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/musicnn")
}

fn model(name: &str) -> Bundle {
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models");
    Bundle::load(&models.join(name)).expect("the bundle is part of the repository")
}

/// `golden.json` and `golden.npy`.
struct Golden {
    index: serde_json::Value,
    values: Vec<f32>,
}

impl Golden {
    fn read() -> Golden {
        let index = std::fs::read_to_string(folder().join("golden.json")).unwrap();
        let bytes = std::fs::read(folder().join("golden.npy")).unwrap();
        let header = usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
        let values = bytes[10 + header..].as_chunks().0.iter();
        Golden {
            index: serde_json::from_str(&index).unwrap(),
            values: values.map(|b| f32::from_le_bytes(*b)).collect(),
        }
    }

    fn array(&self, name: &str) -> &[f32] {
        let entry = &self.index["arrays"][name];
        let len: u64 = entry["shape"]
            .as_array()
            .unwrap_or_else(|| panic!("no array {name}"))
            .iter()
            .map(|n| n.as_u64().unwrap())
            .product();
        let at = entry["at"].as_u64().unwrap() as usize;
        &self.values[at..at + len as usize]
    }
}

/// The signal of `recordings.chords`: made from integers, so that it is the same bit for bit.
fn chords(n: usize) -> Vec<f32> {
    let mut state = 1u64;
    let sample = |i: i64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        if i % 95_488 >= 85_000 {
            return 0.0;
        }
        let periods = match i % 48_000 < 24_000 {
            true => [73i64, 58, 49],
            false => [82, 61, 27],
        };
        let tones = periods.map(|p| (4 * (i % p) - 2 * p).abs() * 2500 / p - 2500);
        let fade = 16 - i % 8000 / 500;
        let noise = ((state >> 52) as i64) * fade * fade / 16 - 128 * fade * fade;
        let value = tones.iter().sum::<i64>() + noise;
        value.clamp(-32_768, 32_767) as f32 / 32_768.0
    };
    (0..n as i64).map(sample).collect()
}

/// The samples of a file and their rate.
fn decoded(path: &Path) -> (Vec<f32>, u32) {
    let mut source = open(Input::path(path).unwrap()).unwrap();
    let mut samples = Vec::new();
    while source.read(&mut samples).unwrap() > 0 {}
    (samples, source.rate())
}

/// Consecutive segments from the first frame on.
fn segments(bundle: &Bundle, samples: Vec<f32>) -> SongFeatures {
    let mut front_end = bundle.front_end.unwrap();
    front_end.windowing.seconds = 3600.0;
    let spec = front_end.segments.as_mut().unwrap();
    spec.segments = (1 + samples.len() / spec.hop) / spec.frames;
    let mut source = Samples::new(samples, 1, 16_000).unwrap();
    song_features_of_source(&mut source, &front_end).unwrap()
}

fn largest_difference(found: &[f32], expected: &[f32], what: &str) -> f32 {
    assert_eq!(found.len(), expected.len(), "{what}");
    let pairs = found.iter().zip(expected);
    pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

/// As [`largest_difference`], relative to the largest expected value.
fn relative_difference(found: &[f32], expected: &[f32], what: &str) -> f32 {
    let largest = expected.iter().fold(0.0f32, |top, x| top.max(x.abs()));
    largest_difference(found, expected, what) / largest
}

/// Maximum and mean of each channel side by side, of all maxima and then all means; without the channels that are 1 in every
/// frame, which carry the constants of dead ones (`reference/musicnn/bundle.py`).
fn interleaved(pooled: &[f32]) -> Vec<f32> {
    let (maxima, means) = pooled.split_at(pooled.len() / 2);
    let both = maxima
        .iter()
        .zip(means)
        .map(|(maximum, mean)| [*maximum, *mean]);
    both.filter(|both| *both != [1.0, 1.0]).flatten().collect()
}

fn sigmoid(logits: &[f32]) -> Vec<f32> {
    logits.iter().map(|x| 1.0 / (1.0 + (-x).exp())).collect()
}

#[test]
fn tags_and_layers_are_the_authors() {
    let golden = Golden::read();
    for name in ["msd", "mtt"] {
        let labels: Vec<&str> = golden.index["labels"][name]
            .as_array()
            .unwrap()
            .iter()
            .map(|label| label.as_str().unwrap())
            .collect();
        let bundle = model(&format!("{name}50"));
        assert_eq!(bundle.genres, labels);
        for input in golden.index["inputs"].as_array().unwrap() {
            let input = input.as_str().unwrap();
            let samples = match input {
                "chords" => chords(95_488),
                excerpt => decoded(&folder().join(format!("{excerpt}.flac"))).0,
            };
            let song = segments(&bundle, samples);
            let [window] = &song.windows[..] else {
                panic!("{input}: one window");
            };
            let first = &window.segments[0].mel;
            for (row, expected) in [0, 1, 93, 186]
                .into_iter()
                .zip(golden.array(&format!("{input}/log_mel")).chunks(96))
            {
                let difference = largest_difference(first.row(row), expected, input);
                // Where a mel power lies between two 16-bit floats, the last bit of a sum decides: 2^-11 / ln 10.
                assert!(difference < 4e-4, "{input} frame {row}: {difference}");
            }
            let row = Raw::of_window(window);
            let layer = |layer| {
                let backbone = Backbone::of(model(&format!("{name}50")), layer).unwrap();
                backbone.of_segments(&row).unwrap().unwrap()
            };
            let logits = layer(EmbeddingLayer::Tags).concat();
            let tags = golden.array(&format!("{input}/{name}/tags"));
            let difference = largest_difference(&sigmoid(&logits), tags, input);
            println!("{name} {input}: tags within {difference:.1e}");
            assert!(difference < 1e-4, "{name} {input}: tags {difference}");
            let hidden = layer(EmbeddingLayer::Hidden).concat();
            let expected = golden.array(&format!("{input}/{name}/penultimate"));
            let difference = relative_difference(&hidden, expected, input);
            assert!(
                difference < 1e-4,
                "{name} {input}: hidden layer {difference}"
            );
            // Maximum and mean over time of every channel of the front and of the three layers behind it.
            let pooled = interleaved(&layer(EmbeddingLayer::Pooled)[0]);
            let expected = golden.array(&format!("{input}/{name}/pooled"));
            let difference = relative_difference(&pooled, expected, input);
            assert!(difference < 1e-4, "{name} {input}: channels {difference}");
        }
    }
}

/// Files as they are decoded and resampled here, against librosa's `load(sr=16000)` and the authors' graph.
#[test]
fn tags_of_files_are_the_authors() {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/audio");
    if !shared.exists() {
        println!("skipped: {} is not there", shared.display());
        return;
    }
    let golden = Golden::read();
    let backbone = Backbone::of(model("msd50"), EmbeddingLayer::Tags).unwrap();
    for (file, windows) in golden.index["files"].as_object().unwrap() {
        let windows = windows.as_u64().unwrap() as usize;
        let (samples, rate) = decoded(&shared.join(file));
        let mut samples = resample(&samples, rate, 16_000);
        // As many samples as whole windows of the authors' need.
        samples.truncate(windows * 187 * 256 - 1);
        let song = segments(&model("msd50"), samples);
        let row = Raw::of_window(&song.windows[0]);
        let tags: Vec<Vec<f32>> = backbone
            .of_segments(&row)
            .unwrap()
            .unwrap()
            .iter()
            .map(|logits| sigmoid(logits))
            .collect();
        assert_eq!(tags.len(), windows, "{file}");
        let mut mean = vec![0.0; 50];
        for window in &tags {
            let each = mean.iter_mut().zip(window);
            each.for_each(|(sum, tag)| *sum += tag / windows as f32);
        }
        let expected = golden.array(&format!("{file}/msd/mean_tags"));
        let of_mean = largest_difference(&mean, expected, file);
        let places = [0, windows / 2, windows - 1];
        let expected = golden.array(&format!("{file}/msd/tags")).chunks(50);
        let of_windows = places.into_iter().zip(expected).map(|(place, expected)| {
            // Two decoders differ in the first samples of this MP3, by up to 0.026 of a tag (`goldens.py --decoders`).
            match file.ends_with("000574.mp3") && place == 0 {
                true => 0.0,
                false => largest_difference(&tags[place], expected, file),
            }
        });
        let of_windows = of_windows.fold(0.0, f32::max);
        println!("{file}: mean {of_mean:.1e}, windows {of_windows:.1e}");
        assert!(
            of_mean < 0.01 && of_windows < 0.01,
            "{file}: {of_mean} {of_windows}"
        );
    }
}
