//! The training of one network.
//!
//! [`train`] sets up (`setup`): the recipe is resolved against the data, rows are checked, scaling is
//! fitted on training rows (`scaling`), the network is built and initialised (`initial_weights`). Then epoch by epoch (`epoch`): steps in a fixed
//! order, validation, history, checkpoint. At the end (`finish`): the kept epoch's weights,
//! calibration, figures, card and bundle.

mod batch_norm;
mod epoch;
mod expected;
mod finish;
mod initial_weights;
mod network_state;
mod resume;
mod scaling;
mod setup;
mod solve;
mod stepper;

pub use stepper::Stepper;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use genrenet_data::{Dataset, Fold, Rule};
use genrenet_files::{FolderLock, LockError};
use genrenet_model::Bundle;

use crate::checks::TrainingRows;
use crate::error::TrainError;
use crate::evaluate::Evaluation;
use crate::observer::{EpochReport, Observer, Stop};
use crate::open_bundle::OpenBundle;
use crate::recipe::Recipe;
use crate::{checkpoint, history};

/// The copy of a split file in a run's folder: the split can be repeated after the file was changed.
pub const SPLIT_COPY: &str = "split.csv";

/// The folder and the rows of a run.
#[derive(Clone, Debug, Default)]
pub struct RunOptions {
    /// The run folder; without one nothing is written.
    pub folder: Option<PathBuf>,
    /// Whether to continue from the folder's last checkpoint.
    pub resume: bool,
    /// Rows in place of those of the split in force (folds).
    pub rows: Option<TrainingRows>,
    /// The fold that those rows hold out.
    pub fold: Option<Fold>,
    /// The command, for the card.
    pub command: String,
    /// How `train.start_from` and `distill.bundles` are opened.
    pub open_bundle: OpenBundle,
    /// The lock of `folder`, where the caller holds it already; otherwise [`train`] takes it.
    pub lock: Option<Arc<FolderLock>>,
}

/// The result of a training.
pub struct RunResult {
    /// The network with scaling, calibration and card.
    pub bundle: Bundle,
    /// The recipe as it was followed.
    pub recipe: Recipe,
    /// One report per epoch.
    pub history: Vec<EpochReport>,
    /// The epoch whose weights are kept, from 1.
    pub kept_epoch: usize,
    /// Figures on the validation rows, where there are any.
    pub validation: Option<Evaluation>,
    /// What accuracy to expect on new songs, in sentences; of a head that was solved, else empty.
    pub expected: Vec<String>,
    /// What was left out, and why.
    pub notes: Vec<String>,
    /// Whether it was stopped before its last epoch.
    pub stopped: bool,
    /// How to continue after a stop.
    pub go_on: Option<String>,
    /// The run folder.
    pub folder: Option<PathBuf>,
}

/// Trains the network of a recipe on a data set.
///
/// The same recipe, data and seed give the same bytes, whatever the number of threads, and also when the
/// run was stopped and resumed.
///
/// # Errors
/// A recipe or data that can't be used; a loss that is not finite; a folder that another training writes into; an error of
/// the file system. What was finished before stays in the run folder.
pub fn train(
    recipe: &Recipe,
    dataset: &Dataset,
    options: &RunOptions,
    observer: &mut dyn Observer,
    stop: &Stop,
) -> Result<RunResult, TrainError> {
    let _lock = lock(options)?;
    let mut run = setup::Run::new(recipe, dataset, options)?;
    let mut reports = Vec::new();
    if let Some(folder) = &options.folder {
        reports = open_folder(&mut run, folder, options.resume)?;
    }
    let solved = match run.recipe.train.solve.clone() {
        Some(spec) => Some(solve::solve(&mut run, &spec)?),
        None => None,
    };
    let epochs = run.recipe.train.epochs;
    observer.begin(epochs, run.steps, &run.notes);
    let events = match &options.folder {
        Some(folder) => Some(crate::tensorboard::EventFile::create(
            &folder.join("tensorboard"),
        )?),
        None => None,
    };
    let mut stopped = false;
    let mut seconds = Vec::new();
    while run.progress.epoch < epochs && !run.out_of_patience() {
        let Some(report) = run.epoch(observer, stop)? else {
            stopped = true;
            break;
        };
        // The checkpoint is written last: an epoch counts once it exists, and resuming removes later lines of the history.
        if let Some(folder) = &options.folder {
            history::append(&folder.join("history.jsonl"), &report)?;
        }
        if let Some(events) = &events {
            events.epoch(&report)?;
        }
        if let Some(folder) = &options.folder {
            run.save(folder, report.best)?;
        }
        seconds.push(report.seconds);
        let each = seconds.iter().sum::<f64>() / seconds.len() as f64;
        let left = Duration::from_secs_f64(each * (epochs - run.progress.epoch) as f64);
        observer.epoch(&report, left);
        reports.push(report);
    }
    if stopped && run.progress.epoch == 0 && solved.is_none() {
        return Err(TrainError::Stopped {
            left: match &options.folder {
                Some(folder) => format!(
                    "{} holds the recipe and no weights; the same command starts again",
                    folder.display()
                ),
                None => "nothing was saved".into(),
            },
        });
    }
    finish::finish(run, reports, options, stopped, solved.as_ref())
}

