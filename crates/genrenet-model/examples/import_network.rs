//! Makes a bundle of a network whose weights come from another program.
//!
//! `cargo run -p genrenet-model --example import_network -- FOLDER BUNDLE`: FOLDER holds `network.toml` (see [`Import`]) and
//! `weights.safetensors`, whose arrays have the names of the network's state. `reference/musicnn/bundle.py` writes both.

use std::path::Path;
use std::process::ExitCode;

use genrenet_audio::FrontEnd;
use genrenet_model::{
    Average, Bundle, Calibration, Card, InputSpec, Learned, Member, Output, Preprocessor,
    WeightType,
};
use genrenet_nn::{NetworkSpec, Tensor};
use safetensors::SafeTensors;
use serde::Deserialize;

/// `network.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Import {
    /// The genres or tags, in the order of the outputs.
    genres: Vec<String>,
    output: Output,
    front_end: FrontEnd,
    input: InputSpec,
    /// Bands and frames of the input's array.
    features: usize,
    frames: usize,
    network: NetworkSpec,
    card: Card,
}

fn import(folder: &Path, bundle: &Path) -> Result<(), Box<dyn std::error::Error>> {
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
    Bundle {
        learned: Learned::unknown(&import.card.trained_on),
        card: import.card,
        genres: import.genres,
        front_end: Some(import.front_end),
        backbone: None,
        members: vec![member],
        average: Average::Probabilities,
        calibration: Calibration::default(),
    }
    .save(bundle, WeightType::F32)?;
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
