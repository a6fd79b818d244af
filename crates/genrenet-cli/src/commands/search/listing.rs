//! The songs of a search as text, JSON, CSV and Parquet.

use std::collections::BTreeMap;
use std::path::Path;

use console::{measure_text_width, truncate_str};
use genrenet::FullHit;
use genrenet::data::export::{Cell, ColumnKind, Table};
use genrenet::library::index::{Hit, Index};
use genrenet_text::{csv_cell, visible, visible_path};

use crate::exit::Failure;
use crate::output::Page;

/// Columns of the terminal that an artist and a title take at the most.
const WIDEST: usize = 28;

/// A line for each song: similarity, genre, length, artist and title, path; with the reason in place of these where there is no answer.
pub fn table(page: &mut Page, hits: &[Hit]) {
    let rows: Vec<[String; 4]> = hits.iter().map(cells).collect();
    let width = |column: usize| {
        rows.iter()
            .map(|row| measure_text_width(&row[column]))
            .max()
            .unwrap_or(0)
    };
    let widths = [width(0), width(1), width(2), width(3)];
    for (row, hit) in rows.iter().zip(hits) {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(widths) {
            if width > 0 {
                line += cell;
                line += &" ".repeat(width - measure_text_width(cell) + 2);
            }
        }
        page.line(line + &visible_path(&hit.path));
        if page.is_lost() {
            return;
        }
    }
}

fn cells(hit: &Hit) -> [String; 4] {
    let similarity = hit
        .similarity
        .map_or(String::new(), |similarity| format!("{similarity:.3}"));
    let (genre, length) = match (&hit.song, &hit.error) {
        (_, Some(error)) => (visible(&error.text).into_owned(), String::new()),
        (Some(song), None) => {
            let genre = format!("{} {:.0} %", visible(&song.genre), 100.0 * song.probability);
            let genre = match (song.no_music, song.unsure) {
                (true, _) => "no music".to_owned(),
                (_, true) => format!("unsure ({genre})"),
                _ => genre,
            };
            (genre, clock(song.seconds))
        }
        (None, None) => (String::new(), String::new()),
    };
    let short = |text: &Option<String>| {
        let text = text.as_deref().map(visible);
        text.map(|text| truncate_str(&text, WIDEST, "…").into_owned())
    };
    let name = match (short(&hit.tags.artist), short(&hit.tags.title)) {
        (Some(artist), Some(title)) => format!("{artist} – {title}"),
        (one, other) => one.or(other).unwrap_or_default(),
    };
    [similarity, genre, length, name]
}

/// Minutes and seconds.
pub fn clock(seconds: f64) -> String {
    let seconds = seconds.round() as u64;
    match seconds / 3600 {
        0 => format!("{}:{:02}", seconds / 60, seconds % 60),
        hours => format!("{hours}:{:02}:{:02}", seconds / 60 % 60, seconds % 60),
    }
}

/// An object a line.
pub fn json(index: &Index, page: &mut Page, hits: Vec<Hit>) -> Result<(), Failure> {
    for hit in hits {
        page.json(&FullHit::read(index, hit)?.to_json());
        if page.is_lost() {
            break;
        }
    }
    Ok(())
}

/// The names before those of genres and attributes.
const FIXED: [&str; 15] = [
    "path",
    "title",
    "artist",
    "album",
    "album_artist",
    "tag_genre",
    "date",
    "track",
    "seconds",
    "genre",
    "probability",
    "unsure",
    "no_music",
    "similarity",
    "error",
];

