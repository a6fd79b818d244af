//! Inputs standardised to mean 0 and deviation 1 with statistics of the training rows.

use crate::threads::each_part;
use crate::{Layer, NnError, Pass, Scratch, SummaryRow, Tensor};

/// y = (x − mean) / deviation, with statistics that are stored and not trained.
///
/// They start as 0 and 1 and are fitted with [`crate::Network::observe`] and [`crate::Network::settle`].
#[derive(Debug)]
pub struct Standardize {
    name: String,
    output: Vec<usize>,
    /// Which statistic each value of an item belongs to.
    group: Vec<usize>,
    mean: Tensor,
    deviation: Tensor,
    names: [String; 2],
    observed: Vec<[f64; 3]>,
}

/// For each value of an item of shape `input`, its place along `axes` alone, the last of them fastest (no axes: 0).
pub fn places_along(input: &[usize], axes: &[usize]) -> Vec<usize> {
    (0..input.iter().product())
        .map(|i: usize| {
            let place = |axis: usize| i / input[axis + 1..].iter().product::<usize>() % input[axis];
            axes.iter().fold(0, |g, &a| g * input[a] + place(a))
        })
        .collect()
}

/// Below this deviation (of the input's own unit) a value counts as constant and is only centred.
const CONSTANT: f64 = 1e-6;

impl Standardize {
    /// Over items of shape `input`, with statistics per place along `axes` (none: one mean for everything).
    ///
    /// # Errors
    /// [`NnError::Spec`] when an axis is not one of the input's or named twice.
    pub fn new(name: &str, input: &[usize], axes: &[usize]) -> Result<Self, NnError> {
        let twice = axes.iter().enumerate().any(|(i, a)| axes[..i].contains(a));
        if twice || axes.iter().any(|&a| a >= input.len()) {
            let reason = format!("axes of {input:?}, counted from 0");
            return Err(NnError::spec(
                format!("{name} (standardize)"),
                "axes",
                format!("{axes:?}"),
                reason,
            ));
        }
        let shape: Vec<usize> = axes.iter().map(|&a| input[a]).collect();
        let group = places_along(input, axes);
        let mut deviation = Tensor::zeros(&shape);
        deviation.fill(1.0);
        Ok(Self {
            name: name.to_owned(),
            output: input.to_vec(),
            group,
            mean: Tensor::zeros(&shape),
            deviation,
            names: [format!("{name}.mean"), format!("{name}.deviation")],
            observed: Vec::new(),
        })
    }

    fn apply(&self, x: &Tensor, y: &mut Tensor) {
        y.resize(&x.shape);
        let inverse: Vec<f32> = self.deviation.data.iter().map(|d| 1.0 / d).collect();
        let item = self.group.len().max(1);
        each_part((&mut y.data, item), (&x.data, item), |y, x| {
            for ((y, x), &g) in y.iter_mut().zip(x).zip(&self.group) {
                *y = (x - self.mean.data[g]) * inverse[g];
            }
        });
    }
}

impl Layer for Standardize {
    fn kind(&self) -> &'static str {
        "standardize"
    }

    fn output_shape(&self) -> &[usize] {
        &self.output
    }

    fn forward(&mut self, x: &Tensor, y: &mut Tensor, _: &mut Pass) {
        self.apply(x, y);
    }

    fn backward(&mut self, x: &Tensor, _: &Tensor, dy: &Tensor, dx: Option<&mut Tensor>) {
        let Some(dx) = dx else { return };
        dx.resize(&x.shape);
        for (i, (d, g)) in dx.data.iter_mut().zip(&dy.data).enumerate() {
            *d = g / self.deviation.data[self.group[i % self.group.len()]];
        }
    }

    fn infer(&self, x: &Tensor, y: &mut Tensor, _: &mut Scratch) {
        self.apply(x, y);
    }

    fn buffers(&self) -> Vec<(&str, &Tensor)> {
        vec![
            (&self.names[0], &self.mean),
            (&self.names[1], &self.deviation),
        ]
    }

    fn buffers_mut(&mut self) -> Vec<(&str, &mut Tensor)> {
        vec![
            (&self.names[0], &mut self.mean),
            (&self.names[1], &mut self.deviation),
        ]
    }

    fn observe(&mut self, x: &Tensor) {
        self.observed.resize(self.mean.len(), [0.0; 3]);
        for item in x.data.chunks_exact(self.group.len().max(1)) {
            for (v, &g) in item.iter().zip(&self.group) {
                // Welford's running mean and spread.
                let [n, mean, spread] = &mut self.observed[g];
                let d = f64::from(*v) - *mean;
                *n += 1.0;
                *mean += d / *n;
                *spread += d * (f64::from(*v) - *mean);
            }
        }
    }

    fn settle(&mut self) {
        for (g, [n, mean, spread]) in self.observed.drain(..).enumerate() {
            let deviation = (spread / n.max(1.0)).sqrt();
            self.mean.data[g] = mean as f32;
            self.deviation.data[g] = if deviation > CONSTANT {
                deviation as f32
            } else {
                1.0
            };
        }
    }

    fn rows(&self) -> Vec<SummaryRow> {
        vec![SummaryRow::new(&self.name, self.kind(), &self.output)]
    }
}
