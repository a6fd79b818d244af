//! A map of clips: those with similar last hidden layers lie together.

use genrenet_metrics::{Tsne, TsneSpec, trustworthiness, tsne_with};

use crate::context::Hidden;
use crate::drawing::Drawing;
use crate::error::ReportError;
use crate::genre_mark::genre_marks;
use crate::legend;
use crate::plot::grouped;
use crate::theme::Role;

const WIDTH: f64 = 480.0;
const HEIGHT: f64 = 460.0;
/// Above this many clips the trustworthiness, which compares each with each, is not computed.
const MOST_COMPARED: usize = 4_000;

/// A map and its caption.
#[derive(Debug, Clone)]
pub struct GenreMap {
    /// The drawing.
    pub drawing: Drawing,
    /// Number of clips, perplexity, divergence and, where computed, trustworthiness, as a sentence.
    pub about: String,
}

/// Lays out the last hidden layer with t-SNE (perplexity 50, 1 000 steps) and draws each clip in its genre's colour.
///
/// # Errors
/// [`ReportError::Metrics`] (too few clips, values that are not finite), [`ReportError::Genre`].
pub fn genre_map(hidden: &Hidden, genres: &[String], seed: u64) -> Result<GenreMap, ReportError> {
    genre_map_with(hidden, genres, seed, &|_, _| {})
}

/// As [`genre_map`]; `advance` is called with how many steps are done, and of how many.
pub(crate) fn genre_map_with(
    hidden: &Hidden,
    genres: &[String],
    seed: u64,
    advance: &dyn Fn(u64, u64),
) -> Result<GenreMap, ReportError> {
    let n = hidden.labels.len();
    let spec = TsneSpec {
        seed,
        ..TsneSpec::default()
    };
    if let Some(&label) = hidden.labels.iter().find(|&&label| label >= genres.len()) {
        return Err(ReportError::Genre {
            label,
            genres: genres.len(),
        });
    }
    let steps = spec.iterations as u64;
    advance(0, steps);
    let layout = tsne_with(&hidden.values, n, hidden.width, &spec, |step| {
        advance(step as u64, steps);
    })?;
    let part = if hidden.of > n {
        format!(" of {}", grouped(hidden.of as u64))
    } else {
        String::new()
    };
    let mut about = format!(
        "{}{part} {} clips; t-SNE of the last hidden layer ({} values), perplexity {}",
        grouped(n as u64),
        hidden.on,
        hidden.width,
        (10.0 * layout.perplexity).round() / 10.0
    );
    if layout.perplexity < spec.perplexity {
        about.push_str(&format!(
            " (reduced from {}: too few clips)",
            spec.perplexity
        ));
    }
    about.push_str(&format!(
        ", 1\u{a0}000 steps, KL divergence {:.2}",
        layout.kl_divergence
    ));
    if (12..=MOST_COMPARED).contains(&n) {
        let trust = trustworthiness(&hidden.values, n, hidden.width, &layout.points, 5);
        about.push_str(&format!(", trustworthiness {trust:.2}"));
    }
    about.push('.');
    Ok(GenreMap {
        drawing: draw(hidden, genres, &layout),
        about,
    })
}

fn draw(hidden: &Hidden, genres: &[String], layout: &Tsne) -> Drawing {
    let present: Vec<usize> = (0..genres.len())
        .filter(|genre| hidden.labels.contains(genre))
        .collect();
    let all = genre_marks(genres);
    let names: Vec<String> = present.iter().map(|&genre| genres[genre].clone()).collect();
    let marks: Vec<_> = present.iter().map(|&genre| all[genre]).collect();
    let alt = format!(
        "Map of {} {} clips coloured by genre ({}): clips that the network sees alike lie together.",
        hidden.labels.len(),
        hidden.on,
        names.join(", ")
    );
    let mut drawing = Drawing::new(
        WIDTH,
        HEIGHT + 22.0 + legend::height(&names, WIDTH - 20.0),
        alt,
    );
    let frame = [4.0, 4.0, WIDTH - 8.0, HEIGHT];
    let edge = |at: fn(f64, f64) -> f64, axis: usize, start: f64| {
        layout
            .points
            .iter()
            .map(|p| f64::from(p[axis]))
            .fold(start, at)
    };
    let low = [0, 1].map(|axis| edge(f64::min, axis, f64::INFINITY));
    let high = [0, 1].map(|axis| edge(f64::max, axis, f64::NEG_INFINITY));
    let scale = [0, 1]
        .map(|axis| (frame[2 + axis] - 24.0) / (high[axis] - low[axis]).max(1e-9))
        .into_iter()
        .fold(f64::INFINITY, f64::min);
    let place = |point: [f32; 2]| {
        [0, 1].map(|axis| {
            let middle = frame[axis] + 0.5 * frame[2 + axis];
            middle + (f64::from(point[axis]) - 0.5 * (low[axis] + high[axis])) * scale
        })
    };
    let radius = match layout.points.len() {
        0..=300 => 4.5,
        301..=1500 => 3.2,
        _ => 2.2,
    };
    drawing.frame(frame, Role::Grid);
    // In rounds, so that no genre as a whole covers another.
    let rounds = if layout.points.len() > 300 { 4 } else { 1 };
    for round in 0..rounds {
        for (&genre, mark) in present.iter().zip(&marks) {
            let outlines: Vec<_> = (layout.points.iter().zip(&hidden.labels).enumerate())
                .filter(|(row, (_, label))| row % rounds == round && **label == genre)
                .map(|(_, (&point, _))| legend::outline(mark.shape, place(point), radius))
                .collect();
            if !outlines.is_empty() {
                drawing.areas(outlines, mark.colour, 0.85);
            }
        }
    }
    legend::genres(
        &mut drawing,
        [10.0, frame[1] + frame[3] + 10.0],
        WIDTH - 20.0,
        &names,
        &marks,
    );
    drawing
}
