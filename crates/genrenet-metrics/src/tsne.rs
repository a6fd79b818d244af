//! t-SNE: points of many dimensions laid out on a plane so that neighbours stay neighbours.

use std::f32::consts::TAU;

use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rayon::prelude::*;

use crate::affinities::{Affinities, joint};
use crate::force_tree::ForceTree;
use crate::neighbours::nearest;
use crate::simd::{LANES, attraction, repulsion};
use crate::{MetricsError, pca, validate};

/// Steps between two sortings of the tree; boxes and centres are refreshed every step.
const SORT_EVERY: usize = 10;
/// Steps that run with exaggerated attraction (`TSNE._EXPLORATION_MAX_ITER` of scikit-learn).
const EXAGGERATED_STEPS: usize = 250;
/// Fewest points that can be laid out: each needs three neighbours for a perplexity of one.
const FEWEST: usize = 4;
/// Standard deviation of the first coordinate at the start.
const START_DEVIATION: f64 = 1e-4;

/// Settings of t-SNE, named and set as `sklearn.manifold.TSNE` does.
#[derive(Debug, Clone, PartialEq)]
pub struct TsneSpec {
    /// About how many neighbours a point has, at least 1; 50 by default.
    pub perplexity: f64,
    /// Steps of gradient descent; 1 000 by default.
    pub iterations: usize,
    /// Factor on the attraction during the first 250 steps; 12 by default.
    pub early_exaggeration: f64,
    /// Step size; `None` is `max(n / early_exaggeration / 4, 50)`.
    pub learning_rate: Option<f64>,
    /// Accuracy of Barnes and Hut: 0 is exact and slow, 1 is coarse; 0.5 by default.
    pub angle: f64,
    /// Seed of the initial layout where principal components have none (all points equal, or a single dimension).
    pub seed: u64,
}

impl Default for TsneSpec {
    fn default() -> Self {
        TsneSpec {
            perplexity: 50.0,
            iterations: 1000,
            early_exaggeration: 12.0,
            learning_rate: None,
            angle: 0.5,
            seed: 0,
        }
    }
}

/// A layout of points on a plane.
#[derive(Debug, Clone, PartialEq)]
pub struct Tsne {
    /// Coordinates of each point; their unit means nothing, near means alike.
    pub points: Vec<[f32; 2]>,
    /// The perplexity that was used: lower than requested when there are fewer than three times as many other points.
    pub perplexity: f64,
    /// Kullback–Leibler divergence of the layout from the neighbourhoods, ≥ 0, lower is better.
    pub kl_divergence: f64,
}

/// Lays out `n` points of `d` values (row-major) on a plane.
///
/// Barnes–Hut t-SNE (van der Maaten, *Accelerating t-SNE using Tree-Based Algorithms*, JMLR 15, 2014) with exact nearest
/// neighbours, a start from principal components, early exaggeration, momentum 0.5 then 0.8, and gains: step for step what
/// `sklearn.manifold.TSNE(init="pca", learning_rate="auto")` does. The result is the same bytes for any number of threads.
/// Where `n` is too small for the perplexity it is reduced to `(n − 1) / 3`, which the result states.
///
/// # Errors
/// Fewer than 4 points, an array that is not `n × d` long, a value that is not finite, a setting out of range.
pub fn tsne(data: &[f32], n: usize, d: usize, spec: &TsneSpec) -> Result<Tsne, MetricsError> {
    tsne_with(data, n, d, spec, |_| {})
}

/// As [`tsne`]; `advance` is called after every step with the number of steps done.
///
/// # Errors
/// As [`tsne`].
pub fn tsne_with(
    data: &[f32],
    n: usize,
    d: usize,
    spec: &TsneSpec,
    advance: impl FnMut(usize),
) -> Result<Tsne, MetricsError> {
    validate::points(data, n, d)?;
    check(spec)?;
    if n < FEWEST {
        return Err(MetricsError::FewPoints {
            least: FEWEST,
            found: n,
        });
    }
    let data = scaled(data);
    let (affinities, perplexity) = neighbourhoods(&data, n, d, spec.perplexity);
    let mut points = start(&data, n, d, spec.seed)?;
    descend(&affinities, &mut points, spec, advance);
    Ok(Tsne {
        kl_divergence: divergence(&affinities, &points),
        perplexity,
        points,
    })
}

