//! `genrenet export`: a bundle's networks for other runtimes.

use std::path::PathBuf;

use clap::Args;
use genrenet::model::{Member, Preprocessor};
use genrenet::nn::{Inputs, Scratch, Tensor};
use genrenet::shipped;
use genrenet_files::{NewFolder, plain_name};
use genrenet_text::visible_path;
use serde_json::json;

use crate::exit::{CommandResult, Failure, Outcome};
use crate::output::Page;
use crate::target_folder;

/// Write a bundle's networks as ONNX files, for other runtimes.
///
/// The folder gets one NUMBER-NAME.onnx for each network of the bundle, and export.json, which says how their inputs are
/// made, how their answers are averaged, the temperature and the genres. A network reads prepared inputs (what
/// export.json describes), not audio, and gives logits, probabilities and its embedding (what its last layer reads). For
/// networks that read sound there is also classify.py, which classifies songs with ONNX Runtime and librosa.
#[derive(Args)]
pub struct Export {
    /// A run, a bundle, or a built-in model; fma8, if not given.
    #[arg(value_name = "RUN_OR_BUNDLE")]
    model: Option<String>,
    /// The folder of the ONNX files.
    #[arg(long, value_name = "FOLDER")]
    onnx: PathBuf,
    /// Also write so many rows of random inputs and the logits that genrenet gives for them, for a comparison
    /// (reference/onnx_check.py); at most 1000.
    #[arg(long, default_value_t = 0, value_name = "ROWS", value_parser = clap::value_parser!(u16).range(..=1000))]
    with_rows: u16,
}

/// The script that names songs with the exported networks.
const CLASSIFY: &str = include_str!("export_classify.py");

pub fn run(arguments: Export) -> CommandResult {
    target_folder::expect_own("--onnx", &arguments.onnx)?;
    let bundle = shipped::open_or_default(arguments.model.as_deref())?;
    let named =
        |error: std::io::Error| Failure::new(format!("{}: {error}", arguments.onnx.display()));
    let mut folder = NewFolder::create(&arguments.onnx).map_err(named)?;
    let mut members = Vec::new();
    for (index, member) in bundle.members.iter().enumerate() {
        let stem = format!("{index}-{}", plain_name(&member.name));
        let file = format!("{stem}.onnx");
        folder.write(&file, &bundle.onnx(index)?).map_err(named)?;
        let rows = match arguments.with_rows {
            0 => None,
            n => Some(compared(member, n.into(), &stem, &mut folder).map_err(named)?),
        };
        members.push(described(member, &file, rows));
    }
    let about = json!({
        "model": bundle.card.name,
        "license": bundle.card.license,
        "genres": bundle.genres,
        "front_end": bundle.front_end,
        "average": bundle.average,
        "temperature": bundle.calibration.temperature,
        "members": members,
    });
    if bundle.front_end.is_some() {
        folder
            .write("classify.py", CLASSIFY.as_bytes())
            .map_err(named)?;
    }
    let text = serde_json::to_string_pretty(&about)? + "\n";
    // Last: it describes all the others.
    folder
        .write("export.json", text.as_bytes())
        .and_then(|()| folder.finish())
        .map_err(named)?;
    let mut page = Page::summary();
    page.line(format_args!(
        "{}: {} network{} and export.json",
        visible_path(&arguments.onnx),
        bundle.members.len(),
        if bundle.members.len() == 1 { "" } else { "s" }
    ));
    page.end(Outcome::Done)
}

/// What another program needs in order to run a network.
fn described(member: &Member, file: &str, rows: Option<serde_json::Value>) -> serde_json::Value {
    let inputs: Vec<_> = member
        .inputs
        .iter()
        .map(|input| {
            json!({
                "name": input.spec().name,
                "shape": input.shape(),
                "made": input.spec(),
                "columns": input.columns(),
                "statistics": statistics(input),
                "may_be_absent": optional(member, &input.spec().name),
            })
        })
        .collect();
    json!({
        "file": file,
        "name": member.name,
        "weight": member.weight,
        "output": member.output,
        "inputs": inputs,
        "rows": rows,
    })
}

/// The fitted statistics of an input by name.
fn statistics(input: &Preprocessor) -> serde_json::Map<String, serde_json::Value> {
    let entry = |(name, tensor): &(String, Tensor)| {
        let value = json!({"shape": tensor.shape, "values": tensor.data});
        (name.clone(), value)
    };
    input.fitted().iter().map(entry).collect()
}

/// Whether a network can do without an input.
fn optional(member: &Member, input: &str) -> bool {
    let branches = &member.spec.branches;
    branches.iter().any(|b| b.input == input && b.optional)
}

/// Writes rows of random inputs and this program's logits as raw little-endian 32-bit floats; returns a description of them.
/// The last row lacks every optional input but the first.
fn compared(
    member: &Member,
    rows: usize,
    stem: &str,
    folder: &mut NewFolder,
) -> std::io::Result<serde_json::Value> {
    // Numbers between −2 and 2 from a linear congruence, the same everywhere.
    let mut state = 1u32;
    let mut draw = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 22) as f32 - 2.0
    };
    let mut inputs = Inputs {
        batch: rows,
        ..Inputs::default()
    };
    let mut listing = serde_json::Map::new();
    for (number, input) in member.inputs.iter().enumerate() {
        let mut shape = vec![rows];
        shape.extend(input.shape());
        let data: Vec<f32> = (0..shape.iter().product()).map(|_| draw()).collect();
        let name = &input.spec().name;
        let file = format!("{stem}.{number}-{}.f32", plain_name(name));
        folder.write(&file, &bytes_of(&data))?;
        listing.insert(name.clone(), json!({"file": file, "shape": shape}));
        let lacks = optional(member, name) && !inputs.arrays.is_empty();
        let present: Vec<bool> = (0..rows).map(|row| !(lacks && row + 1 == rows)).collect();
        if optional(member, name) {
            listing.insert(format!("{name}_present"), json!({"rows": present}));
        }
        inputs.present.push(lacks.then_some(present));
        inputs.arrays.push((name.clone(), Tensor { shape, data }));
    }
    let logits = member.network.infer(&inputs, &mut Scratch::new()).remove(0);
    let file = format!("{stem}.logits.f32");
    folder.write(&file, &bytes_of(&logits.data))?;
    Ok(json!({"inputs": listing, "logits": {"file": file, "shape": logits.shape}}))
}

/// Numbers as raw little-endian 32-bit floats.
fn bytes_of(data: &[f32]) -> Vec<u8> {
    data.iter().flat_map(|x| x.to_le_bytes()).collect()
}
