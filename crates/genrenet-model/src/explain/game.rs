//! Predictions for a log-mel of which parts are replaced by the baseline.

use crate::bundle::Bundle;
use crate::error::ModelError;
use crate::inputs::{FeatureKind, Raw, RawArray};

/// Variants of the window that are held in memory and predicted at once.
const CHUNK: usize = 32;

/// Probabilities are kept this far from 0 and 1 before their log-odds are taken.
const LEAST: f32 = 1e-6;

/// A window, a genre, and the baseline that replaces the parts that are left out.
pub(super) struct Game<'a> {
    bundle: &'a Bundle,
    row: &'a Raw,
    genre: usize,
    log_mel: &'a RawArray,
    /// Mean level of each band over the window.
    baseline: Vec<f32>,
    /// Called with the number of forward passes that were done.
    advance: &'a dyn Fn(usize),
}

impl<'a> Game<'a> {
    /// # Errors
    /// An index that is no genre, a row without a log-mel, a log-mel without cells.
    pub(super) fn new(
        bundle: &'a Bundle,
        row: &'a Raw,
        genre: usize,
        advance: &'a dyn Fn(usize),
    ) -> Result<Game<'a>, ModelError> {
        if genre >= bundle.genres.len() {
            let expected = format!("below {}", bundle.genres.len());
            return Err(ModelError::value("genre", genre, expected));
        }
        let Some(log_mel) = row.get(FeatureKind::Logmel) else {
            let has: Vec<&str> = row.sources().map(FeatureKind::name).collect();
            return Err(ModelError::MissingInput {
                needs: FeatureKind::Logmel.name().into(),
                has: match has.is_empty() {
                    true => "none of its features".into(),
                    false => has.join(", "),
                },
            });
        };
        let frames = match log_mel.shape[..] {
            [bands, frames]
                if !log_mel.data.is_empty()
                    && bands.checked_mul(frames) == Some(log_mel.data.len()) =>
            {
                frames
            }
            _ => {
                return Err(ModelError::Shape {
                    input: FeatureKind::Logmel.name().into(),
                    expected: "a log-mel of [bands, frames]".into(),
                    found: log_mel.shape.clone(),
                });
            }
        };
        let mean = |band: &[f32]| band.iter().map(|&x| f64::from(x)).sum::<f64>() / frames as f64;
        let bands = log_mel.data.chunks(frames);
        Ok(Game {
            bundle,
            row,
            genre,
            log_mel,
            advance,
            baseline: bands.map(|band| mean(band) as f32).collect(),
        })
    }

    /// Bands and frames of the log-mel.
    pub(super) fn shape(&self) -> [usize; 2] {
        [self.log_mel.shape[0], self.log_mel.shape[1]]
    }

    /// The genre's uncalibrated probability in `count` variants of the window: variant `i` keeps the cells for which
    /// `keeps(i, band, frame)` holds, all others have the level of the baseline.
    pub(super) fn probabilities(
        &self,
        count: usize,
        keeps: impl Fn(usize, usize, usize) -> bool,
    ) -> Result<Vec<f32>, ModelError> {
        let frames = self.log_mel.shape[1];
        let variant = |i: usize| {
            let mut raw = self.row.clone();
            let mut array = self.log_mel.clone();
            for (cell, level) in array.data.iter_mut().enumerate() {
                let (band, frame) = (cell / frames, cell % frames);
                if !keeps(i, band, frame) {
                    *level = self.baseline[band];
                }
            }
            raw.insert(FeatureKind::Logmel, array);
            raw
        };
        let mut found = Vec::with_capacity(count);
        for start in (0..count).step_by(CHUNK) {
            let rows: Vec<Raw> = (start..count.min(start + CHUNK)).map(variant).collect();
            let all = self.bundle.uncalibrated(&rows)?;
            (self.advance)(rows.len());
            found.extend(
                all.chunks(self.bundle.genres.len())
                    .map(|row| row[self.genre]),
            );
        }
        Ok(found)
    }
}

/// ln(p / (1 − p)).
pub(super) fn log_odds(probability: f32) -> f32 {
    let p = probability.clamp(LEAST, 1.0 - LEAST);
    (p / (1.0 - p)).ln()
}
