//! A music library on one page: its genres, a map of similar songs, what tags and sound disagree about, what failed.

mod context;
mod genres;
mod labels;
mod layout;
mod map;
mod tables;

pub use context::{DisagreeingSong, FailedSong, GenreCount, LibraryContext, MapSong};

use std::fmt::Write as _;

use crate::genre_mark::{GenreMark, genre_marks};
use crate::html::{self, escaped};
use crate::page::{Block, Tile};
use crate::plot::grouped;
use crate::{Rgb, Theme};

/// What makes the map answer to pointer and keyboard; without it the page still shows all.
const SCRIPT: &str = include_str!("library.js");
const STYLE: &str = include_str!("library.css");

/// The page of a library as one HTML file that needs no network.
///
/// The same library makes the same bytes. Lays out the map with t-SNE, which takes a second or two for two thousand songs.
pub fn library_page(library: &LibraryContext) -> String {
    let names: Vec<String> = library.genres.iter().map(|one| one.name.clone()).collect();
    let marks = genre_marks(&names);
    let style = format!("{}{STYLE}", colours(&marks));
    let mut out = html::head(&library.title, &style, Some(SCRIPT));
    let _ = writeln!(out, "<p>{}</p>", escaped(&library.about));
    html::write_block(&mut out, 0, &Block::Tiles(tiles(library)));
    genres::write(&mut out, library);
    map::write(&mut out, library, &marks);
    tables::write_disagreements(&mut out, library);
    tables::write_failures(&mut out, library);
    let _ = write!(
        out,
        "</main>\n<script>{SCRIPT}</script>\n</body>\n</html>\n"
    );
    out
}

/// The colour of each genre as a variable, lighter on dark.
fn colours(marks: &[GenreMark]) -> String {
    let list = |theme: Theme| -> String {
        let colour = |mark: &GenreMark| match theme {
            Theme::Light => mark.colour,
            Theme::Dark => mark.colour.mix(Rgb(255, 255, 255), 0.3),
        };
        let each = marks.iter().enumerate();
        each.map(|(at, mark)| format!("--g{at}:{};", colour(mark).css()))
            .collect()
    };
    format!(
        ":root{{{}}}\n@media(prefers-color-scheme:dark){{:root{{{}}}}}\n",
        list(Theme::Light),
        list(Theme::Dark)
    )
}

fn tiles(library: &LibraryContext) -> Vec<Tile> {
    let share = |count: u64| match library.songs {
        songs if count > 0 => format!("{} of all", percent(count as f64 / songs as f64)),
        _ => String::new(),
    };
    let tile = |name: &str, value: String, note: String| Tile {
        name: name.into(),
        value,
        note,
    };
    let count = |name: &str, count: u64| tile(name, grouped(count), share(count));
    let classified = library.songs.saturating_sub(library.failed);
    let mut tiles = vec![tile("Songs", grouped(library.songs), String::new())];
    if classified > 0 {
        let mean = duration(library.seconds / classified as f64);
        tiles.push(tile(
            "Playing time",
            duration(library.seconds),
            format!("{mean} a song"),
        ));
    }
    tiles.push(count("Sure", library.sure));
    tiles.push(count("Unsure", library.unsure));
    tiles.extend(library.no_music.map(|songs| count("No music", songs)));
    tiles.push(count("Failed", library.failed));
    tiles
}

/// "3 min 20 s", "12.5 h", "1 200 h".
fn duration(seconds: f64) -> String {
    let whole = seconds.round() as u64;
    match whole {
        0..60 => format!("{whole} s"),
        60..3600 => format!("{} min {} s", whole / 60, whole % 60),
        3600..360_000 => format!("{:.1} h", seconds / 3600.0),
        _ => format!("{} h", grouped((seconds / 3600.0).round() as u64)),
    }
}

/// "12.3 %".
fn percent(share: f64) -> String {
    format!("{:.1}\u{a0}%", 100.0 * share)
}

/// A number of things: "1 song", "2 000 songs".
fn counted(count: u64, one: &str, many: &str) -> String {
    format!(
        "{}\u{a0}{}",
        grouped(count),
        if count == 1 { one } else { many }
    )
}

/// The name of a file and the folder that it is in, as text.
fn file_and_folder(path: &str) -> (&str, &str) {
    match path.rfind(['/', std::path::MAIN_SEPARATOR]) {
        Some(at) if at + 1 < path.len() => (&path[at + 1..], &path[..=at]),
        _ => (path, ""),
    }
}
