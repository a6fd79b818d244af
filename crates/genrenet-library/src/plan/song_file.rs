//! A music file that is opened for its tags.

use std::fs::File;
use std::io::{Read, Seek};
use std::path::Path;

use sha2::{Digest, Sha256};

use super::error::PlanError;
use crate::tags::{CommonField, FieldName, MusicFile, TagOf};

/// A music file, open, with its tags.
pub struct SongFile {
    pub(crate) file: File,
    pub(crate) music: MusicFile,
}

impl SongFile {
    /// Opens a file and reads its tags.
    ///
    /// # Errors
    /// The system's error; a container or a structure that can't be written.
    pub fn open(path: &Path) -> Result<SongFile, PlanError> {
        SongFile::of(genrenet_files::open(path)?)
    }

    pub(crate) fn of(mut file: File) -> Result<SongFile, PlanError> {
        let music = MusicFile::read(&mut file)?;
        Ok(SongFile { file, music })
    }

    /// SHA-256 of the audio packets, in hexadecimal.
    ///
    /// # Errors
    /// The system's error.
    pub fn audio_digest(&mut self) -> Result<String, PlanError> {
        Ok(hex(&self.music.audio_digest(&mut self.file)?))
    }

    /// The values of a field that players show: those of the first tag that has any.
    pub fn values(&self, field: &FieldName) -> Vec<String> {
        match field {
            FieldName::Genre => self.music.genres().to_vec(),
            FieldName::Named(_) => {
                let mut each = self.music.tags.iter().map(|tag| values_in(tag, field));
                each.find(|values| !values.is_empty()).unwrap_or_default()
            }
        }
    }

    /// A field that every kind of tag has, from the first tag that has it.
    pub fn text(&self, field: CommonField) -> Option<String> {
        self.music.tags.iter().find_map(|tag| field.of(tag))
    }

    /// The tags by which a field's values differ: each kind with its values; empty where all that have any agree.
    pub fn disagreement(&self, field: &FieldName) -> Vec<(String, Vec<String>)> {
        let held: Vec<(String, Vec<String>)> = self
            .music
            .tags
            .iter()
            .map(|tag| {
                let values = match field {
                    FieldName::Genre => tag.genres.clone(),
                    FieldName::Named(_) => values_in(tag, field),
                };
                (tag.kind.to_string(), values)
            })
            .filter(|(_, values)| !values.is_empty())
            .collect();
        match held.iter().all(|(_, values)| agree(values, &held[0].1)) {
            true => Vec::new(),
            false => held,
        }
    }
}

/// Whether two tags say the same: ID3v1 holds one genre of a fixed list, and INFO one text, so the first value decides.
fn agree(one: &[String], other: &[String]) -> bool {
    let begins = |values: &[String], first: &str| {
        let text = values.join("; ").to_lowercase();
        let rest = text.strip_prefix(&first.to_lowercase()).map(str::to_owned);
        rest.is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
    };
    begins(one, &other[0]) || begins(other, &one[0])
}

fn values_in(tag: &TagOf, field: &FieldName) -> Vec<String> {
    let named = tag
        .fields
        .iter()
        .filter(|one| field.is_called(tag.kind, &one.name));
    named.flat_map(|one| one.text.iter().cloned()).collect()
}

/// SHA-256 of the whole of the file at a path, in hexadecimal.
///
/// # Errors
/// The system's error.
pub fn whole_digest(path: &Path) -> Result<String, PlanError> {
    Ok(content_digest(&mut genrenet_files::open(path)?)?)
}

/// SHA-256 of a whole file, in hexadecimal.
pub(crate) fn content_digest(file: &mut File) -> std::io::Result<String> {
    file.rewind()?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 256 * 1024];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hex(&hash.finalize())),
            n => hash.update(&buffer[..n]),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_of_one_text_agrees_with_the_first_of_several_values() {
        let values = |texts: &[&str]| {
            texts
                .iter()
                .map(|&text| text.to_owned())
                .collect::<Vec<_>>()
        };
        for (one, other, expected) in [
            (&["Rock", "Pop"][..], &["Rock; Pop"][..], true),
            (&["Rock", "Pop"], &["rock"], true),
            (&["Rock/Pop"], &["Rock"], true),
            (&["Rock"], &["Rockabilly"], false),
            (&["Rock"], &["Pop"], false),
        ] {
            assert_eq!(
                agree(&values(one), &values(other)),
                expected,
                "{one:?} {other:?}"
            );
            assert_eq!(
                agree(&values(other), &values(one)),
                expected,
                "{other:?} {one:?}"
            );
        }
    }
}
