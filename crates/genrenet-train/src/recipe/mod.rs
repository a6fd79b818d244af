//! The words of a recipe.
//!
//! A recipe is a TOML file; unknown keys are errors, and every number is checked with its key in
//! the message. The sections: [`DataSpec`] (`[data]`), the front end (`[front_end]`), `[[inputs]]`
//! ([`genrenet_model::InputSpec`]), `[network]` ([`genrenet_nn::NetworkSpec`]), [`AugmentSpec`]
//! (`[augment]`), [`TrainSpec`] (`[train]`), [`SecondTarget`] (`[second_target]`), [`Distill`]
//! (`[distill]`), [`CalibrateSpec`] (`[calibrate]`).

mod check;
mod load;
mod member;
mod old_names;

pub use check::{BATCH, EPOCHS, VALUES};

use std::collections::BTreeMap;
use std::path::PathBuf;

use genrenet_audio::FrontEnd;
use genrenet_data::SplitRule;
use genrenet_model::{InputSpec, Output};
use genrenet_nn::AverageSpec;
use genrenet_nn::NetworkSpec;
use genrenet_nn::loss::Reduction;
use genrenet_nn::optim::OptimizerSpec;
use genrenet_nn::schedule::ScheduleSpec;
use serde::{Deserialize, Serialize};

/// A whole recipe.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// Short name; the run folder and the bundle are called by it.
    pub name: String,
    /// One or two sentences for the card.
    #[serde(default)]
    pub about: String,
    /// What it learns from.
    #[serde(default)]
    pub data: DataSpec,
    /// The front end; needed where the data set holds audio files, and in a bundle that is to classify audio.
    #[serde(alias = "hears", default, skip_serializing_if = "Option::is_none")]
    pub front_end: Option<FrontEnd>,
    /// The network's inputs, by the names that its branches use.
    pub inputs: Vec<InputSpec>,
    /// The layers. The first head is the genres; its `outputs = 0` means as many as there are genres.
    pub network: NetworkSpec,
    /// How clips are varied.
    #[serde(default)]
    pub augment: AugmentSpec,
    /// How the weights are found.
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

/// `[data]`: which rows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DataSpec {
    /// The data set, as [`genrenet_data::Dataset::open`] takes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<PathBuf>,
    /// Another split than the data set's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub split: Option<SplitRule>,
    /// Only these genres, in this order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub genres: Vec<String>,
    /// As many rows of each genre (drawn with the split's seed).
    pub balanced: bool,
    /// Arrays of other data sets, joined by id; rows that the other one lacks go without.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub join: Vec<JoinSpec>,
    /// Other data sets whose rows are put after these. A row's label then speaks only of the genres that its own data set
    /// label_mask: the others are left out of its loss.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub add: Vec<AddSpec>,
    /// Genres of the added sets that this one would have named too: its labels say that its rows are none of these.
    #[serde(alias = "knows", skip_serializing_if = "Vec::is_empty")]
    pub label_mask: Vec<String>,
}

/// `[[data.add]]`: the rows of another data set, with its own split.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddSpec {
    /// The other data set.
    pub path: PathBuf,
    /// New names for its genres, so that those that mean the same are one.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub rename: BTreeMap<String, String>,
    /// Genres of the other sets that it would have named too: its labels say that its rows are none of these.
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

/// `[augment]`: how clips are varied in training. Zero or `false` leaves a step out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AugmentSpec {
    /// Parameter of the beta distribution of mixup (Zhang et al. 2018); 0 without.
    pub mixup: f32,
    /// Share of the rows that are mixed.
    pub mixup_share: f32,
    /// Share of the rows in which a run of frames comes from another clip, with the label in proportion (CutMix along time).
    pub cutmix: f32,
    /// Number of time masks (SpecAugment, Park et al. 2019).
    pub time_masks: usize,
    /// Largest width of a time mask, in frames.
    pub time_width: usize,
    /// Number of band masks.
    pub band_masks: usize,
    /// Largest width of a band mask, in bands.
    pub band_width: usize,
    /// Number of rectangles that are blanked (cutout, DeVries and Taylor 2017).
    pub cutouts: usize,
    /// Largest side of a rectangle, as a share of each side.
    pub cutout_size: f32,
    /// Whether the clip is rolled in time by a random number of frames.
    pub roll: bool,
    /// Random gain of at most this many dB up or down (before the floor of the level range).
    pub gain_db: f32,
    /// Random tilt: at most this many dB from the middle to each end of the bands.
    pub tilt_db: f32,
    /// Random smooth equaliser: standard deviation in dB of its eight nodes.
    pub equalizer_db: f32,
    /// Share of the rows that lose their top bands, as a low bit rate does.
    pub low_pass: f32,
    /// The least share of bands that a low-pass leaves.
    pub low_pass_least: f32,
    /// Random shift of the bands by at most this many (a change of pitch).
    pub shift_bands: usize,
    /// Random stretching of time by at most this share.
    pub stretch: f32,
    /// Uniform noise of half a step of an array that was rounded to 32 levels of 80 dB.
    pub level_noise: bool,
    /// Whether a random frame of each cell of the window is read, where the array holds more frames than the network reads.
    pub jitter_frames: bool,
    /// Standard deviation of noise added to scaled vectors (values, statistics).
    pub value_noise: f32,
    /// Share of scaled vectors' values that are set to 0, the mean (dropout of inputs, without scaling up).
    pub value_dropout: f32,
    /// Standard deviation of noise added to scaled MFCC.
    pub mfcc_noise: f32,
    /// Share of the rows in which an optional input is withheld (modality dropout).
    pub drop_inputs: f32,
    /// Share of the run's end without mixup and cutmix.
    pub clean_end: f32,
}

