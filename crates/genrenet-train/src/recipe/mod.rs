//! The sections and keys of a recipe.
//!
//! A recipe is a TOML file; unknown keys are errors, and every number is checked with its key in the message. The sections:
//! [`DataSpec`] (`[data]`), the front end (`[front_end]`), `[[inputs]]` ([`InputSpec`]), `[network]` ([`NetworkSpec`]),
//! [`AugmentSpec`] (`[augment]`), [`TrainSpec`] (`[train]`), [`SecondTarget`] (`[second_target]`), [`Distill`] (`[distill]`),
//! [`CalibrateSpec`] (`[calibrate]`).

mod augment;
mod check;
mod check_labels;
mod check_solve;
mod load;
mod member;
mod old_names;
mod origin;

pub use augment::AugmentSpec;
pub use check::{BATCH, EPOCHS, VALUES};

use std::collections::BTreeMap;
use std::path::PathBuf;

use genrenet_audio::FrontEnd;
use genrenet_data::{Labels, SplitRule};
use genrenet_model::{InputSpec, Output};
use genrenet_nn::loss::Reduction;
use genrenet_nn::optim::OptimizerSpec;
use genrenet_nn::schedule::ScheduleSpec;
use genrenet_nn::{AverageSpec, NetworkSpec};
use serde::{Deserialize, Serialize};

use crate::heads::{HeadKind, Scaling as HeadScaling};

/// A whole recipe.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// Short name; the run folder and the bundle are called by it.
    pub name: String,
    /// One or two sentences for the card.
    #[serde(default)]
    pub about: String,
    /// The data set, and which of its rows are used.
    #[serde(default)]
    pub data: DataSpec,
    /// The front end; needed where the data set holds audio files, and in a bundle that is to classify audio.
    #[serde(alias = "hears", default, skip_serializing_if = "Option::is_none")]
    pub front_end: Option<FrontEnd>,
    /// The network's inputs, by the names that its branches use.
    pub inputs: Vec<InputSpec>,
    /// The layers. The first head is the genres; its `outputs = 0` means as many as there are genres.
    pub network: NetworkSpec,
    /// Augmentation.
    #[serde(default)]
    pub augment: AugmentSpec,
    /// Loss, optimiser, schedule and length of the training.
    pub train: TrainSpec,
    /// A second target that is predicted from the same hidden layer, in training only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub second_target: Option<SecondTarget>,
    /// Probabilities of other models to learn from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distill: Option<Distill>,
    /// Temperature and threshold.
    #[serde(default)]
    pub calibrate: CalibrateSpec,
}

/// `[data]`: the data set, and which of its rows are used.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DataSpec {
    /// The data set, as [`genrenet_data::Dataset::open`] takes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<PathBuf>,
    /// `"top"`, one genre a row, or `"all"`: every genre of a row with its broader ones, each with a sigmoid of its own
    /// (`train.output = "independent"`, `train.loss = "binary_cross_entropy"`). Genres without a training row are left out.
    #[serde(skip_serializing_if = "is_top")]
    pub labels: Labels,
    /// Another split than the data set's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub split: Option<SplitRule>,
    /// A table with the columns `id`, `split` and `excluded`, as `genrenet data audit --split-out` writes it: each row's subset, and
    /// which rows are left out. In place of `split`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub split_file: Option<PathBuf>,
    /// Whether to train although artists, albums, groups or exact copies are in several subsets, as some published splits have them.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub allow_leaks: bool,
    /// Only these genres, in this order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub genres: Vec<String>,
    /// Whether every genre gets the same number of rows, drawn with `train.seed`.
    pub balanced: bool,
    /// Arrays of other data sets, joined by id; rows whose id is missing there lack the array.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub join: Vec<JoinSpec>,
    /// Other data sets whose rows are appended. A row's label then counts only for the genres of its own data set and those
    /// of that set's `label_mask`; other genres are left out of its loss.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub add: Vec<AddSpec>,
    /// Genres of the added sets that this one would have labelled too: none of its rows belongs to them.
    #[serde(alias = "knows", skip_serializing_if = "Vec::is_empty")]
    pub label_mask: Vec<String>,
}

