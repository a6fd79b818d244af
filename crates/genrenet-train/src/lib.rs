//! Training of genre networks from recipes.
//!
//! A [`Recipe`] (`configs/*.toml`) defines the features, the network, augmentation and optimisation. [`train()`] trains on a
//! [`genrenet_data::Dataset`] and writes a run folder: the resolved recipe, the bundle, the history, the environment and
//! checkpoints to resume from.
//!
//! # Example
//! ```
//! use genrenet_train::Recipe;
//!
//! let text = r#"
//!     name = "example"
//!     inputs = [{ name = "values", source = "values", layout = "vector", scaling = { kind = "standard" } }]
//!     [network]
//!     branches = [{ input = "values", layers = [] }]
//!     trunk = [{ kind = "dense", units = 8 }, { kind = "relu" }]
//!     heads = [{ name = "genre", outputs = 0 }]
//!     [train]
//!     optimizer = { kind = "adamw", lr = 0.01 }
//!     epochs = 20
//!     batch = 8
//! "#;
//! let recipe = Recipe::parse(text, "example.toml", &["train.epochs=2".into()])?;
//! assert_eq!(recipe.train.epochs, 2);
//! let error = Recipe::parse(text, "example.toml", &["train.epochs=0".into()]).unwrap_err();
//! assert_eq!(error.to_string(), "train.epochs = 0: expected 1 to 100000");
//! # Ok::<(), genrenet_train::TrainError>(())
//! ```
//!
//! # Modules
//! * [`recipe`]: recipes, each value checked; `--set key=value`.
//! * [`augment`]: gain, tilt, low-pass, roll, masks, mixup.
//! * [`rows`], [`batch`], [`feeder`]: batches in a fixed order, prepared on another thread.
//! * [`objective`]: the loss, with soft targets, partial labels and a second target.
//! * [`data`]: data sets with the genres, split and balance of a recipe.
//! * [`checks`]: checks of the data before the first step.
//! * [`run`]: the loop; [`checkpoint`] and [`resume`](RunOptions::resume); [`history`],
//!   [`tensorboard`], [`environment`]: the files of a run folder.
//! * [`predict`]: probabilities of a bundle for rows; [`mod@evaluate`]: metrics of a bundle on a data set; [`calibrate`]: temperature and threshold.
//! * [`learned`]: rows that a bundle learned are not evaluated.
//! * [`combine`]: calibration and card of a bundle of several networks.
//! * [`folds`], [`seeds`]: several runs and their mean with an interval.
//! * [`heads`]: linear classifiers on the embeddings of a frozen network; [`head_or_network`]: whether a network from scratch is better.
//! * [`lr_finder`]: the learning-rate range test.
#![deny(clippy::print_stdout, clippy::print_stderr)]
#![cfg_attr(not(test), deny(clippy::disallowed_methods))]

pub mod augment;
pub mod backbone;
pub mod batch;
pub mod calibrate;
pub mod checkpoint;
pub mod checks;
pub mod combine;
pub mod data;
pub mod environment;
pub mod error;
pub mod evaluate;
pub mod feeder;
pub mod folds;
pub mod head_or_network;
pub mod heads;
pub mod history;
pub mod leaks;
pub mod learned;
pub mod lr_finder;
pub mod objective;
pub mod observer;
pub mod open_bundle;
mod origin;
pub mod predict;
pub mod recipe;
pub mod rows;
pub mod run;
pub mod seeds;
mod several_genres;
pub mod soft_targets;
pub mod tensorboard;

pub use error::{ChangeError, TrainError};
pub use evaluate::{Evaluation, GenreScore, evaluate};
pub use folds::{FoldsResult, train_folds};
pub use learned::OnLearned;
pub use lr_finder::{LearningRates, find_learning_rate};
pub use observer::{EpochReport, Observer, Quiet, Stop};
pub use open_bundle::OpenBundle;
pub use recipe::Recipe;
pub use run::{RunOptions, RunResult, train};
pub use seeds::{SeedsResult, train_seeds};
