//! A shape and its values, row-major.

use crate::NnError;

/// A dense, row-major array of `f32`.
///
/// The first axis is the batch wherever a tensor travels between layers: images are `[N, H, W, C]` (H = mel bands,
/// W = frames), sequences `[N, T, C]`, vectors `[N, F]`. Parameters carry no batch axis.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tensor {
    /// Length of each axis; the product is `data.len()`.
    pub shape: Vec<usize>,
    /// The values, last axis fastest.
    pub data: Vec<f32>,
}

impl Tensor {
    /// A tensor of zeros.
    pub fn zeros(shape: &[usize]) -> Self {
        Self {
            shape: shape.to_vec(),
            data: vec![0.0; shape.iter().product()],
        }
    }

    /// A tensor of existing values.
    ///
    /// # Errors
    /// [`NnError::Shape`] when the number of values is not the product of the shape.
    pub fn new(shape: &[usize], data: Vec<f32>) -> Result<Self, NnError> {
        if shape.iter().product::<usize>() != data.len() {
            return Err(NnError::shape(
                "tensor",
                format!("{} values for {shape:?}", shape.iter().product::<usize>()),
                data.len(),
            ));
        }
        Ok(Self {
            shape: shape.to_vec(),
            data,
        })
    }

    /// Number of values.
    pub fn len(&self) -> usize {
        self.data.len()
    }

    /// Whether it holds no value.
    pub fn is_empty(&self) -> bool {
        self.data.is_empty()
    }

    /// Length of the first axis, the batch (0 for a tensor without axes).
    pub fn batch(&self) -> usize {
        self.shape.first().copied().unwrap_or(0)
    }

    /// Values per item of the batch: the product of all axes but the first.
    pub fn item_len(&self) -> usize {
        self.shape.iter().skip(1).product()
    }

    /// Item `index` of the batch.
    ///
    /// # Panics
    /// When `index` is not below [`Self::batch`].
    pub fn item(&self, index: usize) -> &[f32] {
        let len = self.item_len();
        &self.data[index * len..][..len]
    }

    /// Takes a new shape, keeping the allocation where it is large enough; the values are unspecified (old or zero).
    pub fn resize(&mut self, shape: &[usize]) {
        self.shape.clear();
        self.shape.extend_from_slice(shape);
        self.data.resize(shape.iter().product(), 0.0);
    }

    /// As [`Self::resize`] to a batch of items of shape `item`.
    pub fn resize_batch(&mut self, batch: usize, item: &[usize]) {
        self.shape.clear();
        self.shape.push(batch);
        self.shape.extend_from_slice(item);
        self.data.resize(self.shape.iter().product(), 0.0);
    }

    /// Sets every value.
    pub fn fill(&mut self, value: f32) {
        self.data.fill(value);
    }

    /// Takes shape and values of another tensor, keeping the allocation.
    pub fn copy_from(&mut self, other: &Tensor) {
        self.shape.clone_from(&other.shape);
        self.data.clone_from(&other.data);
    }
}
