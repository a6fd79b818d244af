//! Drawings as PNG files.

use tiny_skia::{
    Color, FillRule, FilterQuality, LineJoin, Paint as SkiaPaint, PathBuilder, Pixmap, PixmapPaint,
    PremultipliedColorU8, Rect, Stroke, StrokeDash, Transform,
};

use crate::bitmap::{Bitmap, checked_size};
use crate::colour::Rgb;
use crate::drawing::{Anchor, Drawing, Paint, Shape, Text};
use crate::error::ReportError;
use crate::font;
use crate::theme::{Role, Theme};

impl Drawing {
    /// As a PNG file in a theme, `scale` pixels to a unit (2 for sharp screens and print).
    ///
    /// # Errors
    /// [`ReportError::Size`] for a width or height below 1 or above 16 384 pixels.
    pub fn png(&self, theme: Theme, scale: f32) -> Result<Vec<u8>, ReportError> {
        self.bitmap(theme, scale)?.png()
    }

    /// As pixels.
    pub fn bitmap(&self, theme: Theme, scale: f32) -> Result<Bitmap, ReportError> {
        let scaled = f64::from(scale);
        let (width, height) = checked_size(self.width * scaled, self.height * scaled)?;
        let Some(mut canvas) = Pixmap::new(width, height) else {
            return Err(ReportError::Size {
                width: width.into(),
                height: height.into(),
            });
        };
        canvas.fill(solid(Role::Surface.colour(theme), 1.0));
        for shape in &self.shapes {
            draw(
                &mut canvas,
                shape,
                theme,
                Transform::from_scale(scale, scale),
            );
        }
        // The canvas is opaque, so its colours are not weighed by opacity.
        Ok(Bitmap {
            width,
            height,
            rgba: canvas.take(),
            smooth: false,
        })
    }
}

fn draw(canvas: &mut Pixmap, shape: &Shape, theme: Theme, transform: Transform) {
    match shape {
        Shape::Box {
            at: [x, y, w, h],
            radius,
            fill,
            opacity,
            ..
        } => {
            let paint = paint(*fill, *opacity, theme);
            if let Some(path) = rounded_box([*x, *y, *w, *h].map(|v| v as f32), *radius as f32) {
                canvas.fill_path(&path, &paint, FillRule::Winding, transform, None);
            }
        }
        Shape::Lines {
            pieces,
            stroke,
            width,
            dash,
        } => {
            let mut pen = PathBuilder::new();
            add(&mut pen, pieces, false);
            let dash = (*dash > 0.0)
                .then(|| StrokeDash::new(vec![*dash as f32; 2], 0.0))
                .flatten();
            let style = Stroke {
                width: *width as f32,
                line_join: LineJoin::Round,
                dash,
                ..Stroke::default()
            };
            if let Some(path) = pen.finish() {
                canvas.stroke_path(&path, &paint(*stroke, 1.0, theme), &style, transform, None);
            }
        }
        Shape::Areas {
            outlines,
            fill,
            opacity,
        } => {
            // One at a time, so that those that overlap darken each other as little as in SVG.
            let mut pen = PathBuilder::new();
            add(&mut pen, outlines, true);
            if let Some(path) = pen.finish() {
                canvas.fill_path(
                    &path,
                    &paint(*fill, *opacity, theme),
                    FillRule::Winding,
                    transform,
                    None,
                );
            }
        }
        Shape::Text(text) => draw_text(canvas, text, theme, transform),
        Shape::Pixels { at, bitmap } => draw_pixels(canvas, *at, bitmap, transform),
    }
}

fn draw_text(canvas: &mut Pixmap, text: &Text, theme: Theme, transform: Transform) {
    let mut pen = PathBuilder::new();
    font::outline(&text.words, text.size, text.bold, &mut pen);
    let Some(path) = pen.finish() else { return };
    let before = match text.anchor {
        Anchor::Start => 0.0,
        Anchor::Middle => 0.5,
        Anchor::End => 1.0,
    } * font::width(&text.words, text.size, text.bold);
    let turn = if text.upright {
        Transform::from_rotate(-90.0)
    } else {
        Transform::identity()
    };
    let place = transform
        .pre_translate(text.x as f32, text.y as f32)
        .pre_concat(turn)
        .pre_translate(-before as f32, 0.0);
    canvas.fill_path(
        &path,
        &paint(text.paint, 1.0, theme),
        FillRule::Winding,
        place,
        None,
    );
}

