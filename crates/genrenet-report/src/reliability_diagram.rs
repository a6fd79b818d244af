//! Whether the network is as sure as it should be.

use genrenet_metrics::{ReliabilityBin, wilson_interval};

use crate::drawing::{Anchor, Drawing};
use crate::plot::{Plot, SMALL, percent_ticks};
use crate::theme::Role;

const WIDTH: f64 = 480.0;
const AREA: [f64; 4] = [48.0, 40.0, 418.0, 250.0];
/// Top and height of the histogram below.
const COUNTS: [f64; 2] = [318.0, 46.0];

/// Draws accuracy over confidence in bins with Wilson's 95 % intervals, the diagonal where both agree, and how many clips are in each bin.
pub fn reliability_drawing(bins: &[ReliabilityBin], ece: f64) -> Drawing {
    let plot = Plot {
        area: AREA,
        x: [0.0, 1.0],
        y: [0.0, 1.0],
    };
    let filled: Vec<&ReliabilityBin> = bins.iter().filter(|bin| bin.n > 0).collect();
    let words: Vec<String> = filled
        .iter()
        .map(|bin| {
            format!(
                "{:.0} % sure: {:.0} % right",
                100.0 * bin.confidence,
                100.0 * bin.accuracy
            )
        })
        .collect();
    let alt = format!(
        "Reliability diagram, calibration error {ece:.3}. {}.",
        words.join("; ")
    );
    let mut drawing = Drawing::new(WIDTH, COUNTS[0] + COUNTS[1] + 44.0, alt);
    plot.y_axis(&mut drawing, &percent_ticks(0.0, 1.0, 5), "Right (%)", true);
    let most = filled.iter().map(|bin| bin.n).max().unwrap_or(1);
    for bin in filled {
        draw_bin(&mut drawing, &plot, bin, most);
    }
    axes(&mut drawing, &plot);
    legend(&mut drawing);
    drawing
}

/// One bin: how often its clips are right, with the interval, how sure the network is of them, and, below, how many they are
/// of the fullest bin's `most`.
fn draw_bin(drawing: &mut Drawing, plot: &Plot, bin: &ReliabilityBin, most: u64) {
    let [left, top] = plot.at(bin.low, bin.accuracy);
    let width = plot.at(bin.high, 0.0)[0] - left;
    let tip = format!(
        "{:.0}–{:.0} % sure: {} clips, {:.1} % right",
        100.0 * bin.low,
        100.0 * bin.high,
        bin.n,
        100.0 * bin.accuracy
    );
    let height = COUNTS[1] * bin.n as f64 / most as f64;
    let count_top = COUNTS[0] + COUNTS[1] - height;
    let bar = |top: f64, height: f64| [left + 1.0, top, width - 2.0, height];
    let accuracy = bar(top, AREA[1] + AREA[3] - top);
    drawing.tipped(accuracy, Role::First, 0.55, tip.clone());
    drawing.tipped(bar(count_top, height), Role::Muted, 0.8, tip);
    let hits = (bin.accuracy * bin.n as f64).round() as u64;
    let (low, high) = wilson_interval(hits, bin.n);
    let middle = left + 0.5 * width;
    let [low, high] = [low, high].map(|share| plot.at(0.0, share)[1]);
    let whisker = vec![
        vec![[middle, low], [middle, high]],
        vec![[middle - 4.0, low], [middle + 4.0, low]],
        vec![[middle - 4.0, high], [middle + 4.0, high]],
    ];
    drawing.lines(whisker, Role::Ink, 1.2, 0.0);
    let at = [middle, count_top - 4.0];
    drawing.text(bin.n.to_string(), at, 11.5, Anchor::Middle, Role::Muted);
    // Where it would end if it were as right as it is sure.
    let due = plot.at(bin.low, bin.confidence)[1];
    let ends = [left + 1.0, left + width - 1.0].map(|x| [x, due]);
    drawing.line(ends[0], ends[1], Role::Second, 3.0);
}

/// The diagonal, and the axes of the diagram and of the histogram below.
fn axes(drawing: &mut Drawing, plot: &Plot) {
    let diagonal = vec![vec![plot.at(0.0, 0.0), plot.at(1.0, 1.0)]];
    drawing.lines(diagonal, Role::Muted, 1.5, 5.0);
    let across = |drawing: &mut Drawing, y: f64| {
        drawing.line([AREA[0], y], [AREA[0] + AREA[2], y], Role::Axis, 1.0)
    };
    across(drawing, AREA[1] + AREA[3]);
    let counts = Plot {
        area: [AREA[0], COUNTS[0], AREA[2], COUNTS[1]],
        ..*plot
    };
    counts.x_axis(drawing, &percent_ticks(0.0, 1.0, 5), "Sure (%)", false);
    across(drawing, COUNTS[0] + COUNTS[1]);
    let at = [AREA[0] - 7.0, COUNTS[0] + 28.0];
    drawing.text("clips", at, SMALL, Anchor::End, Role::Muted);
}

fn legend(drawing: &mut Drawing) {
    let mut x = 120.0;
    for (role, opacity, words) in [
        (Role::First, 0.55, "how often right"),
        (Role::Second, 1.0, "how sure on average"),
    ] {
        drawing.rectangle([x, 11.0, 12.0, 10.0], role, opacity);
        drawing.text(words, [x + 18.0, 20.0], SMALL, Anchor::Start, Role::Ink);
        x += 36.0 + crate::font::width(words, SMALL, false);
    }
}
