//! The mel filterbank of `librosa.filters.mel`, kept sparse.

use crate::vector::{mul_add, vectorised};

/// Slaney's mel scale (Auditory Toolbox, 1998): linear to 1 kHz, then 27 steps for every factor of 6.4.
const HZ_PER_MEL: f64 = 200.0 / 3.0;
const KNEE_HZ: f64 = 1000.0;
const KNEE_MEL: f64 = KNEE_HZ / HZ_PER_MEL;
const STEPS: f64 = 27.0;
const FACTOR: f64 = 6.4;

/// Frequency in Hz to mel, Slaney's scale.
pub fn hz_to_mel(hz: f64) -> f64 {
    if hz >= KNEE_HZ {
        KNEE_MEL + (hz / KNEE_HZ).ln() / (FACTOR.ln() / STEPS)
    } else {
        hz / HZ_PER_MEL
    }
}

/// Mel to frequency in Hz, Slaney's scale.
pub fn mel_to_hz(mel: f64) -> f64 {
    if mel >= KNEE_MEL {
        KNEE_HZ * ((FACTOR.ln() / STEPS) * (mel - KNEE_MEL)).exp()
    } else {
        mel * HZ_PER_MEL
    }
}

/// How many values are multiplied at once; every filter's weights are padded with zeros to a multiple of it.
const LANES: usize = 8;

/// Triangular filters over the bins of a power spectrum, each of unit area (`norm="slaney"`, `htk=False`).
///
/// Each filter touches a few bins only: a dense product would cost more than the transform itself.
#[derive(Debug, Clone)]
pub struct MelFilterbank {
    bins: usize,
    filters: Vec<Filter>,
    weights: Vec<f32>,
}

#[derive(Debug, Clone, Copy)]
struct Filter {
    first_bin: usize,
    from: usize,
    to: usize,
}

impl MelFilterbank {
    /// The filters of `librosa.filters.mel(sr=rate, n_fft, n_mels, fmin, fmax)`; `fmax` is half the rate where `None`.
    ///
    /// Filters that lie between two bins, or above half the rate, stay empty, as in librosa.
    pub fn new(rate: u32, n_fft: usize, n_mels: usize, fmin: f32, fmax: Option<f32>) -> Self {
        let bins = n_fft / 2 + 1;
        let fmax = fmax.map_or(f64::from(rate) / 2.0, f64::from);
        let (low, high) = (hz_to_mel(f64::from(fmin)), hz_to_mel(fmax));
        let step = (high - low) / (n_mels + 1) as f64;
        let edge = |i: usize| {
            // numpy.linspace ends exactly on its last value.
            mel_to_hz(if i == n_mels + 1 {
                high
            } else {
                low + step * i as f64
            })
        };
        let hz_per_bin = f64::from(rate) / n_fft.max(1) as f64;
        let mut bank = Self {
            bins,
            filters: Vec::with_capacity(n_mels),
            weights: Vec::new(),
        };
        for i in 0..n_mels {
            let (left, centre, right) = (edge(i), edge(i + 1), edge(i + 2));
            let area = 2.0 / (right - left);
            let from = bank.weights.len();
            let mut first_bin = 0;
            let start = (left / hz_per_bin).floor().max(0.0) as usize;
            for bin in start..bins {
                let hz = bin as f64 * hz_per_bin;
                if hz > right {
                    break;
                }
                let rising = (hz - left) / (centre - left);
                let falling = (right - hz) / (right - centre);
                // Rounded to f32 before the area, as librosa does.
                let weight = (f64::from(rising.min(falling).max(0.0) as f32) * area) as f32;
                // NaN (an empty band) is no weight either.
                if weight > 0.0 && weight.is_finite() {
                    if bank.weights.len() == from {
                        first_bin = bin;
                    }
                    bank.weights.push(weight);
                }
            }
            let padded = from + (bank.weights.len() - from).next_multiple_of(LANES);
            bank.weights.resize(padded, 0.0);
            bank.filters.push(Filter {
                first_bin,
                from,
                to: padded,
            });
        }
        bank
    }

    /// Number of filters.
    pub fn n_mels(&self) -> usize {
        self.filters.len()
    }

    /// Length a power spectrum must have for [`apply`](Self::apply): its bins, then zeros that padded weights may touch.
    pub fn padded_bins(&self) -> usize {
        self.bins + LANES
    }

    /// The weight of filter `mel` at `bin`, as row and column of librosa's matrix.
    pub fn weight(&self, mel: usize, bin: usize) -> f32 {
        self.filters.get(mel).map_or(0.0, |f| {
            bin.checked_sub(f.first_bin)
                .and_then(|i| self.weights[f.from..f.to].get(i))
                .copied()
                .unwrap_or(0.0)
        })
    }

    /// Mel powers of one power spectrum of [`padded_bins`](Self::padded_bins) values; `out` holds `n_mels` values.
    pub fn apply(&self, power: &[f32], out: &mut [f32]) {
        dot_products(&self.filters, &self.weights, power, out);
    }
}

vectorised! {
    fn dot_products(filters: &[Filter], weights: &[f32], power: &[f32], out: &mut [f32]) {
        for (filter, out) in filters.iter().zip(out) {
            let weights = &weights[filter.from..filter.to];
            let power = &power[filter.first_bin..filter.first_bin + weights.len()];
            let mut sums = [0.0f32; LANES];
            for (w, p) in weights.chunks_exact(LANES).zip(power.chunks_exact(LANES)) {
                for lane in 0..LANES {
                    sums[lane] = mul_add::<FUSED>(w[lane], p[lane], sums[lane]);
                }
            }
            let four: [f32; 4] = std::array::from_fn(|i| sums[i] + sums[i + 4]);
            *out = (four[0] + four[2]) + (four[1] + four[3]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_is_its_own_inverse() {
        for hz in [0.0, 1.0, 440.0, 999.9, 1000.0, 4000.0, 22_050.0] {
            assert!((mel_to_hz(hz_to_mel(hz)) - hz).abs() < 1e-9 * (1.0 + hz));
        }
        assert!((hz_to_mel(1000.0) - 15.0).abs() < 1e-12);
        assert!((hz_to_mel(6400.0) - 42.0).abs() < 1e-9);
    }

    #[test]
    fn the_product_is_that_of_the_whole_matrix() {
        let bank = MelFilterbank::new(16_000, 512, 40, 20.0, Some(7000.0));
        let mut power: Vec<f32> = (0..257).map(|i| ((i * 37) % 101) as f32).collect();
        power.resize(bank.padded_bins(), 0.0);
        let mut out = vec![0.0; 40];
        bank.apply(&power, &mut out);
        for (mel, &value) in out.iter().enumerate() {
            let dense: f64 = (0..257)
                .map(|bin| f64::from(bank.weight(mel, bin)) * f64::from(power[bin]))
                .sum();
            assert!((f64::from(value) - dense).abs() < 1e-5 * (1.0 + dense));
            assert!(value > 0.0);
        }
    }
}