fn draw_pixels(canvas: &mut Pixmap, [x, y, w, h]: [f64; 4], bitmap: &Bitmap, transform: Transform) {
    let Some(mut pixels) = Pixmap::new(bitmap.width, bitmap.height) else {
        return;
    };
    for (to, from) in pixels
        .pixels_mut()
        .iter_mut()
        .zip(bitmap.rgba.chunks_exact(4))
    {
        let weighed = |v: u8| (u16::from(v) * u16::from(from[3]) / 255) as u8;
        *to = PremultipliedColorU8::from_rgba(
            weighed(from[0]),
            weighed(from[1]),
            weighed(from[2]),
            from[3],
        )
        .unwrap_or(PremultipliedColorU8::TRANSPARENT);
    }
    let style = PixmapPaint {
        quality: if bitmap.smooth {
            FilterQuality::Bilinear
        } else {
            FilterQuality::Nearest
        },
        ..PixmapPaint::default()
    };
    let place = transform.pre_translate(x as f32, y as f32).pre_scale(
        (w / f64::from(bitmap.width)) as f32,
        (h / f64::from(bitmap.height)) as f32,
    );
    canvas.draw_pixmap(0, 0, pixels.as_ref(), &style, place, None);
}

fn rounded_box([x, y, w, h]: [f32; 4], radius: f32) -> Option<tiny_skia::Path> {
    let radius = radius.min(w / 2.0).min(h / 2.0);
    if radius <= 0.0 {
        return Some(PathBuilder::from_rect(Rect::from_xywh(x, y, w, h)?));
    }
    let mut pen = PathBuilder::new();
    pen.move_to(x + radius, y);
    pen.line_to(x + w - radius, y);
    pen.quad_to(x + w, y, x + w, y + radius);
    pen.line_to(x + w, y + h - radius);
    pen.quad_to(x + w, y + h, x + w - radius, y + h);
    pen.line_to(x + radius, y + h);
    pen.quad_to(x, y + h, x, y + h - radius);
    pen.line_to(x, y + radius);
    pen.quad_to(x, y, x + radius, y);
    pen.close();
    pen.finish()
}

fn add(pen: &mut PathBuilder, pieces: &[Vec<[f64; 2]>], closed: bool) {
    for piece in pieces {
        for (i, &[x, y]) in piece.iter().enumerate() {
            if i == 0 {
                pen.move_to(x as f32, y as f32);
            } else {
                pen.line_to(x as f32, y as f32);
            }
        }
        if closed && !piece.is_empty() {
            pen.close();
        }
    }
}

fn solid(Rgb(red, green, blue): Rgb, opacity: f64) -> Color {
    Color::from_rgba8(
        red,
        green,
        blue,
        (opacity.clamp(0.0, 1.0) * 255.0).round() as u8,
    )
}

fn paint(paint: Paint, opacity: f64, theme: Theme) -> SkiaPaint<'static> {
    let colour = match paint {
        Paint::Role(role) => role.colour(theme),
        Paint::Fixed(colour) => colour,
    };
    let mut result = SkiaPaint {
        anti_alias: true,
        ..SkiaPaint::default()
    };
    result.set_color(solid(colour, opacity));
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_has_its_size_and_colours_in_both_themes() {
        let mut drawing = Drawing::new(20.0, 10.0, "a box");
        drawing.rectangle([5.0, 2.0, 10.0, 6.0], Rgb(200, 10, 20), 1.0);
        for theme in [Theme::Light, Theme::Dark] {
            let bitmap = drawing.bitmap(theme, 2.0).unwrap();
            assert_eq!((bitmap.width, bitmap.height), (40, 20));
            let Rgb(red, green, blue) = Role::Surface.colour(theme);
            assert_eq!(bitmap.rgba[..4], [red, green, blue, 255]);
            let middle = (10 * 40 + 20) * 4;
            assert_eq!(bitmap.rgba[middle..middle + 4], [200, 10, 20, 255]);
            assert_eq!(drawing.png(theme, 1.0).unwrap()[..4], *b"\x89PNG");
        }
    }

    #[test]
    fn letters_leave_ink_where_their_bounds_say() {
        let mut drawing = Drawing::new(60.0, 30.0, "letters");
        drawing.text("HH", [30.0, 20.0], 16.0, Anchor::Middle, Role::Ink);
        let bitmap = drawing.bitmap(Theme::Light, 1.0).unwrap();
        let inked: Vec<(usize, usize)> = (0..30)
            .flat_map(|y| (0..60).map(move |x| (x, y)))
            .filter(|&(x, y)| bitmap.rgba[(y * 60 + x) * 4] < 128)
            .collect();
        let Shape::Text(text) = &drawing.shapes[0] else {
            panic!("a text")
        };
        let [left, top, right, bottom] = text.bounds();
        assert!(inked.len() > 30);
        for (x, y) in inked {
            let (x, y) = (x as f64 + 0.5, y as f64 + 0.5);
            assert!(
                left <= x && x <= right && top <= y && y <= bottom,
                "{x} {y}"
            );
        }
    }

    #[test]
    fn monstrous_and_empty_pictures_are_refused() {
        for width in [0.0, -3.0, f64::NAN, f64::INFINITY, 1e9] {
            assert!(matches!(
                Drawing::new(width, 10.0, "").png(Theme::Light, 1.0),
                Err(ReportError::Size { .. })
            ));
        }
    }
}
