//! The values of a parameter: 32-bit floats, or the 16-bit ones of a weights file until they are needed as 32-bit floats.

use std::borrow::Cow;
use std::ops::{Deref, DerefMut};
use std::sync::OnceLock;

use crate::kernels::half::widen;
use crate::{NnError, Tensor};

/// The values of a trainable array; it can be used as the [`Tensor`] that it stands for.
///
/// Values that were read as 16-bit floats are kept so. Layers that infer widen what they need where they need it; the
/// whole tensor is written only when it is requested, which for two million weights takes longer than the rest of a
/// program's start.
#[derive(Clone, Debug)]
pub struct Values {
    /// The tensor's shape, which never changes.
    pub(crate) shape: Vec<usize>,
    /// Little-endian 16-bit floats; none where the values are 32-bit floats.
    half: Option<Cow<'static, [u8]>>,
    tensor: OnceLock<Tensor>,
}

impl Values {
    /// Values given as little-endian 16-bit floats, row-major.
    ///
    /// # Errors
    /// [`NnError::Shape`] when there are not two bytes for each value.
    pub fn half(shape: &[usize], bytes: Cow<'static, [u8]>) -> Result<Self, NnError> {
        let len: usize = shape.iter().product();
        if bytes.len() != 2 * len {
            let expected = format!("{} bytes for {shape:?}", 2 * len);
            return Err(NnError::shape("16-bit values", expected, bytes.len()));
        }
        Ok(Self {
            shape: shape.to_vec(),
            half: Some(bytes),
            tensor: OnceLock::new(),
        })
    }

    /// Number of values.
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether there is no value.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The 16-bit values, as long as the tensor was not requested.
    fn kept(&self) -> Option<&[u8]> {
        match self.tensor.get() {
            None => self.half.as_deref(),
            Some(_) => None,
        }
    }

    /// Whether the tensor need not be made first.
    pub(crate) fn is_wide(&self) -> bool {
        self.kept().is_none()
    }

    /// Copies `to.len()` values from place `first` on.
    ///
    /// # Panics
    /// When there are not so many.
    pub(crate) fn read(&self, first: usize, to: &mut [f32]) {
        match self.kept() {
            Some(bytes) => widen(&bytes[2 * first..][..2 * to.len()], to),
            None => to.copy_from_slice(&self.data[first..][..to.len()]),
        }
    }

    /// The first value that is infinite or no number, and its place.
    pub fn not_finite(&self) -> Option<(usize, f32)> {
        let place = match self.kept() {
            // All ones in the exponent.
            Some(bytes) => bytes.chunks_exact(2).position(|b| b[1] & 0x7c == 0x7c),
            None => self.data.iter().position(|x| !x.is_finite()),
        }?;
        let mut value = [0.0];
        self.read(place, &mut value);
        Some((place, value[0]))
    }

    /// The tensor itself.
    pub fn into_tensor(mut self) -> Tensor {
        std::mem::take(&mut *self)
    }

    fn tensor(&self) -> &Tensor {
        self.tensor.get_or_init(|| {
            let mut tensor = Tensor::zeros(&self.shape);
            if let Some(bytes) = &self.half {
                widen(bytes, &mut tensor.data);
            }
            tensor
        })
    }
}

impl From<Tensor> for Values {
    fn from(tensor: Tensor) -> Self {
        Self {
            shape: tensor.shape.clone(),
            half: None,
            tensor: OnceLock::from(tensor),
        }
    }
}

impl Deref for Values {
    type Target = Tensor;

    fn deref(&self) -> &Tensor {
        self.tensor()
    }
}

impl DerefMut for Values {
    fn deref_mut(&mut self) -> &mut Tensor {
        self.tensor();
        self.half = None;
        self.tensor.get_mut().expect("it was made just now")
    }
}

impl PartialEq for Values {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}
