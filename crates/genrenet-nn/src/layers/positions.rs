//! Codes of the step's number, for layers that ignore order.

use crate::{Initialiser, Layer, NnError, Param, Pass, Scratch, SummaryRow, Tensor};

/// Adds a code of the step's number to each step of a sequence `[T, C]`.
///
/// Fixed: `sin(t / 10000^(2i/C))` at channel 2i and the cosine at 2i + 1 (Vaswani et al. 2017). Learned: one vector per
/// step, drawn uniformly with a standard deviation of 0.02.
#[derive(Debug)]
pub(crate) struct Positions {
    name: String,
    output: Vec<usize>,
    code: Code,
}

#[derive(Debug)]
enum Code {
    Fixed(Vec<f32>),
    Learned(Param),
}

impl Positions {
    /// Over items of shape `input` = `[T, C]`.
    ///
    /// # Errors
    /// [`NnError::Shape`] when an item is no sequence.
    pub fn new(
        name: &str,
        input: &[usize],
        learned: bool,
        first: &mut Initialiser,
    ) -> Result<Self, NnError> {
        let &[steps, channels] = input else {
            return Err(NnError::shape(
                format!("{name} (positions)"),
                "a sequence [steps, values]",
                format!("{input:?}"),
            ));
        };
        let code = if learned {
            // A uniform distribution over ±√3·0.02 has a standard deviation of 0.02.
            let value = first.uniform(input, 0.034_641)?;
            Code::Learned(Param::new(format!("{name}.code"), value, false))
        } else {
            Code::Fixed(step_sines(steps, channels))
        };
        Ok(Self {
            name: name.to_owned(),
            output: input.to_vec(),
            code,
        })
    }

    fn values(&self) -> &[f32] {
        match &self.code {
            Code::Fixed(values) => values,
            Code::Learned(param) => &param.value.data,
        }
    }

    fn apply(&self, x: &Tensor, y: &mut Tensor) {
        y.resize(&x.shape);
        let code = self.values();
        for (x, y) in x
            .data
            .chunks_exact(code.len().max(1))
            .zip(y.data.chunks_exact_mut(code.len().max(1)))
        {
            for ((y, x), c) in y.iter_mut().zip(x).zip(code) {
                *y = x + c;
            }
        }
    }
}

/// The fixed code of a sequence's steps, `[steps, channels]`: `sin(t / 10000^(2i/C))` at channel 2i and the cosine at 2i + 1
/// (Vaswani et al. 2017).
pub fn step_sines(steps: usize, channels: usize) -> Vec<f32> {
    let mut code = Vec::with_capacity(steps * channels);
    for t in 0..steps {
        for c in 0..channels {
            let angle = t as f64 / 10_000f64.powf((c - c % 2) as f64 / channels as f64);
            code.push(if c % 2 == 0 { angle.sin() } else { angle.cos() } as f32);
        }
    }
    code
}

impl Layer for Positions {
    fn kind(&self) -> &'static str {
        "positions"
    }

    fn output_shape(&self) -> &[usize] {
        &self.output
    }

    fn forward(&mut self, x: &Tensor, y: &mut Tensor, _: &mut Pass) {
        self.apply(x, y);
    }

    fn backward(&mut self, _: &Tensor, _: &Tensor, dy: &Tensor, dx: Option<&mut Tensor>) {
        if let Code::Learned(param) = &mut self.code {
            crate::kernels::rows::add_rows(&mut param.grad.data, &dy.data);
        }
        if let Some(dx) = dx {
            dx.copy_from(dy);
        }
    }

    fn infer(&self, x: &Tensor, y: &mut Tensor, _: &mut Scratch) {
        self.apply(x, y);
    }

    fn params(&self) -> Vec<&Param> {
        match &self.code {
            Code::Fixed(_) => Vec::new(),
            Code::Learned(param) => vec![param],
        }
    }

    fn params_mut(&mut self) -> Vec<&mut Param> {
        match &mut self.code {
            Code::Fixed(_) => Vec::new(),
            Code::Learned(param) => vec![param],
        }
    }

    fn rows(&self) -> Vec<SummaryRow> {
        let weights = self.params().iter().map(|p| p.value.len()).sum();
        vec![SummaryRow::new(&self.name, self.kind(), &self.output).cost(weights, 0)]
    }
}
