//! One chunk of rows through all time steps, forward and backward.

use super::direction::{Direction, Gradient};
use super::{BackStep, Cell, Step};
use crate::kernels::gemm::{Packed, View, gemm_packed};
use crate::kernels::rows::add_rows;

/// Rows × steps whose inputs are multiplied at once: their gates stay in the second cache level.
const BLOCK: usize = 256;

/// Where a direction reads and writes inside an item.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub steps: usize,
    pub inputs: usize,
    pub hidden: usize,
    /// Whether the last step is read first.
    pub reverse: bool,
    /// Whether every step is an output.
    pub sequences: bool,
    /// Values of an output step, both directions together.
    pub width: usize,
    /// First of them that is this direction's.
    pub offset: usize,
}

impl Place {
    /// Index in the item of the step that is read as number `s`.
    fn time(&self, s: usize) -> usize {
        if self.reverse { self.steps - 1 - s } else { s }
    }

    /// Where the output of step `s` of row `row` is, if it is an output.
    fn output(&self, row: usize, s: usize) -> Option<usize> {
        if self.sequences {
            Some((row * self.steps + self.time(s)) * self.width + self.offset)
        } else {
            (s + 1 == self.steps).then_some(row * self.width + self.offset)
        }
    }

    /// Where the input of step `s` of row `row` is.
    fn input(&self, row: usize, s: usize) -> usize {
        (row * self.steps + self.time(s)) * self.inputs
    }
}

/// What a chunk of rows saves, steps in the order in which they are read, rows inside a step.
#[derive(Debug, Default)]
pub(super) struct Chunk {
    rows: usize,
    /// `[T][rows][C]`; in the backward pass turned into the gradient of the input.
    x: Vec<f32>,
    /// `[T + 1][rows][H]`, the first all zero.
    state: Vec<f32>,
    /// `[T + 1][rows][H]`, the first all zero; empty without a cell state.
    carry: Vec<f32>,
    /// `[T][rows][G·H]`: sums, then activated, in the backward pass their gradients.
    gates: Vec<f32>,
    /// `[rows][G·H]` forward, `[block][rows][G·H]` back; empty where sums are not kept apart.
    apart: Vec<f32>,
    /// `[T][rows][H]`; empty where nothing is kept.
    kept: Vec<f32>,
    d_state: Vec<f32>,
    d_carry: Vec<f32>,
    packed: Packed,
    pub gradient: Gradient,
}

/// Makes a buffer `len` long without clearing what is there.
fn sized(buffer: &mut Vec<f32>, len: usize) {
    buffer.resize(len, 0.0);
}

/// Parts `from` and `to` of a buffer of parts of `size` values.
fn pair(buffer: &mut [f32], size: usize, from: usize, to: usize) -> (&[f32], &mut [f32]) {
    if size == 0 {
        return (&[], &mut []);
    }
    if from < to {
        let (a, b) = buffer.split_at_mut(to * size);
        (&a[from * size..][..size], &mut b[..size])
    } else {
        let (a, b) = buffer.split_at_mut(from * size);
        (&b[..size], &mut a[to * size..][..size])
    }
}

/// Part `index` of a buffer of parts of `size` values.
fn part(buffer: &mut [f32], size: usize, index: usize) -> &mut [f32] {
    &mut buffer[index * size..][..size]
}

impl Chunk {
    /// Reads the rows' items `x` and writes their outputs in `y`. Without `keep` only what the next step needs is held.
    pub fn forward<C: Cell>(
        &mut self,
        place: &Place,
        direction: &Direction,
        x: &[f32],
        y: &mut [f32],
        keep: bool,
    ) {
        let (steps, inputs, hidden) = (place.steps, place.inputs, place.hidden);
        let columns = C::GATES * hidden;
        let rows = x.len() / (steps * inputs);
        let block = (BLOCK / rows).clamp(1, steps);
        let laid = direction.laid(C::APART);
        self.rows = rows;
        let held = if keep { steps } else { block };
        let states = if keep { steps + 1 } else { 2 };
        let (size, carry, kept) = (
            rows * hidden,
            C::CARRY as usize * rows * hidden,
            C::KEPT as usize * rows * hidden,
        );
        let apart = C::APART as usize * rows * columns;
        sized(&mut self.x, held * rows * inputs);
        sized(&mut self.gates, held * rows * columns);
        sized(&mut self.apart, apart);
        sized(&mut self.state, states * size);
        sized(&mut self.carry, states * carry);
        sized(&mut self.kept, if keep { steps * kept } else { kept });
        self.state[..size].fill(0.0);
        self.carry[..carry].fill(0.0);
        for first in (0..steps).step_by(block) {
            let last = (first + block).min(steps);
            let base = if keep { first } else { 0 };
            self.read(place, x, first..last, base);
            let len = (last - first) * rows;
            let gates = &mut self.gates[base * rows * columns..][..len * columns];
            gates
                .chunks_exact_mut(columns)
                .for_each(|row| row.copy_from_slice(&laid.bias));
            let x = &self.x[base * rows * inputs..][..len * inputs];
            gemm_packed(len, View::rows(x, inputs), &laid.input, gates, columns);
            for s in first..last {
                let (before, after) = if keep {
                    (s, s + 1)
                } else {
                    (s % 2, (s + 1) % 2)
                };
                let gates = part(&mut self.gates, rows * columns, base + s - first);
                let state = pair(&mut self.state, size, before, after);
                let sums = if C::APART {
                    self.apart
                        .chunks_exact_mut(columns)
                        .for_each(|row| row.copy_from_slice(&laid.bias_apart));
                    &mut self.apart[..]
                } else {
                    &mut *gates
                };
                if s > 0 {
                    gemm_packed(
                        rows,
                        View::rows(state.0, hidden),
                        &laid.state,
                        sums,
                        columns,
                    );
                }
                C::step(Step {
                    hidden,
                    gates,
                    apart: &mut self.apart,
                    state,
                    carry: pair(&mut self.carry, carry, before, after),
                    kept: part(&mut self.kept, kept, if keep { s } else { 0 }),
                });
                let state = part(&mut self.state, size, after);
                for (row, values) in state.chunks_exact(hidden).enumerate() {
                    if let Some(at) = place.output(row, s) {
                        y[at..][..hidden].copy_from_slice(values);
                    }
                }
            }
        }
    }

