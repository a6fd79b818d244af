//! How a network learned: loss and accuracy by epoch.

use crate::context::{Epoch, History};
use crate::drawing::{Anchor, Drawing, Paint};
use crate::legend;
use crate::plot::{Plot, SMALL, percent_ticks, ticks};
use crate::theme::Role;

const WIDTH: f64 = 480.0;
const HEIGHT: f64 = 300.0;
const AREA: [f64; 4] = [48.0, 62.0, 418.0, 192.0];

/// What a picture of curves shows.
#[derive(Clone, Copy)]
pub(crate) enum Of {
    /// Loss in nats.
    Loss,
    /// Accuracy in per cent.
    Accuracy,
}

impl Of {
    /// Its name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Of::Loss => "Loss",
            Of::Accuracy => "Accuracy",
        }
    }

    /// Title of its axis.
    pub(crate) fn axis(self) -> &'static str {
        match self {
            Of::Loss => "Loss (nats)",
            Of::Accuracy => "Accuracy (%)",
        }
    }

    /// Epoch and value in training, and in validation, where they were measured.
    pub(crate) fn lines(self, history: &History) -> [Vec<(f64, f64)>; 2] {
        let line = |value: fn(&Epoch) -> Option<f64>| {
            let number = |e: &Epoch| {
                value(e)
                    .filter(|v| v.is_finite())
                    .map(|v| (f64::from(e.epoch), v))
            };
            history.epochs.iter().filter_map(number).collect()
        };
        match self {
            Of::Loss => [line(|e| e.training_loss), line(|e| e.validation_loss)],
            Of::Accuracy => [
                line(|e| e.training_accuracy),
                line(|e| e.validation_accuracy),
            ],
        }
    }

    /// Ends of the axis around the values, and the numbers on it.
    fn scale(self, low: f64, high: f64) -> Scale {
        match self {
            Of::Loss => {
                let room = 0.06 * (high - low).max(1e-3);
                let bottom = if low > 0.0 {
                    (low - room).max(0.0)
                } else {
                    low - room
                };
                ([bottom, high + room], ticks(bottom, high + room, 5))
            }
            Of::Accuracy => {
                let room = 0.06 * (high - low).max(0.02);
                let (bottom, top) = ((low - room).max(0.0), (high + room).min(1.0));
                ([bottom, top], percent_ticks(bottom, top, 5))
            }
        }
    }

    /// Axes around all lines in `area`; `None` without a point.
    pub(crate) fn axes(
        self,
        drawing: &mut Drawing,
        area: [f64; 4],
        lines: &[Vec<(f64, f64)>],
    ) -> Option<Plot> {
        let all = || lines.iter().flatten();
        let low = all().map(|p| p.1).reduce(f64::min)?;
        let high = all().map(|p| p.1).reduce(f64::max)?;
        let first = all().map(|p| p.0).reduce(f64::min)?;
        let last = all().map(|p| p.0).reduce(f64::max)?.max(first + 1.0);
        let (y, marks) = self.scale(low, high);
        let plot = Plot {
            area,
            x: [first, last],
            y,
        };
        plot.y_axis(drawing, &marks, self.axis(), true);
        let whole: Vec<(f64, String)> = ticks(first, last, 8)
            .into_iter()
            .filter(|(epoch, _)| epoch.fract() == 0.0)
            .map(|(epoch, _)| (epoch, format!("{epoch:.0}")))
            .collect();
        plot.x_axis(drawing, &whole, "Epoch", false);
        let floor = area[1] + area[3];
        drawing.line(
            [area[0], floor],
            [area[0] + area[2], floor],
            Role::Axis,
            1.0,
        );
        Some(plot)
    }
}

/// Loss of training and validation by epoch with the kept one marked; `None` when no epoch has a loss.
pub fn loss_drawing(history: &History) -> Option<Drawing> {
    curves(history, Of::Loss)
}

/// Accuracy of training and validation by epoch with the kept one marked; `None` when no epoch has one.
pub fn accuracy_drawing(history: &History) -> Option<Drawing> {
    curves(history, Of::Accuracy)
}

type Scale = ([f64; 2], Vec<(f64, String)>);

fn curves(history: &History, of: Of) -> Option<Drawing> {
    let mut drawing = Drawing::new(WIDTH, HEIGHT, "");
    let lines = of.lines(history);
    let plot = of.axes(&mut drawing, AREA, &lines)?;
    let [training, validation] = lines;
    let ([first, last], y) = (plot.x, plot.y);
    let mut alt = format!("{} by epoch.", of.name());
    for (name, line) in [("Training", &training), ("Validation", &validation)] {
        if let (Some(begin), Some(end)) = (line.first(), line.last()) {
            alt.push_str(&format!(" {name}: from {:.3} to {:.3}.", begin.1, end.1));
        }
    }
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
            x.max(AREA[0] + 200.0)
        } else {
            // Right of the axis title, which stands at the same height.
            x.max(AREA[0] + 70.0)
        };
        drawing.text(
            format!("kept: epoch {kept:.0}"),
            [beside, AREA[1] - 8.0],
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
