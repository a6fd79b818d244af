//! The loss against a rising learning rate, with the rate to start from.

use crate::drawing::{Anchor, Drawing};
use crate::plot::{Plot, SMALL, ticks};
use crate::theme::Role;

const WIDTH: f64 = 560.0;
const HEIGHT: f64 = 320.0;
const AREA: [f64; 4] = [56.0, 46.0, 484.0, 220.0];

/// The smoothed loss over the learning rate, on a logarithmic axis, with the recommended rate marked; `None` for
/// fewer than two points.
pub fn learning_rate_drawing(curve: &[(f64, f64)], recommended: Option<f64>) -> Option<Drawing> {
    let points: Vec<(f64, f64)> = curve
        .iter()
        .filter(|(rate, loss)| *rate > 0.0 && rate.is_finite() && loss.is_finite())
        .map(|(rate, loss)| (rate.log10(), *loss))
        .collect();
    let ([first, .., last], [_, ..]) = (points.as_slice(), points.as_slice()) else {
        return None;
    };
    let lowest = points.iter().map(|p| p.1).reduce(f64::min)?;
    // The curve ends where the loss has grown to a multiple of its lowest value; its fall is what is looked for.
    let start = first.1;
    let highest = points
        .iter()
        .map(|p| p.1)
        .reduce(f64::max)?
        .min(lowest + 2.0 * (start - lowest).max(0.05));
    let room = 0.06 * (highest - lowest).max(1e-3);
    let plot = Plot {
        area: AREA,
        x: [first.0, last.0],
        y: [lowest - room, highest + room],
    };
    let mut drawing = Drawing::new(WIDTH, HEIGHT, "");
    plot.y_axis(
        &mut drawing,
        &ticks(plot.y[0], plot.y[1], 5),
        "Loss (nats, smoothed)",
        true,
    );
    let powers: Vec<(f64, String)> = (first.0.ceil() as i64..=last.0.floor() as i64)
        .map(|power| (power as f64, format!("1e{power}").replace('-', "−")))
        .collect();
    plot.x_axis(&mut drawing, &powers, "Learning rate", false);
    let floor = AREA[1] + AREA[3];
    drawing.line(
        [AREA[0], floor],
        [AREA[0] + AREA[2], floor],
        Role::Axis,
        1.0,
    );
    let line = points
        .iter()
        .map(|&(x, y)| plot.at(x, y.min(highest + room)))
        .collect();
    drawing.lines(vec![line], Role::First, 2.5, 0.0);
    drawing.alt = format!(
        "Loss while the learning rate rises from {:.0e} to {:.0e}: lowest {lowest:.3}.",
        10f64.powf(first.0),
        10f64.powf(last.0)
    );
    if let Some(rate) = recommended.filter(|rate| *rate > 0.0) {
        let x = plot.at(rate.log10(), lowest)[0];
        drawing.lines(vec![vec![[x, AREA[1]], [x, floor]]], Role::Ink, 1.5, 4.0);
        let anchor = match x > AREA[0] + 0.5 * AREA[2] {
            true => Anchor::End,
            false => Anchor::Start,
        };
        drawing.text(
            format!("recommended: {rate:.1e}"),
            [x, AREA[1] - 10.0 - SMALL],
            SMALL,
            anchor,
            Role::Ink,
        );
        drawing.alt.push_str(&format!(" Recommended: {rate:.1e}."));
    }
    Some(drawing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_that_falls_and_breaks_is_drawn_with_its_rate() {
        let curve: Vec<(f64, f64)> = (0..60)
            .map(|i| {
                let power = -6.0 + f64::from(i) * 0.1;
                let loss = 2.0 - 1.0 / (1.0 + (-3.0 * (power + 3.0)).exp())
                    + (power + 1.0).max(0.0).powi(2) * 9.0;
                (10f64.powf(power), loss)
            })
            .collect();
        let drawing = learning_rate_drawing(&curve, Some(1e-3)).unwrap();
        assert!(
            drawing.alt.ends_with("Recommended: 1.0e-3."),
            "{}",
            drawing.alt
        );
        let svg = drawing.svg();
        assert!(
            svg.contains("recommended: 1.0e-3") && svg.contains("1e−4"),
            "{svg}"
        );
    }

    #[test]
    fn without_two_points_there_is_no_curve() {
        assert!(learning_rate_drawing(&[], None).is_none());
        assert!(learning_rate_drawing(&[(1e-3, 2.0)], None).is_none());
        assert!(learning_rate_drawing(&[(1e-3, f64::NAN), (1e-2, 2.0)], None).is_none());
    }
}
