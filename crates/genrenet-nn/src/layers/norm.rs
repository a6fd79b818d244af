//! Parameters and statistics of a batch normalisation, shared by the layers that apply it.

use crate::kernels::channels::{self, Gradient};
use crate::{NnError, Param, SummaryRow, Tensor};

/// The parameters, running statistics and current batch of a batch normalisation over the last axis.
///
/// As PyTorch: y = (x − mean) / √(var + eps) · weight + bias; the biased variance normalises, the unbiased one goes
/// into the running statistics.
#[derive(Debug)]
pub(crate) struct Norm {
    pub name: String,
    pub weight: Param,
    pub bias: Param,
    running: [(String, Tensor); 2],
    eps: f32,
    momentum: f32,
    /// Whether the last forward pass used the batch's own statistics.
    trained: bool,
    values: usize,
    pub mean: Vec<f64>,
    pub deviation: Vec<f64>,
    /// weight / deviation and bias − mean · scale of the last forward pass.
    pub scale: Vec<f32>,
    pub shift: Vec<f32>,
    /// The gradient's factors of the last backward pass.
    factors: [Vec<f32>; 3],
}

/// Sums of one item (or one chunk of rows) per channel, relative to a pivot.
#[derive(Clone, Debug, Default)]
pub(crate) struct Moments {
    pub pivot: Vec<f32>,
    pub sum: Vec<f64>,
    pub square: Vec<f64>,
}

impl Moments {
    /// Of pixels of `channels` values; the first is the pivot.
    pub fn of(&mut self, z: &[f32], channels: usize) {
        self.pivot.clear();
        self.pivot.extend_from_slice(&z[..channels]);
        for sums in [&mut self.sum, &mut self.square] {
            sums.clear();
            sums.resize(channels, 0.0);
        }
        channels::moments(z, channels, &self.pivot, &mut self.sum, &mut self.square);
    }
}

impl Norm {
    pub fn new(name: &str, channels: usize, eps: f32, momentum: f32) -> Result<Self, NnError> {
        let label = || format!("{name} (batch_norm)");
        if !(eps > 0.0 && eps.is_finite()) {
            return Err(NnError::spec(label(), "eps", eps, "a positive number"));
        }
        if !(0.0..=1.0).contains(&momentum) {
            return Err(NnError::spec(
                label(),
                "momentum",
                momentum,
                "between 0 and 1",
            ));
        }
        if channels == 0 {
            return Err(NnError::shape(label(), "at least one channel", 0));
        }
        let mut ones = Tensor::zeros(&[channels]);
        ones.fill(1.0);
        Ok(Self {
            name: name.to_owned(),
            weight: Param::new(format!("{name}.weight"), ones.clone(), false),
            bias: Param::new(format!("{name}.bias"), Tensor::zeros(&[channels]), false),
            running: [
                (format!("{name}.running_mean"), Tensor::zeros(&[channels])),
                (format!("{name}.running_var"), ones),
            ],
            eps,
            momentum,
            trained: false,
            values: 0,
            mean: Vec::new(),
            deviation: Vec::new(),
            scale: Vec::new(),
            shift: Vec::new(),
            factors: Default::default(),
        })
    }

    pub fn channels(&self) -> usize {
        self.weight.value.len()
    }

    /// Sets the statistics of a batch: the parts are joined in order (Chan et al. 1979), each of `values` pixels.
    pub fn take_batch(&mut self, parts: &[Moments], values: &[usize]) {
        let channels = self.channels();
        self.mean.clear();
        self.mean.resize(channels, 0.0);
        let mut spread = vec![0.0f64; channels];
        let mut count = 0.0f64;
        for (part, &n) in parts.iter().zip(values) {
            let n = n as f64;
            let total = count + n;
            for (c, spread) in spread.iter_mut().enumerate() {
                let mean = f64::from(part.pivot[c]) + part.sum[c] / n;
                let own = (part.square[c] - part.sum[c] * part.sum[c] / n).max(0.0);
                let apart = mean - self.mean[c];
                self.mean[c] += apart * n / total;
                *spread += own + apart * apart * count * n / total;
            }
            count = total;
        }
        let momentum = f64::from(self.momentum);
        let [(_, running_mean), (_, running_var)] = &mut self.running;
        for (c, spread) in spread.iter().enumerate() {
            let unbiased = spread / (count - 1.0).max(1.0);
            let (m, v) = (&mut running_mean.data[c], &mut running_var.data[c]);
            *m = (f64::from(*m) * (1.0 - momentum) + self.mean[c] * momentum) as f32;
            *v = (f64::from(*v) * (1.0 - momentum) + unbiased * momentum) as f32;
        }
        self.values = count as usize;
        self.trained = true;
        let eps = f64::from(self.eps);
        self.deviation.clear();
        self.deviation
            .extend(spread.iter().map(|s| (s / count + eps).sqrt()));
        self.set_scale();
    }

