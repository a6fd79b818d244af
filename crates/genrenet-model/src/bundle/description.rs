//! `model.toml` as it is written and read.

use std::collections::BTreeMap;

use genrenet_audio::FrontEnd;
use genrenet_nn::NetworkSpec;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::front_ends::{self, Entry, Windows};
use super::{Average, Bundle, FEATURES, FORMAT, Member, Output, WeightType};
use crate::attribute::Attribute;
use crate::calibration::Calibration;
use crate::card::Card;
use crate::error::ModelError;
use crate::guard::Guard;
use crate::inputs::{EmbeddingLayer, InputSpec, Preprocessor};

/// The whole of `model.toml`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Description {
    /// [`FORMAT`].
    pub format: u32,
    /// [`FEATURES`].
    pub features: u32,
    /// The genres.
    pub genres: Vec<String>,
    /// The broader genre of those that have one.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parents: BTreeMap<String, String>,
    /// What is averaged.
    #[serde(default)]
    pub average: Average,
    /// SHA-256 of genres, front end and networks, which must not be edited by hand.
    pub sha256: String,
    /// The weights file.
    pub weights: WeightsFile,
    /// Temperature and threshold; may be edited.
    pub calibration: Calibration,
    /// How a song becomes features, up to format 3.
    #[serde(alias = "hears", default, skip_serializing_if = "Option::is_none")]
    pub front_end: Option<FrontEnd>,
    /// Which windows of a song are used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub windowing: Option<Windows>,
    /// How each kind of feature is computed from a window.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub front_ends: Vec<Entry>,
    /// The model card; may be edited.
    #[serde(default)]
    pub card: Card,
    /// Which rows were learned; absent in version 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub learned: Option<LearnedDescription>,
    /// The frozen network whose layer the networks read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backbone: Option<BackboneDescription>,
    /// The networks.
    pub members: Vec<MemberDescription>,
}

/// A backbone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BackboneDescription {
    /// Name, version and fingerprint of the bundle that it comes from.
    pub name: String,
    #[serde(default)]
    pub version: String,
    pub fingerprint: String,
    /// The terms of its weights.
    #[serde(default)]
    pub license: String,
    /// Notices that have to accompany its weights.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notices: Vec<String>,
    /// The tags, in the order of its logits.
    pub tags: Vec<String>,
    /// The layer that is the embedding.
    pub layer: EmbeddingLayer,
    /// What is said of a song beside its genre.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attributes: Vec<Attribute>,
    /// Which sounds are not music.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guard: Option<Guard>,
    /// Its input.
    pub input: InputDescription,
    /// Its layers.
    pub network: NetworkSpec,
}

/// What was learned, except for the fingerprints, which have a file of their own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LearnedDescription {
    /// Size of `learned_rows.bin`; 0 where there is no such file.
    pub bytes: u64,
    /// Its SHA-256, in hexadecimal.
    pub sha256: String,
    /// Parts whose learned rows are not known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unknown: Vec<String>,
    /// How the rows were selected.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub from: Vec<toml::Table>,
}

/// The weights file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WeightsFile {
    /// How matrices are stored.
    pub dtype: WeightType,
    /// Size of the file.
    pub bytes: u64,
    /// Its SHA-256, in hexadecimal.
    pub sha256: String,
}

/// One network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MemberDescription {
    /// Its name.
    pub name: String,
    /// Its share in the average.
    pub weight: f32,
    /// How its head becomes probabilities.
    #[serde(default)]
    pub output: Output,
    /// Its inputs.
    pub inputs: Vec<InputDescription>,
    /// Its layers.
    pub network: NetworkSpec,
}

/// One input with the sizes that it was fitted for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct InputDescription {
    /// Bands, coefficients or columns of the feature array.
    pub raw_features: usize,
    /// Frames that the network reads.
    pub raw_frames: usize,
    /// Names of the columns of values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<String>,
    /// What the recipe says of it.
    pub spec: InputSpec,
}

