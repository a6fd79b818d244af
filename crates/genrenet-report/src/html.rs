//! A page as one HTML file that needs nothing else.

use std::fmt::Write;

use genrenet_text::{html, visible};

use base64::prelude::{BASE64_STANDARD, Engine as _};
use sha2::{Digest, Sha256};

use crate::drawing::Drawing;
use crate::font;
use crate::page::{Block, Page, Table};
use crate::theme::{Role, Theme, picture_style};

/// Widest picture that stands beside others.
const COLUMN: f64 = 600.0;
const STYLE: &str = include_str!("page.css");

/// One line of words.
pub(crate) fn escaped(words: &str) -> String {
    html(&visible(words))
}

/// A page's head with style and letters inside, up to its heading. No network; no script but the one that is given, which the policy
/// names by its digest.
pub(crate) fn head(title: &str, style: &str, script: Option<&str>) -> String {
    let scripts = script.map_or(String::new(), |script| {
        let digest = BASE64_STANDARD.encode(Sha256::digest(script));
        format!("; script-src 'sha256-{digest}'")
    });
    head_with_policy(title, style, &scripts)
}

/// As [`head`], of a page without a script that plays sounds: those beside it or, where it is opened as a file, any on this machine.
pub(crate) fn head_with_sound(title: &str, style: &str) -> String {
    head_with_policy(title, style, "; media-src 'self' file:")
}

fn head_with_policy(title: &str, style: &str, policy: &str) -> String {
    let title = escaped(title);
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; font-src data:; style-src 'unsafe-inline'{policy}\">\n\
         <link rel=\"icon\" href=\"data:,\">\n<title>{title}</title>\n<style>\n{}{}{STYLE}{style}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n",
        letters(),
        variables(),
    )
}

/// The page as HTML: style, letters and pictures are inside; no script, no network.
pub(crate) fn render(page: &Page) -> String {
    let mut out = head(&page.title, &picture_style(), None);
    write_contents(&mut out, page);
    let mut at = 0;
    while at < page.blocks.len() {
        // A single picture and the tables that follow it stand side by side where there is room.
        let fitting = page.blocks[at..]
            .iter()
            .enumerate()
            .take_while(|(i, block)| match block {
                Block::Pictures(pictures) => {
                    *i == 0 && matches!(&pictures[..], [one] if one.drawing.width <= COLUMN)
                }
                Block::Table(table) => !table.folded,
                _ => false,
            });
        let beside = fitting.count().max(1);
        if beside > 1 {
            out.push_str("<div class=\"beside\">\n");
        }
        for (i, block) in page.blocks[at..at + beside].iter().enumerate() {
            write_block(&mut out, at + i, block);
        }
        if beside > 1 {
            out.push_str("</div>\n");
        }
        at += beside;
    }
    out.push_str("</main>\n</body>\n</html>\n");
    out
}

fn letters() -> String {
    [(400, font::REGULAR), (700, font::BOLD)]
        .map(|(weight, file)| {
            format!(
                "@font-face{{font-family:Arimo;font-weight:{weight};src:url(data:font/ttf;base64,{}) format('truetype')}}\n",
                BASE64_STANDARD.encode(file)
            )
        })
        .concat()
}

fn variables() -> String {
    let rules = |theme: Theme| -> String {
        Role::ALL
            .iter()
            .map(|role| format!("--{}:{};", role.name(), role.colour(theme).css()))
            .collect()
    };
    format!(
        ":root{{{}--page:#f3f5f7}}\n@media(prefers-color-scheme:dark){{:root{{{}--page:#111318}}}}\nbody{{font-family:{}}}\n",
        rules(Theme::Light),
        rules(Theme::Dark),
        font::FAMILY
    )
}

fn write_contents(out: &mut String, page: &Page) {
    let headings: Vec<(usize, &String)> = page
        .blocks
        .iter()
        .enumerate()
        .filter_map(|(at, block)| match block {
            Block::Heading(2, words) => Some((at, words)),
            _ => None,
        })
        .collect();
    if headings.len() > 1 {
        out.push_str("<nav aria-label=\"Contents\"><ul>");
        for (at, words) in headings {
            let _ = write!(out, "<li><a href=\"#s{at}\">{}</a></li>", escaped(words));
        }
        out.push_str("</ul></nav>\n");
    }
}

