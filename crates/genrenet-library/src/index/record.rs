//! What is stored of a file and of its sound.

use std::path::{Path, PathBuf};

use genrenet_text::spelling_key;
use rusqlite::Row;

use super::file_state::FileState;
use crate::plan::SongFile;
use crate::tags::{CommonField, FieldName};

/// The tags of a file that people search by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileTags {
    /// The song's title.
    pub title: Option<String>,
    /// Who performs it.
    pub artist: Option<String>,
    /// The album.
    pub album: Option<String>,
    /// The artist of the album.
    pub album_artist: Option<String>,
    /// The values of the genre tag, joined by "; ".
    pub genre: Option<String>,
    /// The date or year of release.
    pub date: Option<String>,
    /// The number in the album.
    pub track: Option<String>,
}

/// The columns of a file's tags.
pub(super) const TAG_COLUMNS: &str = "title, artist, album, album_artist, files.genre, date, track";

impl FileTags {
    /// Of a file that is open.
    pub fn of(file: &SongFile) -> FileTags {
        let genres = file.values(&FieldName::Genre);
        let text = |field| file.text(field).map(capped);
        FileTags {
            title: text(CommonField::Title),
            artist: text(CommonField::Artist),
            album: text(CommonField::Album),
            album_artist: text(CommonField::AlbumArtist),
            genre: (!genres.is_empty()).then(|| capped(genres.join("; "))),
            date: text(CommonField::Date),
            track: text(CommonField::Track),
        }
    }

    /// Every field with its name in the index.
    pub fn fields(&self) -> [(&'static str, Option<&str>); 7] {
        [
            ("title", self.title.as_deref()),
            ("artist", self.artist.as_deref()),
            ("album", self.album.as_deref()),
            ("album_artist", self.album_artist.as_deref()),
            ("genre", self.genre.as_deref()),
            ("date", self.date.as_deref()),
            ("track", self.track.as_deref()),
        ]
    }

    /// Of a row with [`TAG_COLUMNS`] from `first` on.
    pub(super) fn of_row(row: &Row, first: usize) -> rusqlite::Result<FileTags> {
        Ok(FileTags {
            title: row.get(first)?,
            artist: row.get(first + 1)?,
            album: row.get(first + 2)?,
            album_artist: row.get(first + 3)?,
            genre: row.get(first + 4)?,
            date: row.get(first + 5)?,
            track: row.get(first + 6)?,
        })
    }

    /// What a search in all tags and the file's name looks into, one part per line.
    pub(super) fn search_text(&self, path: &Path) -> String {
        let name = path.file_stem().map(|name| name.to_string_lossy());
        let fields = self
            .fields()
            .into_iter()
            .filter(|(name, _)| *name != "track");
        let texts = fields.filter_map(|(_, text)| text.map(spelling_key));
        let all: Vec<String> = texts.chain(name.map(|name| spelling_key(&name))).collect();
        all.join("\n")
    }
}

/// Characters of a tag that are kept; no title of people has so many.
const LONGEST: usize = 1000;

fn capped(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(LONGEST) {
        text.truncate(end);
    }
    text
}

/// Why a file has no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileError {
    /// The kind, a word: `io` is tried again by the next scan, the others when the file or the program has changed.
    pub kind: String,
    /// For people.
    pub text: String,
}

/// A file that was read.
#[derive(Clone, Debug)]
pub struct FileRecord<'a> {
    /// Where it is, absolute.
    pub path: &'a Path,
    /// Its state before it was read.
    pub state: FileState,
    /// The digest of its sound, if that was read.
    pub audio: Option<&'a str>,
    /// Its tags.
    pub tags: &'a FileTags,
    /// Why it has no answer.
    pub error: Option<&'a FileError>,
}

/// What a model says of a sound.
#[derive(Clone, Debug, PartialEq)]
pub struct SongRecord {
    /// Length in seconds.
    pub seconds: f64,
    /// The model's row: what [`Index::add_model`](super::Index::add_model) gave.
    pub model: i64,
    /// The answer.
    pub answer: StoredAnswer,
    /// Whether it is unsure whatever the probability.
    pub never_sure: bool,
    /// The probabilities of the model's own genres.
    pub model_probabilities: Vec<f32>,
    /// The embedding.
    pub embedding: Vec<f32>,
    /// The fingerprint, as bytes, where there is one.
    pub fingerprint: Option<Vec<u8>>,
    /// Milliseconds that all this took on one core.
    pub cost_ms: f64,
}

/// An answer in the genres of the index.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredAnswer {
    /// The label and the probability of every genre and attribute.
    pub probabilities: Vec<(i64, f32)>,
    /// The most probable genre.
    pub genre: String,
    /// Its probability.
    pub probability: f32,
    /// Whether it is too small.
    pub unsure: bool,
    /// Whether the sound is taken for something other than music.
    pub no_music: bool,
}

/// What the index knows of a file.
#[derive(Clone, Debug)]
pub struct KnownFile {
    /// Its row.
    pub id: i64,
    /// Its state when it was read.
    pub state: FileState,
    /// The row of its sound.
    pub song: Option<i64>,
    /// The digest of its sound.
    pub audio: Option<String>,
    /// Its tags.
    pub tags: FileTags,
    /// The row of the model that classified its sound.
    pub model: Option<i64>,
    /// Why it has no answer.
    pub error: Option<FileError>,
    /// The version of the program that read it.
    pub program: String,
    /// Whether it was found missing.
    pub vanished: bool,
}

/// A file that is not where it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OldPlace {
    /// Its row.
    pub id: i64,
    /// Where it was.
    pub path: PathBuf,
}

/// A song's answer in a model's own genres.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelAnswer {
    /// The song's row.
    pub song: i64,
    /// The probabilities of the model's own genres.
    pub probabilities: Vec<f32>,
    /// Whether it is unsure whatever the probability.
    pub never_sure: bool,
    /// Whether the sound is taken for something other than music.
    pub no_music: bool,
}
