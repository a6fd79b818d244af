//! A plan of tags for many songs: what would be written into each file, and why.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use crate::data::known_album;
use crate::library::plan::{
    Decision, Entry, Kept, PathText, Policy, Probability, SongFile, Suggestion,
};
use crate::library::tags::{CommonField, FieldName};
use crate::model::{Bundle, Prediction};
use crate::{Error, Found, classify, in_order};

/// How many genres a plan names for each song.
const NAMED: usize = 3;

/// What is planned.
pub struct Tagging<'a> {
    /// The model that is asked.
    pub model: &'a Bundle,
    /// How values are chosen.
    pub policy: &'a Policy,
    /// The field that they are for.
    pub field: &'a FieldName,
    /// Whether all songs of an album get the genre that the mean of their probabilities gives. An album is what has its name in one
    /// folder; a song without an album stands for itself.
    pub by_album: bool,
}

/// A song of a plan.
#[derive(Debug)]
pub struct PlannedSong {
    /// Where it is, as it was given.
    pub path: PathBuf,
    /// Its line in a plan and what is done with it, or why nothing can be.
    pub result: Result<(Entry, Decision), Error>,
}

/// A song whose tags were read, and which was classified where that is needed.
struct Song {
    path: PathBuf,
    now: Vec<String>,
    audio: String,
    /// What to say of tags that disagree.
    note: String,
    album: Option<String>,
    prediction: Option<Prediction>,
}

/// An album with the songs of it that were read so far.
struct Album {
    folder: PathBuf,
    name: String,
    songs: Vec<Song>,
}

