//! The map of a library: a dot for each song, similar ones near each other.

use std::fmt::Write as _;

use super::layout::lay_out;
use super::{LibraryContext, MapSong, counted, file_and_folder, labels, percent};
use crate::genre_mark::{GenreMark, SHAPES};
use crate::html::escaped;
use crate::legend::outline;
use crate::plot::grouped;

/// Width and height in units; on a wide screen a unit is about a pixel, on a phone half of one.
const PICTURE: [f64; 2] = [720.0, 640.0];
const MARGIN: f64 = 22.0;
/// Size of titles on a wide and on a narrow screen, and how much larger dots are there.
const SCREENS: [(&str, f64, f64); 2] = [("wide", 12.0, 1.0), ("narrow", 22.0, 1.5)];

/// Writes the map with its legend; why there is none, where it can't be laid out.
pub(super) fn write(out: &mut String, library: &LibraryContext, marks: &[GenreMark]) {
    if library.map.is_empty() {
        return;
    }
    out.push_str("<h2>Map of similar songs</h2>\n");
    let layout = match lay_out(&library.map) {
        Ok(layout) => layout,
        Err(error) => {
            let _ = writeln!(
                out,
                "<p class=\"missing\"><b>Map not shown:</b> {}.</p>",
                escaped(&error.to_string())
            );
            return;
        }
    };
    let points: Vec<[f64; 2]> = layout
        .points
        .iter()
        .map(|point| {
            [0, 1].map(|axis| 0.5 * PICTURE[axis] + point[axis] * (0.5 * PICTURE[axis] - MARGIN))
        })
        .collect();
    let songs = counted(library.map.len() as u64, "song", "songs");
    let drawn = match library.map_of > library.map.len() as u64 {
        true => format!(
            "{} of {} songs are drawn, a sample by their paths",
            grouped(library.map.len() as u64),
            grouped(library.map_of)
        ),
        false => songs.clone(),
    };
    let hollow = match library.map.iter().any(|song| song.unsure) {
        true => " Hollow: unsure.",
        false => "",
    };
    let _ = write!(
        out,
        "<div class=\"map\">\n<figure><div class=\"field\">\
         <svg id=\"map\" viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"Map of {songs}: similar ones are near each other\" tabindex=\"0\">\n",
        PICTURE[0], PICTURE[1]
    );
    write_shapes(out, library.map.len());
    for (song, point) in library.map.iter().zip(&points) {
        write_song(out, song, *point, library, marks);
    }
    write_labels(out, library, &points);
    let _ = write!(
        out,
        "<circle id=\"ring\" r=\"0\"/></svg><div id=\"song\" role=\"status\"></div></div>\
         <figcaption>{drawn}; similar ones are near each other ({}).{hollow}</figcaption></figure>\n\
         <div class=\"side\">\n<div id=\"find\" hidden><label for=\"words\">Find songs by title, artist or file</label>\
         <input id=\"words\" type=\"search\" autocomplete=\"off\" spellcheck=\"false\"><p id=\"count\" role=\"status\"></p><ul id=\"found\"></ul></div>\n",
        layout.method
    );
    write_legend(out, library, marks);
    out.push_str("</div>\n</div>\n");
}

fn radius(songs: usize) -> f64 {
    match songs {
        0..=100 => 7.0,
        101..=500 => 5.0,
        _ => 3.6,
    }
}

/// The shapes that songs and the legend refer to.
fn write_shapes(out: &mut String, songs: usize) {
    out.push_str("<defs>");
    for (prefix, class, radius) in [("s", " class=\"shape\"", radius(songs)), ("l", "", 7.0)] {
        for (at, shape) in SHAPES.into_iter().enumerate() {
            let corners = outline(shape, [0.0, 0.0], radius);
            let corners: Vec<String> = corners
                .iter()
                .map(|[x, y]| format!("{x:.1} {y:.1}"))
                .collect();
            let _ = write!(
                out,
                "<path id=\"{prefix}{at}\"{class} d=\"M{}Z\"/>",
                corners.join("L")
            );
        }
    }
    out.push_str("</defs>\n");
}

fn shape(mark: &GenreMark) -> usize {
    SHAPES
        .iter()
        .position(|&shape| shape == mark.shape)
        .unwrap_or(0)
}

