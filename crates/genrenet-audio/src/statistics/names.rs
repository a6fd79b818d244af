//! Names of the statistics, in the order in which they are computed.

use super::sizes::{
    CEPSTRA, LEVEL_BANDS, MODULATION_BANDS, MODULATION_COEFFICIENTS, MODULATION_RANGES, WIDE_BANDS,
};

/// The names of the numbers that [`of_log_mel`](super::of_log_mel) appends, in the same order.
///
/// Each is `log_mel_`, what is described, the statistic, and an index from 0, the lowest band or coefficient first:
///
/// | names | meaning |
/// |---|---|
/// | `log_mel_cepstrum_{mean,std,delta_mean,delta_std}_K` | coefficient K of the DCT over the bands; `delta_mean` is the mean magnitude of the change from frame to frame; the mean of coefficient 0 is left out |
/// | `log_mel_level_{p10,p50,p90,spread,std,delta_mean}_B` | level of band group B of 32, in dB; percentiles are relative to the mean level, `spread` is p90 − p10 |
/// | `log_mel_contrast_{mean,std}_B` | difference between the loudest and the softest bands of group B of 8, in dB |
/// | `log_mel_loudness_{mean,std,delta_mean,p10}` | level of the whole frame in dB, relative to the loudest frame |
/// | `log_mel_centroid_{mean,std,delta_mean}` | centre of the mel power, in bands |
/// | `log_mel_flatness_{mean,std}` | geometric over arithmetic mean of the mel power, in dB |
/// | `log_mel_onset_{mean,std,p90}` | mean rise of the levels from frame to frame, in dB |
/// | `log_mel_modulation_B_R` | modulation of band group B of 16 in frequency range R of 6, logarithmic |
/// | `log_mel_correlation_A_B` | Pearson correlation over time of band groups A and B of 8 |
///
/// ```
/// use genrenet_audio::statistics::{LOG_MEL_STATISTICS, log_mel_names};
/// let names = log_mel_names();
/// assert_eq!(names.len(), LOG_MEL_STATISTICS);
/// assert_eq!(names[0], "log_mel_cepstrum_mean_1");
/// assert_eq!(names[502], "log_mel_correlation_6_7");
/// ```
pub fn log_mel_names() -> Vec<String> {
    let mut names = Vec::new();
    names.extend((1..CEPSTRA).map(|k| format!("log_mel_cepstrum_mean_{k}")));
    numbered(
        "log_mel_cepstrum",
        &["std", "delta_mean", "delta_std"],
        CEPSTRA,
        &mut names,
    );
    numbered(
        "log_mel_level",
        &["p10", "p50", "p90", "spread", "std", "delta_mean"],
        LEVEL_BANDS,
        &mut names,
    );
    numbered("log_mel_contrast", &["mean", "std"], WIDE_BANDS, &mut names);
    for (what, statistics) in [
        ("loudness", &["mean", "std", "delta_mean", "p10"][..]),
        ("centroid", &["mean", "std", "delta_mean"]),
        ("flatness", &["mean", "std"]),
        ("onset", &["mean", "std", "p90"]),
    ] {
        names.extend(statistics.iter().map(|s| format!("log_mel_{what}_{s}")));
    }
    modulation("log_mel", MODULATION_BANDS, &mut names);
    for a in 0..WIDE_BANDS {
        names.extend((a + 1..WIDE_BANDS).map(|b| format!("log_mel_correlation_{a}_{b}")));
    }
    names
}

/// The names of the numbers that [`of_mfcc`](super::of_mfcc) appends for `coefficients` MFCC a frame, in the same order.
///
/// `mfcc_{mean,std,delta_std,delta2_std,p10,p90}_K` describe coefficient K over the frames, its first (`delta`) and second
/// differences (`delta2`) and its percentiles; `mfcc_modulation_K_R` is the modulation of coefficient K in frequency range R of 6.
pub fn mfcc_names(coefficients: usize) -> Vec<String> {
    let mut names = Vec::new();
    numbered(
        "mfcc",
        &["mean", "std", "delta_std", "delta2_std", "p10", "p90"],
        coefficients,
        &mut names,
    );
    modulation("mfcc", MODULATION_COEFFICIENTS, &mut names);
    names
}

/// `count` names for each of `statistics`.
fn numbered(what: &str, statistics: &[&str], count: usize, names: &mut Vec<String>) {
    for statistic in statistics {
        names.extend((0..count).map(|index| format!("{what}_{statistic}_{index}")));
    }
}

