//! The tags of a song's segments: its attributes, and whether it is music.

use crate::attribute::AttributeAnswer;
use crate::bundle::{Backbone, Bundle};
use crate::error::ModelError;
use crate::guard::SegmentSums;
use crate::inputs::{FeatureKind, Raw};
use crate::predict::Prediction;

/// What a backbone's tags say of a song beside its genre, window by window.
pub(crate) struct SongTags<'a> {
    backbone: &'a Backbone,
    /// Whether a network reads the segments themselves.
    keep_segments: bool,
    /// The tags of each segment.
    logits: Vec<Vec<f32>>,
    sums: SegmentSums,
}

impl<'a> SongTags<'a> {
    /// `None` for a model that says nothing beside the genre.
    pub(crate) fn of(bundle: &'a Bundle) -> Option<SongTags<'a>> {
        let backbone = bundle.backbone.as_ref()?;
        let said = bundle.guard().is_some() || !bundle.attributes().is_empty();
        said.then(|| SongTags {
            backbone,
            keep_segments: bundle.sources().contains(&FeatureKind::Segments),
            logits: Vec::new(),
            sums: SegmentSums::default(),
        })
    }

    /// Adds a window: the mean of its segments' tags becomes the row's embedding, so that the backbone runs once, and the segments
    /// are removed where no network reads them, as a song of hours has many.
    pub(crate) fn add(&mut self, row: &mut Raw) -> Result<(), ModelError> {
        let Some(logits) = self.backbone.of_segments(row)? else {
            return Ok(());
        };
        self.backbone.add_mean(row, &logits);
        if let Some(array) = row.get(FeatureKind::Segments)
            && self.backbone.guard.is_some()
        {
            let bands = array.shape[1];
            let segment = self.backbone.network.inputs[0].frames() * bands;
            for log_mel in array.data.chunks_exact(segment) {
                self.sums.add(log_mel, bands);
            }
        }
        if !self.keep_segments {
            row.remove(FeatureKind::Segments);
        }
        self.logits.extend(logits);
        Ok(())
    }

    /// Adds what they say to a song's prediction.
    pub(crate) fn add_to(&self, prediction: &mut Prediction) {
        if self.logits.is_empty() {
            return;
        }
        let mean = |tag: usize| {
            let tags = self.logits.iter().map(|logits| f64::from(logits[tag]));
            tags.sum::<f64>() / self.logits.len() as f64
        };
        let tags = &self.backbone.tags;
        let means: Vec<f64> = (0..tags.len()).map(mean).collect();
        let attributes = self.backbone.attributes.iter();
        let answers: Vec<AttributeAnswer> = attributes.map(|one| one.of(tags, &means)).collect();
        prediction.attributes = answers;
        if let Some(guard) = &self.backbone.guard {
            let segments = self.logits.len();
            let caught = guard.catches(self.sums.statistics(&self.logits));
            prediction.no_music = caught && segments >= guard.settled_segments;
            prediction.unsure |= caught || segments < guard.least_segments;
        }
    }
}
