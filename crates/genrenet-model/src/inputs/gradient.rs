//! Back from a network's input to the log-mel it was prepared from.

use super::{Input, Layout, Scaling, cell_frame};

impl Input {
    /// Whether gradients can be carried back to the cells of a log-mel: its levels reach the network one by one, in any
    /// layout but the colour picture.
    pub(crate) fn carries_gradient(&self) -> bool {
        self.bands_first()
            && self.spec().layout != Layout::Picture
            && matches!(
                self.spec().scaling,
                Scaling::None {}
                    | Scaling::Fixed { .. }
                    | Scaling::Clip {}
                    | Scaling::ClipBand { .. }
                    | Scaling::Standard { .. }
            )
    }

    /// Adds to `out` (`[bands, frames]` of the log-mel, row-major) the gradient by each of its cells, given that by the
    /// prepared row (`[Input::len]`) and the log-mel itself: the transpose of [`Input::prepare`]'s derivative.
    pub(crate) fn gradient_to_log_mel(
        &self,
        prepared: &[f32],
        log_mel: &[f32],
        total_frames: usize,
        out: &mut [f32],
    ) {
        let (features, frames) = (self.features(), self.frames());
        let mut gradient = self.gather(prepared, features, frames);
        let first = self.spec().bands.map_or(0, |[first, _]| first);
        let cell = |band: usize, frame: usize| {
            (first + band) * total_frames
                + if total_frames == frames {
                    frame
                } else {
                    cell_frame(frame, frames, total_frames)
                }
        };
        let levels: Vec<f32> = (0..features * frames)
            .map(|i| log_mel[cell(i / frames, i % frames)])
            .collect();
        self.unscale(&mut gradient, &levels, features, frames);
        for (i, g) in gradient.iter().enumerate() {
            out[cell(i / frames, i % frames)] += g;
        }
    }

    /// The gradient by scaled levels, `[features, frames]`: layout and deltas taken back.
    fn gather(&self, prepared: &[f32], features: usize, frames: usize) -> Vec<f32> {
        let deltas = self.spec().deltas;
        let channels = 1 + usize::from(deltas);
        // Where the level and the change of a band in a frame lie in the prepared row.
        let level = |band: usize, frame: usize| match self.spec().layout {
            Layout::Sequence => frame * features * channels + band,
            Layout::Image => (band * frames + frame) * channels,
            _ => band * frames + frame,
        };
        let change = |band: usize, frame: usize| match self.spec().layout {
            Layout::Sequence => level(band, frame) + features,
            _ => level(band, frame) + 1,
        };
        let mut out = vec![0.0f32; features * frames];
        for band in 0..features {
            let row = &mut out[band * frames..(band + 1) * frames];
            for frame in 0..frames {
                row[frame] += prepared[level(band, frame)];
                if !deltas {
                    continue;
                }
                let g = 4.0 * prepared[change(band, frame)] / 10.0;
                for (step, share) in [(1, 1.0), (-1, -1.0), (2, 2.0), (-2, -2.0)] {
                    let near = (frame as isize + step).clamp(0, frames as isize - 1) as usize;
                    row[near] += share * g;
                }
            }
        }
        out
    }

