//! What is not measurable is named by `validate`, and never brings a metric down.

use genrenet_metrics as metrics;

#[test]
fn validate_names_row_class_and_value() {
    let good = [0.5, 0.5, 0.25, 0.75];
    assert_eq!(metrics::validate(&good, 2, &[0, 1]), Ok(()));
    let text = |probabilities: &[f32], k, labels: &[usize]| {
        metrics::validate(probabilities, k, labels)
            .unwrap_err()
            .to_string()
    };
    assert_eq!(
        text(&good, 0, &[0, 1]),
        "number of classes: expected at least 1, found 0"
    );
    assert_eq!(text(&[], 2, &[]), "nothing to measure: no rows");
    assert_eq!(
        text(&good, 2, &[0, 1, 1]),
        "probabilities: expected 3 rows × 2 classes = 6 values, found 4"
    );
    assert_eq!(
        text(&good, 2, &[0, 2]),
        "label of row 1: expected a class below 2, found 2"
    );
    assert_eq!(
        text(&[0.5, 0.5, f32::NAN, 0.5], 2, &[0, 1]),
        "probability of row 1, class 0: expected a number in 0..=1, found NaN"
    );
    assert_eq!(
        text(&[1.5, -0.5], 2, &[0]),
        "probability of row 0, class 0: expected a number in 0..=1, found 1.5"
    );
    assert_eq!(
        text(&[0.25, 0.25], 2, &[0]),
        "probabilities of row 0: expected a sum of 1, found 0.5"
    );
    assert!(text(&good, usize::MAX, &[0, 1]).starts_with("probabilities: expected 2 rows"));
}

#[test]
fn nothing_to_measure_is_not_a_number() {
    assert!(metrics::accuracy(&[], 3, &[]).is_nan());
    assert!(metrics::top_k(&[0.5], 0, &[], 3).is_nan());
    assert!(metrics::ece(&[], 3, &[], 15).is_nan());
    assert!(metrics::brier(&[], 3, &[]).is_nan());
    assert!(metrics::log_loss(&[], 3, &[]).is_nan());
    assert!(metrics::macro_f1(&[]).is_nan());
    assert!(metrics::bootstrap_interval(&[], 100, 0).0.is_nan());
    assert!(metrics::bootstrap_interval(&[true], 0, 0).0.is_nan());
    assert!(metrics::mean_interval(&[]).0.is_nan());
    // Two shares a tenth apart: t(0.975, 1) = 12.7 would lead far outside.
    let (mean, low, high) = metrics::mean_interval_within(&[0.9, 1.0], [0.0, 1.0]);
    assert!((mean - 0.95).abs() < 1e-12 && (0.3..0.4).contains(&low) && high == 1.0);
    assert!(metrics::mean_interval_within(&[0.5], [0.0, 1.0]).1.is_nan());
    let (mean, low, high) = metrics::mean_interval(&[0.5]);
    assert_eq!(mean, 0.5);
    assert!(low.is_nan() && high.is_nan());
    assert!(
        metrics::paired_bootstrap(&[], &[], 100, 0)
            .difference
            .is_nan()
    );
    assert_eq!(metrics::mcnemar(&[], &[]), 1.0);
    assert_eq!(metrics::mcnemar_chi_squared(&[true], &[true]), 1.0);
    assert_eq!(metrics::fit_temperature(&[], 3, &[]), 1.0);
    assert_eq!(metrics::coverage_at_precision(&[], &[], 0.8), None);
    assert!(metrics::trustworthiness(&[], 0, 0, &[], 5).is_nan());
    assert!(metrics::reliability(&[0.5, 0.5], 2, &[0], 0).is_empty());
}

#[test]
fn nan_and_infinite_values_do_not_panic() {
    let odd = [f32::NAN, 0.5, 0.5, f32::INFINITY, -1.0, 2.0];
    for labels in [&[0usize, 1, 0][..], &[7, 8, 9], &[0], &[0; 9]] {
        for k in [0, 1, 2, 4, 100] {
            metrics::accuracy(&odd, k, labels);
            metrics::ece(&odd, k, labels, 15);
            metrics::reliability(&odd, k, labels, 3);
            metrics::brier(&odd, k, labels);
            metrics::log_loss(&odd, k, labels);
            assert!(metrics::fit_temperature(&odd, k, labels).is_finite());
            metrics::confusion(&metrics::predictions(&odd, k), labels, k);
        }
    }
    assert_eq!(metrics::top_k(&[0.5, 0.5], 2, &[2], 2), 0.0);
    assert!(metrics::per_class(&[vec![], vec![1]]).len() == 2);
}

#[test]
fn ties_go_to_the_lower_class_everywhere() {
    let p = [0.5, 0.5, 0.25, 0.25, 0.5, 0.0];
    assert_eq!(metrics::predictions(&p, 2), [0, 0, 0]);
    assert_eq!(metrics::accuracy(&p, 2, &[0, 0, 0]), 1.0);
    assert_eq!(metrics::accuracy(&p, 2, &[1, 1, 1]), 0.0);
    assert_eq!(metrics::hits(&p, 2, &[0, 1, 0]), [true, false, true]);
}

