//! The few distribution functions that tests and intervals need, to about 1e-13.
//!
//! Formulas: *Numerical Recipes* chapter 6 (continued fraction of the incomplete beta function after Lentz), Abramowitz and
//! Stegun 26.5 and 26.7; checked against scipy in `tests/golden.rs`.

use std::f64::consts::PI;

/// Natural logarithm of the gamma function for x > 0 (Lanczos, g = 7, nine terms).
fn ln_gamma(x: f64) -> f64 {
    const COEFFICIENTS: [f64; 9] = [
        0.999_999_999_999_809_9,
        676.520_368_121_885_1,
        -1_259.139_216_722_402_8,
        771.323_428_777_653_1,
        -176.615_029_162_140_6,
        12.507_343_278_686_905,
        -0.138_571_095_265_720_12,
        9.984_369_578_019_572e-6,
        1.505_632_735_149_311_6e-7,
    ];
    if x < 0.5 {
        return (PI / (PI * x).sin()).ln() - ln_gamma(1.0 - x);
    }
    let x = x - 1.0;
    let mut sum = COEFFICIENTS[0];
    for (i, c) in COEFFICIENTS.iter().enumerate().skip(1) {
        sum += c / (x + i as f64);
    }
    let t = x + 7.5;
    0.5 * (2.0 * PI).ln() + (x + 0.5) * t.ln() - t + sum.ln()
}

/// Regularised incomplete beta function I_x(a, b) for a, b > 0 and x in 0..=1.
pub(crate) fn incomplete_beta(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - incomplete_beta(1.0 - x, b, a);
    }
    let ln_front =
        ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + a * x.ln() + b * (1.0 - x).ln() - a.ln();
    ln_front.exp() * beta_fraction(x, a, b)
}

/// Lentz's evaluation of the continued fraction of the incomplete beta function.
fn beta_fraction(x: f64, a: f64, b: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let guard = |v: f64| if v.abs() < TINY { TINY } else { v };
    let mut c = 1.0;
    let mut d = 1.0 / guard(1.0 - (a + b) * x / (a + 1.0));
    let mut result = d;
    for m in 1..10_000 {
        let m = f64::from(m);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let mut factor = 1.0;
        for term in [even, odd] {
            d = 1.0 / guard(1.0 + term * d);
            c = guard(1.0 + term / c);
            factor = d * c;
            result *= factor;
        }
        if (factor - 1.0).abs() < 1e-16 {
            break;
        }
    }
    result
}

/// The `p`-quantile (0 < p < 1) of Student's t distribution with `df` degrees of freedom.
pub(crate) fn student_t_quantile(p: f64, df: f64) -> f64 {
    if p < 0.5 {
        return -student_t_quantile(1.0 - p, df);
    }
    // P(T > t) = I_{df/(df+t²)}(df/2, 1/2) / 2 falls in t: bisect on t, at first doubling the upper end.
    let tail = |t: f64| 0.5 * incomplete_beta(df / (df + t * t), 0.5 * df, 0.5);
    let (mut low, mut high) = (0.0, 1.0);
    while tail(high) > 1.0 - p && high < 1e300 {
        low = high;
        high *= 2.0;
    }
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            break;
        }
        if tail(middle) > 1.0 - p {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

/// P(χ² > x) with one degree of freedom, which is `erfc(√(x/2))`.
pub(crate) fn chi_squared_1_survival(x: f64) -> f64 {
    if x <= 0.0 {
        return 1.0;
    }
    let half = 0.5 * x;
    if half < 1.5 {
        // Series of the lower incomplete gamma function with a = 1/2.
        let mut term = 2.0;
        let mut sum = term;
        let mut a = 0.5;
        while term > sum * 1e-17 {
            a += 1.0;
            term *= half / a;
            sum += term;
        }
        return 1.0 - sum * (-half).exp() * half.sqrt() / PI.sqrt();
    }
    // Continued fraction of the upper one.
    let mut b = half + 0.5;
    let mut c = 1e300;
    let mut d = 1.0 / b;
    let mut result = d;
    for i in 1..10_000 {
        let i = f64::from(i);
        let numerator = -i * (i - 0.5);
        b += 2.0;
        d = 1.0 / (numerator * d + b);
        c = b + numerator / c;
        let factor = d * c;
        result *= factor;
        if (factor - 1.0).abs() < 1e-16 {
            break;
        }
    }
    result * (-half).exp() * half.sqrt() / PI.sqrt()
}

/// Two-sided p-value of seeing `a` against `b` when both are equally likely (binomial test with p = ½); 1 for 0 against 0.
pub(crate) fn binomial_half_two_sided(a: u64, b: u64) -> f64 {
    let (few, many) = (a.min(b) as f64, a.max(b) as f64);
    if few == many {
        return 1.0;
    }
    // P(X ≤ few) = I_½(n − few, few + 1)
    (2.0 * incomplete_beta(0.5, many, few + 1.0)).min(1.0)
}
