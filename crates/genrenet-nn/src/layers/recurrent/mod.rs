//! What LSTM, GRU and the plain recurrent layer have in common: steps over time, both directions, parallel chunks of rows.
//!
//! The inputs of a block of steps are multiplied at once, the state step by step. Rows of the batch are cut into chunks of
//! [`ROWS`]; each chunk goes through all its steps alone, so that threads do not wait for each other inside a sequence.
//! Each chunk sums its own gradient of the weights, and those are added in order: thread count changes no bit.

mod direction;
mod walk;

use std::fmt::Debug;
use std::marker::PhantomData;

use super::share::{chunk as chunk_of, each_chunk, each_part};
use crate::{Initialiser, Layer, NnError, Param, Pass, RecurrentSpec, Scratch, SummaryRow, Tensor};
use direction::Direction;
use walk::{Chunk, Place};

/// Rows of the batch that are processed together.
const ROWS: usize = 16;

/// Multiply-adds below which a pass is not worth a second thread.
const SHARED_WORK: u64 = 1 << 20;

/// One step of a recurrent cell over the rows of a chunk; every slice but the gates holds `rows × hidden` values.
pub(crate) struct Step<'a> {
    /// Width of the state.
    pub hidden: usize,
    /// Sums of the gates, `rows × gates · hidden`; left activated.
    pub gates: &'a mut [f32],
    /// Sums that come from the state alone, where the cell keeps them apart (else empty).
    pub apart: &'a mut [f32],
    /// State before and after.
    pub state: (&'a [f32], &'a mut [f32]),
    /// Cell state before and after, where there is one (else empty).
    pub carry: (&'a [f32], &'a mut [f32]),
    /// What else the backward pass needs, if anything (else empty).
    pub kept: &'a mut [f32],
}

/// The backward pass through one step; the slices are those of [`Step`], with the gates activated.
pub(crate) struct BackStep<'a> {
    /// Width of the state.
    pub hidden: usize,
    /// Activated gates; left as the gradients of their sums.
    pub gates: &'a mut [f32],
    /// Takes the gradients of the sums that come from the state alone, where the cell keeps them apart.
    pub apart: &'a mut [f32],
    /// State before the step.
    pub state: &'a [f32],
    /// Cell state before the step.
    pub carry: &'a [f32],
    /// What the forward step kept.
    pub kept: &'a [f32],
    /// Gradient of the state after the step; left as its direct share in the gradient of the state before.
    pub d_state: &'a mut [f32],
    /// Gradient of the cell state, after the step and then before it.
    pub d_carry: &'a mut [f32],
}

