//! Short-time power spectra: one frame of samples in, its squared magnitudes out.

use std::f64::consts::TAU;
use std::sync::Arc;

use rustfft::num_complex::Complex;
use rustfft::{Fft, FftDirection};

use crate::transform::Real;
use crate::vector::{mul_add, vectorised};

/// Number of frames of a signal of `samples` samples: one every `hop`, the first centred on sample 0.
///
/// That is librosa's `center=True`: the signal is padded with `n_fft / 2` zeros on either side.
pub fn frame_count(samples: u64, n_fft: usize, hop: usize) -> u64 {
    if samples == 0 || n_fft == 0 || hop == 0 {
        return 0;
    }
    // With an odd n_fft the two halves are one sample shorter than a frame.
    let framed = samples + 2 * (n_fft as u64 / 2);
    if framed < n_fft as u64 {
        0
    } else {
        1 + (framed - n_fft as u64) / hop as u64
    }
}

/// The power spectrum of windowed frames, `|FFT(hann · x)|²`, in bins 0 to `n_fft / 2`.
///
/// The window is periodic Hann, as `librosa.stft(window="hann")`. A frame of even length is taken as half as many complex
/// numbers; the last step of the transform (which separates even from odd samples) is joined with squaring, so that the spectrum
/// itself is never written. See Press et al., *Numerical Recipes*, 12.3 "FFT of single real function". `T` is `f32`, or `f64` where the
/// spectrum is to be as exact as librosa's.
pub struct PowerSpectrum<T = f32> {
    n_fft: usize,
    window: Vec<T>,
    fft: Arc<dyn Fft<T>>,
    packed: Vec<Complex<T>>,
    spectrum: Vec<Complex<T>>,
    scratch: Vec<Complex<T>>,
    twiddles: Split<T>,
    split: Split<T>,
}

/// Complex numbers as two runs of real ones, as vector instructions need them.
struct Split<T> {
    re: Vec<T>,
    im: Vec<T>,
}

impl<T: Real> PowerSpectrum<T> {
    /// Plans spectra of frames of `n_fft` samples (at least 1; 0 is taken as 1).
    pub fn new(n_fft: usize) -> Self {
        let n_fft = n_fft.max(1);
        let even = n_fft.is_multiple_of(2);
        let len = if even { n_fft / 2 } else { n_fft };
        // Halved for even lengths: the sums and differences of the last step are twice the result.
        let scale = if even { 0.5 } else { 1.0 };
        let window = (0..n_fft)
            .map(|i| T::rounded(scale * (0.5 - 0.5 * (TAU * i as f64 / n_fft as f64).cos())))
            .collect::<Vec<T>>();
        // A window of one sample is 1, not the 0 that the formula gives.
        let window = if n_fft == 1 { vec![T::one()] } else { window };
        let fft = T::plan(len, FftDirection::Forward);
        // −i · exp(−2πik/n): the odd samples' half of bin k comes as i times itself.
        let (re, im) = (1..len.div_ceil(2))
            .map(|k| (TAU * k as f64 / n_fft as f64).sin_cos())
            .map(|(sin, cos)| (T::rounded(-sin), T::rounded(-cos)))
            .unzip();
        let zeros = vec![Complex::new(T::zero(), T::zero()); len];
        Self {
            n_fft,
            window,
            scratch: vec![zeros[0]; fft.get_outofplace_scratch_len()],
            fft,
            spectrum: zeros.clone(),
            packed: zeros,
            twiddles: Split { re, im },
            split: Split {
                re: vec![T::zero(); len],
                im: vec![T::zero(); len],
            },
        }
    }

    /// Samples per frame.
    pub fn n_fft(&self) -> usize {
        self.n_fft
    }

    /// Bins per spectrum: `n_fft / 2 + 1`.
    pub fn bins(&self) -> usize {
        self.n_fft / 2 + 1
    }

