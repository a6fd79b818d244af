//! How an array becomes an input, as a recipe writes it.

use serde::{Deserialize, Serialize};

/// The kind of features that an input reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeatureKind {
    /// Log-mel in dB below the window's maximum, `[bands, frames]`.
    Logmel,
    /// MFCC of the first seconds, `[frames, coefficients]`.
    Mfcc,
    /// Mean and deviation of the MFCC over a clip (`[40]`), from a table.
    MfccStats,
    /// Hand-made statistics, `[n]`, derived from the log-mel and, with `with_mfcc`, from the MFCC
    /// ([`genrenet_audio::statistics`]); no array of its own.
    Stats,
    /// A table's values (eight EchoNest values, 57 librosa statistics), `[n]`.
    Values,
    /// Segments of consecutive mel frames ([`genrenet_audio::SegmentSpec`]), `[segments · frames, bands]`.
    Segments,
    /// What a backbone, a network that was trained before and is not changed, makes of the segments: the mean over them of one of its layers, `[n]`.
    Embedding,
    /// VGGish embedding `[128]`, from a table: a teacher in training and a baseline. It is not computed from audio here.
    Vggish,
}

impl FeatureKind {
    /// The array's name in a data set.
    pub fn name(self) -> &'static str {
        match self {
            FeatureKind::Logmel => "logmel",
            FeatureKind::Mfcc => "mfcc",
            FeatureKind::MfccStats => "mfcc_stats",
            FeatureKind::Stats => "stats",
            FeatureKind::Values => "values",
            FeatureKind::Segments => "segments",
            FeatureKind::Embedding => "embedding",
            FeatureKind::Vggish => "vggish",
        }
    }

    /// Whether it can be computed from an audio file.
    pub fn from_audio(self) -> bool {
        matches!(
            self,
            FeatureKind::Logmel
                | FeatureKind::Mfcc
                | FeatureKind::Stats
                | FeatureKind::Segments
                | FeatureKind::Embedding
        )
    }

    /// Number of dimensions of its array.
    pub fn dimensions(self) -> usize {
        match self {
            FeatureKind::Logmel | FeatureKind::Mfcc | FeatureKind::Segments => 2,
            _ => 1,
        }
    }
}

impl std::fmt::Display for FeatureKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// How the scaled array is laid out for the network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Layout {
    /// Image `[bands, frames, 1]`.
    #[default]
    Image,
    /// Sequence `[frames, features]`.
    Sequence,
    /// Sequence with the axes transposed, `[features, frames]`: for the origin's RNN only.
    #[serde(alias = "swapped")]
    Transposed,
    /// Vector `[n]`.
    Vector,
    /// Plot of the spectrogram as a colour image, `[height, width, 3]` in B, G, R order, 0–1: for the origin's CNN only.
    #[serde(alias = "picture")]
    SpectrogramImage,
}

/// The rows that a scaling's statistics are fitted on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FitRows {
    /// Training rows only.
    #[default]
    Training,
    /// Every row, test rows too: the leak of the origin's MLPs, for their recipes only.
    All,
}

/// How values are scaled for the network.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Scaling {
    /// Unscaled.
    None {},
    /// (x + add) / divide. For a log-mel in dB, add 40 and divide by 20.
    Fixed {
        /// Added first.
        add: f32,
        /// Then divided by.
        divide: f32,
    },
    /// Minus the clip's own mean in each band (or coefficient), which removes the frequency response of the recording chain.
    ClipBand {
        /// Then divided by.
        divide: f32,
    },
    /// Minus mean, divided by deviation of each band, coefficient or column, fitted on training rows.
    Standard {
        /// Values beyond ± this are clipped.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        clip: Option<f32>,
    },
    /// Rank among the column's distinct values, divided by the largest rank of all columns: for the origin's MLPs only. A new
    /// value takes the rank at which it would be inserted.
    Rank {
        /// The rows whose distinct values are ranked.
        #[serde(default)]
        fit: FitRows,
    },
    /// The normal deviate of the share of training rows below the value, per column: robust to long tails.
    Quantile {},
}

/// Which layer of a backbone is the embedding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EmbeddingLayer {
    /// The logits of its tags.
    #[default]
    Tags,
    /// The last hidden layer.
    Hidden,
    /// The output of its branch: the pooled channels of a convolutional network.
    Pooled,
}

/// Most frames of an input: three hours at 43 a second.
pub const FRAMES: usize = 1 << 19;
/// Most bands, coefficients or columns of an input.
pub const FEATURES: usize = 1 << 20;

/// One input of a network: which array, scaled and laid out how.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InputSpec {
    /// The name that the network's branch uses.
    pub name: String,
    /// The features that it reads.
    pub source: FeatureKind,
    /// How it is laid out.
    #[serde(default)]
    pub layout: Layout,
    /// How it is scaled.
    pub scaling: Scaling,
    /// Only these bands (or coefficients): first and one past the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bands: Option<[usize; 2]>,
    /// This many frames: of a log-mel, one of each of as many equal cells; of MFCC, the first ones
    /// (a shorter one is repeated).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frames: Option<usize>,
    /// Whether the statistics of the MFCC are joined to those of the log-mel (source `stats` only).
    #[serde(default, skip_serializing_if = "is_false")]
    pub with_mfcc: bool,
    /// The built-in model or the folder of a bundle that makes the embedding (source `embedding` only).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backbone: Option<String>,
    /// Which of its layers is the embedding (source `embedding` only).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layer: Option<EmbeddingLayer>,
    /// Height and width of the layout `spectrogram_image`.
    #[serde(alias = "picture", default, skip_serializing_if = "Option::is_none")]
    pub image_size: Option<[usize; 2]>,
}

fn is_false(value: &bool) -> bool {
    !value
}

impl InputSpec {
    /// An input of all of an array: an image for a log-mel or MFCC, a vector for values.
    pub fn new(name: &str, source: FeatureKind, scaling: Scaling) -> InputSpec {
        InputSpec {
            name: name.to_owned(),
            source,
            layout: match source.dimensions() {
                2 => Layout::Image,
                _ => Layout::Vector,
            },
            scaling,
            bands: None,
            frames: None,
            with_mfcc: false,
            backbone: None,
            layer: None,
            image_size: None,
        }
    }

    /// The feature arrays that this input reads.
    pub fn reads(&self) -> Vec<FeatureKind> {
        match self.source {
            FeatureKind::Stats if self.with_mfcc => vec![FeatureKind::Logmel, FeatureKind::Mfcc],
            FeatureKind::Stats => vec![FeatureKind::Logmel],
            source => vec![source],
        }
    }
}