/// Kullback–Leibler divergence of a layout (`points`, `[n]`) from the neighbourhoods of `data` (`[n, d]`) at a perplexity.
///
/// `Σ p·ln(p / q)` over the `3·perplexity` nearest neighbours as in t-SNE, with the exact normalisation of q; NaN when
/// the arrays do not fit or hold fewer than 4 points. Costs `n²` operations.
pub fn kl_divergence(
    data: &[f32],
    n: usize,
    d: usize,
    points: &[[f32; 2]],
    perplexity: f64,
) -> f64 {
    if validate::points(data, n, d).is_err() || points.len() != n || n < FEWEST {
        return f64::NAN;
    }
    divergence(&neighbourhoods(&scaled(data), n, d, perplexity).0, points)
}

fn check(spec: &TsneSpec) -> Result<(), MetricsError> {
    let settings = [
        (
            "perplexity",
            "a number of at least 1",
            spec.perplexity,
            1.0,
            f64::MAX,
        ),
        (
            "early_exaggeration",
            "a number of at least 1",
            spec.early_exaggeration,
            1.0,
            f64::MAX,
        ),
        ("angle", "a number in 0..=1", spec.angle, 0.0, 1.0),
        (
            "learning_rate",
            "a number above 0",
            spec.learning_rate.unwrap_or(1.0),
            f64::MIN_POSITIVE,
            f64::MAX,
        ),
    ];
    for (key, expected, found, low, high) in settings {
        if !(low..=high).contains(&found) {
            return Err(MetricsError::Setting {
                key,
                expected,
                found,
            });
        }
    }
    Ok(())
}

/// The data times a power of two, so that squared distances neither overflow nor vanish; t-SNE does not depend on scale.
fn scaled(data: &[f32]) -> Vec<f32> {
    let largest = data.iter().fold(0.0f32, |a, b| a.max(b.abs()));
    if largest == 0.0 {
        return data.to_vec();
    }
    let factor = f64::from(largest).log2().floor();
    data.iter()
        .map(|&v| (f64::from(v) * (-factor).exp2()) as f32)
        .collect()
}

/// Joint probabilities at `perplexity`, or at the greatest that `n` points allow, and that perplexity.
fn neighbourhoods(data: &[f32], n: usize, d: usize, perplexity: f64) -> (Affinities, f64) {
    let perplexity = perplexity.min((n - 1) as f64 / 3.0).max(1.0);
    let k = ((3.0 * perplexity + 1.0) as usize).min(n - 1);
    (joint(&nearest(data, n, d, k), n, perplexity), perplexity)
}

/// The first two principal components, scaled to a tiny first deviation; noise where there is none.
fn start(data: &[f32], n: usize, d: usize, seed: u64) -> Result<Vec<[f32; 2]>, MetricsError> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut noise = || {
        let radius = (-2.0 * (1.0 - rng.random::<f32>()).ln()).sqrt();
        START_DEVIATION as f32 * radius * (TAU * rng.random::<f32>()).cos()
    };
    let components = d.min(2);
    let pca = pca(data, n, d, components)?;
    // numpy.std: divided by n.
    let variance = pca.explained_variance[0] * (n - 1) as f64 / n as f64;
    if variance <= 0.0 {
        return Ok((0..n).map(|_| [noise(), noise()]).collect());
    }
    let scale = START_DEVIATION / variance.sqrt();
    Ok(pca
        .projected
        .chunks_exact(components)
        .map(|at| {
            let second = at
                .get(1)
                .map_or_else(&mut noise, |&second| (second * scale) as f32);
            [(at[0] * scale) as f32, second]
        })
        .collect())
}

