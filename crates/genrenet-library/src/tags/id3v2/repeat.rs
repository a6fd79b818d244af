//! What a new tag repeats of the tags that were there: many programs show one tag of a file only.

use super::super::change::{Change, FieldName};
use super::super::layout::{TagKind, TagOf};

/// Names of frames of version 2.4, and of the fields that say the same: in ID3v2.2, ID3v2.3 (and 2.4), APE and ID3v1, INFO.
const SAME: [(&str, [&str; 4]); 8] = [
    ("TIT2", ["TT2", "TIT2", "title", "INAM"]),
    ("TPE1", ["TP1", "TPE1", "artist", "IART"]),
    ("TALB", ["TAL", "TALB", "album", "IPRD"]),
    ("TDRC", ["TYE", "TYER", "year", "ICRD"]),
    ("TRCK", ["TRK", "TRCK", "track", "ITRK"]),
    ("COMM", ["", "", "comment", "ICMT"]),
    ("TSSE", ["TSS", "TSSE", "", "ISFT"]),
    ("TCON", ["TCO", "TCON", "genre", "IGNR"]),
];

/// Frames of version 2.4 with the texts of the first tag that has them, but for a genre that is changed.
pub(in crate::tags) fn repeated(tags: &[TagOf], changes: &[Change]) -> Vec<(&'static str, String)> {
    let genre_changes = changes
        .iter()
        .any(|change| change.field == FieldName::Genre);
    let wanted = SAME
        .iter()
        .filter(|(frame, _)| !(genre_changes && *frame == "TCON"));
    let frame = |(frame, names): &(&'static str, [&str; 4])| {
        let text = tags.iter().find_map(|tag| {
            let name = match tag.kind {
                TagKind::Id3v2(2) => names[0],
                TagKind::Id3v2(_) => names[1],
                TagKind::RiffInfo => names[3],
                _ => names[2],
            };
            let called = |other: &str| {
                other.eq_ignore_ascii_case(name)
                    || tag.kind == TagKind::Id3v2(4) && other == *frame
                    || tag.kind == TagKind::RiffInfo && *frame == "TRCK" && other == "IPRT"
            };
            let mut fields = tag.fields.iter().filter(|field| !field.text.is_empty());
            let field = fields.find(|field| called(&field.name))?;
            // A NUL separates the values of a frame.
            Some(field.text.join("\0"))
        })?;
        Some((*frame, text))
    };
    wanted.filter_map(frame).collect()
}
