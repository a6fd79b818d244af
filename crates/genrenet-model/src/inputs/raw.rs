//! The feature arrays of one clip.

use genrenet_audio::WindowFeatures;

use super::spec::FeatureKind;

/// One array of one clip, row-major.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RawArray {
    /// `[bands, frames]` for a log-mel in dB, `[frames, coefficients]` for MFCC, `[segments · frames, bands]` for segments,
    /// `[n]` for values.
    pub shape: Vec<usize>,
    /// The values.
    pub data: Vec<f32>,
}

/// The feature arrays of one clip or of one window of a song, by kind.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Raw {
    arrays: Vec<(FeatureKind, RawArray)>,
}

impl Raw {
    /// A row without arrays.
    pub fn new() -> Raw {
        Raw::default()
    }

    /// Adds or replaces an array.
    pub fn insert(&mut self, source: FeatureKind, array: RawArray) {
        match self.arrays.iter_mut().find(|(known, _)| *known == source) {
            Some((_, slot)) => *slot = array,
            None => self.arrays.push((source, array)),
        }
    }

    /// Removes the array of this kind.
    pub fn remove(&mut self, source: FeatureKind) {
        self.arrays.retain(|(known, _)| *known != source);
    }

    /// The array of this kind, if the row has one.
    pub fn get(&self, source: FeatureKind) -> Option<&RawArray> {
        self.arrays
            .iter()
            .find(|(known, _)| *known == source)
            .map(|(_, array)| array)
    }

    /// The same, mutably (for augmentation).
    pub fn get_mut(&mut self, source: FeatureKind) -> Option<&mut RawArray> {
        self.arrays
            .iter_mut()
            .find(|(known, _)| *known == source)
            .map(|(_, array)| array)
    }

    /// The kinds of the arrays at hand.
    pub fn sources(&self) -> impl Iterator<Item = FeatureKind> + '_ {
        self.arrays.iter().map(|(source, _)| *source)
    }

    /// The features of one window of a song ([`genrenet_audio::song_features`]).
    pub fn of_window(window: &WindowFeatures) -> Raw {
        let array = |matrix: &genrenet_audio::Matrix| RawArray {
            shape: vec![matrix.rows, matrix.cols],
            data: matrix.data.clone(),
        };
        let mut raw = Raw::new();
        if let Some(log_mel) = &window.log_mel {
            raw.insert(FeatureKind::Logmel, array(log_mel));
        }
        if let Some(mfcc) = &window.mfcc {
            raw.insert(FeatureKind::Mfcc, array(mfcc));
        }
        if let Some(first) = window.segments.first() {
            let segments = window.segments.iter();
            let data: Vec<f32> = segments.flat_map(|s| s.mel.data.iter().copied()).collect();
            let shape = vec![first.mel.rows * window.segments.len(), first.mel.cols];
            raw.insert(FeatureKind::Segments, RawArray { shape, data });
        }
        raw
    }
}
