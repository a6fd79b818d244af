//! Predictions for a spectrogram of which parts are replaced by the baseline.

use std::borrow::Cow;

use super::beside::{Alignment, Beside};
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
    /// The features that are kept in every variant.
    kept: Raw,
    genre: usize,
    /// The feature whose parts are replaced: [`Bundle::explained_feature`].
    kind: FeatureKind,
    array: &'a RawArray,
    /// Bands and frames of the array.
    shape: [usize; 2],
    /// Segments that are replaced together with a log-mel.
    beside: Option<Beside<'a>>,
    /// Mean level of each band over the window.
    baseline: Vec<f32>,
    /// Called with the number of forward passes that were done.
    advance: &'a dyn Fn(usize),
}

impl<'a> Game<'a> {
    /// # Errors
    /// An index that is no genre, a row without the feature that is explained, one without cells.
    pub(super) fn new(
        bundle: &'a Bundle,
        row: &'a Raw,
        genre: usize,
        alignment: Option<&'a Alignment>,
        advance: &'a dyn Fn(usize),
    ) -> Result<Game<'a>, ModelError> {
        if genre >= bundle.genres.len() {
            let expected = format!("below {}", bundle.genres.len());
            return Err(ModelError::value("genre", genre, expected));
        }
        let kind = bundle.explained_feature().unwrap_or(FeatureKind::Logmel);
        let Some(array) = row.get(kind) else {
            let has: Vec<&str> = row.sources().map(FeatureKind::name).collect();
            return Err(ModelError::MissingInput {
                needs: kind.name().into(),
                has: match has.is_empty() {
                    true => "none of its features".into(),
                    false => has.join(", "),
                },
            });
        };
        let shape = match (kind, &array.shape[..]) {
            (FeatureKind::Segments, &[frames, bands]) => [bands, frames],
            (_, &[bands, frames]) => [bands, frames],
            _ => [0, 0],
        };
        if array.data.is_empty() || shape[0].checked_mul(shape[1]) != Some(array.data.len()) {
            return Err(ModelError::Shape {
                input: kind.name().into(),
                expected: match kind {
                    FeatureKind::Segments => "segments of [frames, bands]".into(),
                    _ => "a log-mel of [bands, frames]".into(),
                },
                found: array.shape.clone(),
            });
        }
        let [bands, frames] = shape;
        let mean = |band: usize| {
            let levels = (0..frames).map(|frame| array.data[cell(kind, shape, band, frame)]);
            (levels.map(f64::from).sum::<f64>() / frames as f64) as f32
        };
        let beside = match alignment.filter(|_| kind == FeatureKind::Logmel) {
            Some(alignment) => Beside::new(bundle, row, alignment)?,
            None => None,
        };
        let segments = kind == FeatureKind::Segments || beside.is_some();
        Ok(Game {
            bundle,
            kept: kept(bundle, row, kind, segments)?,
            beside,
            genre,
            kind,
            array,
            shape,
            baseline: (0..bands).map(mean).collect(),
            advance,
        })
    }

    /// Bands and frames of the feature that is explained.
    pub(super) fn shape(&self) -> [usize; 2] {
        self.shape
    }

    /// The genre's uncalibrated probability in `count` variants of the window: variant `i` keeps the cells for which
    /// `keeps(i, band, frame)` holds, all others have the level of the baseline.
    pub(super) fn probabilities(
        &self,
        count: usize,
        keeps: impl Fn(usize, usize, usize) -> bool,
    ) -> Result<Vec<f32>, ModelError> {
        let [_, frames] = self.shape;
        let variant = |i: usize| {
            let mut raw = self.kept.clone();
            let mut array = self.array.clone();
            for (band, &level) in self.baseline.iter().enumerate() {
                for frame in (0..frames).filter(|&frame| !keeps(i, band, frame)) {
                    array.data[cell(self.kind, self.shape, band, frame)] = level;
                }
            }
            raw.insert(self.kind, self.filled(array));
            if let Some(beside) = &self.beside {
                let segments = beside.kept(|band, frame| keeps(i, band, frame));
                raw.insert(FeatureKind::Segments, segments);
            }
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

    /// The array as the networks read it: the frames of a song that is shorter than a segment are repeated.
    fn filled(&self, mut array: RawArray) -> RawArray {
        let wanted = self.bundle.segment_frames().unwrap_or(0);
        if self.kind == FeatureKind::Segments && self.shape[1] < wanted {
            let own = array.data;
            let len = wanted * self.shape[0];
            array.data = own.iter().copied().cycle().take(len).collect();
            array.shape[0] = wanted;
        }
        array
    }
}

/// Where a cell lies in an array: a log-mel is `[bands, frames]`, segments are `[frames, bands]`.
pub(super) fn cell(
    kind: FeatureKind,
    [bands, frames]: [usize; 2],
    band: usize,
    frame: usize,
) -> usize {
    match kind {
        FeatureKind::Segments => frame * bands + band,
        _ => band * frames + frame,
    }
}

/// The features of a row that stay as they are while parts of `kind` are replaced. An embedding is made anew of every variant
/// where segments are replaced, and once where they stay.
fn kept(bundle: &Bundle, row: &Raw, kind: FeatureKind, segments: bool) -> Result<Raw, ModelError> {
    let rows = std::slice::from_ref(row);
    let (row, replaced): (_, &[FeatureKind]) = match segments {
        true => {
            let made = &[FeatureKind::Segments, FeatureKind::Embedding];
            (Cow::Borrowed(rows), made)
        }
        false => (bundle.embedded(rows)?, &[]),
    };
    let mut kept = Raw::new();
    for source in row[0]
        .sources()
        .filter(|source| *source != kind && !replaced.contains(source))
    {
        if let Some(array) = row[0].get(source) {
            kept.insert(source, array.clone());
        }
    }
    Ok(kept)
}

/// ln(p / (1 − p)).
pub(super) fn log_odds(probability: f32) -> f32 {
    let p = probability.clamp(LEAST, 1.0 - LEAST);
    (p / (1.0 - p)).ln()
}
