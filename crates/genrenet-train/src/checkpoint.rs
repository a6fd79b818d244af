//! Checkpoints: the whole state of a run, from which it continues to the same result.
//!
//! A checkpoint is a safetensors file: the network, the optimiser's state, the running average, and the
//! progress of the run as JSON. Random numbers need no state: they depend on seed, epoch and
//! step. Files are written atomically, so that a kill or a full disk leaves the previous one.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use genrenet_nn::Tensor;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::{Deserialize, Serialize};

use crate::error::TrainError;

/// Largest size of a checkpoint in bytes: 2²⁸ weights of 32 bits, as many of their average, and twice as many of the optimiser.
const CHECKPOINT_BYTES: u64 = (16 << 28) + (64 << 20);

/// How far a run has come.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// Finished epochs.
    pub epoch: usize,
    /// Steps taken.
    pub step: u64,
    /// The best epoch so far (0: none), and its measure.
    pub best_epoch: usize,
    /// The measure of the best epoch; larger is better.
    pub best_measure: f64,
    /// The validation loss of the best epoch, which decides between epochs of one measure.
    #[serde(default = "no_loss")]
    pub best_loss: f64,
    /// The resolved recipe, to refuse another one.
    pub recipe: String,
    /// The data's fingerprint, to refuse other data.
    pub fingerprint: String,
}

/// More than any loss; JSON has no infinity.
pub(crate) fn no_loss() -> f64 {
    f64::MAX
}

/// The state of a network and of its training.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Checkpoint {
    /// How far the run has come.
    pub progress: Progress,
    /// Named arrays: `network.…`, `optimizer.…`, `average.…`.
    pub arrays: Vec<(String, Tensor)>,
}

/// The file of the last finished epoch in a run folder.
pub fn last(folder: &Path) -> PathBuf {
    folder.join("checkpoints").join("last.safetensors")
}

/// The file of the best epoch in a run folder.
pub fn best(folder: &Path) -> PathBuf {
    folder.join("checkpoints").join("best.safetensors")
}

impl Checkpoint {
    /// Writes the checkpoint atomically.
    ///
    /// # Errors
    /// An error of the file system; the previous file is then unchanged.
    pub fn save(&self, path: &Path) -> Result<(), TrainError> {
        let encoded: Vec<(&str, &[usize], Vec<u8>)> = self
            .arrays
            .iter()
            .map(|(name, t)| {
                (
                    name.as_str(),
                    t.shape.as_slice(),
                    t.data.iter().flat_map(|x| x.to_le_bytes()).collect(),
                )
            })
            .collect();
        let mut views = Vec::with_capacity(encoded.len());
        for (name, shape, bytes) in &encoded {
            let view = TensorView::new(Dtype::F32, shape.to_vec(), bytes)
                .map_err(|e| TrainError::broken_checkpoint(path, format!("{name}: {e}")))?;
            views.push((*name, view));
        }
        let progress = serde_json::to_string(&self.progress)
            .map_err(|e| TrainError::broken_checkpoint(path, e))?;
        let metadata = HashMap::from([("progress".to_string(), progress)]);
        let bytes = safetensors::serialize(views, Some(metadata))
            .map_err(|e| TrainError::broken_checkpoint(path, e))?;
        write_atomic(path, &bytes)
    }

    /// Reads a checkpoint.
    ///
    /// # Errors
    /// A file that is missing, cut short or not a checkpoint.
    pub fn load(path: &Path) -> Result<Checkpoint, TrainError> {
        let wrong = |message: String| TrainError::checkpoint(path, message);
        let bytes =
            genrenet_files::read(path, CHECKPOINT_BYTES).map_err(|e| TrainError::io(path, e))?;
        let (_, header) = SafeTensors::read_metadata(&bytes)
            .map_err(|e| TrainError::broken_checkpoint(path, e))?;
        let progress = header
            .metadata()
            .as_ref()
            .and_then(|words| words.get("progress").or_else(|| words.get("place")))
            .ok_or_else(|| wrong("has no progress of a run".into()))?;
        let progress: Progress =
            serde_json::from_str(progress).map_err(|e| TrainError::broken_checkpoint(path, e))?;
        let file =
            SafeTensors::deserialize(&bytes).map_err(|e| TrainError::broken_checkpoint(path, e))?;
        let mut arrays = Vec::new();
        for (name, view) in file.tensors() {
            if view.dtype() != Dtype::F32 {
                return Err(wrong(format!(
                    "{name} is of type {:?}: expected F32",
                    view.dtype()
                )));
            }
            let data: Vec<f32> = view
                .data()
                .chunks_exact(4)
                .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
                .collect();
            if !data.iter().all(|x| x.is_finite()) {
                return Err(wrong(format!("{name} is not all finite numbers")));
            }
            arrays.push((
                name,
                Tensor {
                    shape: view.shape().to_vec(),
                    data,
                },
            ));
        }
        Ok(Checkpoint { progress, arrays })
    }

    /// The arrays whose name begins with `prefix`, without it.
    pub fn part(&self, prefix: &str) -> Vec<(String, Tensor)> {
        self.arrays
            .iter()
            .filter_map(|(name, t)| {
                name.strip_prefix(prefix)
                    .map(|rest| (rest.to_string(), t.clone()))
            })
            .collect()
    }
}

/// Writes a file under a temporary name and renames it to `path`; on an error `path` is unchanged.
///
/// # Errors
/// An error of the file system.
pub fn write_atomic(path: &Path, bytes: &[u8]) -> Result<(), TrainError> {
    genrenet_files::write_whole(path, bytes).map_err(|e| TrainError::io(path, e))
}