impl Tagging<'_> {
    /// Plans the tags of many songs on all cores and hands each to `each` on the calling thread, until it returns
    /// [`ControlFlow::Break`]: in the order of the songs, an album where its folder is left.
    ///
    /// `begun` is called with each file when it is opened, from any thread. A file that is to be left alone because its field is set is
    /// not decoded. Memory does not grow with the number of songs, but with that of the albums in one folder.
    pub fn plan(
        &self,
        songs: impl Iterator<Item = Found> + Send,
        begun: impl Fn(&PathBuf) + Sync,
        mut each: impl FnMut(PlannedSong) -> ControlFlow<()>,
    ) {
        let read = |found: Found| match found {
            Err((path, reason)) => (path, Err(Error::Search(reason))),
            Ok(path) => {
                begun(&path);
                let song = self.read(&path);
                (path, song)
            }
        };
        let mut open: Vec<Album> = Vec::new();
        let mut stopped = false;
        in_order(songs, read, |(path, song)| {
            let flow = self.take(path, song, &mut open, &mut each);
            stopped = flow.is_break();
            flow
        });
        for album in open {
            if !stopped {
                stopped = self.finish(album, &mut each).is_break();
            }
        }
    }

    fn take(
        &self,
        path: PathBuf,
        song: Result<Song, Error>,
        open: &mut Vec<Album>,
        each: &mut impl FnMut(PlannedSong) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        // A folder is left for good once a song lies outside of it: sub-folders come in between.
        let (still, left) = open
            .drain(..)
            .partition(|album: &Album| folder.starts_with(&album.folder));
        *open = still;
        for album in left {
            self.finish(album, each)?;
        }
        match song {
            Err(error) => each(PlannedSong {
                path,
                result: Err(error),
            }),
            Ok(song) => match song.album.clone() {
                None => {
                    let suggestion = song.prediction.as_ref().map(|one| self.suggestion(one));
                    each(self.planned(song, suggestion, ""))
                }
                Some(name) => {
                    let same = |album: &&mut Album| album.folder == folder && album.name == name;
                    match open.iter_mut().find(same) {
                        Some(album) => album.songs.push(song),
                        None => open.push(Album {
                            folder,
                            name,
                            songs: vec![song],
                        }),
                    }
                    ControlFlow::Continue(())
                }
            },
        }
    }

    fn read(&self, path: &Path) -> Result<Song, Error> {
        let mut file = SongFile::open(path)?;
        let now = file.values(self.field);
        let disagreeing: Vec<String> = file
            .disagreement(self.field)
            .iter()
            .map(|(kind, values)| format!("{kind} {:?}", values.join("; ")))
            .collect();
        let album = self
            .by_album
            .then(|| file.text(CommonField::Album))
            .flatten()
            .and_then(|name| known_album(&name));
        // Of an album, all songs are asked.
        let needed = album.is_some() || !self.policy.keeps(&now);
        Ok(Song {
            path: path.to_owned(),
            audio: file.audio_digest()?,
            note: match disagreeing.is_empty() {
                true => String::new(),
                false => format!("; its tags disagree: {}", disagreeing.join(", ")),
            },
            prediction: match needed {
                true => Some(classify(self.model, path)?.prediction),
                false => None,
            },
            now,
            album,
        })
    }

    /// Hands out the songs of an album, each with the album's genre.
    fn finish(
        &self,
        album: Album,
        each: &mut impl FnMut(PlannedSong) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let music = album
            .songs
            .iter()
            .filter_map(|song| song.prediction.as_ref());
        let music: Vec<&Prediction> = music.filter(|prediction| !prediction.no_music).collect();
        let suggestion = match music.is_empty() {
            true => album
                .songs
                .iter()
                .find_map(|song| song.prediction.as_ref())
                .map(|one| self.suggestion(one)),
            false => {
                let mut mean = vec![0.0; music[0].probabilities.len()];
                for prediction in &music {
                    for (sum, p) in mean.iter_mut().zip(&prediction.probabilities) {
                        *sum += p / music.len() as f32;
                    }
                }
                Some(self.suggestion(&self.model.rank(mean)))
            }
        };
        let of = format!("album {:?} ({} songs): ", album.name, album.songs.len());
        for song in album.songs {
            each(self.planned(song, suggestion.clone(), &of))?;
        }
        ControlFlow::Continue(())
    }

    fn suggestion(&self, prediction: &Prediction) -> Suggestion {
        let genres = prediction.ranking.iter().map(|&genre| {
            (
                self.model.genres[genre].clone(),
                prediction.probabilities[genre],
            )
        });
        let genres: Vec<(String, f32)> = genres.collect();
        let parents = genres.iter().map(|(genre, _)| {
            let up = std::iter::successors(self.model.parents.get(genre), |&up| {
                self.model.parents.get(up)
            });
            up.take(self.model.parents.len()).cloned().collect()
        });
        Suggestion {
            parents: parents.collect(),
            genres,
            unsure: prediction.unsure,
            no_music: prediction.no_music,
        }
    }

    fn planned(&self, song: Song, suggestion: Option<Suggestion>, of: &str) -> PlannedSong {
        let decision = match &suggestion {
            Some(suggestion) => self.policy.decide(&song.now, suggestion),
            None => Decision::Keep(Kept::SetAlready),
        };
        let threshold = self.model.calibration.unsure_below;
        let genres = suggestion.map(|one| one.genres).unwrap_or_default();
        let top = genres.first().map_or(String::new(), |(genre, p)| {
            let sure_from = match threshold > 0.0 {
                true => format!(", sure from {:.0} %", 100.0 * threshold),
                false => String::new(),
            };
            format!("{genre} {:.1} %{sure_from}", 100.0 * p)
        });
        let (new, why) = match &decision {
            Decision::Write(values) => (values.clone(), format!("{of}{top}")),
            Decision::Keep(Kept::SetAlready) => (Vec::new(), "set already".into()),
            Decision::Keep(Kept::Same) => (Vec::new(), "as it is already".into()),
            Decision::Keep(Kept::Unsure) => (Vec::new(), format!("{of}unsure: {top}")),
            Decision::Keep(Kept::NoMusic) => (Vec::new(), format!("{of}no music")),
        };
        // A plan may be applied from another folder.
        let absolute = std::path::absolute(&song.path).unwrap_or_else(|_| song.path.clone());
        let genres = genres.into_iter().take(NAMED);
        let entry = Entry {
            path: PathText::from(&*absolute),
            audio: song.audio,
            old: song.now,
            new,
            why: why + &song.note,
            genres: genres
                .map(|(genre, probability)| Probability { genre, probability })
                .collect(),
            threshold: (threshold > 0.0).then_some(threshold),
        };
        PlannedSong {
            path: song.path,
            result: Ok((entry, decision)),
        }
    }
}
