//! How an array becomes an input, as a recipe writes it.

use serde::{Deserialize, Serialize};

use crate::error::ModelError;

/// Where an input comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeatureKind {
    /// Log-mel in dB below the window's maximum, `[bands, frames]`.
    Logmel,
    /// MFCC of the first seconds, `[frames, coefficients]`.
    Mfcc,
    /// Mean and deviation of the MFCC over a clip (`[40]`), a table's.
    MfccStats,
    /// Hand-made statistics, `[n]`, derived from the log-mel and, with `with_mfcc`, from the MFCC
    /// ([`genrenet_audio::statistics`]); no array of its own.
    Stats,
    /// A table's values (eight EchoNest values, 57 librosa statistics), `[n]`.
    Values,
    /// VGGish embedding `[128]`: a teacher in training and a baseline; it can't be computed from audio here.
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
            FeatureKind::Vggish => "vggish",
        }
    }

    /// Whether it can be computed from an audio file.
    pub fn from_audio(self) -> bool {
        matches!(
            self,
            FeatureKind::Logmel | FeatureKind::Mfcc | FeatureKind::Stats
        )
    }

    /// Number of dimensions of its array.
    pub fn dimensions(self) -> usize {
        match self {
            FeatureKind::Logmel | FeatureKind::Mfcc => 2,
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
    /// Image `[bands, frames, channels]`; channels 1, or 2 with `deltas`.
    #[default]
    Image,
    /// Sequence `[frames, features]`; twice the features with `deltas`.
    Sequence,
    /// Sequence with the axes transposed, `[features, frames]`: a fault of the origin, kept for its recipe.
    #[serde(alias = "swapped")]
    Transposed,
    /// Vector `[n]`.
    Vector,
    /// Spectrogram as a colour image, `[height, width, 3]` in B, G, R order, 0–1.
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
    /// Every row, test rows too: the origin's leak, kept for its recipes.
    All,
}

/// How values are brought to a range that a network learns from.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Scaling {
    /// As measured.
    None {},
    /// (x + add) / divide. For a log-mel in dB, add 40 and divide by 20.
    Fixed {
        /// Added first.
        add: f32,
        /// Then divided by.
        divide: f32,
    },
    /// Minus the clip's own mean, divided by its own deviation (+ 1 dB, so that silence stays finite).
    Clip {},
    /// Minus the clip's own mean in each band (or coefficient): what a recording chain adds is taken away.
    ClipBand {
        /// Then divided by.
        divide: f32,
    },
    /// Minus mean, divided by deviation of each band, coefficient or column, fitted on training rows.
    Standard {
        /// Values beyond ± this are brought to it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        clip: Option<f32>,
    },
    /// Rank among the column's distinct values, then divided by the one largest rank of all columns
    /// (as the origin published it; see ORIGIN). A new value takes the rank at which it would be inserted.
    Rank {
        /// The rows whose distinct values are ranked.
        #[serde(default)]
        fit: FitRows,
    },
    /// The normal deviate of the share of training rows below the value, per column: robust to long tails.
    Quantile {},
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
    /// The array it comes from.
    pub source: FeatureKind,
    /// How it is laid out.
    #[serde(default)]
    pub layout: Layout,
    /// How it is scaled.
    pub scaling: Scaling,
    /// Whether the change from frame to frame is given beside the values.
    #[serde(default, skip_serializing_if = "is_false")]
    pub deltas: bool,
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
    /// Height and width of the layout `spectrogram_image`.
    #[serde(alias = "picture", default, skip_serializing_if = "Option::is_none")]
    pub image_size: Option<[usize; 2]>,
}

fn is_false(value: &bool) -> bool {
    !value
}

impl InputSpec {
    /// The measured arrays that this input reads.
    pub fn reads(&self) -> Vec<FeatureKind> {
        match self.source {
            FeatureKind::Stats if self.with_mfcc => vec![FeatureKind::Logmel, FeatureKind::Mfcc],
            FeatureKind::Stats => vec![FeatureKind::Logmel],
            source => vec![source],
        }
    }

