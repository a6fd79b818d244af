//! Genres of one's own in place of a model's.

use std::collections::BTreeMap;

use genrenet_text::spelling_key;

use crate::bundle::Bundle;
use crate::error::ModelError;

/// Genres of one's own, and which of a model's genres belong to each: what [`Bundle::regrouped`] applies.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GenreMap {
    /// The name of the taxonomy that it was made of.
    pub name: String,
    /// The genres, to each of which one of the model's belongs at least; they become [`Bundle::genres`].
    pub genres: Vec<String>,
    /// The broader genre of those that have one, which may have a broader one itself. None of them need be among `genres`; they
    /// become [`Bundle::parents`].
    pub parents: BTreeMap<String, String>,
    /// For each of the model's genres, in its order, its place in `genres`; `None` where it is ignored.
    pub places: Vec<Option<usize>>,
    /// For names that labels of data may have, by `genrenet_text::spelling_key`: the place in `genres`, or `None` for one that is ignored.
    pub labels: BTreeMap<String, Option<usize>>,
}

/// What a bundle keeps beside the genres that take the place of its own.
#[derive(Clone, Debug, PartialEq)]
pub struct Regrouped {
    /// The map that was applied.
    pub map: GenreMap,
    /// [`Bundle::genres`] before.
    genres: Vec<String>,
    /// [`Bundle::parents`] before.
    parents: BTreeMap<String, String>,
}

impl GenreMap {
    /// Probabilities of the own genres from those of the model's: their sum, or the largest where they are independent.
    pub fn apply(&self, probabilities: &[f32], independent: bool) -> Vec<f32> {
        let mut own = vec![0.0f32; self.genres.len()];
        for (p, place) in probabilities.iter().zip(&self.places) {
            let Some(place) = *place else { continue };
            own[place] = match independent {
                true => own[place].max(*p),
                false => own[place] + p,
            };
        }
        own
    }

    /// Refuses a map of another number of genres than the model's, or with places that are not there.
    fn check(&self, genres: usize) -> Result<(), ModelError> {
        let list = || format!("{:?}", self.places);
        let reached = |place| self.places.contains(&Some(place));
        if self.places.len() != genres {
            return Err(ModelError::value(
                "places",
                list(),
                format!("{genres} of them"),
            ));
        }
        if self.genres.is_empty() || !(0..self.genres.len()).all(reached) {
            return Err(ModelError::value(
                "places",
                list(),
                "each own genre once at least",
            ));
        }
        let places = self.places.iter().chain(self.labels.values()).flatten();
        match places.max() {
            Some(most) if *most >= self.genres.len() => Err(ModelError::value(
                "places",
                list(),
                format!("below {}", self.genres.len()),
            )),
            _ => Ok(()),
        }
    }
}

impl Bundle {
    /// The bundle with genres of one's own: every prediction from now on is of these.
    ///
    /// The probability of an own genre is the sum of those of the model's genres that belong to it; in a model of
    /// [independent](Bundle::independent) genres the largest of them. The probability of ignored genres is left out, not shared
    /// among the others: where it exceeds that of every own genre, the answer is unsure. [`Bundle::save`] and
    /// [`Bundle::fingerprint`] are those of the model as it was.
    ///
    /// # Errors
    /// A map of another number of genres, with a genre to which none of the model's belongs, or for a bundle that has one already.
    pub fn regrouped(mut self, map: GenreMap) -> Result<Bundle, ModelError> {
        if let Some(regrouped) = &self.regrouped {
            let found = &regrouped.map.name;
            return Err(ModelError::value("taxonomy", found, "a model's own genres"));
        }
        map.check(self.genres.len())?;
        let genres = std::mem::replace(&mut self.genres, map.genres.clone());
        let parents = std::mem::replace(&mut self.parents, map.parents.clone());
        self.regrouped = Some(Regrouped {
            map,
            genres,
            parents,
        });
        Ok(self)
    }

    /// The genres of the networks: [`Bundle::genres`], unless the bundle is [regrouped](Bundle::regrouped).
    pub fn model_genres(&self) -> &[String] {
        self.regrouped
            .as_ref()
            .map_or(&self.genres, |own| &own.genres)
    }

    /// The broader genres of [`Bundle::model_genres`].
    pub fn model_parents(&self) -> &BTreeMap<String, String> {
        self.regrouped
            .as_ref()
            .map_or(&self.parents, |own| &own.parents)
    }

    /// The name of the taxonomy by which the bundle is [regrouped](Bundle::regrouped).
    pub fn taxonomy(&self) -> Option<&str> {
        self.regrouped.as_ref().map(|own| &*own.map.name)
    }

    /// The position in [`Bundle::genres`] of a label of data; by a [regrouped](Bundle::regrouped) bundle's map, its spelling does
    /// not matter.
    pub fn place_of(&self, label: &str) -> Option<usize> {
        match &self.regrouped {
            Some(own) => *own.map.labels.get(&spelling_key(label))?,
            None => self.genres.iter().position(|genre| genre == label),
        }
    }

    /// Whether a label is one that the map of a [regrouped](Bundle::regrouped) bundle ignores.
    pub fn ignores(&self, label: &str) -> bool {
        let own = self.regrouped.as_ref();
        own.is_some_and(|own| own.map.labels.get(&spelling_key(label)) == Some(&None))
    }

    /// Whether an answer of these probabilities is unsure: its largest lies below the threshold, or below what the map of a
    /// [regrouped](Bundle::regrouped) bundle ignores.
    pub fn is_unsure(&self, probabilities: &[f32]) -> bool {
        let top = probabilities.iter().copied().fold(0.0, f32::max);
        let ignored = match &self.regrouped {
            Some(own) if own.map.places.contains(&None) && !self.independent() => {
                1.0 - probabilities.iter().sum::<f32>()
            }
            _ => 0.0,
        };
        top < self.calibration.unsure_below || top < ignored
    }

    /// Probabilities of [`Bundle::model_genres`] as those of [`Bundle::genres`].
    ///
    /// # Errors
    /// Another number of probabilities than the model has genres.
    pub fn regroup(&self, probabilities: Vec<f32>) -> Result<Vec<f32>, ModelError> {
        let expected = self.model_genres().len();
        match probabilities.len() == expected {
            true => Ok(self.in_own_genres(probabilities)),
            false => Err(ModelError::value(
                "probabilities",
                probabilities.len(),
                format!("{expected}"),
            )),
        }
    }

    /// Rows of the networks' probabilities as rows of the bundle's genres.
    pub(crate) fn in_own_genres(&self, rows: Vec<f32>) -> Vec<f32> {
        let Some(own) = &self.regrouped else {
            return rows;
        };
        let independent = self.independent();
        let rows = rows.chunks(own.genres.len());
        rows.flat_map(|row| own.map.apply(row, independent))
            .collect()
    }
}
