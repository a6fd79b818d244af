//! Axes: where values are drawn, round numbers beside them, and what they measure.

use crate::drawing::{Anchor, Drawing};
use crate::theme::Role;

/// Size of axis numbers and titles.
pub(crate) const SMALL: f64 = 13.5;

/// The part of a drawing that has axes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plot {
    /// Left, top, width, height in the drawing.
    pub(crate) area: [f64; 4],
    /// Values at the left and right edge.
    pub(crate) x: [f64; 2],
    /// Values at the bottom and top edge.
    pub(crate) y: [f64; 2],
}

impl Plot {
    /// Position of a pair of values.
    pub(crate) fn at(&self, x: f64, y: f64) -> [f64; 2] {
        let [left, top, width, height] = self.area;
        let share = |value: f64, [low, high]: [f64; 2]| {
            if high > low {
                (value - low) / (high - low)
            } else {
                0.5
            }
        };
        [
            left + width * share(x, self.x),
            top + height * (1.0 - share(y, self.y)),
        ]
    }

    /// Draws numbers and, on request, a line at each of the values on the horizontal axis.
    pub(crate) fn x_axis(
        &self,
        drawing: &mut Drawing,
        marks: &[(f64, String)],
        title: &str,
        lines: bool,
    ) {
        let [left, top, width, height] = self.area;
        let bottom = top + height;
        for (value, label) in marks {
            let x = self.at(*value, self.y[0])[0];
            if lines {
                drawing.line([x, top], [x, bottom], Role::Grid, 1.0);
            } else {
                drawing.line([x, bottom], [x, bottom + 4.0], Role::Axis, 1.0);
            }
            drawing.text(
                label,
                [x, bottom + 17.0],
                SMALL,
                Anchor::Middle,
                Role::Muted,
            );
        }
        drawing.text(
            title,
            [left + 0.5 * width, bottom + 35.0],
            SMALL,
            Anchor::Middle,
            Role::Muted,
        );
    }

    /// The same for the vertical axis; `title` stands above its upper end.
    pub(crate) fn y_axis(
        &self,
        drawing: &mut Drawing,
        marks: &[(f64, String)],
        title: &str,
        lines: bool,
    ) {
        let [left, top, width, _] = self.area;
        for (value, label) in marks {
            let y = self.at(self.x[0], *value)[1];
            if lines {
                drawing.line([left, y], [left + width, y], Role::Grid, 1.0);
            } else {
                drawing.line([left - 4.0, y], [left, y], Role::Axis, 1.0);
            }
            drawing.text(
                label,
                [left - 7.0, y + 4.0],
                SMALL,
                Anchor::End,
                Role::Muted,
            );
        }
        drawing.text(title, [4.0, top - 10.0], SMALL, Anchor::Start, Role::Muted);
    }
}

/// Round numbers in `low..=high`, about as many as asked for, with as many decimals as they need.
pub(crate) fn ticks(low: f64, high: f64, about: usize) -> Vec<(f64, String)> {
    let span = high - low;
    if !span.is_finite() || span <= 0.0 {
        return if low.is_finite() {
            vec![(low, format!("{low}"))]
        } else {
            Vec::new()
        };
    }
    let rough = span / about.max(1) as f64;
    let power = 10f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|factor| factor * power)
        .find(|step| *step >= rough * 0.999)
        .unwrap_or(10.0 * power);
    let decimals = (-step.log10().floor()).max(0.0) as usize;
    let first = (low / step - 1e-9).ceil() as i64;
    (first..)
        .map(|i| i as f64 * step)
        .take_while(|value| *value <= high + 1e-9 * step)
        .take(200)
        .map(|value| (value, format!("{value:.decimals$}").replace('-', "−")))
        .collect()
}

/// Round shares in `low..=high` (0..=1) as per cent without the sign.
pub(crate) fn percent_ticks(low: f64, high: f64, about: usize) -> Vec<(f64, String)> {
    ticks(100.0 * low, 100.0 * high, about)
        .into_iter()
        .map(|(value, label)| (value / 100.0, label))
        .collect()
}

/// A share as per cent with one decimal; a dash where it is not a number.
pub(crate) fn percent(share: f64) -> String {
    if share.is_finite() {
        format!("{:.1}\u{a0}%", 100.0 * share)
    } else {
        "–".into()
    }
}

/// Seconds as a length of time.
pub(crate) fn duration(seconds: f64) -> String {
    if !seconds.is_finite() {
        return "–".into();
    }
    if seconds < 10.0 {
        return format!("{seconds:.1}\u{a0}s");
    }
    let whole = seconds.round() as u64;
    match (whole / 3600, whole / 60 % 60, whole % 60) {
        (0, 0, s) => format!("{s}\u{a0}s"),
        (0, m, s) => format!("{m}\u{a0}min {s:02}\u{a0}s"),
        (h, m, _) => format!("{h}\u{a0}h {m:02}\u{a0}min"),
    }
}

/// A whole number in groups of three digits.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push('\u{a0}');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(low: f64, high: f64, about: usize) -> Vec<String> {
        ticks(low, high, about)
            .into_iter()
            .map(|(_, label)| label)
            .collect()
    }

    #[test]
    fn ticks_are_round_and_inside() {
        assert_eq!(
            labels(0.0, 1.0, 5),
            ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]
        );
        assert_eq!(labels(0.0, 30.0, 4), ["0", "10", "20", "30"]);
        assert_eq!(labels(-80.0, 0.0, 4), ["−80", "−60", "−40", "−20", "0"]);
        assert_eq!(labels(3.0, 3.0, 4), ["3"]);
        assert!(labels(f64::NAN, 1.0, 4).is_empty());
        assert!(labels(0.0, f64::INFINITY, 4).len() < 2);
        assert_eq!(labels(0.013, 0.048, 3), ["0.02", "0.04"]);
    }

    #[test]
    fn numbers_read_well() {
        assert_eq!(grouped(46_730_888), "46\u{a0}730\u{a0}888");
        assert_eq!(grouped(7), "7");
        assert_eq!(duration(4.25), "4.2\u{a0}s");
        assert_eq!(duration(59.7), "1\u{a0}min 00\u{a0}s");
        assert_eq!(duration(3_725.0), "1\u{a0}h 02\u{a0}min");
        assert_eq!(percent(0.1234), "12.3\u{a0}%");
        assert_eq!(percent(f64::NAN), "–");
    }
}