    /// Copies the inputs of some steps, rows of a step next to each other.
    fn read(&mut self, place: &Place, x: &[f32], steps: std::ops::Range<usize>, base: usize) {
        let inputs = place.inputs;
        for (i, s) in steps.enumerate() {
            let to = part(&mut self.x, self.rows * inputs, base + i);
            for (row, values) in to.chunks_exact_mut(inputs).enumerate() {
                values.copy_from_slice(&x[place.input(row, s)..][..inputs]);
            }
        }
    }

    /// Goes back from the gradient `dy` of the rows' outputs: fills [`Self::gradient`] and adds to `dx` where wanted.
    pub fn backward<C: Cell>(
        &mut self,
        place: &Place,
        direction: &Direction,
        dy: &[f32],
        dx: Option<&mut [f32]>,
    ) {
        let (steps, inputs, hidden, rows) = (place.steps, place.inputs, place.hidden, self.rows);
        let columns = C::GATES * hidden;
        let block = (BLOCK / rows).clamp(1, steps);
        let (size, carry, kept) = (
            rows * hidden,
            C::CARRY as usize * rows * hidden,
            C::KEPT as usize * rows * hidden,
        );
        let apart = C::APART as usize * rows * columns;
        self.gradient.clear(inputs, hidden, columns, C::APART);
        sized(&mut self.apart, block * apart);
        sized(&mut self.d_state, size);
        sized(&mut self.d_carry, carry);
        self.d_state.fill(0.0);
        self.d_carry.fill(0.0);
        let mut last = steps;
        while last > 0 {
            let first = (last - 1) / block * block;
            for s in (first..last).rev() {
                for (row, d) in self.d_state.chunks_exact_mut(hidden).enumerate() {
                    if let Some(at) = place.output(row, s) {
                        d.iter_mut()
                            .zip(&dy[at..][..hidden])
                            .for_each(|(d, dy)| *d += dy);
                    }
                }
                let gates = part(&mut self.gates, rows * columns, s);
                let sums = part(&mut self.apart, apart, s - first);
                C::back(BackStep {
                    hidden,
                    gates,
                    apart: sums,
                    state: &self.state[s * size..][..size],
                    carry: &self.carry[s * carry..][..carry],
                    kept: &self.kept[s * kept..][..kept],
                    d_state: &mut self.d_state,
                    d_carry: &mut self.d_carry,
                });
                if s > 0 {
                    let sums = if C::APART { &*sums } else { &*gates };
                    gemm_packed(
                        rows,
                        View::rows(sums, columns),
                        &direction.turned.state,
                        &mut self.d_state,
                        hidden,
                    );
                }
            }
            self.gather::<C>(place, first, last);
            last = first;
        }
        if let Some(dx) = dx {
            self.x.fill(0.0);
            gemm_packed(
                steps * rows,
                View::rows(&self.gates, columns),
                &direction.turned.input,
                &mut self.x,
                inputs,
            );
            for s in 0..steps {
                let from = &self.x[s * rows * inputs..][..rows * inputs];
                for (row, values) in from.chunks_exact(inputs).enumerate() {
                    let to = &mut dx[place.input(row, s)..][..inputs];
                    to.iter_mut().zip(values).for_each(|(d, v)| *d += v);
                }
            }
        }
    }

    /// Adds the steps `first..last`, whose gates hold gradients, to the gradient of the weights.
    fn gather<C: Cell>(&mut self, place: &Place, first: usize, last: usize) {
        let (inputs, hidden, rows) = (place.inputs, place.hidden, self.rows);
        let columns = C::GATES * hidden;
        let len = (last - first) * rows;
        let gates = &self.gates[first * rows * columns..][..len * columns];
        let gradient = &mut self.gradient;
        add_rows(&mut gradient.bias, gates);
        self.packed.pack(len, columns, View::rows(gates, columns));
        let x = &self.x[first * rows * inputs..][..len * inputs];
        gemm_packed(
            inputs,
            View::transposed(x, inputs),
            &self.packed,
            &mut gradient.input,
            columns,
        );
        if C::APART {
            let apart = &self.apart[..len * columns];
            add_rows(&mut gradient.bias_apart, apart);
            self.packed.pack(len, columns, View::rows(apart, columns));
        }
        let state = &self.state[first * rows * hidden..][..len * hidden];
        gemm_packed(
            hidden,
            View::transposed(state, hidden),
            &self.packed,
            &mut gradient.state,
            columns,
        );
    }
}
