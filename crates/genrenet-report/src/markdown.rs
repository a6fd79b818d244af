//! A page as Markdown, with its pictures as files beside it.

use std::fmt::Write;

use genrenet_text::{html, markdown as plain, visible};

use crate::page::{Block, Cell, Page, Table};

/// The page as GitHub-flavoured Markdown; pictures are expected in `pictures/NAME.svg`.
pub(crate) fn render(page: &Page) -> String {
    let mut out = format!("# {}\n", plain(&page.title));
    for block in &page.blocks {
        out.push('\n');
        let _ = match block {
            Block::Heading(level, words) => {
                writeln!(out, "{} {}", "#".repeat((*level).into()), plain(words))
            }
            Block::Words(words) => writeln!(out, "{}", plain(words)),
            Block::List(items) => items
                .iter()
                .try_for_each(|item| writeln!(out, "- {}", plain(item))),
            Block::Missing(what, why) => {
                writeln!(out, "*{} not shown:* {}.", plain(what), plain(why))
            }
            Block::Tiles(tiles) => tiles.iter().try_for_each(|tile| {
                writeln!(
                    out,
                    "- **{}:** {} ({})",
                    plain(&tile.name),
                    plain(&tile.value),
                    plain(&tile.note)
                )
            }),
            Block::Table(table) if table.folded => {
                let _ = writeln!(
                    out,
                    "<details><summary>{}</summary>\n",
                    html(&visible(&table.caption))
                );
                write_table(&mut out, table);
                writeln!(out, "\n</details>")
            }
            Block::Table(table) => {
                let _ = writeln!(out, "{}\n", plain(&table.caption));
                write_table(&mut out, table);
                Ok(())
            }
            Block::Pictures(pictures) => pictures.iter().try_for_each(|picture| {
                let (alt, caption) = (plain(&picture.drawing.alt), plain(&picture.caption));
                writeln!(
                    out,
                    "![{alt}](pictures/{}.svg)\n\n*{caption}*\n",
                    picture.name
                )
            }),
            Block::Folded(heading, text) => writeln!(
                out,
                "<details><summary>{}</summary>\n\n<pre>{}</pre>\n\n</details>",
                html(&visible(heading)),
                // A blank line would end the HTML block.
                html(text).replace("\n\n", "\n&#8203;\n")
            ),
        };
    }
    out
}

fn write_table(out: &mut String, table: &Table) {
    let number = |at: usize| {
        table
            .rows
            .first()
            .and_then(|row: &Vec<Cell>| row.get(at))
            .is_some_and(|cell| cell.number)
    };
    let head: Vec<String> = table.head.iter().map(|name| plain(name)).collect();
    let rule: Vec<&str> = (0..head.len())
        .map(|at| if number(at) { "--:" } else { "---" })
        .collect();
    let _ = writeln!(out, "| {} |\n| {} |", head.join(" | "), rule.join(" | "));
    for row in &table.rows {
        let cells: Vec<String> = row.iter().map(|cell| plain(&cell.words)).collect();
        let _ = writeln!(out, "| {} |", cells.join(" | "));
    }
}
