//! A block whose input is added to its output (He et al. 2015).

use rayon::prelude::*;

use crate::threads::each_part;
use crate::{
    Initialiser, Layer, LayerSpec, NnError, Padding, Param, Pass, Scratch, Sequential, Shortcut,
    SummaryRow, Tensor,
};

/// y = block(x) + shortcut(x), with the ReLU that follows it, if any.
#[derive(Debug)]
pub struct Residual {
    name: String,
    block: Sequential,
    /// `None`: the input itself.
    shortcut: Option<Sequential>,
    relu: Option<String>,
    through: Tensor,
    aside: Tensor,
    grads: [Tensor; 2],
}

/// Values per piece of work.
const PIECE: usize = 1 << 14;

impl Residual {
    /// A block over items of shape `input`; parameters are named `{name}.block.…` and `{name}.shortcut.…`.
    ///
    /// # Errors
    /// Those of the block's layers; [`NnError::Shape`] where no shortcut maps the shape of the input to that of the block.
    pub fn new(
        name: &str,
        input: &[usize],
        layers: &[LayerSpec],
        shortcut: Shortcut,
        first: &mut Initialiser,
    ) -> Result<Self, NnError> {
        let label = format!("{name} (residual)");
        if layers.is_empty() {
            return Err(NnError::spec(label, "layers", "[]", "at least one layer"));
        }
        let block = Sequential::new(layers, &format!("{name}.block"), input, first)?;
        let output = block.output_shape().to_vec();
        let shortcut = match shortcut_layers(&label, shortcut, input, &output)? {
            None => None,
            Some(layers) => Some(Sequential::new(
                &layers,
                &format!("{name}.shortcut"),
                input,
                first,
            )?),
        };
        if let Some(s) = &shortcut
            && s.output_shape() != output
        {
            return Err(NnError::shape(
                label,
                format!("a shortcut to {output:?}"),
                format!("one to {:?}", s.output_shape()),
            ));
        }
        Ok(Self {
            name: name.to_owned(),
            block,
            shortcut,
            relu: None,
            through: Tensor::default(),
            aside: Tensor::default(),
            grads: Default::default(),
        })
    }

    /// Puts a ReLU after the sum.
    pub fn set_relu(&mut self, name: &str) {
        self.relu = Some(name.to_owned());
    }
}

/// The layers of a residual block's shortcut from `input` to `output` (the block's shapes), or `None` where the input is added
/// as it is; `label` names the block in errors.
///
/// # Errors
/// [`NnError::Shape`] where no shortcut leads from one shape to the other.
pub fn shortcut_layers(
    label: &str,
    shortcut: Shortcut,
    input: &[usize],
    output: &[usize],
) -> Result<Option<Vec<LayerSpec>>, NnError> {
    match shortcut {
        Shortcut::Auto | Shortcut::Identity if output == input => Ok(None),
        Shortcut::Padded => match (input.split_last(), output.split_last()) {
            (Some((own, rest)), Some((wide, other))) if rest == other && own <= wide => Ok(None),
            _ => Err(NnError::shape(
                label,
                format!("a block that keeps all axes of {input:?} but adds channels"),
                format!("{output:?}"),
            )),
        },
        Shortcut::Identity => Err(NnError::shape(
            label,
            format!("a block whose output is as its input, {input:?}"),
            format!("{output:?}"),
        )),
        Shortcut::Auto | Shortcut::Projection | Shortcut::Pooled => {
            projection(label, input, output, shortcut == Shortcut::Pooled).map(Some)
        }
    }
}

/// The layers that lead from `input` to `output`: a dense layer for vectors and sequences, a 1×1 convolution for images.
fn projection(
    label: &str,
    input: &[usize],
    output: &[usize],
    pooled: bool,
) -> Result<Vec<LayerSpec>, NnError> {
    let norm = LayerSpec::BatchNorm {
        eps: 1e-5,
        momentum: 0.1,
    };
    let (&[h, w, _], &[oh, ow, filters]) = (input, output) else {
        let (from, to) = (input.split_last(), output.split_last());
        return match (from, to) {
            (Some((_, a)), Some((&units, b))) if a == b => {
                Ok(vec![LayerSpec::Dense { units, bias: false }, norm])
            }
            _ => Err(NnError::shape(
                label,
                format!("a block that keeps all axes of {input:?} but the last"),
                format!("{output:?}"),
            )),
        };
    };
    // Strides by which a 1×1 convolution (rounds up) or a pooling (rounds down) gives this size.
    let by = |n: usize, o: usize, up: bool| {
        (1..=n).find(|s| if up { n.div_ceil(*s) == o } else { n / s == o })
    };
    let conv = |stride| LayerSpec::Conv {
        filters,
        kernel: [1, 1],
        stride,
        padding: Padding::Both(0),
        bias: false,
    };
    let strides = |up| by(h, oh, up).zip(by(w, ow, up)).map(|(a, b)| [a, b]);
    match (strides(true), strides(false)) {
        (Some(stride), _) if !pooled => Ok(vec![conv(stride), norm]),
        (_, Some([1, 1])) => Ok(vec![conv([1, 1]), norm]),
        (_, Some(size)) => Ok(vec![
            LayerSpec::AvgPool { size, stride: None },
            conv([1, 1]),
            norm,
        ]),
        (Some(stride), None) => Ok(vec![conv(stride), norm]),
        (None, None) => Err(NnError::shape(
            label,
            format!("a block that keeps or shrinks {h} × {w}"),
            format!("{oh} × {ow}"),
        )),
    }
}

