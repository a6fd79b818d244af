//! Drawings as SVG text.

use std::fmt::Write;

use genrenet_text::html;

use base64::prelude::{BASE64_STANDARD, Engine as _};

use crate::drawing::{Anchor, Drawing, Paint, Shape, Text};
use crate::font;
use crate::theme::picture_style;

impl Drawing {
    /// As an SVG file of its own; it follows the reader's preference for light or dark.
    pub fn svg(&self) -> String {
        let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        self.write_svg(&mut out, true);
        out
    }

    /// As an element of a page that carries [`picture_style`] itself.
    pub(crate) fn inline_svg(&self) -> String {
        let mut out = String::new();
        self.write_svg(&mut out, false);
        out
    }

    fn write_svg(&self, out: &mut String, alone: bool) {
        let (width, height) = (number(self.width), number(self.height));
        // Writing to a String never fails.
        let _ = write!(
            out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"{}\"",
            html(&self.alt)
        );
        if alone {
            let _ = write!(
                out,
                " width=\"{width}\" height=\"{height}\" font-family=\"{}\"><title>{}</title><style>{}</style><rect class=\"f-surface\" width=\"{width}\" height=\"{height}\"/>",
                font::FAMILY,
                html(&self.alt),
                picture_style()
            );
        } else {
            out.push('>');
        }
        for shape in &self.shapes {
            write_shape(out, shape);
        }
        out.push_str("</svg>");
    }
}

fn write_shape(out: &mut String, shape: &Shape) {
    let _ = match shape {
        Shape::Box {
            at: [x, y, w, h],
            radius,
            fill,
            opacity,
            tip,
        } => {
            let _ = write!(
                out,
                "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"{}",
                number(*x),
                number(*y),
                number(w.max(0.0)),
                number(h.max(0.0)),
                painted("fill", 'f', *fill)
            );
            if *radius > 0.0 {
                let _ = write!(out, " rx=\"{}\"", number(*radius));
            }
            write_opacity(out, *opacity);
            if tip.is_empty() {
                write!(out, "/>")
            } else {
                write!(out, "><title>{}</title></rect>", html(tip))
            }
        }
        Shape::Lines {
            pieces,
            stroke,
            width,
            dash,
        } => {
            let _ = write!(
                out,
                "<path d=\"{}\" fill=\"none\" stroke-width=\"{}\"",
                path(pieces, false),
                number(*width)
            );
            if *dash > 0.0 {
                let _ = write!(out, " stroke-dasharray=\"{}\"", number(*dash));
            }
            write!(
                out,
                " stroke-linejoin=\"round\"{}/>",
                painted("stroke", 's', *stroke)
            )
        }
        Shape::Areas {
            outlines,
            fill,
            opacity,
        } => {
            let _ = write!(
                out,
                "<path d=\"{}\"{}",
                path(outlines, true),
                painted("fill", 'f', *fill)
            );
            write_opacity(out, *opacity);
            write!(out, "/>")
        }
        Shape::Text(text) => {
            write_text(out, text);
            Ok(())
        }
        Shape::Pixels {
            at: [x, y, w, h],
            bitmap,
        } => match bitmap.png() {
            Ok(png) => write!(
                out,
                "<image x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" preserveAspectRatio=\"none\"{} href=\"data:image/png;base64,{}\"/>",
                number(*x),
                number(*y),
                number(*w),
                number(*h),
                if bitmap.smooth {
                    ""
                } else {
                    " style=\"image-rendering:pixelated\""
                },
                BASE64_STANDARD.encode(&png)
            ),
            Err(_) => Ok(()),
        },
    };
}

fn write_text(out: &mut String, text: &Text) {
    let (x, y) = (number(text.x), number(text.y));
    let _ = write!(
        out,
        "<text x=\"{x}\" y=\"{y}\" font-size=\"{}\"{}",
        number(text.size),
        painted("fill", 'f', text.paint)
    );
    match text.anchor {
        Anchor::Start => {}
        Anchor::Middle => out.push_str(" text-anchor=\"middle\""),
        Anchor::End => out.push_str(" text-anchor=\"end\""),
    }
    if text.bold {
        out.push_str(" font-weight=\"700\"");
    }
    if text.upright {
        let _ = write!(out, " transform=\"rotate(-90 {x} {y})\"");
    }
    out.push('>');
    if let Some(whole) = &text.whole {
        let _ = write!(out, "<title>{}</title>", html(whole));
    }
    let _ = write!(out, "{}</text>", html(&text.words));
}

fn write_opacity(out: &mut String, opacity: f64) {
    if opacity < 1.0 {
        let _ = write!(out, " opacity=\"{}\"", number(opacity));
    }
}

fn painted(attribute: &str, prefix: char, paint: Paint) -> String {
    match paint {
        Paint::Role(role) => format!(" class=\"{prefix}-{}\"", role.name()),
        Paint::Fixed(colour) => format!(" {attribute}=\"{}\"", colour.css()),
    }
}

/// Path data; after the first point of a piece relative steps, which are shorter to write.
fn path(pieces: &[Vec<[f64; 2]>], closed: bool) -> String {
    let mut data = String::new();
    for piece in pieces {
        let mut last = [0.0, 0.0];
        for (i, &[x, y]) in piece.iter().enumerate() {
            let (x, y) = (rounded(x), rounded(y));
            if i == 0 {
                let _ = write!(data, "M{} {}", number(x), number(y));
            } else {
                let _ = write!(data, "l{} {}", number(x - last[0]), number(y - last[1]));
            }
            last = [x, y];
        }
        if closed {
            data.push('z');
        }
    }
    data
}

fn rounded(value: f64) -> f64 {
    if value.is_finite() {
        (value * 100.0).round() / 100.0
    } else {
        0.0
    }
}

/// At most two decimals, without trailing zeros.
fn number(value: f64) -> String {
    let text = format!("{:.2}", rounded(value));
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" {
        "0".into()
    } else {
        text.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theme::Role;

    #[test]
    fn numbers_are_short() {
        for (value, text) in [
            (1.0, "1"),
            (0.5, "0.5"),
            (-0.001, "0"),
            (2.346, "2.35"),
            (f64::NAN, "0"),
            (100.0, "100"),
        ] {
            assert_eq!(number(value), text);
        }
    }

    #[test]
    fn words_are_escaped_everywhere() {
        let evil = "<script>alert('x')</script>\" & more";
        let mut drawing = Drawing::new(10.0, 10.0, evil);
        drawing.text(evil, [0.0, 0.0], 10.0, Anchor::Start, Role::Ink);
        drawing.tipped([0.0; 4], Role::Ink, 1.0, evil.into());
        for svg in [drawing.svg(), drawing.inline_svg()] {
            assert!(!svg.contains("<script"));
            assert!(!svg.contains("\" & more"));
            assert_eq!(
                svg.matches("&lt;script&gt;").count(),
                if svg.starts_with("<?xml") { 4 } else { 3 }
            );
        }
    }
}
