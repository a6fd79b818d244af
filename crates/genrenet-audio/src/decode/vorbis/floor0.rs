//! Floor 0: an envelope by line spectral pairs on a Bark scale (Vorbis I specification, section 6).

use super::bits::{Bits, CutOff, bits_of};
use super::codebook::Codebook;
use super::codebook::book;
use super::fault::{Fault, fault};
use super::identity::Identity;

/// The parameters of a floor, from the setup header.
#[derive(Debug)]
pub(super) struct Floor0 {
    order: usize,
    amplitude_bits: u32,
    /// In dB.
    amplitude_offset: f32,
    books: Vec<u8>,
    /// For short and long blocks: 2 cos ω of each run of lines, and where the run ends.
    runs: [Vec<(f32, usize)>; 2],
}

/// The curve of one block: coefficients and amplitude.
#[derive(Debug, Default, Clone)]
pub(super) struct Pairs {
    /// 2 cos of each coefficient.
    cosines: Vec<f32>,
    /// In dB.
    amplitude: f32,
}

/// Hertz to Bark.
fn bark(hz: f32) -> f32 {
    13.1 * (0.000_74 * hz).atan() + 2.24 * (hz * hz * 1.85e-8).atan() + 1e-4 * hz
}

impl Floor0 {
    pub(super) fn parse(
        bits: &mut Bits<'_>,
        identity: &Identity,
        all: &[Codebook],
    ) -> Result<Self, Fault> {
        let order = bits.take(8)? as usize;
        let rate = bits.take(16)?;
        let size = bits.take(16)?;
        let amplitude_bits = bits.take(6)?;
        let amplitude_offset = bits.take(8)? as f32;
        let books = (0..=bits.take(4)?)
            .map(|_| book(bits, all, true))
            .collect::<Result<Vec<u8>, Fault>>()?;
        if order == 0 || rate == 0 || size == 0 || amplitude_bits > 32 {
            return fault(format!(
                "a floor of order {order} at {rate} Hz over {size} bands with amplitudes of {amplitude_bits} bits"
            ));
        }
        let runs = identity.sizes.map(|block| runs(block / 2, rate, size));
        Ok(Self {
            order,
            amplitude_bits,
            amplitude_offset,
            books,
            runs,
        })
    }

    /// Reads the curve of a block; `false` where the channel is silent.
    pub(super) fn decode(
        &self,
        bits: &mut Bits<'_>,
        books: &[Codebook],
        pairs: &mut Pairs,
    ) -> Result<bool, CutOff> {
        let amplitude = bits.take(self.amplitude_bits)?;
        if amplitude == 0 {
            return Ok(false);
        }
        let number = bits.take(bits_of(self.books.len()))? as usize;
        // There is no such book: as if the packet ended here.
        let book = &books[usize::from(*self.books.get(number).ok_or(CutOff)?)];
        let most = (1u64 << self.amplitude_bits) - 1;
        pairs.amplitude = amplitude as f32 / most as f32 * self.amplitude_offset;
        pairs.cosines.clear();
        let mut last = 0.0;
        while pairs.cosines.len() < self.order {
            let vector = book.vector(bits)?;
            let wanted = vector.len().min(self.order - pairs.cosines.len());
            for &value in &vector[..wanted] {
                pairs.cosines.push(value + last);
            }
            last = *pairs.cosines.last().unwrap_or(&0.0);
        }
        for cosine in &mut pairs.cosines {
            *cosine = 2.0 * cosine.cos();
        }
        Ok(true)
    }

    /// Draws the envelope over the first `curve.len()` lines of a block.
    pub(super) fn draw(&self, pairs: &Pairs, long: bool, curve: &mut [f32]) {
        let mut start = 0;
        for &(w, end) in &self.runs[usize::from(long)] {
            let end = end.min(curve.len());
            if start < end {
                let value = self.value(pairs, w);
                curve[start..end].fill(value);
            }
            start = end;
        }
    }

