//! The sizes and weights of a two-dimensional convolution.

use crate::kernels::conv::Geometry;
use crate::{Initialiser, NnError, Padding, Param, SummaryRow};

/// What a convolution is built from.
#[derive(Clone, Copy, Debug)]
pub struct ConvSizes {
    /// Channels of the output.
    pub filters: usize,
    /// Height and width of the kernel.
    pub kernel: [usize; 2],
    /// Steps down and across.
    pub stride: [usize; 2],
    /// Zeros around the input.
    pub padding: Padding,
}

impl ConvSizes {
    /// The geometry over inputs of shape `input`.
    pub(crate) fn geometry(&self, name: &str, input: &[usize]) -> Result<Geometry, NnError> {
        let label = || format!("{name} (conv)");
        let &[h, w, c] = input else {
            return Err(NnError::shape(
                label(),
                "an image [height, width, channels]",
                format!("{input:?}"),
            ));
        };
        if h * w * c == 0 {
            return Err(NnError::shape(
                label(),
                "an image with at least one value",
                format!("{input:?}"),
            ));
        }
        if self.filters == 0 {
            return Err(NnError::spec(label(), "filters", 0, "at least 1"));
        }
        let size = [h, w];
        let (mut output, mut before, mut padded) = ([0; 2], [0; 2], [0; 2]);
        for axis in 0..2 {
            let (n, k, s) = (size[axis], self.kernel[axis], self.stride[axis]);
            if k == 0 {
                return Err(NnError::spec(
                    label(),
                    "kernel",
                    format!("{:?}", self.kernel),
                    "at least 1 each way",
                ));
            }
            if s == 0 {
                return Err(NnError::spec(
                    label(),
                    "stride",
                    format!("{:?}", self.stride),
                    "at least 1 each way",
                ));
            }
            let [first, last] = self.padding.around(axis, n, k, s);
            let total = first + last;
            if first >= k {
                return Err(NnError::spec(
                    label(),
                    "padding",
                    first,
                    format!("less than the kernel's {k}"),
                ));
            }
            if n + total < k {
                let found = format!("{n} and {total} of padding");
                return Err(NnError::shape(
                    label(),
                    format!("at least the kernel's {k} values each way"),
                    found,
                ));
            }
            output[axis] = (n + total - k) / s + 1;
            before[axis] = first;
            padded[axis] = n + total;
        }
        Ok(Geometry {
            input: [h, w, c],
            output: [output[0], output[1], self.filters],
            kernel: self.kernel,
            stride: self.stride,
            before,
            padded,
        })
    }
}

/// A convolution's geometry and parameters; its passes are those of its block.
#[derive(Debug)]
pub(crate) struct Conv {
    pub name: String,
    pub geometry: Geometry,
    /// `[kh, kw, cin, cout]`.
    pub weight: Param,
    pub bias: Option<Param>,
}

impl Conv {
    pub fn new(
        name: &str,
        input: &[usize],
        sizes: ConvSizes,
        bias: bool,
        first: &mut Initialiser,
    ) -> Result<Self, NnError> {
        let geometry = sizes.geometry(name, input)?;
        let [kh, kw] = geometry.kernel;
        let taps = geometry.taps();
        let shape = [kh, kw, geometry.input[2], sizes.filters];
        let weight = Param::new(format!("{name}.weight"), first.fan_in(&shape, taps)?, true);
        let bias = match bias {
            true => Some(Param::new(
                format!("{name}.bias"),
                first.fan_in(&[sizes.filters], taps)?,
                false,
            )),
            false => None,
        };
        Ok(Self {
            name: name.to_owned(),
            geometry,
            weight,
            bias,
        })
    }

    pub fn multiply_adds(&self) -> u64 {
        (self.geometry.output_len() * self.geometry.taps()) as u64
    }

    pub fn row(&self) -> SummaryRow {
        let weights = self.weight.value.len() + self.bias.as_ref().map_or(0, |b| b.value.len());
        SummaryRow::new(&self.name, "conv", &self.geometry.output)
            .cost(weights, self.multiply_adds())
    }
}
