//! What a report is given: plain values about runs, nothing about how they were made.
//!
//! Everything that may be lacking is a [`Part`]: it is there, or the reason is. A report with no part at all is still made.

use serde::{Deserialize, Serialize};

/// A piece of a report that may be lacking; then the page says why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part<T> {
    /// The piece.
    Available(T),
    /// Why it is lacking, as the end of a sentence that begins with "Not shown: ".
    Missing(String),
}

impl<T> Part<T> {
    /// The piece, or why it is lacking.
    pub fn as_result(&self) -> Result<&T, &str> {
        match self {
            Part::Available(piece) => Ok(piece),
            Part::Missing(why) => Err(why),
        }
    }

    /// The piece where it is there.
    pub fn available(&self) -> Option<&T> {
        self.as_result().ok()
    }
}

impl<T> Default for Part<T> {
    fn default() -> Self {
        Part::Missing("the run has no record of it".into())
    }
}

/// One run: a network, how it was trained, and what it answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunContext {
    /// Name to tell it from others, e.g. that of its recipe.
    pub name: String,
    /// One sentence about it; may be empty.
    pub about: String,
    /// Names of the genres, in the order of the network's outputs.
    pub genres: Vec<String>,
    /// The task whose published figures it is compared with; see [`crate::published`] for the keys.
    pub task: Option<String>,
    /// The command that made it, if known.
    pub command: Option<String>,
    /// Seed of the run.
    pub seed: Option<u64>,
    /// Which of several runs of one recipe this is, e.g. `seed 1`; `None` for a single run.
    pub part: Option<String>,
    /// The other runs of the recipe, with other seeds or on other folds.
    pub repeats: Vec<Repeat>,
    /// Seconds that training took.
    pub seconds: Option<f64>,
    /// Names and versions of what it was made with (program, system, processor, threads, commit).
    pub versions: Vec<(String, String)>,
    /// The resolved configuration as text (TOML).
    pub config: Part<String>,
    /// The data it was trained on.
    pub data: Part<DataContext>,
    /// Layers of the network.
    pub network: Part<Vec<LayerContext>>,
    /// The epochs of training.
    pub history: Part<History>,
    /// Answers on clips with known genres, most important split first (test before validation).
    pub predictions: Vec<Predictions>,
    /// What was to be measured and has no answers, as a phrase after "Figures" (`on test clips`, `of seed 2`), with the reason.
    pub unmeasured: Vec<(String, String)>,
    /// The clips that its calibration was fitted on, in words.
    pub calibrated_on: Option<String>,
    /// Figures of its card; shown where there are no answers to measure.
    pub claims: Vec<Claim>,
    /// Warnings for users, from its card.
    pub warnings: Vec<String>,
    /// Last hidden layer of clips, for the map (training and test clips, one list each).
    pub hidden: Part<Vec<Hidden>>,
    /// Clips to look at; choose them with [`crate::worst_and_best`].
    pub clips: Part<Vec<ClipContext>>,
}

impl RunContext {
    /// A run of which only the name and the genres are known; every other piece is missing.
    pub fn new(name: impl Into<String>, genres: Vec<String>) -> RunContext {
        RunContext {
            name: name.into(),
            about: String::new(),
            genres,
            task: None,
            command: None,
            seed: None,
            part: None,
            repeats: Vec::new(),
            seconds: None,
            versions: Vec::new(),
            config: Part::default(),
            data: Part::default(),
            network: Part::default(),
            history: Part::default(),
            predictions: Vec::new(),
            unmeasured: Vec::new(),
            calibrated_on: None,
            claims: Vec::new(),
            warnings: Vec::new(),
            hidden: Part::default(),
            clips: Part::default(),
        }
    }
}

/// A figure of a model's card, measured when it was made.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Claim {
    /// The clips, in words.
    pub on: String,
    /// What was measured, e.g. `top-1`.
    pub measure: String,
    /// The figure; a share in 0..=1 unless the measure is an error or a loss.
    pub value: f64,
    /// Its 95 % interval.
    pub interval: Option<[f64; 2]>,
    /// Number of clips.
    pub n: Option<usize>,
}

/// Another run of the same recipe: with another seed, or on another fold.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Repeat {
    /// Which it is, e.g. `seed 2`; the same name in two runs is compared.
    pub name: String,
    /// Seconds that its training took.
    pub seconds: Option<f64>,
    /// The epochs of its training.
    pub history: Part<History>,
    /// Its answers, in the order of the first run's.
    pub predictions: Vec<Predictions>,
}

/// The data a run was made with.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct DataContext {
    /// Name of the data set.
    pub name: String,
    /// Hash of its content.
    pub fingerprint: String,
    /// Rows per split, e.g. `("training", 6394)`.
    pub rows: Vec<(String, u64)>,
    /// The rule by which it was split (official, grouped by artist, random), with its shares and seed where it was drawn, as a phrase.
    pub split_rule: String,
    /// Faults that were counted and named.
    pub notes: Vec<String>,
}

