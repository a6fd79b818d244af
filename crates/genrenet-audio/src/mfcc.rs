//! Mel-frequency cepstral coefficients, as `librosa.feature.mfcc`.

use std::f64::consts::PI;

use serde::{Deserialize, Serialize};

use crate::error::AudioError;
use crate::log_mel::{MelDecibels, MelSpec, check_top_db};
use crate::matrix::{Matrix, transpose};
use crate::power::maximum;
use crate::rate::Rate;
use crate::vector::{mul_add, vectorised};

/// How MFCC are computed: librosa's names and defaults (`dct_type=2`, `norm="ortho"`, no lifter).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MfccSpec {
    /// Sample rate at which the sound is heard (22 050 Hz).
    pub rate: Rate,
    /// Samples per frame (2048).
    pub n_fft: usize,
    /// Samples from one frame to the next (512).
    pub hop: usize,
    /// Mel bands that are transformed (128).
    pub n_mels: usize,
    /// Coefficients that are kept (20).
    pub n_mfcc: usize,
    /// Lower edge of the lowest band in Hz (0).
    pub fmin: f32,
    /// Upper edge of the highest band in Hz; half the rate where it is not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fmax: Option<f32>,
    /// Decibels below the maximum of the whole sound at which everything quieter is set before the transform (80).
    pub top_db: f32,
}

impl Default for MfccSpec {
    fn default() -> Self {
        Self {
            rate: Rate::Hz(22_050),
            n_fft: 2048,
            hop: 512,
            n_mels: 128,
            n_mfcc: 20,
            fmin: 0.0,
            fmax: None,
            top_db: 80.0,
        }
    }
}

impl MfccSpec {
    /// Refuses impossible settings.
    ///
    /// # Errors
    /// [`AudioError::Setting`] with the first key that is wrong.
    pub fn check(&self) -> Result<(), AudioError> {
        self.mel().check()?;
        if !(1..=self.n_mels).contains(&self.n_mfcc) {
            return Err(AudioError::Setting {
                key: "n_mfcc",
                value: self.n_mfcc.to_string(),
                reason: format!("expected 1 to n_mels = {}", self.n_mels),
            });
        }
        check_top_db(self.top_db)
    }

    /// What of it decides the mel powers.
    pub(crate) fn mel(&self) -> MelSpec {
        MelSpec {
            rate: self.rate,
            n_fft: self.n_fft,
            hop: self.hop,
            n_mels: self.n_mels,
            fmin: self.fmin,
            fmax: self.fmax,
        }
    }
}

/// The MFCC of `samples` at `rate` Hz, `[n_mfcc, frames]`.
///
/// The orthonormal DCT-II of `power_to_db(mel, ref=1, top_db)`; the floor is relative to the maximum of the whole sound.
/// Within 1e-3 of librosa 0.11 on the same samples. No samples, or a spec that [`MfccSpec::check`] refuses, give no frames.
///
/// ```
/// use genrenet_audio::{MfccSpec, mfcc};
/// let noise: Vec<f32> = (0..22_050u32).map(|i| (i.wrapping_mul(i) % 101) as f32 / 101.0 - 0.5).collect();
/// let coefficients = mfcc(&noise, 22_050, &MfccSpec::default());
/// assert_eq!((coefficients.rows, coefficients.cols), (20, 44));
/// ```
pub fn mfcc(samples: &[f32], rate: u32, spec: &MfccSpec) -> Matrix {
    if spec.check().is_err() {
        return Matrix::zeros(spec.n_mfcc, 0);
    }
    match MelDecibels::of(samples, rate, &spec.mel()) {
        Some(db) => of_decibels(db.rows(), spec, maximum(db.rows())),
        None => Matrix::zeros(spec.n_mfcc, 0),
    }
}

/// `[n_mfcc, frames]` from rows of `n_mels` values in dB re 1, floored at `top_db` below `loudest`.
pub(crate) fn of_decibels(rows: &[f32], spec: &MfccSpec, loudest: f32) -> Matrix {
    let by_frame = by_frame(rows, spec, loudest);
    let mut out = Matrix::zeros(by_frame.cols, by_frame.rows);
    transpose(
        &by_frame.data,
        by_frame.rows,
        by_frame.cols,
        &mut out.data,
        |c| c,
    );
    out
}

