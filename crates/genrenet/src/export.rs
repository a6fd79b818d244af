//! A bundle's networks as ONNX files, with what another program must know to use them.

use std::path::Path;

use genrenet_files::{NewFolder, plain_name};
use serde_json::json;

use crate::Error;
use crate::model::{Bundle, EmbeddingLayer, Member};
use crate::nn::{Inputs, Scratch, Tensor};

/// The script that classifies songs with the exported networks.
const CLASSIFY: &str = include_str!("export_classify.py");

/// Writes a bundle's networks as ONNX files into a new folder.
///
/// The folder gets one `NUMBER-NAME.onnx` for each network, `backbone-NAME.onnx` where there is one, `export.json` with their inputs,
/// average, temperature and genres, and, for networks that read sound, `classify.py`, which classifies songs with ONNX Runtime and librosa. With `rows` above 0
/// it also gets that many rows of random inputs and the logits and embedding that this library computes from them, for a comparison.
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
        let layer = EmbeddingLayer::Hidden;
        let compared = random_rows(member, layer, rows, &stem, &mut new).map_err(io)?;
        members.push(described(member, &file, compared));
    }
    let backbone = match (&bundle.backbone, bundle.onnx_of_backbone()?) {
        (Some(backbone), Some(bytes)) => {
            let stem = format!("backbone-{}", plain_name(&backbone.name));
            let file = format!("{stem}.onnx");
            new.write(&file, &bytes).map_err(io)?;
            let network = &backbone.network;
            let compared =
                random_rows(network, backbone.layer, rows, &stem, &mut new).map_err(io)?;
            let mut described = described(network, &file, compared);
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
fn described(member: &Member, file: &str, rows: serde_json::Value) -> serde_json::Value {
    json!({
        "file": file,
        "name": member.name,
        "weight": member.weight,
        "output": member.output,
        "inputs": member.described_inputs(),
        "rows": rows,
    })
}

/// Writes rows of random inputs, their logits and this layer as raw little-endian 32-bit floats; returns their entry in
/// `export.json`, null for no rows. The last row lacks every optional input but the first.
fn random_rows(
    member: &Member,
    layer: EmbeddingLayer,
    rows: usize,
    stem: &str,
    folder: &mut NewFolder,
) -> std::io::Result<serde_json::Value> {
    if rows == 0 {
        return Ok(serde_json::Value::Null);
    }
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
        let may_lack = member.may_lack(name) && !inputs.arrays.is_empty();
        let present: Vec<bool> = (0..rows)
            .map(|row| !(may_lack && row + 1 == rows))
            .collect();
        if member.may_lack(name) {
            listing.insert(format!("{name}_present"), json!({"rows": present}));
        }
        inputs.present.push(may_lack.then_some(present));
        inputs.arrays.push((name.clone(), Tensor { shape, data }));
    }
    let mut compared = json!({"inputs": listing});
    for (name, layer) in [("logits", EmbeddingLayer::Tags), ("embedding", layer)] {
        let values = member.layer(layer, &inputs, &mut Scratch::new());
        let file = format!("{stem}.{name}.f32");
        folder.write(&file, &bytes_of(&values.data))?;
        compared[name] = json!({"file": file, "shape": values.shape});
    }
    Ok(compared)
}

/// Numbers as raw little-endian 32-bit floats.
fn bytes_of(data: &[f32]) -> Vec<u8> {
    data.iter().flat_map(|x| x.to_le_bytes()).collect()
}
