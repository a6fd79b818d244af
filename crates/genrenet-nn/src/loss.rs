//! Losses: each returns its value and the gradient with respect to its first argument.
//!
//! The network's heads are linear, so cross-entropy and binary cross-entropy take logits and do the softmax or sigmoid
//! themselves: that is both exact for large logits and cheap, since the gradient is then a plain difference.
//! Values are means over rows as PyTorch's are; sums run in `f64` in a fixed order.

use crate::Tensor;

/// How the gradient of [`mean_squared_error`] is scaled.
///
/// The reported loss is the mean in both cases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reduction {
    /// The gradient of the mean over all elements, as `torch.nn.MSELoss` has it.
    #[default]
    Mean,
    /// The gradient summed over the batch, `2 (p − y)` per element: the rule of the hand-made network of the student report (docs/ORIGIN.md).
    Sum,
}

/// Rows and columns of a `[N, K]` tensor; every further axis counts as rows.
fn rows_and_columns(tensor: &Tensor) -> (usize, usize) {
    let columns = tensor.shape.last().copied().unwrap_or(0);
    match columns {
        0 => (0, 0),
        k => (tensor.data.len() / k, k),
    }
}

/// Replaces each row of logits `[N, K]` by its softmax.
pub fn softmax(logits: &mut Tensor) {
    let (_, k) = rows_and_columns(logits);
    if k > 0 {
        logits.data.chunks_exact_mut(k).for_each(softmax_row);
    }
}

/// Softmax of one row, shifted by its maximum so that no exponential overflows.
fn softmax_row(row: &mut [f32]) {
    let top = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut sum = 0.0;
    for value in row.iter_mut() {
        *value = (*value - top).exp();
        sum += *value;
    }
    row.iter_mut().for_each(|value| *value /= sum);
}

/// Cross-entropy of logits `[N, K]` against soft targets `[N, K]`, as a weighted mean over rows.
///
/// - `row_weights` `[N]`: the mean becomes `Σ wᵢ lᵢ / Σ wᵢ`, as `torch.nn.CrossEntropyLoss` does with class weights.
///   A row of weight 0 adds nothing.
/// - `classes` `[N, K]`, row-major: `false` leaves that class out of the row's softmax and its target is ignored, which is
///   how rows with partial labels are learned (the labels of a data set without "Reggae" do not tell whether a row is Reggae). A row
///   without any class counts as weight 0.
///
/// A target row need not sum to 1: the gradient is `(s·softmax − t)·w/Σw` with `s` the sum of the targets in use.
///
/// # Panics
/// When the lengths of the arguments differ from what is written above.
pub fn cross_entropy(
    logits: &Tensor,
    targets: &Tensor,
    row_weights: Option<&[f32]>,
    classes: Option<&[bool]>,
) -> (f32, Tensor) {
    let (n, k) = rows_and_columns(logits);
    assert_eq!(
        logits.data.len(),
        targets.data.len(),
        "cross_entropy: targets must have the shape of the logits"
    );
    assert!(
        row_weights.is_none_or(|w| w.len() == n),
        "cross_entropy: one weight per row"
    );
    assert!(
        classes.is_none_or(|c| c.len() == n * k),
        "cross_entropy: one mask entry per logit"
    );
    let mut gradient = Tensor {
        shape: logits.shape.clone(),
        data: vec![0.0; n * k],
    };
    let mut loss = 0.0f64;
    let mut total = 0.0f64;
    for i in 0..n {
        let weight = row_weights.map_or(1.0, |w| w[i]);
        let span = i * k..(i + 1) * k;
        let mask = classes.map(|c| &c[span.clone()]);
        if weight == 0.0 || mask.is_some_and(|m| !m.contains(&true)) {
            continue;
        }
        let (row, target) = (&logits.data[span.clone()], &targets.data[span.clone()]);
        let row_loss = cross_entropy_row(row, target, weight, mask, &mut gradient.data[span]);
        loss += f64::from(weight) * row_loss;
        total += f64::from(weight);
    }
    if total == 0.0 {
        return (0.0, gradient);
    }
    let scale = (1.0 / total) as f32;
    gradient.data.iter_mut().for_each(|value| *value *= scale);
    ((loss / total) as f32, gradient)
}