/// As [`of_decibels`], but `[frames, n_mfcc]`.
pub(crate) fn by_frame(rows: &[f32], spec: &MfccSpec, loudest: f32) -> Matrix {
    let (n_mels, n_mfcc) = (spec.n_mels.max(1), spec.n_mfcc);
    let basis = DctBasis::new(n_mels, n_mfcc);
    let frames = rows.len() / n_mels;
    let mut data = vec![0.0; frames * n_mfcc];
    basis.apply(rows, loudest - spec.top_db, &mut data);
    Matrix {
        rows: frames,
        cols: n_mfcc,
        data,
    }
}

/// Coefficients that are summed at once.
const LANES: usize = 8;

/// The first rows of the orthonormal DCT-II, `scipy.fft.dct(norm="ortho")`, stored band after band.
struct DctBasis {
    n_mels: usize,
    n_mfcc: usize,
    /// `[groups of LANES coefficients][n_mels][LANES]`.
    cosines: Vec<[f32; LANES]>,
}

impl DctBasis {
    fn new(n_mels: usize, n_mfcc: usize) -> Self {
        let n = n_mels as f64;
        let mut cosines = Vec::with_capacity(n_mfcc.div_ceil(LANES) * n_mels);
        for first in (0..n_mfcc).step_by(LANES) {
            for band in 0..n_mels {
                cosines.push(std::array::from_fn(|lane| {
                    let k = first + lane;
                    if k >= n_mfcc {
                        return 0.0;
                    }
                    let norm = if k == 0 { 1.0 / n } else { 2.0 / n }.sqrt();
                    (norm * (PI * k as f64 * (band as f64 + 0.5) / n).cos()) as f32
                }));
            }
        }
        Self {
            n_mels,
            n_mfcc,
            cosines,
        }
    }

    fn apply(&self, rows: &[f32], floor: f32, out: &mut [f32]) {
        let four = 4 * self.n_mels;
        let mut given = out.chunks_mut(4 * self.n_mfcc);
        let mut taken = rows.chunks_exact(four);
        for (rows, out) in (&mut taken).zip(&mut given) {
            four_frames(&self.cosines, rows, self.n_mels, floor, self.n_mfcc, out);
        }
        // The last one to three frames go through the same sums, with silence beside them.
        let rest = taken.remainder();
        if let Some(out) = given.next().filter(|_| !rest.is_empty()) {
            let mut padded = vec![floor; four];
            padded[..rest.len()].copy_from_slice(rest);
            let mut coefficients = vec![0.0; 4 * self.n_mfcc];
            four_frames(
                &self.cosines,
                &padded,
                self.n_mels,
                floor,
                self.n_mfcc,
                &mut coefficients,
            );
            out.copy_from_slice(&coefficients[..out.len()]);
        }
    }
}

vectorised! {
    /// Coefficients of four frames at once, so that every cosine is loaded once for four sums.
    fn four_frames(
        cosines: &[[f32; LANES]], rows: &[f32], n_mels: usize, floor: f32, n_mfcc: usize, out: &mut [f32],
    ) {
        let (a, rest) = rows.split_at(n_mels);
        let (b, rest) = rest.split_at(n_mels);
        let (c, d) = rest.split_at(n_mels);
        for (group, cosines) in cosines.chunks_exact(n_mels).enumerate() {
            let mut sums = [[0.0f32; LANES]; 4];
            for ((((cosine, &a), &b), &c), &d) in cosines.iter().zip(a).zip(b).zip(c).zip(d) {
                for (sum, db) in sums.iter_mut().zip([a, b, c, d]) {
                    let db = if db > floor { db } else { floor };
                    for lane in 0..LANES {
                        sum[lane] = mul_add::<FUSED>(cosine[lane], db, sum[lane]);
                    }
                }
            }
            let first = group * LANES;
            let n = LANES.min(n_mfcc - first);
            for (frame, sum) in sums.iter().enumerate() {
                let at = frame * n_mfcc + first;
                out[at..at + n].copy_from_slice(&sum[..n]);
            }
        }
    }
}
