//! Real clips beside the project against the arrays that networks are trained on; skipped where the data is absent.

mod npz;

use std::path::{Path, PathBuf};

use genrenet_audio::{
    ExtractSpec, FrontEnd, Input, LogMelSpec, Matrix, MfccHead, MfccSpec, Rate, Windowing, decode,
    extract, features, song_features,
};

/// A clip and how far its features may lie from the arrays, on average: what was measured, rounded up.
struct Clip {
    name: &'static str,
    /// All frames, in dB: rounding to 8 bits causes 0.11–0.18 of it.
    log_mel: f32,
    /// Used frames, in dB. The arrays are relative to the loudest frame of all, which need not be used, and is itself
    /// rounded by up to half a step of 0.31 dB.
    window_log_mel: f32,
    /// MFCC of the first 3 s. The arrays' floor lies 80 dB below the loudest frame of 30 s, that of the used frames lower: by
    /// 6 dB in 000255, a sixth of which lies on it.
    window_mfcc: f32,
}

/// The same for the MFCC of all frames, for every clip; 2e-5 was measured.
const MFCC: f32 = 1e-4;

const CLIPS: [Clip; 5] = [
    clip("000002", 0.16, 0.29, 0.005),
    clip("000005", 0.16, 0.33, 0.025),
    clip("000255", 0.165, 0.12, 0.55),
    clip("000574", 0.195, 0.12, 0.002),
    clip("000676", 0.16, 0.22, 0.025),
];

const fn clip(name: &'static str, log_mel: f32, window_log_mel: f32, window_mfcc: f32) -> Clip {
    Clip {
        name,
        log_mel,
        window_log_mel,
        window_mfcc,
    }
}

fn clips() -> Option<PathBuf> {
    let shared = std::env::var_os("GENRENET_SHARED").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
        PathBuf::from,
    );
    let folder = shared.join("data/audio/fma_clips");
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: no {}", folder.display());
    None
}

fn own_rate() -> LogMelSpec {
    LogMelSpec {
        rate: Rate::Own,
        ..LogMelSpec::default()
    }
}

#[test]
fn frequencies_above_half_the_rate_need_not_be_decoded() {
    let Some(folder) = clips() else { return };
    for Clip { name: clip, .. } in CLIPS {
        let path = folder.join(format!("{clip}.mp3"));
        let partly = extract(Input::path(&path).unwrap(), &ExtractSpec::default()).unwrap();
        let whole = decode(Input::path(&path).unwrap()).unwrap();
        let wholly = features(&whole.samples, whole.rate, &ExtractSpec::default()).unwrap();
        let (partly, wholly) = (partly.log_mel.unwrap(), wholly.log_mel.unwrap());
        let differences = || {
            partly
                .data
                .iter()
                .zip(&wholly.data)
                .map(|(a, b)| (a - b).abs())
        };
        let worst = differences().fold(0.0, f32::max);
        let mean = differences().sum::<f32>() / partly.data.len() as f32;
        println!("{clip}: {worst:.1e} dB at most, {mean:.1e} on average");
        assert!(worst < 0.1 && mean < 1e-4, "{clip}: {worst} {mean}");
    }
}

/// `logmel_u8` as decibels, in the middle of its steps.
fn decibels(u8s: &[u8]) -> Vec<f32> {
    u8s.iter()
        .map(|&v| -80.0 + 80.0 * (f32::from(v) + 0.5) / 255.0)
        .collect()
}

fn mean_difference(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    let sum: f64 = a.iter().zip(b).map(|(x, y)| f64::from((x - y).abs())).sum();
    (sum / a.len() as f64) as f32
}

#[test]
fn extracted_features_are_those_of_the_training_arrays() {
    let Some(folder) = clips() else { return };
    for clip in CLIPS {
        let Clip { name, .. } = clip;
        let golden = npz::read(&folder.join(format!("{name}.npz")));
        let input = Input::path(&folder.join(format!("{name}.mp3"))).unwrap();
        let spec = ExtractSpec {
            log_mel: Some(own_rate()),
            mfcc: Some(MfccSpec::default()),
        };
        let found = extract(input, &spec).unwrap();
        // The arrays were made of at most 30 s.
        let log_mel = found.log_mel.unwrap();
        let frames = (30 * u64::from(found.rate) / 512 + 1).min(log_mel.cols as u64);
        let columns: Vec<usize> = Windowing::default()
            .columns(frames)
            .into_iter()
            .map(|c| c as usize)
            .collect();
        let log_mel = log_mel.columns(&columns);
        let difference = mean_difference(&log_mel.data, &decibels(&golden.bytes("logmel_u8")));
        println!("{name}: log-mel {difference:.3} dB on average");
        assert!(difference < clip.log_mel, "{name}: {difference}");
        let mfcc = found.mfcc.unwrap().transposed();
        let stored = golden.floats("mfcc_first3s");
        let difference = mean_difference(&mfcc.data[..130 * 20], &stored);
        println!("{name}: MFCC {difference:.1e} on average");
        // Also of 000574, whose first frame lacks bits that were cut away: silent here as in mpg123, from which the arrays
        // come.
        assert!(difference < MFCC, "{name}: {difference}");
    }
}

#[test]
fn features_of_windows_are_those_of_the_training_arrays() {
    let Some(folder) = clips() else { return };
    let front_end = FrontEnd {
        log_mel: Some(own_rate()),
        windowing: Windowing::default(),
        segments: None,
        mfcc_head: Some(MfccHead::default()),
    };
    for clip in CLIPS {
        let Clip { name, .. } = clip;
        let golden = npz::read(&folder.join(format!("{name}.npz")));
        let input = Input::path(&folder.join(format!("{name}.mp3"))).unwrap();
        let features = song_features(input, &front_end).unwrap();
        assert_eq!(features.windows.len(), 1);
        assert!(
            (features.seconds - 30.0).abs() < 0.05,
            "{}",
            features.seconds
        );
        let window = &features.windows[0];
        // The arrays are relative to the loudest frame of all, which is not used; their floor lies lower by the difference.
        let stored = decibels(&golden.bytes("logmel_u8"));
        let loudest = stored.iter().copied().fold(f32::MIN, f32::max);
        let (found, expected): (Vec<f32>, Vec<f32>) = window
            .log_mel
            .as_ref()
            .unwrap()
            .data
            .iter()
            .map(|db| db + loudest)
            .zip(stored)
            .filter(|(_, stored)| *stored > -74.0)
            .unzip();
        let difference = mean_difference(&found, &expected);
        println!("{name}: log-mel of used frames {difference:.3} dB on average");
        assert!(difference < clip.window_log_mel, "{name}: {difference}");
        let mfcc: &Matrix = window.mfcc.as_ref().unwrap();
        let difference = mean_difference(&mfcc.data, &golden.floats("mfcc_first3s"));
        println!("{name}: MFCC of the first 3 s {difference:.4} on average");
        assert!(difference < clip.window_mfcc, "{name}: {difference}");
    }
}
