//! The same values under another shape.

use crate::{Layer, NnError, Pass, Scratch, SummaryRow, Tensor};

/// Flatten and reshape: values keep their order in memory, so an image `[H, W, C]` is flattened channels fastest
/// (PyTorch, whose images are `[C, H, W]`, has another order).
///
/// Before a dense layer a flatten costs nothing: the dense layer reads the image as it is stored.
#[derive(Debug)]
pub struct Reshape {
    name: String,
    kind: &'static str,
    output: Vec<usize>,
}

impl Reshape {
    /// All values of an item in one vector.
    pub fn flatten(name: &str, input: &[usize]) -> Self {
        Self {
            name: name.to_owned(),
            kind: "flatten",
            output: vec![input.iter().product()],
        }
    }

    /// Items of another shape.
    ///
    /// # Errors
    /// [`NnError::Shape`] when the shapes hold different numbers of values.
    pub fn new(name: &str, input: &[usize], shape: &[usize]) -> Result<Self, NnError> {
        if input.iter().product::<usize>() != shape.iter().product::<usize>() {
            return Err(NnError::shape(
                format!("{name} (reshape)"),
                format!("as many values as {shape:?}"),
                format!("{input:?}"),
            ));
        }
        Ok(Self {
            name: name.to_owned(),
            kind: "reshape",
            output: shape.to_vec(),
        })
    }
}

impl Layer for Reshape {
    fn kind(&self) -> &'static str {
        self.kind
    }

    fn output_shape(&self) -> &[usize] {
        &self.output
    }

    fn forward(&mut self, x: &Tensor, y: &mut Tensor, _: &mut Pass) {
        y.resize_batch(x.batch(), &self.output);
        y.data.copy_from_slice(&x.data);
    }

    fn backward(&mut self, x: &Tensor, _: &Tensor, dy: &Tensor, dx: Option<&mut Tensor>) {
        if let Some(dx) = dx {
            dx.resize(&x.shape);
            dx.data.copy_from_slice(&dy.data);
        }
    }

    fn infer(&self, x: &Tensor, y: &mut Tensor, _: &mut Scratch) {
        y.resize_batch(x.batch(), &self.output);
        y.data.copy_from_slice(&x.data);
    }

    fn rows(&self) -> Vec<SummaryRow> {
        vec![SummaryRow::new(&self.name, self.kind, &self.output)]
    }
}
