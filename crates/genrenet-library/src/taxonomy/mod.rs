//! A person's genres, to which the genres of models are mapped.
//!
//! A [`Taxonomy`] is read from a TOML file ([`Taxonomy::read`]) or is a [preset](Taxonomy::preset). For a model it becomes a
//! [`GenreMap`](genrenet_model::GenreMap) ([`Taxonomy::map_of`]), with which
//! [`Bundle::regrouped`](genrenet_model::Bundle::regrouped) predicts a person's genres.
//!
//! ```
//! use genrenet_library::taxonomy::Taxonomy;
//!
//! let text = "version = 1\nignore = ['Experimental']\n[genres]\nRock = ['Punk', 'Metal']\nTechno = []\n[parents]\nTechno = 'Rock'\n";
//! let taxonomy = Taxonomy::parse(text, "mine.toml")?;
//! assert_eq!(taxonomy.genre_of("punk").map(|genre| &*genre.name), Some("Rock"));
//! assert_eq!(taxonomy.parents["Techno"], "Rock");
//! # Ok::<(), genrenet_library::taxonomy::TaxonomyError>(())
//! ```

mod error;
mod map;
mod nearest;
mod presets;
mod read;
mod starter;

pub use error::TaxonomyError;
pub use map::Mapped;
pub use presets::PRESETS;
pub use starter::starter;

use std::collections::BTreeMap;

use genrenet_text::spelling_key;

/// A person's genre.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnGenre {
    /// Its name, as it is shown and written.
    pub name: String,
    /// The genres of models that belong to it, beside the one of its own name.
    pub from: Vec<String>,
}

/// A person's genres: what a taxonomy file says. Names are the same where `genrenet_text::spelling_key` is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taxonomy {
    /// The file's name as it was given, or the preset's.
    pub name: String,
    /// The genres, in the order of the file.
    pub genres: Vec<OwnGenre>,
    /// The broader genre of those that have one; both are among `genres`, and no genre is above itself.
    pub parents: BTreeMap<String, String>,
    /// Genres of models that are no answer.
    pub ignore: Vec<String>,
}

impl Taxonomy {
    /// The own genre of a name that stands in the file: that of the genre that lists it, else the one of this name. `None` for one
    /// that is ignored or not known.
    pub fn genre_of(&self, name: &str) -> Option<&OwnGenre> {
        let key = spelling_key(name);
        let same = |other: &String| spelling_key(other) == key;
        let lists = self.genres.iter().find(|genre| genre.from.iter().any(same));
        lists.or_else(|| match self.ignores(name) {
            true => None,
            false => self.genres.iter().find(|genre| same(&genre.name)),
        })
    }

    /// Whether a name is among those that are ignored.
    pub fn ignores(&self, name: &str) -> bool {
        let key = spelling_key(name);
        self.ignore.iter().any(|other| spelling_key(other) == key)
    }

    /// The broader genres of a genre, the nearest first.
    pub fn ancestors<'a>(&'a self, genre: &'a str) -> impl Iterator<Item = &'a str> {
        let above = |genre: &&'a str| self.parents.get(*genre).map(String::as_str);
        std::iter::successors(Some(genre), above).skip(1)
    }
}
