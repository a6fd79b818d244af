//! The loss of one step and its gradient at each head.

use genrenet_model::Output;
use genrenet_nn::Tensor;
use genrenet_nn::loss::{binary_cross_entropy, cross_entropy, mean_squared_error, softmax};

use crate::batch::Batch;
use crate::recipe::{Loss, Recipe, SecondLoss};

/// Loss, gradients and hits of one step.
pub struct BatchLoss {
    /// The loss, with that of the second target.
    pub loss: f32,
    /// Gradient at each head, in the network's order.
    pub gradients: Vec<Tensor>,
    /// Rows whose top genre is the target's top genre, or one of its genres.
    pub hits: usize,
}

/// Computes the loss of a batch and its gradient at each head.
pub fn compute_loss(recipe: &Recipe, heads: &[Tensor], batch: &Batch) -> BatchLoss {
    let logits = &heads[0];
    let k = batch.targets.item_len();
    let weights = batch.weights.as_deref();
    let (mut loss, gradient) = match (recipe.train.loss, recipe.train.output) {
        (Loss::CrossEntropy, _) => {
            cross_entropy(logits, &batch.targets, weights, batch.classes.as_deref())
        }
        (Loss::BinaryCrossEntropy, Output::Independent) => {
            binary_cross_entropy(logits, &batch.targets, weights)
        }
        (Loss::BinaryCrossEntropy, _) => {
            binary_cross_entropy(logits, &second_genre(&batch.targets), weights)
        }
        (Loss::MeanSquaredError, Output::Sigmoid) => {
            let mut p = logits.clone();
            p.data
                .iter_mut()
                .for_each(|x| *x = 1.0 / (1.0 + (-*x).exp()));
            let (loss, mut d) = mean_squared_error(
                &p,
                &second_genre(&batch.targets),
                weights,
                recipe.train.reduction,
            );
            d.data
                .iter_mut()
                .zip(&p.data)
                .for_each(|(d, p)| *d *= p * (1.0 - p));
            (loss, d)
        }
        (Loss::MeanSquaredError, Output::Softmax | Output::Independent) => {
            let mut p = logits.clone();
            softmax(&mut p);
            let (loss, mut d) =
                mean_squared_error(&p, &batch.targets, weights, recipe.train.reduction);
            for (d, p) in d.data.chunks_exact_mut(k).zip(p.data.chunks_exact(k)) {
                let dot: f32 = d.iter().zip(p).map(|(d, p)| d * p).sum();
                d.iter_mut().zip(p).for_each(|(d, p)| *d = p * (*d - dot));
            }
            (loss, d)
        }
    };
    let hits = hits(logits, batch, recipe.train.output);
    let mut gradients = vec![gradient];
    for (number, head) in heads.iter().enumerate().skip(1) {
        let (mut d, mut second_loss) = (Tensor::zeros(&head.shape), 0.0);
        if let (1, Some(second), Some((targets, rows))) =
            (number, &recipe.second_target, &batch.second)
        {
            (second_loss, d) = match second.loss {
                SecondLoss::MeanSquaredError => mean_squared_error(
                    head,
                    targets,
                    Some(rows),
                    genrenet_nn::loss::Reduction::Mean,
                ),
                SecondLoss::Cosine => cosine(head, targets, rows),
            };
            d.data.iter_mut().for_each(|x| *x *= second.weight);
            second_loss *= second.weight;
        }
        loss += second_loss;
        gradients.push(d);
    }
    BatchLoss {
        loss,
        gradients,
        hits,
    }
}

/// Targets of two genres as the one of the second genre, `[n, 1]`.
fn second_genre(targets: &Tensor) -> Tensor {
    let data = targets.data.chunks_exact(2).map(|row| row[1]).collect();
    Tensor {
        shape: vec![targets.batch(), 1],
        data,
    }
}

fn hits(logits: &Tensor, batch: &Batch, output: Output) -> usize {
    let k = batch.targets.item_len();
    let top = |row: &[f32]| {
        (0..row.len())
            .max_by(|&a, &b| row[a].total_cmp(&row[b]))
            .unwrap_or(0)
    };
    batch
        .targets
        .data
        .chunks_exact(k)
        .zip(logits.data.chunks_exact(logits.item_len().max(1)))
        .filter(|(target, row)| {
            let chosen = if output == Output::Sigmoid {
                usize::from(row[0] > 0.0)
            } else {
                top(row)
            };
            target[chosen] == target[top(target)]
        })
        .count()
}

/// Mean over rows of one minus the cosine, and its gradient with respect to `x`.
fn cosine(x: &Tensor, targets: &Tensor, rows: &[f32]) -> (f32, Tensor) {
    let m = x.item_len();
    let mut d = Tensor::zeros(&x.shape);
    let total: f32 = rows.iter().sum();
    if total == 0.0 {
        return (0.0, d);
    }
    let mut loss = 0.0;
    for (i, &weight) in rows.iter().enumerate() {
        if weight == 0.0 {
            continue;
        }
        let (a, b) = (x.item(i), targets.item(i));
        let dot: f32 = a.iter().zip(b).map(|(a, b)| a * b).sum();
        let aa = a.iter().map(|a| a * a).sum::<f32>().max(1e-12);
        let bb = b.iter().map(|b| b * b).sum::<f32>().max(1e-12);
        let norm = (aa * bb).sqrt();
        let cosine = dot / norm;
        loss += weight * (1.0 - cosine);
        for (j, d) in d.data[i * m..(i + 1) * m].iter_mut().enumerate() {
            *d = -weight / total * (b[j] / norm - cosine * a[j] / aa);
        }
    }
    (loss / total, d)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cosines_gradient_is_its_slope() {
        let x = Tensor {
            shape: vec![2, 3],
            data: vec![0.3, -0.7, 1.1, 0.2, 0.4, -0.1],
        };
        let t = Tensor {
            shape: vec![2, 3],
            data: vec![0.5, 0.1, 0.9, -0.3, 0.8, 0.2],
        };
        let rows = [1.0, 1.0];
        let (_, d) = cosine(&x, &t, &rows);
        for j in 0..6 {
            let shifted = |by: f32| {
                let mut moved = x.clone();
                moved.data[j] += by;
                f64::from(cosine(&moved, &t, &rows).0)
            };
            let slope = (shifted(1e-2) - shifted(-1e-2)) / 2e-2;
            assert!(
                (slope - f64::from(d.data[j])).abs() < 1e-3,
                "{j}: {slope} against {}",
                d.data[j]
            );
        }
    }
}
