//! Loading with every check that a file from elsewhere needs.

use std::fs;
use std::path::Path;

use super::description::{Description, sha256};
use super::found::found_at;
use super::{Bundle, FEATURES, FORMAT, Member, weights};
use crate::error::ModelError;
use crate::inputs::Input;
use crate::toml_fault;

/// See [`Bundle::load`].
pub(super) fn load(path: &Path) -> Result<Bundle, ModelError> {
    let is_bundle = |folder: &Path| folder.join("model.toml").is_file();
    let of_run = path.join("bundle");
    let path = match is_bundle(path) {
        true => path,
        false if is_bundle(&of_run) => &of_run,
        false => {
            return Err(ModelError::NoBundle {
                path: path.display().to_string(),
                expected:
                    "the folder of a bundle (model.toml, weights.safetensors) or of a run with one"
                        .into(),
                found: found_at(path),
            });
        }
    };
    let description_path = path.join("model.toml");
    let text =
        fs::read_to_string(&description_path).map_err(|e| ModelError::io(&description_path, e))?;
    let weights_path = path.join("weights.safetensors");
    let weights = fs::read(&weights_path).map_err(|e| ModelError::io(&weights_path, e))?;
    let name = description_path.display().to_string();
    load_bytes(&name, &text, &weights, Trust::Checked)
}

/// Whether the bytes must be held against their check sums.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Trust {
    /// They come from elsewhere.
    Checked,
    /// They are a part of the program.
    Compiled,
}

/// The versions, read before anything else: another version may have other keys.
#[derive(serde::Deserialize)]
struct Versions {
    format: Option<toml::Value>,
    features: Option<toml::Value>,
}

/// See [`Bundle::load_bytes`]; `name` is quoted in messages.
pub(super) fn load_bytes(
    name: &str,
    text: &str,
    bytes: &[u8],
    trust: Trust,
) -> Result<Bundle, ModelError> {
    let syntax = |e: toml::de::Error| ModelError::Syntax {
        path: name.to_string(),
        message: toml_fault(text, &e),
    };
    let versions: Versions = toml::from_str(text).map_err(syntax)?;
    for (key, found, known) in [
        ("format", versions.format, FORMAT),
        ("features", versions.features, FEATURES),
    ] {
        if found.as_ref().and_then(toml::Value::as_integer) != Some(i64::from(known)) {
            let found = found.map_or("nothing".to_string(), |value| value.to_string());
            return Err(ModelError::value(
                key,
                found,
                format!("{known}, the version that this program knows ({name})"),
            ));
        }
    }
    let description: Description = toml::from_str(text).map_err(syntax)?;
    let file = &description.weights;
    if bytes.len() as u64 != file.bytes {
        return Err(ModelError::Checksum {
            key: "weights.bytes".into(),
            expected: file.bytes.to_string(),
            found: bytes.len().to_string(),
        });
    }
    if trust == Trust::Checked {
        check_sums(&description, bytes)?;
    }
    let mut arrays = weights::from_bytes(bytes)?;
    let mut members = Vec::with_capacity(description.members.len());
    for (index, member) in description.members.into_iter().enumerate() {
        let mut inputs = Vec::with_capacity(member.inputs.len());
        for input in member.inputs {
            let mut described = Input::described(input.spec, input.raw_features, input.raw_frames)?;
            described.set_columns(input.columns);
            inputs.push(described);
        }
        let mut built = Member::unfilled(&member.name, inputs, member.output, member.network)?;
        built.weight = member.weight;
        weights::fill(index, &mut built, &mut arrays)?;
        members.push(built);
    }
    let bundle = Bundle {
        card: description.card,
        genres: description.genres,
        hears: description.hears,
        members,
        average: description.average,
        calibration: description.calibration,
    };
    bundle.check()?;
    Ok(bundle)
}

fn check_sums(description: &Description, bytes: &[u8]) -> Result<(), ModelError> {
    for (key, expected, found) in [
        ("weights.sha256", &description.weights.sha256, sha256(bytes)),
        ("sha256", &description.sha256, description.checksum()?),
    ] {
        if found != *expected {
            return Err(ModelError::Checksum {
                key: key.into(),
                expected: expected.clone(),
                found,
            });
        }
    }
    Ok(())
}
