//! Genre networks and the bundle they are shipped in.
//!
//! A [`Bundle`] is everything that is needed to name the genre of a song, and nothing else decides
//! how: the features of a song ([`genrenet_audio::FrontEnd`]), how the measured arrays become the
//! inputs of a network ([`Preprocessor`]), the networks themselves ([`Member`]), how sure they may claim
//! to be ([`Calibration`]), and what they were trained on with which figures ([`Card`]).
//!
//! ```
//! use genrenet_model::Calibration;
//!
//! // Logits are divided by the temperature; an answer below the threshold is "unsure".
//! let calibration = Calibration {
//!     temperature: 2.0,
//!     unsure_below: 0.6,
//!     ..Calibration::default()
//! };
//! let mut probabilities = [0.9, 0.1];
//! calibration.apply(&mut probabilities);
//! assert!((probabilities[0] - 0.75).abs() < 1e-6); // 3 : 1, the square root of 9 : 1
//! ```
//!
//! # A tour
//! * [`inputs`]: from a clip's arrays (log-mel in dB, MFCC, statistics, a table's values) to the
//!   tensor that a network reads. There is exactly one such way, [`Preprocessor::prepare`], and training
//!   and classifying both go through it.
//! * [`bundle`]: a folder with `model.toml` (readable), `weights.safetensors` and `CARD.md`;
//!   saved aside and renamed, checked when loaded.
//! * [`predict`]: members averaged, temperature, "unsure"; [`Bundle::analyse`]: a song's prediction and embedding.
//! * [`card`], [`calibration`]: the words and numbers that go with a bundle.
//! * [`learned`]: which rows the networks learned, so that they are never measured on them.
//! * [`explain`]: which parts of a sound spoke for a genre, and how far that can be trusted.
//! * [`onnx`]: the same network for other runtimes.
#![deny(clippy::print_stdout, clippy::print_stderr)]
#![cfg_attr(not(test), deny(clippy::disallowed_methods))]

mod attribute;
pub mod bundle;
pub mod calibration;
pub mod card;
pub mod error;
pub mod explain;
mod genre_map;
mod guard;
pub mod inputs;
pub mod learned;
pub mod onnx;
pub mod predict;
mod song;
mod song_tags;
mod toml_fault;

pub use attribute::{Attribute, AttributeAnswer};
pub use bundle::{Average, Backbone, Bundle, Member, Output, WeightType, found_at};
pub use calibration::Calibration;
pub use card::{Card, Figure};
pub use error::{Cause, ModelError};
pub use explain::{Alignment, Attribution, Faithfulness};
pub use genre_map::{GenreMap, Regrouped};
pub use genrenet_nn::SummaryRow;
pub use guard::{Guard, SegmentSums};
pub use inputs::{
    EmbeddingLayer, FeatureKind, InputSpec, Layout, Preprocessor, Raw, RawArray, Scaling,
    feature_kinds,
};
pub use learned::Learned;
pub use predict::{Prediction, WindowPrediction};
pub use toml_fault::{toml_fault, toml_reason};
