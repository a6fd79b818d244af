//! What holds of the features for any sound and any setting.

use genrenet_audio::{
    AudioError, ExtractSpec, LogMelSpec, MelFilterbank, MfccSpec, Rate, features, frame_count,
    log_mel, mfcc, resample,
};
use proptest::prelude::*;

fn samples(len: std::ops::Range<usize>) -> impl Strategy<Value = Vec<f32>> {
    prop::collection::vec(-1.0f32..1.0, len)
}

/// Usual rates, and others that share a factor of 50: ratios of primes take long transforms (one of them is tested below).
fn rates() -> impl Strategy<Value = u32> {
    prop_oneof![
        prop::sample::select(vec![
            8000u32, 11_025, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000
        ]),
        (80u32..1200).prop_map(|n| 50 * n),
    ]
}

fn any_spec() -> impl Strategy<Value = LogMelSpec> {
    (
        prop_oneof![
            Just(Rate::Own),
            rates().prop_map(Rate::Hz),
            Just(Rate::Hz(900))
        ],
        0usize..3000,
        0usize..2000,
        0usize..200,
        -10.0f32..9000.0,
        prop::option::of(0.0f32..30_000.0),
        -1.0f32..100.0,
    )
        .prop_map(
            |(rate, n_fft, hop, n_mels, fmin, fmax, top_db)| LogMelSpec {
                rate,
                n_fft,
                hop,
                n_mels,
                fmin,
                fmax,
                top_db,
            },
        )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn any_setting_gives_a_matrix_or_a_reason(spec in any_spec(), x in samples(0..4000), rate in rates()) {
        let db = log_mel(&x, rate, &spec);
        prop_assert_eq!(db.data.len(), db.rows * db.cols);
        match features(&x, rate, &ExtractSpec { log_mel: Some(spec), mfcc: None }) {
            Ok(found) => {
                let found = found.log_mel.unwrap();
                prop_assert_eq!((found.rows, found.cols), (db.rows, db.cols));
                prop_assert!(found.data.iter().all(|v| (-spec.top_db..=0.0).contains(v)));
                prop_assert_eq!(found.data.iter().copied().fold(f32::MIN, f32::max), 0.0);
                let resampled = if spec.rate == Rate::Own { x.clone() } else { resample(&x, rate, spec.rate.hz(rate)) };
                prop_assert_eq!(found.cols as u64, frame_count(resampled.len() as u64, spec.n_fft, spec.hop));
            }
            Err(AudioError::Setting { .. }) => {
                // At the rate of the sound itself the bands may be wrong for this sound only.
                prop_assert!(spec.check().is_err() || spec.rate == Rate::Own);
            }
            Err(other) => {
                prop_assert!(x.is_empty(), "{}", other);
            }
        }
    }

    #[test]
    fn loudness_is_lost_and_shifts_only_the_first_coefficient(x in samples(3000..6000), gain in 0.1f32..1.0) {
        let softer: Vec<f32> = x.iter().map(|v| v * gain).collect();
        let spec = LogMelSpec::default();
        let (a, b) = (log_mel(&x, 22_050, &spec), log_mel(&softer, 22_050, &spec));
        for (a, b) in a.data.iter().zip(&b.data) {
            prop_assert!((a - b).abs() < 2e-3, "{} {}", a, b);
        }
        let spec = MfccSpec::default();
        let (a, b) = (mfcc(&x, 22_050, &spec), mfcc(&softer, 22_050, &spec));
        let shift = 20.0 * gain.log10() * (spec.n_mels as f32).sqrt();
        for (i, (a, b)) in a.data.iter().zip(&b.data).enumerate() {
            let expected = if i < a_cols(&x) { a + shift } else { *a };
            prop_assert!((expected - b).abs() < 5e-3, "{} {}", expected, b);
        }
    }

    #[test]
    fn resampling_is_linear_and_keeps_its_length(
        x in samples(1..3000), from in rates(), to in rates(), gain in -2.0f32..2.0,
    ) {
        let y = resample(&x, from, to);
        let exact = (x.len() as u64 * u64::from(to)).div_ceil(u64::from(from));
        prop_assert_eq!(y.len() as u64, exact);
        let scaled: Vec<f32> = x.iter().map(|v| v * gain).collect();
        for (a, b) in y.iter().zip(resample(&scaled, from, to)) {
            prop_assert!((a * gain - b).abs() < 1e-5);
        }
    }

    #[test]
    fn slow_tones_pass_unchanged(from in rates(), to in rates(), share in 0.01f64..0.85) {
        let hz = share * f64::from(from.min(to)) / 2.0;
        let tone = |rate: u32, n: usize| -> Vec<f32> {
            (0..n).map(|i| (std::f64::consts::TAU * hz * i as f64 / f64::from(rate)).sin() as f32).collect()
        };
        let n = from as usize / 20;
        let y = resample(&tone(from, n), from, to);
        let expected = tone(to, y.len());
        // Half a filter from either end, where the tone sets in and breaks off.
        let edge = (120.0 * (f64::from(to) / f64::from(from.min(to)))) as usize;
        for i in edge..y.len().saturating_sub(edge) {
            prop_assert!((y[i] - expected[i]).abs() < 1e-3, "{} → {} at {}: {} {}", from, to, i, y[i], expected[i]);
        }
    }

    #[test]
    fn filters_have_unit_area(rate in 8000u32..96_000, n_mels in 1usize..64) {
        // Wide enough filters on fine enough bins: the sum is the integral.
        let n_fft = 16_384;
        let bank = MelFilterbank::new(rate, n_fft, n_mels, 0.0, None);
        let hz_per_bin = rate as f32 / n_fft as f32;
        for mel in 0..n_mels {
            let area: f32 = (0..=n_fft / 2).map(|bin| bank.weight(mel, bin)).sum::<f32>() * hz_per_bin;
            prop_assert!((area - 1.0).abs() < 0.03, "{} {}", mel, area);
        }
    }
}

fn a_cols(x: &[f32]) -> usize {
    frame_count(x.len() as u64, 2048, 512) as usize
}

#[test]
fn ratios_of_primes_are_resampled_too() {
    let x: Vec<f32> = (0..5000)
        .map(|i| (f64::from(i) * 0.05).sin() as f32)
        .collect();
    let y = resample(&x, 44_101, 22_051);
    assert_eq!(y.len(), (5000u64 * 22_051).div_ceil(44_101) as usize);
    for (i, y) in y.iter().enumerate().take(2300).skip(150) {
        let expected = (i as f64 * 44_101.0 / 22_051.0 * 0.05).sin() as f32;
        assert!((y - expected).abs() < 1e-3, "{i}: {y} {expected}");
    }
}

#[test]
fn a_sample_that_is_not_finite_is_named_with_its_position() {
    let mut x = vec![0.1f32; 100_000];
    x[70_001] = f32::NAN;
    let error = features(&x, 44_100, &ExtractSpec::default()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the input holds NaN at sample frame 70001: expected finite samples within ±1e10"
    );
}