/// Moves the points downhill.
fn descend(
    affinities: &Affinities,
    points: &mut [[f32; 2]],
    spec: &TsneSpec,
    mut advance: impl FnMut(usize),
) {
    let n = points.len();
    let rate = spec
        .learning_rate
        .unwrap_or((n as f64 / spec.early_exaggeration / 4.0).max(50.0)) as f32;
    let mut tree = ForceTree::new(points);
    let mut update = vec![[0.0f32; 2]; n];
    let mut gains = vec![[1.0f32; 2]; n];
    let mut forces = vec![[0.0f32; 4]; tree.leaf_count() * LANES];
    for step in 0..spec.iterations {
        if step % SORT_EVERY == 0 {
            tree.sort(points);
        }
        if step == EXAGGERATED_STEPS {
            // scikit-learn starts its second phase afresh.
            update.fill([0.0; 2]);
            gains.fill([1.0; 2]);
        }
        tree.refresh(points);
        let (exaggeration, momentum) = if step < EXAGGERATED_STEPS {
            (spec.early_exaggeration as f32, 0.5)
        } else {
            (1.0, 0.8)
        };
        let normalisation = pushes_and_pulls(&tree, affinities, points, spec.angle, &mut forces);
        for (&point, &[push_x, push_y, pull_x, pull_y]) in tree.order.iter().zip(&forces) {
            let point = point as usize;
            let gradient = [
                4.0 * (exaggeration * pull_x - push_x / normalisation),
                4.0 * (exaggeration * pull_y - push_y / normalisation),
            ];
            for axis in 0..2 {
                let gain = &mut gains[point][axis];
                let change = &mut update[point][axis];
                *gain = if *change * gradient[axis] < 0.0 {
                    *gain + 0.2
                } else {
                    (*gain * 0.8).max(0.01)
                };
                *change = momentum * *change - rate * *gain * gradient[axis];
                points[point][axis] += *change;
            }
        }
        advance(step + 1);
    }
}

/// Fills `forces` (`[push x, push y, pull x, pull y]` in tree order) and returns the normalisation Z.
fn pushes_and_pulls(
    tree: &ForceTree,
    affinities: &Affinities,
    points: &[[f32; 2]],
    angle: f64,
    forces: &mut [[f32; 4]],
) -> f32 {
    let parts: Vec<f64> = forces
        .par_chunks_mut(LANES)
        .enumerate()
        .with_min_len(8)
        .map_init(
            Default::default,
            |(sources, others): &mut (Vec<_>, Vec<_>), (leaf, forces)| {
                tree.sources(leaf, angle as f32, sources);
                let [xs, ys] = tree.leaf(leaf);
                let push = repulsion(sources, xs, ys);
                let mut part = 0.0;
                for (lane, &point) in tree.members(leaf).iter().enumerate() {
                    let point = point as usize;
                    let row = affinities.start[point]..affinities.start[point + 1];
                    // Gathered first and then worked on as vectors: twice as fast as both at once.
                    others.clear();
                    others.extend(
                        affinities.index[row.clone()]
                            .iter()
                            .map(|&other| points[other as usize]),
                    );
                    let [pull_x, pull_y] = attraction(others, &affinities.p[row], points[point]);
                    forces[lane] = [push.x[lane], push.y[lane], pull_x, pull_y];
                    part += f64::from(push.z[lane]) - 1.0;
                }
                part
            },
        )
        .collect();
    // Collected in leaf order, so the sum does not depend on threads.
    parts.iter().sum::<f64>().max(f64::MIN_POSITIVE) as f32
}

/// Divergence with the exact normalisation.
fn divergence(affinities: &Affinities, points: &[[f32; 2]]) -> f64 {
    let all: Vec<[f32; 3]> = points.iter().map(|&[x, y]| [x, y, 1.0]).collect();
    let parts: Vec<f64> = points
        .par_chunks(LANES)
        .map(|own| {
            let lane =
                |axis: usize| std::array::from_fn(|lane: usize| own[lane.min(own.len() - 1)][axis]);
            // Short runs of sources keep the sums in single precision exact enough.
            all.chunks(256)
                .map(|sources| {
                    let z = repulsion(sources, &lane(0), &lane(1)).z;
                    z[..own.len()].iter().map(|&z| f64::from(z)).sum::<f64>()
                })
                .sum::<f64>()
                - own.len() as f64
        })
        .collect();
    let normalisation: f64 = parts.iter().sum();
    let mut sum = 0.0;
    for (point, own) in points.iter().enumerate() {
        for at in affinities.start[point]..affinities.start[point + 1] {
            let p = f64::from(affinities.p[at]);
            let other = points[affinities.index[at] as usize];
            let dx = f64::from(own[0]) - f64::from(other[0]);
            let dy = f64::from(own[1]) - f64::from(other[1]);
            if p > 0.0 {
                sum += p * (p * normalisation * (1.0 + dx * dx + dy * dy)).ln();
            }
        }
    }
    sum
}
