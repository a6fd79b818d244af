//! The weights of one direction of a recurrent layer, and their layouts for the kernels.

use std::sync::OnceLock;

use crate::RecurrentSpec;
use crate::kernels::gemm::{Packed, View};
use crate::{Initialiser, NnError, Param};

/// What the forward pass reads: both matrices laid out, biases at the place where they are added.
#[derive(Debug, Default)]
pub(super) struct Laid {
    pub input: Packed,
    pub state: Packed,
    /// Added to the sums of the input; both biases where the cell does not keep the state's sums apart.
    pub bias: Vec<f32>,
    /// Added to the sums of the state, where they are kept apart.
    pub bias_apart: Vec<f32>,
}

/// What the backward pass reads: the transposes.
#[derive(Debug, Default)]
pub(super) struct Turned {
    pub input: Packed,
    pub state: Packed,
}

/// A chunk's own gradient of the weights.
#[derive(Debug, Default)]
pub(super) struct Gradient {
    pub input: Vec<f32>,
    pub state: Vec<f32>,
    pub bias: Vec<f32>,
    pub bias_apart: Vec<f32>,
}

impl Gradient {
    /// Zeros for `inputs` values, `hidden` units and `columns` sums per step.
    pub fn clear(&mut self, inputs: usize, hidden: usize, columns: usize, apart: bool) {
        let zero = |values: &mut Vec<f32>, len: usize| {
            values.clear();
            values.resize(len, 0.0);
        };
        zero(&mut self.input, inputs * columns);
        zero(&mut self.state, hidden * columns);
        zero(&mut self.bias, columns);
        zero(&mut self.bias_apart, if apart { columns } else { 0 });
    }
}

/// The trainable arrays of one direction.
#[derive(Debug)]
pub(super) struct Direction {
    input: Param,
    state: Param,
    biases: Vec<Param>,
    laid: OnceLock<Laid>,
    pub turned: Turned,
}

impl Direction {
    /// Weights and biases uniform in ±1/√units.
    pub fn new(
        name: &str,
        inputs: usize,
        gates: usize,
        spec: RecurrentSpec,
        first: &mut Initialiser,
    ) -> Result<Self, NnError> {
        let (hidden, columns) = (spec.units, gates * spec.units);
        let bound = 1.0 / (hidden as f32).sqrt();
        let mut param = |key: &str, shape: &[usize], decay: bool| {
            let value = first.uniform(shape, bound)?;
            Ok::<_, NnError>(Param::new(format!("{name}.{key}"), value, decay))
        };
        let input = param("weight_input", &[inputs, columns], true)?;
        let state = param("weight_state", &[hidden, columns], true)?;
        let names: &[&str] = match spec.biases {
            0 => &[],
            1 => &["bias"],
            _ => &["bias_input", "bias_state"],
        };
        let biases = names
            .iter()
            .map(|key| param(key, &[columns], false))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            input,
            state,
            biases,
            laid: OnceLock::new(),
            turned: Turned::default(),
        })
    }

    /// The layouts for the forward pass, rebuilt after the weights may have changed.
    pub fn laid(&self, apart: bool) -> &Laid {
        self.laid.get_or_init(|| {
            let columns = self.columns();
            let mut laid = Laid {
                bias: vec![0.0; columns],
                ..Laid::default()
            };
            laid.input.pack(
                self.input.value.shape[0],
                columns,
                View::rows(&self.input.value.data, columns),
            );
            laid.state.pack(
                self.state.value.shape[0],
                columns,
                View::rows(&self.state.value.data, columns),
            );
            if apart {
                laid.bias_apart.resize(columns, 0.0);
            }
            for (i, bias) in self.biases.iter().enumerate() {
                let sums = if apart && i == 1 {
                    &mut laid.bias_apart
                } else {
                    &mut laid.bias
                };
                sums.iter_mut()
                    .zip(&bias.value.data)
                    .for_each(|(sum, b)| *sum += b);
            }
            laid
        })
    }

    /// Lays out the transposes; that of the input only where its gradient is wanted.
    pub fn prepare_back(&mut self, input: bool) {
        let columns = self.columns();
        let state = &self.state.value;
        self.turned.state.pack(
            columns,
            state.shape[0],
            View::transposed(&state.data, columns),
        );
        if input {
            let input = &self.input.value;
            self.turned.input.pack(
                columns,
                input.shape[0],
                View::transposed(&input.data, columns),
            );
        }
    }

    /// Adds a chunk's gradient.
    pub fn add(&mut self, gradient: &Gradient) {
        let add = |param: &mut Param, values: &[f32]| {
            param
                .grad
                .data
                .iter_mut()
                .zip(values)
                .for_each(|(g, v)| *g += v);
        };
        add(&mut self.input, &gradient.input);
        add(&mut self.state, &gradient.state);
        for (i, bias) in self.biases.iter_mut().enumerate() {
            // Where the sums are not kept apart both biases have the same gradient.
            let apart = i == 1 && !gradient.bias_apart.is_empty();
            add(
                bias,
                if apart {
                    &gradient.bias_apart
                } else {
                    &gradient.bias
                },
            );
        }
    }

    fn columns(&self) -> usize {
        self.input.value.shape[1]
    }

    /// In the order in which a weights file has them.
    pub fn params(&self) -> impl Iterator<Item = &Param> {
        [&self.input, &self.state].into_iter().chain(&self.biases)
    }

    /// As [`Self::params`]; the layouts are rebuilt afterwards.
    pub fn params_mut(&mut self) -> impl Iterator<Item = &mut Param> {
        self.laid = OnceLock::new();
        [&mut self.input, &mut self.state]
            .into_iter()
            .chain(&mut self.biases)
    }
}
