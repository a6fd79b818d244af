//! Axes in another order; an image as a sequence of its columns.

use rayon::prelude::*;

use crate::{Layer, NnError, Pass, Scratch, SummaryRow, Tensor};

/// A permutation of an item's axes, perhaps under another shape.
#[derive(Debug)]
pub struct Permute {
    name: String,
    kind: &'static str,
    output: Vec<usize>,
    /// For each value of an output item, in order: how far to step in the input when an axis advances.
    lengths: Vec<usize>,
    steps: Vec<usize>,
}

impl Permute {
    /// Axis i of the output is axis `axes[i]` of the input.
    ///
    /// # Errors
    /// [`NnError::Spec`] when `axes` does not name each axis of the input once.
    pub fn new(name: &str, input: &[usize], axes: &[usize]) -> Result<Self, NnError> {
        let mut sorted = axes.to_vec();
        sorted.sort_unstable();
        if !sorted.iter().copied().eq(0..input.len()) {
            let reason = format!("each axis of {input:?} once, counted from 0");
            return Err(NnError::spec(
                format!("{name} (permute)"),
                "axes",
                format!("{axes:?}"),
                reason,
            ));
        }
        let step = |axis: usize| input[axis + 1..].iter().product::<usize>();
        let lengths: Vec<usize> = axes.iter().map(|&a| input[a]).collect();
        let steps = axes.iter().map(|&a| step(a)).collect();
        Ok(Self {
            name: name.to_owned(),
            kind: "permute",
            output: lengths.clone(),
            lengths,
            steps,
        })
    }

    /// An image `[H, W, C]` as the sequence `[W, H·C]`.
    ///
    /// # Errors
    /// [`NnError::Shape`] when the input is no image.
    pub fn sequence(name: &str, input: &[usize]) -> Result<Self, NnError> {
        let &[h, w, c] = input else {
            return Err(NnError::shape(
                format!("{name} (sequence)"),
                "an image [height, width, channels]",
                format!("{input:?}"),
            ));
        };
        Ok(Self {
            kind: "sequence",
            output: vec![w, h * c],
            ..Self::new(name, input, &[1, 0, 2])?
        })
    }

    /// Calls `each(position in the output item, position in the input item, run)` for runs of neighbouring values.
    fn runs(&self, mut each: impl FnMut(usize, usize, usize)) {
        let Some((&last, outer)) = self.lengths.split_last() else {
            return each(0, 0, 1);
        };
        let contiguous = self.steps[outer.len()] == 1;
        let mut index = vec![0; outer.len()];
        let count = outer.iter().product::<usize>();
        for row in 0..count {
            let from: usize = index.iter().zip(&self.steps).map(|(i, s)| i * s).sum();
            if contiguous {
                each(row * last, from, last);
            } else {
                let step = self.steps[outer.len()];
                (0..last).for_each(|i| each(row * last + i, from + i * step, 1));
            }
            for axis in (0..outer.len()).rev() {
                index[axis] += 1;
                if index[axis] < outer[axis] {
                    break;
                }
                index[axis] = 0;
            }
        }
    }

    fn apply(&self, x: &Tensor, y: &mut Tensor) {
        y.resize_batch(x.batch(), &self.output);
        let item = x.item_len().max(1);
        y.data
            .par_chunks_mut(item)
            .zip(x.data.par_chunks(item))
            .for_each(|(y, x)| {
                self.runs(|to, from, n| y[to..to + n].copy_from_slice(&x[from..from + n]));
            });
    }
}

impl Layer for Permute {
    fn kind(&self) -> &'static str {
        self.kind
    }

    fn output_shape(&self) -> &[usize] {
        &self.output
    }

    fn forward(&mut self, x: &Tensor, y: &mut Tensor, _: &mut Pass) {
        self.apply(x, y);
    }

    fn backward(&mut self, x: &Tensor, _: &Tensor, dy: &Tensor, dx: Option<&mut Tensor>) {
        let Some(dx) = dx else { return };
        dx.resize(&x.shape);
        let item = x.item_len().max(1);
        dx.data
            .par_chunks_mut(item)
            .zip(dy.data.par_chunks(item))
            .for_each(|(dx, dy)| {
                self.runs(|to, from, n| dx[from..from + n].copy_from_slice(&dy[to..to + n]));
            });
    }

    fn infer(&self, x: &Tensor, y: &mut Tensor, _: &mut Scratch) {
        self.apply(x, y);
    }

    fn rows(&self) -> Vec<SummaryRow> {
        vec![SummaryRow::new(&self.name, self.kind, &self.output)]
    }
}
