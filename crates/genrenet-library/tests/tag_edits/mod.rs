//! What must hold for every edit of every container.

use std::io::Cursor;
use std::path::PathBuf;

use genrenet_library::tags::splice::{inverse, write_spliced};
use genrenet_library::tags::{
    Change, Field, FieldName, MusicFile, Options, TagError, TagKind, TagOf,
};
use proptest::prelude::*;

/// A change of the genre.
pub fn genre(values: &[&str]) -> Change {
    Change {
        field: FieldName::Genre,
        values: values.iter().map(|&value| value.into()).collect(),
    }
}

/// A change of a field by name.
pub fn named(name: &str, values: &[&str]) -> Change {
    Change {
        field: FieldName::Named(name.into()),
        values: values.iter().map(|&value| value.into()).collect(),
    }
}

/// Reads a file that is read without an error.
pub fn read(bytes: &[u8]) -> MusicFile {
    MusicFile::read(&mut Cursor::new(bytes)).unwrap()
}

/// The fields of a tag that no change names.
fn others(tag: &TagOf, changes: &[Change]) -> Vec<Field> {
    let is_named = |field: &&Field| {
        let mut fields = changes.iter().map(|change| &change.field);
        fields.any(|name| name.is_called(tag.kind, &field.name))
    };
    let fields = tag.fields.iter();
    fields.filter(|field| !is_named(field)).cloned().collect()
}

/// The file after the changes, checked: the audio, the kinds of the tags and every other field stay, the values are as asked, a second edit finds
/// nothing to do, the inverse restores every byte.
pub fn edited(bytes: &[u8], changes: &[Change]) -> Result<Vec<u8>, TagError> {
    let options = Options::default();
    let mut source = Cursor::new(bytes);
    let before = MusicFile::read(&mut source)?;
    let audio = before.audio_digest(&mut source)?;
    let splices = before.edit(&mut source, changes, &options)?;
    let mut after = Vec::new();
    write_spliced(&mut source, &splices, &mut after).unwrap();

    let undo = inverse(&mut source, &splices).unwrap();
    let mut restored = Vec::new();
    write_spliced(&mut Cursor::new(&after), &undo, &mut restored).unwrap();
    assert!(restored == bytes, "the inverse splices restore the file");

    let mut source = Cursor::new(&after);
    let reread = MusicFile::read(&mut source).unwrap();
    assert_eq!(reread.container, before.container);
    assert!(
        reread.audio_digest(&mut source).unwrap() == audio,
        "the audio stays"
    );
    let mut tags = reread.tags.iter().rev();
    for tag in before.tags.iter().rev() {
        // New tags stand between those that were there, or before them.
        let same = tags.find(|after| after.kind == tag.kind);
        let same = same.unwrap_or_else(|| panic!("no {} any more", tag.kind));
        assert_eq!(others(same, changes), others(tag, changes));
    }
    for change in changes {
        let joined = change.values.join(&options.separator);
        let as_asked = |found: &[String]| found == change.values || found == [joined.clone()];
        if change.field == FieldName::Genre {
            let genres = reread.genres();
            assert!(as_asked(genres), "{genres:?} where {change:?} was written");
        }
        for tag in &reread.tags {
            let fields = tag.fields.iter();
            let of_it = fields.filter(|field| change.field.is_called(tag.kind, &field.name));
            let found: Vec<String> = match change.field {
                FieldName::Genre => tag.genres.clone(),
                FieldName::Named(_) => of_it.flat_map(|field| field.text.clone()).collect(),
            };
            let placeless = match change.field {
                FieldName::Genre => {
                    tag.kind == TagKind::Id3v1
                        && found.first().is_none_or(|genre| {
                            change
                                .values
                                .first()
                                .is_some_and(|v| v.eq_ignore_ascii_case(genre))
                        })
                }
                FieldName::Named(_) => matches!(tag.kind, TagKind::Id3v1 | TagKind::RiffInfo),
            };
            assert!(
                placeless || as_asked(&found),
                "{}: {found:?} where {change:?} was written",
                tag.kind
            );
        }
    }
    let again = reread.edit(&mut source, changes, &options).unwrap();
    assert!(again.is_empty(), "a second edit finds nothing to do");
    Ok(after)
}

/// Files of the data folder, by their path below `data/audio`; prints a line where the folder is absent.
pub fn data_files(folder: &str, extensions: &[&str]) -> Vec<PathBuf> {
    let root = PathBuf::from(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/data/audio"
    ))
    .join(folder);
    let mut files = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let extension = path
                .extension()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            if path.is_dir() {
                folders.push(path);
            } else if extensions.contains(&extension.as_str()) {
                files.push(path);
            }
        }
    }
    if files.is_empty() {
        println!("skipped: no files in {}", root.display());
    }
    files.sort();
    files
}

/// Vorbis comments: valid ones, genres, and ones that no writer should make.
pub fn comments() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let key = prop_oneof![
        Just("GENRE".to_string()),
        Just("genre".into()),
        Just("Genre".into()),
        Just("MOOD".into()),
        Just("COVERART".into()),
        "[ -<>-}]{0,8}",
    ];
    let comment = prop_oneof![
        (key, "\\PC{1,12}").prop_map(|(key, value)| format!("{key}={value}").into_bytes()),
        prop::collection::vec(any::<u8>(), 0..12),
        prop::collection::vec(any::<u8>(), 250..600),
    ];
    prop::collection::vec(comment, 0..8)
}

/// The bytes of Vorbis comments.
pub fn comment_bytes(vendor: &[u8], comments: &[Vec<u8>]) -> Vec<u8> {
    let counted = |bytes: &[u8]| [&(bytes.len() as u32).to_le_bytes(), bytes].concat();
    let mut all = counted(vendor);
    all.extend((comments.len() as u32).to_le_bytes());
    all.extend(comments.iter().flat_map(|comment| counted(comment)));
    all
}

/// Genres and a named field, now and then long ones.
pub fn changes() -> impl Strategy<Value = Vec<Change>> {
    let value = prop_oneof![8 => "[a-zA-Z/é&;=]{1,12}", 1 => "[a-z]{200,5000}"];
    let change = |field: FieldName| {
        prop::collection::vec(value.clone(), 0..4).prop_map(move |values| Change {
            field: field.clone(),
            values,
        })
    };
    let genre = change(FieldName::Genre);
    let mood = change(FieldName::Named("Mood".into()));
    prop_oneof![
        3 => genre.clone().prop_map(|genre| vec![genre]),
        1 => mood.clone().prop_map(|mood| vec![mood]),
        1 => (genre, mood).prop_map(|(genre, mood)| vec![genre, mood]),
    ]
}

/// Why a file is left as it is.
pub fn refusal(bytes: &[u8]) -> String {
    let error = edited(bytes, &[genre(&["Jazz"])]).unwrap_err();
    assert!(
        matches!(
            error,
            TagError::Malformed { .. } | TagError::Unsupported { .. }
        ),
        "{error}"
    );
    error.to_string()
}
