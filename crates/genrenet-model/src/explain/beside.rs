//! Segments beside a log-mel of the same sound, of which the same times and frequencies are replaced.

use super::game::cell;
use crate::bundle::Bundle;
use crate::error::ModelError;
use crate::inputs::{FeatureKind, Raw, RawArray};

/// The cell of a window's log-mel in which each cell of its segments lies.
#[derive(Clone, Debug, PartialEq)]
pub struct Alignment {
    /// Frame of the log-mel, for each frame of the segments.
    pub frames: Vec<usize>,
    /// Band of the log-mel, for each band of the segments.
    pub bands: Vec<usize>,
}

/// The segments of a row beside its log-mel.
pub(super) struct Beside<'a> {
    array: &'a RawArray,
    alignment: &'a Alignment,
    /// Mean level of each band over the segments.
    baseline: Vec<f32>,
}

impl<'a> Beside<'a> {
    /// `None` where the bundle reads no segments, or the row has none.
    ///
    /// # Errors
    /// An alignment of another shape than the segments.
    pub(super) fn new(
        bundle: &Bundle,
        row: &'a Raw,
        alignment: &'a Alignment,
    ) -> Result<Option<Beside<'a>>, ModelError> {
        let Some(array) = row
            .get(FeatureKind::Segments)
            .filter(|_| bundle.reads_segments())
        else {
            return Ok(None);
        };
        let (frames, bands) = (alignment.frames.len(), alignment.bands.len());
        if array.shape[..] != [frames, bands] || frames * bands != array.data.len() {
            return Err(ModelError::Shape {
                input: FeatureKind::Segments.name().into(),
                expected: format!("segments of {frames} frames and {bands} bands, as aligned"),
                found: array.shape.clone(),
            });
        }
        let mean = |band: usize| {
            let levels = array.data[band..].iter().step_by(bands);
            (levels.map(|&x| f64::from(x)).sum::<f64>() / frames as f64) as f32
        };
        Ok(Some(Beside {
            array,
            alignment,
            baseline: (0..bands).map(mean).collect(),
        }))
    }

    /// The segments with only the cells in those of the log-mel for which `keeps(band, frame)` holds.
    pub(super) fn kept(&self, keeps: impl Fn(usize, usize) -> bool) -> RawArray {
        let mut array = self.array.clone();
        let shape = [self.baseline.len(), self.alignment.frames.len()];
        for (frame, &of_frame) in self.alignment.frames.iter().enumerate() {
            for (band, &of_band) in self.alignment.bands.iter().enumerate() {
                if !keeps(of_band, of_frame) {
                    let at = cell(FeatureKind::Segments, shape, band, frame);
                    array.data[at] = self.baseline[band];
                }
            }
        }
        array
    }
}
