//! Spectrograms with axes: time in seconds, frequency in Hz, level in dB, and the genre along the song.

use crate::along_song;
use crate::bitmap::Bitmap;
use crate::colour::{Rgb, magma};
use crate::context::{AlongSong, Spectrogram};
use crate::drawing::{Anchor, Drawing};
use crate::font;
use crate::frequency_axis;
use crate::legend;
use crate::plot::{Plot, SMALL, ticks};
use crate::theme::Role;

impl Spectrogram {
    /// Whether the numbers fit each other.
    pub(crate) fn is_sound(&self) -> bool {
        self.bands > 0
            && self.frames > 0
            && self.bands.checked_mul(self.frames) == Some(self.db.len())
            && self.seconds.is_finite()
            && self.seconds > 0.0
            && self.start.is_finite()
    }

    /// Lowest and highest level in dB, the range at least 1 dB.
    pub(crate) fn range(&self) -> [f64; 2] {
        let finite = || self.db.iter().copied().filter(|v| v.is_finite());
        let low = finite().fold(f32::INFINITY, f32::min);
        let high = finite().fold(f32::NEG_INFINITY, f32::max);
        if low <= high {
            [f64::from(low.min(high - 1.0)), f64::from(high)]
        } else {
            [-80.0, 0.0]
        }
    }
}

/// `cells` (row-major `[rows, columns]`) averaged down to at most `most` rows and columns.
pub(crate) fn shrunk(
    cells: &[f32],
    [rows, columns]: [usize; 2],
    most: [usize; 2],
) -> (Vec<f32>, [usize; 2]) {
    let (r, c) = (rows.min(most[0]).max(1), columns.min(most[1]).max(1));
    if (r, c) == (rows, columns) {
        return (cells.to_vec(), [rows, columns]);
    }
    let mut out = Vec::with_capacity(r * c);
    for row in 0..r {
        let down = row * rows / r..((row + 1) * rows).div_ceil(r).max(row * rows / r + 1);
        for column in 0..c {
            let across = column * columns / c
                ..((column + 1) * columns)
                    .div_ceil(c)
                    .max(column * columns / c + 1);
            let mut sum = 0.0;
            for y in down.clone() {
                sum += cells[y * columns + across.start..y * columns + across.end]
                    .iter()
                    .sum::<f32>();
            }
            out.push(sum / (down.len() * across.len()) as f32);
        }
    }
    (out, [r, c])
}

/// The pixels of a spectrogram, lowest band at the bottom.
pub(crate) fn pixels(
    spectrogram: &Spectrogram,
    most: [usize; 2],
    colour: impl Fn(f64) -> Rgb,
) -> Bitmap {
    let (cells, [rows, columns]) = shrunk(
        &spectrogram.db,
        [spectrogram.bands, spectrogram.frames],
        most,
    );
    let [low, high] = spectrogram.range();
    Bitmap::from_fn(columns, rows, |x, y| {
        let level = f64::from(cells[(rows - 1 - y) * columns + x]);
        (colour((level - low) / (high - low)), 255)
    })
}

/// Draws a spectrogram with axes in Hz and s and a colour bar in dB; below it, when given, the genre along the song.
///
/// 960 wide. Where the numbers of the spectrogram do not fit each other, a message is drawn instead.
pub fn spectrogram_drawing(
    spectrogram: &Spectrogram,
    along: Option<&AlongSong>,
    title: &str,
) -> Drawing {
    framed(
        spectrogram,
        along,
        title,
        &format!("Spectrogram of {title}"),
        |drawing, area| {
            drawing.pixels(
                area,
                pixels(
                    spectrogram,
                    [area[3] as usize * 2, area[2] as usize * 2],
                    magma,
                ),
            );
            let [low, high] = spectrogram.range();
            Bar {
                colours: (0..=40).map(|i| magma(f64::from(i) / 40.0)).collect(),
                ends: [low, high],
                marks: ticks(low, high, 5),
                title: "dB",
            }
        },
    )
}

/// A colour bar.
pub(crate) struct Bar {
    /// Colours from the lower end up.
    pub(crate) colours: Vec<Rgb>,
    /// Values at its ends.
    pub(crate) ends: [f64; 2],
    /// Numbers or words beside it.
    pub(crate) marks: Vec<(f64, String)>,
    /// What it measures.
    pub(crate) title: &'static str,
}

