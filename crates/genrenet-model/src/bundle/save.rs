//! Saving aside, then renaming.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::description::{Description, WeightsFile, sha256};
use super::{Bundle, WeightType, weights};
use crate::error::ModelError;

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
    let aside = beside(path, "new");
    let _ = fs::remove_dir_all(&aside);
    let written = (|| {
        if let Some(parent) = path.parent()
            && !parent.as_os_str().is_empty()
        {
            fs::create_dir_all(parent).map_err(|e| ModelError::io(parent, e))?;
        }
        fs::create_dir(&aside).map_err(|e| ModelError::io(&aside, e))?;
        write(&aside.join("weights.safetensors"), &bytes)?;
        if !learned_rows.is_empty() {
            write(&aside.join("learned_rows.bin"), &learned_rows)?;
        }
        write(&aside.join("model.toml"), text.as_bytes())?;
        write(
            &aside.join("CARD.md"),
            bundle.card.markdown(&bundle.genres).as_bytes(),
        )?;
        replace(&aside, path)
    })();
    if written.is_err() {
        let _ = fs::remove_dir_all(&aside);
    }
    written
}

/// A folder's name for what is not finished, on the same disk.
fn beside(path: &Path, what: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{what}-{}.tmp", std::process::id()));
    path.with_file_name(name)
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), ModelError> {
    let mut file = fs::File::create(path).map_err(|e| ModelError::io(path, e))?;
    file.write_all(bytes).map_err(|e| ModelError::io(path, e))?;
    file.sync_all().map_err(|e| ModelError::io(path, e))
}

/// Puts the folder `aside` at `path`, keeping what was there until the new one stands.
fn replace(aside: &Path, path: &Path) -> Result<(), ModelError> {
    if !path.exists() {
        return fs::rename(aside, path).map_err(|e| ModelError::io(path, e));
    }
    let old = beside(path, "old");
    let _ = fs::remove_dir_all(&old);
    fs::rename(path, &old).map_err(|e| ModelError::io(path, e))?;
    if let Err(e) = fs::rename(aside, path) {
        let _ = fs::rename(&old, path);
        return Err(ModelError::io(path, e));
    }
    let _ = fs::remove_dir_all(&old);
    Ok(())
}