impl Description {
    /// The description of a bundle whose weights file is `weights`, and whose fingerprints are `learned_rows`.
    pub(super) fn of(
        bundle: &Bundle,
        weights: WeightsFile,
        learned_rows: &[u8],
    ) -> Result<Description, ModelError> {
        let listed = bundle.front_end.as_ref().map(front_ends::listed);
        let (windowing, front_ends) = match listed {
            Some((windows, entries)) => (Some(windows), entries),
            None => (None, Vec::new()),
        };
        let mut description = Description {
            format: FORMAT,
            features: FEATURES,
            genres: bundle.model_genres().to_vec(),
            parents: bundle.model_parents().clone(),
            average: bundle.average,
            sha256: String::new(),
            weights,
            calibration: bundle.calibration.clone(),
            front_end: None,
            windowing,
            front_ends,
            card: bundle.card.clone(),
            learned: Some(LearnedDescription {
                bytes: learned_rows.len() as u64,
                sha256: sha256(learned_rows),
                unknown: bundle.learned.unknown.clone(),
                from: bundle.learned.from.clone(),
            }),
            backbone: bundle.backbone.as_ref().and_then(|backbone| {
                Some(BackboneDescription {
                    name: backbone.name.clone(),
                    version: backbone.version.clone(),
                    fingerprint: backbone.fingerprint.clone(),
                    license: backbone.license.clone(),
                    notices: backbone.notices.clone(),
                    tags: backbone.tags.clone(),
                    layer: backbone.layer,
                    attributes: backbone.attributes.clone(),
                    guard: backbone.guard,
                    input: InputDescription::of(backbone.network.inputs.first()?),
                    network: backbone.network.spec.clone(),
                })
            }),
            members: bundle.members.iter().map(MemberDescription::of).collect(),
        };
        description.sha256 = description.checksum()?;
        Ok(description)
    }

    /// The front end, in whichever form the file has it.
    pub(super) fn front_end(&self) -> Result<Option<FrontEnd>, ModelError> {
        match self.windowing {
            Some(windows) => front_ends::front_end(windows, &self.front_ends).map(Some),
            None if self.front_ends.is_empty() => Ok(self.front_end),
            None => Err(ModelError::value(
                "windowing",
                "nothing",
                "the windows of a song, as there are front ends",
            )),
        }
    }

    /// SHA-256 of what belongs to the weights: everything but card, calibration and file sizes.
    pub(super) fn checksum(&self) -> Result<String, ModelError> {
        let fixed = Description {
            sha256: String::new(),
            weights: WeightsFile {
                dtype: self.weights.dtype,
                ..WeightsFile::default()
            },
            calibration: Calibration::default(),
            card: Card::default(),
            ..self.clone()
        };
        let text = toml::to_string(&fixed).map_err(|e| ModelError::Syntax {
            path: "model.toml".into(),
            message: e.to_string(),
            source: e.into(),
        })?;
        Ok(match self.format {
            // Written before these keys had their present names.
            ..3 => sha256(with_names_of_format_2(&text).as_bytes()),
            3.. => sha256(text.as_bytes()),
        })
    }
}

impl MemberDescription {
    fn of(member: &Member) -> MemberDescription {
        MemberDescription {
            name: member.name.clone(),
            weight: member.weight,
            output: member.output,
            inputs: member.inputs.iter().map(InputDescription::of).collect(),
            network: member.spec.clone(),
        }
    }
}

impl InputDescription {
    fn of(input: &Preprocessor) -> InputDescription {
        InputDescription {
            raw_features: input.raw_features(),
            raw_frames: input.frames(),
            columns: input.columns().to_vec(),
            spec: input.spec().clone(),
        }
    }

    /// The input, before its statistics are read.
    pub(super) fn preprocessor(self) -> Result<Preprocessor, ModelError> {
        let mut input = Preprocessor::described(self.spec, self.raw_features, self.raw_frames)?;
        input.set_columns(self.columns);
        Ok(input)
    }
}

/// A description with the names of keys and values up to format 2.
fn with_names_of_format_2(text: &str) -> String {
    let mut old = String::with_capacity(text.len());
    for line in text.lines() {
        old += &match line {
            _ if line.starts_with("[front_end") => line
                .replacen("[front_end", "[hears", 1)
                .replacen(".windowing]", ".listening]", 1),
            "layout = \"transposed\"" => "layout = \"swapped\"".to_owned(),
            "layout = \"spectrogram_image\"" => "layout = \"picture\"".to_owned(),
            _ if line.starts_with("image_size = ") => line.replacen("image_size", "picture", 1),
            same => same.to_owned(),
        };
        old.push('\n');
    }
    old
}

/// SHA-256 in hexadecimal.
pub(super) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
