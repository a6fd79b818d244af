//! Undoing prediction: each sample is a weighted sum of the ones before it, and a residual.

/// A stored sample: 32 bits are enough for all but one kind of channel.
pub(super) trait Stored: Copy {
    fn from_wide(value: i64) -> Self;
    fn wide(self) -> i64;
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
}

/// The polynomial predictors of order 0 to 4, oldest sample first.
pub(super) const FIXED: [&[i32]; 5] = [&[], &[1], &[-1, 2], &[1, -3, 3], &[-1, 4, -6, 4]];

/// Adds to each residual the prediction from the samples before it; the first ones, as many as there are coefficients, are samples already.
pub(super) fn predict<S: Stored>(samples: &mut [S], coefficients: &[i32], shift: u32) {
    match coefficients.len() {
        0 => {}
        1..=2 => predict_padded::<S, 2>(samples, coefficients, shift),
        3..=4 => predict_padded::<S, 4>(samples, coefficients, shift),
        5..=6 => predict_padded::<S, 6>(samples, coefficients, shift),
        7..=8 => predict_padded::<S, 8>(samples, coefficients, shift),
        9..=12 => predict_padded::<S, 12>(samples, coefficients, shift),
        _ => predict_one_by_one(samples, coefficients, shift),
    }
}

fn predict_one_by_one<S: Stored>(samples: &mut [S], coefficients: &[i32], shift: u32) {
    let order = coefficients.len();
    for i in order..samples.len() {
        let window = coefficients.iter().zip(&samples[i - order..i]);
        let sum = window.fold(0i64, |sum, (&c, s)| {
            sum.wrapping_add(i64::from(c).wrapping_mul(s.wide()))
        });
        samples[i] = S::from_wide((sum >> shift).wrapping_add(samples[i].wide()));
    }
}

/// With zeros in front, up to `N` coefficients. The last `N` samples stay in registers, each in its place until it is the oldest: read
/// from memory as a vector, a sample that was just written would have to be waited for.
fn predict_padded<S: Stored, const N: usize>(samples: &mut [S], coefficients: &[i32], shift: u32) {
    let (lead, rest) = samples.split_at_mut(N.min(samples.len()));
    predict_one_by_one(lead, coefficients, shift);
    let Some(lead) = lead.first_chunk::<N>() else {
        return;
    };
    let mut last = lead.map(Stored::wide);
    let mut padded = [0i64; N];
    for (padded, &c) in padded[N - coefficients.len()..]
        .iter_mut()
        .zip(coefficients)
    {
        *padded = c.into();
    }
    let mut next = |sample: &mut S, oldest: usize| {
        let mut sum = 0i64;
        for (i, c) in padded.iter().enumerate() {
            sum = sum.wrapping_add(c.wrapping_mul(last[(oldest + i) % N]));
        }
        *sample = S::from_wide((sum >> shift).wrapping_add(sample.wide()));
        last[oldest] = sample.wide();
    };
    let (blocks, rest) = rest.as_chunks_mut::<N>();
    for block in blocks {
        for (oldest, sample) in block.iter_mut().enumerate() {
            next(sample, oldest);
        }
    }
    for (oldest, sample) in rest.iter_mut().enumerate() {
        next(sample, oldest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_order_is_the_plain_sum(
            samples in prop::collection::vec(-40_000i32..40_000, 0..100),
            coefficients in prop::collection::vec(-16_384i32..16_384, 1..33),
            shift in 0u32..16,
        ) {
            prop_assume!(coefficients.len() <= samples.len());
            let (mut found, mut expected) = (samples.clone(), samples);
            predict(&mut found, &coefficients, shift);
            predict_one_by_one(&mut expected, &coefficients, shift);
            prop_assert_eq!(found, expected);
        }
    }
}
