//! How a change from one rate to another is cut into transforms.

use std::sync::{Arc, Mutex, PoisonError};

use rustfft::num_complex::Complex;
use rustfft::{Fft, FftDirection};

use super::filter::{LowPass, Shape};
use crate::transform;
use crate::vector::vectorised;

/// Rates whose reduced ratio has larger terms are changed by the nearest ratio within it: off by less than a sample in hours.
const LARGEST_TERM: u64 = 1 << 18;
/// Plans that are kept for the next file.
const KEPT: usize = 8;

/// Overlap-save resampling by `up / down`: a block is transformed, its spectrum is filtered and cut (or filled with zeros)
/// to the other rate's length, and transformed back. The filter is finite, so all but `edge` samples are exact.
///
/// See Oppenheim & Schafer, *Discrete-Time Signal Processing*, 8.7.3, and Bi & Mitra, "Sampling Rate Conversion in the
/// Frequency Domain", IEEE Signal Processing Magazine 28(3), 2011.
pub(super) struct Plan {
    pub(super) up: u64,
    pub(super) down: u64,
    /// Samples per block before and after.
    block_in: usize,
    pub(super) block_out: usize,
    /// Samples at either end of a block that the filter spoils, before and after.
    pub(super) edge_in: usize,
    pub(super) edge_out: usize,
    /// Samples a block advances by, before and after.
    pub(super) step_in: usize,
    pub(super) step_out: usize,
    response: Vec<f32>,
    forward: Arc<dyn Fft<f32>>,
    inverse: Arc<dyn Fft<f32>>,
}

impl Plan {
    /// The plan for `from` to `to` Hz (both above 0), from a small store where it was needed lately.
    pub(super) fn of(from: u32, to: u32) -> Arc<Self> {
        static STORE: Mutex<Vec<(u32, u32, Arc<Plan>)>> = Mutex::new(Vec::new());
        let mut store = STORE.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = store.iter().position(|s| (s.0, s.1) == (from, to)) {
            let kept = store.remove(at);
            let plan = Arc::clone(&kept.2);
            store.push(kept);
            return plan;
        }
        drop(store);
        let plan = Arc::new(Self::new(from, to));
        let mut store = STORE.lock().unwrap_or_else(PoisonError::into_inner);
        if store.len() >= KEPT {
            store.remove(0);
        }
        store.push((from, to, Arc::clone(&plan)));
        plan
    }

    fn new(from: u32, to: u32) -> Self {
        let (up, down) = ratio(u64::from(to), u64::from(from));
        let shape = Shape::of(up, down);
        let support = shape.half_width * f64::max(1.0, down as f64 / up as f64) + 1.0;
        let edges = (support / down as f64).ceil() as u64;
        let units = best_units(up, down, edges);
        let (block_in, block_out) = ((units * down) as usize, (units * up) as usize);
        let shorter = block_in.min(block_out);
        let filter = LowPass::new(shape);
        // The inverse transform's 1/n and the change of length come with the filter.
        let response = (0..shorter.div_ceil(2))
            .map(|bin| (filter.response(bin as f64 / shorter as f64) / block_in as f64) as f32)
            .collect();
        Self {
            up,
            down,
            block_in,
            block_out,
            edge_in: (edges * down) as usize,
            edge_out: (edges * up) as usize,
            step_in: ((units - 2 * edges) * down) as usize,
            step_out: ((units - 2 * edges) * up) as usize,
            response,
            forward: transform::plan(block_in, FftDirection::Forward),
            inverse: transform::plan(block_out, FftDirection::Inverse),
        }
    }

    /// Number of samples that `len` ones become as libsoxr counts: the nearest whole number.
    pub(super) fn rounded_len(&self, len: u64) -> u64 {
        let exact = u128::from(len) * u128::from(self.up);
        let down = u128::from(self.down);
        ((2 * exact + down) / (2 * down)) as u64
    }

    /// Number of samples that `len` ones become as librosa counts: rounded up.
    pub(super) fn output_len(&self, len: u64) -> u64 {
        (u128::from(len) * u128::from(self.up)).div_ceil(u128::from(self.down)) as u64
    }

    /// Samples that two neighbouring blocks span together.
    pub(super) fn pair_span(&self) -> usize {
        self.block_in + self.step_in
    }
}

/// The buffers with which two blocks are resampled at once, as real and imaginary part of one transform.
///
/// The filter is real in time, so the two never mix.
pub(super) struct PairOfBlocks {
    plan: Arc<Plan>,
    input: Vec<Complex<f32>>,
    spectrum: Vec<Complex<f32>>,
    filtered: Vec<Complex<f32>>,
    output: Vec<Complex<f32>>,
    scratch: Vec<Complex<f32>>,
}

impl PairOfBlocks {
    pub(super) fn new(plan: Arc<Plan>) -> Self {
        let zeros = |n| vec![Complex::default(); n];
        let scratch = plan
            .forward
            .get_outofplace_scratch_len()
            .max(plan.inverse.get_outofplace_scratch_len());
        Self {
            input: zeros(plan.block_in),
            spectrum: zeros(plan.block_in),
            filtered: zeros(plan.block_out),
            output: zeros(plan.block_out),
            scratch: zeros(scratch),
            plan,
        }
    }

