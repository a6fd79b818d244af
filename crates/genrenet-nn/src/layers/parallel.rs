//! Several chains over the same input, their outputs joined along the channels.

use crate::threads::each_part;
use crate::{
    Initialiser, Layer, LayerSpec, NnError, Param, Pass, Scratch, Sequential, SummaryRow, Tensor,
};

/// The outputs of several paths over one input, joined along their last axis in the order of the paths.
#[derive(Debug)]
pub struct Parallel {
    name: String,
    paths: Vec<Sequential>,
    output: Vec<usize>,
    /// Each path's output of the last forward pass.
    outputs: Vec<Tensor>,
    /// The gradient of one path's output and of its input.
    grads: [Tensor; 2],
}

impl Parallel {
    /// Paths over items of shape `input`, an empty one passes them on; parameters of layer j of path i are named
    /// `{name}.paths.{i}.{j}.…`.
    ///
    /// # Errors
    /// Those of the paths' layers; [`NnError::Shape`] where the outputs differ in more than their last axis,
    /// [`NnError::Spec`] where there is no path.
    pub fn new(
        name: &str,
        input: &[usize],
        paths: &[Vec<LayerSpec>],
        first: &mut Initialiser,
    ) -> Result<Self, NnError> {
        let label = || format!("{name} (parallel)");
        let paths = paths
            .iter()
            .enumerate()
            .map(|(i, layers)| Sequential::new(layers, &format!("{name}.paths.{i}"), input, first))
            .collect::<Result<Vec<_>, _>>()?;
        let Some((channels, before)) = paths.first().and_then(|p| p.output_shape().split_last())
        else {
            return Err(NnError::spec(label(), "paths", "[]", "at least one path"));
        };
        let (mut channels, before) = (*channels, before.to_vec());
        for (i, path) in paths.iter().enumerate().skip(1) {
            match path.output_shape().split_last() {
                Some((own, shape)) if shape == before => channels += own,
                _ => {
                    let expected = format!(
                        "paths whose outputs differ in the last axis only, as path 0 with {:?}",
                        paths[0].output_shape()
                    );
                    let found = format!("path {i} with {:?}", path.output_shape());
                    return Err(NnError::shape(label(), expected, found));
                }
            }
        }
        Ok(Self {
            name: name.to_owned(),
            output: [before, vec![channels]].concat(),
            outputs: paths.iter().map(|_| Tensor::default()).collect(),
            paths,
            grads: Default::default(),
        })
    }

    /// Channels of all paths together.
    fn channels(&self) -> usize {
        self.output.last().copied().unwrap_or(0)
    }
}

fn channels_of(path: &Sequential) -> usize {
    path.output_shape().last().copied().unwrap_or(0)
}

/// Copies `part`, `own` values at each position, to the channels of `joined` that start at `from` of `all`.
fn join(part: &[f32], own: usize, joined: &mut [f32], all: usize, from: usize) {
    if own == 0 {
        return;
    }
    let (whole, piece) = (all * POSITIONS, own * POSITIONS);
    each_part((joined, whole), (part, piece), |joined, part| {
        for (joined, part) in joined.chunks_exact_mut(all).zip(part.chunks_exact(own)) {
            joined[from..from + own].copy_from_slice(part);
        }
    });
}

/// Positions of one piece of work.
const POSITIONS: usize = 256;

impl Layer for Parallel {
    fn kind(&self) -> &'static str {
        "parallel"
    }

    fn output_shape(&self) -> &[usize] {
        &self.output
    }

    fn forward(&mut self, x: &Tensor, y: &mut Tensor, pass: &mut Pass) {
        y.resize_batch(x.batch(), &self.output);
        let all = self.channels();
        let mut from = 0;
        for (path, part) in self.paths.iter_mut().zip(&mut self.outputs) {
            path.forward(x, part, pass);
            let own = channels_of(path);
            join(&part.data, own, &mut y.data, all, from);
            from += own;
        }
    }

    fn backward(&mut self, x: &Tensor, _: &Tensor, dy: &Tensor, mut dx: Option<&mut Tensor>) {
        let all = self.channels();
        let [dpart, dpath] = &mut self.grads;
        let mut from = 0;
        for (i, (path, part)) in self.paths.iter_mut().zip(&self.outputs).enumerate() {
            let own = channels_of(path);
            dpart.resize(&part.shape);
            let rows = dpart.data.chunks_exact_mut(own.max(1));
            for (to, dy) in rows.zip(dy.data.chunks_exact(all.max(1))) {
                to.copy_from_slice(&dy[from..from + own]);
            }
            from += own;
            match &mut dx {
                None => path.backward(x, part, dpart, None),
                Some(dx) if i == 0 => path.backward(x, part, dpart, Some(dx)),
                Some(dx) => {
                    path.backward(x, part, dpart, Some(dpath));
                    for (sum, d) in dx.data.iter_mut().zip(&dpath.data) {
                        *sum += d;
                    }
                }
            }
        }
    }

    fn infer(&self, x: &Tensor, y: &mut Tensor, scratch: &mut Scratch) {
        y.resize_batch(x.batch(), &self.output);
        let all = self.channels();
        let mut part = scratch.tensor(&[]);
        let mut from = 0;
        for path in &self.paths {
            let own = channels_of(path);
            if path.is_empty() {
                join(&x.data, own, &mut y.data, all, from);
            } else {
                path.infer(x, &mut part, scratch);
                join(&part.data, own, &mut y.data, all, from);
            }
            from += own;
        }
        scratch.give_tensor(part);
    }

    fn params(&self) -> Vec<&Param> {
        self.paths.iter().flat_map(Sequential::params).collect()
    }

    fn params_mut(&mut self) -> Vec<&mut Param> {
        let paths = self.paths.iter_mut();
        paths.flat_map(Sequential::params_mut).collect()
    }

    fn buffers(&self) -> Vec<(&str, &Tensor)> {
        self.paths.iter().flat_map(Sequential::buffers).collect()
    }

    fn buffers_mut(&mut self) -> Vec<(&str, &mut Tensor)> {
        let paths = self.paths.iter_mut();
        paths.flat_map(Sequential::buffers_mut).collect()
    }

    fn observe(&mut self, x: &Tensor) {
        self.paths.iter_mut().for_each(|path| path.observe(x));
    }

    fn settle(&mut self) {
        self.paths.iter_mut().for_each(Sequential::settle);
    }

    fn multiply_adds(&self) -> u64 {
        self.paths.iter().map(Sequential::multiply_adds).sum()
    }

    fn rows(&self) -> Vec<SummaryRow> {
        let mut rows: Vec<_> = self.paths.iter().flat_map(Sequential::rows).collect();
        rows.push(SummaryRow::new(&self.name, "parallel", &self.output));
        rows
    }
}
