//! Reliability diagrams and calibration error: whether 70 of 100 answers with a confidence of 70 % are right.

use crate::accuracy::{confidences, hits};

/// The usual number of bins of a calibration error.
pub const ECE_BINS: usize = 15;

/// Rows whose confidence is in one interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ReliabilityBin {
    /// Lower end of the interval, exclusive (inclusive for the first bin).
    pub low: f64,
    /// Upper end of the interval, inclusive.
    pub high: f64,
    /// Rows in it.
    pub n: u64,
    /// Their mean confidence; NaN without rows.
    pub confidence: f64,
    /// The share of them that was right; NaN without rows.
    pub accuracy: f64,
}

/// Sorts rows by the probability of their predicted class into `bins` intervals of equal width over 0..=1.
///
/// Shapes: `probabilities` row-major `[n, k]`, `labels` `[n]`. The reliability diagram of Guo et al., *On Calibration of
/// Modern Neural Networks*, ICML 2017, section 2: bin m holds confidences in ((m − 1)/M, m/M].
pub fn reliability(
    probabilities: &[f32],
    k: usize,
    labels: &[usize],
    bins: usize,
) -> Vec<ReliabilityBin> {
    let width = 1.0 / bins as f64;
    let mut result: Vec<ReliabilityBin> = (0..bins)
        .map(|bin| ReliabilityBin {
            low: bin as f64 * width,
            high: (bin + 1) as f64 * width,
            n: 0,
            confidence: 0.0,
            accuracy: 0.0,
        })
        .collect();
    let hits = hits(probabilities, k, labels);
    for (confidence, hit) in confidences(probabilities, k).into_iter().zip(hits) {
        let confidence = f64::from(confidence);
        let at = ((confidence * bins as f64).ceil() as usize).clamp(1, bins.max(1)) - 1;
        if let Some(bin) = result.get_mut(at) {
            bin.n += 1;
            bin.confidence += confidence;
            bin.accuracy += f64::from(u8::from(hit));
        }
    }
    for bin in &mut result {
        bin.confidence /= bin.n as f64;
        bin.accuracy /= bin.n as f64;
    }
    result
}

/// Expected calibration error: the mean gap between confidence and accuracy over the bins, weighted by their rows, in 0..=1.
///
/// Guo et al. 2017, equation 3; usually with [`ECE_BINS`] bins. NaN without rows.
pub fn ece(probabilities: &[f32], k: usize, labels: &[usize], bins: usize) -> f64 {
    let bins = reliability(probabilities, k, labels, bins);
    let n: u64 = bins.iter().map(|bin| bin.n).sum();
    bins.iter()
        .filter(|bin| bin.n > 0)
        .map(|bin| bin.n as f64 * (bin.confidence - bin.accuracy).abs())
        .sum::<f64>()
        / n as f64
}
