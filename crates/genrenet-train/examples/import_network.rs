//! Makes a bundle of a network whose weights come from another program.
//!
//! `cargo run -p genrenet-train --example import_network -- FOLDER BUNDLE`: FOLDER holds `network.toml` (see [`Import`]) and
//! `weights.safetensors`, whose arrays have the names of the network's state. `reference/musicnn/bundle.py` and
//! `reference/wide_bundle.py` write both.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use genrenet_audio::FrontEnd;
use genrenet_data::{Dataset, IDENTIFYING_ARRAYS, OpenOptions, Split};
use genrenet_model::{
    Attribute, Average, Backbone, Bundle, Calibration, Card, EmbeddingLayer, Guard, InputSpec,
    Learned, Member, Output, Preprocessor, WeightType,
};
use genrenet_nn::{NetworkSpec, Tensor};
use safetensors::SafeTensors;
use serde::Deserialize;

type Fallible<T> = Result<T, Box<dyn std::error::Error>>;

/// `network.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Import {
    /// The genres or tags, in the order of the outputs.
    genres: Vec<String>,
    #[serde(default)]
    parents: BTreeMap<String, String>,
    output: Output,
    front_end: FrontEnd,
    input: InputSpec,
    /// Values of a frame of the input, and its frames.
    features: usize,
    frames: usize,
    network: NetworkSpec,
    #[serde(default)]
    calibration: Calibration,
    backbone: Option<ImportedBackbone>,
    /// What the network learned: the training rows of this data set.
    learned: Option<PathBuf>,
    card: Card,
}

/// The frozen network of another bundle.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ImportedBackbone {
    bundle: PathBuf,
    layer: EmbeddingLayer,
    attributes: Vec<Attribute>,
    guard: Option<Guard>,
}

fn import(folder: &Path, bundle: &Path) -> Fallible<()> {
    let text = genrenet_files::read_text(&folder.join("network.toml"), 1 << 20)?;
    let import: Import = toml::from_str(&text)?;
    let bytes = genrenet_files::read(&folder.join("weights.safetensors"), 1 << 30)?;
    let mut state = Vec::new();
    for (name, view) in SafeTensors::deserialize(&bytes)?.tensors() {
        let values = view.data().as_chunks().0.iter();
        let values = values.map(|bytes| f32::from_le_bytes(*bytes)).collect();
        state.push((name, Tensor::new(view.shape(), values)?));
    }
    let input = Preprocessor::described(import.input, import.features, import.frames)?;
    let name = import.card.name.clone();
    let mut member = Member::new(&name, vec![input], import.output, import.network, 0)?;
    member.network.load_state(&state)?;
    let (backbone, mut learned) = match import.backbone {
        None => (None, Learned::unknown(&import.card.trained_on)),
        Some(named) => {
            let (backbone, learned) = frozen(named)?;
            (Some(backbone), learned)
        }
    };
    if let Some(path) = import.learned {
        learn(&path, &mut learned)?;
    }
    Bundle {
        regrouped: None,
        learned,
        card: import.card,
        genres: import.genres,
        parents: import.parents,
        front_end: Some(import.front_end),
        backbone,
        members: vec![member],
        average: Average::Probabilities,
        calibration: import.calibration,
    }
    .save(bundle, WeightType::F32)?;
    Ok(())
}

/// A bundle's network as backbone, and what it learned.
fn frozen(named: ImportedBackbone) -> Fallible<(Backbone, Learned)> {
    let bundle = Bundle::load(&named.bundle)?;
    let learned = bundle.learned.clone();
    let backbone = Backbone {
        attributes: named.attributes,
        guard: named.guard,
        ..Backbone::of(bundle, named.layer)?
    };
    Ok((backbone, learned))
}

/// Adds the training rows of a data set, by each of their arrays.
fn learn(path: &Path, learned: &mut Learned) -> Fallible<()> {
    let dataset = Dataset::open(path, &OpenOptions::default())?;
    for row in dataset.indices(Split::Training) {
        learned.add(dataset.row_fingerprints(row, &IDENTIFYING_ARRAYS)?);
    }
    Ok(())
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, bundle] = &arguments[..] else {
        eprintln!("usage: import_network FOLDER BUNDLE");
        return ExitCode::from(2);
    };
    match import(Path::new(folder), Path::new(bundle)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{folder}: {error}");
            ExitCode::FAILURE
        }
    }
}