fn is_top(labels: &Labels) -> bool {
    *labels == Labels::Top
}

/// `[[data.add]]`: the rows of another data set, with its own split.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddSpec {
    /// The other data set.
    pub path: PathBuf,
    /// New names for its genres, to merge genres that mean the same.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub rename: BTreeMap<String, String>,
    /// Genres of the other sets that it would have labelled too: none of its rows belongs to them.
    #[serde(alias = "knows", default, skip_serializing_if = "Vec::is_empty")]
    pub label_mask: Vec<String>,
}

/// `[[data.join]]`: an array of another data set with the same ids.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JoinSpec {
    /// The other data set.
    pub path: PathBuf,
    /// Its array, `"values"`.
    pub array: String,
}

/// The loss of the genres.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Loss {
    /// Cross-entropy of a softmax over the genres.
    #[default]
    CrossEntropy,
    /// Cross-entropy of one sigmoid for two genres, or of a sigmoid for each genre where rows have several.
    BinaryCrossEntropy,
    /// Squared error of one sigmoid (or of the softmax) against 0 and 1.
    MeanSquaredError,
}

/// The validation metric that decides which epoch is best.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Monitor {
    /// Top-1 accuracy.
    #[default]
    Accuracy,
    /// Log loss; less noisy than accuracy.
    Loss,
    /// Macro-F1.
    MacroF1,
    /// Mean average precision, where rows have several genres.
    MeanAveragePrecision,
}

/// Which epoch's weights are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Keep {
    /// The best one by `monitor`.
    #[default]
    Best,
    /// The last one: nothing is chosen on the validation rows, so their figures are unbiased.
    Last,
}

/// The order of the rows in an epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shuffle {
    /// Shuffled anew for each epoch.
    #[default]
    EachEpoch,
    /// Shuffled once: every epoch has the same batches, as the origin's CNN had them.
    Once,
    /// In the order of the data set: for comparison with the origin's CNN.
    Never,
}

/// Weights of genres in the loss.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClassWeights {
    /// Every row has the same weight.
    #[default]
    None,
    /// Every genre has the same total weight: inverse to its number of rows.
    Balanced,
    /// Between both: inverse to the square root of the genre's number of rows.
    Root,
}

/// The initialiser of the weights.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Initialiser {
    /// PyTorch's defaults per layer.
    #[default]
    Pytorch,
    /// All from N(0, 1): for the origin's hand-made network only.
    Normal,
}

/// `train.solve`: a head that is fitted in closed form or to convergence.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SolveSpec {
    /// The kinds that are compared in grouped folds of the training rows, `{ kind = "logistic", c = 0.1 }` or
    /// `{ kind = "discriminant" }`; none: logistic regression with C of 0.01, 0.03, 0.1,
    /// 0.3 and 1, and discriminant analysis. The one that the number of rows suggests is among them in any case.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub candidates: Vec<HeadKind>,
    /// What is done to the columns first: `"as_is"`, or `"standard"` (mean 0, deviation 1).
    pub scaling: HeadScaling,
}

