//! Tags: a plan, applied with a journal, undone.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::atomic::Ordering;

use genrenet::library::plan::{
    Header, Journal, Mode, PLAN_SCHEMA, Plan, PlanError, Policy, Restored, Written, apply, latest,
    read_journal, set_undone, undo,
};
use genrenet::library::tags::FieldName;
use genrenet::{Error, PlannedSong, Songs, Tagging};
use pyo3::prelude::*;

use crate::background::{Cancel, run, run_unheard};
use crate::error;
use crate::model::NativeModel;

/// How values are chosen and where they go.
#[derive(FromPyObject)]
pub struct Rules {
    #[pyo3(item)]
    mode: String,
    #[pyo3(item)]
    field: String,
    #[pyo3(item)]
    keep_old_in: Option<String>,
    #[pyo3(item)]
    most: usize,
    #[pyo3(item)]
    min_ratio: f32,
    #[pyo3(item)]
    parents: bool,
    #[pyo3(item)]
    separator: String,
    #[pyo3(item)]
    by_album: bool,
}

/// A file and the exception that it caused.
type Failed = (PathBuf, PyErr);

fn field(py: Python<'_>, name: &str) -> PyResult<FieldName> {
    let parsed = name.parse::<FieldName>();
    parsed.map_err(|fault| error::input(py, &format!("field {name:?}: {fault}")))
}

/// Plans tags for songs; returns the lines of the plan, and the files that failed.
#[pyfunction]
pub fn plan(
    py: Python<'_>,
    paths: Vec<PathBuf>,
    model: &Bound<'_, NativeModel>,
    rules: Rules,
) -> PyResult<(String, Vec<Failed>)> {
    let name = field(py, &rules.field)?;
    let keep_old_in = rules
        .keep_old_in
        .as_deref()
        .map(|old| field(py, old))
        .transpose()?;
    if keep_old_in.as_ref() == Some(&name) {
        let text =
            format!("keep_old_in = {name}: expected another field than the one that is written");
        return Err(error::input(py, &text));
    }
    let policy = Policy {
        mode: match &*rules.mode {
            "add" => Mode::Add,
            "replace" => Mode::Replace,
            _ => Mode::OnlyEmpty,
        },
        max: rules.most,
        min_ratio: rules.min_ratio,
        parents: rules.parents,
    };
    let model = model.get().0.clone();
    let cancel = Cancel::default();
    let canceled = cancel.files.clone();
    let planned = move || -> Result<(String, Vec<(PathBuf, Error)>), Error> {
        genrenet::reads_sound(&model)?;
        let header = Header {
            genrenet_plan: PLAN_SCHEMA,
            model: format!("{} {}", model.card.name, model.card.version),
            taxonomy: model.taxonomy().map(str::to_owned),
            field: name.clone(),
            keep_old_in: keep_old_in.clone(),
            separator: rules.separator.clone(),
        };
        let tagging = Tagging {
            model: &model,
            policy: &policy,
            field: &name,
            by_album: rules.by_album,
        };
        let mut lines = serde_json::json!(header).to_string() + "\n";
        let mut failed = Vec::new();
        let songs = Songs::new(paths, std::io::empty());
        tagging.plan(
            songs,
            |_| {},
            |PlannedSong { path, result }| {
                match result {
                    Ok((entry, _)) => lines += &(serde_json::json!(entry).to_string() + "\n"),
                    Err(fault) => failed.push((path, fault)),
                }
                match canceled.load(Ordering::Relaxed) {
                    true => ControlFlow::Break(()),
                    false => ControlFlow::Continue(()),
                }
            },
        );
        Ok((lines, failed))
    };
    let (lines, failed) =
        run_unheard(py, &cancel, planned)?.map_err(|fault| error::of(py, &fault))?;
    Ok((lines, exceptions(py, failed)))
}

fn exceptions(py: Python<'_>, failed: Vec<(PathBuf, Error)>) -> Vec<Failed> {
    let exception = |(path, fault): (PathBuf, Error)| {
        let exception = error::of_tags(py, &fault, Some(&path));
        (path, exception)
    };
    failed.into_iter().map(exception).collect()
}

/// What became of the files of a plan: the journal (none where nothing was written), files that were written, files that were as planned
/// already, and those that failed.
type Applied = (Option<PathBuf>, Vec<PathBuf>, Vec<PathBuf>, Vec<Failed>);

/// Writes what a plan says, each file verified on a copy.
#[pyfunction]
pub fn apply_plan(py: Python<'_>, lines: String, journal: Option<PathBuf>) -> PyResult<Applied> {
    let cancel = Cancel::default();
    let applied = || -> Result<_, Error> {
        let Plan {
            header, entries, ..
        } = Plan::read(lines.as_bytes())?;
        let journal = Journal::create(journal)?;
        let (mut written, mut already, mut failed) = (Vec::new(), Vec::new(), Vec::new());
        for (path, entry) in entries {
            if cancel.files.load(Ordering::Relaxed) {
                break;
            }
            match apply(&path, &entry, &header, &journal) {
                Ok(Written::New) => written.push(path),
                Ok(Written::Already) => already.push(path),
                Err(fault) => {
                    let ends = matches!(fault, PlanError::Journal { .. });
                    failed.push((path, Error::from(fault)));
                    if ends {
                        break; // what can't be undone is not written
                    }
                }
            }
        }
        let kept = match written.is_empty() {
            true => {
                // It holds no record: a file that stays does no harm.
                drop(journal.remove());
                None
            }
            false => Some(journal.path().to_path_buf()),
        };
        Ok((kept, written, already, failed))
    };
    let applied = run(py, &cancel, applied)?;
    let (journal, written, already, failed) =
        applied.map_err(|fault| error::of_tags(py, &fault, None))?;
    Ok((journal, written, already, exceptions(py, failed)))
}

/// What became of the files of a journal: the journal, files that were restored, files that were as before already, and those that failed.
type Undone = (PathBuf, Vec<PathBuf>, Vec<PathBuf>, Vec<Failed>);

/// Restores what a journal says, the newest where none is named.
#[pyfunction]
pub fn undo_journal(py: Python<'_>, journal: Option<PathBuf>) -> PyResult<Undone> {
    let named = journal.clone();
    let cancel = Cancel::default();
    let undone = || -> Result<_, PlanError> {
        let journal = match journal {
            Some(journal) => journal,
            None => latest()?,
        };
        let records = read_journal(&journal)?;
        let (mut restored, mut already, mut failed) = (Vec::new(), Vec::new(), Vec::new());
        // The last change first: a file may have been changed twice.
        for record in records.iter().rev() {
            if cancel.files.load(Ordering::Relaxed) {
                return Ok((journal, restored, already, failed));
            }
            let path = record.path.to_path().map_err(std::io::Error::other)?;
            match undo(&path, record) {
                Ok(Restored::Before) => restored.push(path),
                Ok(Restored::Already) => already.push(path),
                Err(fault) => failed.push((path, Error::from(fault))),
            }
        }
        if failed.is_empty() {
            set_undone(&journal)?;
        }
        Ok((journal, restored, already, failed))
    };
    let undone = run(py, &cancel, undone)?;
    let (journal, restored, already, failed) =
        undone.map_err(|fault| error::of_tags(py, &Error::from(fault), named.as_deref()))?;
    Ok((journal, restored, already, exceptions(py, failed)))
}
