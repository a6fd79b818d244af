//! Pixels, and PNG files of them.

use crate::colour::Rgb;
use crate::error::ReportError;

/// Largest width or height of a picture in pixels.
const LARGEST: f64 = 16_384.0;

/// Pixels in RGBA, row by row from the top.
#[derive(Debug, Clone, PartialEq)]
pub struct Bitmap {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// `4·width·height` bytes: red, green, blue, opacity.
    pub rgba: Vec<u8>,
    /// Whether enlarged pixels blend into each other.
    pub smooth: bool,
}

impl Bitmap {
    /// A bitmap whose pixel at column x, row y (from the top) is `colour(x, y)` with an opacity.
    pub(crate) fn from_fn(
        width: usize,
        height: usize,
        colour: impl Fn(usize, usize) -> (Rgb, u8),
    ) -> Bitmap {
        let mut rgba = Vec::with_capacity(width * height * 4);
        for y in 0..height {
            for x in 0..width {
                let (Rgb(red, green, blue), opacity) = colour(x, y);
                rgba.extend([red, green, blue, opacity]);
            }
        }
        Bitmap {
            width: width as u32,
            height: height as u32,
            rgba,
            smooth: false,
        }
    }

    /// As a PNG file, without the opacity where all is solid.
    pub fn png(&self) -> Result<Vec<u8>, ReportError> {
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, self.width, self.height);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_compression(png::Compression::Best);
        encoder.set_adaptive_filter(png::AdaptiveFilterType::Adaptive);
        if self.rgba.chunks_exact(4).all(|pixel| pixel[3] == 255) {
            encoder.set_color(png::ColorType::Rgb);
            let solid: Vec<u8> = self
                .rgba
                .chunks_exact(4)
                .flat_map(|pixel| [pixel[0], pixel[1], pixel[2]])
                .collect();
            encoder.write_header()?.write_image_data(&solid)?;
        } else {
            encoder.set_color(png::ColorType::Rgba);
            encoder.write_header()?.write_image_data(&self.rgba)?;
        }
        Ok(file)
    }
}

/// Whole pixels of a picture, an error where there are none or too many.
pub(crate) fn checked_size(width: f64, height: f64) -> Result<(u32, u32), ReportError> {
    let (w, h) = (width.ceil(), height.ceil());
    if (1.0..=LARGEST).contains(&w) && (1.0..=LARGEST).contains(&h) {
        Ok((w as u32, h as u32))
    } else {
        Err(ReportError::Size { width, height })
    }
}