impl Default for AugmentSpec {
    fn default() -> Self {
        AugmentSpec {
            mixup: 0.0,
            mixup_share: 1.0,
            cutmix: 0.0,
            time_masks: 0,
            time_width: 16,
            band_masks: 0,
            band_width: 16,
            cutouts: 0,
            cutout_size: 0.25,
            roll: false,
            gain_db: 0.0,
            tilt_db: 0.0,
            equalizer_db: 0.0,
            low_pass: 0.0,
            low_pass_least: 0.6,
            shift_bands: 0,
            stretch: 0.0,
            level_noise: false,
            jitter_frames: false,
            value_noise: 0.0,
            value_dropout: 0.0,
            mfcc_noise: 0.0,
            drop_inputs: 0.0,
            clean_end: 0.0,
        }
    }
}

/// The loss of the genres.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Loss {
    /// Of a softmax over the genres.
    #[default]
    CrossEntropy,
    /// Of one sigmoid, for two genres.
    BinaryCrossEntropy,
    /// Squared error of one sigmoid (or of the softmax) against 0 and 1.
    MeanSquaredError,
}

/// What decides which epoch is the best.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Monitor {
    /// Top-1 on validation.
    #[default]
    Accuracy,
    /// Log loss on validation: less noisy than counting.
    Loss,
    /// Macro-F1 on validation.
    MacroF1,
}

/// Which epoch's weights are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Keep {
    /// The best one on validation.
    #[default]
    Best,
    /// The last one: validation rows then have no say, and their figures are honest.
    Last,
}

/// In which order the rows of an epoch come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shuffle {
    /// In another order in each epoch.
    #[default]
    EachEpoch,
    /// In one drawn order, the same in every epoch: batches never change (the origin's CNN learned from a random split that
    /// was not shuffled again).
    Once,
    /// In the order of the data set.
    Never,
}

/// Weights of genres in the loss.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClassWeights {
    /// Every row counts the same.
    #[default]
    None,
    /// Every genre counts the same.
    Balanced,
    /// Between both: by the root.
    Root,
}

/// Where the first weights come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Initialiser {
    /// PyTorch's defaults per layer.
    #[default]
    Pytorch,
    /// All from N(0, 1), as the origin's hand-made network.
    Normal,
}

/// `[train]`: how the weights are found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainSpec {
    /// How the first head is read.
    #[serde(default)]
    pub output: Output,
    /// The loss.
    #[serde(default)]
    pub loss: Loss,
    /// Whether a squared error's gradient is the mean over the batch or the sum.
    #[serde(default)]
    pub reduction: Reduction,
    /// The optimiser with its base learning rate.
    pub optimizer: OptimizerSpec,
    /// How the learning rate moves.
    #[serde(default)]
    pub schedule: ScheduleSpec,
    /// Times through the training rows.
    pub epochs: usize,
    /// Rows of a step.
    pub batch: usize,
    /// Seed of first weights, order, augmentation and dropout.
    #[serde(default = "first_seed")]
    pub seed: u64,
    /// Several seeds: one run each, reported with mean and interval.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seeds: Vec<u64>,
    /// In which order rows come.
    #[serde(default)]
    pub shuffle: Shuffle,
    /// Mass that is moved from the label to all genres.
    #[serde(default)]
    pub label_smoothing: f32,
    /// Weights of genres in the loss.
    #[serde(default)]
    pub class_weights: ClassWeights,
    /// Epochs without improvement after which it stops; never where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patience: Option<usize>,
    /// What decides which epoch is best; of equal ones that with the lowest validation loss, of those the first.
    #[serde(default)]
    pub monitor: Monitor,
    /// Which epoch is kept.
    #[serde(default)]
    pub keep: Keep,
    /// A running average of the weights, which is validated and kept in their place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub average: Option<AverageSpec>,
    /// Whether batch-norm statistics are measured anew for averaged weights at the end.
    #[serde(alias = "remeasure", default)]
    pub re_estimate_batch_norm: bool,
    /// Where the first weights come from.
    #[serde(alias = "first_weights", default)]
    pub initialiser: Initialiser,
    /// A bundle (a folder, or the name of a model inside the program) whose weights are taken over where name and shape agree
    /// (transfer from another task).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_from: Option<PathBuf>,
    /// Learn on the validation rows as well (for a final model; needs `keep = "last"`).
    #[serde(default)]
    pub with_validation: bool,
}

fn first_seed() -> u64 {
    1
}

/// How far a second target is from its prediction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecondLoss {
    /// Mean squared error of the standardised target.
    #[default]
    MeanSquaredError,
    /// One minus the cosine between prediction and standardised target.
    Cosine,
}

/// `[second_target]`: an array that a second head learns to tell (a teacher, in training only).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecondTarget {
    /// The array's name, `"vggish"`.
    pub array: String,
    /// Its weight beside the genres' loss.
    pub weight: f32,
    /// How the distance is measured.
    #[serde(default)]
    pub loss: SecondLoss,
}

/// `[distill]`: probabilities of other models that the network learns beside the labels.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Distill {
    /// Teachers: bundles (folders, or names of built-in models) whose mean probabilities are learned; each reads the clip without augmentation.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub bundles: Vec<PathBuf>,
    /// An `.npz` with `id` (or `track_id`) and `probabilities` `[n, genres]`, for instance predicted out of fold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub soft_targets: Option<PathBuf>,
    /// Share of the teacher in the target, 0–1.
    pub weight: f32,
    /// The teacher's probabilities are flattened by it.
    pub temperature: f32,
}

/// `[calibrate]`: what "unsure" means.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CalibrateSpec {
    /// The precision that answers above the threshold must have on the calibration rows.
    pub precision: f32,
}

impl Default for CalibrateSpec {
    fn default() -> Self {
        CalibrateSpec { precision: 0.8 }
    }
}
