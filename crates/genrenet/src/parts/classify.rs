//! Genres of the files of a part.

use std::path::Path;

use super::{CARRIED, PartDone, PartJob, Work, carried, run};
use crate::data::DataError;
use crate::data::export::{ColumnKind, Identity, ResumableTable};
use crate::data::manifest::ManifestRow;
use crate::model::Bundle;
use crate::{AnswerColumns, Error, Progress, Song, classify};

/// Classifies the files of a shard of a manifest into a Parquet file, on all cores, with the numbers of [`classify`].
///
/// Its columns: those of [`AnswerColumns`], with `manifest_genre`, `artist`, `album` and `split` of the manifest.
///
/// # Errors
/// A manifest that can't be read; a part that was begun differently, or can't be written; a model of tables.
pub fn classify_part(
    model: &Bundle,
    job: &PartJob,
    progress: &dyn Progress,
) -> Result<PartDone, Error> {
    crate::reads_sound(model)?;
    let columns = AnswerColumns::new(model, &CARRIED);
    run(&Classifying { model, columns }, job, progress)
}

struct Classifying<'a> {
    model: &'a Bundle,
    columns: AnswerColumns<'a>,
}

impl Work for Classifying<'_> {
    type Made = Song;

    fn columns(&self) -> Vec<(String, ColumnKind)> {
        self.columns.columns.clone()
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
        let answer = made.as_ref().map_err(|error| &**error);
        let cells = self.columns.row(Some(&row.path), &carried(row), answer);
        table.push(&cells)?;
        Ok(made.err())
    }
}
