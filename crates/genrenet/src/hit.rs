//! What a search of an index gives, as JSON.

use genrenet_text::{path_text, percent};
use serde_json::{Value, json};

use crate::JSON_SCHEMA;
use crate::library::index::{Hit, Index, IndexError, ModelRow, SongDetails};

/// A hit with all that is known of it.
#[derive(Clone, Debug, PartialEq)]
pub struct FullHit {
    /// The hit.
    pub hit: Hit,
    /// The model and all its probabilities; `None` for a file that could not be classified.
    pub answer: Option<(ModelRow, SongDetails)>,
}

impl FullHit {
    /// Reads the rest of what an index knows of a hit.
    ///
    /// # Errors
    /// [`IndexError`].
    pub fn read(index: &Index, hit: Hit) -> Result<FullHit, IndexError> {
        let answer = match &hit.song {
            None => None,
            Some(song) => match index.model(song.model)? {
                None => None,
                Some(model) => Some((model, index.details(song.id)?)),
            },
        };
        Ok(FullHit { hit, answer })
    }

    /// The keys of [`Answer::to_json`](crate::Answer::to_json), with `tags` and, where songs were named that it should be like, `similarity`.
    pub fn to_json(&self) -> Value {
        let FullHit { hit, answer } = self;
        let mut object = json!({
            "schema": JSON_SCHEMA,
            "path": path_text(&hit.path),
        });
        if let Some(bytes) = percent(&hit.path) {
            object["path_bytes"] = json!(bytes);
        }
        let fields = hit.tags.fields().into_iter();
        let set = fields.filter_map(|(name, value)| Some((name.to_owned(), json!(value?))));
        object["tags"] = Value::Object(set.collect());
        if let Some(similarity) = hit.similarity {
            object["similarity"] = json!(rounded(similarity.into()));
        }
        if let (Some((model, details)), Some(song)) = (answer, &hit.song) {
            object["model"] = json!(model.name);
            object["model_version"] = json!(model.version);
            if let Some(name) = taxonomy_name(&model.taxonomy) {
                object["taxonomy"] = json!(name);
            }
            let genres = details.genres.iter().map(|genre| {
                let mut one = json!({"genre": genre.name, "probability": genre.probability});
                if let Some(parent) = &genre.parent {
                    one["parent"] = json!(parent);
                }
                one
            });
            object["genres"] = genres.collect();
            object["unsure"] = json!(song.unsure);
            object["no_music"] = json!(song.no_music);
            if !details.attributes.is_empty() {
                let attributes = details.attributes.iter().map(|attribute| {
                    let mut one =
                        json!({"attribute": attribute.name, "probability": attribute.probability});
                    if let Some(threshold) = attribute.threshold {
                        one["holds"] = json!(attribute.probability >= threshold);
                    }
                    if let Some(precision) = attribute.precision {
                        one["precision"] = json!(rounded(precision.into()));
                    }
                    one
                });
                object["attributes"] = attributes.collect();
            }
            object["seconds"] = json!(rounded(song.seconds));
        }
        if let Some(error) = &hit.error {
            object["error"] = json!(error.text);
            object["error_kind"] = json!(error.kind);
        }
        object
    }
}

fn taxonomy_name(taxonomy: &str) -> Option<String> {
    let taxonomy: Value = serde_json::from_str(taxonomy).ok()?;
    taxonomy["name"].as_str().map(str::to_owned)
}

fn rounded(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}
