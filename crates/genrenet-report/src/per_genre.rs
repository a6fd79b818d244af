//! How well each genre is found.

use genrenet_metrics::ClassScore;

use crate::drawing::{Anchor, Drawing};
use crate::font;
use crate::genre_mark::{Shape, genre_marks};
use crate::legend;
use crate::plot::{Plot, SMALL, percent_ticks};
use crate::theme::Role;

/// Width, where names leave the bars enough of it.
const WIDTH: f64 = 480.0;
const ROW: f64 = 26.0;
/// Most width of a name; longer ones are cut.
const MOST_NAME: f64 = 300.0;
/// Least width of the bars with the numbers behind them.
const BARS: f64 = 290.0;

/// Draws F1 of each genre as a bar in its colour, with precision (diamond) and recall (disc) on it.
pub fn per_genre_drawing(genres: &[String], scores: &[ClassScore]) -> Drawing {
    let longest = font::widest(genres, SMALL).clamp(60.0, MOST_NAME);
    let names = longest + 14.0;
    let width = WIDTH.max(names + BARS);
    let area = [names, 40.0, width - names - 50.0, ROW * genres.len() as f64];
    let plot = Plot {
        area,
        x: [0.0, 1.0],
        y: [0.0, 1.0],
    };
    let words: Vec<String> = genres
        .iter()
        .zip(scores)
        .map(|(genre, score)| match score.n {
            0 => format!("{genre} has no clips"),
            _ => format!("{genre} {:.2}", score.f1),
        })
        .collect();
    let mut drawing = Drawing::new(
        width,
        area[1] + area[3] + 44.0,
        format!("F1 of each genre: {}.", words.join(", ")),
    );
    plot.x_axis(
        &mut drawing,
        &percent_ticks(0.0, 1.0, 5),
        "F1, precision, recall (%)",
        true,
    );
    let mut x = names;
    for (shape, words) in [
        (Shape::Square, "F1 (bar)"),
        (Shape::Diamond, "precision"),
        (Shape::Disc, "recall"),
    ] {
        drawing.areas(
            vec![legend::outline(shape, [x + 6.0, 16.0], 5.0)],
            Role::Ink,
            1.0,
        );
        drawing.text(words, [x + 16.0, 20.0], SMALL, Anchor::Start, Role::Ink);
        x += 34.0 + font::width(words, SMALL, false);
    }
    for (row, ((genre, score), mark)) in genres
        .iter()
        .zip(scores)
        .zip(genre_marks(genres))
        .enumerate()
    {
        let y = area[1] + ROW * (row as f64 + 0.5);
        let name = font::fitted(genre, SMALL, false, longest);
        drawing.text(name, [names - 10.0, y + 4.0], SMALL, Anchor::End, Role::Ink);
        if score.n == 0 {
            drawing.text(
                "no clips of it",
                [names + 6.0, y + 4.0],
                SMALL,
                Anchor::Start,
                Role::Muted,
            );
            continue;
        }
        let end = plot.at(score.f1, 0.0)[0];
        drawing.rectangle([names, y - 8.0, end - names, 16.0], mark.colour, 1.0);
        for (shape, value) in [
            (Shape::Diamond, score.precision),
            (Shape::Disc, score.recall),
        ] {
            let place = [plot.at(value, 0.0)[0], y];
            drawing.areas(vec![legend::outline(shape, place, 6.0)], Role::Surface, 1.0);
            drawing.areas(vec![legend::outline(shape, place, 4.0)], Role::Ink, 1.0);
        }
        drawing.text(
            format!("{:.1}", 100.0 * score.f1),
            [width - 4.0, y + 4.0],
            SMALL,
            Anchor::End,
            Role::Ink,
        );
    }
    drawing
}
