//! The quantile of a value among training rows, and its normal deviate.

/// Share of the sorted values below `x`, interpolated linearly between neighbours; 0–1.
pub(super) fn share_below(sorted: &[f32], x: f32) -> f32 {
    let last = sorted.len() - 1;
    let above = sorted.partition_point(|k| *k < x);
    let upto = sorted.partition_point(|k| *k <= x);
    if above == 0 && upto == 0 {
        return 0.0;
    }
    if above > last {
        return 1.0;
    }
    if upto > above {
        // The value occurs: the middle of its run.
        return (above + upto - 1) as f32 / 2.0 / last.max(1) as f32;
    }
    let (low, high) = (sorted[above - 1], sorted[above]);
    (above as f32 - 1.0 + (x - low) / (high - low)) / last.max(1) as f32
}

/// Inverse of the normal distribution (Acklam's rational approximation, relative error 1.2e-9),
/// with the share kept to 0.005–0.995 so that a new extreme stays in range.
pub(super) fn normal_deviate(share: f32) -> f32 {
    let p = f64::from(share.clamp(0.005, 0.995));
    let a = [
        -3.969683028665376e1,
        2.209460984245205e2,
        -2.759285104469687e2,
        1.383_577_518_672_69e2,
        -3.066479806614716e1,
        2.506628277459239,
    ];
    let b = [
        -5.447609879822406e1,
        1.615858368580409e2,
        -1.556989798598866e2,
        6.680131188771972e1,
        -1.328068155288572e1,
    ];
    let c = [
        -7.784894002430293e-3,
        -3.223964580411365e-1,
        -2.400758277161838,
        -2.549732539343734,
        4.374664141464968,
        2.938163982698783,
    ];
    let d = [
        7.784695709041462e-3,
        3.224671290700398e-1,
        2.445134137142996,
        3.754408661907416,
    ];
    let tail = |q: f64| {
        (((((c[0] * q + c[1]) * q + c[2]) * q + c[3]) * q + c[4]) * q + c[5])
            / ((((d[0] * q + d[1]) * q + d[2]) * q + d[3]) * q + 1.0)
    };
    let z = if p < 0.02425 {
        tail((-2.0 * p.ln()).sqrt())
    } else if p > 1.0 - 0.02425 {
        -tail((-2.0 * (1.0 - p).ln()).sqrt())
    } else {
        let q = p - 0.5;
        let r = q * q;
        (((((a[0] * r + a[1]) * r + a[2]) * r + a[3]) * r + a[4]) * r + a[5]) * q
            / (((((b[0] * r + b[1]) * r + b[2]) * r + b[3]) * r + b[4]) * r + 1.0)
    };
    z as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_and_deviates_are_those_of_the_normal_distribution() {
        assert_eq!(share_below(&[1.0, 2.0, 2.0, 4.0], 0.0), 0.0);
        assert_eq!(share_below(&[1.0, 2.0, 2.0, 4.0], 2.0), 0.5);
        assert_eq!(share_below(&[1.0, 2.0, 2.0, 4.0], 9.0), 1.0);
        // scipy.stats.norm.ppf
        for (share, deviate) in [(0.5, 0.0), (0.975, 1.959_964), (0.01, -2.326_348)] {
            assert!((normal_deviate(share) - deviate).abs() < 1e-5, "{share}");
        }
    }
}
