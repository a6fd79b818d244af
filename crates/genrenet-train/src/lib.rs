//! Training of genre networks from recipes.
//!
//! A [`Recipe`] (`configs/*.toml`) says which arrays a network reads, its layers, how clips are
//! varied in training, and how the weights are found. [`train()`] follows it on a
//! [`genrenet_data::Dataset`] and leaves a run folder: the resolved recipe, the bundle, the history,
//! the environment and checkpoints from which it can go on.
//!
//! # A tour
//! * [`recipe`]: the words of a recipe, each value checked; `--set key=value`.
//! * [`augment`]: gain, tilt, low-pass, roll, masks, mixup.
//! * [`batch`], [`feeder`]: batches in a fixed order, prepared beside the training.
//! * [`objective`]: the loss, with soft targets, partial labels and a second target.
//! * [`data`]: the genres, split and balance that a recipe asks for.
//! * [`checks`]: what is refused before the first step.
//! * [`run`]: the loop; [`checkpoint`] and [`resume`](RunOptions::resume); [`history`],
//!   [`tensorboard`], [`environment`]: what a run leaves.
//! * [`mod@evaluate`]: figures of a bundle on a data set; [`calibrate`]: temperature and threshold.
//! * [`learned`]: rows that a bundle learned are not measured.
//! * [`folds`], [`seeds`]: several runs and their mean with an interval.
//! * [`lr_finder`]: the learning rate at which a network starts to learn, and at which it breaks.
#![deny(clippy::print_stdout, clippy::print_stderr)]
#![cfg_attr(not(test), deny(clippy::disallowed_methods))]

pub mod augment;
pub mod batch;
pub mod calibrate;
pub mod checkpoint;
pub mod checks;
pub mod data;
pub mod environment;
pub mod error;
pub mod evaluate;
pub mod feeder;
pub mod folds;
pub mod history;
pub mod learned;
pub mod lr_finder;
pub mod objective;
pub mod observer;
pub mod recipe;
pub mod run;
pub mod seeds;
pub mod soft_targets;
pub mod tensorboard;

pub use error::TrainError;
pub use evaluate::{Evaluation, GenreScore, evaluate};
pub use folds::{FoldsResult, train_folds};
pub use learned::OnLearned;
pub use lr_finder::{LearningRates, find_learning_rate};
pub use observer::{EpochReport, Observer, Quiet, Stop};
pub use recipe::Recipe;
pub use run::{OpenBundle, RunOptions, RunResult, train};
pub use seeds::{SeedsResult, train_seeds};
