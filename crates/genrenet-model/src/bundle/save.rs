//! Saving: a new bundle appears in one step, and one that is there is replaced in one step.

use std::io;
use std::path::Path;

use genrenet_files::{FolderLock, NewFolder, write_whole};

use super::description::{Description, WeightsFile, sha256};
use super::{Bundle, WeightType, weights};
use crate::error::ModelError;

/// The description, which says which weights belong to it.
pub(super) const DESCRIPTION: &str = "model.toml";
/// The weights.
pub(super) const WEIGHTS: &str = "weights.safetensors";
/// The description for people.
const CARD: &str = "CARD.md";

/// The rows that were learned.
pub(super) const LEARNED: &str = "learned_rows.bin";

/// Where weights and learned rows lie while a bundle is being replaced, by the SHA-256 of the weights that `model.toml` names:
/// `weights.HASH.safetensors`, `learned_rows.HASH.bin`.
pub(super) fn next_files(sha256: &str) -> [String; 2] {
    let plain = genrenet_files::plain_name(sha256.get(..16).unwrap_or_default());
    [
        format!("weights.{plain}.safetensors"),
        format!("learned_rows.{plain}.bin"),
    ]
}

/// The files of a bundle.
struct Files {
    description: String,
    weights: Vec<u8>,
    learned_rows: Vec<u8>,
    sha256: String,
    card: String,
}

/// See [`Bundle::save`].
pub(super) fn save(bundle: &Bundle, path: &Path, dtype: WeightType) -> Result<(), ModelError> {
    bundle.check()?;
    let bytes = weights::to_bytes(bundle, dtype)?;
    let file = WeightsFile {
        dtype,
        bytes: bytes.len() as u64,
        sha256: sha256(&bytes),
    };
    let learned_rows = bundle.learned.to_bytes();
    let description = Description::of(bundle, file, &learned_rows)?;
    let text = toml::to_string(&description).map_err(|e| ModelError::Syntax {
        path: "model.toml".into(),
        message: e.to_string(),
    })?;
    let files = Files {
        description: text,
        weights: bytes,
        learned_rows,
        sha256: description.weights.sha256,
        card: bundle.card.markdown(&bundle.genres),
    };
    let written = if path.join(DESCRIPTION).is_file() {
        replace(path, &files)
    } else {
        create(path, &files)
    };
    written.map_err(|e| ModelError::io(path, e))
}

/// See [`Bundle::fingerprint`].
pub(super) fn fingerprint(bundle: &Bundle) -> Result<String, ModelError> {
    let weights = weights::to_bytes(bundle, WeightType::F32)?;
    let mut description = Description::of(bundle, WeightsFile::default(), &[])?;
    // What was learned from which rows changes no answer.
    description.learned = None;
    let calibration = &bundle.calibration;
    let parts = [
        description.checksum()?,
        sha256(&weights),
        format!(
            "{:?} {:?}",
            calibration.temperature, calibration.unsure_below
        ),
    ];
    Ok(sha256(parts.join(" ").as_bytes()))
}

fn create(path: &Path, files: &Files) -> io::Result<()> {
    let mut folder = NewFolder::create(path)?;
    folder.write(WEIGHTS, &files.weights)?;
    if !files.learned_rows.is_empty() {
        folder.write(LEARNED, &files.learned_rows)?;
    }
    folder.write(CARD, files.card.as_bytes())?;
    folder.write(DESCRIPTION, files.description.as_bytes())?;
    folder.finish()
}

/// The one step is the renaming of `model.toml`: before it, the old weights lie where they were; from it on, a reader finds the
/// new ones under the name that their hash gives them, or in their place (see `load`). A kill in between loses nothing.
#[allow(
    clippy::disallowed_methods,
    reason = "both files were written whole under other names: these renames are the last step of it"
)]
fn replace(path: &Path, files: &Files) -> io::Result<()> {
    let _lock = FolderLock::take(path)?;
    let [weights, learned] = next_files(&files.sha256);
    write_whole(&path.join(&weights), &files.weights)?;
    // No rows are none, or an empty file until the end.
    write_whole(&path.join(&learned), &files.learned_rows)?;
    write_whole(&path.join(DESCRIPTION), files.description.as_bytes())?;
    std::fs::rename(path.join(&weights), path.join(WEIGHTS))?;
    std::fs::rename(path.join(&learned), path.join(LEARNED))?;
    if files.learned_rows.is_empty() {
        std::fs::remove_file(path.join(LEARNED))?;
    }
    write_whole(&path.join(CARD), files.card.as_bytes())?;
    remove_leftovers(path)
}

/// Removes files that a killed replacement has left.
fn remove_leftovers(path: &Path) -> io::Result<()> {
    for entry in std::fs::read_dir(path)? {
        let entry = entry?;
        let name = entry.file_name();
        let hash = name
            .to_str()
            .and_then(|name| match name.strip_prefix("weights.") {
                Some(rest) => rest.strip_suffix(".safetensors"),
                None => name.strip_prefix("learned_rows.")?.strip_suffix(".bin"),
            });
        if hash.is_some_and(|hash| hash.len() == 16 && hash.bytes().all(|b| b.is_ascii_hexdigit()))
        {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}
