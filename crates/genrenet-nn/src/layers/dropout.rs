//! Values set to zero at random while training.

use rand::Rng;

use crate::{Layer, NnError, Pass, Scratch, SummaryRow, Tensor};

/// Sets each value (or each channel of an item) to zero with probability `rate` and scales what stays by 1 / (1 − rate)
/// (Srivastava et al. 2014; whole channels: Tompson et al. 2015). Outside training, values are unchanged.
#[derive(Debug)]
pub struct Dropout {
    name: String,
    rate: f32,
    channels: bool,
    output: Vec<usize>,
    /// Which values (or channels) the last pass kept; empty when it kept all.
    kept: Vec<bool>,
}

impl Dropout {
    /// A dropout over items of shape `input`.
    ///
    /// # Errors
    /// [`NnError::Spec`] when the rate is not in 0 ≤ rate < 1.
    pub fn new(name: &str, input: &[usize], rate: f32, channels: bool) -> Result<Self, NnError> {
        if !(0.0..1.0).contains(&rate) {
            return Err(NnError::spec(
                format!("{name} (dropout)"),
                "rate",
                rate,
                "at least 0 and below 1",
            ));
        }
        Ok(Self {
            name: name.to_owned(),
            rate,
            channels,
            output: input.to_vec(),
            kept: Vec::new(),
        })
    }

    fn mask(&self, from: &Tensor, to: &mut Tensor) {
        to.resize(&from.shape);
        if self.kept.is_empty() {
            to.data.copy_from_slice(&from.data);
            return;
        }
        let scale = 1.0 / (1.0 - self.rate);
        let write =
            |(t, f): (&mut f32, &f32), kept: &bool| *t = if *kept { f * scale } else { 0.0 };
        if !self.channels {
            to.data
                .iter_mut()
                .zip(&from.data)
                .zip(&self.kept)
                .for_each(|(pair, kept)| write(pair, kept));
            return;
        }
        let (item, channels) = (from.item_len(), self.output.last().copied().unwrap_or(1));
        for (i, kept) in self.kept.chunks_exact(channels).enumerate() {
            let pixels = to.data[i * item..][..item]
                .chunks_exact_mut(channels)
                .zip(from.data[i * item..][..item].chunks_exact(channels));
            for (t, f) in pixels {
                t.iter_mut()
                    .zip(f)
                    .zip(kept)
                    .for_each(|(pair, kept)| write(pair, kept));
            }
        }
    }
}

impl Layer for Dropout {
    fn kind(&self) -> &'static str {
        "dropout"
    }

    fn output_shape(&self) -> &[usize] {
        &self.output
    }

    fn forward(&mut self, x: &Tensor, y: &mut Tensor, pass: &mut Pass) {
        self.kept.clear();
        if pass.train && self.rate > 0.0 {
            let count = if self.channels {
                x.batch() * self.output.last().copied().unwrap_or(1)
            } else {
                x.len()
            };
            let below = (f64::from(self.rate) * 2f64.powi(32)) as u32;
            self.kept
                .extend((0..count).map(|_| pass.rng.random::<u32>() >= below));
        }
        self.mask(x, y);
    }

    fn backward(&mut self, _: &Tensor, _: &Tensor, dy: &Tensor, dx: Option<&mut Tensor>) {
        if let Some(dx) = dx {
            self.mask(dy, dx);
        }
    }

    fn infer(&self, x: &Tensor, y: &mut Tensor, _: &mut Scratch) {
        y.copy_from(x);
    }

    fn rows(&self) -> Vec<SummaryRow> {
        vec![SummaryRow::new(&self.name, self.kind(), &self.output)]
    }
}
