//! One file: its tags, the digest of its sound, and what the model says where the sound is new.

use std::fs::Metadata;
use std::io::ErrorKind;
use std::path::Path;
use std::time::SystemTime;

use super::Change;
use super::classifier::Classifier;
use super::drives::is_mounted;
use crate::Error;
use crate::file_tags::other_tags;
use crate::library::index::{FileError, FileRecord, FileState, FileTags, Index, KnownFile};
use crate::library::plan::{PlanError, SongFile, whole_digest};

/// Reads files into an index.
pub(super) struct ReadFile<'a> {
    pub index: &'a Index,
    pub classifier: &'a Classifier,
    pub reclassify: bool,
}

impl ReadFile<'_> {
    /// Reads a file, of which this is known, and stores what was found.
    pub fn read(&self, path: &Path, known: Option<KnownFile>) -> Result<Change, Error> {
        let state = |metadata: &Metadata| FileState::of(metadata, SystemTime::now());
        let before = state(&stat(path)?);
        let (tags, audio) = match tags_and_digest(path) {
            Ok(read) => read,
            Err(error) => {
                return self.failed(
                    path,
                    known.as_ref(),
                    before,
                    None,
                    &FileTags::default(),
                    error,
                );
            }
        };
        let classified = match self.index.song_of(&audio)? {
            Some((_, Some(model))) if !self.reclassify || model == self.classifier.rows().id => {
                Ok(None)
            }
            _ => self.classifier.classify(path).map(Some),
        };
        let after = state(&stat(path)?);
        let same = before.size == after.size && before.ctime_ns == after.ctime_ns;
        let state = match same {
            true => after,
            // It was written to while it was read.
            false => after.unsettled(),
        };
        let song = match classified {
            Ok(song) => song,
            Err(error) => {
                return self.failed(path, known.as_ref(), state, Some(&audio), &tags, error);
            }
        };
        let change = self.change(path, known, &audio, &tags)?;
        let record = FileRecord {
            path,
            state,
            audio: Some(&audio),
            tags: &tags,
            error: None,
        };
        self.index.store(&record, song.as_ref())?;
        Ok(change)
    }

    fn failed(
        &self,
        path: &Path,
        known: Option<&KnownFile>,
        state: FileState,
        audio: Option<&str>,
        tags: &FileTags,
        error: Error,
    ) -> Result<Change, Error> {
        if matches!(error, Error::Index(_) | Error::Gone) || stat(path).is_err() {
            return Err(if matches!(error, Error::Index(_)) {
                error
            } else {
                Error::Gone
            });
        }
        let stored = FileError {
            kind: error.kind().to_owned(),
            text: error.to_string(),
        };
        match known {
            // It may be read again later: what is known of it stays.
            Some(known) if stored.kind == "io" && known.song.is_some() => {
                self.index.set_error(known.id, &stored)?;
            }
            _ => {
                let record = FileRecord {
                    path,
                    state,
                    audio,
                    tags,
                    error: Some(&stored),
                };
                self.index.store(&record, None)?;
            }
        }
        Err(error)
    }

    /// What is new of a file; one that was elsewhere keeps its row.
    fn change(
        &self,
        path: &Path,
        known: Option<KnownFile>,
        audio: &str,
        tags: &FileTags,
    ) -> Result<Change, Error> {
        if let Some(known) = known {
            return Ok(match known.audio.as_deref() == Some(audio) {
                true if known.model.is_none() => Change::New,
                true if known.tags != *tags => Change::Tags,
                true if known.vanished => Change::Returned,
                true => Change::Nothing,
                false => Change::Sound,
            });
        }
        if let Some((song, _)) = self.index.song_of(audio)? {
            for old in self.index.places_of(song)? {
                let gone = std::fs::symlink_metadata(&old.path);
                let gone = gone.is_err_and(|error| error.kind() == ErrorKind::NotFound);
                // A copy on a drive that is not there is not this file.
                if gone
                    && self
                        .index
                        .mounts()?
                        .iter()
                        .all(|mount| !old.path.starts_with(mount) || is_mounted(mount))
                {
                    self.index.move_file(old.id, path)?;
                    return Ok(Change::Moved(old.path));
                }
            }
        }
        Ok(Change::New)
    }
}

fn stat(path: &Path) -> Result<Metadata, Error> {
    std::fs::metadata(path).map_err(|error| match error.kind() {
        ErrorKind::NotFound => Error::Gone,
        _ => Error::Audio(error.into()),
    })
}

/// The tags and the digest of the audio packets; of a container whose tags can't be read, the tags that lofty reads and the digest of the whole file.
fn tags_and_digest(path: &Path) -> Result<(FileTags, String), Error> {
    let whole = || Ok((other_tags(path), format!("file:{}", whole_digest(path)?)));
    let read =
        SongFile::open(path).and_then(|mut file| Ok((FileTags::of(&file), file.audio_digest()?)));
    match read {
        Ok(read) => Ok(read),
        Err(PlanError::Io(error)) if error.kind() != ErrorKind::UnexpectedEof => {
            Err(Error::Audio(error.into()))
        }
        Err(_) => whole(),
    }
}
