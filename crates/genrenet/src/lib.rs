//! Name the genre of music from its sound: the library that programs embed.
//!
//! ```
//! let model = genrenet::shipped::load("wide")?;
//! // Three seconds of a tone; a path, the bytes of a file or a reader are taken as well.
//! let samples = (0..66_150).map(|i| 0.3 * (0.06 * i as f32).sin()).collect();
//! let sound = genrenet::audio::Samples::new(samples, 1, 22_050)?;
//! let song = genrenet::classify(&model, sound)?;
//! println!("{}", model.genres[song.prediction.ranking[0]]);
//! # assert_eq!(song.seconds, 3.0);
//! # Ok::<(), genrenet::Error>(())
//! ```
//!
//! # What there is
//! - a model: [`shipped::load`] by name, [`shipped::open`] by name or folder, or [`model::Bundle::load_bytes`];
//! - one song: [`classify()`], [`embed`], [`analyse`] (both at once) and [`explain()`] take a path, bytes, a reader or samples ([`Sound`]);
//! - features as librosa computes them: [`features()`];
//! - many songs: [`classify_all`] on all cores, in order, with [`Songs`] to search folders; [`classify_table`] for models of
//!   table values; [`Answer::to_json`] is the JSON that every program of this project writes;
//! - many files of a table, in shards, into Parquet files that survive kills: [`parts`];
//! - own genres: [`taxonomy`] maps a model's genres to a person's;
//! - tags: [`Tagging`] plans what is written into music files; [`library`] writes, verifies and undoes it;
//! - the page of a library: [`LibraryPage`], a map of similar songs and what else a collector wants to see;
//! - an index of a library: [`Scan`] fills and renews it, [`Watch`] as files change; [`library::index`] searches it;
//! - training and evaluation: [`train`] and [`data`], with [`datasets`] to open what a recipe or a run names, and
//!   [`folder_recipe`] for a folder of songs;
//! - [`data_audit`]: faults, duplicates, leaks and suspected labels of a data set;
//! - other runtimes: [`export_onnx`];
//! - the student report of which this project came: [`origin`] trains its networks again;
//! - reports: [`report_context`] gathers what [`report`] draws.
//!
//! Without the default feature `full` there is one song: classify, embed, analyse, explain, features, spectrograms; so it builds for WebAssembly.
//!
//! Nothing here prints, keeps global state, or ends the process. Long work reports to a [`Progress`].
//!
//! # The way of a song
//! file → [`audio`] (decode, features) → [`model`] (networks, calibration) → genres. The crates below have their own
//! documentation: [`audio`], [`nn`], [`metrics`], [`data`], [`model`], [`train`], [`report`].
#![deny(clippy::print_stdout, clippy::print_stderr)]
#![cfg_attr(not(test), deny(clippy::disallowed_methods))]

mod answer;
#[cfg(feature = "full")]
mod answer_columns;
#[cfg(feature = "full")]
mod audit;
mod classify;
#[cfg(feature = "full")]
pub mod data_audit;
#[cfg(feature = "full")]
pub mod datasets;
mod error;
mod explain;
#[cfg(feature = "full")]
mod export;
mod features;
#[cfg(feature = "full")]
mod file_tags;
#[cfg(feature = "full")]
pub mod folder_recipe;
#[cfg(feature = "full")]
mod hit;
#[cfg(feature = "full")]
mod in_order;
#[cfg(feature = "full")]
mod library_page;
#[cfg(feature = "full")]
pub mod origin;
#[cfg(feature = "full")]
pub mod parts;
mod progress;
#[cfg(feature = "full")]
pub mod report_context;
#[cfg(feature = "full")]
mod scan;
#[cfg(feature = "full")]
pub mod search_terms;
pub mod shipped;
#[cfg(feature = "full")]
mod single_thread;
#[cfg(feature = "full")]
mod songs;
mod sound;
mod spectrogram;
#[cfg(feature = "full")]
mod table;
#[cfg(feature = "full")]
mod tagging;
#[cfg(feature = "full")]
pub mod taxonomy;

pub use answer::{Answer, JSON_SCHEMA, Song};
#[cfg(feature = "full")]
pub use answer_columns::AnswerColumns;
#[cfg(feature = "full")]
pub use audit::{Audit, AuditedSong};
#[cfg(feature = "full")]
pub use classify::classify_all;
pub use classify::{Analysis, analyse, classify, embed, reads_sound};
pub use error::Error;
pub use explain::{Explained, along_song, closely_along_song, explain};
#[cfg(feature = "full")]
pub use export::export_onnx;
pub use features::features;
#[doc(inline)]
pub use genrenet_audio as audio;
#[cfg(feature = "full")]
#[doc(inline)]
pub use genrenet_data as data;
#[cfg(feature = "full")]
#[doc(inline)]
pub use genrenet_library as library;
#[doc(inline)]
pub use genrenet_metrics as metrics;
#[doc(inline)]
pub use genrenet_model as model;
#[doc(inline)]
pub use genrenet_nn as nn;
#[doc(inline)]
pub use genrenet_report as report;
#[cfg(feature = "full")]
#[doc(inline)]
pub use genrenet_train as train;
#[cfg(feature = "full")]
pub use hit::FullHit;
#[cfg(feature = "full")]
pub use in_order::in_order;
#[cfg(feature = "full")]
pub use library_page::{LibraryPage, PageSong};
pub use progress::Progress;
#[cfg(feature = "full")]
pub use scan::{
    Change, MODELS_OWN, Scan, ScannedFile, Step, Summary, Watch, Watched, indexed_path,
};
#[cfg(feature = "full")]
pub use single_thread::single_thread_pool;
#[cfg(feature = "full")]
pub use songs::{Found, Songs};
pub use sound::Sound;
pub use spectrogram::{linear_spectrogram, mel_spectrogram};
#[cfg(feature = "full")]
pub use table::classify_table;
#[cfg(feature = "full")]
pub use tagging::{PlannedSong, Tagging};
