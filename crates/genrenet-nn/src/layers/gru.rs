//! Gated recurrent unit.

use super::recurrent::{BackStep, Cell, Recurrent, Step};
use crate::kernels::gates;

/// PyTorch's variant of Cho et al. (2014): gates r, z, n, the reset gate applied to the state's sum with its bias.
#[derive(Debug)]
pub(crate) struct GruCell;

/// GRU over a sequence `[T, C]`, as `torch.nn.GRU` with one layer.
pub(crate) type Gru = Recurrent<GruCell>;

impl Cell for GruCell {
    const KIND: &'static str = "gru";
    const GATES: usize = 3;
    const APART: bool = true;
    const CARRY: bool = false;
    const KEPT: bool = true;

    fn step(step: Step<'_>) {
        gates::gru(
            step.hidden,
            step.gates,
            step.apart,
            step.state.0,
            step.kept,
            step.state.1,
        );
    }

    fn back(step: BackStep<'_>) {
        gates::gru_back(
            step.hidden,
            step.gates,
            step.apart,
            step.state,
            step.kept,
            step.d_state,
        );
    }
}