    /// Takes the running statistics, as evaluation does.
    pub fn take_running(&mut self) {
        let eps = f64::from(self.eps);
        self.mean.clear();
        self.mean
            .extend(self.running[0].1.data.iter().map(|&m| f64::from(m)));
        self.deviation.clear();
        self.deviation.extend(
            self.running[1]
                .1
                .data
                .iter()
                .map(|&v| (f64::from(v) + eps).sqrt()),
        );
        self.trained = false;
        self.set_scale();
    }

    fn set_scale(&mut self) {
        self.scale.clear();
        self.shift.clear();
        for c in 0..self.channels() {
            let scale = f64::from(self.weight.value.data[c]) / self.deviation[c];
            self.scale.push(scale as f32);
            self.shift
                .push((f64::from(self.bias.value.data[c]) - self.mean[c] * scale) as f32);
        }
    }

    /// Scale and shift of evaluation.
    pub fn folded(&self) -> (Vec<f32>, Vec<f32>) {
        let eps = f64::from(self.eps);
        (0..self.channels())
            .map(|c| {
                let scale = f64::from(self.weight.value.data[c])
                    / (f64::from(self.running[1].1.data[c]) + eps).sqrt();
                let shift = f64::from(self.bias.value.data[c])
                    - f64::from(self.running[0].1.data[c]) * scale;
                (scale as f32, shift as f32)
            })
            .unzip()
    }

    /// Channels whose normalised value cannot be recovered from y = value · weight + bias without losing digits.
    pub fn faint_channels(&self) -> Vec<usize> {
        (0..self.channels())
            .filter(|&c| {
                let (w, b) = (
                    self.weight.value.data[c].abs(),
                    self.bias.value.data[c].abs(),
                );
                w * 100.0 < b || w < 1e-6
            })
            .collect()
    }

    /// The normalised value of z.
    pub fn normalised(&self, channel: usize, z: f32) -> f64 {
        (f64::from(z) - self.mean[channel]) / self.deviation[channel]
    }

    /// From Σ g and Σ g · y to Σ g · normalised value (not of faint channels).
    pub fn normalise_products(&self, sum: &[f64], product: &mut [f64]) {
        for (c, p) in product.iter_mut().enumerate() {
            let (w, b) = (
                f64::from(self.weight.value.data[c]),
                f64::from(self.bias.value.data[c]),
            );
            *p = if w == 0.0 { 0.0 } else { (*p - b * sum[c]) / w };
        }
    }

    /// Adds the gradients of weight and bias, given Σ g and Σ g · normalised value over the batch, and returns the factors
    /// of the gradient of z.
    pub fn take_gradient(&mut self, sum: &[f64], product: &[f64]) -> Gradient<'_> {
        let [a, b, k] = &mut self.factors;
        for v in [&mut *a, &mut *b, &mut *k] {
            v.clear();
        }
        let n = self.values as f64;
        for c in 0..sum.len() {
            self.weight.grad.data[c] += product[c] as f32;
            self.bias.grad.data[c] += sum[c] as f32;
            let scale = f64::from(self.weight.value.data[c]) / self.deviation[c];
            let slope = if self.trained {
                -scale * product[c] / n / self.deviation[c]
            } else {
                0.0
            };
            let constant = if self.trained {
                -scale * sum[c] / n
            } else {
                0.0
            };
            a.push(scale as f32);
            b.push(slope as f32);
            k.push((constant - slope * self.mean[c]) as f32);
        }
        Gradient {
            dy_factor: a,
            z_factor: b,
            constant: k,
        }
    }

    pub fn buffers(&self) -> Vec<(&str, &Tensor)> {
        self.running.iter().map(|(n, t)| (n.as_str(), t)).collect()
    }

    pub fn buffers_mut(&mut self) -> Vec<(&str, &mut Tensor)> {
        self.running
            .iter_mut()
            .map(|(n, t)| (n.as_str(), t))
            .collect()
    }

    pub fn row(&self, output: &[usize]) -> SummaryRow {
        SummaryRow::new(&self.name, "batch_norm", output)
            .cost(2 * self.channels(), output.iter().product::<usize>() as u64)
    }
}
