//! Training and evaluation.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use genrenet::data::{Dataset, Split};
use genrenet::folder_recipe::{compare_with_network, head_recipe, network_recipe, split_by};
use genrenet::train::checks::expect_two_genres;
use genrenet::train::evaluate::evaluate_with;
use genrenet::train::head_or_network::{NETWORK_SONGS, median_songs};
use genrenet::train::{
    EpochReport, Observer, OnLearned, OpenBundle, Recipe, RunOptions, RunResult, train_seeds,
};
use genrenet::{Error, Progress, datasets, shipped};
use pyo3::prelude::*;
use serde_json::{Value, json};

use crate::background::{Cancel, run, run_unheard};
use crate::error;
use crate::model::NativeModel;

/// What is trained, and how.
#[derive(FromPyObject)]
pub struct Wish {
    #[pyo3(item)]
    what: PathBuf,
    #[pyo3(item)]
    out: PathBuf,
    #[pyo3(item)]
    data: Option<PathBuf>,
    #[pyo3(item)]
    changes: Vec<String>,
    /// `head`, `network`, or whichever is better.
    #[pyo3(item)]
    learner: Option<String>,
    /// `artist`, `album`, `random`.
    #[pyo3(item)]
    split_by: Option<String>,
    #[pyo3(item)]
    split: Option<PathBuf>,
    #[pyo3(item)]
    allow_leaks: bool,
    #[pyo3(item)]
    resume: bool,
}

impl Wish {
    fn is_recipe(&self) -> bool {
        let ending = self.what.extension();
        ending.is_some_and(|ending| ending.eq_ignore_ascii_case("toml"))
    }

    fn recipe(&self) -> Result<Recipe, Error> {
        let mut recipe = if self.resume {
            Recipe::load(&self.out.join("recipe.toml"))?
        } else if self.is_recipe() {
            Recipe::load_with(&self.what, &self.changes)?
        } else if self.learner.as_deref() == Some("network") {
            network_recipe(&self.what, &self.changes)?
        } else {
            head_recipe(&self.what, &self.changes)?
        };
        if self.resume {
            return Ok(recipe);
        }
        self.set_split(&mut recipe);
        if let Some(file) = &self.split {
            recipe.data.split = None;
            recipe.data.split_file = Some(absolute(file));
        }
        recipe.data.allow_leaks |= self.allow_leaks;
        Ok(recipe)
    }

    fn set_split(&self, recipe: &mut Recipe) {
        match self.split_by.as_deref() {
            None => {}
            Some("random") => split_by(recipe, None),
            Some(group) => split_by(recipe, Some(group)),
        }
    }

    /// The data in place of the recipe's own.
    fn path(&self) -> Option<&Path> {
        let folder = Some(&*self.what).filter(|_| !self.is_recipe());
        self.data.as_deref().or(folder)
    }
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf())
}

/// Trains, and returns what became of each run as JSON, the files that were left out, and what is noted of the data.
#[pyfunction]
pub fn train(
    py: Python<'_>,
    wish: Wish,
    on_epoch: Option<Py<PyAny>>,
) -> PyResult<(String, Vec<LeftOut>, Vec<String>)> {
    let cancel = Cancel::default();
    let report = Report::new(&cancel);
    let wish = Arc::new(wish);
    let (of, told) = (wish.clone(), report.clone());
    let data = run_unheard(py, &cancel, move || prepared(&of, &told))?;
    let data = data.map_err(|fault| error::of(py, &fault))?;
    let notes = data.1.notes.clone();
    let mut calls = Calls {
        on_epoch,
        raised: None,
        cancel: cancel.clone(),
    };
    let done = run(py, &cancel, || {
        trained(&wish, data, &cancel, &mut calls, &report)
    });
    if let Some(exception) = calls.raised.take() {
        return Err(exception);
    }
    let runs = done?.map_err(|fault| error::of(py, &fault))?;
    Ok((json!(runs).to_string(), report.take(), notes))
}

/// The recipe, and its data with features. Nothing is written but the feature cache.
fn prepared(wish: &Wish, report: &Report) -> Result<(Recipe, Dataset), Error> {
    let mut recipe = wish.recipe()?;
    let mut dataset = match wish.resume {
        true => datasets::of_run(&wish.out, &recipe, None, wish.data.as_deref(), report)?.dataset,
        false => datasets::of_recipe(&recipe, wish.path())?,
    };
    report.of_dataset(&dataset);
    if let Some(path) = wish.path() {
        recipe.data.path = Some(absolute(path));
    }
    expect_two_genres(&dataset)?;
    datasets::compute_features_of(&recipe, &mut dataset, None, report)?;
    expect_two_genres(&dataset)?;
    Ok((recipe, dataset))
}

