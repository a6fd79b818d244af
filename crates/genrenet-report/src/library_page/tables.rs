//! The tables of a library's page: what tags and sound disagree about, and what failed.

use std::fmt::Write as _;

use super::{LibraryContext, counted, file_and_folder, percent};
use crate::html::escaped;

/// A song: its title and artist, or its file, and below the path.
fn song(path: &str, title: Option<&str>, artist: Option<&str>) -> String {
    let (file, folder) = file_and_folder(path);
    let (name, below) = match (title, artist) {
        (Some(title), Some(artist)) => (
            format!(
                "<bdi>{}</bdi> – <bdi>{}</bdi>",
                escaped(title),
                escaped(artist)
            ),
            path,
        ),
        (Some(title), None) => (format!("<bdi>{}</bdi>", escaped(title)), path),
        _ => (format!("<bdi>{}</bdi>", escaped(file)), folder),
    };
    match below {
        "" => name,
        below => format!("{name}<small><bdi>{}</bdi></small>", escaped(below)),
    }
}

/// Writes the songs whose tag and sound disagree most.
pub(super) fn write_disagreements(out: &mut String, library: &LibraryContext) {
    if library.songs == library.failed {
        return;
    }
    out.push_str("<h2>Tags that disagree with the sound</h2>\n");
    let compared = counted(library.compared, "song has", "songs have");
    let said = match (library.compared, library.disagreeing) {
        (0, _) => "No song has a sure answer and a genre tag that can be compared with it.".into(),
        (_, 0) => {
            format!("{compared} a sure answer and a genre tag to compare it with; all agree.")
        }
        (_, disagreeing) => {
            let shown = library.disagreements.len() as u64;
            let which = match shown < disagreeing {
                true => format!(" The {shown} worst:"),
                false => String::new(),
            };
            let disagree = counted(disagreeing, "disagrees", "disagree");
            format!(
                "{compared} a sure answer and a genre tag to compare it with; {disagree}.{which}"
            )
        }
    };
    let _ = writeln!(out, "<p>{said}</p>");
    if library.disagreements.is_empty() {
        return;
    }
    out.push_str(
        "<div class=\"table\"><table class=\"cards\"><thead><tr><th scope=\"col\">Song</th><th scope=\"col\">Tag, and its probability</th>\
         <th scope=\"col\">Sounds like</th></tr></thead><tbody>\n",
    );
    for one in &library.disagreements {
        let _ = writeln!(
            out,
            "<tr><th scope=\"row\">{}</th><td data-name=\"Tag\"><bdi>{}</bdi> <span>{}</span></td><td data-name=\"Sounds like\"><bdi>{}</bdi> <span>{}</span></td></tr>",
            song(&one.path, one.title.as_deref(), one.artist.as_deref()),
            escaped(&one.tags.join("; ")),
            percent(one.tagged_probability.into()),
            escaped(&one.genre),
            percent(one.probability.into())
        );
    }
    out.push_str("</tbody></table></div>\n");
}

/// Writes the files without an answer.
pub(super) fn write_failures(out: &mut String, library: &LibraryContext) {
    if library.failed == 0 {
        return;
    }
    out.push_str("<h2>Files that failed</h2>\n");
    let shown = library.failures.len() as u64;
    if shown < library.failed {
        let _ = writeln!(
            out,
            "<p>The first {shown} of {}:</p>",
            counted(library.failed, "file", "files")
        );
    }
    out.push_str("<div class=\"table\"><table class=\"cards\"><thead><tr><th scope=\"col\">File</th><th scope=\"col\">Reason</th></tr></thead><tbody>\n");
    for one in &library.failures {
        let _ = writeln!(
            out,
            "<tr><th scope=\"row\">{}</th><td data-name=\"Reason\"><bdi>{}</bdi></td></tr>",
            song(&one.path, None, None),
            escaped(&one.reason)
        );
    }
    out.push_str("</tbody></table></div>\n");
}