/// One line of the layer summary.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct LayerContext {
    /// Name of the layer.
    pub name: String,
    /// Kind of the layer.
    pub kind: String,
    /// Shape of its output without the batch, e.g. `64 × 64 × 16`.
    pub output: String,
    /// Number of weights.
    pub weights: u64,
    /// Multiplications with addition for one clip.
    pub multiply_adds: u64,
}

/// How training went.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct History {
    /// The epochs in order.
    pub epochs: Vec<Epoch>,
    /// Number of the epoch that was kept.
    pub kept: Option<u32>,
}

/// Figures of one epoch; what was not measured is `None`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Epoch {
    /// Number of the epoch, from 1.
    pub epoch: u32,
    /// Mean training loss, in nats.
    pub training_loss: Option<f64>,
    /// Mean validation loss, in nats.
    pub validation_loss: Option<f64>,
    /// Share of right answers on training clips, 0..=1.
    pub training_accuracy: Option<f64>,
    /// Share of right answers on validation clips, 0..=1.
    pub validation_accuracy: Option<f64>,
}

/// What a network answered for clips whose genre is known.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Predictions {
    /// The split the clips come from, e.g. `test`.
    pub on: String,
    /// Name of each clip, `[n]`; the same name in two runs is the same clip.
    pub ids: Vec<String>,
    /// True genre of each clip, `[n]`, below the number of genres.
    pub labels: Vec<usize>,
    /// Probabilities, row-major `[n, genres]`.
    pub probabilities: Vec<f32>,
    /// Artist or album of each clip, `[n]`; clips of one group are drawn together for intervals.
    pub groups: Option<Vec<u32>>,
}

/// The last hidden layer of clips.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Hidden {
    /// The split the clips come from, e.g. `training`.
    pub on: String,
    /// Clips of the split; more than are drawn where only a part is.
    pub of: usize,
    /// Values per clip.
    pub width: usize,
    /// Values, row-major `[n, width]`.
    pub values: Vec<f32>,
    /// True genre of each clip, `[n]`.
    pub labels: Vec<usize>,
}

/// A clip to look at.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ClipContext {
    /// Its row in the first predictions.
    pub row: usize,
    /// Artist and title as people write them, where they are known; else it is shown by its name in the predictions.
    #[serde(default)]
    pub title: Option<String>,
    /// The spectrogram that the network read.
    pub spectrogram: Part<Spectrogram>,
    /// What decided for the top genre.
    pub explanation: Part<Explanation>,
}

/// How rows of a spectrogram lie in frequency.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "scale", rename_all = "snake_case")]
pub enum Frequencies {
    /// Bands evenly spaced on Slaney's mel scale, as in librosa.
    Mel {
        /// Lowest frequency in Hz.
        low: f32,
        /// Highest frequency in Hz.
        high: f32,
    },
    /// Bins evenly spaced in Hz, from 0.
    Linear {
        /// Frequency of the last bin in Hz.
        high: f32,
    },
}

/// A spectrogram in decibels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Spectrogram {
    /// Levels in dB (0 = loudest), row-major `[bands, frames]`, lowest band first.
    pub db: Vec<f32>,
    /// Number of bands.
    pub bands: usize,
    /// Number of frames.
    pub frames: usize,
    /// Where the bands lie.
    pub frequencies: Frequencies,
    /// Time of its left edge in the song, in seconds.
    pub start: f64,
    /// Its length in seconds.
    pub seconds: f64,
}

/// How much each part of a spectrogram decided for a genre.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Explanation {
    /// The genre that is explained.
    pub genre: String,
    /// How it was measured, as a phrase (occlusion).
    pub method: String,
    /// How well it foretells what the network does, as a phrase (a correlation, areas under curves); may be empty.
    pub faithfulness: String,
    /// Why it should not be trusted, as a sentence; it is written into the picture. `None` where it can be.
    pub caveat: Option<String>,
    /// Weight of each cell for the genre, row-major `[bands, frames]` as in the spectrogram; only ratios count. Below zero
    /// speaks against the genre.
    pub weights: Vec<f32>,
    /// Number of bands.
    pub bands: usize,
    /// Number of frames.
    pub frames: usize,
}

/// Probabilities of the genres in each window of a song, or in each of its segments.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct AlongSong {
    /// Names of the genres.
    pub genres: Vec<String>,
    /// Whether a genre is a tag: several may hold, or none.
    #[serde(default)]
    pub tags: bool,
    /// Whether the windows are single segments of a model that reads segments: what lies between them is drawn as not read.
    #[serde(default)]
    pub segments: bool,
    /// Start of each window in seconds, ascending.
    pub starts: Vec<f64>,
    /// Length of a window in seconds.
    pub window: f64,
    /// Length of the song in seconds.
    pub seconds: f64,
    /// Probabilities, row-major `[windows, genres]`.
    pub probabilities: Vec<f32>,
}
