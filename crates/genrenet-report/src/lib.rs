//! Pictures, HTML and Markdown about genre networks.
//!
//! This crate is given plain values ([`RunContext`]) and draws; it does not depend on how a network is trained. Every picture is a
//! [`Drawing`], which becomes SVG (following the reader's preference for light or dark) or PNG (with letters of its own,
//! so that it looks the same everywhere). A report is one HTML file without script or network, and the same facts as Markdown; the page of
//! a music library is one HTML file with a small script inside.
//!
//! # A tour
//! ```
//! use genrenet_report::{Predictions, Part, RunContext, Theme, report};
//!
//! // Only the name and the genres are needed; what is not given is named as missing, with its reason.
//! let mut run = RunContext::new("cnn-logmel", vec!["Folk".into(), "Rock".into()]);
//! run.history = Part::Missing("the run folder has no history.jsonl".into());
//! run.predictions.push(Predictions {
//!     on: "test".into(),
//!     ids: vec!["a.mp3".into(), "b.mp3".into()],
//!     labels: vec![0, 1],
//!     probabilities: vec![0.9, 0.1, 0.6, 0.4],
//!     groups: None,
//! });
//! let report = report("My first network", &[run]);
//! assert!(report.html.contains("the run folder has no history.jsonl"));
//! assert!(report.markdown.contains("| Folk |"));
//!
//! // Pictures come along.
//! let (name, drawing) = &report.pictures[0];
//! assert_eq!(name, "genres");
//! assert!(drawing.svg().starts_with("<?xml"));
//! assert_eq!(&drawing.png(Theme::Dark, 2.0)?[1..4], b"PNG");
//! # Ok::<(), genrenet_report::ReportError>(())
//! ```
//!
//! # Contents
//! - what a report is given: [`RunContext`] and its [`Part`]s
//! - the report: [`report`], [`Report`], [`published`] figures, [`measure`], [`worst_and_best`], [`compare`]
//! - the page of a music library: [`library_page`], [`LibraryContext`]
//! - pictures of sound: [`spectrogram_drawing`], [`explain_drawing`], [`along_song_drawing`]
//! - pictures of figures: [`loss_drawing`], [`accuracy_drawing`], [`losses_drawing`], [`accuracies_drawing`], [`learning_rate_drawing`], [`figures_drawing`], [`per_genre_drawing`],
//!   [`confusion_drawing`], [`reliability_drawing`], [`genre_map`]
//! - how they are drawn: [`Drawing`], [`Theme`], [`Role`], [`genre_mark`], [`magma`]
#![deny(clippy::print_stdout, clippy::print_stderr)]
#![cfg_attr(not(test), deny(clippy::disallowed_methods))]

mod along_song;
mod bitmap;
mod clip_card;
mod colour;
mod comparison;
mod confusion_matrix;
mod context;
mod curves;
mod curves_of_several;
mod data_audit_page;
mod drawing;
mod error;
mod explain;
mod figures;
mod font;
mod frequency_axis;
mod genre_map;
mod genre_mark;
mod html;
mod learning_rates;
mod legend;
mod library_page;
mod markdown;
mod measured;
mod origin;
mod page;
mod per_genre;
mod plot;
mod published;
mod raster;
mod reliability_diagram;
mod repeated;
mod report;
mod section_clips;
mod section_genres;
mod section_result;
mod section_side_by_side;
mod sections;
mod spectrogram;
mod svg;
mod theme;
mod words;

pub use along_song::along_song_drawing;
pub use bitmap::Bitmap;
pub use colour::{Rgb, magma};
pub use comparison::{Pair, compare};
pub use confusion_matrix::confusion_drawing;
pub use context::{
    AlongSong, Claim, ClipContext, DataContext, Epoch, Explanation, Frequencies, Hidden, History,
    LayerContext, Part, Predictions, Repeat, RunContext, Spectrogram,
};
pub use curves::{accuracy_drawing, loss_drawing};
pub use curves_of_several::{accuracies_drawing, losses_drawing};
pub use data_audit_page::{AuditTable, DataAuditContext, SuspectRow, data_audit_page};
pub use drawing::{Anchor, Drawing, Paint, Shape, Text};
pub use error::ReportError;
pub use explain::explain_drawing;
pub use figures::{Figure, figures_drawing};
pub use genre_map::{GenreMap, genre_map};
pub use genre_mark::{GenreMark, Shape as GenreShape, genre_mark, genre_marks};
pub use learning_rates::learning_rate_drawing;
pub use library_page::{
    DisagreeingSong, FailedSong, GenreCount, LibraryContext, MapSong, library_page,
};
pub use measured::{Measured, measure, worst_and_best};
pub use origin::{OriginNetwork, OriginPage};
pub use per_genre::per_genre_drawing;
pub use published::{Published, published};
pub use reliability_diagram::reliability_drawing;
pub use report::{Report, origin_report, report, report_with};
pub use sections::Advance;
pub use spectrogram::spectrogram_drawing;
pub use theme::{Role, Theme};