/// The songs with all that is known of them, and the names of all genres and attributes, in the order in which they were found.
fn full(index: &Index, hits: Vec<Hit>) -> Result<(Vec<FullHit>, Vec<String>), Failure> {
    let hits = hits.into_iter().map(|hit| FullHit::read(index, hit));
    let hits: Vec<FullHit> = hits.collect::<Result<_, _>>()?;
    let answers = hits.iter().filter_map(|hit| hit.answer.as_ref());
    let mut names: Vec<String> = Vec::new();
    let mut seen = BTreeMap::new();
    for (model, details) in answers {
        if seen.insert(model.id, ()).is_some() {
            continue;
        }
        let mut genres: Vec<&String> = details.genres.iter().map(|genre| &genre.name).collect();
        genres.sort();
        let attributes = details.attributes.iter().map(|attribute| &attribute.name);
        for name in genres.into_iter().chain(attributes) {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
    }
    Ok((hits, names))
}

fn probability_of(hit: &FullHit, name: &str) -> Option<f32> {
    let (_, details) = hit.answer.as_ref()?;
    let genre = details.genres.iter().find(|genre| genre.name == name);
    let attribute = || {
        details
            .attributes
            .iter()
            .find(|attribute| attribute.name == name)
    };
    genre
        .map(|genre| genre.probability)
        .or_else(|| attribute().map(|attribute| attribute.probability))
}

/// A table.
pub fn csv(index: &Index, page: &mut Page, hits: Vec<Hit>) -> Result<(), Failure> {
    let (hits, names) = full(index, hits)?;
    let header = FIXED
        .iter()
        .copied()
        .chain(names.iter().map(String::as_str));
    page.row(header.map(|name| csv_cell(name).into_owned()));
    for full in &hits {
        let hit = &full.hit;
        let mut row = vec![csv_cell(&visible_path(&hit.path)).into_owned()];
        let texts = hit.tags.fields();
        row.extend(texts.map(|(_, text)| csv_cell(text.unwrap_or_default()).into_owned()));
        match &hit.song {
            Some(song) => row.extend([
                format!("{:.3}", song.seconds),
                csv_cell(&song.genre).into_owned(),
                format!("{:.4}", song.probability),
                song.unsure.to_string(),
                song.no_music.to_string(),
            ]),
            None => row.extend(std::iter::repeat_n(String::new(), 5)),
        }
        row.push(
            hit.similarity
                .map_or(String::new(), |similarity| format!("{similarity:.4}")),
        );
        let error = hit.error.as_ref().map_or("", |error| &error.text);
        row.push(csv_cell(error).into_owned());
        let probabilities = names.iter().map(|name| probability_of(full, name));
        row.extend(probabilities.map(|p| p.map_or(String::new(), |p| format!("{p:.4}"))));
        page.row(&row);
        if page.is_lost() {
            break;
        }
    }
    Ok(())
}

/// The same as a Parquet file.
pub fn parquet(index: &Index, file: &Path, hits: Vec<Hit>) -> Result<(), Failure> {
    use ColumnKind::{Bool, Double, Float, Text};
    let (hits, names) = full(index, hits)?;
    let kind = |name: &str| match name {
        "seconds" => Double,
        "probability" | "similarity" => Float,
        "unsure" | "no_music" => Bool,
        _ => Text,
    };
    let fixed = FIXED.iter().map(|&name| (name, kind(name)));
    let columns: Vec<(&str, ColumnKind)> = fixed
        .chain(names.iter().map(|name| (&**name, Float)))
        .collect();
    let mut table = Table::create(file, &columns)?;
    for full in &hits {
        let Hit {
            tags,
            song,
            error,
            similarity,
            ..
        } = &full.hit;
        let song = song.as_ref();
        let path = visible_path(&full.hit.path);
        let path = full.hit.path.to_str().unwrap_or(&path);
        let texts = tags.fields();
        let mut cells = vec![Cell::Text(Some(path))];
        cells.extend(texts.map(|(_, text)| Cell::Text(text)));
        cells.extend([
            Cell::Double(song.map(|song| song.seconds)),
            Cell::Text(song.map(|song| &*song.genre)),
            Cell::Float(song.map(|song| song.probability)),
            Cell::Bool(song.map(|song| song.unsure)),
            Cell::Bool(song.map(|song| song.no_music)),
            Cell::Float(*similarity),
            Cell::Text(error.as_ref().map(|error| &*error.text)),
        ]);
        cells.extend(
            names
                .iter()
                .map(|name| Cell::Float(probability_of(full, name))),
        );
        table.push(&cells)?;
    }
    table.finish()?;
    Ok(())
}