    /// The envelope where 2 cos ω is `w`.
    fn value(&self, pairs: &Pairs, w: f32) -> f32 {
        let (mut p, mut q) = (0.5f32, 0.5f32);
        let (two, rest) = pairs.cosines.as_chunks::<2>();
        for [even, odd] in two {
            q *= w - even;
            p *= w - odd;
        }
        if let [last] = rest {
            q *= w - last;
            p = p * p * (4.0 - w * w);
            q *= q;
        } else {
            p = p * p * (2.0 - w);
            q = q * q * (2.0 + w);
        }
        let decibels = pairs.amplitude / (p + q).sqrt() - self.amplitude_offset;
        // The specification's constant for ln(10) / 20.
        (decibels * 0.115_129_25).exp()
    }
}

/// Runs of lines of a block that share a band: 2 cos ω, and where the run ends.
fn runs(lines: usize, rate: u32, size: u32) -> Vec<(f32, usize)> {
    let nyquist = rate as f32 / 2.0;
    let scale = size as f32 / bark(nyquist);
    let band = |line: usize| {
        let bark = bark(nyquist / lines as f32 * line as f32);
        ((bark * scale) as u32).min(size - 1)
    };
    let mut runs: Vec<(f32, usize)> = Vec::new();
    let mut current = None;
    for line in 0..lines {
        let band = band(line);
        if current != Some(band) {
            let w = 2.0 * (std::f64::consts::PI * f64::from(band) / f64::from(size)).cos();
            runs.push((w as f32, line));
            current = Some(band);
        }
        if let Some(run) = runs.last_mut() {
            run.1 = line + 1;
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Section 6.2.3, step by step, in double precision.
    fn by_the_specification(coefficients: &[f64], amplitude: f64, offset: f64, w: f64) -> f64 {
        let term = |c: &f64| 4.0 * (c.cos() - w.cos()).powi(2);
        let odd: f64 = coefficients.iter().skip(1).step_by(2).map(term).product();
        let even: f64 = coefficients.iter().step_by(2).map(term).product();
        let (p, q) = if coefficients.len() % 2 == 1 {
            ((1.0 - w.cos().powi(2)) * odd, 0.25 * even)
        } else {
            ((1.0 - w.cos()) / 2.0 * odd, (1.0 + w.cos()) / 2.0 * even)
        };
        (0.11512925 * (amplitude / (p + q).sqrt() - offset)).exp()
    }

    #[test]
    fn the_envelope_follows_the_specifications_formula() {
        for order in 1..12usize {
            let coefficients: Vec<f64> = (1..=order)
                .map(|i| 3.0 * (i as f64 - 0.3 * (i % 3) as f64) / order as f64)
                .collect();
            let cosines = coefficients.iter().map(|c| (2.0 * c.cos()) as f32);
            let pairs = Pairs {
                cosines: cosines.collect(),
                amplitude: 7.5,
            };
            let floor = Floor0 {
                order,
                amplitude_bits: 8,
                amplitude_offset: 40.0,
                books: vec![0],
                runs: [vec![(0.5, 10), (-1.2, 40)], vec![]],
            };
            let mut curve = [0.0f32; 30];
            floor.draw(&pairs, false, &mut curve);
            for (at, w) in [(0, 0.25f64), (9, 0.25), (10, -0.6), (29, -0.6)] {
                let expected = by_the_specification(&coefficients, 7.5, 40.0, w.acos());
                let off = f64::from(curve[at]) / expected - 1.0;
                assert!(off.abs() < 1e-4, "order {order}, line {at}: off by {off}");
            }
        }
    }

    #[test]
    fn bands_are_those_of_the_bark_scale() {
        let runs = runs(1024, 44_100, 256);
        assert_eq!(runs.last().map(|run| run.1), Some(1024));
        assert!(
            runs.iter()
                .zip(&runs[1..])
                .all(|(a, b)| a.1 < b.1 && a.0 > b.0)
        );
        // Line 512 is 11 025 Hz: 21.6 of 24.7 Bark.
        let bark_of =
            |hz: f64| 13.1 * (0.00074 * hz).atan() + 2.24 * (1.85e-8 * hz * hz).atan() + 1e-4 * hz;
        let band = (bark_of(11_025.0) * 256.0 / bark_of(22_050.0)).floor();
        let w = 2.0 * (std::f64::consts::PI * band / 256.0).cos();
        let run = runs.iter().find(|run| run.1 > 512).unwrap();
        assert!((f64::from(run.0) - w).abs() < 1e-6);
    }
}
