//! Images that commands write.

use std::path::Path;

use genrenet::report::{Drawing, Theme};
use genrenet_text::visible_path;

use crate::exit::Failure;

/// The kind of picture that a file's name asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImageFormat {
    /// Pixels, two to a unit.
    Png,
    /// Lines and text that stay sharp.
    Svg,
}

impl ImageFormat {
    /// The format that the ending of a path names.
    pub fn of(path: &Path) -> Result<ImageFormat, Failure> {
        let format = path.extension().map(|e| e.to_ascii_lowercase());
        match format.as_ref().and_then(|e| e.to_str()) {
            Some("png") => Ok(ImageFormat::Png),
            Some("svg") => Ok(ImageFormat::Svg),
            _ => Err(Failure::new(format!(
                "--out {}: expected a name that ends in .png or .svg",
                visible_path(path)
            ))),
        }
    }
}

/// The name of a song as an image's title.
pub fn title(path: &Path) -> String {
    visible_path(path.file_name().map_or(path, Path::new))
}

/// Writes a drawing whole: aside, then renamed.
pub fn write(drawing: &Drawing, path: &Path, format: ImageFormat) -> Result<(), Failure> {
    let bytes = match format {
        ImageFormat::Png => drawing.png(Theme::Light, 2.0)?,
        ImageFormat::Svg => drawing.svg().into_bytes(),
    };
    write_whole(path, &bytes)
}

/// Writes a file aside, then renames it; folders on the way are made.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    genrenet_files::write_whole(path, bytes)
        .map_err(|error| Failure::new(format!("{}: {error}", visible_path(path))))
}