    /// From the gradient by scaled levels to that by levels in dB.
    fn unscale(&self, gradient: &mut [f32], levels: &[f32], features: usize, frames: usize) {
        match self.spec().scaling {
            Scaling::Fixed { divide, .. } => gradient.iter_mut().for_each(|g| *g /= divide),
            Scaling::Clip {} => {
                let n = levels.len() as f64;
                let mean = levels.iter().map(|&x| f64::from(x)).sum::<f64>() / n;
                let square = |x: f32| (f64::from(x) - mean).powi(2);
                let deviation = (levels.iter().map(|&x| square(x)).sum::<f64>() / n).sqrt();
                let divide = deviation + 1.0;
                let sum = gradient.iter().map(|&g| f64::from(g)).sum::<f64>();
                let along: f64 = gradient
                    .iter()
                    .zip(levels)
                    .map(|(&g, &x)| f64::from(g) * (f64::from(x) - mean))
                    .sum();
                let pull = if deviation > 0.0 {
                    along / (n * deviation * divide * divide)
                } else {
                    0.0
                };
                for (g, &x) in gradient.iter_mut().zip(levels) {
                    *g = ((f64::from(*g) - sum / n) / divide - pull * (f64::from(x) - mean)) as f32;
                }
            }
            Scaling::ClipBand { divide } => {
                for row in gradient.chunks_mut(frames) {
                    let mean = row.iter().sum::<f32>() / frames as f32;
                    row.iter_mut().for_each(|g| *g = (*g - mean) / divide);
                }
            }
            Scaling::Standard { clip } => {
                let statistic = |name: &str| {
                    let found = self.fitted().iter().find(|(known, _)| known == name);
                    found.map_or(&[][..], |(_, tensor)| &tensor.data)
                };
                let (mean, deviation) = (statistic("mean"), statistic("deviation"));
                if mean.len() != features || deviation.len() != features {
                    return;
                }
                for (i, (g, &x)) in gradient.iter_mut().zip(levels).enumerate() {
                    let band = i / frames;
                    let scaled = (x - mean[band]) / deviation[band];
                    *g = match clip {
                        Some(clip) if scaled.abs() > clip => 0.0,
                        _ => *g / deviation[band],
                    };
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inputs::{Fitter, InputSpec, Raw, RawArray, Source};

    const BANDS: usize = 4;
    const FRAMES: usize = 6;

    fn row(data: Vec<f32>) -> Raw {
        let mut raw = Raw::new();
        let shape = vec![BANDS, FRAMES];
        raw.insert(Source::Logmel, RawArray { shape, data });
        raw
    }

    fn levels(seed: u32) -> Vec<f32> {
        (0..(BANDS * FRAMES) as u32)
            .map(|i| -60.0 + ((i * 37 + seed * 11) % 53) as f32)
            .collect()
    }

    #[test]
    fn it_is_what_differences_of_prepare_give() {
        for (scaling, layout, deltas, bands) in [
            (Scaling::None {}, Layout::Image, true, Some([1, 3])),
            (
                Scaling::Fixed {
                    add: 40.0,
                    divide: 20.0,
                },
                Layout::Sequence,
                true,
                None,
            ),
            (Scaling::Clip {}, Layout::Image, false, None),
            (
                Scaling::ClipBand { divide: 9.0 },
                Layout::Swapped,
                false,
                None,
            ),
            (
                Scaling::Standard { clip: Some(3.0) },
                Layout::Vector,
                false,
                None,
            ),
        ] {
            let spec = InputSpec {
                name: "logmel".into(),
                source: Source::Logmel,
                layout,
                scaling,
                deltas,
                bands,
                frames: Some(3),
                with_mfcc: false,
                picture: None,
            };
            let mut fitter = Fitter::new(spec, &row(levels(0))).unwrap();
            for seed in 0..5 {
                fitter.add(&row(levels(seed))).unwrap();
            }
            let input = fitter.finish().unwrap();
            assert!(input.carries_gradient());
            let at = levels(9);
            let pulls: Vec<f32> = (0..input.len())
                .map(|i| ((i * 7) % 5) as f32 - 1.5)
                .collect();
            let of = |data: Vec<f32>| {
                let mut out = vec![0.0; input.len()];
                input.prepare(&row(data), &mut out).unwrap();
                let pulled = out.iter().zip(&pulls);
                pulled
                    .map(|(&x, &p)| f64::from(x) * f64::from(p))
                    .sum::<f64>()
            };
            let mut found = vec![0.0; at.len()];
            input.gradient_to_log_mel(&pulls, &at, FRAMES, &mut found);
            for cell in 0..at.len() {
                let moved = |by: f32| {
                    let mut data = at.clone();
                    data[cell] += by;
                    of(data)
                };
                let expected = (moved(0.05) - moved(-0.05)) / 0.1;
                assert!(
                    (f64::from(found[cell]) - expected).abs() < 2e-3 * (1.0 + expected.abs()),
                    "{scaling:?} {layout:?}, cell {cell}: {} is not {expected}",
                    found[cell]
                );
            }
        }
    }
}
