//! Scaling of a selected array.

use super::origin;
use super::preprocessor::Preprocessor;
use super::quantile::{normal_deviate, share_below};
use super::spec::Scaling;

impl Preprocessor {
    /// Scales a selected array `[rows, cols]` in place.
    pub(super) fn scale(&self, values: &mut [f32], rows: usize, cols: usize) {
        let bands_first = self.bands_first();
        match self.spec().scaling {
            Scaling::None {} => {}
            Scaling::Fixed { add, divide } => {
                values.iter_mut().for_each(|x| *x = (*x + add) / divide)
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
                        Some(largest) => origin::rank(known, *x, largest),
                        None => normal_deviate(share_below(known, *x)),
                    };
                }
            }
        }
    }
}
