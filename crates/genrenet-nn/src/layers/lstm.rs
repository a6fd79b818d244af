//! Long short-term memory.

use super::recurrent::{BackStep, Cell, Recurrent, Step};
use crate::kernels::gates;

/// The cell of Hochreiter & Schmidhuber (1997) with forget gate, gates in PyTorch's order i, f, g, o.
#[derive(Debug)]
pub(crate) struct LstmCell;

/// LSTM over a sequence `[T, C]`, as `torch.nn.LSTM` with one layer.
pub(crate) type Lstm = Recurrent<LstmCell>;

impl Cell for LstmCell {
    const KIND: &'static str = "lstm";
    const GATES: usize = 4;
    const APART: bool = false;
    const CARRY: bool = true;
    const KEPT: bool = true;

    fn step(step: Step<'_>) {
        gates::lstm(
            step.hidden,
            step.gates,
            step.carry.0,
            step.carry.1,
            step.kept,
            step.state.1,
        );
    }

    fn back(step: BackStep<'_>) {
        gates::lstm_back(
            step.hidden,
            step.gates,
            step.carry,
            step.kept,
            step.d_state,
            step.d_carry,
        );
        step.d_state.fill(0.0);
    }
}
