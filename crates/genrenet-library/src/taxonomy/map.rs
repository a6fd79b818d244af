//! A taxonomy for one model.

use std::collections::{BTreeMap, BTreeSet};

use genrenet_model::{Bundle, GenreMap};
use genrenet_text::spelling_key;

use super::nearest::nearest;
use super::presets::known_genres;
use super::read::quoted;
use super::{Taxonomy, TaxonomyError};

/// A taxonomy for one model, and what of both has no counterpart.
#[derive(Clone, Debug, PartialEq)]
pub struct Mapped {
    /// What [`Bundle::regrouped`] applies.
    pub map: GenreMap,
    /// Genres of the model that stand nowhere in the taxonomy; they are ignored.
    pub unlisted: Vec<String>,
    /// Own genres to which none of the model's belongs: never an answer, but parents of others may be.
    pub unreached: Vec<String>,
}

impl Taxonomy {
    /// The taxonomy for the genres of a model.
    ///
    /// # Errors
    /// A name in `from` or `ignore` that neither this model nor any that is shipped has as a genre; own genres to which none of the
    /// model's belongs.
    pub fn map_of(&self, model: &Bundle) -> Result<Mapped, TaxonomyError> {
        self.check_names(model)?;
        let genres = model.model_genres();
        let own: Vec<Option<&str>> = genres
            .iter()
            .map(|genre| self.genre_of(genre).map(|own| &*own.name))
            .collect();
        let names: BTreeSet<&str> = own.iter().copied().flatten().collect();
        let (reached, unreached): (Vec<String>, Vec<String>) = self
            .genres
            .iter()
            .map(|genre| genre.name.clone())
            .partition(|name| names.contains(&**name));
        if reached.is_empty() {
            return Err(self.fault(format!(
                "genres: expected one at least to which a genre of {} belongs ({}), found none",
                model.card.name,
                genres.join(", ")
            )));
        }
        let place = |name: &str| reached.iter().position(|other| other == name);
        let unlisted = genres.iter().zip(&own);
        let unlisted = unlisted.filter(|(genre, own)| own.is_none() && !self.ignores(genre));
        Ok(Mapped {
            unlisted: unlisted.map(|(genre, _)| genre.clone()).collect(),
            map: GenreMap {
                name: self.name.clone(),
                places: own.iter().map(|own| place((*own)?)).collect(),
                labels: self.labels(model, &place),
                parents: self.parents.clone(),
                genres: reached,
            },
            unreached,
        })
    }

    /// The place of every name that a label may have; of those that mean two genres, what [`Taxonomy::genre_of`] says.
    fn labels(
        &self,
        model: &Bundle,
        place: &dyn Fn(&str) -> Option<usize>,
    ) -> BTreeMap<String, Option<usize>> {
        let own = self.genres.iter();
        let own = own.flat_map(|genre| genre.from.iter().chain([&genre.name]));
        let names = own.chain(&self.ignore).chain(model.model_genres());
        let mut labels = BTreeMap::new();
        for name in names {
            let found = match self.genre_of(name) {
                None => None,
                // A genre that the model can't name is neither right nor ignored.
                Some(genre) => match place(&genre.name) {
                    None => continue,
                    place => place,
                },
            };
            labels.insert(spelling_key(name), found);
        }
        labels
    }

    /// Refuses names of genres that no model has.
    fn check_names(&self, model: &Bundle) -> Result<(), TaxonomyError> {
        let mut known = known_genres();
        known.extend_from_slice(model.model_genres());
        let keys: BTreeSet<String> = known.iter().map(|name| spelling_key(name)).collect();
        let of_genres = self.genres.iter();
        let of_genres = of_genres
            .flat_map(|genre| genre.from.iter().map(move |name| (name, Some(&genre.name))));
        let ignored = self.ignore.iter().map(|name| (name, None));
        for (name, own) in of_genres.chain(ignored) {
            if keys.contains(&spelling_key(name)) {
                continue;
            }
            let key = own.map_or("ignore".to_owned(), |own| format!("genres.{}", quoted(own)));
            // The model's own genres go before those of others.
            let near = nearest(name, model.model_genres().iter().map(String::as_str));
            let near = near.or_else(|| nearest(name, known.iter().map(String::as_str)));
            let near = near.map_or(String::new(), |near| format!("; the nearest is {near}"));
            return Err(self.fault(format!(
                "{key}: expected a genre of {} or of a built-in model, found {name}{near}",
                model.card.name
            )));
        }
        Ok(())
    }

    fn fault(&self, reason: String) -> TaxonomyError {
        TaxonomyError::Value {
            name: self.name.clone(),
            reason,
        }
    }
}
