//! Checkpoints of a run: written after each epoch, read when it is resumed.

use std::path::Path;

use genrenet_nn::Tensor;

use super::network_state::state_of;
use super::setup::Run;
use crate::checkpoint::{self, Checkpoint, Progress};
use crate::error::TrainError;

impl Run<'_> {
    /// Writes the checkpoint of the epoch just finished.
    pub fn save(&self, folder: &Path, best: bool) -> Result<(), TrainError> {
        let mut arrays = named("network.", state_of(&self.bundle.members[0]));
        arrays.extend(self.optimizer.state());
        if let Some(average) = &self.average {
            arrays.extend(average.state());
        }
        let progress = self.finite_progress();
        Checkpoint { progress, arrays }.save(&checkpoint::last(folder))?;
        // If the process is killed here, the last checkpoint has the weights of the best epoch: resuming restores it.
        if best { self.save_best(folder) } else { Ok(()) }
    }

    fn save_best(&self, folder: &Path) -> Result<(), TrainError> {
        let Some(state) = &self.best else {
            return Ok(());
        };
        let best = Checkpoint {
            progress: self.finite_progress(),
            arrays: named("network.", state.clone()),
        };
        best.save(&checkpoint::best(folder))
    }

    /// The progress with a finite measure, as JSON has no infinity.
    fn finite_progress(&self) -> Progress {
        Progress {
            best_measure: self.progress.best_measure.max(f64::MIN),
            ..self.progress.clone()
        }
    }

    /// Continues from the last checkpoint of a run folder.
    pub fn resume(&mut self, folder: &Path) -> Result<(), TrainError> {
        let path = checkpoint::last(folder);
        let wrong = |message: &str| TrainError::checkpoint(&path, message);
        let found = Checkpoint::load(&path)?;
        if found.progress.recipe != self.progress.recipe {
            return Err(wrong(
                "was written by another recipe (see recipe.toml beside it): resume with that one",
            ));
        }
        if found.progress.fingerprint != self.progress.fingerprint {
            return Err(wrong("was written with other data: resume with the same"));
        }
        let nn = |e: genrenet_nn::NnError| TrainError::broken_checkpoint(&path, e);
        let network = &mut self.bundle.members[0].network;
        network.load_state(&found.part("network.")).map_err(nn)?;
        self.optimizer
            .load_state(&found.arrays, &network.params())
            .map_err(nn)?;
        if let Some(average) = &mut self.average {
            let shapes: Vec<Vec<usize>> = network
                .state()
                .iter()
                .map(|(_, t)| t.shape.clone())
                .collect();
            average.load_state(&found.arrays, &shapes).map_err(nn)?;
        }
        self.progress = found.progress;
        if self.progress.best_epoch > 0 && self.progress.best_epoch == self.progress.epoch {
            self.best = Some(self.weights_to_keep());
            self.save_best(folder)?;
        } else if self.progress.best_epoch > 0 {
            self.best = Some(Checkpoint::load(&checkpoint::best(folder))?.part("network."));
        }
        Ok(())
    }
}

/// Arrays with a prefix before their names.
fn named(prefix: &str, arrays: Vec<(String, Tensor)>) -> Vec<(String, Tensor)> {
    let named = |(name, tensor)| (format!("{prefix}{name}"), tensor);
    arrays.into_iter().map(named).collect()
}
