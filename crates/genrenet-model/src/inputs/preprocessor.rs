//! The one way from a feature array to a network's input.

use genrenet_nn::Tensor;

use super::raw::Raw;
use super::spec::{FEATURES, FRAMES, FeatureKind, InputSpec, Layout, Scaling};
use crate::error::ModelError;

/// Prepares one input of a network: its specification with the statistics fitted on training rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Preprocessor {
    spec: InputSpec,
    /// Bands (or coefficients, or columns) that the raw array must have.
    raw_features: usize,
    /// Frames that the network reads; 1 for values.
    frames: usize,
    /// Fitted statistics by name, in the order they were set.
    fitted: Vec<(String, Tensor)>,
    /// Names of the columns of a table's values; empty where they have none.
    columns: Vec<String>,
}

/// Frame of `total` that represents cell `j` of `cells`: floor((j + 0.5) · total / cells).
pub fn cell_frame(j: usize, cells: usize, total: usize) -> usize {
    ((2 * j + 1) * total / (2 * cells)).min(total.saturating_sub(1))
}

impl Preprocessor {
    /// A preprocessor whose scaling is not yet fitted, for arrays of the shape `raw_shape`.
    pub(crate) fn unfitted(
        spec: InputSpec,
        raw_shape: &[usize],
    ) -> Result<Preprocessor, ModelError> {
        spec.check(&format!("inputs.{}", spec.name))?;
        let wrong = |expected: String| ModelError::Shape {
            input: spec.name.clone(),
            expected,
            found: raw_shape.to_vec(),
        };
        if raw_shape.len() != spec.source.dimensions() || raw_shape.contains(&0) {
            let expected = match spec.source {
                FeatureKind::Logmel => "a log-mel of [bands, frames]",
                FeatureKind::Mfcc => "MFCC of [frames, coefficients]",
                FeatureKind::Segments => "a segment of [frames, bands]",
                _ => "one row of values",
            };
            return Err(wrong(expected.to_string()));
        }
        let (raw_features, raw_frames) = match spec.source {
            FeatureKind::Logmel => (raw_shape[0], raw_shape[1]),
            FeatureKind::Mfcc | FeatureKind::Segments => (raw_shape[1], raw_shape[0]),
            _ => (raw_shape[0], 1),
        };
        if let Some([_, end]) = spec.bands
            && end > raw_features
        {
            return Err(wrong(format!(
                "at least {end} bands (inputs.{}.bands)",
                spec.name
            )));
        }
        if raw_features > FEATURES || raw_frames > FRAMES {
            let expected = format!("at most {FEATURES} values of at most {FRAMES} frames");
            return Err(wrong(expected));
        }
        let frames = spec.frames.unwrap_or(raw_frames);
        Ok(Preprocessor {
            spec,
            raw_features,
            frames,
            fitted: Vec::new(),
            columns: Vec::new(),
        })
    }

    /// A preprocessor as a bundle describes it, before its statistics are read.
    pub fn described(
        spec: InputSpec,
        raw_features: usize,
        frames: usize,
    ) -> Result<Preprocessor, ModelError> {
        let shape = match spec.source {
            FeatureKind::Logmel => vec![raw_features, frames],
            FeatureKind::Mfcc | FeatureKind::Segments => vec![frames, raw_features],
            _ => vec![raw_features],
        };
        Preprocessor::unfitted(spec, &shape)
    }

    /// What the recipe says of it.
    pub fn spec(&self) -> &InputSpec {
        &self.spec
    }

    /// Bands, coefficients or columns that a raw array must have.
    pub fn raw_features(&self) -> usize {
        self.raw_features
    }

    /// Frames that the network reads (1 for values).
    pub fn frames(&self) -> usize {
        self.frames
    }

    /// Names of the columns of a table's values (empty where they have none).
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// Sets the names of the columns; a list of another length is ignored.
    pub(crate) fn set_columns(&mut self, names: Vec<String>) {
        if names.len() == self.raw_features {
            self.columns = names;
        }
    }

    /// Fitted statistics by name.
    pub fn fitted(&self) -> &[(String, Tensor)] {
        &self.fitted
    }

    /// Sets one fitted statistic, replacing one of the same name.
    pub(crate) fn set_fitted(&mut self, name: &str, value: Tensor) {
        match self.fitted.iter_mut().find(|(known, _)| known == name) {
            Some((_, slot)) => *slot = value,
            None => self.fitted.push((name.to_string(), value)),
        }
    }

