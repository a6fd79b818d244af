//! Undoing prediction: each sample is a weighted sum of the ones before it, and a residual.

/// A stored sample: 32 bits are enough for all but one kind of channel.
pub(super) trait Stored: Copy {
    fn from_wide(value: i64) -> Self;
    fn wide(self) -> i64;
    /// Linear prediction in the narrowest type that is wide enough: `bits` is what a sum may need.
    fn predict(samples: &mut [Self], coefficients: &[i32], shift: u32, bits: u32);
}

impl Stored for i32 {
    #[inline]
    fn from_wide(value: i64) -> Self {
        value as Self
    }
    #[inline]
    fn wide(self) -> i64 {
        self.into()
    }
    fn predict(samples: &mut [Self], coefficients: &[i32], shift: u32, bits: u32) {
        if bits <= 32 {
            predict_narrow(samples, coefficients, shift);
        } else {
            predict_wide(samples, coefficients, shift);
        }
    }
}

impl Stored for i64 {
    #[inline]
    fn from_wide(value: i64) -> Self {
        value
    }
    #[inline]
    fn wide(self) -> i64 {
        self
    }
    fn predict(samples: &mut [Self], coefficients: &[i32], shift: u32, _bits: u32) {
        predict_wide(samples, coefficients, shift);
    }
}

/// The polynomial predictors of order 0 to 4, oldest sample first.
pub(super) const FIXED: [&[i32]; 5] = [&[], &[1], &[-1, 2], &[1, -3, 3], &[-1, 4, -6, 4]];

fn predict_wide<S: Stored>(samples: &mut [S], coefficients: &[i32], shift: u32) {
    let order = coefficients.len();
    for i in order..samples.len() {
        let sum = coefficients
            .iter()
            .zip(&samples[i - order..i])
            .fold(0i64, |sum, (&c, &s)| {
                sum.wrapping_add(i64::from(c).wrapping_mul(s.wide()))
            });
        samples[i] = S::from_wide((sum >> shift).wrapping_add(samples[i].wide()));
    }
}

fn predict_narrow(samples: &mut [i32], coefficients: &[i32], shift: u32) {
    match *coefficients {
        [] => {}
        [a] => predict_fixed_order([a], samples, shift),
        [a, b] => predict_fixed_order([a, b], samples, shift),
        _ => {
            // Padded in front with zeros to a length that is known when compiling; the first samples are done one by one.
            let order = coefficients.len();
            let padded = if order <= 4 {
                4
            } else if order <= 8 {
                8
            } else if order <= 12 {
                12
            } else {
                32
            };
            let lead = padded.min(samples.len());
            predict_wide(&mut samples[..lead], coefficients, shift);
            let mut all = [0; 32];
            all[padded - order..padded].copy_from_slice(coefficients);
            match padded {
                4 => predict_fixed_order::<4>(*head(&all), samples, shift),
                8 => predict_fixed_order::<8>(*head(&all), samples, shift),
                12 => predict_fixed_order::<12>(*head(&all), samples, shift),
                _ => predict_fixed_order::<32>(all, samples, shift),
            }
        }
    }
}

fn head<const N: usize>(all: &[i32; 32]) -> &[i32; N] {
    match all.first_chunk() {
        Some(head) => head,
        None => &[0; N],
    }
}

fn predict_fixed_order<const N: usize>(coefficients: [i32; N], samples: &mut [i32], shift: u32) {
    for i in N..samples.len() {
        let Some(window) = samples[i - N..].first_chunk::<N>() else {
            break;
        };
        let mut sum = 0i32;
        for (&c, &s) in coefficients.iter().zip(window) {
            sum = sum.wrapping_add(c.wrapping_mul(s));
        }
        samples[i] = samples[i].wrapping_add(sum >> shift);
    }
}