fn modulation(what: &str, rows: usize, names: &mut Vec<String>) {
    for row in 0..rows {
        names
            .extend((0..MODULATION_RANGES).map(|range| format!("{what}_modulation_{row}_{range}")));
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;
    use crate::statistics::{LOG_MEL_STATISTICS, mfcc_statistics, of_log_mel, of_mfcc};

    /// The statistics of the two groups by name.
    fn by_name(names: Vec<String>, values: Vec<f32>) -> BTreeMap<String, f32> {
        assert_eq!(names.len(), values.len());
        names.into_iter().zip(values).collect()
    }

    fn assert_near(found: f32, expected: f32) {
        assert!((found - expected).abs() < 1e-3, "{found}, not {expected}");
    }

    #[test]
    fn every_statistic_has_a_name_of_its_own() {
        for coefficients in [8, 20, 40] {
            let mut names = log_mel_names();
            assert_eq!(names.len(), LOG_MEL_STATISTICS);
            names.extend(mfcc_names(coefficients));
            let count = LOG_MEL_STATISTICS + mfcc_statistics(coefficients);
            assert_eq!(names.len(), count);
            assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), count);
        }
    }

    #[test]
    fn names_of_mfcc_statistics_belong_to_their_values() {
        let (frames, coefficients) = (100, 20);
        // Coefficient 3 alternates between 5 and 7, 9 rises by 2 from frame to frame, the others are constant.
        let mut mfcc = vec![1.0f32; frames * coefficients];
        for frame in 0..frames {
            mfcc[frame * coefficients + 3] = 6.0 + if frame % 2 == 0 { 1.0 } else { -1.0 };
            mfcc[frame * coefficients + 9] = 2.0 * frame as f32;
        }
        let mut values = Vec::new();
        of_mfcc(&mfcc, frames, coefficients, &mut values);
        let values = by_name(mfcc_names(coefficients), values);
        for (name, expected) in [
            ("mfcc_mean_3", 6.0),
            ("mfcc_std_3", 1.0),
            ("mfcc_p10_3", 5.0),
            ("mfcc_p90_3", 7.0),
            ("mfcc_mean_9", 99.0),
            ("mfcc_p90_9", 178.2),
            ("mfcc_delta_std_9", 0.0),
            ("mfcc_delta2_std_9", 0.0),
            ("mfcc_mean_4", 1.0),
            ("mfcc_modulation_4_5", 0.0),
        ] {
            assert_near(values[name], expected);
        }
        assert!(values["mfcc_delta_std_3"] > 1.9);
        assert!(values["mfcc_delta2_std_3"] > 3.8);
        // Alternating from frame to frame is the highest modulation frequency.
        assert!(values["mfcc_modulation_3_5"] > 1.0);
        assert_near(values["mfcc_modulation_3_0"], 0.0);
    }

    #[test]
    fn names_of_log_mel_statistics_belong_to_their_values() {
        let (bands, frames) = (128, 64);
        // Silence at -80 dB, but bands 32 to 47 (group 2 of 8, group 4 of 16, groups 8 to 11 of 32) and bands 96 to 111
        // alternate between -20 and 0 dB together.
        let mut db = vec![-80.0f32; bands * frames];
        for band in (32..48).chain(96..112) {
            for frame in 0..frames {
                db[band * frames + frame] = if frame % 2 == 0 { 0.0 } else { -20.0 };
            }
        }
        let mut values = Vec::new();
        of_log_mel(&db, bands, frames, &mut values);
        let values = by_name(log_mel_names(), values);
        let mean = db.iter().sum::<f32>() / db.len() as f32;
        for (name, expected) in [
            ("log_mel_level_p10_8", -20.0 - mean),
            ("log_mel_level_p90_11", -mean),
            ("log_mel_level_spread_9", 20.0),
            ("log_mel_level_std_10", 10.0),
            ("log_mel_level_delta_mean_24", 20.0),
            ("log_mel_level_delta_mean_12", 0.0),
            ("log_mel_contrast_mean_2", 0.0),
            ("log_mel_contrast_std_7", 0.0),
            ("log_mel_loudness_p10", -20.0),
            ("log_mel_loudness_std", 10.0),
            ("log_mel_loudness_delta_mean", 20.0),
            ("log_mel_onset_p90", 5.0),
            ("log_mel_modulation_3_5", 0.0),
            ("log_mel_correlation_2_6", 1.0),
            ("log_mel_correlation_2_5", 0.0),
        ] {
            assert!(values.contains_key(name), "{name}");
            assert_near(values[name], expected);
        }
        assert!(values["log_mel_modulation_4_5"] > 3.0 && values["log_mel_modulation_12_5"] > 3.0);
        assert_near(values["log_mel_centroid_mean"], 71.5);
        assert!(values["log_mel_flatness_mean"] < -20.0);
        assert!(values["log_mel_cepstrum_std_0"] > 1.0);
    }
}
