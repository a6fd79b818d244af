//! Which genre is taken for which.

use crate::drawing::{Anchor, Drawing};
use crate::font;
use crate::genre_mark::{Shape, genre_marks};
use crate::legend;
use crate::plot::SMALL;
use crate::theme::Role;

const HEADING: &str = "true genre ↓, answer →";
const WIDTH: f64 = 480.0;
/// Width that is left for cells where names are short.
const CELLS: f64 = WIDTH - 124.0;
/// Smallest and largest side of a cell: a count of three digits fits into the smallest.
const CELL: [f64; 2] = [19.0, 90.0];
/// Most width of a name; longer ones are cut.
const MOST_NAME: f64 = 300.0;

/// Draws a confusion matrix: rows are true genres, columns answers; each cell tells the share of its row, and the count.
pub fn confusion_drawing(genres: &[String], matrix: &[Vec<u64>]) -> Drawing {
    let k = genres.len().max(1) as f64;
    let cell = (CELLS / k).clamp(CELL[0], CELL[1]);
    let longest = font::widest(genres, SMALL).clamp(60.0, MOST_NAME);
    let (left, top) = (longest + 26.0, longest + 42.0);
    let heading = font::width(HEADING, SMALL, false) + 6.0;
    let width = (left + cell * k + 4.0).max(heading);
    let right: u64 = matrix
        .iter()
        .enumerate()
        .filter_map(|(i, row)| row.get(i))
        .sum();
    let all: u64 = matrix.iter().flatten().sum();
    let alt = format!(
        "Confusion matrix of {} genres: {right} of {all} clips lie on the diagonal. The table below has the counts.",
        genres.len()
    );
    let mut drawing = Drawing::new(width, top + cell * k + 6.0, alt);
    drawing.text(HEADING, [2.0, 14.0], SMALL, Anchor::Start, Role::Muted);
    let marks = genre_marks(genres);
    for (i, (genre, mark)) in genres.iter().zip(&marks).enumerate() {
        let middle = (i as f64 + 0.5) * cell;
        let row_name = font::fitted(genre, SMALL, false, longest);
        drawing.text(
            row_name,
            [left - 18.0, top + middle + 4.0],
            SMALL,
            Anchor::End,
            Role::Ink,
        );
        drawing.areas(
            vec![legend::outline(
                Shape::Square,
                [left - 9.0, top + middle],
                5.0,
            )],
            mark.colour,
            1.0,
        );
        let column_name = font::fitted(genre, SMALL, false, longest);
        drawing.upright(
            column_name,
            [left + middle + 4.0, top - 18.0],
            SMALL,
            Anchor::Start,
            Role::Ink,
        );
        drawing.areas(
            vec![legend::outline(
                Shape::Square,
                [left + middle, top - 9.0],
                5.0,
            )],
            mark.colour,
            1.0,
        );
    }
    for (from, row) in matrix.iter().enumerate() {
        let n: u64 = row.iter().sum();
        for (to, &count) in row.iter().enumerate() {
            let share = if n > 0 { count as f64 / n as f64 } else { 0.0 };
            let (x, y) = (left + to as f64 * cell, top + from as f64 * cell);
            let name = |at: usize| genres.get(at).map_or("?", String::as_str);
            let tip = format!("{} taken for {}: {count} of {n}", name(from), name(to));
            drawing.tipped(
                [x + 0.5, y + 0.5, cell - 1.0, cell - 1.0],
                Role::Grid,
                1.0,
                String::new(),
            );
            drawing.tipped(
                [x + 0.5, y + 0.5, cell - 1.0, cell - 1.0],
                Role::Tint,
                shade(share),
                tip,
            );
            if count > 0 {
                let role = if shade(share) > 0.6 {
                    Role::OnTint
                } else {
                    Role::Ink
                };
                let size = (0.3 * cell).clamp(9.0, 14.0);
                let middle = x + 0.5 * cell;
                if cell >= 32.0 {
                    drawing.text(
                        format!("{:.0}%", 100.0 * share),
                        [middle, y + 0.5 * cell],
                        size,
                        Anchor::Middle,
                        role,
                    );
                    drawing.text(
                        count.to_string(),
                        [middle, y + 0.5 * cell + size],
                        0.85 * size,
                        Anchor::Middle,
                        role,
                    );
                } else {
                    drawing.text(
                        count.to_string(),
                        [middle, y + 0.5 * cell + 0.35 * size],
                        size,
                        Anchor::Middle,
                        role,
                    );
                }
            }
        }
    }
    drawing
}

/// Strength of the tint: small shares stay visible.
fn shade(share: f64) -> f64 {
    share.clamp(0.0, 1.0).powf(0.75)
}