/// Locks the run folder until the value is dropped; `None` without a folder.
///
/// # Errors
/// [`TrainError::Held`] while another training holds the lock; an error of the file system.
pub fn lock(options: &RunOptions) -> Result<Option<Arc<FolderLock>>, TrainError> {
    let (None, Some(folder)) = (&options.lock, &options.folder) else {
        return Ok(options.lock.clone());
    };
    match FolderLock::take(folder) {
        Ok(lock) => Ok(Some(Arc::new(lock))),
        Err(LockError::Held(holder)) => Err(TrainError::Held {
            path: folder.display().to_string(),
            holder,
        }),
        Err(error) => Err(TrainError::io(folder, error.into())),
    }
}

/// Refuses a folder that holds a run, of a network or of a head that was solved, or a bundle: a new run would overwrite it.
///
/// # Errors
/// If it does; a history that can't be read.
pub fn expect_no_run(folder: &Path) -> Result<(), TrainError> {
    // One line without a checkpoint is a first epoch that was killed before it was saved. More lines are a run whose weights
    // were lost or moved, which is not overwritten.
    let history_path = folder.join("history.jsonl");
    let lines = match history_path.exists() {
        true => history::read(&history_path)?.len(),
        false => 0,
    };
    let fault = |holds: &str| Err(TrainError::checkpoint(folder, holds));
    if checkpoint::last(folder).exists() || lines > 1 {
        return fault("holds a run already: resume it, or name another folder");
    }
    // A head that was solved has no checkpoint.
    if folder.join("bundle").exists() {
        return fault("holds a run already: name another folder");
    }
    if folder.join("model.toml").exists() {
        return fault("is a bundle: name another folder");
    }
    Ok(())
}

/// Creates the run folder, or reads the run in it; returns the reports of finished epochs.
fn open_folder(
    run: &mut setup::Run<'_>,
    folder: &Path,
    resume: bool,
) -> Result<Vec<EpochReport>, TrainError> {
    let history_path = folder.join("history.jsonl");
    if resume {
        run.resume(folder)?;
        let recorded = crate::environment::Environment::read(&folder.join("environment.json"));
        let recorded = recorded.ok().and_then(|recorded| recorded.provenance);
        if recorded.is_some_and(|recorded| !recorded.same_rows(&run.provenance)) {
            return Err(TrainError::checkpoint(
                folder,
                "was trained on other rows so far (environment.json has their split): resume with the same data and split",
            ));
        }
        return history::keep(&history_path, run.progress.epoch);
    }
    expect_no_run(folder)?;
    std::fs::create_dir_all(folder).map_err(|e| TrainError::io(folder, e))?;
    if history_path.exists() {
        history::keep(&history_path, 0)?;
    }
    checkpoint::write_atomic(
        &folder.join("recipe.toml"),
        run.recipe.to_toml()?.as_bytes(),
    )?;
    if let Rule::File { path, .. } = &run.dataset.split.rule {
        let text = genrenet_files::read(path, 512 << 20).map_err(|e| TrainError::io(path, e))?;
        checkpoint::write_atomic(&folder.join(SPLIT_COPY), &text)?;
    }
    let data = [
        ("name", run.dataset.name.clone()),
        ("fingerprint", run.dataset.fingerprint.clone()),
        ("split", run.provenance.split_words()),
        ("training rows", run.rows.training.len().to_string()),
        ("validation rows", run.rows.validation.len().to_string()),
    ];
    let data = data
        .into_iter()
        .map(|(key, value)| (key.to_string(), value))
        .collect();
    crate::environment::Environment::now(data, run.provenance.clone())
        .write(&folder.join("environment.json"))?;
    Ok(Vec::new())
}
