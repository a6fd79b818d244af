//! The student report that this project began as, run again: its three networks as published, corrected, and combined.
//!
//! docs/ORIGIN.md says what was published and what was wrong with it.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use crate::datasets;
use crate::report::{OriginNetwork, OriginPage};
use crate::train::checks::expect_two_genres;
use crate::train::{Observer, OpenBundle, Recipe, RunOptions, RunResult, Stop, checkpoint, run};
use crate::{Error, Progress, shipped};

/// What a run reads of FMA.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reads {
    /// Eight values of the tracks of two genres.
    EchoNest,
    /// The clips.
    Clips,
    /// The clips, and the values where a track has them.
    Both,
}

/// One training of the report.
#[derive(Clone, Copy, Debug)]
pub struct OriginRun {
    /// The recipe, one of [`Recipe::of_origin`].
    pub recipe: &'static str,
    reads: Reads,
}

/// All trainings, in the order of the report.
pub const ORIGIN_RUNS: [OriginRun; 8] = {
    const fn reads(reads: Reads, recipe: &'static str) -> OriginRun {
        OriginRun { recipe, reads }
    }
    [
        reads(Reads::EchoNest, "origin-mlp-hand"),
        reads(Reads::EchoNest, "origin-mlp"),
        reads(Reads::EchoNest, "mlp-echonest-2"),
        reads(Reads::Clips, "origin-rnn"),
        reads(Reads::Clips, "rnn-mfcc"),
        reads(Reads::Clips, "origin-cnn"),
        reads(Reads::Clips, "cnn-logmel"),
        reads(Reads::Both, "fusion"),
    ]
};

/// What came of a training.
pub enum Trained {
    /// The run of its folder, trained now, or continued; `true` where it was stopped.
    Now(Box<RunResult>),
    /// It was finished before.
    Before,
    /// It can't be trained on this data, and why.
    Lacking(String),
}

impl OriginRun {
    /// Trains this recipe on FMA in `data` (a folder with the clips and `fma_metadata`) into `folder`. A finished run is left as it is, and one
    /// that was stopped is continued.
    ///
    /// # Errors
    /// Data that can't be opened or learned from; those of [`run::train`].
    pub fn train(
        &self,
        data: &Path,
        folder: &Path,
        changes: &[String],
        with: With<'_>,
    ) -> Result<Trained, Error> {
        if folder.join("bundle").is_dir() && is_finished(folder) {
            return Ok(Trained::Before);
        }
        let echonest = metadata(data).join("echonest.csv");
        if self.reads == Reads::EchoNest && !echonest.is_file() {
            return Ok(Trained::Lacking(format!(
                "there is no {}",
                echonest.display()
            )));
        }
        let resume = checkpoint::last(folder).exists();
        let (recipe, path) = match resume {
            true => (Recipe::load(&folder.join("recipe.toml"))?, None),
            false => (self.recipe(data, &echonest, changes)?, Some(())),
        };
        let path = path.and(recipe.data.path.as_deref());
        let mut dataset = match resume {
            true => datasets::of_run(folder, &recipe, None, path, with.progress)?.dataset,
            false => datasets::of_recipe(&recipe, path)?,
        };
        datasets::compute_features_of(&recipe, &mut dataset, Some(with.cancel), with.progress)?;
        expect_two_genres(&dataset)?;
        let options = RunOptions {
            folder: Some(folder.to_path_buf()),
            resume,
            command: with.command.to_owned(),
            open_bundle: OpenBundle(shipped::open),
            ..RunOptions::default()
        };
        let result = run::train(&recipe, &dataset, &options, with.observer, with.stop)?;
        Ok(Trained::Now(Box::new(result)))
    }

    /// The recipe with its data below `data`.
    fn recipe(&self, data: &Path, echonest: &Path, changes: &[String]) -> Result<Recipe, Error> {
        let mut recipe = Recipe::of_origin(self.recipe, changes)?;
        recipe.data.path = Some(data.to_path_buf());
        match self.reads {
            Reads::EchoNest => {
                recipe.data.path = Some(echonest.to_path_buf());
                recipe.data.genres = ["Electronic", "Rock"].map(String::from).to_vec();
                recipe.data.balanced = true;
            }
            Reads::Clips => {}
            Reads::Both if echonest.is_file() => {
                for join in &mut recipe.data.join {
                    join.path = echonest.to_path_buf();
                }
            }
            // Without the values it joins the other two inputs.
            Reads::Both => {
                recipe.data.join.clear();
                recipe.inputs.retain(|input| input.name != "values");
                recipe
                    .network
                    .branches
                    .retain(|branch| branch.input != "values");
            }
        }
        Ok(recipe)
    }
}

