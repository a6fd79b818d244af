//! Discrete cosine transforms, as `scipy.fft.dct`.

use std::f64::consts::{PI, SQRT_2};

/// A discrete cosine transform: its type and its norm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Dct {
    /// 1, 2 or 3.
    pub(crate) kind: u8,
    /// `norm="ortho"` instead of `norm=None`.
    pub(crate) ortho: bool,
}

impl Dct {
    /// The weight of value `i` of `n` in coefficient `k`; with type 1, `n` is at least 2.
    pub(crate) fn weight(self, n: usize, k: usize, i: usize) -> f64 {
        let (count, k_at, i_at) = (n as f64, k as f64, i as f64);
        let first_or = |first: f64, other: f64| if k == 0 { first } else { other };
        match (self.kind, self.ortho) {
            (1, ortho) => {
                let span = count - 1.0;
                let at_end = |i: usize| i == 0 || i == n - 1;
                let cosine = (PI * k_at * i_at / span).cos();
                let scale = match (ortho, at_end(i)) {
                    (false, true) => 1.0,
                    (false, false) => 2.0,
                    // The ends times √2, each coefficient by ½ √(2 / (n − 1)), the outer ones by √½ of that.
                    (true, end) => {
                        let value = if end { SQRT_2 } else { 2.0 };
                        let outer = if at_end(k) { 1.0 } else { SQRT_2 };
                        value * outer * 0.5 / span.sqrt()
                    }
                };
                scale * cosine
            }
            (3, ortho) => {
                let cosine = (PI * (k_at + 0.5) * i_at / count).cos();
                match (ortho, i == 0) {
                    (false, true) => 1.0,
                    (false, false) => 2.0 * cosine,
                    (true, true) => (1.0 / count).sqrt(),
                    (true, false) => (2.0 / count).sqrt() * cosine,
                }
            }
            (_, ortho) => {
                let norm = if ortho {
                    first_or(1.0 / count, 2.0 / count).sqrt()
                } else {
                    2.0
                };
                norm * (PI * k_at * (i_at + 0.5) / count).cos()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orthonormal_transforms_keep_lengths_and_angles() {
        for kind in 1..=3 {
            let dct = Dct { kind, ortho: true };
            for n in [2usize, 3, 8, 13] {
                for a in 0..n {
                    for b in 0..n {
                        let product: f64 = (0..n)
                            .map(|i| dct.weight(n, a, i) * dct.weight(n, b, i))
                            .sum();
                        let expected = if a == b { 1.0 } else { 0.0 };
                        assert!(
                            (product - expected).abs() < 1e-12,
                            "{kind} {n} {a} {b}: {product}"
                        );
                    }
                }
            }
        }
    }
}
