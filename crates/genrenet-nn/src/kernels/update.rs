//! The inner loops of the optimisers, one fused pass over each parameter.

use super::isa::vectorised;

/// Numbers of one step of gradient descent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sgd {
    pub lr: f32,
    pub momentum: f32,
    pub nesterov: bool,
    pub weight_decay: f32,
}

impl Sgd {
    /// The same step for a parameter that does not decay.
    pub fn without_decay(self) -> Self {
        Self {
            weight_decay: 0.0,
            ..self
        }
    }
}

/// Numbers of one step of Adam, bias corrections included.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Adam {
    pub beta1: f32,
    pub beta2: f32,
    /// Learning rate over the first correction.
    pub step_size: f32,
    /// One over the root of the second correction.
    pub root_scale: f32,
    pub eps: f32,
    /// Penalty added to the gradient.
    pub weight_decay: f32,
    /// Factor of the value before the step.
    pub shrink: f32,
}

impl Adam {
    /// The same step for a parameter that does not decay.
    pub fn without_decay(self) -> Self {
        Self {
            weight_decay: 0.0,
            shrink: 1.0,
            ..self
        }
    }
}

vectorised! {
    /// w ← w − lr·(g + decay·w).
    pub(crate) fn sgd(rule: Sgd, value: &mut [f32], grad: &[f32]) {
        for (w, &g) in value.iter_mut().zip(grad) {
            *w -= rule.lr * (g + rule.weight_decay * *w);
        }
    }
}

vectorised! {
    /// m ← momentum·m + g + decay·w; w ← w − lr·m, or with Nesterov's look-ahead w − lr·(g + decay·w + momentum·m).
    pub(crate) fn sgd_momentum(rule: Sgd, value: &mut [f32], grad: &[f32], memory: &mut [f32]) {
        let (now, before) = if rule.nesterov { (1.0, rule.momentum) } else { (0.0, 1.0) };
        for ((w, &g), m) in value.iter_mut().zip(grad).zip(memory) {
            let g = g + rule.weight_decay * *w;
            *m = rule.momentum * *m + g;
            *w -= rule.lr * (now * g + before * *m);
        }
    }
}

vectorised! {
    /// One step of Adam or AdamW on a parameter and its two moments.
    pub(crate) fn adam(rule: Adam, value: &mut [f32], grad: &[f32], mean: &mut [f32], square: &mut [f32]) {
        for (((w, &g), m), v) in value.iter_mut().zip(grad).zip(mean).zip(square) {
            let x = *w * rule.shrink;
            let g = g + rule.weight_decay * x;
            *m += (1.0 - rule.beta1) * (g - *m);
            *v = rule.beta2 * *v + (1.0 - rule.beta2) * g * g;
            *w = x - rule.step_size * *m / (v.sqrt() * rule.root_scale + rule.eps);
        }
    }
}

vectorised! {
    /// Σ v², in sixteen interleaved `f64` sums that are added in order.
    pub(crate) fn sum_of_squares(values: &[f32]) -> f64 {
        let mut sums = [0.0f64; 16];
        let mut blocks = values.chunks_exact(16);
        for block in &mut blocks {
            for (sum, &v) in sums.iter_mut().zip(block) {
                *sum += f64::from(v) * f64::from(v);
            }
        }
        for (sum, &v) in sums.iter_mut().zip(blocks.remainder()) {
            *sum += f64::from(v) * f64::from(v);
        }
        sums.iter().sum()
    }
}
