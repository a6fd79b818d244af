//! The genres of a library as bars.

use std::fmt::Write as _;

use super::{GenreCount, LibraryContext, counted};
use crate::html::escaped;
use crate::plot::grouped;

/// Genres that are shown at once; the others are folded away.
const SHOWN: usize = 24;

/// Writes a bar for each genre that has songs, the greatest first.
pub(super) fn write(out: &mut String, library: &LibraryContext) {
    let songs = |genre: &GenreCount| genre.sure + genre.unsure;
    let mut genres: Vec<(usize, &GenreCount)> = library.genres.iter().enumerate().collect();
    genres.retain(|(_, genre)| songs(genre) > 0);
    genres.sort_by_key(|(at, genre)| (std::cmp::Reverse(songs(genre)), *at));
    let Some((_, first)) = genres.first() else {
        return;
    };
    let most = songs(first) as f64;
    out.push_str("<h2>Genres</h2>\n");
    let (shown, folded) = genres.split_at(genres.len().min(SHOWN));
    write_bars(out, shown, most);
    if !folded.is_empty() {
        let more = counted(folded.len() as u64, "more genre", "more genres");
        let _ = writeln!(out, "<details><summary>{more}</summary>");
        write_bars(out, folded, most);
        out.push_str("</details>\n");
    }
    let without = library.genres.len() - genres.len();
    if without > 0 {
        let without = counted(without as u64, "other genre has", "other genres have");
        let _ = writeln!(out, "<p class=\"quiet\">{without} no songs.</p>");
    }
}

fn write_bars(out: &mut String, genres: &[(usize, &GenreCount)], most: f64) {
    out.push_str(
        "<table class=\"bars\"><thead><tr><th scope=\"col\">Genre</th><td></td>\
         <th scope=\"col\" class=\"number\">sure</th><th scope=\"col\" class=\"number\">unsure</th></tr></thead><tbody>\n",
    );
    for (at, genre) in genres {
        let width = |songs: u64| 100.0 * songs as f64 / most;
        let _ = writeln!(
            out,
            "<tr><th scope=\"row\"><bdi>{}</bdi></th><td class=\"bar\" style=\"color:var(--g{at})\"><i style=\"width:{:.2}%\"></i>\
             <i class=\"pale\" style=\"width:{:.2}%\"></i></td><td class=\"number\">{}</td><td class=\"number\">{}</td></tr>",
            escaped(&genre.name),
            width(genre.sure),
            width(genre.unsure),
            grouped(genre.sure),
            grouped(genre.unsure)
        );
    }
    out.push_str("</tbody></table>\n");
}
