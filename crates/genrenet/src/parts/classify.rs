//! Genres of the files of a part.

use std::path::Path;

use super::{CARRIED, PartDone, PartJob, Work, carried, distinct, run};
use crate::data::DataError;
use crate::data::export::{Cell, ColumnKind, Identity, ResumableTable};
use crate::data::manifest::ManifestRow;
use crate::model::Bundle;
use crate::{Error, Progress, Song, classify};

/// Classifies the files of a shard of a manifest into a Parquet file, on all cores, with the numbers of [`classify`].
///
/// Its columns: `path` as in the manifest, `seconds`, `genre` (the top one) with its `probability`, `unsure`, `no_music` (null where the model
/// does not tell it), `manifest_genre`, `artist`, `album` and `split` of the manifest, `model`, `model_version`, `error` (null where there
/// is none), then the probability of each genre and of each attribute under its name.
///
/// # Errors
/// A manifest that can't be read; a part that was begun differently, or can't be written; a model of tables.
pub fn classify_part(
    model: &Bundle,
    job: &PartJob,
    progress: &dyn Progress,
) -> Result<PartDone, Error> {
    crate::reads_sound(model)?;
    let version = model.card.version.to_string();
    run(&Classifying { model, version }, job, progress)
}

struct Classifying<'a> {
    model: &'a Bundle,
    version: String,
}

impl Work for Classifying<'_> {
    type Made = Song;

    fn columns(&self) -> Vec<(String, ColumnKind)> {
        use ColumnKind::{Bool, Double, Float, Text};
        let mut columns: Vec<(String, ColumnKind)> = [
            ("path", Text),
            ("seconds", Double),
            ("genre", Text),
            ("probability", Float),
            ("unsure", Bool),
            ("no_music", Bool),
        ]
        .into_iter()
        .map(|(name, kind)| (name.to_owned(), kind))
        .collect();
        let fixed = CARRIED
            .into_iter()
            .chain(["model", "model_version", "error"]);
        distinct(&mut columns, "manifest_", fixed.map(str::to_owned), Text);
        let genres = self.model.genres.iter().cloned();
        distinct(&mut columns, "genre_", genres, Float);
        let attributes = self.model.attributes().iter().map(|a| a.name.clone());
        distinct(&mut columns, "attribute_", attributes, Float);
        columns
    }

    fn identity(&self) -> Result<Identity, Error> {
        let mut identity = vec![
            ("command".to_owned(), "classify".to_owned()),
            ("model".to_owned(), self.model.card.name.clone()),
            ("its fingerprint".to_owned(), self.model.fingerprint()?),
        ];
        // The model's fingerprint says nothing of own genres: which of the model's belong to each does.
        if let Some(own) = &self.model.regrouped {
            let genres = self.model.model_genres().iter().zip(&own.map.places);
            let belonging = |place| {
                let of = genres.clone().filter(move |(_, at)| **at == Some(place));
                let names: Vec<&str> = of.map(|(genre, _)| &**genre).collect();
                format!("{} ({})", own.map.genres[place], names.join(", "))
            };
            let all: Vec<String> = (0..own.map.genres.len()).map(belonging).collect();
            identity.push(("taxonomy".to_owned(), all.join("; ")));
        }
        Ok(identity)
    }

    fn compute(&self, file: &Path) -> Result<Song, Error> {
        classify(self.model, file)
    }

    fn add(
        &self,
        table: &mut ResumableTable,
        row: &ManifestRow,
        made: Result<Song, String>,
    ) -> Result<Option<String>, DataError> {
        let song = made.as_ref().ok();
        let prediction = song.map(|song| &song.prediction);
        let top = prediction.map(|prediction| prediction.ranking[0]);
        let no_music = prediction.filter(|_| self.model.guard().is_some());
        let mut cells = vec![
            Cell::Text(Some(&row.path)),
            Cell::Double(song.map(|song| song.seconds)),
            Cell::Text(top.map(|genre| &*self.model.genres[genre])),
            Cell::Float(prediction.map(|p| p.probabilities[p.ranking[0]])),
            Cell::Bool(prediction.map(|prediction| prediction.unsure)),
            Cell::Bool(no_music.map(|prediction| prediction.no_music)),
        ];
        cells.extend(carried(row));
        cells.extend([
            Cell::Text(Some(&self.model.card.name)),
            Cell::Text(Some(&self.version)),
            Cell::Text(made.as_ref().err().map(|error| &**error)),
        ]);
        let genres = 0..self.model.genres.len();
        cells.extend(genres.map(|g| Cell::Float(prediction.map(|p| p.probabilities[g]))));
        let attributes = 0..self.model.attributes().len();
        let probability = |a: usize| prediction.map(|p| p.attributes[a].probability);
        cells.extend(attributes.map(|a| Cell::Float(probability(a))));
        table.push(&cells)?;
        Ok(made.err())
    }
}
