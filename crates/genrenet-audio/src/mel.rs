//! The mel filterbank of `librosa.filters.mel`, kept sparse.

use crate::mel_scale::{htk, hz_to_mel, mel_to_hz};
use crate::vector::{mul_add, vectorised};

/// How many values are multiplied, and how many filters are summed up, at once.
const LANES: usize = 8;

type Lanes = [f32; LANES];

/// Triangular filters over the bins of a power spectrum.
///
/// Each filter touches a few bins only: a dense product would cost more than the transform itself. Filters are kept in
/// groups of eight neighbours of the same width in whole vectors, so that eight sums are finished together.
#[derive(Debug, Clone)]
pub struct MelFilterbank {
    bins: usize,
    n_mels: usize,
    groups: Vec<Group>,
    weights: Vec<Lanes>,
}

/// Eight neighbouring filters.
#[derive(Debug, Clone)]
struct Group {
    /// The bin with which each filter's weights start.
    first_bins: [usize; LANES],
    /// Vectors of weights per filter.
    vectors: usize,
}

/// A filter as it is designed: weights from its first bin on.
struct Filter {
    first_bin: usize,
    weights: Vec<f32>,
}

impl MelFilterbank {
    /// The filters of `librosa.filters.mel(sr=rate, n_fft, n_mels, fmin, fmax)`, each of unit area on Slaney's scale; `fmax` is half the
    /// rate where `None`.
    ///
    /// Filters that lie between two bins, or above half the rate, stay empty, as in librosa.
    pub fn new(rate: u32, n_fft: usize, n_mels: usize, fmin: f32, fmax: Option<f32>) -> Self {
        Self::designed(&MelDesign {
            rate,
            n_fft,
            n_mels,
            fmin: f64::from(fmin),
            fmax: fmax.map(f64::from),
            htk: false,
            unit_area: true,
        })
    }

    /// The filters of a design.
    pub(crate) fn designed(design: &MelDesign) -> Self {
        let (bins, n_mels) = (design.n_fft / 2 + 1, design.n_mels);
        let filters = design.filters();
        let mut bank = Self {
            bins,
            n_mels,
            groups: Vec::with_capacity(n_mels.div_ceil(LANES)),
            weights: Vec::new(),
        };
        for filters in filters.chunks(LANES) {
            let widest = filters.iter().map(|f| f.weights.len()).max().unwrap_or(0);
            let vectors = widest.div_ceil(LANES);
            // Moved down where its padding would reach over the end of the spectrum.
            let last_start = bank.padded_bins() - vectors * LANES;
            let first_bins =
                std::array::from_fn(|i| filters.get(i).map_or(0, |f| f.first_bin.min(last_start)));
            for vector in 0..vectors {
                for (i, first_bin) in first_bins.iter().enumerate() {
                    bank.weights.push(std::array::from_fn(|lane| {
                        let bin = first_bin + vector * LANES + lane;
                        filters.get(i).map_or(0.0, |f| f.weight(bin))
                    }));
                }
            }
            bank.groups.push(Group {
                first_bins,
                vectors,
            });
        }
        bank
    }

    /// Number of filters.
    pub fn n_mels(&self) -> usize {
        self.n_mels
    }

    /// Length a power spectrum must have for [`apply`](Self::apply): its bins, then zeros that padded weights may touch.
    pub fn padded_bins(&self) -> usize {
        self.bins + LANES
    }

    /// The weight of filter `mel` at `bin`, as row and column of librosa's matrix; 0 outside of it.
    pub fn weight(&self, mel: usize, bin: usize) -> f32 {
        let Some(group) = self.groups.get(mel / LANES) else {
            return 0.0;
        };
        let before: usize = self.groups[..mel / LANES].iter().map(|g| g.vectors).sum();
        match bin.checked_sub(group.first_bins[mel % LANES]) {
            Some(at) if at < group.vectors * LANES => {
                self.weights[(before + at / LANES) * LANES + mel % LANES][at % LANES]
            }
            _ => 0.0,
        }
    }

    /// Mel powers of one power spectrum of [`padded_bins`](Self::padded_bins) values; `out` holds `n_mels` values.
    pub fn apply(&self, power: &[f32], out: &mut [f32]) {
        dot_products(&self.groups, &self.weights, power, out);
    }
}

impl Filter {
    fn weight(&self, bin: usize) -> f32 {
        bin.checked_sub(self.first_bin)
            .and_then(|i| self.weights.get(i))
            .copied()
            .unwrap_or(0.0)
    }
}

/// The parameters of `librosa.filters.mel`.
pub(crate) struct MelDesign {
    pub(crate) rate: u32,
    pub(crate) n_fft: usize,
    pub(crate) n_mels: usize,
    pub(crate) fmin: f64,
    /// Half the rate where it is not given.
    pub(crate) fmax: Option<f64>,
    /// The HTK's mel scale instead of Slaney's.
    pub(crate) htk: bool,
    /// Filters of unit area (`norm="slaney"`), not of unit height (`norm=None`).
    pub(crate) unit_area: bool,
}