/// The title, else the name of the file.
fn title(song: &MapSong) -> &str {
    song.title
        .as_deref()
        .unwrap_or(file_and_folder(&song.path).0)
}

fn write_song(
    out: &mut String,
    song: &MapSong,
    [x, y]: [f64; 2],
    library: &LibraryContext,
    marks: &[GenreMark],
) {
    let (Some(genre), Some(mark)) = (library.genres.get(song.genre), marks.get(song.genre)) else {
        return;
    };
    let name = match &song.artist {
        Some(artist) => format!("{} – {}", escaped(title(song)), escaped(artist)),
        None => escaped(title(song)),
    };
    let answer = format!(
        "{} {}",
        escaped(&genre.name),
        percent(song.probability.into())
    );
    let (class, shape, group, answer) = match (song.no_music, song.unsure) {
        (true, _) => (
            "none".into(),
            0,
            "none".into(),
            format!("no music ({answer})"),
        ),
        (false, true) => (
            format!("unsure\" style=\"color:var(--g{})", song.genre),
            shape(mark),
            song.genre.to_string(),
            format!("unsure ({answer})"),
        ),
        (false, false) => (
            format!("sure\" style=\"color:var(--g{})", song.genre),
            shape(mark),
            song.genre.to_string(),
            answer,
        ),
    };
    // Three lines, which the script reads: name, answer, file.
    let _ = writeln!(
        out,
        "<use class=\"{class}\" data-group=\"{group}\" href=\"#s{shape}\" x=\"{x:.1}\" y=\"{y:.1}\"><title>{name}\n{answer}\n{}</title></use>",
        escaped(&song.path)
    );
}

fn write_labels(out: &mut String, library: &LibraryContext, points: &[[f64; 2]]) {
    let songs: Vec<(&str, [f64; 2])> = library
        .map
        .iter()
        .zip(points)
        .map(|(song, point)| (title(song), *point))
        .collect();
    for (class, size, larger) in SCREENS {
        let _ = write!(
            out,
            "<g class=\"titles {class}\" font-size=\"{size}\" aria-hidden=\"true\">"
        );
        // The farthest corner of a shape lies 1.25 radii away.
        let radius = 1.25 * larger * radius(songs.len());
        for label in labels::place(&songs, PICTURE, size, radius) {
            let [x, y] = label.at;
            let _ = write!(
                out,
                "<text x=\"{x:.1}\" y=\"{y:.1}\">{}</text>",
                escaped(&label.text)
            );
        }
        out.push_str("</g>\n");
    }
}

/// The genres on the map with their marks and numbers of songs, the greatest first.
fn write_legend(out: &mut String, library: &LibraryContext, marks: &[GenreMark]) {
    let mut counts = vec![0u64; library.genres.len()];
    let mut no_music = 0;
    for song in &library.map {
        match counts.get_mut(song.genre) {
            Some(_) if song.no_music => no_music += 1,
            Some(count) => *count += 1,
            None => {}
        }
    }
    let mut present: Vec<usize> = (0..counts.len())
        .filter(|&genre| counts[genre] > 0)
        .collect();
    present.sort_by_key(|&genre| (std::cmp::Reverse(counts[genre]), genre));
    out.push_str("<ul id=\"legend\" aria-label=\"Genres on the map\">\n");
    let mut entry = |group: &str, style: &str, shape: usize, name: &str, count: u64| {
        let _ = writeln!(
            out,
            "<li data-group=\"{group}\"><span><svg class=\"mark\" viewBox=\"-10 -10 20 20\" aria-hidden=\"true\"{style}><use href=\"#l{shape}\"/></svg><bdi>{}</bdi> <b>{}</b></span></li>",
            escaped(name),
            grouped(count)
        );
    };
    for genre in present {
        let style = format!(" style=\"color:var(--g{genre})\"");
        let group = genre.to_string();
        entry(
            &group,
            &style,
            shape(&marks[genre]),
            &library.genres[genre].name,
            counts[genre],
        );
    }
    if no_music > 0 {
        entry(
            "none",
            " style=\"color:var(--axis)\"",
            0,
            "no music",
            no_music,
        );
    }
    out.push_str("</ul>\n");
}