/// Adds the pixels of `from` to the first channels of those of `to`, which may have more; both have these pixels of so many
/// channels.
fn add_channels(to: &mut [f32], wide: usize, from: &[f32], narrow: usize) {
    let shared = wide.min(narrow);
    for (to, from) in to.chunks_exact_mut(wide).zip(from.chunks_exact(narrow)) {
        to[..shared]
            .iter_mut()
            .zip(from)
            .for_each(|(to, from)| *to += from);
    }
}

/// Sets negative values to zero.
fn rectify(y: &mut Tensor) {
    y.data
        .iter_mut()
        .filter(|v| **v <= 0.0)
        .for_each(|v| *v = 0.0);
}

/// Channels of a tensor's pixels.
fn channels(x: &Tensor) -> usize {
    x.shape.last().copied().unwrap_or(1).max(1)
}

/// y = a + b, rectified if asked; b may have fewer channels.
fn sum(a: &Tensor, b: &Tensor, relu: bool, y: &mut Tensor) {
    y.resize(&a.shape);
    if a.len() != b.len() {
        y.data.copy_from_slice(&a.data);
        return add(y, b, relu);
    }
    y.data
        .par_chunks_mut(PIECE)
        .zip(a.data.par_chunks(PIECE))
        .zip(b.data.par_chunks(PIECE))
        .for_each(|((y, a), b)| {
            for ((y, a), b) in y.iter_mut().zip(a).zip(b) {
                let v = a + b;
                *y = if relu && v <= 0.0 { 0.0 } else { v };
            }
        });
}

/// y = y + other, rectified if asked; where one has fewer channels, those that both have.
fn add(y: &mut Tensor, other: &Tensor, relu: bool) {
    if y.len() != other.len() {
        let wide = channels(y);
        add_channels(&mut y.data, wide, &other.data, channels(other));
        if relu {
            rectify(y);
        }
        return;
    }
    each_part((&mut y.data, PIECE), (&other.data, PIECE), |y, other| {
        for (y, o) in y.iter_mut().zip(other) {
            let v = *y + o;
            *y = if relu && v <= 0.0 { 0.0 } else { v };
        }
    });
}

impl Layer for Residual {
    fn kind(&self) -> &'static str {
        "residual"
    }

    fn output_shape(&self) -> &[usize] {
        self.block.output_shape()
    }

    fn forward(&mut self, x: &Tensor, y: &mut Tensor, pass: &mut Pass) {
        self.block.forward(x, &mut self.through, pass);
        let relu = self.relu.is_some();
        match &mut self.shortcut {
            Some(shortcut) => {
                shortcut.forward(x, &mut self.aside, pass);
                sum(&self.through, &self.aside, relu, y);
            }
            None => sum(&self.through, x, relu, y),
        }
    }

    fn backward(&mut self, x: &Tensor, y: &Tensor, dy: &Tensor, dx: Option<&mut Tensor>) {
        let [dsum, daside] = &mut self.grads;
        let dsum = if self.relu.is_some() {
            dsum.resize(&dy.shape);
            dsum.data
                .par_chunks_mut(PIECE)
                .enumerate()
                .for_each(|(i, d)| {
                    let at = i * PIECE;
                    for ((d, y), g) in d.iter_mut().zip(&y.data[at..]).zip(&dy.data[at..]) {
                        *d = if *y <= 0.0 { 0.0 } else { *g };
                    }
                });
            &*dsum
        } else {
            dy
        };
        let Some(dx) = dx else {
            self.block.backward(x, &self.through, dsum, None);
            if let Some(shortcut) = &mut self.shortcut {
                shortcut.backward(x, &self.aside, dsum, None);
            }
            return;
        };
        self.block.backward(x, &self.through, dsum, Some(dx));
        match &mut self.shortcut {
            Some(shortcut) => {
                shortcut.backward(x, &self.aside, dsum, Some(daside));
                add(dx, daside, false);
            }
            None => add(dx, dsum, false),
        }
    }

    fn infer(&self, x: &Tensor, y: &mut Tensor, scratch: &mut Scratch) {
        self.block.infer(x, y, scratch);
        let relu = self.relu.is_some();
        match &self.shortcut {
            Some(shortcut) => {
                let mut aside = scratch.tensor(&y.shape);
                shortcut.infer(x, &mut aside, scratch);
                add(y, &aside, relu);
                scratch.give_tensor(aside);
            }
            None => add(y, x, relu),
        }
    }

    fn params(&self) -> Vec<&Param> {
        self.block
            .params()
            .into_iter()
            .chain(self.shortcut.iter().flat_map(Sequential::params))
            .collect()
    }

    fn params_mut(&mut self) -> Vec<&mut Param> {
        self.block
            .params_mut()
            .into_iter()
            .chain(self.shortcut.iter_mut().flat_map(Sequential::params_mut))
            .collect()
    }

    fn buffers(&self) -> Vec<(&str, &Tensor)> {
        self.block
            .buffers()
            .into_iter()
            .chain(self.shortcut.iter().flat_map(Sequential::buffers))
            .collect()
    }

    fn buffers_mut(&mut self) -> Vec<(&str, &mut Tensor)> {
        self.block
            .buffers_mut()
            .into_iter()
            .chain(self.shortcut.iter_mut().flat_map(Sequential::buffers_mut))
            .collect()
    }

    fn multiply_adds(&self) -> u64 {
        self.block.multiply_adds() + self.shortcut.as_ref().map_or(0, Sequential::multiply_adds)
    }

    fn rows(&self) -> Vec<SummaryRow> {
        let mut rows = self.block.rows();
        rows.extend(self.shortcut.iter().flat_map(Sequential::rows));
        rows.push(SummaryRow::new(&self.name, "residual", self.output_shape()));
        rows.extend(
            self.relu
                .iter()
                .map(|name| SummaryRow::new(name, "relu", self.output_shape())),
        );
        rows
    }
}
