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
/// Smallest and largest size of a cell: a count of three digits fits into the smallest.
const CELL: [f64; 2] = [19.0, 90.0];
/// Most width of a name; longer ones are cut.
const MOST_NAME: f64 = 300.0;

/// Where the cells are: their left and top edge, their size, and the room for names.
struct Grid {
    left: f64,
    top: f64,
    cell: f64,
    longest: f64,
}

impl Grid {
    fn of(genres: &[String]) -> Grid {
        let longest = font::widest(genres, SMALL).clamp(60.0, MOST_NAME);
        Grid {
            left: longest + 26.0,
            top: longest + 42.0,
            cell: (CELLS / genres.len().max(1) as f64).clamp(CELL[0], CELL[1]),
            longest,
        }
    }
}

/// Draws a confusion matrix: rows are true genres, columns answers; each cell has the share of its row, and the count.
pub fn confusion_drawing(genres: &[String], matrix: &[Vec<u64>]) -> Drawing {
    let grid = Grid::of(genres);
    let extent = grid.cell * genres.len().max(1) as f64;
    let heading = font::width(HEADING, SMALL, false) + 6.0;
    let width = (grid.left + extent + 4.0).max(heading);
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
    let mut drawing = Drawing::new(width, grid.top + extent + 6.0, alt);
    drawing.text(HEADING, [2.0, 14.0], SMALL, Anchor::Start, Role::Muted);
    names(&mut drawing, &grid, genres);
    for (from, row) in matrix.iter().enumerate() {
        let n: u64 = row.iter().sum();
        for (to, &count) in row.iter().enumerate() {
            let name = |at: usize| genres.get(at).map_or("?", String::as_str);
            let tip = format!("{} taken for {}: {count} of {n}", name(from), name(to));
            draw_cell(&mut drawing, &grid, [from, to], [count, n], tip);
        }
    }
    drawing
}

/// The genres' names and marks, beside the rows and above the columns.
fn names(drawing: &mut Drawing, grid: &Grid, genres: &[String]) {
    let (left, top) = (grid.left, grid.top);
    for (i, (genre, mark)) in genres.iter().zip(genre_marks(genres)).enumerate() {
        let middle = (i as f64 + 0.5) * grid.cell;
        let name = font::fitted(genre, SMALL, false, grid.longest);
        let at = [left - 18.0, top + middle + 4.0];
        drawing.text(name.clone(), at, SMALL, Anchor::End, Role::Ink);
        let square = |at| vec![legend::outline(Shape::Square, at, 5.0)];
        drawing.areas(square([left - 9.0, top + middle]), mark.colour, 1.0);
        let at = [left + middle + 4.0, top - 18.0];
        drawing.upright(name, at, SMALL, Anchor::Start, Role::Ink);
        drawing.areas(square([left + middle, top - 9.0]), mark.colour, 1.0);
    }
}

/// One cell: its tint, and the share and the count where there is room for both.
fn draw_cell(
    drawing: &mut Drawing,
    grid: &Grid,
    [from, to]: [usize; 2],
    [count, n]: [u64; 2],
    tip: String,
) {
    let cell = grid.cell;
    let share = if n > 0 { count as f64 / n as f64 } else { 0.0 };
    let x = grid.left + to as f64 * cell;
    let y = grid.top + from as f64 * cell;
    let area = [x + 0.5, y + 0.5, cell - 1.0, cell - 1.0];
    drawing.tipped(area, Role::Grid, 1.0, String::new());
    drawing.tipped(area, Role::Tint, shade(share), tip);
    if count == 0 {
        return;
    }
    let role = if shade(share) > 0.6 {
        Role::OnTint
    } else {
        Role::Ink
    };
    let size = (0.3 * cell).clamp(9.0, 14.0);
    let (x, y) = (x + 0.5 * cell, y + 0.5 * cell);
    let mut words = |words: String, y: f64, size: f64| {
        drawing.text(words, [x, y], size, Anchor::Middle, role);
    };
    if cell >= 32.0 {
        words(format!("{:.0}%", 100.0 * share), y, size);
        words(count.to_string(), y + size, 0.85 * size);
    } else {
        words(count.to_string(), y + 0.35 * size, size);
    }
}

/// Strength of the tint: small shares stay visible.
fn shade(share: f64) -> f64 {
    share.clamp(0.0, 1.0).powf(0.75)
}
