//! A song's genre tags beside its answer.

use genrenet_model::{Bundle, Prediction};

use crate::taxonomy::Taxonomy;

/// What a song's tags say beside its sound.
#[derive(Clone, Debug, PartialEq)]
pub enum Comparison {
    /// It has no genre tag.
    NoTag,
    /// Its tags name no genre that the taxonomy knows and the model can tell.
    UnknownTag,
    /// The sound is taken for something other than music.
    NoMusic,
    /// The answer is unsure.
    Unsure,
    /// A tag names the answer, or a broader or narrower genre of it.
    Agrees,
    /// The answer is another genre.
    Disagrees {
        /// The tagged genre, of several the most probable one.
        tagged: String,
        /// Its probability with that of its narrower genres.
        tagged_probability: f32,
        /// The answer.
        genre: String,
        /// Its probability.
        probability: f32,
    },
}

/// Compares the values of a song's genre tag with the answer of a model that is [regrouped](Bundle::regrouped) by the taxonomy.
///
/// A value that names no known genre as a whole is taken for several, between `;`, `,` and `/`.
pub fn compare(
    tags: &[String],
    prediction: &Prediction,
    model: &Bundle,
    taxonomy: &Taxonomy,
) -> Comparison {
    if tags.is_empty() {
        return Comparison::NoTag;
    }
    let tagged: Vec<(&str, f32)> = tags
        .iter()
        .flat_map(|value| genres_of(value, taxonomy))
        .filter_map(|genre| {
            let probability = probability_of(genre, prediction, model, taxonomy)?;
            Some((genre, probability))
        })
        .collect();
    let most = tagged.iter().max_by(|a, b| a.1.total_cmp(&b.1));
    let Some((nearest, tagged_probability)) = most else {
        return Comparison::UnknownTag;
    };
    if prediction.no_music {
        return Comparison::NoMusic;
    }
    if prediction.unsure {
        return Comparison::Unsure;
    }
    let top = prediction.ranking[0];
    let genre = model.genres[top].as_str();
    let same = |tag: &str| is_in(genre, tag, taxonomy) || is_in(tag, genre, taxonomy);
    if tagged.iter().any(|(tag, _)| same(tag)) {
        return Comparison::Agrees;
    }
    Comparison::Disagrees {
        tagged: (*nearest).to_owned(),
        tagged_probability: *tagged_probability,
        genre: genre.to_owned(),
        probability: prediction.probabilities[top],
    }
}

/// The own genres that a tag's value names.
pub(super) fn genres_of<'a>(value: &str, taxonomy: &'a Taxonomy) -> Vec<&'a str> {
    if let Some(genre) = taxonomy.genre_of(value) {
        return vec![&genre.name];
    }
    let parts = value.split([';', ',', '/', '\0']);
    let known = parts.filter_map(|part| taxonomy.genre_of(part.trim()));
    known.map(|genre| &*genre.name).collect()
}

/// The probability of a genre with its narrower ones; where the model has none of these, of the nearest broader genre that it has.
fn probability_of(
    genre: &str,
    prediction: &Prediction,
    model: &Bundle,
    taxonomy: &Taxonomy,
) -> Option<f32> {
    [genre]
        .into_iter()
        .chain(taxonomy.ancestors(genre))
        .find_map(|genre| {
            let rows = model.genres.iter().zip(&prediction.probabilities);
            let within = rows.filter(|(name, _)| is_in(name, genre, taxonomy));
            let within = within.map(|(_, p)| *p);
            match model.independent() {
                true => within.reduce(f32::max),
                false => within.reduce(|sum, p| sum + p),
            }
        })
}

/// Whether a genre is another, or a narrower one of it.
fn is_in(genre: &str, broader: &str, taxonomy: &Taxonomy) -> bool {
    genre == broader || taxonomy.ancestors(genre).any(|above| above == broader)
}
