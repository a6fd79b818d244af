//! Tables, splits and feature stores of music genre data sets.
//!
//! # Overview
//! A [`Dataset`] is a list of [`Row`]s (id, genre, subset, group) and [`Array`]s of features. [`Dataset::open`]
//! reads the usual layouts: arrays beside a table (FMA-small, GTZAN), EchoNest tables, folders of genre folders of
//! audio files, manifests, archives of numbers. Faults that can be tolerated are counted and named in
//! [`Dataset::notes`]; others are a [`DataError`] that names file, position, what was expected and what was found.
//!
//! - `split`: a [`SplitRule`] is a value (official, a file, grouped, random; seed; shares). Groups are never divided.
//! - `split_file`: a [`SplitFile`] gives each row's subset and leaves rows out.
//! - `group`: the criteria of groups: artist, album, folder, neighbouring ids, exact copies.
//! - `lacking`: why subsets lack rows, and what helps.
//! - `fingerprint`: [`Dataset::row_fingerprints`] identify a row; `provenance`: a [`Provenance`] states which rows were learned.
//! - `fold`: [`Dataset::folds`] and [`assign_folds`] for cross-validation, grouped and stratified.
//! - `genre_tree`: genres and their broader ones, for rows of several genres ([`Labels::All`]).
//! - `array`: features in their original element type (`u8` levels, `i8` coefficients, `f32`), decoded row by row.
//! - `select`: parts of a data set, other vocabularies, arrays of another data set, several data sets end to end.
//! - [`audit`]: leaks, conflicting labels, faulty rows, near duplicates.
//! - [`features`]: computing the features of audio files, with a cache (`cache`); [`export`]: writing features for other programs.
//! - [`manifest`]: tables of audio files, read row by row.
//! - [`verify`]: a copy of FMA or GTZAN against what is published.
//! - `layout`, `table`, `npz`, `npy`, `tags`: reading; `names`: names of unknown
//!   artists, genres that differ in spelling only.
//!
//! ```
//! use genrenet_data::{Dataset, OpenOptions, Split};
//!
//! let folder = std::env::temp_dir().join("genrenet-example");
//! std::fs::create_dir_all(&folder)?;
//! let table = folder.join("songs.csv");
//! std::fs::write(&table, "genre,tempo,energy\nRock,120,0.9\nFolk,80,0.2\nRock,130,0.8\nFolk,90,0.3\n")?;
//! let songs = Dataset::open(&table, &OpenOptions::default())?;
//! assert_eq!(songs.genres, ["Folk", "Rock"]);
//! let mut values = [0.0; 2];
//! songs.require_array("values")?.read(0, &mut values)?;
//! assert_eq!(values, [120.0, 0.9]);
//! println!("{}: {} rows for training", songs.split, songs.indices(Split::Training).len());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![deny(clippy::print_stdout, clippy::print_stderr)]
#![cfg_attr(not(test), deny(clippy::disallowed_methods))]

mod array;
pub mod audit;
mod cache;
mod collected;
mod columns;
mod dataset;
mod error;
pub mod export;
pub mod features;
mod fingerprint;
mod fold;
mod genre_tree;
mod group;
mod labels;
mod lacking;
mod layout;
pub mod manifest;
mod names;
mod npy;
mod npz;
mod on_disk;
mod provenance;
mod records;
mod select;
mod selection;
mod split;
mod split_file;
mod store;
mod table;
mod tags;
mod text;
pub mod verify;
mod view;

pub use array::Array;
pub use dataset::{DataSource, Dataset, OpenOptions, Row};
pub use error::DataError;
pub use fingerprint::{EMBEDDING, IDENTIFYING_ARRAYS};
pub use fold::assign_folds;
pub use genrenet_files::{is_companion, is_system_folder};
pub use group::NEIGHBOUR_GAP;
pub use labels::Labels;
pub use names::{album as known_album, same_but_for_writing};
pub use npz::Archive;
pub use provenance::Provenance;
pub use records::{RECORD_BYTES, Records};
pub use selection::{Fold, Selection};
pub use split::{Rule, Split, SplitRule};
pub use split_file::{SplitFile, SplitRow, split_file_text};
pub use tags::Tags;
pub use view::band_positions;
