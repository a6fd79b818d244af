//! The letters of the pictures: how wide a text is, and its outlines.
//!
//! Arimo (`fonts/`, SIL Open Font License), which has the widths of Arial, Helvetica and Liberation Sans: a text measured here
//! fits wherever one of these is shown.

use std::sync::OnceLock;

use genrenet_text::visible;
use skrifa::charmap::Charmap;
use skrifa::instance::{LocationRef, Size};
use skrifa::metrics::GlyphMetrics;
use skrifa::outline::{DrawSettings, OutlineGlyphCollection, OutlinePen};
use skrifa::{FontRef, MetadataProvider};

use crate::words::Words;

/// The regular face as a TrueType file.
pub(crate) static REGULAR: &[u8] = include_bytes!("../fonts/Arimo-Regular.ttf");
/// The bold face as a TrueType file.
pub(crate) static BOLD: &[u8] = include_bytes!("../fonts/Arimo-Bold.ttf");

/// What style sheets call the letters.
pub(crate) const FAMILY: &str = "Arimo,'Liberation Sans',Arial,Helvetica,sans-serif";

/// What is read of a font's file, in its own units.
struct Face {
    units_per_em: f64,
    charmap: Charmap<'static>,
    metrics: GlyphMetrics<'static>,
    outlines: OutlineGlyphCollection<'static>,
}

impl Face {
    fn of(file: &'static [u8]) -> Option<Face> {
        let font = FontRef::new(file).ok()?;
        let (size, location) = (Size::unscaled(), LocationRef::default());
        Some(Face {
            units_per_em: font.metrics(size, location).units_per_em.into(),
            charmap: font.charmap(),
            metrics: font.glyph_metrics(size, location),
            outlines: font.outline_glyphs(),
        })
    }
}

fn face(bold: bool) -> Option<&'static Face> {
    static REGULAR_FACE: OnceLock<Option<Face>> = OnceLock::new();
    static BOLD_FACE: OnceLock<Option<Face>> = OnceLock::new();
    let (cell, file) = if bold {
        (&BOLD_FACE, BOLD)
    } else {
        (&REGULAR_FACE, REGULAR)
    };
    cell.get_or_init(|| Face::of(file)).as_ref()
}

/// Width of a character in units of the text size.
fn advance(character: char, bold: bool) -> f64 {
    let found = face(bold).and_then(|face| {
        let glyph = face.charmap.map(character)?;
        Some(f64::from(face.metrics.advance_width(glyph)?) / face.units_per_em)
    });
    // Outside the font: signs of East Asia and pictures are about as wide as high.
    found.unwrap_or(if character >= '\u{1100}' { 1.0 } else { 0.6 })
}

/// Width of `text` at `size`.
pub(crate) fn width(text: &str, size: f64, bold: bool) -> f64 {
    text.chars()
        .map(|character| advance(character, bold))
        .sum::<f64>()
        * size
}

/// Width of the widest of `texts` at `size`; 0 for none.
pub(crate) fn widest<'a>(texts: impl IntoIterator<Item = &'a String>, size: f64) -> f64 {
    let widths = texts
        .into_iter()
        .map(|text| width(&visible(text), size, false));
    widths.fold(0.0, f64::max)
}

/// `text` in at most two lines of `room`, broken at a space; the second is cut where there is still more.
pub(crate) fn two_lines(text: &str, size: f64, bold: bool, room: f64) -> Vec<Words> {
    let text = &*visible(text);
    let fits = |at: &usize| width(text[..*at].trim_end(), size, bold) <= room;
    let spaces = text.match_indices(' ').map(|(at, _)| at);
    match spaces.rev().find(fits) {
        Some(at) if width(text, size, bold) > room && at > 0 => {
            let mut second = fitted(&text[at + 1..], size, bold, room);
            second.whole = second.whole.map(|_| text.to_owned());
            vec![text[..at].into(), second]
        }
        _ => vec![fitted(text, size, bold, room)],
    }
}

/// `text`, or as much of its beginning as fits into `room`, with an ellipsis.
pub(crate) fn fitted(text: &str, size: f64, bold: bool, room: f64) -> Words {
    let text = &*visible(text);
    if width(text, size, bold) <= room {
        return text.into();
    }
    let mut left = room - advance('…', bold) * size;
    let mut short: String = text
        .chars()
        .take_while(|&character| {
            left -= advance(character, bold) * size;
            left >= 0.0
        })
        .collect();
    short.truncate(short.trim_end().len());
    short.push('…');
    Words {
        shown: short,
        whole: Some(text.to_owned()),
    }
}