    pub(super) fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Appends the outputs of both blocks to `out`: `span` holds the pair, the second block `step_in` after the first.
    pub(super) fn run(&mut self, span: &[f32], out: &mut Vec<f32>) {
        let plan = &*self.plan;
        interleave(
            &span[..plan.block_in],
            &span[plan.step_in..],
            &mut self.input,
        );
        plan.forward.process_outofplace_with_scratch(
            &mut self.input,
            &mut self.spectrum,
            &mut self.scratch,
        );
        // The inverse transform leaves rubbish in its input: every bin is written anew.
        let kept = plan.response.len();
        scale(
            &self.spectrum[..kept],
            &plan.response,
            &mut self.filtered[..kept],
        );
        let (from, to) = (plan.block_in - (kept - 1), plan.block_out - (kept - 1));
        self.filtered[kept..to].fill(Complex::default());
        scale_reversed(
            &self.spectrum[from..],
            &plan.response[1..],
            &mut self.filtered[to..],
        );
        plan.inverse.process_outofplace_with_scratch(
            &mut self.filtered,
            &mut self.output,
            &mut self.scratch,
        );
        let exact = &self.output[plan.edge_out..plan.edge_out + plan.step_out];
        let at = out.len();
        out.resize(at + 2 * plan.step_out, 0.0);
        let (first, second) = out[at..].split_at_mut(plan.step_out);
        separate(exact, first, second);
    }
}

vectorised! {
    fn interleave(a: &[f32], b: &[f32], to: &mut [Complex<f32>]) {
        for ((z, &re), &im) in to.iter_mut().zip(a).zip(b) {
            *z = Complex { re, im };
        }
    }
}

vectorised! {
    fn separate(from: &[Complex<f32>], a: &mut [f32], b: &mut [f32]) {
        for ((z, re), im) in from.iter().zip(a).zip(b) {
            *re = z.re;
            *im = z.im;
        }
    }
}

vectorised! {
    fn scale(from: &[Complex<f32>], by: &[f32], to: &mut [Complex<f32>]) {
        for ((y, x), h) in to.iter_mut().zip(from).zip(by) {
            *y = Complex { re: x.re * h, im: x.im * h };
        }
    }
}

vectorised! {
    fn scale_reversed(from: &[Complex<f32>], by: &[f32], to: &mut [Complex<f32>]) {
        for ((y, x), h) in to.iter_mut().zip(from).zip(by.iter().rev()) {
            *y = Complex { re: x.re * h, im: x.im * h };
        }
    }
}

/// `to / from` in lowest terms, or the nearest fraction whose terms stay within [`LARGEST_TERM`].
fn ratio(to: u64, from: u64) -> (u64, u64) {
    // Convergents of the continued fraction; the last one is the fraction in lowest terms.
    let (mut n, mut d) = (to, from);
    let (mut up, mut down) = ((0, 1), (1, 0));
    while d != 0 {
        let whole = n / d;
        up = (up.1, whole * up.1 + up.0);
        down = (down.1, whole * down.1 + down.0);
        if up.1.max(down.1) > LARGEST_TERM && up.0 > 0 && down.0 > 0 {
            return (up.0, down.0);
        }
        (n, d) = (d, n % d);
    }
    (up.1, down.1)
}

/// Units (of `down` samples in, `up` samples out) per block that make a sample cheapest, where `edges` are lost at each end.
fn best_units(up: u64, down: u64, edges: u64) -> u64 {
    let cost = |units: u64| {
        let transform = |n: u64| {
            let n = n as f64;
            // Transforms that leave the first caches cost more than their operations.
            let beyond_cache = match n {
                0.0..=2048.0 => 1.0,
                ..=16_384.0 => 1.2,
                _ => 1.6,
            };
            beyond_cache * n * n.log2().max(1.0)
        };
        let uneven = if units.is_power_of_two() { 1.0 } else { 1.1 };
        uneven * (transform(units * up) + transform(units * down)) / (units - 2 * edges) as f64
    };
    let mut best = 2 * edges + 1;
    for three in [1, 3, 9] {
        let mut units = three;
        while units * up.max(down) <= 1 << 20 {
            if units > 2 * edges && cost(units) < cost(best) {
                best = units;
            }
            units *= 2;
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_reduced_or_approached() {
        assert_eq!(ratio(22_050, 44_100), (1, 2));
        assert_eq!(ratio(22_050, 48_000), (147, 320));
        assert_eq!(ratio(192_000, 22_051), (192_000, 22_051));
        let (up, down) = ratio(4_000_000_007, 22_051);
        assert!(up <= LARGEST_TERM && down >= 1);
        assert!((up as f64 / down as f64 / (4_000_000_007.0 / 22_051.0) - 1.0).abs() < 1e-2);
    }

    #[test]
    fn blocks_are_small_and_mostly_kept() {
        for (from, to) in [
            (44_100, 22_050),
            (48_000, 22_050),
            (8_000, 22_050),
            (192_000, 22_050),
        ] {
            let plan = Plan::new(from, to);
            assert!(plan.block_in <= 65_536, "{from} → {to}: {}", plan.block_in);
            assert!(
                2 * plan.step_in > plan.block_in,
                "{from} → {to}: {}",
                plan.step_in
            );
        }
    }
}
