//! Plain recurrent layer.

use super::recurrent::{BackStep, Cell, Recurrent, Step};
use crate::kernels::gates;

/// Elman's cell (1990): `h = tanh(W·x + U·h₋ + b)`.
#[derive(Debug)]
pub(crate) struct RnnCell;

/// Plain recurrence over a sequence `[T, C]`, as `torch.nn.RNN` with one layer and tanh.
pub(crate) type Rnn = Recurrent<RnnCell>;

impl Cell for RnnCell {
    const KIND: &'static str = "rnn";
    const GATES: usize = 1;
    const APART: bool = false;
    const CARRY: bool = false;
    const KEPT: bool = false;

    fn step(step: Step<'_>) {
        gates::rnn(step.gates, step.state.1);
    }

    fn back(step: BackStep<'_>) {
        gates::rnn_back(step.gates, step.d_state);
        step.d_state.fill(0.0);
    }
}
