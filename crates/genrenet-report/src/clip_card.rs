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

/// What was answered about a clip.
struct Answer<'a> {
    genres: &'a [String],
    /// Probability of each genre.
    row: &'a [f32],
    truth: usize,
    /// The three likeliest genres.
    order: Vec<usize>,
}

impl<'a> Answer<'a> {
    fn of(row: &'a [f32], truth: usize, genres: &'a [String]) -> Answer<'a> {
        let mut order: Vec<usize> = (0..genres.len()).collect();
        order.sort_by(|&a, &b| row[b].total_cmp(&row[a]).then(a.cmp(&b)));
        order.truncate(3);
        Answer {
            genres,
            row,
            truth,
            order,
        }
    }

    fn is_right(&self) -> bool {
        self.order.first() == Some(&self.truth)
    }

    fn verdict(&self) -> &'static str {
        if self.is_right() { "right" } else { "wrong" }
    }
}

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
    let true_name = genres.get(truth)?;
    let answer = Answer::of(row, truth, genres);
    let spectrogram = clip.spectrogram.as_result().and_then(|s| {
        if s.is_sound() {
            Ok(s)
        } else {
            Err("its numbers do not fit each other")
        }
    });
    let spectrogram_height = if spectrogram.is_ok() {
        AREA[3] + 44.0
    } else {
        24.0
    };
    let heading = font::two_lines(
        clip.title.as_deref().unwrap_or(id),
        14.0,
        true,
        WIDTH - 22.0 - font::width(answer.verdict(), 13.0, true),
    );
    // A second line moves all that is below it.
    let down = 18.0 * (heading.len() - 1) as f64;
    let area = [AREA[0], AREA[1] + down, AREA[2], AREA[3]];
    let bars = area[1] + spectrogram_height + 6.0;
    let mut drawing = Drawing::new(
        WIDTH,
        bars + 24.0 * answer.order.len() as f64 + 4.0,
        alt(clip, id, &answer, explained),
    );
    for (line, words) in heading.into_iter().enumerate() {
        let at = [4.0, 18.0 * (line + 1) as f64];
        drawing.bold(words, at, 14.0, Anchor::Start, Role::Ink);
    }
    let role = if answer.is_right() {
        Role::First
    } else {
        Role::Second
    };
    let at = [WIDTH - 6.0, 18.0];
    drawing.bold(answer.verdict(), at, 13.0, Anchor::End, role);
    let given = if answer.order.contains(&truth) {
        String::new()
    } else {
        format!(", given {}", share(f64::from(row[truth])))
    };
    let line = format!("true genre: {true_name}{given}");
    let line = font::fitted(&line, 13.0, false, WIDTH - 20.0);
    drawing.text(line, [4.0, 37.0 + down], 13.0, Anchor::Start, Role::Muted);
    match spectrogram {
        Ok(spectrogram) => spectrogram_of_clip(&mut drawing, clip, spectrogram, explained, area),
        Err(why) => {
            let words = format!("No spectrogram: {why}.");
            let words = font::fitted(&words, SMALL, false, WIDTH - 20.0);
            let at = [4.0, area[1] + 6.0];
            drawing.text(words, at, SMALL, Anchor::Start, Role::Muted);
        }
    }
    answer_bars(&mut drawing, &answer, bars);
    Some(drawing)
}

/// The words in place of the image.
fn alt(clip: &ClipContext, id: &str, answer: &Answer, explained: bool) -> String {
    let what = match (explained, clip.explanation.available()) {
        (true, Some(explanation)) => format!(
            " In orange what spoke for {}. {}",
            explanation.genre,
            explain::spoken(explanation).trim_end()
        ),
        _ => String::new(),
    };
    let genres = answer.genres;
    let answers: Vec<String> = answer
        .order
        .iter()
        .map(|&genre| format!("{} {:.0} %", genres[genre], 100.0 * answer.row[genre]))
        .collect();
    format!(
        "Clip {id}, true genre {}, {}: {}.{what}",
        genres[answer.truth],
        answer.verdict(),
        answers.join(", ")
    )
}

/// The likeliest answers as bars, from `top` down.
fn answer_bars(drawing: &mut Drawing, answer: &Answer, top: f64) {
    let genres = answer.genres;
    let marks = genre_marks(genres);
    let longest = font::widest(answer.order.iter().map(|&genre| &genres[genre]), 14.0);
    let longest = longest.clamp(130.0, 270.0);
    let (names, left) = (longest + 8.0, longest + 16.0);
    let room = WIDTH - 64.0 - left;
    for (i, &genre) in answer.order.iter().enumerate() {
        let y = top + 24.0 * i as f64;
        let p = f64::from(answer.row[genre]).clamp(0.0, 1.0);
        let is_true = genre == answer.truth;
        let name = font::fitted(&genres[genre], 13.0, is_true, longest);
        if is_true {
            drawing.bold(name, [names, y + 14.0], 13.0, Anchor::End, Role::Ink);
        } else {
            drawing.text(name, [names, y + 14.0], 13.0, Anchor::End, Role::Ink);
        }
        drawing.rectangle([left, y + 2.0, room, 16.0], Role::Grid, 1.0);
        drawing.rectangle([left, y + 2.0, room * p, 16.0], marks[genre].colour, 1.0);
        let at = [WIDTH - 6.0, y + 14.0];
        drawing.text(share(p), at, 13.0, Anchor::End, Role::Ink);
    }
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
    match (explained, clip.explanation.available()) {
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
