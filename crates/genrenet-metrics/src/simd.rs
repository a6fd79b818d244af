//! The three inner loops that take all the time of t-SNE, compiled twice: plain, and for AVX2 where the processor has it.
//!
//! Each loop is plain Rust over arrays of 16 lanes that the compiler turns into vector instructions; multiplications and
//! additions are not fused, so both versions compute the same bytes. On ARM the plain version already uses NEON.

/// Lanes worked on at once: also the number of points in a leaf of the tree.
pub(crate) const LANES: usize = 16;

/// The repulsion on the points of one leaf, before division by the normalisation Z.
#[derive(Clone, Copy)]
pub(crate) struct Push {
    /// Σ m·q²·(x − xₛ) per lane.
    pub(crate) x: [f32; LANES],
    /// Σ m·q²·(y − yₛ) per lane.
    pub(crate) y: [f32; LANES],
    /// Σ m·q per lane; a lane's own point counts 1.
    pub(crate) z: [f32; LANES],
}

/// Defines a function that runs the AVX2 build of `$body` where the processor has it.
macro_rules! by_processor {
    ($(#[$doc:meta])* $name:ident => $body:ident($($arg:ident: $type:ty),*) $(-> $out:ty)?) => {
        $(#[$doc])*
        pub(crate) fn $name($($arg: $type),*) $(-> $out)? {
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx2")]
                fn avx2($($arg: $type),*) $(-> $out)? {
                    $body($($arg),*)
                }
                if std::is_x86_feature_detected!("avx2") {
                    // SAFETY: `avx2` needs nothing but the processor feature that was just found.
                    return unsafe { avx2($($arg),*) };
                }
            }
            $body($($arg),*)
        }
    };
}

by_processor! {
    /// Squared distances of `point` (`[d]`) to the points of `tiles` (`[tiles, d, 16]`), written to `out` (`[16·tiles]`).
    distances => distances_body(tiles: &[[f32; LANES]], point: &[f32], out: &mut [f32])
}

by_processor! {
    /// Adds up the repulsion of `sources` (`[x, y, mass]`) on 16 points.
    repulsion => repulsion_body(sources: &[[f32; 3]], xs: &[f32; LANES], ys: &[f32; LANES]) -> Push
}

by_processor! {
    /// The attraction `Σ p·q·(own − other)` of `others` with weights `p` on the point `own`.
    attraction => attraction_body(others: &[[f32; 2]], p: &[f32], own: [f32; 2]) -> [f32; 2]
}

#[inline(always)]
fn distances_body(tiles: &[[f32; LANES]], point: &[f32], out: &mut [f32]) {
    for (tile, out) in tiles
        .chunks_exact(point.len())
        .zip(out.chunks_exact_mut(LANES))
    {
        let mut sums = [0.0f32; LANES];
        for (values, &own) in tile.iter().zip(point) {
            for lane in 0..LANES {
                let gap = values[lane] - own;
                sums[lane] += gap * gap;
            }
        }
        out.copy_from_slice(&sums);
    }
}

#[inline(always)]
fn repulsion_body(sources: &[[f32; 3]], xs: &[f32; LANES], ys: &[f32; LANES]) -> Push {
    let mut push = Push {
        x: [0.0; LANES],
        y: [0.0; LANES],
        z: [0.0; LANES],
    };
    for &[x, y, mass] in sources {
        for lane in 0..LANES {
            let dx = xs[lane] - x;
            let dy = ys[lane] - y;
            let q = 1.0 / (1.0 + (dx * dx + dy * dy));
            let mq = mass * q;
            push.z[lane] += mq;
            let mqq = mq * q;
            push.x[lane] += mqq * dx;
            push.y[lane] += mqq * dy;
        }
    }
    push
}

#[inline(always)]
fn attraction_body(others: &[[f32; 2]], p: &[f32], own: [f32; 2]) -> [f32; 2] {
    let mut sum_x = [0.0f32; LANES];
    let mut sum_y = [0.0f32; LANES];
    let (places, weights) = (others.chunks_exact(LANES), p.chunks_exact(LANES));
    let rest = places.remainder().iter().zip(weights.remainder());
    for (places, p) in places.zip(weights) {
        for lane in 0..LANES {
            let dx = own[0] - places[lane][0];
            let dy = own[1] - places[lane][1];
            let pull = p[lane] / (1.0 + (dx * dx + dy * dy));
            sum_x[lane] += pull * dx;
            sum_y[lane] += pull * dy;
        }
    }
    for (lane, (other, &p)) in rest.enumerate() {
        let (dx, dy) = (own[0] - other[0], own[1] - other[1]);
        let pull = p / (1.0 + (dx * dx + dy * dy));
        sum_x[lane] += pull * dx;
        sum_y[lane] += pull * dy;
    }
    [sum_x.iter().sum(), sum_y.iter().sum()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fast_build_gives_the_same_bytes_as_the_plain_one() {
        let value = |i: usize| ((i * 2_654_435_761) % 1_000) as f32 / 83.0 - 6.0;
        let xs: [f32; LANES] = std::array::from_fn(value);
        let ys: [f32; LANES] = std::array::from_fn(|i| value(i + 99));
        let sources: Vec<[f32; 3]> = (0..131)
            .map(|i| [value(i + 7), value(i + 1_000), 1.0 + (i % 5) as f32])
            .collect();
        let (a, b) = (
            repulsion(&sources, &xs, &ys),
            repulsion_body(&sources, &xs, &ys),
        );
        assert_eq!((a.x, a.y, a.z), (b.x, b.y, b.z));
        let others: Vec<[f32; 2]> = sources.iter().take(75).map(|s| [s[0], s[1]]).collect();
        let p: Vec<f32> = (0..75).map(|i| value(i).abs()).collect();
        assert_eq!(
            attraction(&others, &p, [0.3, -0.2]),
            attraction_body(&others, &p, [0.3, -0.2])
        );
    }
}
