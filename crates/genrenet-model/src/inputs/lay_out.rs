//! Layouts: how a scaled array lies in a network's input.

use super::origin;
use super::preprocessor::Preprocessor;
use super::spec::Layout;

impl Preprocessor {
    /// Lays a scaled array `[rows, cols]` out as the network reads it; `out` has [`Preprocessor::len`] values.
    pub(super) fn lay_out(&self, values: &[f32], rows: usize, cols: usize, out: &mut [f32]) {
        let features_first = self.bands_first();
        match self.spec().layout {
            Layout::Image if features_first => out.copy_from_slice(values),
            Layout::Sequence if !features_first => out.copy_from_slice(values),
            Layout::Image | Layout::Sequence => transpose(values, rows, cols, out),
            Layout::Vector => out.copy_from_slice(values),
            Layout::Transposed => match features_first {
                true => out.copy_from_slice(values),
                false => transpose(values, rows, cols, out),
            },
            Layout::SpectrogramImage => {
                let [height, width] = self.spec().image_size.unwrap_or([rows, cols]);
                origin::spectrogram_image(values, rows, cols, height, width, out);
            }
        }
    }
}

/// Writes `[rows, cols]` as `[cols, rows]`.
fn transpose(values: &[f32], rows: usize, cols: usize, out: &mut [f32]) {
    for row in 0..rows {
        for col in 0..cols {
            out[col * rows + row] = values[row * cols + col];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inputs::{FeatureKind, InputSpec, Raw, RawArray, Scaling};

    /// Two MFCC frames of three coefficients, or two bands of three frames, in each layout.
    #[test]
    fn each_layout_has_its_axes_where_the_network_reads_them() {
        let values = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0];
        let transposed = [0.0, 3.0, 1.0, 4.0, 2.0, 5.0];
        for (source, layout, shape, expected) in [
            (FeatureKind::Logmel, Layout::Image, vec![2, 3, 1], values),
            (
                FeatureKind::Logmel,
                Layout::Sequence,
                vec![3, 2],
                transposed,
            ),
            (FeatureKind::Logmel, Layout::Transposed, vec![2, 3], values),
            (FeatureKind::Logmel, Layout::Vector, vec![6], values),
            (FeatureKind::Mfcc, Layout::Image, vec![3, 2, 1], transposed),
            (FeatureKind::Mfcc, Layout::Sequence, vec![2, 3], values),
            (
                FeatureKind::Mfcc,
                Layout::Transposed,
                vec![3, 2],
                transposed,
            ),
        ] {
            let spec = InputSpec {
                layout,
                ..InputSpec::new("x", source, Scaling::None {})
            };
            let input = Preprocessor::unfitted(spec, &[2, 3]).unwrap();
            assert_eq!(input.shape(), shape, "{source} {layout:?}");
            let mut raw = Raw::new();
            raw.insert(
                source,
                RawArray {
                    shape: vec![2, 3],
                    data: values.to_vec(),
                },
            );
            let mut out = [f32::NAN; 6];
            assert!(input.prepare(&raw, &mut out).unwrap());
            assert_eq!(out, expected, "{source} {layout:?}");
        }
    }
}