#[test]
fn coverage_keeps_ties_together_and_finds_the_maximum_behind_a_dip() {
    let threshold = |c: &[f32], h: &[bool], target| {
        metrics::coverage_at_precision(c, h, target).map(|t| (t.threshold, t.coverage, t.precision))
    };
    let (yes, no) = (true, false);
    // 1/1, 1/2, 2/3, 3/4, 4/5, 4/6: the dip at the second row does not end the search.
    assert_eq!(
        threshold(
            &[0.9, 0.8, 0.7, 0.6, 0.5, 0.4],
            &[yes, no, yes, yes, yes, no],
            0.8
        ),
        Some((0.5, 5.0 / 6.0, 0.8))
    );
    // Two rows of the same confidence can't be separated by a threshold.
    assert_eq!(threshold(&[0.9, 0.9], &[yes, no], 0.8), None);
    assert_eq!(
        threshold(&[0.9, 0.9], &[yes, no], 0.5),
        Some((0.9, 1.0, 0.5))
    );
    assert_eq!(threshold(&[0.9], &[no], 0.1), None);
}

#[test]
fn all_right_gives_the_lowest_temperature() {
    let t = metrics::fit_temperature(&[3.0, 0.0, 0.0, 2.0], 2, &[0, 1]);
    assert!(t < 0.021, "{t}");
    // All wrong: as flat as allowed.
    let t = metrics::fit_temperature(&[3.0, 0.0, 0.0, 2.0], 2, &[1, 0]);
    assert!(t > 49.0, "{t}");
    // Nothing to choose between: the temperature does not matter and must be a number.
    assert!(metrics::fit_temperature(&[1.0, 1.0], 2, &[0]).is_finite());
}

#[test]
fn groups_widen_the_interval() {
    // Twenty artists of ten clips each, all right or all wrong.
    let hits: Vec<bool> = (0..200).map(|i| (i / 10) % 2 == 0).collect();
    let groups: Vec<u32> = (0..200).map(|i| i / 10 * 7).collect();
    let share =
        |rows: &[usize]| rows.iter().filter(|&&row| hits[row]).count() as f64 / rows.len() as f64;
    let single = metrics::bootstrap_statistic(200, 2000, 1, share);
    let grouped = metrics::bootstrap_groups(&groups, 2000, 1, share);
    assert_eq!(single, metrics::bootstrap_interval(&hits, 2000, 1));
    assert!(grouped.1 - grouped.0 > 2.0 * (single.1 - single.0));
    // The same seed gives the same interval, another seed another one.
    assert_eq!(grouped, metrics::bootstrap_groups(&groups, 2000, 1, share));
    assert_ne!(single, metrics::bootstrap_interval(&hits, 2000, 2));
}

#[test]
fn rows_that_are_all_right_or_all_wrong_have_an_interval() {
    // 20/(20 + 1.96²); scipy.stats.binomtest(20, 20).proportion_ci(method="wilson").low is 0.8388748.
    let (low, high) = metrics::bootstrap_interval(&[true; 20], 2000, 1);
    assert!(
        (low - 0.838_874_8).abs() < 1e-7 && high == 1.0,
        "{low} {high}"
    );
    let (low, high) = metrics::bootstrap_interval(&[false; 20], 2000, 1);
    assert!(
        low == 0.0 && (high - 0.161_125_2).abs() < 1e-7,
        "{low} {high}"
    );
    // Sixty clips of six artists are worth six rows.
    let groups: Vec<u32> = (0..60).map(|i| i / 10).collect();
    let all_right = |_: &[usize]| 1.0;
    assert_eq!(
        metrics::bootstrap_groups(&groups, 2000, 1, all_right),
        metrics::wilson_interval(6, 6)
    );
    // One row of many that is wrong, and a single resample that misses it: still the bootstrap's own answer.
    let mut hits = vec![true; 200];
    hits[0] = false;
    let seed = (0..100)
        .find(|&seed| metrics::bootstrap_interval(&hits, 1, seed).0 == 1.0)
        .expect("a resample misses one row of 200 with probability 0.37");
    assert_eq!(metrics::bootstrap_interval(&hits, 1, seed), (1.0, 1.0));
    // Two networks that answer alike differ by nothing.
    let same = metrics::paired_bootstrap(&[true; 5], &[true; 5], 100, 1);
    assert_eq!((same.low, same.high), (0.0, 0.0));
}

#[test]
fn reliability_bins_hold_the_rows_within_their_bounds() {
    let p = [0.625, 0.375, 0.25, 0.75, 0.875, 0.125, 1.0, 0.0];
    let bins = metrics::reliability(&p, 2, &[0, 0, 0, 0], 4);
    let n: Vec<u64> = bins.iter().map(|bin| bin.n).collect();
    assert_eq!(n, [0, 0, 2, 2]);
    assert_eq!((bins[2].confidence, bins[2].accuracy), (0.6875, 0.5));
    assert!(bins[0].accuracy.is_nan());
    assert_eq!((bins[3].low, bins[3].high), (0.75, 1.0));
}