/// How a training is followed and stopped.
pub struct With<'a> {
    /// The command, for the card.
    pub command: &'a str,
    /// Follows the epochs.
    pub observer: &'a mut dyn Observer,
    /// Stops the training.
    pub stop: &'a Stop,
    /// Stops the reading of files.
    pub cancel: &'a AtomicBool,
    /// Follows the reading of files.
    pub progress: &'a dyn Progress,
}

/// Whether the run in a folder took all its epochs, or ran out of patience.
fn is_finished(folder: &Path) -> bool {
    let Ok(recipe) = Recipe::load(&folder.join("recipe.toml")) else {
        return false;
    };
    let history = crate::train::history::read(&folder.join("history.jsonl"));
    history.is_ok_and(|epochs| {
        let best = epochs
            .iter()
            .rev()
            .find(|epoch| epoch.best)
            .map_or(0, |epoch| epoch.epoch);
        let waited = recipe
            .train
            .patience
            .is_some_and(|patience| epochs.len() - best >= patience);
        epochs.len() >= recipe.train.epochs || waited
    })
}

/// The folder of the tables: in the folder of FMA, or beside that of its clips.
fn metadata(data: &Path) -> PathBuf {
    let inside = data.join("fma_metadata");
    let beside = data.canonicalize().ok();
    let beside = beside
        .as_deref()
        .and_then(Path::parent)
        .map(|up| up.join("fma_metadata"));
    match beside {
        Some(beside) if !inside.is_dir() && beside.is_dir() => beside,
        _ => inside,
    }
}

/// The opening of the page: each network of the report with what was published, and its runs here.
pub fn origin_page() -> OriginPage {
    let network = |name: &str, published: Option<f64>, runs: [&str; 2]| OriginNetwork {
        name: name.into(),
        published,
        as_published: Some(runs[0].into()).filter(|run: &String| !run.is_empty()),
        corrected: runs[1].into(),
    };
    OriginPage {
        networks: vec![
            network(
                "MLP, gradients by hand",
                Some(0.7575),
                ["origin-mlp-hand", "mlp-echonest-2"],
            ),
            network("MLP", Some(0.715), ["origin-mlp", "mlp-echonest-2"]),
            network("RNN", Some(0.2867), ["origin-rnn", "rnn-mfcc"]),
            network("CNN", Some(0.3723), ["origin-cnn", "cnn-logmel"]),
            network("All three joined", None, ["", "fusion"]),
        ],
        corrections: CORRECTIONS.map(|pair| pair.map(String::from)).to_vec(),
    }
}

/// What was wrong in the report, and what is done here.
const CORRECTIONS: [[&str; 2]; 7] = [
    [
        "Random splits, although tracks of one artist resemble each other",
        "FMA's official split: all tracks of an artist in one subset. The runs as published keep the random split, so their figures are too high",
    ],
    [
        "CNN: the split was drawn again for the test, so that most test clips had been trained on",
        "A bundle carries its split, and is not measured on rows that it learned",
    ],
    [
        "RNN: time and coefficients transposed, coefficients not standardised",
        "Steps are frames; each coefficient is standardised on training rows",
    ],
    [
        "CNN: an image with axes and margins; one dense layer with 99.9 % of the weights; batches never shuffled",
        "The log-mel spectrogram itself, convolutions with global pooling, shuffled batches",
    ],
    [
        "MLP: ranks over all rows, test rows included, divided by one number",
        "Quantiles of each column, fitted on training rows, defined for a new song",
    ],
    [
        "CNN: t-SNE of the eight outputs, of training clips in place of test clips",
        "t-SNE of the last hidden layer, of training and of test clips, each named",
    ],
    [
        "One run each, no interval",
        "Each figure with its 95 % interval; differences are tested in pairs",
    ],
];