/// A kind of recurrent cell.
pub(crate) trait Cell: Debug + Send + Sync + 'static {
    /// Its name in a recipe.
    const KIND: &'static str;
    /// Gates per unit.
    const GATES: usize;
    /// Whether the state's part of the sums is kept apart from the input's.
    const APART: bool;
    /// Whether there is a cell state besides the state.
    const CARRY: bool;
    /// Whether a value per unit and step is kept for the backward pass.
    const KEPT: bool;
    /// One step forward.
    fn step(step: Step<'_>);
    /// One step back.
    fn back(step: BackStep<'_>);
}

/// A recurrent layer over sequences `[N, T, C]`.
///
/// Weights per direction: `weight_input` `[C, G·units]` and `weight_state` `[units, G·units]` (the transposes of PyTorch's
/// `weight_ih` and `weight_hh`), gates next to each other in PyTorch's order; biases `bias_input` and `bias_state`, or `bias`
/// where there is one. First values are even in ±1/√units, as PyTorch draws them.
#[derive(Debug)]
pub(crate) struct Recurrent<C: Cell> {
    name: String,
    spec: RecurrentSpec,
    steps: usize,
    inputs: usize,
    output: Vec<usize>,
    directions: Vec<Direction>,
    chunks: Vec<Vec<Chunk>>,
    cell: PhantomData<C>,
}

impl<C: Cell> Recurrent<C> {
    /// A layer over items of shape `input` = `[T, C]`.
    ///
    /// # Errors
    /// [`NnError::Shape`] when an item is no sequence of at least one step and value, [`NnError::Spec`] for impossible settings.
    pub fn new(
        name: &str,
        input: &[usize],
        spec: RecurrentSpec,
        first: &mut Initialiser,
    ) -> Result<Self, NnError> {
        let label = format!("{name} ({})", C::KIND);
        let &[steps, inputs] = input else {
            return Err(NnError::shape(
                label,
                "a sequence [steps, values]",
                format!("{input:?}"),
            ));
        };
        if steps == 0 || inputs == 0 {
            return Err(NnError::shape(
                label,
                "at least one step of one value",
                format!("{input:?}"),
            ));
        }
        if spec.units == 0 {
            return Err(NnError::spec(label, "units", 0, "at least 1"));
        }
        if spec.biases > 2 {
            return Err(NnError::spec(label, "biases", spec.biases, "0, 1 or 2"));
        }
        let mut directions = vec![Direction::new(name, inputs, C::GATES, spec, first)?];
        if spec.bidirectional {
            directions.push(Direction::new(
                &format!("{name}.reverse"),
                inputs,
                C::GATES,
                spec,
                first,
            )?);
        }
        let width = spec.units * directions.len();
        let output = if spec.sequences {
            vec![steps, width]
        } else {
            vec![width]
        };
        let (name, chunks) = (name.to_owned(), Vec::new());
        Ok(Self {
            name,
            spec,
            steps,
            inputs,
            output,
            directions,
            chunks,
            cell: PhantomData,
        })
    }

    /// Where direction `index` reads and writes inside an item.
    fn place(&self, index: usize) -> Place {
        Place {
            steps: self.steps,
            inputs: self.inputs,
            hidden: self.spec.units,
            reverse: index == 1,
            sequences: self.spec.sequences,
            width: self.spec.units * self.directions.len(),
            offset: self.spec.units * index,
        }
    }

    fn shared(&self, rows: usize) -> bool {
        rows > ROWS && rows as u64 * self.multiply_adds() >= SHARED_WORK
    }

    fn items(&self) -> (usize, usize) {
        (self.steps * self.inputs, self.output.iter().product())
    }
}

impl<C: Cell> Layer for Recurrent<C> {
    fn kind(&self) -> &'static str {
        C::KIND
    }

    fn output_shape(&self) -> &[usize] {
        &self.output
    }

    fn forward(&mut self, x: &Tensor, y: &mut Tensor, _: &mut Pass) {
        let batch = x.batch();
        y.resize_batch(batch, &self.output);
        let count = batch.div_ceil(ROWS);
        let mut chunks = std::mem::take(&mut self.chunks);
        chunks.resize_with(count, || {
            self.directions.iter().map(|_| Chunk::default()).collect()
        });
        let (x_len, y_len) = self.items();
        let this = &*self;
        each_chunk(
            self.shared(batch),
            &mut chunks,
            &mut y.data,
            ROWS * y_len,
            |index, chunk, y| {
                let x = chunk_of(&x.data, index, ROWS * x_len);
                for (i, (chunk, direction)) in chunk.iter_mut().zip(&this.directions).enumerate() {
                    chunk.forward::<C>(&this.place(i), direction, x, y, true);
                }
            },
        );
        self.chunks = chunks;
    }

    fn backward(&mut self, x: &Tensor, _: &Tensor, dy: &Tensor, dx: Option<&mut Tensor>) {
        let batch = x.batch();
        let (x_len, y_len) = self.items();
        let wanted = dx.is_some();
        let mut nothing = Tensor::default();
        let dx = dx.unwrap_or(&mut nothing);
        if wanted {
            dx.resize(&x.shape);
            dx.fill(0.0);
        }
        self.directions
            .iter_mut()
            .for_each(|d| d.prepare_back(wanted));
        let mut chunks = std::mem::take(&mut self.chunks);
        let this = &*self;
        each_chunk(
            self.shared(batch),
            &mut chunks,
            &mut dx.data,
            ROWS * x_len,
            |index, chunk, dx| {
                let dy = chunk_of(&dy.data, index, ROWS * y_len);
                for (i, (chunk, direction)) in chunk.iter_mut().zip(&this.directions).enumerate() {
                    chunk.backward::<C>(&this.place(i), direction, dy, wanted.then_some(&mut *dx));
                }
            },
        );
        for chunk in &chunks {
            for (direction, chunk) in self.directions.iter_mut().zip(chunk) {
                direction.add(&chunk.gradient);
            }
        }
        self.chunks = chunks;
    }

    fn infer(&self, x: &Tensor, y: &mut Tensor, _: &mut Scratch) {
        let batch = x.batch();
        y.resize_batch(batch, &self.output);
        let (x_len, y_len) = self.items();
        let shared = self.shared(batch);
        each_part(
            shared,
            &mut y.data,
            ROWS * y_len,
            |index, chunk: &mut Chunk, y| {
                let x = chunk_of(&x.data, index, ROWS * x_len);
                for (i, direction) in self.directions.iter().enumerate() {
                    chunk.forward::<C>(&self.place(i), direction, x, y, false);
                }
            },
        );
    }

    fn params(&self) -> Vec<&Param> {
        self.directions.iter().flat_map(Direction::params).collect()
    }

    fn params_mut(&mut self) -> Vec<&mut Param> {
        self.directions
            .iter_mut()
            .flat_map(Direction::params_mut)
            .collect()
    }

    fn multiply_adds(&self) -> u64 {
        let per_step = (self.inputs + self.spec.units) * C::GATES * self.spec.units;
        (self.steps * per_step * self.directions.len()) as u64
    }

    fn rows(&self) -> Vec<SummaryRow> {
        let weights = self.params().iter().map(|p| p.value.len()).sum();
        vec![SummaryRow::new(&self.name, C::KIND, &self.output).cost(weights, self.multiply_adds())]
    }
}
