//! Which sounds are not music: a logistic function of four statistics of a song's segments.

use serde::{Deserialize, Serialize};

use crate::error::ModelError;

/// A logistic function of four statistics, at or above whose threshold a sound is taken for speech, noise or a test tone.
///
/// The statistics are those of `reference/wide.py`, over segments of `[frames, bands]` log-mel values ≥ 0 and their tag logits.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Guard {
    /// Weight of the mean of |second difference along the bands| of the segments' mean spectra.
    pub roughness: f64,
    /// Weight of ln(0.05 + d), d the mean over tags of the standard deviation over segments.
    pub tag_deviation: f64,
    /// Weight of the standard deviation of a segment's levels (means over the bands of its frames), averaged over the segments and
    /// divided by 0.05 + the song's mean level.
    pub level_deviation: f64,
    /// Weight of the mean of |difference of successive frames|, divided by 0.05 + the song's mean level.
    pub flux: f64,
    /// Added to the weighted sum.
    pub bias: f64,
    /// The sum above which a sound is not music.
    pub threshold: f64,
    /// A sound of fewer segments is never sure: it has no deviation of tags.
    pub least_segments: usize,
    /// From so many segments on a sound above the threshold is said not to be music; a shorter one, whose deviation of tags is
    /// smaller by chance, is only unsure.
    pub settled_segments: usize,
    /// The share of sounds that are not music, of `least_segments` and more, that lie above the threshold; as measured.
    pub caught: f32,
    /// The share of music of `settled_segments` and more that does.
    pub lost: f32,
}

/// Sums over the log-mel of a song's segments, from which the statistics of [`Guard`] are made.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SegmentSums {
    segments: usize,
    roughness: f64,
    level: f64,
    level_deviation: f64,
    flux: f64,
}

impl SegmentSums {
    /// Adds a segment `[frames, bands]`, of two frames and three bands at least.
    pub fn add(&mut self, log_mel: &[f32], bands: usize) {
        let frames = log_mel.len() / bands;
        let mut mean = vec![0.0f64; bands];
        let mut levels = Vec::with_capacity(frames);
        for frame in log_mel.chunks_exact(bands) {
            mean.iter_mut()
                .zip(frame)
                .for_each(|(sum, x)| *sum += f64::from(*x));
            levels.push(frame.iter().map(|x| f64::from(*x)).sum::<f64>() / bands as f64);
        }
        let second = mean.windows(3).map(|m| (m[0] - 2.0 * m[1] + m[2]).abs());
        self.roughness += second.sum::<f64>() / frames as f64 / (bands - 2) as f64;
        self.level += levels.iter().sum::<f64>() / frames as f64;
        self.level_deviation += standard_deviation(&levels);
        let successive = log_mel.iter().zip(&log_mel[bands..]);
        let change: f64 = successive.map(|(a, b)| f64::from((b - a).abs())).sum();
        self.flux += change / ((frames - 1) * bands) as f64;
        self.segments += 1;
    }

    /// The four statistics of a song with the tags `logits` of each segment: roughness, deviation of tags, deviation of the
    /// level, flux.
    pub fn statistics(&self, logits: &[Vec<f32>]) -> [f64; 4] {
        let segments = self.segments as f64;
        let tags = logits.first().map_or(0, Vec::len);
        let of_tag = |tag: usize| -> Vec<f64> {
            logits
                .iter()
                .map(|segment| f64::from(segment[tag]))
                .collect()
        };
        let deviations = (0..tags).map(|tag| standard_deviation(&of_tag(tag)));
        let tag_deviation = deviations.sum::<f64>() / tags as f64;
        let level = 0.05 + self.level / segments;
        [
            self.roughness / segments,
            (0.05 + tag_deviation).ln(),
            self.level_deviation / segments / level,
            self.flux / segments / level,
        ]
    }
}

impl Guard {
    /// Whether a sound with these [statistics](SegmentSums::statistics) lies above the threshold.
    pub fn catches(&self, statistics: [f64; 4]) -> bool {
        self.score(statistics) > self.threshold
    }

    /// The weighted sum of the statistics.
    pub fn score(&self, [roughness, tag_deviation, level_deviation, flux]: [f64; 4]) -> f64 {
        self.roughness * roughness
            + self.tag_deviation * tag_deviation
            + self.level_deviation * level_deviation
            + self.flux * flux
            + self.bias
    }

    /// Refuses impossible values.
    pub(crate) fn check(&self) -> Result<(), ModelError> {
        for (name, value) in [
            ("roughness", self.roughness),
            ("tag_deviation", self.tag_deviation),
            ("level_deviation", self.level_deviation),
            ("flux", self.flux),
            ("bias", self.bias),
            ("threshold", self.threshold),
        ] {
            if !value.is_finite() {
                let key = format!("backbone.guard.{name}");
                return Err(ModelError::value(key, value, "a finite number"));
            }
        }
        for (name, value) in [("caught", self.caught), ("lost", self.lost)] {
            if !(0.0..=1.0).contains(&value) {
                let key = format!("backbone.guard.{name}");
                return Err(ModelError::value(key, value, "a number from 0 to 1"));
            }
        }
        Ok(())
    }
}

/// The standard deviation, divided by n.
fn standard_deviation(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares = values.iter().map(|x| (x - mean).powi(2)).sum::<f64>();
    (squares / n).sqrt()
}
