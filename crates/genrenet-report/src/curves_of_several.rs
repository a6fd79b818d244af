//! How a recipe learned with several seeds or on several folds: all their curves in one picture.

use crate::context::History;
use crate::curves::Of;
use crate::drawing::{Anchor, Drawing, Paint};
use crate::font;
use crate::genre_mark::Shape;
use crate::legend;
use crate::plot::Plot;
use crate::theme::Role;

const WIDTH: f64 = 480.0;
const HEIGHT: f64 = 320.0;
const AREA: [f64; 4] = [48.0, 62.0, 366.0, 212.0];
/// Size of the names at the ends of the curves, and the least distance between two of them.
const NAME: f64 = 12.0;

/// Loss of training and validation of several runs of a recipe by epoch, each named, the kept epochs marked; `None` when no
/// epoch has a loss. The first run has the thicker lines.
pub fn losses_drawing(runs: &[(&str, &History)]) -> Option<Drawing> {
    several(runs, Of::Loss)
}

/// The same with their accuracy.
pub fn accuracies_drawing(runs: &[(&str, &History)]) -> Option<Drawing> {
    several(runs, Of::Accuracy)
}

fn several(runs: &[(&str, &History)], of: Of) -> Option<Drawing> {
    let lines: Vec<[Vec<(f64, f64)>; 2]> = runs.iter().map(|(_, h)| of.lines(h)).collect();
    let mut drawing = Drawing::new(WIDTH, HEIGHT, "");
    let all: Vec<Vec<(f64, f64)>> = lines.iter().flatten().cloned().collect();
    let plot = of.axes(&mut drawing, AREA, &all)?;
    let kinds = [(Role::First, 0.0), (Role::Second, 7.0)];
    let mut entries: Vec<(&str, Paint, f64)> = Vec::new();
    let mut ends: Vec<(f64, &str, Role)> = Vec::new();
    for (kind, (role, dash)) in kinds.into_iter().enumerate() {
        let before = ends.len();
        for (at, ((name, _), pair)) in runs.iter().zip(&lines).enumerate().rev() {
            let line = &pair[kind];
            let places: Vec<[f64; 2]> = line.iter().map(|&(x, y)| plot.at(x, y)).collect();
            let Some(&[_, end]) = places.last() else {
                continue;
            };
            ends.push((end, name, role));
            let width = if at == 0 { 2.8 } else { 1.3 };
            drawing.lines(vec![places], role, width, dash);
        }
        if ends.len() > before {
            entries.push((["training", "validation"][kind], role.into(), dash));
        }
    }
    name_ends(&mut drawing, ends);
    kept_epochs(&mut drawing, &plot, runs, &lines);
    legend::series(&mut drawing, [AREA[0], 16.0], &entries);
    let disc = legend::outline(Shape::Disc, [AREA[0] + 236.0, 16.0], 4.5);
    drawing.areas(vec![disc], Role::Ink, 1.0);
    let place = [AREA[0] + 246.0, 20.0];
    drawing.text("kept epoch", place, 13.5, Anchor::Start, Role::Ink);
    let words: Vec<String> = runs
        .iter()
        .zip(&lines)
        .filter_map(|((name, history), [_, validation])| {
            let end = validation.last()?.1;
            let kept = history
                .kept
                .map_or(String::new(), |k| format!(", epoch {k} kept"));
            Some(format!("{name}: validation ends at {end:.3}{kept}"))
        })
        .collect();
    drawing.alt = format!(
        "{} by epoch of {} runs. {}.",
        of.name(),
        runs.len(),
        words.join("; ")
    );
    Some(drawing)
}

/// Writes each name at the end of its curve; none where they would not all find room.
fn name_ends(drawing: &mut Drawing, mut ends: Vec<(f64, &str, Role)>) {
    if ends.len() as f64 * NAME > AREA[3] {
        return;
    }
    ends.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut heights: Vec<f64> = ends.iter().map(|end| end.0).collect();
    for at in 1..heights.len() {
        heights[at] = heights[at].max(heights[at - 1] + NAME);
    }
    let over = heights
        .last()
        .map_or(0.0, |y| (y - AREA[1] - AREA[3]).max(0.0));
    for ((_, name, role), y) in ends.into_iter().zip(heights) {
        let name = font::fitted(name, NAME, false, WIDTH - AREA[0] - AREA[2] - 10.0);
        let place = [AREA[0] + AREA[2] + 6.0, y - over + 4.0];
        drawing.text(name, place, NAME, Anchor::Start, role);
    }
}

fn kept_epochs(
    drawing: &mut Drawing,
    plot: &Plot,
    runs: &[(&str, &History)],
    lines: &[[Vec<(f64, f64)>; 2]],
) {
    for ((_, history), [training, validation]) in runs.iter().zip(lines) {
        let line = if validation.is_empty() {
            training
        } else {
            validation
        };
        let kept = history.kept.map(f64::from);
        if let Some(&(x, y)) = line.iter().find(|(epoch, _)| Some(*epoch) == kept) {
            let place = plot.at(x, y);
            drawing.areas(
                vec![legend::outline(Shape::Disc, place, 6.0)],
                Role::Surface,
                1.0,
            );
            drawing.areas(
                vec![legend::outline(Shape::Disc, place, 4.5)],
                Role::Ink,
                1.0,
            );
        }
    }
}