    /// Names of the statistics that the scaling needs.
    pub(crate) fn needed(&self) -> &'static [&'static str] {
        match self.spec.scaling {
            Scaling::Standard { .. } => &["mean", "deviation"],
            Scaling::Rank { .. } => &["starts", "sorted", "largest"],
            Scaling::Quantile {} => &["starts", "sorted"],
            _ => &[],
        }
    }

    /// Refuses statistics that do not fit the input: a bundle that was cut or changed must not make `prepare` panic.
    pub(crate) fn check_fitted(&self) -> Result<(), ModelError> {
        let fault = |message: String| {
            Err(ModelError::Fit {
                input: self.spec.name.clone(),
                message,
            })
        };
        for &name in self.needed() {
            let Some(tensor) = self.statistic(name) else {
                return fault(format!("its statistic {name} is missing"));
            };
            if tensor.iter().any(|x| !x.is_finite()) {
                return fault(format!(
                    "its statistic {name} holds a value that is not finite"
                ));
            }
        }
        let features = self.features();
        match self.spec.scaling {
            Scaling::Standard { .. } => {
                for name in ["mean", "deviation"] {
                    let n = self.statistic(name).map_or(0, <[f32]>::len);
                    if n != features {
                        return fault(format!(
                            "its statistic {name} has {n} values, expected {features}"
                        ));
                    }
                }
            }
            Scaling::Rank { .. } | Scaling::Quantile {} => {
                let starts = self.statistic("starts").unwrap_or_default();
                let total = self.statistic("sorted").map_or(0, <[f32]>::len);
                let rising = starts.windows(2).all(|pair| pair[0] < pair[1]);
                let ends = starts.first() == Some(&0.0) && starts.last() == Some(&(total as f32));
                if starts.len() != features + 1 || !rising || !ends {
                    return fault("its ranks do not fit its columns".into());
                }
                if matches!(self.spec.scaling, Scaling::Rank { .. })
                    && self
                        .statistic("largest")
                        .is_none_or(|x| x.len() != 1 || x[0] < 1.0)
                {
                    return fault("its largest rank is not a number above 0".into());
                }
            }
            _ => {}
        }
        Ok(())
    }

    pub(super) fn statistic(&self, name: &str) -> Option<&[f32]> {
        self.fitted
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, tensor)| tensor.data.as_slice())
    }

    /// Bands, coefficients or columns that are kept.
    pub(crate) fn features(&self) -> usize {
        self.spec
            .bands
            .map_or(self.raw_features, |[first, end]| end - first)
    }

    /// Whether the selected array is `[features, frames]` (log-mel) and not `[frames, features]`.
    pub(crate) fn bands_first(&self) -> bool {
        self.spec.source == FeatureKind::Logmel
    }

    /// The shape that the network reads, without the batch.
    pub fn shape(&self) -> Vec<usize> {
        let (features, frames) = (self.features(), self.frames);
        match self.spec.layout {
            Layout::Image => vec![features, frames, 1],
            Layout::Sequence => vec![frames, features],
            Layout::Transposed => vec![features, frames],
            Layout::Vector => vec![features * frames],
            Layout::SpectrogramImage => {
                let [height, width] = self.spec.image_size.unwrap_or([features, frames]);
                vec![height, width, 3]
            }
        }
    }

    /// Number of values of one prepared row.
    pub fn len(&self) -> usize {
        self.shape().iter().product()
    }

    /// Always `false`: an input has at least one value.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Keeps the wanted bands and frames; returns rows and columns of what is kept.
    pub(crate) fn select(
        &self,
        raw_shape: &[usize],
        raw: &[f32],
        out: &mut Vec<f32>,
    ) -> Result<(usize, usize), ModelError> {
        let fits = raw_shape.len() == self.spec.source.dimensions()
            && raw_shape.iter().product::<usize>() == raw.len()
            && !raw.is_empty()
            && raw_shape[match self.spec.source {
                FeatureKind::Mfcc | FeatureKind::Segments => 1,
                _ => 0,
            }] == self.raw_features
            && (self.spec.source != FeatureKind::Segments || raw_shape[0] == self.frames);
        if !fits {
            let n = self.raw_features;
            let expected = match self.spec.source {
                FeatureKind::Logmel => format!("a log-mel of {n} bands × frames"),
                FeatureKind::Mfcc => format!("MFCC of frames × {n} coefficients"),
                FeatureKind::Segments => format!("a segment of {} frames × {n} bands", self.frames),
                _ => format!("{n} values"),
            };
            return Err(ModelError::Shape {
                input: self.spec.name.clone(),
                expected,
                found: raw_shape.to_vec(),
            });
        }
        let [first, end] = self.spec.bands.unwrap_or([0, self.raw_features]);
        out.clear();
        match self.spec.source {
            FeatureKind::Logmel => {
                let total = raw_shape[1];
                for band in first..end {
                    let row = &raw[band * total..(band + 1) * total];
                    if total == self.frames {
                        out.extend_from_slice(row);
                    } else {
                        out.extend(
                            (0..self.frames).map(|j| row[cell_frame(j, self.frames, total)]),
                        );
                    }
                }
                Ok((end - first, self.frames))
            }
            FeatureKind::Mfcc | FeatureKind::Segments => {
                let total = raw_shape[0];
                for frame in 0..self.frames {
                    let row = &raw[(frame % total) * self.raw_features..][..self.raw_features];
                    out.extend_from_slice(&row[first..end]);
                }
                Ok((self.frames, end - first))
            }
            _ => {
                out.extend_from_slice(&raw[first..end]);
                Ok((1, end - first))
            }
        }
    }

    /// Prepares one row: selects bands and frames, scales them and lays them out. `out` has [`Preprocessor::len`] values.
    /// Returns whether the row has the features that the input reads; `out` is unchanged where it has not.
    ///
    /// # Errors
    /// An array of another shape, which the message names; a log-mel of any number of frames is accepted.
    pub fn prepare(&self, raw: &Raw, out: &mut [f32]) -> Result<bool, ModelError> {
        let Some(array) = self.spec.array(raw)? else {
            return Ok(false);
        };
        self.prepare_array(&array.shape, &array.data, out)?;
        Ok(true)
    }

    fn prepare_array(
        &self,
        raw_shape: &[usize],
        raw: &[f32],
        out: &mut [f32],
    ) -> Result<(), ModelError> {
        if out.len() != self.len() {
            return Err(ModelError::Shape {
                input: self.spec.name.clone(),
                expected: format!("room for {:?}", self.shape()),
                found: vec![out.len()],
            });
        }
        let mut values = Vec::with_capacity(out.len());
        let (rows, cols) = self.select(raw_shape, raw, &mut values)?;
        self.scale(&mut values, rows, cols);
        self.lay_out(&values, rows, cols, out);
        Ok(())
    }
}