/// One row's loss; leaves its gradient times `weight` in `gradient`.
fn cross_entropy_row(
    logits: &[f32],
    targets: &[f32],
    weight: f32,
    mask: Option<&[bool]>,
    gradient: &mut [f32],
) -> f64 {
    let used = |j: usize| mask.is_none_or(|m| m[j]);
    let k = logits.len();
    let top = (0..k)
        .filter(|&j| used(j))
        .map(|j| logits[j])
        .fold(f32::NEG_INFINITY, f32::max);
    let mut sum = 0.0f32;
    for j in (0..k).filter(|&j| used(j)) {
        gradient[j] = (logits[j] - top).exp();
        sum += gradient[j];
    }
    let log_sum = f64::from(sum).ln();
    let mass: f32 = (0..k).filter(|&j| used(j)).map(|j| targets[j]).sum();
    let mut loss = 0.0f64;
    for j in (0..k).filter(|&j| used(j)) {
        if targets[j] != 0.0 {
            loss -= f64::from(targets[j]) * (f64::from(logits[j]) - f64::from(top) - log_sum);
        }
        gradient[j] = (mass * gradient[j] / sum - targets[j]) * weight;
    }
    loss
}

/// Binary cross-entropy of logits against targets in `[0, 1]`, the mean over all elements.
///
/// `row_weights` `[N]` weigh rows as in [`cross_entropy`]. Computed as `max(x, 0) − x·t + ln(1 + e^−|x|)`, as
/// `torch.nn.BCEWithLogitsLoss`, so that no logit overflows.
///
/// # Panics
/// When the lengths of the arguments differ from what is written above.
pub fn binary_cross_entropy(
    logits: &Tensor,
    targets: &Tensor,
    row_weights: Option<&[f32]>,
) -> (f32, Tensor) {
    let (n, k) = rows_and_columns(logits);
    assert_eq!(
        logits.data.len(),
        targets.data.len(),
        "binary_cross_entropy: targets must have the shape of the logits"
    );
    assert!(
        row_weights.is_none_or(|w| w.len() == n),
        "binary_cross_entropy: one weight per row"
    );
    let mut gradient = Tensor {
        shape: logits.shape.clone(),
        data: vec![0.0; n * k],
    };
    let weights = |i: usize| row_weights.map_or(1.0, |w| w[i]);
    let total = (0..n).map(|i| f64::from(weights(i))).sum::<f64>() * k as f64;
    if total == 0.0 {
        return (0.0, gradient);
    }
    let scale = (1.0 / total) as f32;
    let mut loss = 0.0f64;
    for i in 0..n {
        let weight = weights(i);
        for j in i * k..(i + 1) * k {
            let (x, t) = (logits.data[j], targets.data[j]);
            let decay = (-x.abs()).exp();
            loss += f64::from(weight) * f64::from(x.max(0.0) - x * t + decay.ln_1p());
            let sigmoid = if x >= 0.0 {
                1.0 / (1.0 + decay)
            } else {
                decay / (1.0 + decay)
            };
            gradient.data[j] = (sigmoid - t) * weight * scale;
        }
    }
    ((loss / total) as f32, gradient)
}

/// Mean squared error of predictions against targets of the same shape.
///
/// `row_weights` `[N]` weigh rows as in [`cross_entropy`].
///
/// # Panics
/// When the lengths of the arguments differ.
pub fn mean_squared_error(
    predictions: &Tensor,
    targets: &Tensor,
    row_weights: Option<&[f32]>,
    reduction: Reduction,
) -> (f32, Tensor) {
    let (n, k) = rows_and_columns(predictions);
    assert_eq!(
        predictions.data.len(),
        targets.data.len(),
        "mean_squared_error: targets must have the shape of the predictions"
    );
    assert!(
        row_weights.is_none_or(|w| w.len() == n),
        "mean_squared_error: one weight per row"
    );
    let mut gradient = Tensor {
        shape: predictions.shape.clone(),
        data: vec![0.0; n * k],
    };
    let weights = |i: usize| row_weights.map_or(1.0, |w| w[i]);
    let total = (0..n).map(|i| f64::from(weights(i))).sum::<f64>() * k as f64;
    if total == 0.0 {
        return (0.0, gradient);
    }
    let scale = match reduction {
        Reduction::Mean => (2.0 / total) as f32,
        Reduction::Sum => 2.0,
    };
    let mut loss = 0.0f64;
    for i in 0..n {
        let weight = weights(i);
        for j in i * k..(i + 1) * k {
            let difference = predictions.data[j] - targets.data[j];
            loss += f64::from(weight) * f64::from(difference) * f64::from(difference);
            gradient.data[j] = difference * weight * scale;
        }
    }
    ((loss / total) as f32, gradient)
}

