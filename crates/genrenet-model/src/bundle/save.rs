//! Saving: a bundle is created or replaced atomically.

use std::io;
use std::path::Path;

use genrenet_files::{FolderLock, NewFolder, write_whole};

use super::description::{Description, WeightsFile, sha256};
use super::{Bundle, WeightType, weights};
use crate::error::ModelError;

/// The description, which names its weights by their checksum.
pub(super) const DESCRIPTION: &str = "model.toml";
/// The weights.
pub(super) const WEIGHTS: &str = "weights.safetensors";
/// The model card.
const CARD: &str = "CARD.md";

/// The rows that were learned.
pub(super) const LEARNED: &str = "learned_rows.bin";

/// The files of weights and learned rows while a bundle is being replaced, named by the SHA-256 of the weights that `model.toml` names:
/// `weights.HASH.safetensors`, `learned_rows.HASH.bin`.
pub(super) fn next_files(sha256: &str) -> [String; 2] {
    let plain = genrenet_files::plain_name(sha256.get(..16).unwrap_or_default());
    [
        format!("weights.{plain}.safetensors"),
        format!("learned_rows.{plain}.bin"),
    ]
}

impl Bundle {
    /// Writes the bundle as a folder at `path`. It is created or replaced atomically: [`Bundle::load`]
    /// finds the old or the new one at any time, also after the process was killed. Other files there are kept.
    ///
    /// # Errors
    /// An impossible value in the bundle, or an error of the file system.
    pub fn save(&self, path: &Path, weights: WeightType) -> Result<(), ModelError> {
        save(self, path, weights)
    }

    /// SHA-256, in hexadecimal, of everything that determines the predictions: features, inputs, networks, weights,
    /// calibration, genres. Two bundles with the same fingerprint give the same predictions and embeddings,
    /// whatever their names and places; it is the key for caches and indexes of them.
    ///
    /// # Errors
    /// As [`Bundle::save`], for a bundle that can't be written.
    pub fn fingerprint(&self) -> Result<String, ModelError> {
        fingerprint(self)
    }
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
fn save(bundle: &Bundle, path: &Path, dtype: WeightType) -> Result<(), ModelError> {
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
        source: e.into(),
    })?;
    let files = Files {
        description: text,
        weights: bytes,
        learned_rows,
        sha256: description.weights.sha256,
        card: bundle
            .card
            .markdown(bundle.model_genres(), bundle.model_parents()),
    };
    let written = if path.join(DESCRIPTION).is_file() {
        replace(path, &files)
    } else {
        create(path, &files)
    };
    written.map_err(|e| ModelError::io(path, e))
}

/// See [`Bundle::fingerprint`].
fn fingerprint(bundle: &Bundle) -> Result<String, ModelError> {
    let weights = weights::to_bytes(bundle, WeightType::F32)?;
    let mut description = Description::of(bundle, WeightsFile::default(), &[])?;
    // Which rows were learned changes no prediction.
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

/// Renaming `model.toml` is the atomic step: before it, the old weights are in place; after it, a reader finds the new ones
/// under the name of their hash, or in place (see `load`). A kill in between loses nothing.
#[allow(
    clippy::disallowed_methods,
    reason = "both files were completely written under other names: these renames are the last step of it"
)]
fn replace(path: &Path, files: &Files) -> io::Result<()> {
    let _lock = FolderLock::take(path)?;
    let [weights, learned] = next_files(&files.sha256);
    write_whole(&path.join(&weights), &files.weights)?;
    // Without rows there is no file in the end; until then it is empty.
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
