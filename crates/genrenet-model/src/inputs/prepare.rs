//! The one way from a measured array to a network's input.

use genrenet_nn::Tensor;

use super::quantile::{normal_deviate, share_below};
use super::spec::{FEATURES, FRAMES};
use super::{FeatureKind, InputSpec, Layout, Raw, Scaling, spectrogram_picture};
use crate::error::ModelError;

/// An input with its fitted statistics: all that is needed to prepare a row.
#[derive(Clone, Debug, PartialEq)]
pub struct Preprocessor {
    spec: InputSpec,
    /// Bands (or coefficients, or columns) that the raw array must have.
    raw_features: usize,
    /// Frames that the network hears; 1 for values.
    frames: usize,
    /// Fitted statistics by name, in the order they were set.
    fitted: Vec<(String, Tensor)>,
    /// Names of the columns of a table's values; empty where nobody named them.
    columns: Vec<String>,
}

/// Frame of `total` that stands for cell `j` of `cells`: floor((j + 0.5) · total / cells).
pub fn cell_frame(j: usize, cells: usize, total: usize) -> usize {
    ((2 * j + 1) * total / (2 * cells)).min(total.saturating_sub(1))
}

impl Preprocessor {
    /// An input whose scaling is not yet fitted, for arrays of the shape `raw_shape`.
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
                _ => "one row of values",
            };
            return Err(wrong(expected.to_string()));
        }
        let (raw_features, raw_frames) = match spec.source {
            FeatureKind::Logmel => (raw_shape[0], raw_shape[1]),
            FeatureKind::Mfcc => (raw_shape[1], raw_shape[0]),
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

    /// An input as a bundle describes it, before its statistics are read.
    pub fn described(
        spec: InputSpec,
        raw_features: usize,
        frames: usize,
    ) -> Result<Preprocessor, ModelError> {
        let shape = match spec.source {
            FeatureKind::Logmel => vec![raw_features, frames],
            FeatureKind::Mfcc => vec![frames, raw_features],
            _ => vec![raw_features],
        };
        Preprocessor::unfitted(spec, &shape)
    }

    /// The recipe's words.
    pub fn spec(&self) -> &InputSpec {
        &self.spec
    }

    /// Bands, coefficients or columns that a raw array must have.
    pub fn raw_features(&self) -> usize {
        self.raw_features
    }

    /// Frames that the network hears (1 for values).
    pub fn frames(&self) -> usize {
        self.frames
    }

    /// Names of the columns of a table's values (empty where they have none).
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// Sets the names of the columns; others than one for each column are ignored.
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

    /// The statistics that the scaling needs.
    pub(crate) fn needed(&self) -> &'static [&'static str] {
        match self.spec.scaling {
            Scaling::Standard { .. } => &["mean", "deviation"],
            Scaling::Rank { .. } => &["starts", "sorted", "largest"],
            Scaling::Quantile {} => &["starts", "sorted"],
            _ => &[],
        }
    }

    /// Whether the statistics fit the input; a bundle that was cut or changed must not make `prepare` panic.
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
                    "its statistic {name} holds a value that is no number"
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

    fn statistic(&self, name: &str) -> Option<&[f32]> {
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
        let with_deltas = 1 + usize::from(self.spec.deltas);
        match self.spec.layout {
            Layout::Image => vec![features, frames, with_deltas],
            Layout::Sequence => vec![frames, features * with_deltas],
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

    /// Never: an input has at least one value.
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
            && raw_shape[if self.spec.source == FeatureKind::Mfcc {
                1
            } else {
                0
            }] == self.raw_features;
        if !fits {
            let n = self.raw_features;
            let expected = match self.spec.source {
                FeatureKind::Logmel => format!("a log-mel of {n} bands × frames"),
                FeatureKind::Mfcc => format!("MFCC of frames × {n} coefficients"),
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
            FeatureKind::Mfcc => {
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

    /// Prepares one row: bands and frames picked, scaled, laid out. `out` has [`Preprocessor::len`] values.
    /// Says whether the row has what the input reads; `out` is as it was where not.
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
        if self.spec.layout == Layout::SpectrogramImage {
            let [height, width] = self.spec.image_size.unwrap_or([rows, cols]);
            spectrogram_picture(&values, rows, cols, height, width, out);
            return Ok(());
        }
        self.lay_out(&values, rows, cols, out);
        Ok(())
    }

    fn scale(&self, values: &mut [f32], rows: usize, cols: usize) {
        let bands_first = self.bands_first();
        match self.spec.scaling {
            Scaling::None {} => {}
            Scaling::Fixed { add, divide } => {
                values.iter_mut().for_each(|x| *x = (*x + add) / divide)
            }
            Scaling::Clip {} => {
                let n = values.len() as f64;
                let mean = values.iter().map(|&x| f64::from(x)).sum::<f64>() / n;
                let variance = values
                    .iter()
                    .map(|&x| (f64::from(x) - mean).powi(2))
                    .sum::<f64>()
                    / n;
                let (mean, divide) = (mean as f32, variance.sqrt() as f32 + 1.0);
                values.iter_mut().for_each(|x| *x = (*x - mean) / divide);
            }
            Scaling::ClipBand { divide } => {
                let (features, frames) = if bands_first {
                    (rows, cols)
                } else {
                    (cols, rows)
                };
                for feature in 0..features {
                    let at = |frame: usize| {
                        if bands_first {
                            feature * cols + frame
                        } else {
                            frame * cols + feature
                        }
                    };
                    let mean =
                        (0..frames).map(|t| f64::from(values[at(t)])).sum::<f64>() / frames as f64;
                    for t in 0..frames {
                        let x = &mut values[at(t)];
                        *x = (*x - mean as f32) / divide;
                    }
                }
            }
            Scaling::Standard { clip } => {
                let (Some(mean), Some(deviation)) =
                    (self.statistic("mean"), self.statistic("deviation"))
                else {
                    return;
                };
                for (index, x) in values.iter_mut().enumerate() {
                    let feature = if bands_first {
                        index / cols
                    } else {
                        index % cols
                    };
                    *x = (*x - mean[feature]) / deviation[feature];
                    if let Some(clip) = clip {
                        *x = x.clamp(-clip, clip);
                    }
                }
            }
            Scaling::Rank { .. } | Scaling::Quantile {} => {
                let (Some(starts), Some(sorted)) =
                    (self.statistic("starts"), self.statistic("sorted"))
                else {
                    return;
                };
                let largest = self.statistic("largest").map(|x| x[0]);
                for (column, x) in values.iter_mut().enumerate() {
                    let known = &sorted[starts[column] as usize..starts[column + 1] as usize];
                    *x = match largest {
                        Some(largest) => known.partition_point(|k| k < x) as f32 / largest,
                        None => normal_deviate(share_below(known, *x)),
                    };
                }
            }
        }
    }

    fn lay_out(&self, values: &[f32], rows: usize, cols: usize, out: &mut [f32]) {
        let (features, frames) = if self.bands_first() {
            (rows, cols)
        } else {
            (cols, rows)
        };
        let at = |feature: usize, frame: usize| {
            values[if self.bands_first() {
                feature * cols + frame
            } else {
                frame * cols + feature
            }]
        };
        // Change over five frames, as a regression slope (librosa.feature.delta of width 5, edges repeated).
        let delta = |feature: usize, frame: usize| {
            let near = |step: isize| {
                let t = (frame as isize + step).clamp(0, frames as isize - 1) as usize;
                at(feature, t)
            };
            (near(1) - near(-1) + 2.0 * (near(2) - near(-2))) / 10.0
        };
        match self.spec.layout {
            Layout::Image | Layout::SpectrogramImage => {
                let channels = 1 + usize::from(self.spec.deltas);
                for feature in 0..features {
                    for frame in 0..frames {
                        let pixel = &mut out[(feature * frames + frame) * channels..][..channels];
                        pixel[0] = at(feature, frame);
                        if channels == 2 {
                            // A change is some ten times smaller than a level.
                            pixel[1] = 4.0 * delta(feature, frame);
                        }
                    }
                }
            }
            Layout::Sequence => {
                let width = features * (1 + usize::from(self.spec.deltas));
                for frame in 0..frames {
                    let step = &mut out[frame * width..][..width];
                    for feature in 0..features {
                        step[feature] = at(feature, frame);
                        if self.spec.deltas {
                            step[features + feature] = 4.0 * delta(feature, frame);
                        }
                    }
                }
            }
            Layout::Transposed => {
                for feature in 0..features {
                    for frame in 0..frames {
                        out[feature * frames + frame] = at(feature, frame);
                    }
                }
            }
            Layout::Vector => out.copy_from_slice(values),
        }
    }
}
