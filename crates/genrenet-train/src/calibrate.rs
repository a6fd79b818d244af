//! Temperature and the threshold of "unsure".

use genrenet_data::Dataset;
use genrenet_metrics as metrics;
use genrenet_model::calibration::temper;
use genrenet_model::{Bundle, Calibration};

use crate::error::TrainError;
use crate::predict::{Advance, Predicted, predict_rows_with};
use crate::several_genres;

/// As [`calibrate_with`], silently.
///
/// # Errors
/// As there.
pub fn calibrate(
    bundle: &mut Bundle,
    dataset: &Dataset,
    rows: &[usize],
    precision: f32,
    fitted_on: &str,
) -> Result<(), TrainError> {
    calibrate_with(bundle, dataset, rows, precision, fitted_on, &|_| {})
}

/// Calibrates a bundle on rows of a data set that it was not trained on; `advance` is called with how many more rows are predicted.
///
/// # Errors
/// An array of another shape than the bundle reads, a genre that it does not have.
pub fn calibrate_with(
    bundle: &mut Bundle,
    dataset: &Dataset,
    rows: &[usize],
    precision: f32,
    fitted_on: &str,
    advance: Advance,
) -> Result<(), TrainError> {
    let predicted = predict_rows_with(bundle, dataset, rows, false, advance)?;
    bundle.calibration = fit_to(bundle, dataset, &predicted, precision, fitted_on);
    Ok(())
}

/// Fits a calibration to uncalibrated answers for rows of a data set; a genre that the bundle does not have is left out.
pub(crate) fn fit_to(
    bundle: &Bundle,
    dataset: &Dataset,
    predicted: &Predicted,
    precision: f32,
    fitted_on: &str,
) -> Calibration {
    let k = bundle.genres.len();
    if dataset.multi_label() {
        let truth = several_genres::truth(bundle, dataset, &predicted.rows);
        return several_genres::calibrate(
            &predicted.probabilities,
            k,
            &truth,
            precision,
            fitted_on,
        );
    }
    let (mut probabilities, mut labels) = (Vec::new(), Vec::new());
    for (&row, p) in predicted.rows.iter().zip(predicted.probabilities.chunks(k)) {
        let genre = dataset.rows[row].genre.map(|genre| &dataset.genres[genre]);
        if let Some(label) = bundle.genres.iter().position(|known| Some(known) == genre) {
            probabilities.extend_from_slice(p);
            labels.push(label);
        }
    }
    fit(&probabilities, k, &labels, precision, fitted_on)
}

/// Chooses the threshold of "unsure" for tempered probabilities `[n, k]`: the lowest at and above which the target precision
/// is reached, with the coverage and the precision that it has there.
pub fn choose_threshold(
    calibration: &mut Calibration,
    probabilities: &[f32],
    k: usize,
    labels: &[usize],
) {
    let confidences = metrics::confidences(probabilities, k);
    let hits = metrics::hits(probabilities, k, labels);
    choose_threshold_by(calibration, &confidences, &hits);
}

/// As [`choose_threshold`], by the probability of each answer and whether it is right.
pub(crate) fn choose_threshold_by(
    calibration: &mut Calibration,
    confidences: &[f32],
    hits: &[bool],
) {
    let target = f64::from(calibration.target_precision);
    let found = metrics::coverage_at_precision(confidences, hits, target);
    let (threshold, coverage) = found.map_or((1.0, 0.0), |found| (found.threshold, found.coverage));
    calibration.unsure_below = threshold.clamp(0.0, 1.0);
    calibration.coverage = coverage as f32;
    calibration.precision = found.map(|found| found.precision as f32);
}

/// Fits a calibration to uncalibrated probabilities `[n, k]` of rows that were not trained on.
///
/// The temperature minimises the log loss; the threshold is the lowest top probability at and above
/// which `precision` of the answers are right. Where no threshold reaches it, the one that only the
/// most confident answer reaches is taken, with coverage 0.
pub fn fit(
    probabilities: &[f32],
    k: usize,
    labels: &[usize],
    precision: f32,
    fitted_on: &str,
) -> Calibration {
    if labels.is_empty() {
        return Calibration {
            target_precision: precision,
            ..Calibration::default()
        };
    }
    let logits: Vec<f32> = probabilities.iter().map(|p| p.max(1e-30).ln()).collect();
    let fitted = metrics::fit_temperature(&logits, k, labels);
    let temperature = if fitted.is_finite() {
        fitted.clamp(0.05, 20.0)
    } else {
        1.0
    };
    let mut tempered = probabilities.to_vec();
    tempered
        .chunks_mut(k)
        .for_each(|row| temper(row, temperature));
    let mut calibration = Calibration {
        temperature,
        target_precision: precision,
        fitted_on: fitted_on.to_string(),
        ..Calibration::default()
    };
    choose_threshold(&mut calibration, &tempered, k, labels);
    calibration
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_overconfident_network_gets_a_higher_temperature() {
        // A confidence of 0.99 and an accuracy of three in four.
        let mut probabilities = Vec::new();
        let mut labels = Vec::new();
        for i in 0..400 {
            probabilities.extend([0.99f32, 0.01]);
            labels.push(usize::from(i % 4 == 0));
        }
        let calibration = fit(&probabilities, 2, &labels, 0.8, "rows");
        let mut row = [0.99f32, 0.01];
        calibration.apply(&mut row);
        assert!((row[0] - 0.75).abs() < 0.01, "{row:?}");
        assert_eq!(calibration.coverage, 0.0, "no threshold reaches 80 %");
        assert_eq!(calibration.precision, None);
        let lower = fit(&probabilities, 2, &labels, 0.7, "rows");
        assert_eq!(
            (lower.coverage, lower.precision),
            (1.0, Some(0.75)),
            "the measured precision, not the target"
        );
    }
}