/// Distillation: cross-entropy of the student's tempered logits against a teacher's tempered probabilities.
///
/// `teacher` `[N, K]` holds probabilities (for example the mean of several models); both are smoothed by
/// `temperature` (`pᵀ ∝ p^(1/T)`), and loss and gradient are multiplied by `T²` so that their size does not depend on it
/// (Hinton, Vinyals & Dean 2015, "Distilling the knowledge in a neural network"). The loss is the cross-entropy, which is
/// the Kullback–Leibler divergence plus the teacher's own entropy: the same gradient.
///
/// # Panics
/// As [`cross_entropy`], and when `temperature` is not positive.
pub fn distillation(
    logits: &Tensor,
    teacher: &Tensor,
    temperature: f32,
    row_weights: Option<&[f32]>,
    classes: Option<&[bool]>,
) -> (f32, Tensor) {
    assert!(
        temperature > 0.0,
        "distillation: the temperature must be positive, found {temperature}"
    );
    let (_, k) = rows_and_columns(teacher);
    let mut softened = teacher.clone();
    for (i, row) in softened.data.chunks_exact_mut(k.max(1)).enumerate() {
        let mask = classes.map(|c| &c[i * k..(i + 1) * k]);
        for (j, p) in row.iter_mut().enumerate() {
            *p = if mask.is_none_or(|m| m[j]) {
                p.max(0.0).powf(1.0 / temperature)
            } else {
                0.0
            };
        }
        let sum: f32 = row.iter().sum();
        if sum > 0.0 {
            row.iter_mut().for_each(|p| *p /= sum);
        }
    }
    let cooled = Tensor {
        shape: logits.shape.clone(),
        data: logits
            .data
            .iter()
            .map(|value| value / temperature)
            .collect(),
    };
    let (loss, mut gradient) = cross_entropy(&cooled, &softened, row_weights, classes);
    // d/dlogits has a factor 1/T from the division above; T² in front leaves T.
    gradient
        .data
        .iter_mut()
        .for_each(|value| *value *= temperature);
    (loss * temperature * temperature, gradient)
}

/// One-hot rows `[N, classes]` of `labels`.
///
/// A label outside `0..classes` makes a row of zeros, which [`cross_entropy`] counts with no loss and no gradient.
pub fn one_hot(labels: &[usize], classes: usize) -> Tensor {
    let mut data = vec![0.0; labels.len() * classes];
    for (row, &label) in data.chunks_exact_mut(classes.max(1)).zip(labels) {
        if let Some(cell) = row.get_mut(label) {
            *cell = 1.0;
        }
    }
    Tensor {
        shape: vec![labels.len(), classes],
        data,
    }
}

/// Moves a share `smoothing` of each row's mass to all classes in use evenly, as PyTorch's `label_smoothing`.
///
/// `classes` is the mask of [`cross_entropy`]: only the classes in use receive mass.
///
/// # Panics
/// When the length of a mask is not that of the targets.
pub fn smooth_labels(targets: &mut Tensor, smoothing: f32, classes: Option<&[bool]>) {
    let (_, k) = rows_and_columns(targets);
    assert!(
        classes.is_none_or(|c| c.len() == targets.data.len()),
        "smooth_labels: one mask entry per target"
    );
    if k == 0 || smoothing == 0.0 {
        return;
    }
    for (i, row) in targets.data.chunks_exact_mut(k).enumerate() {
        let used = |j: usize| classes.is_none_or(|c| c[i * k + j]);
        let count = (0..k).filter(|&j| used(j)).count();
        let mass: f32 = (0..k).filter(|&j| used(j)).map(|j| row[j]).sum();
        for (j, value) in row.iter_mut().enumerate() {
            if used(j) {
                *value = *value * (1.0 - smoothing) + smoothing * mass / count as f32;
            }
        }
    }
}
