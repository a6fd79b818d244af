//! Trained genre networks with everything that is needed to use them.
//!
//! On disk a bundle is a folder:
//!
//! | file | holds |
//! |---|---|
//! | `model.toml` | everything but large arrays: genres, front end, networks, calibration, card, checksums |
//! | `weights.safetensors` | weights, running statistics and fitted scaling statistics, f32 or f16 |
//! | `learned_rows.bin` | fingerprints of the rows that were learned, 8 bytes each, ascending |
//! | `CARD.md` | the card, for people |

mod backbone;
mod check;
mod description;
mod found;
mod front_ends;
mod join;
mod load;
mod save;
mod weights;

pub use backbone::Backbone;
pub use found::found_at;

use std::collections::BTreeMap;

use genrenet_audio::FrontEnd;
use genrenet_nn::{Network, NetworkSpec, NnError};
use serde::{Deserialize, Serialize};

use crate::attribute::Attribute;
use crate::calibration::Calibration;
use crate::card::Card;
use crate::error::ModelError;
use crate::genre_map::Regrouped;
use crate::guard::Guard;
use crate::inputs::Preprocessor;
use crate::learned::Learned;

/// Version of the folder's layout that is written; a later one is refused. Version 1 did not record which rows were learned; up
/// to version 2 some keys had other names; up to version 3 the front end was not a list, and there were no backbones.
pub const FORMAT: u32 = 4;
/// Most genres of a bundle; the largest taxonomies have hundreds.
pub const GENRES: usize = 4096;
/// Most networks of a bundle.
pub const MEMBERS: usize = 256;

/// Version of the features; raised whenever the same sound gives other numbers.
pub const FEATURES: u32 = 1;

/// How a member's first head becomes probabilities.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Output {
    /// One output per genre, softmax.
    #[default]
    Softmax,
    /// One output: the probability of the second of two genres is its sigmoid.
    Sigmoid,
    /// One output per genre, each with a sigmoid of its own: several may hold, or none (tags).
    Independent,
}

/// What is averaged over members.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Average {
    /// Probabilities (arithmetic mean).
    #[default]
    Probabilities,
    /// Log-probabilities (geometric mean, then normalised).
    Logits,
}

/// The type in which weights are stored. Vectors (biases, statistics) are always f32.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WeightType {
    /// 32 bit, exact.
    #[default]
    F32,
    /// 16 bit, for distribution: half the size, differences in probabilities below 1e-3.
    F16,
}

/// One network of a bundle.
pub struct Member {
    /// A name, unique in the bundle.
    pub name: String,
    /// Its share in the average, above 0; shares need not sum to 1.
    pub weight: f32,
    /// How its inputs are prepared, one for each of the network's branches.
    pub inputs: Vec<Preprocessor>,
    /// How its first head becomes probabilities.
    pub output: Output,
    /// The network's description.
    pub spec: NetworkSpec,
    /// The network.
    pub network: Network,
}

impl Member {
    /// Builds the network of `spec` for `inputs`; its weights are initialised from `seed`.
    pub fn new(
        name: &str,
        inputs: Vec<Preprocessor>,
        output: Output,
        spec: NetworkSpec,
        seed: u64,
    ) -> Result<Member, ModelError> {
        let network = Network::new(&spec, &shapes_of(&inputs), seed);
        Member::with(name, inputs, output, spec, network)
    }

    /// A member whose weights are read from a file next.
    fn uninitialised(
        name: &str,
        inputs: Vec<Preprocessor>,
        output: Output,
        spec: NetworkSpec,
    ) -> Result<Member, ModelError> {
        let network = Network::uninitialised(&spec, &shapes_of(&inputs));
        Member::with(name, inputs, output, spec, network)
    }

    fn with(
        name: &str,
        inputs: Vec<Preprocessor>,
        output: Output,
        spec: NetworkSpec,
        network: Result<Network, NnError>,
    ) -> Result<Member, ModelError> {
        let network = network.map_err(|e| ModelError::Network {
            member: name.to_string(),
            source: e.into(),
        })?;
        Ok(Member {
            name: name.to_string(),
            weight: 1.0,
            inputs,
            output,
            spec,
            network,
        })
    }
}

/// The shapes of a network's inputs, by name.
fn shapes_of(inputs: &[Preprocessor]) -> Vec<(String, Vec<usize>)> {
    inputs
        .iter()
        .map(|input| (input.spec().name.clone(), input.shape()))
        .collect()
}

/// Genre networks with everything that is needed to use them: see the [module](self).
pub struct Bundle {
    /// The model card.
    pub card: Card,
    /// The genres, in the order of the probabilities.
    pub genres: Vec<String>,
    /// What is kept where [`Bundle::regrouped`] replaced the model's genres.
    pub regrouped: Option<Regrouped>,
    /// The broader genre of those that have one: "Rock" of "Punk". Both are among the genres.
    pub parents: BTreeMap<String, String>,
    /// How a song becomes features; `None` for a network of a table's values.
    pub front_end: Option<FrontEnd>,
    /// A frozen network whose layer the networks read as [`FeatureKind::Embedding`](crate::FeatureKind::Embedding).
    pub backbone: Option<Backbone>,
    /// The networks, at least one.
    pub members: Vec<Member>,
    /// What is averaged over the members.
    pub average: Average,
    /// Temperature and the threshold of "unsure".
    pub calibration: Calibration,
    /// Which rows the networks learned.
    pub learned: Learned,
}

impl Bundle {
    /// Whether several genres may hold, each with a probability of its own.
    pub fn independent(&self) -> bool {
        self.members
            .iter()
            .all(|member| member.output == Output::Independent)
    }

    /// What is said of a song beside its genre; empty for a model without a backbone's tags.
    pub fn attributes(&self) -> &[Attribute] {
        let backbone = self.backbone.as_ref();
        backbone.map_or(&[], |backbone| &backbone.attributes)
    }

    /// What tells sounds that are not music, if the model has it.
    pub fn guard(&self) -> Option<&Guard> {
        self.backbone.as_ref()?.guard.as_ref()
    }

    /// Number of trained weights in all members and the backbone.
    pub fn weights(&self) -> u64 {
        self.members
            .iter()
            .chain(self.backbone.iter().map(|backbone| &backbone.network))
            .flat_map(|member| member.network.summary())
            .map(|row| row.weights)
            .sum()
    }
}
