//! What decided: the parts of a spectrogram that spoke for a genre, or against it, and how far that can be trusted.

use crate::bitmap::Bitmap;
use crate::colour::Rgb;
use crate::context::{AlongSong, Explanation, Spectrogram};
use crate::drawing::{Anchor, Drawing};
use crate::font;
use crate::plot::SMALL;
use crate::spectrogram::{Bar, framed, pixels, shrunk};
use crate::theme::Role;

/// Colour of what speaks for the genre, and against it: distinguishable with every kind of colour vision.
const FOR: Rgb = Rgb::hex(0xffa21f);
const AGAINST: Rgb = Rgb::hex(0x3f8ef5);

impl Explanation {
    /// Whether the numbers fit each other.
    pub(crate) fn is_sound(&self) -> bool {
        self.bands > 0
            && self.frames > 0
            && self.bands.checked_mul(self.frames) == Some(self.weights.len())
            && self.weights.iter().all(|weight| weight.is_finite())
    }
}

/// Draws a spectrogram in grey with what spoke for the genre over it in orange, and against it in blue.
///
/// 960 wide; the strongest colour is the 99.5th percentile of the weights. Under the title stands how well they foretell what the
/// network does, or why they are not to be trusted. Without usable weights it is the grey spectrogram.
pub fn explain_drawing(
    spectrogram: &Spectrogram,
    explanation: &Explanation,
    along: Option<&AlongSong>,
    title: &str,
) -> Drawing {
    let what = format!(
        "{}What decided for {} in {title} ({}): orange spoke for it, blue against it. Spectrogram",
        spoken(explanation),
        explanation.genre,
        explanation.method
    );
    framed(spectrogram, along, title, &what, |drawing, area| {
        overlay(drawing, spectrogram, explanation, area);
        trust(drawing, explanation, area);
        Bar {
            colours: (-20i32..=20)
                .map(|step| shade(f64::from(step) / 20.0))
                .collect(),
            ends: [-1.0, 1.0],
            marks: vec![
                (-0.94, "against".into()),
                (0.0, "0".into()),
                (0.94, "for".into()),
            ],
            title: "weight",
        }
    })
}

/// Writes over `area` how far the weights can be trusted, right of the name of the frequency axis; in the colour of a warning
/// where they can't.
pub(crate) fn trust(drawing: &mut Drawing, explanation: &Explanation, area: [f64; 4]) {
    const AXIS: f64 = 112.0;
    let (at, width) = ([AXIS, area[1] - 10.0], area[0] + area[2] - AXIS);
    match &explanation.caveat {
        Some(caveat) => {
            let words = font::fitted(caveat, SMALL, true, width);
            drawing.bold(words, at, SMALL, Anchor::Start, Role::Second);
        }
        None => {
            let words = font::fitted(&explanation.faithfulness, SMALL, false, width);
            drawing.text(words, at, SMALL, Anchor::Start, Role::Muted);
        }
    }
}

/// The caveat before the words for those who can't see a picture; empty without one.
pub(crate) fn spoken(explanation: &Explanation) -> String {
    let caveat = explanation.caveat.iter();
    caveat.map(|caveat| format!("{caveat} ")).collect()
}

/// Draws both into `area`.
pub(crate) fn overlay(
    drawing: &mut Drawing,
    spectrogram: &Spectrogram,
    explanation: &Explanation,
    area: [f64; 4],
) {
    let most = [area[3] as usize * 2, area[2] as usize * 2];
    drawing.pixels(area, pixels(spectrogram, most, grey));
    if explanation.is_sound() {
        drawing.pixels(area, weights(explanation, most));
    }
}

/// Quiet is dark, loud is a middle grey: colours stay visible on both.
fn grey(level: f64) -> Rgb {
    Rgb(16, 18, 22).mix(
        Rgb(196, 200, 206),
        if level > 0.0 { level.min(1.0) } else { 0.0 },
    )
}

fn shade(weight: f64) -> Rgb {
    let colour = if weight < 0.0 { AGAINST } else { FOR };
    Rgb(70, 73, 78).mix(colour, weight.abs())
}

fn weights(explanation: &Explanation, most: [usize; 2]) -> Bitmap {
    let (cells, [rows, columns]) = shrunk(
        &explanation.weights,
        [explanation.bands, explanation.frames],
        most,
    );
    let mut sizes: Vec<f32> = cells.iter().map(|weight| weight.abs()).collect();
    sizes.sort_by(f32::total_cmp);
    let strongest = sizes[(sizes.len() - 1) * 199 / 200].max(f32::MIN_POSITIVE);
    let mut bitmap = Bitmap::from_fn(columns, rows, |x, y| {
        let weight = cells[(rows - 1 - y) * columns + x] / strongest;
        let colour = if weight < 0.0 { AGAINST } else { FOR };
        (colour, (weight.abs().min(1.0) * 225.0) as u8)
    });
    bitmap.smooth = true;
    bitmap
}
