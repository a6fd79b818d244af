//! What a model says of a song, and the same as JSON.

use std::path::PathBuf;

use genrenet_text::{path_text, percent};
use serde_json::{Value, json};

use crate::Error;
use crate::model::{Attribute, AttributeAnswer, Bundle, Prediction};

/// Version of the JSON that [`Answer::to_json`] makes (docs/JSON.md). A key may be added without raising it; a key that is
/// renamed, removed or given another meaning raises it.
pub const JSON_SCHEMA: u32 = 1;

/// A song that was named.
#[derive(Clone, Debug, PartialEq)]
pub struct Song {
    /// Length in seconds; 0 for a row of a table.
    pub seconds: f64,
    /// What the model says of it.
    pub prediction: Prediction,
}

/// One of many inputs, and what the model says of it or why it says nothing.
#[derive(Debug)]
pub struct Answer {
    /// The file, or `TABLE:ROW`.
    pub path: PathBuf,
    /// The answer.
    pub result: Result<Song, Error>,
}

/// An attribute as JSON: `holds` and its `precision` only where there is a threshold.
fn attribute((attribute, answer): (&Attribute, &AttributeAnswer)) -> Value {
    let mut one = json!({"attribute": attribute.name, "probability": answer.probability});
    if let Some(holds) = answer.holds {
        one["holds"] = json!(holds);
    }
    if let Some(precision) = attribute.precision {
        // As it was measured, without the digits that 32 bits add.
        one["precision"] = json!((f64::from(precision) * 1000.0).round() / 1000.0);
    }
    one
}

impl Answer {
    /// The answer as JSON, in the form that every program of this project writes (docs/JSON.md): `schema`, `path`, `model` and
    /// `model_version`, with own genres the `taxonomy`; then `genres` (falling), `unsure`, `seconds` and, from models that give them, `no_music` and `attributes`; or `error`.
    ///
    /// `path_bytes`, percent-encoded, stands beside a path that is not UTF-8, as JSON can't hold it.
    pub fn to_json(&self, model: &Bundle) -> Value {
        let mut object = json!({
            "schema": JSON_SCHEMA,
            "path": path_text(&self.path),
            "model": model.card.name,
            "model_version": model.card.version,
        });
        if let Some(taxonomy) = model.taxonomy() {
            object["taxonomy"] = json!(taxonomy);
        }
        if let Some(bytes) = percent(&self.path) {
            object["path_bytes"] = json!(bytes);
        }
        match &self.result {
            Ok(song) => {
                let prediction = &song.prediction;
                let genres = prediction.ranking.iter().map(|&genre| {
                    let name = &model.genres[genre];
                    let mut one =
                        json!({"genre": name, "probability": prediction.probabilities[genre]});
                    if let Some(parent) = model.parents.get(name) {
                        one["parent"] = json!(parent);
                    }
                    one
                });
                object["genres"] = genres.collect();
                object["unsure"] = json!(prediction.unsure);
                if model.guard().is_some() {
                    object["no_music"] = json!(prediction.no_music);
                }
                if !model.attributes().is_empty() {
                    let answers = model.attributes().iter().zip(&prediction.attributes);
                    object["attributes"] = answers.map(attribute).collect();
                }
                if song.seconds > 0.0 {
                    object["seconds"] = json!((song.seconds * 1000.0).round() / 1000.0);
                }
            }
            Err(error) => object["error"] = json!(error.to_string()),
        }
        object
    }
}
