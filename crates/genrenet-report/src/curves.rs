//! How a network learned: loss and accuracy by epoch.

use crate::drawing::{Anchor, Drawing, Paint};
use crate::facts::{Epoch, History};
use crate::legend;
use crate::plot::{Plot, SMALL, percent_ticks, ticks};
use crate::theme::Role;

const WIDTH: f64 = 480.0;
const HEIGHT: f64 = 300.0;
const AREA: [f64; 4] = [48.0, 62.0, 418.0, 192.0];

/// Loss of training and validation by epoch with the kept one marked; `None` when no epoch has a loss.
pub fn loss_drawing(history: &History) -> Option<Drawing> {
    curves(
        history,
        "Loss (nats)",
        "Loss",
        |e| e.training_loss,
        |e| e.validation_loss,
        |low, high| {
            let room = 0.06 * (high - low).max(1e-3);
            let bottom = if low > 0.0 {
                (low - room).max(0.0)
            } else {
                low - room
            };
            ([bottom, high + room], ticks(bottom, high + room, 5))
        },
    )
}

/// Accuracy of training and validation by epoch with the kept one marked; `None` when no epoch has one.
pub fn accuracy_drawing(history: &History) -> Option<Drawing> {
    curves(
        history,
        "Accuracy (%)",
        "Accuracy",
        |e| e.training_accuracy,
        |e| e.validation_accuracy,
        |low, high| {
            let room = 0.06 * (high - low).max(0.02);
            let (bottom, top) = ((low - room).max(0.0), (high + room).min(1.0));
            ([bottom, top], percent_ticks(bottom, top, 5))
        },
    )
}

type Scale = ([f64; 2], Vec<(f64, String)>);

fn curves(
    history: &History,
    axis: &str,
    what: &str,
    training: impl Fn(&Epoch) -> Option<f64>,
    validation: impl Fn(&Epoch) -> Option<f64>,
    scale: impl Fn(f64, f64) -> Scale,
) -> Option<Drawing> {
    let points = |value: &dyn Fn(&Epoch) -> Option<f64>| -> Vec<(f64, f64)> {
        let number = |e: &Epoch| {
            value(e)
                .filter(|v| v.is_finite())
                .map(|v| (f64::from(e.epoch), v))
        };
        history.epochs.iter().filter_map(number).collect()
    };
    let (training, validation) = (points(&training), points(&validation));
    let all = || training.iter().chain(&validation);
    let low = all().map(|p| p.1).reduce(f64::min)?;
    let high = all().map(|p| p.1).reduce(f64::max)?;
    let first = all().map(|p| p.0).reduce(f64::min)?;
    let last = all().map(|p| p.0).reduce(f64::max)?.max(first + 1.0);
    let (y, y_marks) = scale(low, high);
    let plot = Plot {
        area: AREA,
        x: [first, last],
        y,
    };
    let mut alt = format!("{what} by epoch.");
    for (name, line) in [("Training", &training), ("Validation", &validation)] {
        if let (Some(begin), Some(end)) = (line.first(), line.last()) {
            alt.push_str(&format!(" {name}: from {:.3} to {:.3}.", begin.1, end.1));
        }
    }
    let mut drawing = Drawing::new(WIDTH, HEIGHT, "");
    plot.y_axis(&mut drawing, &y_marks, axis, true);
    let whole: Vec<_> = ticks(first, last, 8)
        .into_iter()
        .filter(|(epoch, _)| epoch.fract() == 0.0)
        .collect();
    let whole = whole
        .into_iter()
        .map(|(epoch, _)| (epoch, format!("{epoch:.0}")))
        .collect::<Vec<_>>();
    plot.x_axis(&mut drawing, &whole, "Epoch", false);
    drawing.line(
        [AREA[0], AREA[1] + AREA[3]],
        [AREA[0] + AREA[2], AREA[1] + AREA[3]],
        Role::Axis,
        1.0,
    );
    if let Some(kept) = history
        .kept
        .map(f64::from)
        .filter(|kept| (first..=last).contains(kept))
    {
        let x = plot.at(kept, y[0])[0];
        drawing.lines(
            vec![vec![[x, AREA[1]], [x, AREA[1] + AREA[3]]]],
            Role::Ink,
            1.5,
            4.0,
        );
        let anchor = if x > AREA[0] + 0.7 * AREA[2] {
            Anchor::End
        } else {
            Anchor::Start
        };
        let beside = if anchor == Anchor::End {
            x - 5.0
        } else {
            x + 5.0
        };
        drawing.text(
            format!("kept: epoch {kept:.0}"),
            [beside, AREA[1] + 12.0],
            SMALL,
            anchor,
            Role::Ink,
        );
        alt.push_str(&format!(" Epoch {kept:.0} was kept."));
    }
    let mut entries: Vec<(&str, Paint, f64)> = Vec::new();
    for (name, line, role, dash) in [
        ("training", &training, Role::First, 0.0),
        ("validation", &validation, Role::Second, 7.0),
    ] {
        if line.is_empty() {
            continue;
        }
        entries.push((name, role.into(), dash));
        let places: Vec<[f64; 2]> = line.iter().map(|&(x, y)| plot.at(x, y)).collect();
        if let [only] = places[..] {
            drawing.areas(
                vec![legend::outline(crate::genre_mark::Shape::Disc, only, 4.0)],
                role,
                1.0,
            );
        }
        drawing.lines(vec![places], role, 2.5, dash);
    }
    legend::series(&mut drawing, [AREA[0], 16.0], &entries);
    drawing.alt = alt;
    Some(drawing)
}
