//! A bundle's networks as ONNX files, with what another program must know to use them.

use std::path::Path;

use genrenet_files::{NewFolder, plain_name};
use serde_json::json;

use crate::Error;
use crate::model::{Bundle, Member, Preprocessor};
use crate::nn::{Inputs, Scratch, Tensor};

/// The script that classifies songs with the exported networks.
const CLASSIFY: &str = include_str!("export_classify.py");

/// Writes a bundle's networks as ONNX files into a new folder.
///
/// The folder gets one `NUMBER-NAME.onnx` for each network, `backbone-NAME.onnx` where there is one, `export.json` with their inputs,
/// average, temperature and genres, and, for networks that read sound, `classify.py`, which classifies songs with ONNX Runtime and librosa. With `rows` above 0
/// it also gets that many rows of random inputs and the logits that this library computes from them, for a comparison.
///
/// # Errors
/// A layer that ONNX can't express; a folder that can't be written. The folder appears only when it is complete.
pub fn export_onnx(bundle: &Bundle, folder: &Path, rows: usize) -> Result<(), Error> {
    let io = |source| Error::Io {
        path: folder.to_path_buf(),
        source,
    };
    let mut new = NewFolder::create(folder).map_err(io)?;
    let mut members = Vec::new();
    for (index, member) in bundle.members.iter().enumerate() {
        let stem = format!("{index}-{}", plain_name(&member.name));
        let file = format!("{stem}.onnx");
        new.write(&file, &bundle.onnx(index)?).map_err(io)?;
        let compared = match rows {
            0 => None,
            n => Some(random_rows(member, n, &stem, &mut new).map_err(io)?),
        };
        members.push(described(member, &file, compared));
    }
    let backbone = match (&bundle.backbone, bundle.onnx_of_backbone()?) {
        (Some(backbone), Some(bytes)) => {
            let file = format!("backbone-{}.onnx", plain_name(&backbone.name));
            new.write(&file, &bytes).map_err(io)?;
            let mut described = described(&backbone.network, &file, None);
            described["layer"] = json!(backbone.layer);
            described["tags"] = json!(backbone.tags);
            described["attributes"] = json!(backbone.attributes);
            described["guard"] = json!(backbone.guard);
            Some(described)
        }
        _ => None,
    };
    if bundle.front_end.is_some() {
        new.write("classify.py", CLASSIFY.as_bytes()).map_err(io)?;
    }
    let about = json!({
        "model": bundle.card.name,
        "license": bundle.card.license,
        "genres": bundle.model_genres(),
        "front_end": bundle.front_end,
        "average": bundle.average,
        "temperature": bundle.calibration.temperature,
        "unsure_below": bundle.calibration.unsure_below,
        "backbone": backbone,
        "members": members,
    });
    // Last: it describes all the others.
    new.write("export.json", format!("{about:#}\n").as_bytes())
        .and_then(|()| new.finish())
        .map_err(io)
}

/// The entry of a network in `export.json`.
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

/// Whether an input of a network may be absent.
fn optional(member: &Member, input: &str) -> bool {
    let branches = &member.spec.branches;
    branches.iter().any(|b| b.input == input && b.optional)
}

/// Writes rows of random inputs and their logits as raw little-endian 32-bit floats; returns their entry in `export.json`.
/// The last row lacks every optional input but the first.
fn random_rows(
    member: &Member,
    rows: usize,
    stem: &str,
    folder: &mut NewFolder,
) -> std::io::Result<serde_json::Value> {
    // Numbers between −2 and 2 from a linear congruential generator, the same on every machine.
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
        let may_lack = optional(member, name) && !inputs.arrays.is_empty();
        let present: Vec<bool> = (0..rows)
            .map(|row| !(may_lack && row + 1 == rows))
            .collect();
        if optional(member, name) {
            listing.insert(format!("{name}_present"), json!({"rows": present}));
        }
        inputs.present.push(may_lack.then_some(present));
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