    /// Writes the power of `frame` (`n_fft` samples; a shorter one is padded with zeros) into the first
    /// [`bins`](Self::bins) values of `power`, which must exist.
    pub fn of(&mut self, frame: &[f32], power: &mut [T]) {
        let zero = Complex::new(T::zero(), T::zero());
        let frame = &frame[..frame.len().min(self.n_fft)];
        let power = &mut power[..self.n_fft / 2 + 1];
        if self.n_fft.is_multiple_of(2) {
            let whole = frame.len() / 2;
            window_pairs(frame, &self.window, &mut self.packed);
            self.packed[whole..].fill(zero);
            if frame.len() % 2 == 1 {
                self.packed[whole].re =
                    T::exactly(frame[frame.len() - 1]) * self.window[frame.len() - 1];
            }
            self.transform();
            separate(&self.spectrum, &mut self.split.re, &mut self.split.im);
            power_of_pairs(&self.split, &self.twiddles, power);
        } else {
            self.packed.fill(zero);
            for ((z, &x), &w) in self.packed.iter_mut().zip(frame).zip(&self.window) {
                z.re = T::exactly(x) * w;
            }
            self.transform();
            for (p, z) in power.iter_mut().zip(&self.spectrum) {
                *p = z.norm_sqr();
            }
        }
    }

    fn transform(&mut self) {
        self.fft.process_outofplace_with_scratch(
            &mut self.packed,
            &mut self.spectrum,
            &mut self.scratch,
        );
    }
}

vectorised! {
    fn window_pairs<T: Real>(frame: &[f32], window: &[T], packed: &mut [Complex<T>]) {
        for ((z, x), w) in packed.iter_mut().zip(frame.chunks_exact(2)).zip(window.chunks_exact(2)) {
            *z = Complex::new(T::exactly(x[0]) * w[0], T::exactly(x[1]) * w[1]);
        }
    }
}

vectorised! {
    fn separate<T: Real>(z: &[Complex<T>], re: &mut [T], im: &mut [T]) {
        for ((z, re), im) in z.iter().zip(re).zip(im) {
            (*re, *im) = (z.re, z.im);
        }
    }
}

/// Powers of bins k and M − k from the (halved) transforms `a` and `b` of pairs at k and M − k, and k's twiddle factor.
#[inline(always)]
fn two_powers<const FUSED: bool, T: Real>(a: (T, T), b: (T, T), twiddle: (T, T)) -> (T, T) {
    let (even_re, even_im) = (a.0 + b.0, a.1 - b.1);
    let (odd_re, odd_im) = (a.0 - b.0, a.1 + b.1);
    let turned_re = mul_add::<FUSED, _>(odd_re, twiddle.0, -(odd_im * twiddle.1));
    let turned_im = mul_add::<FUSED, _>(odd_re, twiddle.1, odd_im * twiddle.0);
    let (x_re, x_im) = (even_re + turned_re, even_im + turned_im);
    let (y_re, y_im) = (even_re - turned_re, even_im - turned_im);
    (
        mul_add::<FUSED, _>(x_re, x_re, x_im * x_im),
        mul_add::<FUSED, _>(y_re, y_re, y_im * y_im),
    )
}

