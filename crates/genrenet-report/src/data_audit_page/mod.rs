//! An audited data set on one page: suspected labels with their sounds, duplicates, leaks, faults, classes.

mod context;

pub use context::{AuditTable, DataAuditContext, SuspectRow};

use std::fmt::Write as _;

use base64::prelude::{BASE64_STANDARD, Engine as _};

use crate::colour::magma;
use crate::context::{Frequencies, Spectrogram};
use crate::html::{self, escaped};
use crate::page::{Block, Tile};
use crate::spectrogram::pixels;

const STYLE: &str = include_str!("audit.css");
/// Most pixels of a spectrogram: height, width.
const PICTURE: [usize; 2] = [96, 192];

/// The page of an audited data set as one HTML file. Sounds stay where they are: the page plays them from their files.
pub fn data_audit_page(audit: &DataAuditContext) -> String {
    let mut out = html::head_with_sound(&audit.title, STYLE);
    let _ = writeln!(out, "<p>{}</p>", escaped(&audit.about));
    let tile = |[name, value, note]: &[String; 3]| Tile {
        name: name.clone(),
        value: value.clone(),
        note: note.clone(),
    };
    html::write_block(
        &mut out,
        0,
        &Block::Tiles(audit.figures.iter().map(tile).collect()),
    );
    write_suspects(&mut out, audit);
    audit
        .tables
        .iter()
        .for_each(|table| write_table(&mut out, table));
    out.push_str("</main>\n</body>\n</html>\n");
    out
}

fn write_suspects(out: &mut String, audit: &DataAuditContext) {
    let _ = writeln!(
        out,
        "<h2>Suspected labels</h2>\n<p>{}</p>",
        escaped(&audit.suspects_about)
    );
    if audit.suspects.is_empty() {
        return;
    }
    out.push_str(
        "<div class=\"table\"><table class=\"cards\"><thead><tr><th scope=\"col\">Row</th><th scope=\"col\">Label</th>\
         <th scope=\"col\">Probably</th><th scope=\"col\">Sound</th></tr></thead><tbody>\n",
    );
    for one in &audit.suspects {
        let artist = one.artist.as_deref().map_or(String::new(), |artist| {
            format!("<small><bdi>{}</bdi></small>", escaped(artist))
        });
        let genre = |(genre, probability): &(String, f64)| {
            let percent = 100.0 * probability;
            format!(
                "<bdi>{}</bdi> <span>{percent:.1}\u{a0}%</span>",
                escaped(genre)
            )
        };
        let _ = writeln!(
            out,
            "<tr><th scope=\"row\"><bdi>{}</bdi>{artist}</th><td data-name=\"Label\">{}</td><td data-name=\"Probably\">{}</td><td>{}</td></tr>",
            escaped(&one.id),
            genre(&one.given),
            genre(&one.suggested),
            player(one)
        );
    }
    out.push_str("</tbody></table></div>\n");
}

/// A player of the sound, or else a picture of the spectrogram.
fn player(row: &SuspectRow) -> String {
    let name = escaped(&row.id);
    if let Some(address) = &row.sound {
        return format!(
            "<audio controls preload=\"none\" src=\"{}\" aria-label=\"{name}\"></audio>",
            escaped(address)
        );
    }
    let picture = row.spectrogram.as_ref().and_then(|(db, [bands, frames])| {
        let spectrogram = Spectrogram {
            db: db.clone(),
            bands: *bands,
            frames: *frames,
            frequencies: Frequencies::Linear { high: 1.0 },
            start: 0.0,
            seconds: 1.0,
        };
        spectrogram
            .is_sound()
            .then(|| pixels(&spectrogram, PICTURE, magma).png().ok())?
    });
    picture.map_or(String::new(), |png| {
        let data = BASE64_STANDARD.encode(png);
        format!("<img src=\"data:image/png;base64,{data}\" alt=\"Spectrogram of {name}\">")
    })
}

fn write_table(out: &mut String, table: &AuditTable) {
    let _ = writeln!(
        out,
        "<h2>{}</h2>\n<p>{}</p>",
        escaped(&table.heading),
        escaped(&table.about)
    );
    if table.rows.is_empty() {
        return;
    }
    out.push_str("<div class=\"table\"><table class=\"cards few\"><thead><tr>");
    for name in &table.columns {
        let _ = write!(out, "<th scope=\"col\">{}</th>", escaped(name));
    }
    out.push_str("</tr></thead><tbody>\n");
    for row in &table.rows {
        out.push_str("<tr>");
        for (at, (cell, name)) in row.iter().zip(&table.columns).enumerate() {
            let cell = escaped(cell);
            let _ = match at {
                0 => write!(out, "<th scope=\"row\"><bdi>{cell}</bdi></th>"),
                _ => write!(
                    out,
                    "<td data-name=\"{}\"><bdi>{cell}</bdi></td>",
                    escaped(name)
                ),
            };
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody></table></div>\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_escaped_and_rows_have_a_player_or_a_picture() {
        let row = |sound: Option<&str>, spectrogram| SuspectRow {
            id: "Rock/<b>.mp3".into(),
            given: ("R&B".into(), 0.04),
            suggested: ("Folk".into(), 0.91),
            sound: sound.map(Into::into),
            spectrogram,
            ..SuspectRow::default()
        };
        let audit = DataAuditContext {
            title: "songs".into(),
            suspects: vec![
                row(Some("../Rock/%3Cb%3E.mp3"), None),
                row(None, Some((vec![-3.0; 12], [3, 4]))),
                row(None, Some((vec![-3.0; 11], [3, 4]))),
            ],
            tables: vec![AuditTable {
                heading: "Faults".into(),
                columns: vec!["Row".into(), "Fault".into()],
                rows: vec![vec!["a".into(), "<silent>".into()]],
                ..AuditTable::default()
            }],
            ..DataAuditContext::default()
        };
        let page = data_audit_page(&audit);
        assert!(page.contains("src=\"../Rock/%3Cb%3E.mp3\"") && page.contains("preload=\"none\""));
        assert_eq!(page.matches("<audio").count(), 1);
        assert_eq!(page.matches("<img").count(), 1);
        assert!(
            page.contains("R&amp;B") && page.contains("&lt;silent&gt;") && !page.contains("<b>")
        );
        assert!(page.contains("media-src 'self' file:"));
    }
}
