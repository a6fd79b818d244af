//! One entry of a plan, written into its file.

use std::fs::File;
use std::path::Path;

use super::entry::{Entry, Header, value_fault};
use super::error::PlanError;
use super::journal::{Journal, Record};
use super::path_text::PathText;
use super::rewrite::rewrite;
use super::song_file::{SongFile, content_digest};
use crate::tags::splice::inverse;
use crate::tags::{Change, FieldName, MusicFile, Options, TagOf};

/// What was done with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// It was written.
    New,
    /// It holds the values already.
    Already,
}

/// Writes one entry into the file at `path`: where its audio packets are those of the plan and its field holds what it held then, a
/// copy is written, reopened and compared (audio packets, every other field, the values), noted in the journal, and renamed.
///
/// # Errors
/// A file that can't be read, that changed since the plan or that can't be written; the file is then as it was.
/// [`PlanError::Journal`] where the journal can't be written, which no further file can either.
pub fn apply(
    path: &Path,
    entry: &Entry,
    header: &Header,
    journal: &Journal,
) -> Result<Written, PlanError> {
    let mut faults = entry
        .new
        .iter()
        .filter_map(|value| value_fault(&header.field, value));
    if let Some(fault) = faults.next() {
        return Err(PlanError::Value(fault));
    }
    let mut song = SongFile::open(path)?;
    let audio = song.audio_digest()?;
    if audio != entry.audio {
        return Err(PlanError::Changed(format!(
            "expected the sound of the plan (SHA-256 of its packets {:.12}…), found another ({audio:.12}…)",
            entry.audio
        )));
    }
    let now = song.values(&header.field);
    if now != entry.old && now != entry.new {
        return Err(PlanError::Changed(format!(
            "expected {} as when it was planned, found {}",
            listed(&entry.old),
            listed(&now)
        )));
    }
    let changes = changes(&song, entry, header);
    let options = Options {
        separator: header.separator.clone(),
    };
    let splices = song.music.edit(&mut song.file, &changes, &options)?;
    if splices.is_empty() {
        return Ok(Written::Already);
    }
    let undo = inverse(&mut song.file, &splices)?;
    let before = content_digest(&mut song.file)?;
    let SongFile { file, music } = song;
    rewrite(path, file, &splices, |copy, size, after| {
        verify(copy, &music, &audio, &changes, &options)?;
        journal.add(&Record {
            path: PathText::from(&*std::path::absolute(path)?),
            before,
            after,
            size,
            undo: undo.into_iter().map(Into::into).collect(),
        })
    })?;
    Ok(Written::New)
}

/// The field, and where the old values are kept: there only where nothing is kept yet.
fn changes(song: &SongFile, entry: &Entry, header: &Header) -> Vec<Change> {
    let mut changes = vec![Change {
        field: header.field.clone(),
        values: entry.new.clone(),
    }];
    if let Some(keep) = &header.keep_old_in
        && !entry.old.is_empty()
        && song.values(keep).is_empty()
    {
        changes.push(Change {
            field: keep.clone(),
            values: entry.old.clone(),
        });
    }
    changes
}

/// Compares the copy with the file: audio packets, every field that was not to be changed, and the values of those that were.
fn verify(
    copy: File,
    before: &MusicFile,
    audio: &str,
    changes: &[Change],
    options: &Options,
) -> Result<(), PlanError> {
    let wrong = |what: String| Err(PlanError::Verification(what));
    let mut copy = SongFile::of(copy)?;
    let found = copy.audio_digest()?;
    if found != audio {
        return wrong(format!("audio packets {audio:.12}… became {found:.12}…"));
    }
    for (at, tag) in before.tags.iter().enumerate() {
        // Some files have several tags of a kind; a new one stands before them.
        let same_kind = |other: &&TagOf| other.kind == tag.kind;
        let after = before.tags[at + 1..].iter().filter(same_kind).count();
        let kept = copy.music.tags.iter().rev().filter(same_kind).nth(after);
        let of = |tag: &TagOf| -> Vec<(String, [u8; 32])> {
            let others = tag.fields.iter().filter(|field| {
                !changes
                    .iter()
                    .any(|change| change.field.is_called(tag.kind, &field.name))
            });
            others
                .map(|field| (field.name.clone(), field.digest))
                .collect()
        };
        let (old, new) = (of(tag), kept.map(of).unwrap_or_default());
        if old != new {
            let lost = old
                .iter()
                .find(|field| !new.contains(field))
                .or(new.first());
            let name = lost.map_or("the order of fields", |(name, _)| name);
            return wrong(format!("{} of {}", name, tag.kind));
        }
    }
    for change in changes {
        // ID3v1 and INFO have no place for a named field: there is none to compare then.
        let found = copy.values(&change.field);
        let same = found == change.values || found == [change.values.join(&options.separator)];
        if !same && change.field == FieldName::Genre {
            return wrong(format!(
                "{} where {} was written",
                listed(&found),
                listed(&change.values)
            ));
        }
    }
    Ok(())
}

fn listed(values: &[String]) -> String {
    match values.is_empty() {
        true => "no value".into(),
        false => format!("{:?}", values.join("; ")),
    }
}
