//! A song: the answers of its windows averaged, and its embedding.

use genrenet_audio::SongFeatures;

use crate::bundle::Bundle;
use crate::error::ModelError;
use crate::inputs::{FeatureKind, Raw};
use crate::predict::{Prediction, WindowPrediction};
use crate::song_tags::SongTags;

impl Bundle {
    /// Classifies a song: the mean of the probabilities of its windows.
    ///
    /// # Errors
    /// As [`Bundle::predict`]; [`ModelError::MissingInput`] for a bundle of a table's values.
    pub fn classify(&self, song: &SongFeatures) -> Result<Prediction, ModelError> {
        let (rows, tags) = self.rows_of(song)?;
        self.classify_rows(song, &rows, tags)
    }

    /// The embedding of a song: the mean over its windows of the backbone's layer that the networks read; for a bundle without a
    /// backbone of [`Bundle::embed`].
    ///
    /// # Errors
    /// As [`Bundle::classify`].
    pub fn embed_song(&self, song: &SongFeatures) -> Result<Vec<f32>, ModelError> {
        let (rows, _) = self.rows_of(song)?;
        self.mean_embedding(&self.embedded(&rows)?)
    }

    /// As [`Bundle::classify`] and [`Bundle::embed_song`] at once: a backbone runs once for both.
    ///
    /// # Errors
    /// As [`Bundle::classify`].
    pub fn analyse(&self, song: &SongFeatures) -> Result<(Prediction, Vec<f32>), ModelError> {
        let (rows, tags) = self.rows_of(song)?;
        let rows = self.embedded(&rows)?;
        let prediction = self.classify_rows(song, &rows, tags)?;
        Ok((prediction, self.mean_embedding(&rows)?))
    }

    /// A song's windows as rows; where the backbone's tags say something beside the genre, they are read and the rows have its embedding.
    fn rows_of(&self, song: &SongFeatures) -> Result<(Vec<Raw>, Option<SongTags<'_>>), ModelError> {
        let mut tags = SongTags::of(self);
        let mut rows = Vec::with_capacity(song.windows.len());
        for window in &song.windows {
            let mut row = Raw::of_window(window);
            if let Some(tags) = &mut tags {
                tags.add(&mut row)?;
            }
            rows.push(row);
        }
        match rows.is_empty() {
            true => Err(self.missing_input(&Raw::new())),
            false => Ok((rows, tags)),
        }
    }

    fn classify_rows(
        &self,
        song: &SongFeatures,
        rows: &[Raw],
        tags: Option<SongTags>,
    ) -> Result<Prediction, ModelError> {
        let k = self.genres.len();
        let all = self.predict(rows)?;
        let probabilities = mean(all.chunks(k), rows.len());
        let windows = song
            .windows
            .iter()
            .zip(all.chunks(k))
            .map(|(window, row)| WindowPrediction {
                start_seconds: window.start_seconds,
                probabilities: row.to_vec(),
            })
            .collect();
        let mut prediction = Prediction {
            windows,
            ..self.rank(probabilities)
        };
        if let Some(tags) = tags {
            tags.add_to(&mut prediction);
        }
        Ok(prediction)
    }

    /// The mean embedding of rows to which the backbone, if there is one, has added its own.
    fn mean_embedding(&self, rows: &[Raw]) -> Result<Vec<f32>, ModelError> {
        if self.backbone.is_none() {
            let hidden = self.embed(rows)?;
            return Ok(mean(hidden.iter().map(Vec::as_slice), rows.len()));
        }
        let embeddings: Vec<&[f32]> = rows
            .iter()
            .map(|row| match row.get(FeatureKind::Embedding) {
                Some(array) => Ok(array.data.as_slice()),
                None => Err(self.missing_input(row)),
            })
            .collect::<Result<_, _>>()?;
        Ok(mean(embeddings.into_iter(), rows.len()))
    }
}

/// The mean of rows of one length.
fn mean<'a>(rows: impl Iterator<Item = &'a [f32]>, count: usize) -> Vec<f32> {
    let mut mean = Vec::new();
    for row in rows {
        mean.resize(row.len(), 0.0f32);
        for (sum, x) in mean.iter_mut().zip(row) {
            *sum += x / count as f32;
        }
    }
    mean
}