/// Draws the outlines of `text`, baseline from (0, 0), to `pen`; a sign that the font lacks becomes an empty box.
pub(crate) fn outline(text: &str, size: f64, bold: bool, pen: &mut tiny_skia::PathBuilder) {
    let Some(face) = face(bold) else { return };
    let scale = size / face.units_per_em;
    let mut x = 0.0;
    for character in text.chars() {
        let glyph = face.charmap.map(character).unwrap_or_default();
        if let Some(outline) = face.outlines.get(glyph) {
            let whole = DrawSettings::unhinted(Size::unscaled(), LocationRef::default());
            // A fault in the middle of an outline, which our own fonts have none of, leaves what was drawn before it.
            let _ = outline.draw(whole, &mut Placed { pen, scale, x });
        }
        x += advance(character, bold) * size;
    }
}

/// Scales font units to the picture, whose y axis points down.
struct Placed<'a> {
    pen: &'a mut tiny_skia::PathBuilder,
    scale: f64,
    x: f64,
}

impl Placed<'_> {
    fn at(&self, x: f32, y: f32) -> (f32, f32) {
        (
            (self.x + f64::from(x) * self.scale) as f32,
            (-f64::from(y) * self.scale) as f32,
        )
    }
}

impl OutlinePen for Placed<'_> {
    fn move_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.pen.move_to(x, y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.pen.line_to(x, y);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let ((x1, y1), (x, y)) = (self.at(x1, y1), self.at(x, y));
        self.pen.quad_to(x1, y1, x, y);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let ((x1, y1), (x2, y2), (x, y)) = (self.at(x1, y1), self.at(x2, y2), self.at(x, y));
        self.pen.cubic_to(x1, y1, x2, y2, x, y);
    }

    fn close(&mut self) {
        self.pen.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_are_those_of_arial() {
        // Arial: W 0.944, i 0.222, digits 0.556.
        assert!((width("W", 1000.0, false) - 943.8).abs() < 1.0);
        assert!((width("i", 1000.0, false) - 222.2).abs() < 1.0);
        assert!((width("0123", 1000.0, false) - 4.0 * 556.2).abs() < 2.0);
        assert!(width("Rock", 10.0, true) > width("Rock", 10.0, false));
    }

    #[test]
    fn what_does_not_fit_is_cut_and_fits() {
        assert_eq!(fitted("Rock", 10.0, false, 100.0), "Rock".into());
        let Words { shown, whole } = fitted("Old-Time / Historic", 10.0, false, 50.0);
        assert!(
            shown.ends_with('…') && width(&shown, 10.0, false) <= 50.0,
            "{shown}"
        );
        assert_eq!(whole.as_deref(), Some("Old-Time / Historic"));
        assert_eq!(fitted("Rock", 10.0, false, 0.0).shown, "…");
    }

    #[test]
    fn a_second_line_takes_what_the_first_has_no_room_for() {
        let lines = |text: &str, room| -> Vec<String> {
            let lines = two_lines(text, 10.0, false, room);
            lines.into_iter().map(|line| line.shown).collect()
        };
        assert_eq!(lines("Old-Time / Historic", 100.0), ["Old-Time / Historic"]);
        assert_eq!(
            lines("Old-Time / Historic", 60.0),
            ["Old-Time /", "Historic"]
        );
        let cut = two_lines("one two three four five six seven", 10.0, false, 40.0);
        assert_eq!(cut[0], "one two".into());
        assert!(cut[1].shown.starts_with("three") && cut[1].shown.ends_with('…'));
        assert_eq!(
            cut[1].whole.as_deref(),
            Some("one two three four five six seven")
        );
        // Nowhere to break.
        assert_eq!(lines("Progressive", 30.0).len(), 1);
    }

    #[test]
    fn what_fits_on_two_lines_has_no_title() {
        let lines = two_lines("Old-Time / Historic", 10.0, false, 60.0);
        assert!(lines.iter().all(|line| line.whole.is_none()));
    }

    #[test]
    fn both_faces_are_readable_and_every_letter_has_an_outline() {
        for bold in [false, true] {
            assert!(face(bold).is_some());
            // Letters, a composite, and a sign that is not there (an empty box).
            for character in ['a', 'W', '8', '\u{e9}', '\u{131d}'] {
                let mut pen = tiny_skia::PathBuilder::new();
                outline(&character.to_string(), 1000.0, bold, &mut pen);
                let bounds = pen.finish().expect("an outline").bounds();
                // Above and below the baseline, inside the letter's own width.
                assert!(
                    bounds.top() < -300.0 && bounds.bottom() < 300.0,
                    "{character}: {bounds:?}"
                );
                assert!(
                    bounds.width() > 200.0 && bounds.width() < 1100.0,
                    "{character}: {bounds:?}"
                );
            }
        }
    }
}