fn trained(
    wish: &Wish,
    (mut recipe, mut dataset): (Recipe, Dataset),
    cancel: &Cancel,
    calls: &mut Calls,
    report: &Report,
) -> Result<Vec<Value>, Error> {
    if let Some(network) = better_network(wish, (&recipe, &dataset), cancel, calls, report)? {
        (recipe, dataset) = network;
    }
    let options = RunOptions {
        folder: Some(wish.out.clone()),
        resume: wish.resume,
        command: "genrenet.train (Python)".to_owned(),
        open_bundle: OpenBundle(shipped::open),
        ..RunOptions::default()
    };
    let result = train_seeds(&recipe, &dataset, &options, calls, &cancel.training)?;
    Ok(result.runs.iter().map(described).collect())
}

/// A network from scratch and its data, where a folder has enough songs for a comparison and it is better than the head.
fn better_network(
    wish: &Wish,
    head: (&Recipe, &Dataset),
    cancel: &Cancel,
    calls: &mut Calls,
    report: &Report,
) -> Result<Option<(Recipe, Dataset)>, Error> {
    let decided = wish.learner.is_some() || wish.resume || wish.is_recipe();
    if decided || median_songs(head.1) < NETWORK_SONGS {
        return Ok(None);
    }
    let Ok(mut network) = network_recipe(&wish.what, &wish.changes) else {
        return Ok(None); // the changes are those of a head
    };
    wish.set_split(&mut network);
    let observer = (calls as &mut dyn Observer, &cancel.training);
    let (found, dataset) =
        compare_with_network(head, &mut network, observer, &cancel.files, report)?;
    Ok(found.network_is_better().then_some((network, dataset)))
}

fn described(run: &RunResult) -> Value {
    json!({
        "folder": run.folder,
        "genres": run.bundle.genres,
        "history": run.history,
        "kept_epoch": run.kept_epoch,
        "validation": run.validation,
        "expected": run.expected,
        "notes": run.notes,
        "stopped": run.stopped,
    })
}

/// Measures a model on data, and returns the figures as JSON, and the files that were left out. `learned` is the model with the genres that it learned, by
/// which data are opened; `folder` may be that of a run.
#[pyfunction]
pub fn evaluate(
    py: Python<'_>,
    learned: &Bound<'_, NativeModel>,
    model: &Bound<'_, NativeModel>,
    folder: Option<PathBuf>,
    data: Option<PathBuf>,
    on: Option<String>,
    leave_out_learned: bool,
) -> PyResult<(String, Vec<LeftOut>)> {
    let cancel = Cancel::default();
    let report = Report::new(&cancel);
    let (learned, model, told) = (
        learned.get().0.clone(),
        model.get().0.clone(),
        report.clone(),
    );
    let measured = move || -> Result<String, Error> {
        let data = datasets::to_measure(&learned, folder.as_deref(), data.as_deref(), &*told)?;
        told.of_dataset(&data.dataset);
        let subset = match on.as_deref() {
            Some("training") => Some(Split::Training),
            Some("validation") => Some(Split::Validation),
            Some("test") => Some(Split::Test),
            Some(_) => None,
            None => data.usual_subset(),
        };
        let on_learned = match leave_out_learned {
            true => OnLearned::LeaveOut,
            false => OnLearned::Refuse,
        };
        let evaluation = evaluate_with(&model, &data.dataset, subset, on_learned, &|_| {})?;
        Ok(json!(evaluation).to_string())
    };
    let figures = run_unheard(py, &cancel, measured)?;
    let figures = figures.map_err(|fault| error::of(py, &fault))?;
    Ok((figures, report.take()))
}

/// Calls Python after each epoch; its exception ends the training.
struct Calls {
    on_epoch: Option<Py<PyAny>>,
    raised: Option<PyErr>,
    cancel: Cancel,
}

impl Observer for Calls {
    fn epoch(&mut self, report: &EpochReport, _left: Duration) {
        let Some(on_epoch) = &self.on_epoch else {
            return;
        };
        let called = Python::attach(|py| {
            let text = json!(report).to_string();
            let values = py.import("json")?.call_method1("loads", (text,))?;
            on_epoch.call1(py, (values,))
        });
        if let Err(exception) = called {
            self.cancel.request();
            self.raised.get_or_insert(exception);
        }
    }
}

/// A file that was left out, and why.
type LeftOut = (OsString, String);

/// Files that were left out; work on files stops when it is canceled.
struct Report {
    left_out: Mutex<Vec<LeftOut>>,
    canceled: Arc<AtomicBool>,
}

impl Report {
    fn new(cancel: &Cancel) -> Arc<Report> {
        Arc::new(Report {
            left_out: Mutex::default(),
            canceled: cancel.files.clone(),
        })
    }

    /// Adds those that a manifest names and that are not there.
    fn of_dataset(&self, dataset: &Dataset) {
        for (path, reason) in &dataset.left_out {
            self.left_out(path, reason);
        }
    }

    fn take(&self) -> Vec<LeftOut> {
        let mut files = self.left_out.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut files)
    }
}

impl Progress for Report {
    fn left_out(&self, path: &Path, reason: &str) {
        let mut files = self.left_out.lock().unwrap_or_else(PoisonError::into_inner);
        files.push((path.into(), reason.to_owned()));
    }

    fn canceled(&self) -> Option<&AtomicBool> {
        Some(&self.canceled)
    }
}