/// Axes, title, colour bar and genre strip around what `content` draws into its area.
pub(crate) fn framed(
    spectrogram: &Spectrogram,
    along: Option<&AlongSong>,
    title: &str,
    alt: &str,
    content: impl FnOnce(&mut Drawing, [f64; 4]) -> Bar,
) -> Drawing {
    const WIDTH: f64 = 960.0;
    const AREA: [f64; 4] = [66.0, 52.0, 810.0, 330.0];
    let strip = along.filter(|along| along.is_sound());
    let genres: Vec<String> = strip.map(along_song::leading).unwrap_or_default();
    let legend_height = legend::height(&genres, AREA[2]);
    let bottom = AREA[1] + AREA[3] + 44.0;
    let height = if strip.is_some() {
        bottom + 30.0 + legend_height
    } else {
        bottom
    };
    let mut alt =
        format!("{alt}: time in seconds to the right, frequency in Hz upwards, level by colour.");
    if !genres.is_empty() {
        alt.push_str(&format!(
            " Below it the {} along the song: {}.",
            strip.map_or("Genre", AlongSong::noun).to_lowercase(),
            genres.join(", ")
        ));
    }
    let mut drawing = Drawing::new(WIDTH, height, alt);
    drawing.bold(
        font::fitted(title, 15.0, true, WIDTH - 20.0),
        [4.0, 20.0],
        15.0,
        Anchor::Start,
        Role::Ink,
    );
    if !spectrogram.is_sound() {
        let why = format!(
            "Nothing to draw: expected {} bands × {} frames over more than 0 s, found {} levels over {} s.",
            spectrogram.bands,
            spectrogram.frames,
            spectrogram.db.len(),
            spectrogram.seconds
        );
        drawing.text(why, [AREA[0], 80.0], 14.0, Anchor::Start, Role::Muted);
        return drawing;
    }
    let bar = content(&mut drawing, AREA);
    drawing.frame(AREA, Role::Axis);
    let end = spectrogram.start + spectrogram.seconds;
    let plot = Plot {
        area: AREA,
        x: [spectrogram.start, end],
        y: [0.0, 1.0],
    };
    plot.x_axis(
        &mut drawing,
        &ticks(spectrogram.start, end, 10),
        "Time (s)",
        false,
    );
    let marks = frequency_axis::marks(spectrogram.frequencies, spectrogram.bands, AREA[3]);
    plot.y_axis(&mut drawing, &marks, "Frequency (Hz)", false);
    colour_bar(
        &mut drawing,
        [AREA[0] + AREA[2] + 16.0, AREA[1], 14.0, AREA[3]],
        &bar,
    );
    if let Some(along) = strip {
        genre_strip(
            &mut drawing,
            along,
            &genres,
            [AREA[0], bottom, AREA[2]],
            plot.x,
        );
    }
    drawing
}

/// The genre along the song, from `left` over `width`, with the legend of the `genres` that lead somewhere.
fn genre_strip(
    drawing: &mut Drawing,
    along: &AlongSong,
    genres: &[String],
    [left, top, width]: [f64; 3],
    time: [f64; 2],
) {
    let at = [left, top + 4.0, width, 14.0];
    along_song::strip(drawing, along, at, top - 9.0, time);
    let marks = along_song::marks(along);
    let position = |name: &String| along.genres.iter().position(|genre| genre == name);
    let marks: Vec<_> = genres
        .iter()
        .filter_map(|name| position(name).map(|at| marks[at]))
        .collect();
    let at = [left - 7.0, top + 15.0];
    drawing.text(along.noun(), at, SMALL, Anchor::End, Role::Muted);
    legend::genres(drawing, [left, top + 24.0], width, genres, &marks);
}

/// Draws a scale of colours.
pub(crate) fn colour_bar(drawing: &mut Drawing, at: [f64; 4], bar: &Bar) {
    let steps = bar.colours.len();
    drawing.pixels(
        at,
        Bitmap::from_fn(1, steps, |_, y| (bar.colours[steps - 1 - y], 255)),
    );
    drawing.frame(at, Role::Axis);
    let [left, top, width, height] = at;
    for (value, label) in &bar.marks {
        let y = top + height * (1.0 - (value - bar.ends[0]) / (bar.ends[1] - bar.ends[0]));
        drawing.line([left + width, y], [left + width + 4.0, y], Role::Axis, 1.0);
        drawing.text(
            label,
            [left + width + 7.0, y + 4.0],
            SMALL,
            Anchor::Start,
            Role::Muted,
        );
    }
    drawing.text(
        bar.title,
        [left, top - 10.0],
        SMALL,
        Anchor::Start,
        Role::Muted,
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shrinking_keeps_the_mean_and_the_direction() {
        let cells: Vec<f32> = (0..24).map(|v| v as f32).collect();
        let (small, shape) = shrunk(&cells, [4, 6], [2, 3]);
        assert_eq!(shape, [2, 3]);
        assert_eq!(small, [3.5, 5.5, 7.5, 15.5, 17.5, 19.5]);
        assert_eq!(shrunk(&cells, [4, 6], [9, 9]).1, [4, 6]);
        // Sizes that do not divide evenly.
        assert_eq!(shrunk(&[1.0, 2.0, 3.0], [1, 3], [5, 2]).1, [1, 2]);
    }
}