vectorised! {
    /// Powers of bins 0 to M from the transform `z` of M pairs of samples (each halved beforehand).
    ///
    /// Bins are taken from both ends, eight of each at once.
    fn power_of_pairs<T: Real>(z: &Split<T>, twiddles: &Split<T>, power: &mut [T]) {
        const LANES: usize = 8;
        let two = T::one() + T::one();
        let half = z.re.len();
        let (sum, difference) = (two * (z.re[0] + z.im[0]), two * (z.re[0] - z.im[0]));
        power[0] = sum * sum;
        power[half] = difference * difference;
        if half.is_multiple_of(2) {
            let (re, im) = (z.re[half / 2], z.im[half / 2]);
            power[half / 2] = two * two * (re * re + im * im);
        }
        let n = twiddles.re.len();
        let (low, high) = power.split_at_mut(half - n);
        let (low, high) = (&mut low[1..=n], &mut high[..n]);
        let (a_re, a_im) = (&z.re[1..=n], &z.im[1..=n]);
        let (b_re, b_im) = (&z.re[half - n..], &z.im[half - n..]);
        let whole = n - n % LANES;
        for i in (0..whole).step_by(LANES) {
            let rising = |x: &[T]| -> [T; LANES] { std::array::from_fn(|lane| x[i..i + LANES][lane]) };
            let j = n - i - LANES;
            let falling = |x: &[T]| -> [T; LANES] {
                std::array::from_fn(|lane| x[j..j + LANES][LANES - 1 - lane])
            };
            let (a_re, a_im, b_re, b_im) = (rising(a_re), rising(a_im), falling(b_re), falling(b_im));
            let (w_re, w_im) = (rising(&twiddles.re), rising(&twiddles.im));
            let (mut x, mut y) = ([T::zero(); LANES], [T::zero(); LANES]);
            for lane in 0..LANES {
                let (a, b) = ((a_re[lane], a_im[lane]), (b_re[lane], b_im[lane]));
                (x[lane], y[lane]) = two_powers::<FUSED, T>(a, b, (w_re[lane], w_im[lane]));
            }
            y.reverse();
            low[i..i + LANES].copy_from_slice(&x);
            high[j..j + LANES].copy_from_slice(&y);
        }
        for i in whole..n {
            let j = n - 1 - i;
            let twiddle = (twiddles.re[i], twiddles.im[i]);
            (low[i], high[j]) = two_powers::<FUSED, T>((a_re[i], a_im[i]), (b_re[j], b_im[j]), twiddle);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition, term by term in f64.
    fn by_definition(x: &[f32], n: usize) -> Vec<f64> {
        (0..=n / 2)
            .map(|k| {
                let (mut re, mut im) = (0.0, 0.0);
                for (i, &v) in x.iter().enumerate() {
                    let w = if n == 1 {
                        1.0
                    } else {
                        0.5 - 0.5 * (TAU * i as f64 / n as f64).cos()
                    };
                    let angle = TAU * (k * i) as f64 / n as f64;
                    re += f64::from(v) * w * angle.cos();
                    im -= f64::from(v) * w * angle.sin();
                }
                re * re + im * im
            })
            .collect()
    }

    #[test]
    fn powers_are_those_of_the_definition() {
        powers_are_within::<f32>(1e-5);
        powers_are_within::<f64>(1e-14);
    }

    /// Differences in parts of the number of samples.
    fn powers_are_within<T: Real + Into<f64>>(tolerance: f64) {
        for n in [1usize, 2, 3, 4, 6, 7, 10, 16, 30, 33, 100, 256, 510] {
            let x: Vec<f32> = (0..n)
                .map(|i| ((i * i * 7 + 3) % 31) as f32 / 15.5 - 1.0)
                .collect();
            for len in [n, n / 2 + 1, n - 1] {
                let mut spectrum = PowerSpectrum::<T>::new(n);
                let mut power = vec![T::zero(); spectrum.bins()];
                spectrum.of(&x[..len], &mut power);
                for (k, (&p, q)) in power.iter().zip(by_definition(&x[..len], n)).enumerate() {
                    let (p, scale): (f64, f64) = (p.into(), n as f64);
                    assert!(
                        (p - q).abs() < tolerance * scale * (1.0 + q),
                        "n {n} len {len} bin {k}: {p} {q}"
                    );
                }
            }
        }
    }

    #[test]
    fn frames_are_counted_as_librosa_does() {
        assert_eq!(frame_count(1_323_000, 2048, 512), 2584);
        assert_eq!(frame_count(1, 2048, 512), 1);
        assert_eq!(frame_count(512, 2048, 512), 2);
        assert_eq!(frame_count(0, 2048, 512), 0);
        assert_eq!(frame_count(100, 5, 10), 10);
    }
}
