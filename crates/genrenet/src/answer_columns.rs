//! Answers as rows of a table: the columns of parts and of tables in memory.

use crate::Song;
use crate::data::export::{Cell, ColumnKind};
use crate::model::Bundle;

/// The columns in which a model's answers are tabled, with texts of the caller's own in between.
///
/// `path`, `seconds`, `genre` (the top one) with its `probability`, `unsure`, `no_music` (null where the model does not tell it), the
/// caller's own columns, `model`, `model_version`, `error` (null where there is none), then the probability of each genre and of each
/// attribute under its name.
pub struct AnswerColumns<'a> {
    model: &'a Bundle,
    version: String,
    /// Name and kind of each column, no two of one name.
    pub columns: Vec<(String, ColumnKind)>,
}

impl<'a> AnswerColumns<'a> {
    /// The columns for a model. A column of the caller's whose name is taken gets `manifest_` in front; a genre or an attribute `genre_` or
    /// `attribute_`.
    pub fn new(model: &'a Bundle, own: &[&str]) -> AnswerColumns<'a> {
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
        let fixed = own.iter().chain(&["model", "model_version", "error"]);
        let fixed = fixed.map(|name| (*name).to_owned());
        distinct(&mut columns, "manifest_", fixed, Text);
        let genres = model.genres.iter().cloned();
        distinct(&mut columns, "genre_", genres, Float);
        let attributes = model.attributes().iter().map(|a| a.name.clone());
        distinct(&mut columns, "attribute_", attributes, Float);
        AnswerColumns {
            model,
            version: model.card.version.to_string(),
            columns,
        }
    }

    /// The row of an answer; `own` are the cells of the caller's columns.
    pub fn row<'r>(
        &'r self,
        path: Option<&'r str>,
        own: &[Cell<'r>],
        made: Result<&Song, &'r str>,
    ) -> Vec<Cell<'r>> {
        let song = made.ok();
        let prediction = song.map(|song| &song.prediction);
        let top = prediction.map(|prediction| prediction.ranking[0]);
        let no_music = prediction.filter(|_| self.model.guard().is_some());
        let mut cells = vec![
            Cell::Text(path),
            Cell::Double(song.map(|song| song.seconds)),
            Cell::Text(top.map(|genre| &*self.model.genres[genre])),
            Cell::Float(prediction.map(|p| p.probabilities[p.ranking[0]])),
            Cell::Bool(prediction.map(|prediction| prediction.unsure)),
            Cell::Bool(no_music.map(|prediction| prediction.no_music)),
        ];
        cells.extend_from_slice(own);
        cells.extend([
            Cell::Text(Some(&self.model.card.name)),
            Cell::Text(Some(&self.version)),
            Cell::Text(made.err()),
        ]);
        let genres = 0..self.model.genres.len();
        cells.extend(genres.map(|g| Cell::Float(prediction.map(|p| p.probabilities[g]))));
        let attributes = 0..self.model.attributes().len();
        let probability = |a: usize| prediction.map(|p| p.attributes[a].probability);
        cells.extend(attributes.map(|a| Cell::Float(probability(a))));
        cells
    }
}

/// Adds names of columns of which no two are equal: one that is taken gets `prefix` in front.
fn distinct(
    columns: &mut Vec<(String, ColumnKind)>,
    prefix: &str,
    names: impl Iterator<Item = String>,
    kind: ColumnKind,
) {
    for mut name in names {
        while columns.iter().any(|(other, _)| *other == name) {
            name.insert_str(0, prefix);
        }
        columns.push((name, kind));
    }
}
