//! The taxonomies that are built in.

use super::{Taxonomy, TaxonomyError};

/// The presets: name and file.
const FILES: [(&str, &str); 2] = [
    ("simple", include_str!("presets/simple.toml")),
    ("lastgenre", include_str!("presets/lastgenre.toml")),
];

/// The names of the presets: ten everyday genres; the tree of beets' plugin lastgenre.
pub const PRESETS: [&str; 2] = [FILES[0].0, FILES[1].0];

impl Taxonomy {
    /// The preset of this name; `None` where there is none.
    ///
    /// # Errors
    /// None that the presets cause.
    pub fn preset(name: &str) -> Option<Result<Taxonomy, TaxonomyError>> {
        preset_file(name).map(|text| Taxonomy::parse(text, name))
    }
}

/// The file of a preset.
pub(super) fn preset_file(name: &str) -> Option<&'static str> {
    FILES
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, text)| *text)
}

/// Every name of a model's genre that a preset lists or takes: those of all models that are shipped.
pub(super) fn known_genres() -> Vec<String> {
    let mut known = Vec::new();
    for preset in PRESETS
        .iter()
        .filter_map(|name| Taxonomy::preset(name)?.ok())
    {
        known.extend(preset.ignore);
        for genre in preset.genres {
            known.push(genre.name);
            known.extend(genre.from);
        }
    }
    known
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `genres` of every `model.toml`, also of the models that are not in the default build.
    fn shipped() -> Vec<(String, Vec<String>)> {
        let models = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models");
        let mut found = Vec::new();
        for folder in std::fs::read_dir(models).unwrap() {
            let folder = folder.unwrap();
            let Ok(text) = std::fs::read_to_string(folder.path().join("model.toml")) else {
                continue;
            };
            let model: toml::Table = toml::from_str(&text).unwrap();
            let genres = model["genres"].as_array().unwrap().iter();
            let genres = genres.map(|genre| genre.as_str().unwrap().to_owned());
            found.push((folder.file_name().into_string().unwrap(), genres.collect()));
        }
        found
    }

    #[test]
    fn every_genre_of_every_shipped_model_has_its_place() {
        let models = shipped();
        assert!(models.len() >= 6, "{models:?}");
        for name in PRESETS {
            let preset = Taxonomy::preset(name).unwrap().unwrap();
            for (model, genres) in &models {
                for genre in genres {
                    let placed = preset.genre_of(genre).is_some() != preset.ignores(genre);
                    assert!(placed, "{name}: {genre} of {model}");
                }
            }
            let shipped = |wanted: &String| {
                let key = genrenet_text::spelling_key;
                models
                    .iter()
                    .any(|(_, genres)| genres.iter().any(|genre| key(genre) == key(wanted)))
            };
            let listed = preset.genres.iter().flat_map(|genre| &genre.from);
            for wanted in listed.chain(&preset.ignore) {
                assert!(shipped(wanted), "{name}: no model has {wanted}");
            }
        }
    }

    #[test]
    fn simple_has_ten_genres_and_lastgenre_lower_case_with_parents() {
        let simple = Taxonomy::preset("simple").unwrap().unwrap();
        assert_eq!((simple.genres.len(), simple.parents.len()), (10, 0));
        let tree = Taxonomy::preset("lastgenre").unwrap().unwrap();
        assert!(
            tree.genres
                .iter()
                .all(|genre| genre.name == genre.name.to_lowercase())
        );
        let above: Vec<&str> = tree.ancestors("indie pop").collect();
        assert_eq!(above, ["alternative rock", "rock"]);
    }
}
