//! Classifying a song again by another model.

use std::path::Path;

use super::Change;
use super::classifier::Classifier;
use crate::Error;
use crate::library::index::Index;

/// Puts the model's answer in the place of an earlier one, unless that is this model's by now: files with the same sound share one.
pub(super) fn reclassify(
    index: &Index,
    classifier: &Classifier,
    path: &Path,
    song: i64,
) -> Result<Change, Error> {
    if index.model_of(song)? != Some(classifier.rows().id) {
        index.reclassify(song, &classifier.classify(path)?)?;
    }
    Ok(Change::Reclassified)
}