/// `[train]`: loss, optimiser, schedule and length of the training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainSpec {
    /// How the first head becomes probabilities.
    #[serde(default)]
    pub output: Output,
    /// The loss.
    #[serde(default)]
    pub loss: Loss,
    /// Whether a squared error's gradient is the mean over the batch or the sum.
    #[serde(default)]
    pub reduction: Reduction,
    /// The head is solved instead of trained by epochs; all other layers keep their weights (those of a backbone, or of
    /// `start_from`). What only training by steps reads (loss, optimiser, epochs, batch, augmentation, …) is refused beside it.
    /// Without `data.split`, all rows that the data set does not keep out itself are learned: accuracy, temperature and threshold
    /// come from grouped folds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub solve: Option<SolveSpec>,
    /// The optimiser with its base learning rate.
    #[serde(default = "adam_w")]
    pub optimizer: OptimizerSpec,
    /// The schedule of the learning rate.
    #[serde(default)]
    pub schedule: ScheduleSpec,
    /// Passes over the training rows; 0 where the head is solved, and only there.
    #[serde(default)]
    pub epochs: usize,
    /// Rows per step.
    #[serde(default = "batch_32")]
    pub batch: usize,
    /// Seed of the initial weights, the shuffle, augmentation and dropout.
    #[serde(default = "first_seed")]
    pub seed: u64,
    /// Several seeds: one run each, reported with mean and interval.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seeds: Vec<u64>,
    /// The order of the rows in an epoch.
    #[serde(default)]
    pub shuffle: Shuffle,
    /// Probability that is moved from the label to all genres evenly.
    #[serde(default)]
    pub label_smoothing: f32,
    /// Weights of genres in the loss.
    #[serde(default)]
    pub class_weights: ClassWeights,
    /// Epochs without improvement after which training stops early.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patience: Option<usize>,
    /// The validation metric that decides which epoch is best; ties are broken by log loss, then by the earlier epoch.
    #[serde(default)]
    pub monitor: Monitor,
    /// Which epoch's weights are kept.
    #[serde(default)]
    pub keep: Keep,
    /// A running average of the weights, validated and kept in place of the weights.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub average: Option<AverageSpec>,
    /// Whether batch-norm statistics are re-estimated for the kept weights on training rows.
    #[serde(alias = "remeasure", default)]
    pub re_estimate_batch_norm: bool,
    /// The initialiser of the weights.
    #[serde(alias = "first_weights", default)]
    pub initialiser: Initialiser,
    /// A bundle (a folder, or the name of a built-in model) whose weights are copied where name and shape agree (transfer
    /// learning): those of its network, its backbone among them, that has most of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_from: Option<PathBuf>,
    /// Whether to train on the validation rows as well (for a final model; needs `keep = "last"`).
    #[serde(default)]
    pub with_validation: bool,
}

fn adam_w() -> OptimizerSpec {
    OptimizerSpec::adamw(1e-3, 1e-2)
}

fn batch_32() -> usize {
    32
}

fn first_seed() -> u64 {
    1
}

/// The loss of a second target.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecondLoss {
    /// Mean squared error of the standardised target.
    #[default]
    MeanSquaredError,
    /// One minus the cosine between prediction and standardised target.
    Cosine,
}

/// `[second_target]`: an array that a second head learns to predict, in training only.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecondTarget {
    /// The array's name, `"vggish"`.
    pub array: String,
    /// Weight of its loss, which is added to that of the genres.
    pub weight: f32,
    /// Its loss.
    #[serde(default)]
    pub loss: SecondLoss,
}

/// `[distill]`: soft targets, the probabilities of other models, learned together with the labels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Distill {
    /// Teachers: bundles (folders, or names of built-in models) whose mean probabilities are the soft targets, computed without augmentation.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub bundles: Vec<PathBuf>,
    /// An `.npz` with `id` (or `track_id`) and `probabilities` `[n, genres]`, for instance predicted out of fold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub soft_targets: Option<PathBuf>,
    /// Weight of the soft target, 0–1; the label has the rest.
    pub weight: f32,
    /// The temperature that is applied to the teachers' probabilities; above 1 it makes them more even.
    pub temperature: f32,
}

impl Default for Distill {
    fn default() -> Self {
        Distill {
            bundles: Vec::new(),
            soft_targets: None,
            weight: 0.0,
            temperature: 1.0,
        }
    }
}

/// `[calibrate]`: how the threshold of "unsure" is chosen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CalibrateSpec {
    /// The precision that answers at or above the threshold must have on the validation rows.
    pub precision: f32,
}

impl Default for CalibrateSpec {
    fn default() -> Self {
        CalibrateSpec { precision: 0.8 }
    }
}
