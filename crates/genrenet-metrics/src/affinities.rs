//! The joint probabilities P of t-SNE.

use rayon::prelude::*;

use crate::neighbours::Neighbours;

/// Sparse symmetric joint probabilities that add up to one; row i holds the points that i attracts.
pub(crate) struct Affinities {
    /// The start of each row in the other two lists, `[n + 1]`.
    pub(crate) start: Vec<usize>,
    /// Point numbers.
    pub(crate) index: Vec<u32>,
    /// Joint probabilities.
    pub(crate) p: Vec<f32>,
}

/// Joint probabilities from nearest neighbours, as `sklearn.manifold.TSNE(method="barnes_hut")` makes them.
///
/// Each point gets a Gaussian whose entropy is `ln(perplexity)`; both directions are added and the whole is divided by
/// its sum (van der Maaten, *Accelerating t-SNE using Tree-Based Algorithms*, JMLR 15, 2014, section 4.1).
pub(crate) fn joint(neighbours: &Neighbours, n: usize, perplexity: f64) -> Affinities {
    let k = neighbours.k;
    let mut conditional = vec![0.0f32; n * k];
    conditional
        .par_chunks_mut(k.max(1))
        .zip(neighbours.squared.par_chunks(k.max(1)))
        .for_each_init(Vec::new, |weights, (row, squared)| {
            conditional_row(squared, perplexity, weights);
            for (p, &w) in row.iter_mut().zip(weights.iter()) {
                *p = w as f32;
            }
        });
    symmetric(neighbours, &conditional, n)
}

/// Probabilities of one point's neighbours with the entropy `ln(perplexity)`.
fn conditional_row(squared: &[f32], perplexity: f64, weights: &mut Vec<f64>) {
    let nearest = squared.iter().copied().fold(f32::INFINITY, f32::min);
    let gaps: Vec<f64> = squared.iter().map(|&s| f64::from(s - nearest)).collect();
    let target = perplexity.ln();
    let mean = gaps.iter().sum::<f64>() / gaps.len() as f64;
    weights.clear();
    if mean <= 0.0 {
        // All neighbours are equally far: no width changes anything.
        weights.resize(gaps.len(), 1.0 / gaps.len() as f64);
        return;
    }
    let (mut low, mut high) = (0.0, f64::INFINITY);
    let mut beta = 1.0 / mean;
    for _ in 0..100 {
        weights.clear();
        weights.extend(gaps.iter().map(|gap| (-beta * gap).exp()));
        let sum: f64 = weights.iter().sum();
        let first: f64 = weights.iter().zip(&gaps).map(|(w, g)| w * g).sum::<f64>() / sum;
        let second: f64 = weights
            .iter()
            .zip(&gaps)
            .map(|(w, g)| w * g * g)
            .sum::<f64>()
            / sum;
        let entropy = sum.ln() + beta * first;
        let excess = entropy - target;
        if excess.abs() < 1e-7 {
            break;
        }
        if excess > 0.0 {
            low = beta;
        } else {
            high = beta;
        }
        // Newton's step in ln β, where dH/d(ln β) = −β²·Var; halving or doubling where it leaves the bracket.
        let slope = beta * beta * (second - first * first);
        let step = beta * (excess / slope).clamp(-2.0, 2.0).exp();
        beta = if step > low && step < high {
            step
        } else if high.is_finite() {
            0.5 * (low + high)
        } else {
            2.0 * beta
        };
        if !beta.is_finite() || beta <= f64::MIN_POSITIVE {
            break;
        }
    }
    let sum: f64 = weights.iter().sum();
    weights.iter_mut().for_each(|w| *w /= sum);
}

/// `(P + Pᵀ) / ΣP` as rows sorted by point number.
fn symmetric(neighbours: &Neighbours, conditional: &[f32], n: usize) -> Affinities {
    let k = neighbours.k;
    let mut rows: Vec<Vec<(u32, f32)>> = (0..n).map(|_| Vec::with_capacity(2 * k)).collect();
    let pairs = neighbours.index.iter().zip(conditional);
    for (at, (&to, &p)) in pairs.enumerate() {
        let from = at / k;
        rows[from].push((to, p));
        rows[to as usize].push((from as u32, p));
    }
    rows.par_iter_mut().for_each(|row| {
        row.sort_by_key(|&(to, _)| to);
        row.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                kept.1 += next.1;
            }
            same
        });
    });
    let total: f64 = rows.iter().flatten().map(|&(_, p)| f64::from(p)).sum();
    let mut start = Vec::with_capacity(n + 1);
    start.push(0);
    let mut index = Vec::new();
    let mut p = Vec::new();
    for row in &rows {
        index.extend(row.iter().map(|&(to, _)| to));
        p.extend(row.iter().map(|&(_, p)| (f64::from(p) / total) as f32));
        start.push(index.len());
    }
    Affinities { start, index, p }
}
