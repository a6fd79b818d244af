//! Loading, with the checks that an untrusted file needs.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io;
use std::path::Path;
use std::time::Duration;

use super::description::{BackboneDescription, Description, InputDescription, sha256};
use super::found::found_at;
use super::save::{DESCRIPTION, LEARNED, WEIGHTS, next_files};
use super::{Backbone, Bundle, FEATURES, FORMAT, Member, Output, weights};
use genrenet_nn::Values;

use crate::error::ModelError;
use crate::learned::Learned;
use crate::toml_fault;

/// Most bytes of `model.toml`: networks, genres and the card of a thousand times the largest so far.
const DESCRIPTION_BYTES: u64 = 64 << 20;
/// Most bytes of `weights.safetensors`: 2²⁸ weights of 32 bits, and names.
const WEIGHTS_BYTES: u64 = (4 << 28) + (64 << 20);

/// Most bytes of `learned_rows.bin`: eight for each of 32 million rows.
const LEARNED_BYTES: u64 = 256 << 20;

/// How often unchanged weights and an unchanged description may disagree before that is an error.
const TRIES: u64 = 5;

impl Bundle {
    /// Reads a bundle from its folder, or from that of the run which made it.
    ///
    /// # Errors
    /// A folder that is neither, with what was found there; a file that is missing or truncated, an unknown key or version, an
    /// impossible value, weights other than those that `model.toml` names; each quotes key and value.
    pub fn load(path: &Path) -> Result<Bundle, ModelError> {
        load(path)
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
        let files = Files {
            name: "model.toml",
            description,
            weights,
            learned_rows,
        };
        load_bytes(&files, Trust::Checked, copied)
    }

    /// As [`Bundle::load_bytes`], without verifying checksums: for bytes that were compiled into the program.
    ///
    /// # Errors
    /// As [`Bundle::load`], except for checksums.
    pub fn compiled_in(
        description: &str,
        weights: &'static [u8],
        learned_rows: &[u8],
    ) -> Result<Bundle, ModelError> {
        let files = Files {
            name: "model.toml",
            description,
            weights,
            learned_rows,
        };
        load_bytes(&files, Trust::Compiled, Cow::Borrowed)
    }
}

/// See [`Bundle::load`].
fn load(path: &Path) -> Result<Bundle, ModelError> {
    let is_bundle = |folder: &Path| folder.join(DESCRIPTION).exists();
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
    let description_path = path.join(DESCRIPTION);
    let read_description = || {
        genrenet_files::read_text(&description_path, DESCRIPTION_BYTES)
            .map_err(|e| ModelError::io(&description_path, e))
    };
    let name = description_path.display().to_string();
    let with = |text: &str, [weights, learned]: [&str; 2]| {
        let (weights, learned) = (path.join(weights), path.join(learned));
        let weights = genrenet_files::read(&weights, WEIGHTS_BYTES)
            .map_err(|e| ModelError::io(&weights, e))?;
        let learned_rows = match genrenet_files::read(&learned, LEARNED_BYTES) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => Vec::new(),
            read => read.map_err(|e| ModelError::io(&learned, e))?,
        };
        let files = Files {
            name: &name,
            description: text,
            weights: &weights,
            learned_rows: &learned_rows,
        };
        load_bytes(&files, Trust::Checked, copied)
    };
    let mut text = read_description()?;
    let mut tries = 0;
    loop {
        let loaded = with(&text, [WEIGHTS, LEARNED]);
        let Err(ModelError::Checksum { key, .. }) = &loaded else {
            return loaded;
        };
        if !key.starts_with("weights.") && !key.starts_with("learned.") {
            return loaded;
        }
        // The bundle is being replaced, or its replacement was killed: its files have other names, or the description is new.
        let [weights, learned] = next_files(&named_sha256(&text));
        for pair in [[&*weights, &*learned], [WEIGHTS, &*learned]] {
            if let Ok(replaced) = with(&text, pair) {
                return Ok(replaced);
            }
        }
        let now = read_description()?;
        // The same description may have come back between two replacements.
        tries = if now == text { tries + 1 } else { 0 };
        if tries == TRIES {
            return loaded;
        }
        std::thread::sleep(Duration::from_millis(tries));
        text = now;
    }
}

/// The SHA-256 of the weights that a description names.
fn named_sha256(text: &str) -> String {
    let table: toml::Table = toml::from_str(text).unwrap_or_default();
    let named = table
        .get("weights")
        .and_then(|weights| weights.get("sha256")?.as_str());
    named.unwrap_or_default().to_owned()
}

/// A bundle's files as bytes.
struct Files<'a, 'w> {
    /// The description's name in messages.
    pub name: &'a str,
    /// `model.toml`.
    pub description: &'a str,
    /// `weights.safetensors`.
    pub weights: &'w [u8],
    /// `learned_rows.bin`; empty where there is none.
    pub learned_rows: &'a [u8],
}

/// Whether checksums are verified.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Trust {
    /// They come from outside.
    Checked,
    /// They are compiled into the program.
    Compiled,
}

/// The versions, read first: another version may have other keys.
#[derive(serde::Deserialize)]
struct Versions {
    format: Option<toml::Value>,
    features: Option<toml::Value>,
}

/// A copy of the bytes.
fn copied(bytes: &[u8]) -> Cow<'static, [u8]> {
    Cow::Owned(bytes.to_vec())
}

