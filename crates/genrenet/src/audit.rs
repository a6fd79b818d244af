//! The genre tags of a library beside its sound.

use std::ops::ControlFlow;
use std::path::PathBuf;

use crate::library::audit::{Comparison, compare};
use crate::library::plan::SongFile;
use crate::library::tags::FieldName;
use crate::model::Bundle;
use crate::taxonomy::{Taxonomy, starter};
use crate::{Error, Found, classify, in_order};

/// A model and the taxonomy by which tags and answers are compared.
pub struct Audit {
    /// The model, in the genres of the taxonomy.
    pub model: Bundle,
    /// The taxonomy; the model's own genres where none was named.
    pub taxonomy: Taxonomy,
}

/// A song of a library.
#[derive(Debug)]
pub struct AuditedSong {
    /// The file.
    pub path: PathBuf,
    /// The values of its genre tag, and how they compare with its sound, or why it could not be read.
    pub result: Result<(Vec<String>, Comparison), Error>,
}

impl Audit {
    /// Of a model, and of its own genres where no taxonomy is given.
    ///
    /// # Errors
    /// [`Error::NotAudio`]; those of [`Taxonomy::map_of`].
    pub fn new(model: Bundle, taxonomy: Option<Taxonomy>) -> Result<Audit, Error> {
        crate::reads_sound(&model)?;
        let own = || Taxonomy::parse(&starter(&model, None).unwrap_or_default(), &model.card.name);
        let taxonomy = match taxonomy {
            Some(taxonomy) => taxonomy,
            None => own()?,
        };
        let mapped = taxonomy.map_of(&model)?;
        Ok(Audit {
            model: model.regrouped(mapped.map)?,
            taxonomy,
        })
    }

    /// Compares the songs on all cores and hands each to `each`, in order, on the calling thread, until it returns
    /// [`ControlFlow::Break`]; `begun` is called with each file when it is opened. A song without a genre tag is not decoded.
    pub fn songs(
        &self,
        songs: impl Iterator<Item = Found> + Send,
        begun: impl Fn(&PathBuf) + Sync,
        each: impl FnMut(AuditedSong) -> ControlFlow<()>,
    ) {
        let one = |found: Found| match found {
            Err((path, reason)) => AuditedSong {
                path,
                result: Err(Error::Search(reason)),
            },
            Ok(path) => {
                begun(&path);
                AuditedSong {
                    result: self.song(&path),
                    path,
                }
            }
        };
        in_order(songs, one, each);
    }

    fn song(&self, path: &PathBuf) -> Result<(Vec<String>, Comparison), Error> {
        let tags = SongFile::open(path)?.values(&FieldName::Genre);
        if tags.is_empty() {
            return Ok((tags, Comparison::NoTag));
        }
        let song = classify(&self.model, path)?;
        let comparison = compare(&tags, &song.prediction, &self.model, &self.taxonomy);
        Ok((tags, comparison))
    }
}
