//! A trained genre network with all that is needed to use it.
//!
//! On disk a bundle is a folder:
//!
//! | file | holds |
//! |---|---|
//! | `model.toml` | everything but numbers in bulk: genres, what is heard, networks, calibration, card, checksums |
//! | `weights.safetensors` | weights, running statistics and fitted scaling statistics, f32 or f16 |
//! | `learned_rows.bin` | fingerprints of the rows that were learned, 8 bytes each, rising |
//! | `CARD.md` | the card, for people |

mod description;
mod found;
mod join;
mod load;
mod save;
mod weights;

pub use found::found_at;

use std::borrow::Cow;
use std::path::Path;

use genrenet_audio::FrontEnd;
use genrenet_nn::{Network, NetworkSpec, NnError};
use serde::{Deserialize, Serialize};

use crate::calibration::Calibration;
use crate::card::Card;
use crate::error::ModelError;
use crate::inputs::Preprocessor;
use crate::learned::Learned;

/// Version of the folder's layout that is written; a later one is refused. Version 1 did not say which rows were learned; up to
/// version 2 the front end was called `hears`.
pub const FORMAT: u32 = 3;
/// Most genres of a bundle: the largest collections of tags and styles have hundreds.
pub const GENRES: usize = 4096;
/// Most networks of a bundle.
pub const MEMBERS: usize = 256;

/// Version of the features that are heard; raised whenever the same sound gives other numbers.
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

/// The type in which weights are stored. Vectors (biases, statistics) stay f32 always.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WeightType {
    /// 32 bit, exact.
    #[default]
    F32,
    /// 16 bit, for shipping: half the size, differences in probabilities below 1e-3.
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
    /// How its first head is read.
    pub output: Output,
    /// The network's description.
    pub spec: NetworkSpec,
    /// The network.
    pub network: Network,
}

impl Member {
    /// Builds the network of `spec` for `inputs`; `seed` draws its first weights.
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

    /// A member whose weights a file is about to give.
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
            message: e.to_string(),
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

/// What a network is told of the arrays that it reads.
fn shapes_of(inputs: &[Preprocessor]) -> Vec<(String, Vec<usize>)> {
    inputs
        .iter()
        .map(|input| (input.spec().name.clone(), input.shape()))
        .collect()
}

/// A genre network as it is shipped: see the [module](self).
pub struct Bundle {
    /// What it says about itself.
    pub card: Card,
    /// The genres, in the order of the probabilities.
    pub genres: Vec<String>,
    /// What is heard of a song; `None` for a network of table values, which can't hear.
    pub front_end: Option<FrontEnd>,
    /// The networks, at least one.
    pub members: Vec<Member>,
    /// What is averaged over them.
    pub average: Average,
    /// Temperature and the threshold of "unsure".
    pub calibration: Calibration,
    /// Which rows the networks learned.
    pub learned: Learned,
}

impl Bundle {
    /// Writes the bundle as a folder at `path`. A new one appears in one step; one that is there is replaced in one step, so
    /// that [`Bundle::load`] finds the old or the new one at every moment, also after a kill. Other files there stay.
    ///
    /// # Errors
    /// An impossible value in the bundle, or what the file system says.
    pub fn save(&self, path: &Path, weights: WeightType) -> Result<(), ModelError> {
        save::save(self, path, weights)
    }

    /// Reads a bundle from its folder, or from that of the run which made it.
    ///
    /// # Errors
    /// A folder that is neither, with what was found there; a file that is missing or cut short, an unknown key or version, an impossible value, weights
    /// other than those that `model.toml` names; each quotes key and value.
    pub fn load(path: &Path) -> Result<Bundle, ModelError> {
        load::load(path)
    }

    /// Reads a bundle from the bytes of `model.toml`, `weights.safetensors` and `learned_rows.bin` (none for a bundle that
    /// has no such file).
    ///
    /// # Errors
    /// As [`Bundle::load`].
    pub fn load_bytes(
        description: &str,
        weights: &[u8],
        learned_rows: &[u8],
    ) -> Result<Bundle, ModelError> {
        let files = load::Files {
            name: "model.toml",
            description,
            weights,
            learned_rows,
        };
        load::load_bytes(&files, load::Trust::Checked, load::copied)
    }

