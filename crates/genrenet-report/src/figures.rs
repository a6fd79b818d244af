//! Figures with intervals, side by side with what others published.

use crate::drawing::{Anchor, Drawing, Paint};
use crate::font;
use crate::genre_mark::Shape;
use crate::legend;
use crate::plot::{Plot, SMALL, percent, percent_ticks};
use crate::published::Published;
use crate::theme::Role;

const WIDTH: f64 = 480.0;
const ROW: f64 = 28.0;
/// Most room for names.
const NAMES: f64 = 230.0;

/// One's own figure.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// What was measured.
    pub name: String,
    /// Value, lower and upper end of its interval, 0..=1.
    pub value: [f64; 3],
}

/// Draws accuracies with their 95 % intervals, and published ones below.
pub fn figures_drawing(own: &[Figure], others: &[Published], alt: &str) -> Drawing {
    let rows = own.len() + others.len();
    let widths = own
        .iter()
        .map(|f| font::width(&f.name, SMALL, true))
        .chain(others.iter().map(|p| font::width(p.name, SMALL, false)));
    let names = (widths.fold(0.0, f64::max) + 16.0).min(NAMES);
    let area = [names, 10.0, WIDTH - names - 66.0, ROW * rows as f64];
    let ends = own
        .iter()
        .flat_map(|f| f.value)
        .chain(others.iter().flat_map(|p| p.accuracy))
        .filter(|v| v.is_finite());
    let (low, high) = ends.fold((1.0f64, 0.0f64), |(low, high), v| (low.min(v), high.max(v)));
    let low = if low < 0.3 {
        0.0
    } else {
        (low - 0.05).max(0.0)
    };
    let plot = Plot {
        area,
        x: [low, (high + 0.03).min(1.0).max(low + 0.05)],
        y: [0.0, 1.0],
    };
    let mut drawing = Drawing::new(WIDTH, area[1] + area[3] + 44.0, alt);
    plot.x_axis(
        &mut drawing,
        &percent_ticks(plot.x[0], plot.x[1], 5),
        "Right answers (%)",
        true,
    );
    for (i, figure) in own.iter().enumerate() {
        let y = area[1] + ROW * (i as f64 + 0.5);
        let [value, from, to] = figure.value;
        let name = font::fitted(&figure.name, SMALL, true, names - 14.0);
        drawing.bold(name, [names - 10.0, y + 4.0], SMALL, Anchor::End, Role::Ink);
        if value.is_finite() {
            interval(&mut drawing, &plot, y, [from, to], Role::First.into());
            let place = [plot.at(value, 0.0)[0], y];
            drawing.areas(
                vec![legend::outline(Shape::Disc, place, 5.5)],
                Role::First,
                1.0,
            );
        }
        drawing.bold(
            percent(value),
            [WIDTH - 4.0, y + 4.0],
            SMALL,
            Anchor::End,
            Role::Ink,
        );
    }
    for (i, figure) in others.iter().enumerate() {
        let y = area[1] + ROW * ((own.len() + i) as f64 + 0.5);
        let [from, to] = figure.accuracy;
        let name = font::fitted(figure.name, SMALL, false, names - 14.0);
        drawing.text(
            name,
            [names - 10.0, y + 4.0],
            SMALL,
            Anchor::End,
            Role::Muted,
        );
        let words = if to > from {
            interval(&mut drawing, &plot, y, [from, to], Role::Muted.into());
            format!("{:.0}–{:.0}\u{a0}%", 100.0 * from, 100.0 * to)
        } else {
            percent(from)
        };
        for end in [from, to] {
            let place = [plot.at(end, 0.0)[0], y];
            drawing.areas(
                vec![legend::outline(Shape::Diamond, place, 4.0)],
                Role::Muted,
                1.0,
            );
        }
        drawing.text(
            words,
            [WIDTH - 4.0, y + 4.0],
            SMALL,
            Anchor::End,
            Role::Muted,
        );
    }
    drawing
}

fn interval(drawing: &mut Drawing, plot: &Plot, y: f64, [from, to]: [f64; 2], paint: Paint) {
    if from.is_finite() && to.is_finite() {
        let (a, b) = (plot.at(from, 0.0)[0], plot.at(to, 0.0)[0]);
        let ends = vec![
            vec![[a, y], [b, y]],
            vec![[a, y - 5.0], [a, y + 5.0]],
            vec![[b, y - 5.0], [b, y + 5.0]],
        ];
        drawing.lines(ends, paint, 2.0, 0.0);
    }
}