impl MelDesign {
    fn filters(&self) -> Vec<Filter> {
        let to_mel = |hz| match self.htk {
            true => htk::hz_to_mel(hz),
            false => hz_to_mel(hz),
        };
        let to_hz = |mel| match self.htk {
            true => htk::mel_to_hz(mel),
            false => mel_to_hz(mel),
        };
        let fmax = self.fmax.unwrap_or(f64::from(self.rate) / 2.0);
        let (low, high) = (to_mel(self.fmin), to_mel(fmax));
        let step = (high - low) / (self.n_mels + 1) as f64;
        let edges: Vec<f64> = (0..self.n_mels + 2)
            .map(|i| {
                // numpy.linspace ends exactly on its last value.
                let last = i == self.n_mels + 1;
                to_hz(if last { high } else { low + step * i as f64 })
            })
            .collect();
        edges.windows(3).map(|edges| self.filter(edges)).collect()
    }

    /// The triangle between three frequencies.
    fn filter(&self, edges: &[f64]) -> Filter {
        let hz_per_bin = f64::from(self.rate) / self.n_fft.max(1) as f64;
        let (left, centre, right) = (edges[0], edges[1], edges[2]);
        let height = if self.unit_area {
            2.0 / (right - left)
        } else {
            1.0
        };
        let mut filter = Filter {
            first_bin: (left / hz_per_bin).floor().max(0.0) as usize,
            weights: Vec::new(),
        };
        for bin in filter.first_bin..self.n_fft / 2 + 1 {
            let hz = bin as f64 * hz_per_bin;
            if hz > right {
                break;
            }
            let rising = (hz - left) / (centre - left);
            let falling = (right - hz) / (right - centre);
            // Rounded to f32 before the height, as librosa does.
            let weight = (f64::from(rising.min(falling).max(0.0) as f32) * height) as f32;
            // Neither NaN nor infinity (an empty band) is a weight.
            if weight > 0.0 && weight.is_finite() {
                filter.weights.push(weight);
            } else if filter.weights.is_empty() {
                filter.first_bin = bin + 1;
            }
        }
        filter
    }
}

/// Sums of neighbouring values of `a` and `b`, in the order in which AVX leaves them.
#[inline(always)]
fn neighbours(a: Lanes, b: Lanes) -> Lanes {
    let even = [a[0], a[2], b[0], b[2], a[4], a[6], b[4], b[6]];
    let odd = [a[1], a[3], b[1], b[3], a[5], a[7], b[5], b[7]];
    std::array::from_fn(|i| even[i] + odd[i])
}

/// The sum of each of eight vectors, by a tree of 15 vector additions instead of 8 · 7 single ones.
#[inline(always)]
fn eight_sums(v: &[Lanes; LANES]) -> Lanes {
    let low = neighbours(neighbours(v[0], v[1]), neighbours(v[2], v[3]));
    let high = neighbours(neighbours(v[4], v[5]), neighbours(v[6], v[7]));
    let left = [
        low[0], low[1], low[2], low[3], high[0], high[1], high[2], high[3],
    ];
    let right = [
        low[4], low[5], low[6], low[7], high[4], high[5], high[6], high[7],
    ];
    std::array::from_fn(|i| left[i] + right[i])
}

vectorised! {
    fn dot_products(groups: &[Group], weights: &[Lanes], power: &[f32], out: &mut [f32]) {
        let mut weights = weights;
        for (group, out) in groups.iter().zip(out.chunks_mut(LANES)) {
            let (mine, others) = weights.split_at(group.vectors * LANES);
            weights = others;
            let spans: [&[f32]; LANES] =
                std::array::from_fn(|i| &power[group.first_bins[i]..][..group.vectors * LANES]);
            let mut sums = [[0.0f32; LANES]; LANES];
            for (vector, weights) in mine.chunks_exact(LANES).enumerate() {
                for i in 0..LANES {
                    let power = &spans[i][vector * LANES..][..LANES];
                    for lane in 0..LANES {
                        sums[i][lane] = mul_add::<FUSED, _>(weights[i][lane], power[lane], sums[i][lane]);
                    }
                }
            }
            let sums = eight_sums(&sums);
            match <&mut Lanes>::try_from(&mut *out) {
                Ok(whole) => *whole = sums,
                Err(_) => out.copy_from_slice(&sums[..out.len()]),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_product_is_that_of_the_whole_matrix() {
        for n_mels in [1, 3, 40, 45] {
            let design = MelDesign {
                rate: 16_000,
                n_fft: 512,
                n_mels,
                fmin: 20.0,
                fmax: Some(7000.0),
                htk: false,
                unit_area: true,
            };
            let (bank, designed) = (MelFilterbank::designed(&design), design.filters());
            let mut power: Vec<f32> = (0..257).map(|i| ((i * 37) % 101) as f32).collect();
            power.resize(bank.padded_bins(), 0.0);
            let mut out = vec![0.0; n_mels];
            bank.apply(&power, &mut out);
            for (mel, &value) in out.iter().enumerate() {
                let dense: f64 = (0..257)
                    .map(|bin| f64::from(bank.weight(mel, bin)) * f64::from(power[bin]))
                    .sum();
                assert!((f64::from(value) - dense).abs() < 1e-5 * (1.0 + dense));
                assert!(value > 0.0);
                assert!((0..257).all(|bin| bank.weight(mel, bin) == designed[mel].weight(bin)));
            }
        }
    }
}
