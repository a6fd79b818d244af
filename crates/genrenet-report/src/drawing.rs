//! A picture as a list of shapes, which becomes SVG for pages and PNG for everything else.

use genrenet_text::visible;

use crate::bitmap::Bitmap;
use crate::colour::Rgb;
use crate::font;
use crate::theme::Role;
use crate::words::Words;

/// A colour by its role, so that it follows the theme, or as it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Paint {
    /// The colour of a role.
    Role(Role),
    /// The same colour in both themes.
    Fixed(Rgb),
}

impl From<Role> for Paint {
    fn from(role: Role) -> Paint {
        Paint::Role(role)
    }
}

impl From<Rgb> for Paint {
    fn from(colour: Rgb) -> Paint {
        Paint::Fixed(colour)
    }
}

/// Where a text stands relative to its point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    /// It begins there.
    Start,
    /// It is centred there.
    Middle,
    /// It ends there.
    End,
}

/// A text in a picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Text {
    /// The words, not escaped.
    pub words: String,
    /// All of them, where `words` is cut for want of room.
    pub whole: Option<String>,
    /// Point of the baseline.
    pub x: f64,
    /// Point of the baseline.
    pub y: f64,
    /// Size of the letters.
    pub size: f64,
    /// Its alignment at the point.
    pub anchor: Anchor,
    /// Colour.
    pub paint: Paint,
    /// Bold or regular.
    pub bold: bool,
    /// Turned by 90° to the left.
    pub upright: bool,
}

/// One shape. Coordinates are in units of the drawing, y pointing down.
#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    /// A filled rectangle with round corners.
    Box {
        /// Left, top, width, height.
        at: [f64; 4],
        /// Radius of the corners.
        radius: f64,
        /// Colour.
        fill: Paint,
        /// 0 is clear, 1 is solid.
        opacity: f64,
        /// What a pointer over it shows; may be empty.
        tip: String,
    },
    /// Connected lines, several pieces allowed.
    Lines {
        /// The pieces.
        pieces: Vec<Vec<[f64; 2]>>,
        /// Colour.
        stroke: Paint,
        /// Width of the line.
        width: f64,
        /// Length of dashes and gaps, 0 for none.
        dash: f64,
    },
    /// Filled areas.
    Areas {
        /// The outlines, each closed.
        outlines: Vec<Vec<[f64; 2]>>,
        /// Colour.
        fill: Paint,
        /// 0 is clear, 1 is solid.
        opacity: f64,
    },
    /// A text.
    Text(Text),
    /// A picture of pixels.
    Pixels {
        /// Left, top, width, height.
        at: [f64; 4],
        /// The pixels.
        bitmap: Bitmap,
    },
}

/// A picture: its size, its shapes from back to front, and what it shows in words.
#[derive(Debug, Clone, PartialEq)]
pub struct Drawing {
    /// Width in units (pixels at scale 1).
    pub width: f64,
    /// Height in units.
    pub height: f64,
    /// What it shows, in a sentence or two, for who cannot see it.
    pub alt: String,
    /// The shapes.
    pub shapes: Vec<Shape>,
}

impl Drawing {
    /// An empty picture.
    pub fn new(width: f64, height: f64, alt: impl Into<String>) -> Drawing {
        Drawing {
            width,
            height,
            alt: visible(&alt.into()).into_owned(),
            shapes: Vec::new(),
        }
    }

    /// Adds a rectangle.
    pub(crate) fn rectangle(&mut self, at: [f64; 4], fill: impl Into<Paint>, opacity: f64) {
        self.tipped(at, fill, opacity, String::new());
    }

    /// Adds a rectangle with a tooltip.
    pub(crate) fn tipped(
        &mut self,
        at: [f64; 4],
        fill: impl Into<Paint>,
        opacity: f64,
        tip: String,
    ) {
        self.shapes.push(Shape::Box {
            at,
            radius: 0.0,
            fill: fill.into(),
            opacity,
            tip: visible(&tip).into_owned(),
        });
    }

