//! x · W + b over the last axis.

use crate::kernels::gemm::{K_BLOCK, View, gemm, gemm_nt, gemm_tn, gemm_view};
use crate::{Initialiser, Layer, NnError, Param, Pass, Scratch, SummaryRow, Tensor};

/// A linear map of the last axis, y = x · W + b, with W of shape `[inputs, units]`.
///
/// Initialised as in PyTorch: both uniform in ±1/√inputs. (`torch.nn.Linear.weight` is the transpose of W.)
#[derive(Debug)]
pub struct Dense {
    name: String,
    flatten: Option<String>,
    output: Vec<usize>,
    weight: Param,
    bias: Option<Param>,
}

impl Dense {
    /// A dense layer over all values of an item at once, as if it were flattened first.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn flattened(
        name: &str,
        input: &[usize],
        units: usize,
        bias: bool,
        first: &mut Initialiser,
    ) -> Result<Self, NnError> {
        Self::new(name, &[input.iter().product()], units, bias, first)
    }

    /// Notes that a flatten precedes it, which gets a line of its own in the summary.
    pub fn set_flatten(&mut self, name: &str) {
        self.flatten = Some(name.to_owned());
    }

    /// A dense layer over items of shape `input`.
    ///
    /// # Errors
    /// [`NnError::Spec`] when `units` is 0, [`NnError::Shape`] when an item has no axis or no value.
    pub fn new(
        name: &str,
        input: &[usize],
        units: usize,
        bias: bool,
        first: &mut Initialiser,
    ) -> Result<Self, NnError> {
        let label = format!("{name} (dense)");
        if units == 0 {
            return Err(NnError::spec(label, "units", 0, "at least 1"));
        }
        let Some((&inputs, rest)) = input.split_last().filter(|(n, _)| **n > 0) else {
            return Err(NnError::shape(
                label,
                "a vector of at least one value",
                format!("{input:?}"),
            ));
        };
        let mut output = rest.to_vec();
        output.push(units);
        let weight = Param::new(
            format!("{name}.weight"),
            first.fan_in(&[inputs, units], inputs)?,
            true,
        );
        let bias = match bias {
            true => Some(Param::new(
                format!("{name}.bias"),
                first.fan_in(&[units], inputs)?,
                false,
            )),
            false => None,
        };
        Ok(Self {
            name: name.to_owned(),
            flatten: None,
            output,
            weight,
            bias,
        })
    }

    fn inputs(&self) -> usize {
        self.weight.value.shape[0]
    }

    fn units(&self) -> usize {
        self.weight.value.shape[1]
    }

    /// Sets the shape of `y` and fills it with the bias.
    fn begin(&self, x: &Tensor, y: &mut Tensor) {
        y.resize_batch(x.batch(), &self.output);
        match &self.bias {
            Some(b) => y
                .data
                .chunks_exact_mut(self.units())
                .for_each(|row| row.copy_from_slice(&b.value.data)),
            None => y.fill(0.0),
        }
    }

    /// Adds x · W, block by block of W, widening one block at a time; sums are in the order of [`gemm`].
    fn add_widened(&self, x: &Tensor, y: &mut Tensor, scratch: &mut Scratch) {
        let (inputs, units) = (self.inputs(), self.units());
        let rows = x.len() / inputs;
        let mut block = scratch.take(K_BLOCK.min(inputs) * units);
        for first in (0..if rows > 0 { inputs } else { 0 }).step_by(K_BLOCK) {
            let len = K_BLOCK.min(inputs - first);
            let weights = &mut block[..len * units];
            self.weight.value.read(first * units, weights);
            let from = View {
                data: &x.data[first..],
                row: inputs,
                col: 1,
            };
            let weights = View::rows(weights, units);
            gemm_view(rows, units, len, from, weights, &mut y.data, units);
        }
        scratch.give(block);
    }

    fn apply(&self, x: &Tensor, y: &mut Tensor) {
        self.begin(x, y);
        let (inputs, units) = (self.inputs(), self.units());
        gemm(
            x.len() / inputs,
            units,
            inputs,
            &x.data,
            &self.weight.value.data,
            &mut y.data,
        );
    }
}

impl Layer for Dense {
    fn kind(&self) -> &'static str {
        "dense"
    }

    fn output_shape(&self) -> &[usize] {
        &self.output
    }

    fn forward(&mut self, x: &Tensor, y: &mut Tensor, _: &mut Pass) {
        self.apply(x, y);
    }

    fn backward(&mut self, x: &Tensor, _: &Tensor, dy: &Tensor, dx: Option<&mut Tensor>) {
        let (inputs, units) = (self.inputs(), self.units());
        let rows = x.len() / inputs;
        gemm_tn(
            inputs,
            units,
            rows,
            &x.data,
            &dy.data,
            &mut self.weight.grad.data,
        );
        if let Some(b) = &mut self.bias {
            for row in dy.data.chunks_exact(units) {
                b.grad.data.iter_mut().zip(row).for_each(|(g, d)| *g += d);
            }
        }
        if let Some(dx) = dx {
            dx.resize(&x.shape);
            dx.fill(0.0);
            gemm_nt(
                rows,
                inputs,
                units,
                &dy.data,
                &self.weight.value.data,
                &mut dx.data,
            );
        }
    }

    fn infer(&self, x: &Tensor, y: &mut Tensor, scratch: &mut Scratch) {
        if self.weight.value.is_wide() {
            return self.apply(x, y);
        }
        self.begin(x, y);
        self.add_widened(x, y, scratch);
    }

    fn params(&self) -> Vec<&Param> {
        std::iter::once(&self.weight).chain(&self.bias).collect()
    }

    fn params_mut(&mut self) -> Vec<&mut Param> {
        std::iter::once(&mut self.weight)
            .chain(&mut self.bias)
            .collect()
    }

    fn multiply_adds(&self) -> u64 {
        self.output.iter().product::<usize>() as u64 * self.inputs() as u64
    }

    fn rows(&self) -> Vec<SummaryRow> {
        let weights = self.params().iter().map(|p| p.value.len()).sum();
        let flatten = self
            .flatten
            .iter()
            .map(|name| SummaryRow::new(name, "flatten", &[self.inputs()]));
        let row = SummaryRow::new(&self.name, self.kind(), &self.output);
        flatten
            .chain([row.cost(weights, self.multiply_adds())])
            .collect()
    }
}
