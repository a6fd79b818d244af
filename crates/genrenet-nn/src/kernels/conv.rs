//! Direct convolution of one image, channels last, and both gradients; without a matrix of patches (im2col).
//!
//! The input is in a buffer with its border of zeros. A tile of outputs is a few neighbouring pixels by a panel of
//! channels; for each row of the kernel, the values under it are one contiguous run of `kw · cin` values per pixel.

use super::tile::{Micro, Start, Walk};
use crate::Values;

/// Sizes of a two-dimensional convolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Geometry {
    /// Height, width and channels of the input.
    pub input: [usize; 3],
    /// Height, width and channels of the output.
    pub output: [usize; 3],
    /// Height and width of the kernel.
    pub kernel: [usize; 2],
    /// Steps down and across.
    pub stride: [usize; 2],
    /// Zeros above and to the left.
    pub before: [usize; 2],
    /// Height and width of the input with its border.
    pub padded: [usize; 2],
}

impl Geometry {
    /// Values of one input.
    pub fn input_len(&self) -> usize {
        self.input.iter().product()
    }

    /// Values of one output.
    pub fn output_len(&self) -> usize {
        self.output.iter().product()
    }

    /// Weights per output channel.
    pub fn taps(&self) -> usize {
        self.kernel[0] * self.kernel[1] * self.input[2]
    }

    /// Values of one input with its border.
    pub fn padded_len(&self) -> usize {
        self.padded[0] * self.padded[1] * self.input[2]
    }

    /// The geometry whose forward pass is this one's gradient with respect to the input: the output, spread out by the
    /// stride and bordered, is convolved with the rotated kernel.
    pub fn reversed(&self) -> Geometry {
        Geometry {
            input: self.output,
            output: self.input,
            kernel: self.kernel,
            stride: [1, 1],
            before: [
                self.kernel[0] - 1 - self.before[0],
                self.kernel[1] - 1 - self.before[1],
            ],
            padded: [
                self.input[0] + self.kernel[0] - 1,
                self.input[1] + self.kernel[1] - 1,
            ],
        }
    }
}

/// Where the pixels of an image are in a buffer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Placement {
    /// Offset of the first pixel.
    pub first: usize,
    /// Distance between rows.
    pub row: usize,
    /// Distance between pixels of a row.
    pub pixel: usize,
}

impl Placement {
    /// Rows of `width` pixels of `channels` values, without a gap.
    pub fn dense(width: usize, channels: usize) -> Self {
        Self {
            first: 0,
            row: width * channels,
            pixel: channels,
        }
    }

    /// The output of `forward` inside the bordered buffer of its reversed geometry.
    pub fn spread(forward: &Geometry, reversed: &Geometry) -> Self {
        let channels = forward.output[2];
        let row = reversed.padded[1] * channels;
        Self {
            first: reversed.before[0] * row + reversed.before[1] * channels,
            row: forward.stride[0] * row,
            pixel: forward.stride[1] * channels,
        }
    }
}

/// Copies an image into `to` with the border of zeros that `geometry` needs.
pub(crate) fn pad(x: &[f32], geometry: &Geometry, to: &mut Vec<f32>) {
    to.resize(geometry.padded_len(), 0.0);
    pad_into(x, geometry, to);
}

/// As [`pad`], into exactly as many values.
pub(crate) fn pad_into(x: &[f32], geometry: &Geometry, to: &mut [f32]) {
    let [h, w, c] = geometry.input;
    let [top, left] = geometry.before;
    let (row, width) = (geometry.padded[1] * c, w * c);
    to[..top * row].fill(0.0);
    if row == width {
        to[top * row..][..x.len()].copy_from_slice(x);
        return to[(top + h) * row..].fill(0.0);
    }
    for (i, from) in x.chunks_exact(width).enumerate() {
        let line = &mut to[(top + i) * row..][..row];
        line[..left * c].fill(0.0);
        line[left * c..][..width].copy_from_slice(from);
        line[left * c + width..].fill(0.0);
    }
    to[(top + h) * row..].fill(0.0);
}

/// Lays out weights `[kh, kw, cin, cout]` in panels of output channels, each channel scaled if requested.
pub(crate) fn pack(weight: &Values, geometry: &Geometry, scale: Option<&[f32]>, to: &mut Vec<f32>) {
    let cout = geometry.output[2];
    fill_panels(geometry, to, |tap, first, row| {
        weight.read(tap * cout + first, row);
        if let Some(scale) = scale {
            row.iter_mut()
                .zip(&scale[first..])
                .for_each(|(w, s)| *w *= s);
        }
    });
}

/// Lays out the weights of `forward` for its reversed geometry: rotated by 180°, channels exchanged.
pub(crate) fn pack_reversed(weight: &[f32], forward: &Geometry, to: &mut Vec<f32>) {
    let [cin, cout] = [forward.input[2], forward.output[2]];
    let places = forward.kernel[0] * forward.kernel[1];
    fill_panels(&forward.reversed(), to, |tap, first, row| {
        let (place, from) = (tap / cout, tap % cout);
        let column = &weight[((places - 1 - place) * cin + first) * cout + from..];
        for (w, value) in row.iter_mut().zip(column.iter().step_by(cout)) {
            *w = *value;
        }
    });
}

