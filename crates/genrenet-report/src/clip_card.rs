//! One clip: its spectrogram, the answers, the true genre.

use crate::colour::magma;
use crate::context::{ClipContext, Predictions, Spectrogram};
use crate::drawing::{Anchor, Drawing};
use crate::explain;
use crate::font;
use crate::frequency_axis;
use crate::genre_mark::genre_marks;
use crate::plot::{Plot, SMALL, ticks};
use crate::spectrogram::pixels;
use crate::theme::Role;

const WIDTH: f64 = 480.0;
const AREA: [f64; 4] = [58.0, 66.0, 412.0, 130.0];

/// Draws a clip's spectrogram, its true genre and the three likeliest answers; with `explained`, what decided over the spectrogram.
pub(crate) fn clip_drawing(
    clip: &ClipContext,
    predictions: &Predictions,
    genres: &[String],
    explained: bool,
) -> Option<Drawing> {
    let k = genres.len();
    let row = predictions
        .probabilities
        .get(clip.row * k..(clip.row + 1) * k)?;
    let truth = *predictions.labels.get(clip.row)?;
    let id = predictions.ids.get(clip.row)?;
    let mut order: Vec<usize> = (0..k).collect();
    order.sort_by(|&a, &b| row[b].total_cmp(&row[a]).then(a.cmp(&b)));
    order.truncate(3);
    let answers: Vec<String> = order
        .iter()
        .map(|&genre| format!("{} {:.0} %", genres[genre], 100.0 * row[genre]))
        .collect();
    let true_name = genres.get(truth)?;
    let right = order.first() == Some(&truth);
    let spectrogram = clip.spectrogram.as_result().and_then(|s| {
        if s.is_sound() {
            Ok(s)
        } else {
            Err("its numbers do not fit each other")
        }
    });
    let picture_height = if spectrogram.is_ok() {
        AREA[3] + 44.0
    } else {
        24.0
    };
    let verdict = if right { "right" } else { "wrong" };
    let heading = font::two_lines(
        clip.title.as_deref().unwrap_or(id),
        14.0,
        true,
        WIDTH - 22.0 - font::width(verdict, 13.0, true),
    );
    // A second line moves all that is below it.
    let down = 18.0 * (heading.len() - 1) as f64;
    let area = [AREA[0], AREA[1] + down, AREA[2], AREA[3]];
    let bars = area[1] + picture_height + 6.0;
    let what = match (explained, clip.explanation.here()) {
        (true, Some(explanation)) => format!(
            " In orange what spoke for {}. {}",
            explanation.genre,
            explain::spoken(explanation).trim_end()
        ),
        _ => String::new(),
    };
    let alt = format!(
        "Clip {id}, true genre {true_name}, {verdict}: {}.{what}",
        answers.join(", ")
    );
    let mut drawing = Drawing::new(WIDTH, bars + 24.0 * order.len() as f64 + 4.0, alt);
    for (line, words) in heading.into_iter().enumerate() {
        let at = [4.0, 18.0 * (line + 1) as f64];
        drawing.bold(words, at, 14.0, Anchor::Start, Role::Ink);
    }
    let verdict_role = if right { Role::First } else { Role::Second };
    drawing.bold(
        verdict,
        [WIDTH - 6.0, 18.0],
        13.0,
        Anchor::End,
        verdict_role,
    );
    let given = if order.contains(&truth) {
        String::new()
    } else {
        format!(", given {}", share(f64::from(row[truth])))
    };
    let line = font::fitted(
        &format!("true genre: {true_name}{given}"),
        13.0,
        false,
        WIDTH - 20.0,
    );
    drawing.text(line, [4.0, 37.0 + down], 13.0, Anchor::Start, Role::Muted);
    match spectrogram {
        Ok(spectrogram) => spectrogram_of_clip(&mut drawing, clip, spectrogram, explained, area),
        Err(why) => {
            let words = font::fitted(
                &format!("No spectrogram: {why}."),
                SMALL,
                false,
                WIDTH - 20.0,
            );
            drawing.text(
                words,
                [4.0, area[1] + 6.0],
                SMALL,
                Anchor::Start,
                Role::Muted,
            );
        }
    }
    let marks = genre_marks(genres);
    let longest = font::widest(order.iter().map(|&genre| &genres[genre]), 14.0);
    let longest = longest.clamp(130.0, 270.0);
    let (names, left) = (longest + 8.0, longest + 16.0);
    let room = WIDTH - 64.0 - left;
    for (i, &genre) in order.iter().enumerate() {
        let y = bars + 24.0 * i as f64;
        let p = f64::from(row[genre]).clamp(0.0, 1.0);
        let name = font::fitted(&genres[genre], 13.0, genre == truth, longest);
        if genre == truth {
            drawing.bold(name, [names, y + 14.0], 13.0, Anchor::End, Role::Ink);
        } else {
            drawing.text(name, [names, y + 14.0], 13.0, Anchor::End, Role::Ink);
        }
        drawing.rectangle([left, y + 2.0, room, 16.0], Role::Grid, 1.0);
        drawing.rectangle([left, y + 2.0, room * p, 16.0], marks[genre].colour, 1.0);
        drawing.text(
            share(p),
            [WIDTH - 6.0, y + 14.0],
            13.0,
            Anchor::End,
            Role::Ink,
        );
    }
    Some(drawing)
}

/// A share in whole per cent; what is below one is written as that.
fn share(p: f64) -> String {
    if p < 0.01 {
        "<\u{a0}1\u{a0}%".into()
    } else {
        format!("{:.0}\u{a0}%", 100.0 * p)
    }
}

fn spectrogram_of_clip(
    drawing: &mut Drawing,
    clip: &ClipContext,
    spectrogram: &Spectrogram,
    explained: bool,
    area: [f64; 4],
) {
    match (explained, clip.explanation.here()) {
        (true, Some(explanation)) => {
            explain::overlay(drawing, spectrogram, explanation, area);
            explain::trust(drawing, explanation, area);
        }
        _ => drawing.pixels(area, pixels(spectrogram, [128, 256], magma)),
    }
    drawing.frame(area, Role::Axis);
    let end = spectrogram.start + spectrogram.seconds;
    let plot = Plot {
        area,
        x: [spectrogram.start, end],
        y: [0.0, 1.0],
    };
    plot.x_axis(
        drawing,
        &ticks(spectrogram.start, end, 6),
        "Time (s)",
        false,
    );
    let marks = frequency_axis::marks(spectrogram.frequencies, spectrogram.bands, area[3]);
    plot.y_axis(drawing, &marks, "Frequency (Hz)", false);
}
