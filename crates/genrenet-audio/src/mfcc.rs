//! Mel-frequency cepstral coefficients, as `librosa.feature.mfcc`.

use serde::{Deserialize, Serialize};

use crate::dct::Dct;
use crate::error::AudioError;
use crate::log_mel::{MelDecibels, check_top_db};
use crate::matrix::Matrix;
use crate::mel_spec::MelSpec;
use crate::power::maximum;
use crate::rate::Rate;
use crate::vector::{mul_add, vectorised};

/// How MFCC are computed: librosa's names and defaults (`dct_type=2`, `norm="ortho"`, no lifter).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MfccSpec {
    /// Sample rate to which the audio is resampled (22 050 Hz).
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
    /// Decibels below the maximum of the whole signal at which everything quieter is clipped before the transform (80).
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
    /// Checks the settings.
    ///
    /// # Errors
    /// [`AudioError::Setting`] with the first key that is wrong.
    pub fn check(&self) -> Result<(), AudioError> {
        self.mel().check()?;
        if !(1..=self.n_mels).contains(&self.n_mfcc) {
            let expected = format!("expected 1 to n_mels = {}", self.n_mels);
            return Err(AudioError::setting("n_mfcc", self.n_mfcc, expected));
        }
        check_top_db(self.top_db)
    }

    /// The settings that decide the mel powers.
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
/// The orthonormal DCT-II of `power_to_db(mel, ref=1, top_db)`; the floor is relative to the maximum of the whole signal.
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
        Some(db) => of_decibels(&db, spec, maximum(&db.data)),
        None => Matrix::zeros(spec.n_mfcc, 0),
    }
}

/// `[n_mfcc, frames]` from `decibels`, `[n_mels, frames]` re 1, floored at `top_db` below `loudest`.
pub(crate) fn of_decibels(decibels: &Matrix, spec: &MfccSpec, loudest: f32) -> Matrix {
    let mut out = Matrix::zeros(spec.n_mfcc, decibels.cols);
    DctBasis::new(decibels.rows, spec.n_mfcc).apply(decibels, loudest - spec.top_db, &mut out);
    out
}

/// Frames that are transformed at once.
const FRAMES: usize = 16;
/// Coefficients that are summed at once.
const COEFFICIENTS: usize = 4;

/// The first rows of the orthonormal DCT-II, `scipy.fft.dct(norm="ortho")`.
struct DctBasis {
    n_mels: usize,
    /// `[groups of coefficients][n_mels][coefficients of the group]`, zero past the last one.
    cosines: Vec<[f32; COEFFICIENTS]>,
}

impl DctBasis {
    fn new(n_mels: usize, n_mfcc: usize) -> Self {
        let dct = Dct {
            kind: 2,
            ortho: true,
        };
        let cosine = |k: usize, band: usize| {
            if k >= n_mfcc {
                return 0.0;
            }
            dct.weight(n_mels, k, band) as f32
        };
        let cosines = (0..n_mfcc)
            .step_by(COEFFICIENTS)
            .flat_map(|first| {
                (0..n_mels).map(move |band| std::array::from_fn(|lane| cosine(first + lane, band)))
            })
            .collect();
        Self { n_mels, cosines }
    }

    fn apply(&self, decibels: &Matrix, floor: f32, out: &mut Matrix) {
        let mut block = vec![[0.0; FRAMES]; self.n_mels];
        for first in (0..decibels.cols).step_by(FRAMES) {
            let n = FRAMES.min(decibels.cols - first);
            for (band, values) in block.iter_mut().enumerate() {
                values[..n].copy_from_slice(&decibels.row(band)[first..first + n]);
            }
            for (group, cosines) in self.cosines.chunks_exact(self.n_mels).enumerate() {
                let mut sums = [[0.0; FRAMES]; COEFFICIENTS];
                products(cosines, &block, floor, &mut sums);
                let k = group * COEFFICIENTS;
                for (k, sums) in (k..out.rows).zip(&sums) {
                    let at = k * out.cols + first;
                    out.data[at..at + n].copy_from_slice(&sums[..n]);
                }
            }
        }
    }
}

vectorised! {
    /// Some coefficients of some frames: every value is loaded once for all coefficients.
    fn products(
        cosines: &[[f32; COEFFICIENTS]], block: &[[f32; FRAMES]], floor: f32, out: &mut [[f32; FRAMES]; COEFFICIENTS],
    ) {
        let mut sums = [[0.0f32; FRAMES]; COEFFICIENTS];
        for (cosines, values) in cosines.iter().zip(block) {
            let floored: [f32; FRAMES] =
                std::array::from_fn(|i| if values[i] > floor { values[i] } else { floor });
            for (sums, &cosine) in sums.iter_mut().zip(cosines) {
                for (sum, db) in sums.iter_mut().zip(floored) {
                    *sum = mul_add::<FUSED, _>(cosine, db, *sum);
                }
            }
        }
        *out = sums;
    }
}
