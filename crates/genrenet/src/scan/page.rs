//! The page of a library, from its index.

use std::path::PathBuf;

use super::Scan;
use crate::library::index::{Hit, Index, SongDetails};
use crate::{Error, LibraryPage, PageSong};

impl Scan<'_> {
    /// Adds every file of the index at and below these paths to a page of [`Scan::model`]; returns how many were left out, as another model has
    /// classified them.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn add_to_page(&self, paths: &[PathBuf], page: &mut LibraryPage) -> Result<usize, Error> {
        let paths = paths
            .iter()
            .map(|path| super::root_of(path))
            .collect::<Result<Vec<_>, _>>()?;
        let mut left_out = 0;
        self.index.visit(&paths, |hit| {
            match (&hit.song, &hit.error) {
                (_, Some(error)) => page.add_failed(&hit.path, &error.text),
                (Some(song), None) if song.model != self.classifier.rows().id => left_out += 1,
                (Some(_), None) => add(self.index, &self.classifier.genres().genres, &hit, page)?,
                (None, None) => {}
            }
            Ok(())
        })?;
        Ok(left_out)
    }
}

fn add(
    index: &Index,
    genres: &[String],
    hit: &Hit,
    page: &mut LibraryPage,
) -> Result<(), crate::library::index::IndexError> {
    let Some(song) = &hit.song else {
        return Ok(());
    };
    let SongDetails { genres: found, .. } = index.details(song.id)?;
    let probability = |name: &String| {
        found
            .iter()
            .find(|genre| genre.name == *name)
            .map_or(0.0, |genre| genre.probability)
    };
    let tagged: Vec<String> = hit.tags.genre.iter().cloned().collect();
    page.add(PageSong {
        path: &hit.path,
        title: hit.tags.title.as_deref(),
        artist: hit.tags.artist.as_deref(),
        genres: &tagged,
        seconds: song.seconds,
        probabilities: &genres.iter().map(probability).collect::<Vec<f32>>(),
        unsure: song.unsure,
        no_music: song.no_music,
        embedding: &index.embedding(song.id)?,
    });
    Ok(())
}
