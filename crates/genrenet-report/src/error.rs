//! What can go wrong while measuring, drawing or writing.

use std::path::PathBuf;

use genrenet_metrics::MetricsError;

/// Why something could not be measured, drawn or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// Predictions can't be measured, or points can't be laid out.
    #[error(transparent)]
    Metrics(#[from] MetricsError),
    /// A list of predictions has another length than their labels.
    #[error("{what}: expected {expected}, found {found}")]
    Length {
        /// The list.
        what: &'static str,
        /// Number of labels.
        expected: usize,
        /// Length of the list.
        found: usize,
    },
    /// A label names a genre that does not exist.
    #[error("a clip's genre is number {label}, but there are {genres} genres")]
    Genre {
        /// The label.
        label: usize,
        /// Number of genres.
        genres: usize,
    },
    /// A picture would be larger than memory should hold.
    #[error("picture: expected a width and height of 1 to 16384 pixels, found {width} × {height}")]
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