/// See [`Bundle::load_bytes`]; `keep` makes weights outlive the files' bytes.
fn load_bytes<'w>(
    files: &Files<'_, 'w>,
    trust: Trust,
    keep: fn(&'w [u8]) -> Cow<'static, [u8]>,
) -> Result<Bundle, ModelError> {
    let &Files {
        name,
        description: text,
        weights: bytes,
        ..
    } = files;
    let syntax = |e: toml::de::Error| ModelError::Syntax {
        path: name.to_string(),
        message: toml_fault(text, &e),
        source: e.into(),
    };
    let versions: Versions = toml::from_str(text).map_err(syntax)?;
    for (key, found, known) in [
        ("format", versions.format, 1..=FORMAT),
        ("features", versions.features, FEATURES..=FEATURES),
    ] {
        let number = found.as_ref().and_then(toml::Value::as_integer);
        if !number.is_some_and(|n| u32::try_from(n).is_ok_and(|n| known.contains(&n))) {
            let found = found.map_or("nothing".to_string(), |value| value.to_string());
            let known = known.end();
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
        verify_checksums(&description, files)?;
    }
    let learned = learned(&description, files.learned_rows)?;
    let mut arrays = weights::from_bytes(bytes, keep)?;
    if trust == Trust::Checked {
        weights::must_be_finite(&arrays)?;
    }
    let front_end = description.front_end()?;
    let backbone = match description.backbone {
        Some(described) => Some(backbone(described, &mut arrays)?),
        None => None,
    };
    let mut members = Vec::with_capacity(description.members.len());
    for (index, member) in description.members.into_iter().enumerate() {
        let inputs = member.inputs.into_iter();
        let inputs = inputs.map(InputDescription::preprocessor);
        let inputs = inputs.collect::<Result<Vec<_>, _>>()?;
        let mut built = Member::uninitialised(&member.name, inputs, member.output, member.network)?;
        built.weight = member.weight;
        weights::fill(&weights::place(index), &mut built, &mut arrays)?;
        members.push(built);
    }
    let bundle = Bundle {
        card: description.card,
        genres: description.genres,
        regrouped: None,
        parents: description.parents,
        front_end,
        backbone,
        members,
        average: description.average,
        calibration: description.calibration,
        learned,
    };
    bundle.check()?;
    Ok(bundle)
}

/// The backbone that is described, with its weights.
fn backbone(
    described: BackboneDescription,
    arrays: &mut HashMap<String, Values>,
) -> Result<Backbone, ModelError> {
    let inputs = vec![described.input.preprocessor()?];
    let name = &described.name;
    let mut network = Member::uninitialised(name, inputs, Output::Independent, described.network)?;
    weights::fill(weights::BACKBONE, &mut network, arrays)?;
    Ok(Backbone {
        name: described.name,
        version: described.version,
        fingerprint: described.fingerprint,
        license: described.license,
        notices: described.notices,
        tags: described.tags,
        layer: described.layer,
        attributes: described.attributes,
        guard: described.guard,
        network,
    })
}

/// Which rows were learned; a bundle of version 1 does not record it.
fn learned(description: &Description, bytes: &[u8]) -> Result<Learned, ModelError> {
    let Some(described) = &description.learned else {
        return Ok(Learned::unknown(&description.card.name));
    };
    if bytes.len() as u64 != described.bytes {
        return Err(ModelError::Checksum {
            key: "learned.bytes (of learned_rows.bin)".into(),
            expected: described.bytes.to_string(),
            found: bytes.len().to_string(),
        });
    }
    let mut learned = Learned {
        from: described.from.clone(),
        unknown: described.unknown.clone(),
        ..Learned::default()
    };
    learned.set_bytes(bytes)?;
    Ok(learned)
}

fn verify_checksums(description: &Description, files: &Files<'_, '_>) -> Result<(), ModelError> {
    let mut sums = vec![
        (
            "weights.sha256",
            &description.weights.sha256,
            sha256(files.weights),
        ),
        ("sha256", &description.sha256, description.checksum()?),
    ];
    if let Some(described) = &description.learned {
        let found = sha256(files.learned_rows);
        sums.push((
            "learned.sha256 (of learned_rows.bin)",
            &described.sha256,
            found,
        ));
    }
    match sums
        .into_iter()
        .find(|(_, described, found)| found != *described)
    {
        Some((key, expected, found)) => Err(ModelError::Checksum {
            key: key.into(),
            expected: expected.clone(),
            found,
        }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = r#"
format = 1
features = 1
genres = ["Folk", "Rock"]
sha256 = ""
weights = { dtype = "f32", bytes = 0, sha256 = "" }
calibration = { temperature = 1.0, unsure_below = 0.0, target_precision = 0.8, coverage = 1.0 }
card = { name = "old" }
members = []
"#;

    #[test]
    fn a_bundle_without_a_record_of_what_it_learned_says_so() {
        let old: Description = toml::from_str(OLD).unwrap();
        assert_eq!(learned(&old, &[]).unwrap(), Learned::unknown("old"));
        // Written again, it still has no record.
        let described = "learned = { bytes = 8, sha256 = \"\", unknown = [\"old\"] }";
        let new = OLD.replace("card =", &format!("{described}\ncard ="));
        let new: Description = toml::from_str(&new).unwrap();
        let found = learned(&new, &7u64.to_le_bytes()).unwrap();
        assert_eq!(found.unknown, ["old"]);
        assert!(found.holds(7) && !found.holds(8));
        assert!(learned(&new, &[]).is_err(), "learned_rows.bin is missing");
    }
}