    /// Adds a straight line.
    pub(crate) fn line(
        &mut self,
        from: [f64; 2],
        to: [f64; 2],
        stroke: impl Into<Paint>,
        width: f64,
    ) {
        self.lines(vec![vec![from, to]], stroke, width, 0.0);
    }

    /// Adds a thin frame around left, top, width, height: pixels as dark as the page, or as light, end somewhere.
    pub(crate) fn frame(&mut self, [left, top, width, height]: [f64; 4], stroke: impl Into<Paint>) {
        let (right, bottom) = (left + width, top + height);
        let corners = vec![
            [left, top],
            [right, top],
            [right, bottom],
            [left, bottom],
            [left, top],
        ];
        self.lines(vec![corners], stroke, 1.0, 0.0);
    }

    /// Adds connected lines.
    pub(crate) fn lines(
        &mut self,
        pieces: Vec<Vec<[f64; 2]>>,
        stroke: impl Into<Paint>,
        width: f64,
        dash: f64,
    ) {
        self.shapes.push(Shape::Lines {
            pieces,
            stroke: stroke.into(),
            width,
            dash,
        });
    }

    /// Adds filled outlines.
    pub(crate) fn areas(
        &mut self,
        outlines: Vec<Vec<[f64; 2]>>,
        fill: impl Into<Paint>,
        opacity: f64,
    ) {
        self.shapes.push(Shape::Areas {
            outlines,
            fill: fill.into(),
            opacity,
        });
    }

    /// Adds a text of regular weight.
    pub(crate) fn text(
        &mut self,
        words: impl Into<Words>,
        at: [f64; 2],
        size: f64,
        anchor: Anchor,
        paint: impl Into<Paint>,
    ) {
        let Words { shown, whole } = words.into();
        self.shapes.push(Shape::Text(Text {
            words: visible(&shown).into_owned(),
            whole: whole.map(|whole| visible(&whole).into_owned()),
            x: at[0],
            y: at[1],
            size,
            anchor,
            paint: paint.into(),
            bold: false,
            upright: false,
        }));
    }

    /// Adds a bold text.
    pub(crate) fn bold(
        &mut self,
        words: impl Into<Words>,
        at: [f64; 2],
        size: f64,
        anchor: Anchor,
        paint: impl Into<Paint>,
    ) {
        self.text(words, at, size, anchor, paint);
        if let Some(Shape::Text(text)) = self.shapes.last_mut() {
            text.bold = true;
        }
    }

    /// Adds a text that runs upwards.
    pub(crate) fn upright(
        &mut self,
        words: impl Into<Words>,
        at: [f64; 2],
        size: f64,
        anchor: Anchor,
        paint: impl Into<Paint>,
    ) {
        self.text(words, at, size, anchor, paint);
        if let Some(Shape::Text(text)) = self.shapes.last_mut() {
            text.upright = true;
        }
    }

    /// Adds pixels.
    pub(crate) fn pixels(&mut self, at: [f64; 4], bitmap: Bitmap) {
        self.shapes.push(Shape::Pixels { at, bitmap });
    }
}

impl Text {
    /// The box that the text fills: left, top, right, bottom.
    pub fn bounds(&self) -> [f64; 4] {
        let width = font::width(&self.words, self.size, self.bold);
        let before = match self.anchor {
            Anchor::Start => 0.0,
            Anchor::Middle => 0.5 * width,
            Anchor::End => width,
        };
        let (rise, fall) = (0.8 * self.size, 0.22 * self.size);
        if self.upright {
            [
                self.x - rise,
                self.y + before - width,
                self.x + fall,
                self.y + before,
            ]
        } else {
            [
                self.x - before,
                self.y - rise,
                self.x - before + width,
                self.y + fall,
            ]
        }
    }
}