pub(crate) fn write_block(out: &mut String, at: usize, block: &Block) {
    let _ = match block {
        Block::Heading(level, words) => {
            writeln!(out, "<h{level} id=\"s{at}\">{}</h{level}>", escaped(words))
        }
        Block::Words(words) => writeln!(out, "<p>{}</p>", escaped(words)),
        Block::List(items) => {
            out.push_str("<ul>");
            for item in items {
                let _ = write!(out, "<li>{}</li>", escaped(item));
            }
            writeln!(out, "</ul>")
        }
        Block::Missing(what, why) => {
            writeln!(
                out,
                "<p class=\"missing\"><b>{} not shown:</b> {}.</p>",
                escaped(what),
                escaped(why)
            )
        }
        Block::Tiles(tiles) => {
            out.push_str("<dl class=\"tiles\">");
            for tile in tiles {
                let _ = write!(
                    out,
                    "<div><dt>{}</dt><dd>{}</dd><dd class=\"note\">{}</dd></div>",
                    escaped(&tile.name),
                    escaped(&tile.value),
                    escaped(&tile.note)
                );
            }
            writeln!(out, "</dl>")
        }
        Block::Table(table) => {
            write_table(out, table);
            Ok(())
        }
        Block::Pictures(pictures) => {
            out.push_str("<div class=\"pictures\">\n");
            for picture in pictures {
                let _ = writeln!(
                    out,
                    "{}<figcaption>{}</figcaption></figure>",
                    figure(&picture.drawing),
                    escaped(&picture.caption)
                );
            }
            writeln!(out, "</div>")
        }
        Block::Folded(heading, text) => writeln!(
            out,
            "<details><summary>{}</summary><pre tabindex=\"0\">{}</pre></details>",
            escaped(heading),
            html(text)
        ),
    };
}

fn write_table(out: &mut String, table: &Table) {
    let caption = escaped(&table.caption);
    let _ = match table.folded {
        true => write!(
            out,
            "<details><summary>{caption}</summary><div class=\"scroll\" tabindex=\"0\"><table><thead><tr>"
        ),
        false => write!(
            out,
            "<div class=\"table\"><p class=\"caption\">{caption}</p><div class=\"scroll\" tabindex=\"0\"><table><thead><tr>"
        ),
    };
    for (at, name) in table.head.iter().enumerate() {
        let number = table
            .rows
            .first()
            .and_then(|row| row.get(at))
            .is_some_and(|cell| cell.number);
        let class = if number { " class=\"number\"" } else { "" };
        let _ = write!(out, "<th scope=\"col\"{class}>{}</th>", escaped(name));
    }
    out.push_str("</tr></thead><tbody>\n");
    for row in &table.rows {
        out.push_str("<tr>");
        for (at, cell) in row.iter().enumerate() {
            let (tag, scope) = if at == 0 {
                ("th", " scope=\"row\"")
            } else {
                ("td", "")
            };
            let class = match cell.words.chars().count() {
                _ if cell.number => " class=\"number\"",
                0..=22 => " class=\"short\"",
                _ => " class=\"long\"",
            };
            let mark = cell.mark.map_or(String::new(), |mark| {
                format!(
                    "<i class=\"mark\" style=\"background:{}\"></i>",
                    mark.colour.css()
                )
            });
            let _ = write!(
                out,
                "<{tag}{scope}{class}>{mark}{}</{tag}>",
                escaped(&cell.words)
            );
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody></table></div>");
    out.push_str(if table.folded {
        "</details>\n"
    } else {
        "</div>\n"
    });
}

/// The beginning of a figure. A picture that is wider than a column takes the whole width, and is moved sideways where that
/// would make its words too small.
fn figure(drawing: &Drawing) -> String {
    let picture = drawing.inline_svg();
    match drawing.width > COLUMN {
        false => format!("<figure>{picture}"),
        true => format!(
            "<figure class=\"wide\"><div class=\"scroll\" tabindex=\"0\"><div style=\"width:{:.0}px\">{picture}</div></div>",
            drawing.width
        ),
    }
}
