//! How many statistics of each kind there are.

/// Cepstral coefficients taken of the log-mel spectrogram.
pub(super) const CEPSTRA: usize = 40;
/// Groups of neighbouring mel bands whose levels are described.
pub(super) const LEVEL_BANDS: usize = 32;
/// Groups of mel bands in which the contrast of peak to valley, and the correlation among bands, is taken.
pub(super) const WIDE_BANDS: usize = 8;
/// Groups of mel bands whose modulation spectrum is described.
pub(super) const MODULATION_BANDS: usize = 16;
/// Cepstral coefficients of the MFCC whose modulation spectrum is described.
pub(super) const MODULATION_COEFFICIENTS: usize = 8;
/// Upper ends of the modulation ranges, as shares of half the frame rate.
pub(super) const MODULATION_EDGES: [f32; 7] = [
    0.0,
    1.0 / 32.0,
    5.0 / 64.0,
    10.0 / 64.0,
    20.0 / 64.0,
    40.0 / 64.0,
    1.0,
];
pub(super) const MODULATION_RANGES: usize = MODULATION_EDGES.len() - 1;

/// How many numbers [`of_log_mel`](super::of_log_mel) gives for a spectrogram of at least 32 bands.
pub const LOG_MEL_STATISTICS: usize = (4 * CEPSTRA - 1)
    + 6 * LEVEL_BANDS
    + 2 * WIDE_BANDS
    + 12
    + MODULATION_BANDS * MODULATION_RANGES
    + WIDE_BANDS * (WIDE_BANDS - 1) / 2;

/// How many numbers [`of_mfcc`](super::of_mfcc) gives for `coefficients` MFCC a frame (at least eight).
pub const fn mfcc_statistics(coefficients: usize) -> usize {
    6 * coefficients + MODULATION_COEFFICIENTS * MODULATION_RANGES
}
