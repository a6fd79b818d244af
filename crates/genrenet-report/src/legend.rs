//! Which mark is which genre.

use crate::drawing::{Anchor, Drawing, Paint};
use crate::font;
use crate::genre_mark::{GenreMark, Shape};
use crate::theme::Role;
use crate::words::Words;

/// Size of a legend's words.
const SIZE: f64 = 13.5;
/// Height of a row.
pub(crate) const ROW: f64 = 19.0;

/// Corners of a genre's shape around a point.
pub(crate) fn outline(shape: Shape, [x, y]: [f64; 2], radius: f64) -> Vec<[f64; 2]> {
    let r = radius;
    match shape {
        Shape::Disc => (0..10)
            .map(|i| {
                let angle = f64::from(i) * std::f64::consts::TAU / 10.0;
                [x + r * angle.cos(), y + r * angle.sin()]
            })
            .collect(),
        Shape::Square => {
            let r = 0.86 * r;
            vec![
                [x - r, y - r],
                [x + r, y - r],
                [x + r, y + r],
                [x - r, y + r],
            ]
        }
        Shape::Diamond => {
            let r = 1.25 * r;
            vec![[x, y - r], [x + r, y], [x, y + r], [x - r, y]]
        }
        Shape::Up => vec![
            [x, y - 1.2 * r],
            [x + 1.15 * r, y + 0.8 * r],
            [x - 1.15 * r, y + 0.8 * r],
        ],
        Shape::Down => vec![
            [x, y + 1.2 * r],
            [x + 1.15 * r, y - 0.8 * r],
            [x - 1.15 * r, y - 0.8 * r],
        ],
    }
}

/// Entries laid out in rows no wider than `room`: (left, row) of each, and the number of rows.
fn places(names: &[String], room: f64) -> (Vec<(f64, usize, Words)>, usize) {
    let (mut x, mut row) = (0.0, 0);
    let mut places = Vec::new();
    for name in names {
        let words = font::fitted(name, SIZE, false, room - 18.0);
        let width = 18.0 + font::width(&words.shown, SIZE, false) + 14.0;
        if x > 0.0 && x + width - 14.0 > room {
            x = 0.0;
            row += 1;
        }
        places.push((x, row, words));
        x += width;
    }
    (places, row + 1)
}

/// Height of a legend of these names.
pub(crate) fn height(names: &[String], room: f64) -> f64 {
    if names.is_empty() {
        0.0
    } else {
        places(names, room).1 as f64 * ROW
    }
}

/// Draws a legend of genres with its upper left corner at `at`.
pub(crate) fn genres(
    drawing: &mut Drawing,
    at: [f64; 2],
    room: f64,
    names: &[String],
    marks: &[GenreMark],
) {
    for ((x, row, words), mark) in places(names, room).0.into_iter().zip(marks) {
        let middle = [at[0] + x + 6.0, at[1] + row as f64 * ROW + 0.5 * ROW];
        drawing.areas(vec![outline(mark.shape, middle, 5.0)], mark.colour, 1.0);
        drawing.text(
            words,
            [middle[0] + 10.0, middle[1] + 4.0],
            SIZE,
            Anchor::Start,
            Role::Ink,
        );
    }
}

/// Draws a legend of lines, all in one row beginning at `at` (the middle of the row's height).
pub(crate) fn series(drawing: &mut Drawing, at: [f64; 2], entries: &[(&str, Paint, f64)]) {
    let mut x = at[0];
    for (name, paint, dash) in entries {
        drawing.lines(
            vec![vec![[x, at[1]], [x + 20.0, at[1]]]],
            *paint,
            2.5,
            *dash,
        );
        drawing.text(
            *name,
            [x + 25.0, at[1] + 4.0],
            SIZE,
            Anchor::Start,
            Role::Ink,
        );
        x += 25.0 + font::width(name, SIZE, false) + 18.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_break_before_the_edge() {
        let names: Vec<String> = (0..12).map(|i| format!("some genre {i}")).collect();
        let (places, rows) = places(&names, 240.0);
        assert!(rows > 3);
        for (x, _, words) in places {
            assert!(x + 18.0 + font::width(&words.shown, SIZE, false) <= 240.0);
        }
        assert_eq!(height(&[], 100.0), 0.0);
    }
}
