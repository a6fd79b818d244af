//! The features against librosa 0.11 (`reference/features.py`), from the very same samples.

mod golden;
mod parameters;

use genrenet_audio::{
    LogMelSpec, Matrix, MfccSpec, Rate, Resampler, frame_count, log_mel, mfcc, resample,
};
use golden::{Golden, music, noise};

fn largest_difference(a: &[f32], b: &[f32]) -> f32 {
    a.iter()
        .zip(b)
        .map(|(x, y)| (x - y).abs())
        .fold(
            0.0,
            |worst, d| if d > worst || d.is_nan() { d } else { worst },
        )
}

fn assert_near(name: &str, found: &Matrix, golden: &Golden, tolerance: f32) {
    let (shape, expected) = golden.array(name);
    assert_eq!(shape, [found.rows, found.cols], "{name}");
    let worst = largest_difference(&found.data, expected);
    println!("{name}: largest difference {worst:.1e}");
    assert!(worst <= tolerance, "{name}: {worst}");
}

#[test]
fn log_mel_and_mfcc_are_librosas() {
    let golden = Golden::load("features");
    for case in golden.features() {
        let samples = music(case.samples, case.rate as usize, 1);
        let log_mel_spec = LogMelSpec {
            rate: Rate::Own,
            n_fft: case.n_fft,
            hop: case.hop,
            n_mels: case.n_mels,
            fmin: case.fmin,
            fmax: case.fmax,
            top_db: 80.0,
        };
        let db = log_mel(&samples, case.rate, &log_mel_spec);
        assert_near(&format!("{}_log_mel", case.name), &db, &golden, 1e-3);
        let frames = frame_count(case.samples as u64, case.n_fft, case.hop);
        assert_eq!(db.cols as u64, frames);
        let mfcc_spec = MfccSpec {
            rate: Rate::Hz(case.rate),
            n_fft: case.n_fft,
            hop: case.hop,
            n_mels: case.n_mels,
            n_mfcc: case.n_mfcc,
            fmin: case.fmin,
            fmax: case.fmax,
            top_db: 80.0,
        };
        let coefficients = mfcc(&samples, case.rate, &mfcc_spec);
        assert_near(&format!("{}_mfcc", case.name), &coefficients, &golden, 1e-3);
    }
}

#[test]
fn features_of_resampled_sound_are_librosas() {
    let golden = Golden::load("features");
    let samples = music(30_000, 44_100, 1);
    let db = log_mel(&samples, 44_100, &LogMelSpec::default());
    assert_near("resampled_log_mel", &db, &golden, 2e-3);
    let coefficients = mfcc(&samples, 44_100, &MfccSpec::default());
    assert_near("resampled_mfcc", &coefficients, &golden, 2e-3);
}

#[test]
fn resampling_is_that_of_soxr_hq() {
    let golden = Golden::load("features");
    for case in golden.resampled() {
        let samples: Vec<f32> = noise(case.samples, u64::from(case.from))
            .into_iter()
            .map(|x| 0.5 * x)
            .collect();
        let found = resample(&samples, case.from, case.to);
        let (shape, expected) = golden.array(&case.name);
        assert_eq!(shape, [found.len()], "{}", case.name);
        // Where libsoxr works in two steps it begins a little differently; the whole ratios are exact from the start.
        let (skip, tolerance) =
            if case.to % case.from == 0 || (case.from % case.to == 0 && case.from / case.to == 2) {
                (0, 5e-7)
            } else {
                (60, 5e-4)
            };
        let worst = largest_difference(&found[skip..], &expected[skip..]);
        println!("{}: largest difference {worst:.1e}", case.name);
        assert!(worst <= tolerance, "{}: {worst}", case.name);
    }
}

#[test]
fn resampling_does_not_depend_on_how_samples_arrive() {
    let samples = noise(50_000, 3);
    for (from, to) in [(44_100, 22_050), (48_000, 22_050), (8_000, 22_050)] {
        let whole = resample(&samples, from, to);
        for run in [1usize, 777, 4096, 30_000] {
            let mut resampler = Resampler::new(from, to);
            let mut out = Vec::new();
            for piece in samples.chunks(run) {
                resampler.push(piece, &mut out);
            }
            resampler.finish(&mut out);
            assert!(out == whole, "{from} → {to} in runs of {run}");
        }
    }
}

#[test]
fn silence_has_no_structure() {
    let silence = vec![0.0; 22_050];
    let db = log_mel(&silence, 22_050, &LogMelSpec::default());
    assert!(db.data.iter().all(|&v| v == 0.0));
    let coefficients = mfcc(&silence, 22_050, &MfccSpec::default());
    // −100 dB in all bands: only the mean is left, −100 · √128.
    assert!((coefficients.row(0)[5] + 1131.3708).abs() < 1e-2);
    assert!(
        coefficients.data[coefficients.cols..]
            .iter()
            .all(|v| v.abs() < 1e-3)
    );
}

#[test]
fn nothing_and_impossible_settings_give_no_frames() {
    let spec = LogMelSpec::default();
    assert_eq!(log_mel(&[], 44_100, &spec).cols, 0);
    assert_eq!(log_mel(&[0.5; 100], 0, &spec).cols, 0);
    let impossible = LogMelSpec { hop: 0, ..spec };
    assert_eq!(log_mel(&[0.5; 100], 22_050, &impossible).cols, 0);
    assert_eq!(
        impossible.check().unwrap_err().to_string(),
        "hop = 0: expected 1 to 1048576 samples"
    );
    let impossible = MfccSpec {
        n_mfcc: 200,
        ..MfccSpec::default()
    };
    assert_eq!(mfcc(&[0.5; 100], 22_050, &impossible).cols, 0);
    assert!(resample(&[0.5; 10], 0, 22_050).is_empty());
}