    /// Refuses impossible values; `key` is the prefix for the message.
    pub fn check(&self, key: &str) -> Result<(), ModelError> {
        if self.name.is_empty() {
            return Err(ModelError::value(format!("{key}.name"), "\"\"", "a name"));
        }
        let flat = self.source.dimensions() == 1;
        if flat && self.layout != Layout::Vector {
            return Err(ModelError::value(
                format!("{key}.layout"),
                format!("{:?}", self.layout).to_lowercase(),
                format!("\"vector\", as {} is one row of values", self.source),
            ));
        }
        if flat && (self.deltas || self.frames.is_some()) {
            let (name, value) = if self.deltas {
                ("deltas", "true".to_string())
            } else {
                ("frames", format!("{:?}", self.frames.unwrap_or(0)))
            };
            return Err(ModelError::value(
                format!("{key}.{name}"),
                value,
                format!("none, as {} has no frames", self.source),
            ));
        }
        if self.deltas && !matches!(self.layout, Layout::Image | Layout::Sequence) {
            return Err(ModelError::value(
                format!("{key}.deltas"),
                true,
                "false, or the layout \"image\" or \"sequence\"",
            ));
        }
        if let Some([first, end]) = self.bands
            && first >= end
        {
            return Err(ModelError::value(
                format!("{key}.bands"),
                format!("[{first}, {end}]"),
                "first below end",
            ));
        }
        if self.with_mfcc && self.source != FeatureKind::Stats {
            return Err(ModelError::value(
                format!("{key}.with_mfcc"),
                true,
                "false: only the source \"stats\" has it",
            ));
        }
        if let Some(frames) = self.frames
            && !(1..=FRAMES).contains(&frames)
        {
            let expected = format!("1 to {FRAMES}");
            return Err(ModelError::value(format!("{key}.frames"), frames, expected));
        }
        match (self.layout, self.image_size) {
            (Layout::SpectrogramImage, None) => {
                return Err(ModelError::value(
                    format!("{key}.image_size"),
                    "nothing",
                    "[height, width]",
                ));
            }
            (Layout::SpectrogramImage, Some([height, width]))
                if !(16..=4096).contains(&height) || !(16..=4096).contains(&width) =>
            {
                return Err(ModelError::value(
                    format!("{key}.image_size"),
                    format!("[{height}, {width}]"),
                    "16 to 4096 each",
                ));
            }
            (Layout::SpectrogramImage, Some(_)) if self.source != FeatureKind::Logmel => {
                return Err(ModelError::value(
                    format!("{key}.layout"),
                    "image_size",
                    "another one: only a log-mel is made an image",
                ));
            }
            (layout, Some(_)) if layout != Layout::SpectrogramImage => {
                return Err(ModelError::value(
                    format!("{key}.image_size"),
                    "given",
                    "none, or layout = \"spectrogram_image\"",
                ));
            }
            _ => {}
        }
        match self.scaling {
            Scaling::Fixed { add, divide } => {
                if !add.is_finite() {
                    return Err(ModelError::value(
                        format!("{key}.scaling.add"),
                        add,
                        "a number",
                    ));
                }
                if !(divide.is_finite() && divide != 0.0) {
                    return Err(ModelError::value(
                        format!("{key}.scaling.divide"),
                        divide,
                        "a number other than 0",
                    ));
                }
            }
            Scaling::ClipBand { divide } if !(divide.is_finite() && divide > 0.0) => {
                return Err(ModelError::value(
                    format!("{key}.scaling.divide"),
                    divide,
                    "a number above 0",
                ));
            }
            Scaling::Standard { clip: Some(clip) } if !(clip.is_finite() && clip > 0.0) => {
                return Err(ModelError::value(
                    format!("{key}.scaling.clip"),
                    clip,
                    "a number above 0",
                ));
            }
            Scaling::Clip {} | Scaling::ClipBand { .. } if flat => {
                return Err(ModelError::value(
                    format!("{key}.scaling.kind"),
                    "clip",
                    "\"standard\", \"quantile\", \"rank\", \"fixed\" or \"none\" for values",
                ));
            }
            Scaling::Rank { .. } | Scaling::Quantile {} if !flat => {
                return Err(ModelError::value(
                    format!("{key}.scaling.kind"),
                    "rank or quantile",
                    "another kind: only columns of values have ranks",
                ));
            }
            _ => {}
        }
        Ok(())
    }
}