    /// As [`Bundle::load_bytes`], without computing check sums: for bytes that were compiled into the program, which nobody
    /// changes without changing the program itself.
    ///
    /// # Errors
    /// As [`Bundle::load`], but for check sums.
    pub fn compiled_in(
        description: &str,
        weights: &'static [u8],
        learned_rows: &[u8],
    ) -> Result<Bundle, ModelError> {
        let files = load::Files {
            name: "model.toml",
            description,
            weights,
            learned_rows,
        };
        load::load_bytes(&files, load::Trust::Compiled, Cow::Borrowed)
    }

    /// SHA-256, in hexadecimal, of everything that decides what the bundle answers: features, inputs, networks, weights,
    /// calibration, genres. Two bundles with the same fingerprint give the same answers and embeddings, wherever and under
    /// whatever name they lie; caches and indexes of them are keyed by it.
    ///
    /// # Errors
    /// As [`Bundle::save`], for a bundle that can't be written down.
    pub fn fingerprint(&self) -> Result<String, ModelError> {
        save::fingerprint(self)
    }

    /// Number of trained weights in all members.
    pub fn weights(&self) -> u64 {
        self.members
            .iter()
            .flat_map(|member| member.network.summary())
            .map(|row| row.weights)
            .sum()
    }

    /// Refuses what can't be, quoting key and value.
    pub fn check(&self) -> Result<(), ModelError> {
        if self.genres.len() < 2 {
            return Err(ModelError::value(
                "genres",
                format!("{:?}", self.genres),
                "two at least",
            ));
        }
        for (index, genre) in self.genres.iter().enumerate() {
            if genre.trim().is_empty() {
                return Err(ModelError::value(
                    format!("genres[{index}]"),
                    format!("{genre:?}"),
                    "a name",
                ));
            }
            if self.genres[..index].contains(genre) {
                return Err(ModelError::value(
                    format!("genres[{index}]"),
                    format!("{genre:?}"),
                    "each genre once",
                ));
            }
        }
        if self.members.is_empty() {
            return Err(ModelError::value("members", "[]", "one network at least"));
        }
        if self.genres.len() > GENRES || self.members.len() > MEMBERS {
            let (key, found, most) = match self.genres.len() > GENRES {
                true => ("genres", self.genres.len(), GENRES),
                false => ("members", self.members.len(), MEMBERS),
            };
            return Err(ModelError::value(key, found, format!("at most {most}")));
        }
        if let Some(front_end) = &self.front_end {
            front_end.check().map_err(ModelError::of_hears)?;
        }
        self.calibration.check()?;
        for (index, member) in self.members.iter().enumerate() {
            let key = format!("members[{index}]");
            if !(member.weight.is_finite() && member.weight > 0.0) {
                return Err(ModelError::value(
                    format!("{key}.weight"),
                    member.weight,
                    "a number above 0",
                ));
            }
            if self.members[..index]
                .iter()
                .any(|other| other.name == member.name)
            {
                return Err(ModelError::value(
                    format!("{key}.name"),
                    format!("{:?}", member.name),
                    "each name once",
                ));
            }
            let outputs = member.spec.heads.first().map_or(0, |head| head.outputs);
            let expected = match member.output {
                Output::Softmax => self.genres.len(),
                Output::Sigmoid => 1,
            };
            if outputs != expected || (member.output == Output::Sigmoid && self.genres.len() != 2) {
                return Err(ModelError::value(
                    format!("{key}.network.heads[0].outputs"),
                    outputs,
                    format!(
                        "{expected} for the {} genres of this bundle",
                        self.genres.len()
                    ),
                ));
            }
            for branch in &member.spec.branches {
                if !member
                    .inputs
                    .iter()
                    .any(|input| input.spec().name == branch.input)
                {
                    return Err(ModelError::value(
                        format!("{key}.network.branches"),
                        format!("{:?}", branch.input),
                        "the name of one of its inputs",
                    ));
                }
            }
            for input in &member.inputs {
                input
                    .spec()
                    .check(&format!("{key}.inputs.{}", input.spec().name))?;
                input.check_fitted()?;
            }
        }
        Ok(())
    }
}
