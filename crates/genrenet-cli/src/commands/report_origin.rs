//! `genrenet report-origin`: the student report's networks trained again, on one page.

use std::cell::Cell;
use std::path::{Path, PathBuf};

use clap::Args;
use genrenet::data::Split;
use genrenet::origin::{ORIGIN_RUNS, OriginRun, Trained, With, origin_page};
use genrenet::report::origin_report;
use genrenet::report_context::{self, Wanted};
use genrenet::train::OnLearned;
use genrenet_text::visible_path;

use super::report::write;
use super::train::watcher::Watcher;
use super::train::{command_line, figures, stop_on_interrupt};
use crate::exit::{CommandResult, Failure, Outcome};
use crate::output::{Page, tell, warn};
use crate::target_folder;
use crate::terminal::Terminal;

/// Train the networks of the student report again, and write its page.
///
/// FOLDER holds FMA's clips and tables (docs/DATA.md): `fma_small` and `fma_metadata`. The report's three networks are trained as
/// published, corrected, and joined (docs/ORIGIN.md), each into a run folder of its own, and put on one page: layers, curves, maps
/// of training and test clips, what each says of a song, and accuracies beside what was published. A run that is finished is not
/// trained again, and one that was stopped is continued.
#[derive(Args)]
pub struct ReportOrigin {
    /// The folder of FMA.
    #[arg(value_name = "FOLDER")]
    data: PathBuf,
    /// The folder for the runs and the page.
    #[arg(long, value_name = "FOLDER", default_value = "origin")]
    out: PathBuf,
    /// Only these networks, by the names of their recipes.
    #[arg(long, value_name = "NAME", value_delimiter = ',', value_parser = name)]
    only: Vec<String>,
    /// Change a value of all recipes: train.epochs=2.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    changes: Vec<String>,
}

fn name(text: &str) -> Result<String, String> {
    let known = ORIGIN_RUNS.map(|run| run.recipe);
    match known.contains(&text) {
        true => Ok(text.to_owned()),
        false => Err(format!("expected one of {}", known.join(", "))),
    }
}

pub fn run(arguments: ReportOrigin) -> CommandResult {
    target_folder::expect_own("--out", &arguments.out)?;
    if !arguments.data.is_dir() {
        return Err(Failure::new(format!(
            "{}: expected the folder of FMA, with fma_small and fma_metadata; found none",
            visible_path(&arguments.data)
        )));
    }
    let canceled = stop_on_interrupt();
    let mut folders = Vec::new();
    let mut failed = false;
    let chosen = |run: &&OriginRun| {
        arguments.only.is_empty() || arguments.only.iter().any(|name| name == run.recipe)
    };
    for run in ORIGIN_RUNS.iter().filter(chosen) {
        tell(run.recipe);
        let folder = arguments.out.join(run.recipe);
        let mut watcher = Watcher::new();
        let with = With {
            command: &command_line(),
            observer: &mut watcher,
            stop: &canceled.training,
            cancel: &canceled.files,
            progress: &Terminal::default(),
        };
        let trained = run.train(&arguments.data, &folder, &arguments.changes, with);
        watcher.end();
        match trained {
            Ok(Trained::Now(result)) => {
                if result.stopped {
                    tell("stopped; the same command continues");
                    return Ok(Outcome::SomeFailed);
                }
                if let Some(validation) = &result.validation {
                    tell(figures(validation));
                }
                folders.push(folder);
            }
            Ok(Trained::Before) => folders.push(folder),
            Ok(Trained::Lacking(why)) => tell(format_args!("left out: {why}")),
            Err(error) if canceled.training.requested() => return Err(error.into()),
            // One network that can't be trained doesn't stop the others.
            Err(error) => {
                failed = true;
                warn(Path::new(run.recipe), error);
            }
        }
    }
    if folders.is_empty() {
        return Err(Failure::new(
            "no network of the report could be trained on this data",
        ));
    }
    page(&arguments, &folders, failed)
}

fn page(arguments: &ReportOrigin, folders: &[PathBuf], failed: bool) -> CommandResult {
    let wanted = Wanted {
        subsets: &[Split::Test, Split::Validation],
        data: None,
        taxonomy: None,
        on_learned: OnLearned::Refuse,
        unread: Cell::new(0),
        progress: &Terminal::default(),
    };
    let mut runs = Vec::new();
    for folder in folders {
        runs.push(report_context::of_run(&folder.to_string_lossy(), &wanted)?);
    }
    let opening = origin_page();
    let out = arguments.out.join("report");
    write(&out, |advance| {
        origin_report("Three networks for music genre", &opening, &runs, advance)
    })?;
    let mut summary = Page::summary();
    summary.line(visible_path(&out.join("report.html")));
    summary.end(match failed || wanted.unread.get() > 0 {
        true => Outcome::SomeFailed,
        false => Outcome::Done,
    })
}
