//! What can go wrong while drawing or writing.

use std::path::PathBuf;

/// Why a picture or a report could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// A picture would be larger than memory should hold.
    #[error("picture: expected 1 to 16384 pixels a side, found {width} × {height}")]
    Size {
        /// Width in pixels.
        width: f64,
        /// Height in pixels.
        height: f64,
    },
    /// A PNG file could not be encoded.
    #[error("PNG: {0}")]
    Png(#[from] png::EncodingError),
    /// A file or folder could not be written.
    #[error("{}: {source}", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}
