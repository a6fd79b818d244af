//! The plan as a table for people.

use std::path::Path;

use console::{Alignment, measure_text_width, pad_str};
use genrenet::library::plan::{Decision, Entry, Kept};
use genrenet_text::{visible, visible_path};

use crate::output::Page;

/// Widths of the columns before the song.
const NOW: usize = 16;
const NEW: usize = 30;

/// The names of the columns.
pub(super) fn head(page: &mut Page, written: bool) {
    let new = match written {
        true => "written",
        false => "to write",
    };
    page.line(format!(
        "{}  {}  song",
        cell("genre now", NOW),
        cell(new, NEW)
    ));
}

/// The row of a song.
pub(super) fn row(page: &mut Page, path: &Path, entry: &Entry, decision: &Decision) {
    let now = match entry.old.is_empty() {
        true => "-".to_owned(),
        false => entry.old.join("; "),
    };
    let top = |what: &str| match entry.genres.first() {
        Some(top) => format!("({what}: {} {:.0} %)", top.genre, 100.0 * top.probability),
        None => format!("({what})"),
    };
    let new = match decision {
        Decision::Write(values) => match entry.genres.first() {
            Some(top) => format!("{} {:.0} %", values.join("; "), 100.0 * top.probability),
            None => values.join("; "),
        },
        Decision::Keep(Kept::SetAlready) => "(kept)".into(),
        Decision::Keep(Kept::Same) => "(the same)".into(),
        Decision::Keep(Kept::Unsure) => top("unsure"),
        Decision::Keep(Kept::NoMusic) => "(no music)".into(),
    };
    // What is said of tags that disagree stands at the end of the reason.
    let note = entry.why.split_once("; its tags disagree: ");
    let note = note.map_or(String::new(), |(_, tags)| {
        format!(" [its tags disagree: {tags}]")
    });
    page.line(format!(
        "{}  {}  {}{note}",
        cell(&now, NOW),
        cell(&new, NEW),
        visible_path(path)
    ));
}

/// A text in a column: filled up with spaces, or cut.
fn cell(text: &str, width: usize) -> String {
    let text = visible(text);
    match measure_text_width(&text) > width {
        true => pad_str(&text, width, Alignment::Left, Some("…")).into_owned(),
        false => pad_str(&text, width, Alignment::Left, None).into_owned(),
    }
}
