//! Resampling of a stream, and of single ranges of one.

use std::ops::Range;

use super::plan::{PairOfBlocks, Plan};
use crate::blocks::Blocks;

/// Resamples a stream piece by piece, in memory that does not depend on its length.
pub struct Resampler {
    blocks: Blocks,
    pair: PairOfBlocks,
    taken: u64,
    given: u64,
}

impl Resampler {
    /// A resampler from `from` to `to` Hz; a rate of 0 is taken as 1.
    pub fn new(from: u32, to: u32) -> Self {
        let plan = Plan::of(from.max(1), to.max(1));
        Self {
            blocks: Blocks::new(plan.pair_span(), 2 * plan.step_in, plan.edge_in),
            pair: PairOfBlocks::new(plan),
            taken: 0,
            given: 0,
        }
    }

    /// Number of samples that a stream of `len` samples becomes: `ceil(len · to / from)`.
    pub fn output_len(&self, len: u64) -> u64 {
        self.pair.plan().output_len(len)
    }

    /// Takes the next samples and appends to `out` what they complete.
    pub fn push(&mut self, samples: &[f32], out: &mut Vec<f32>) {
        let before = out.len();
        self.blocks.push(samples, |span| self.pair.run(span, out));
        self.taken += samples.len() as u64;
        self.given += (out.len() - before) as u64;
    }

    /// Ends the stream: appends the rest to `out`.
    ///
    /// What libsoxr leaves out by rounding the length, librosa fills with a zero; so does this.
    pub fn finish(mut self, out: &mut Vec<f32>) {
        let taken = self.taken;
        let rounded = self.pair.plan().rounded_len(taken);
        let len = self.output_len(taken);
        let zeros = vec![0.0; self.pair.plan().step_in];
        while self.given < rounded {
            self.push(&zeros, out);
        }
        // Blocks that reached past the end have made too much.
        if self.given > rounded {
            let surplus = usize::try_from(self.given - rounded).unwrap_or(usize::MAX);
            out.truncate(out.len().saturating_sub(surplus));
        }
        out.resize(out.len() + (len - rounded) as usize, 0.0);
    }
}

/// Resamples single ranges of a stream, from no more than the samples they depend on.
pub(crate) struct RangeResampler {
    pair: PairOfBlocks,
    span: Vec<f32>,
}

impl RangeResampler {
    pub(crate) fn new(from: u32, to: u32) -> Self {
        let pair = PairOfBlocks::new(Plan::of(from.max(1), to.max(1)));
        Self {
            span: vec![0.0; pair.plan().pair_span()],
            pair,
        }
    }

    /// Number of samples that a stream of `len` samples becomes.
    pub(crate) fn output_len(&self, len: u64) -> u64 {
        self.pair.plan().output_len(len)
    }

    /// The input samples on which the output samples `wanted` of a stream of `len` samples depend.
    pub(crate) fn needs(&self, wanted: &Range<u64>, len: u64) -> Range<u64> {
        let plan = self.pair.plan();
        let at =
            |output: u64| (u128::from(output) * u128::from(plan.down) / u128::from(plan.up)) as u64;
        let edge = plan.edge_in as u64;
        let end = (at(wanted.end) + 1 + edge).min(len);
        at(wanted.start).saturating_sub(edge).min(end)..end
    }

    /// Appends the output samples `wanted` to `out`; `samples` are the input from sample `first` on, zero outside.
    pub(crate) fn range(
        &mut self,
        samples: &[f32],
        first: u64,
        wanted: &Range<u64>,
        out: &mut Vec<f32>,
    ) {
        let plan = self.pair.plan();
        let unit = wanted.start / plan.up;
        let lead = (wanted.start - unit * plan.up) as usize;
        let mut output = unit * plan.up;
        let mut input = (unit * plan.down) as i64 - plan.edge_in as i64 - first as i64;
        let (step_in, step_out) = (2 * plan.step_in as i64, 2 * plan.step_out as u64);
        let before = out.len();
        while output < wanted.end {
            copy_from(samples, input, &mut self.span);
            self.pair.run(&self.span, out);
            output += step_out;
            input += step_in;
        }
        out.drain(before..(before + lead).min(out.len()));
        out.truncate(before + wanted.end.saturating_sub(wanted.start) as usize);
    }
}

/// Fills `to` with `samples` from index `at` on, and with zeros where there are none.
fn copy_from(samples: &[f32], at: i64, to: &mut [f32]) {
    let zeros = usize::try_from(-at).unwrap_or(0).min(to.len());
    to[..zeros].fill(0.0);
    let rest = samples
        .get(usize::try_from(at).unwrap_or(0)..)
        .unwrap_or(&[]);
    let to = &mut to[zeros..];
    let n = rest.len().min(to.len());
    to[..n].copy_from_slice(&rest[..n]);
    to[n..].fill(0.0);
}