/// Calls `fill(tap, first channel, row)` for each row of each panel and pads with zeros.
fn fill_panels(geometry: &Geometry, to: &mut Vec<f32>, fill: impl Fn(usize, usize, &mut [f32])) {
    let micro = Micro::current();
    let (taps, cout) = (geometry.taps(), geometry.output[2]);
    let len = taps * micro.padded(cout);
    if to.is_empty() {
        // New memory from the system is zero already.
        *to = vec![0.0; len];
    }
    to.resize(len, 0.0);
    let (mut c, mut at) = (0, 0);
    while c < cout {
        let width = micro.panel(c, cout);
        let valid = width.min(cout - c);
        for (tap, row) in to[at..at + taps * width]
            .chunks_exact_mut(width)
            .enumerate()
        {
            let (row, rest) = row.split_at_mut(valid);
            fill(tap, c, row);
            rest.fill(0.0);
        }
        at += taps * width;
        c += width;
    }
}

/// Makes room for the output's gradient, laid out by `place`, `len` values and `spare` more; what no pixel covers is zero.
pub(crate) fn clear_around(
    forward: &Geometry,
    place: Placement,
    len: usize,
    spare: usize,
    to: &mut Vec<f32>,
) {
    let [oh, ow, c] = forward.output;
    to.resize(len + spare, 0.0);
    if place.pixel != c {
        return to.fill(0.0);
    }
    to[..place.first].fill(0.0);
    for y in 0..oh {
        let end = place.first + y * place.row + ow * c;
        let next = if y + 1 < oh {
            place.first + (y + 1) * place.row
        } else {
            len + spare
        };
        to[end..next].fill(0.0);
    }
}

/// Rows `rows` of the output of one image into `z` (dense, starting with the first of these rows).
///
/// `bias` has [`Micro::padded`] values or none.
pub(crate) fn rows_forward(
    padded: &[f32],
    packed: &[f32],
    bias: Option<&[f32]>,
    geometry: &Geometry,
    rows: std::ops::Range<usize>,
    z: &mut [f32],
) {
    let micro = Micro::current();
    let [_, ow, cout] = geometry.output;
    let cin = geometry.input[2];
    let taps = geometry.taps();
    let row = geometry.padded[1] * cin;
    let run = geometry.kernel[1] * cin;
    // Tiles extend along the longer axis of the output.
    let count = rows.len();
    let upright = ow < micro.rows && count > ow;
    let (lines, pixels) = if upright { (ow, count) } else { (count, ow) };
    let (line_in, pixel_in) = if upright {
        (geometry.stride[1] * cin, geometry.stride[0] * row)
    } else {
        (geometry.stride[0] * row, geometry.stride[1] * cin)
    };
    let (line_out, pixel_out) = if upright {
        (cout, ow * cout)
    } else {
        (ow * cout, cout)
    };
    let first = rows.start * geometry.stride[0] * row;
    for line in 0..lines {
        let (mut c, mut at) = (0, 0);
        while c < cout {
            let width = micro.panel(c, cout);
            let valid = width.min(cout - c);
            let panel = &packed[at..at + taps * width];
            let start = bias.map_or(Start::Zero, |b| Start::Row(&b[c..]));
            let walk = Walk {
                segments: geometry.kernel[0],
                len: run,
                a: [row, 1, pixel_in],
                b: [run * width, width],
            };
            for p in (0..pixels).step_by(micro.rows) {
                let n = micro.rows.min(pixels - p);
                let from = &padded[first + line * line_in + p * pixel_in..];
                micro.run(
                    [n, width, valid],
                    from,
                    panel,
                    &walk,
                    start,
                    &mut z[line * line_out + p * pixel_out + c..],
                    pixel_out,
                );
            }
            at += taps * width;
            c += width;
        }
    }
}

/// Adds one image's gradient of the weights to `grad` (`[kh, kw, cin, cout]`).
///
/// `dz` holds the gradient of the output, laid out by `place`, and at least a panel's width of values behind its last pixel.
pub(crate) fn add_weight_gradient(
    padded: &[f32],
    dz: &[f32],
    place: Placement,
    geometry: &Geometry,
    grad: &mut [f32],
) {
    let micro = Micro::current();
    let [oh, ow, cout] = geometry.output;
    let cin = geometry.input[2];
    let row = geometry.padded[1] * cin;
    let run = geometry.kernel[1] * cin;
    // A band of rows at a time, so that its part of both operands stays in the cache for all tiles.
    let band = BAND_PIXELS.div_ceil(ow).min(oh);
    for y in (0..oh).step_by(band) {
        let walk = Walk {
            segments: band.min(oh - y),
            len: ow,
            a: [geometry.stride[0] * row, geometry.stride[1] * cin, 1],
            b: [place.row, place.pixel],
        };
        let mut c = 0;
        while c < cout {
            let width = micro.panel(c, cout);
            let valid = width.min(cout - c);
            let right = &dz[place.first + y * place.row + c..];
            for ky in 0..geometry.kernel[0] {
                for k in (0..run).step_by(micro.rows) {
                    let n = micro.rows.min(run - k);
                    let left = &padded[(y * geometry.stride[0] + ky) * row + k..];
                    micro.run(
                        [n, width, valid],
                        left,
                        right,
                        &walk,
                        Start::Output,
                        &mut grad[(ky * run + k) * cout + c..],
                        cout,
                    );
                }
            }
            c += width;
        }
    }
}

/// Pixels of a band in [`add_weight_gradient`].
const BAND_PIXELS: usize = 512;
