//! What is left of a log-mel spectrogram when level, encoder and exact position are taken away.

use std::sync::Arc;

use realfft::num_complex::Complex32;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};

use crate::array::Array;
use crate::error::DataError;

/// Share of the bands, from the lowest on, that is compared: above it encoders cut off and add noise.
const USED: f64 = 0.625;
/// Bands into which these are joined.
const BANDS: usize = 40;
/// About how many columns are compared; more are averaged.
const COLUMNS: usize = 128;
/// How often columns are smoothed by (1, 2, 1) / 4: a shift by half a column must not change them much.
const SMOOTHED: usize = 2;

/// Reads the spectrograms of an array as shapes.
pub(super) struct Shapes<'a> {
    array: &'a Array,
    bands: usize,
    columns: usize,
    /// Stored columns that are averaged to one.
    block: usize,
    forward: Arc<dyn RealToComplex<f32>>,
    inverse: Arc<dyn ComplexToReal<f32>>,
}

/// A spectrogram ready to be laid over others at any shift.
#[derive(Clone)]
pub(super) struct Pattern {
    /// The Fourier transform of each band, one after the other.
    transformed: Vec<Complex32>,
    /// Sums of squares of the first 0, 1, … columns.
    energy: Vec<f32>,
}

impl<'a> Shapes<'a> {
    /// Of a log-mel array `[bands, frames]`; `None` for another shape.
    pub fn new(array: &'a Array) -> Option<Shapes<'a>> {
        let [bands, frames] = array.shape[..] else {
            return None;
        };
        let block = (frames / COLUMNS).max(1);
        let used = (USED * bands as f64) as usize;
        let columns = frames / block;
        if used < 2 || columns < 8 {
            return None;
        }
        let mut planner = RealFftPlanner::new();
        let length = (2 * columns).next_power_of_two();
        Some(Shapes {
            array,
            bands: used.min(BANDS),
            columns,
            block,
            forward: planner.plan_fft_forward(length),
            inverse: planner.plan_fft_inverse(length),
        })
    }

    /// Numbers of a row's [`statistics`](Self::statistics).
    pub fn width(&self) -> usize {
        3 * self.bands
    }

    /// Columns that are compared.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Mean (less the mean of all), standard deviation and mean step of each band: hardly changed by level and shift.
    pub fn statistics(&self, row: usize) -> Result<Vec<f32>, DataError> {
        let bands = self.read(row)?;
        let n = self.columns as f32;
        let means: Vec<f32> = bands
            .chunks_exact(self.columns)
            .map(|band| band.iter().sum::<f32>() / n)
            .collect();
        let level = means.iter().sum::<f32>() / means.len() as f32;
        let mut all: Vec<f32> = means.iter().map(|mean| mean - level).collect();
        all.extend(
            bands
                .chunks_exact(self.columns)
                .zip(&means)
                .map(|(band, mean)| {
                    (band.iter().map(|x| (x - mean).powi(2)).sum::<f32>() / n).sqrt()
                }),
        );
        all.extend(bands.chunks_exact(self.columns).map(|band| {
            band.windows(2)
                .map(|pair| (pair[1] - pair[0]).abs())
                .sum::<f32>()
                / n
        }));
        Ok(all)
    }

    /// What changes over time and differs between bands: of every band its mean is taken away, then of every column.
    pub fn pattern(&self, row: usize) -> Result<Pattern, DataError> {
        let mut bands = self.read(row)?;
        for band in bands.chunks_exact_mut(self.columns) {
            (0..SMOOTHED).for_each(|_| smooth(band));
            let mean = band.iter().sum::<f32>() / band.len() as f32;
            band.iter_mut().for_each(|x| *x -= mean);
        }
        let mut energy = vec![0.0; self.columns + 1];
        for column in 0..self.columns {
            let places = (column..bands.len()).step_by(self.columns);
            let mean = places.clone().map(|at| bands[at]).sum::<f32>() / self.bands as f32;
            places.clone().for_each(|at| bands[at] -= mean);
            energy[column + 1] = energy[column] + places.map(|at| bands[at].powi(2)).sum::<f32>();
        }
        let mut transformed = Vec::new();
        let mut input = self.forward.make_input_vec();
        let mut output = self.forward.make_output_vec();
        for band in bands.chunks_exact(self.columns) {
            input.fill(0.0);
            input[..band.len()].copy_from_slice(band);
            // Both have the plan's own lengths.
            let _ = self.forward.process(&mut input, &mut output);
            transformed.extend_from_slice(&output);
        }
        Ok(Pattern {
            transformed,
            energy,
        })
    }

    /// The highest correlation of two patterns over shifts of up to half of their length, and that shift: column `i + shift` of the
    /// first agrees with column `i` of the second. 0 for patterns without energy.
    pub fn similarity(&self, first: &Pattern, second: &Pattern) -> (f32, i32) {
        let mut spectrum = self.inverse.make_input_vec();
        let width = spectrum.len();
        let bands = first
            .transformed
            .chunks_exact(width)
            .zip(second.transformed.chunks_exact(width));
        for (a, b) in bands {
            for (sum, (a, b)) in spectrum.iter_mut().zip(a.iter().zip(b)) {
                *sum += a * b.conj();
            }
        }
        // Rounding leaves what a real signal can't have at both ends.
        spectrum[0].im = 0.0;
        spectrum[width - 1].im = 0.0;
        let mut products = self.inverse.make_output_vec();
        let _ = self.inverse.process(&mut spectrum, &mut products);
        let length = products.len() as i32;
        let (columns, most) = (self.columns as i32, self.columns as i32 / 2);
        let mut best = (0.0, 0);
        for shift in -most..=most {
            let part =
                |energy: &[f32], from: i32, to: i32| energy[to as usize] - energy[from as usize];
            let (behind, ahead) = (shift.max(0), (-shift).max(0));
            let energy = part(&first.energy, behind, columns - ahead)
                * part(&second.energy, ahead, columns - behind);
            let product = products[shift.rem_euclid(length) as usize] / length as f32;
            if energy > 0.0 && product / energy.sqrt() > best.0 {
                best = (product / energy.sqrt(), shift);
            }
        }
        (best.0.min(1.0), best.1)
    }

    /// The used bands `[bands, columns]`, joined and averaged.
    fn read(&self, row: usize) -> Result<Vec<f32>, DataError> {
        let mut stored = vec![0.0; self.array.row_len()];
        self.array.read(row, &mut stored)?;
        let (bands, frames) = (self.array.shape[0], self.array.shape[1]);
        let used = (USED * bands as f64) as usize;
        let mut joined = vec![0.0; self.bands * self.columns];
        for (band, out) in joined.chunks_exact_mut(self.columns).enumerate() {
            let from = band * used / self.bands;
            let to = (band + 1) * used / self.bands;
            let count = ((to - from) * self.block) as f32;
            for row in stored[from * frames..to * frames].chunks_exact(frames) {
                for (sum, block) in out.iter_mut().zip(row.chunks_exact(self.block)) {
                    *sum += block.iter().sum::<f32>() / count;
                }
            }
        }
        Ok(joined)
    }
}

/// Columns by their neighbours; the ends repeat.
fn smooth(band: &mut [f32]) {
    let mut before = band[0];
    for at in 0..band.len() {
        let (this, next) = (band[at], band[(at + 1).min(band.len() - 1)]);
        band[at] = 0.25 * before + 0.5 * this + 0.25 * next;
        before = this;
    }
}
