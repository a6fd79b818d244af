//! `genrenet report`: what a run is, how it learned and where it errs, on one page.

use std::cell::Cell;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use genrenet::data::Split;
use genrenet::report::{Advance, report_with};
use genrenet::report_context::{self, Wanted};
use genrenet::train::OnLearned;
use genrenet_text::visible_path;

use crate::exit::{CommandResult, Failure, Outcome};
use crate::output::Page;
use crate::progress::Progress;
use crate::target_folder;
use crate::terminal::Terminal;

/// Write a report about one run, or several side by side.
///
/// One HTML file that needs no network (report.html), the same as Markdown (report.md), and the pictures as SVG and PNG
/// (pictures/). What a run lacks is named on the page with the reason. For a recipe that was trained with several seeds or
/// folds, figures are means with intervals; single clips and maps are those of the first run.
#[derive(Args)]
pub struct Report {
    /// Folders of runs (also of several seeds or folds) or bundles, or names of built-in models.
    #[arg(required = true, value_name = "RUN")]
    runs: Vec<String>,
    /// The folder that is written; "report" inside the folder of the first run, if not given ("report-NAME" for a built-in model).
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    /// Only the figures of these rows; test and validation rows, if not given.
    #[arg(long, value_enum, value_name = "ROWS")]
    on: Option<On>,
    /// The data, in place of those that the runs name; needed for bundles, which name none.
    #[arg(long, value_name = "PATH")]
    data: Option<PathBuf>,
    /// Your own genres in place of the model's, also for the labels of the data: a taxonomy file, or simple or lastgenre.
    #[arg(long, value_name = "TAXONOMY")]
    taxonomy: Option<PathBuf>,
    /// Leave out rows that a model learned, and say how many; otherwise validation and test rows that include such rows are not
    /// measured.
    #[arg(long)]
    leave_out_learned: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum On {
    Validation,
    Test,
}

pub fn run(arguments: Report) -> CommandResult {
    if let Some(out) = &arguments.out {
        target_folder::expect_own("--out", out)?;
    }
    let subsets: &[Split] = match arguments.on {
        None => &[Split::Test, Split::Validation],
        Some(On::Test) => &[Split::Test],
        Some(On::Validation) => &[Split::Validation],
    };
    let wanted = Wanted {
        subsets,
        data: arguments.data.as_deref(),
        taxonomy: arguments.taxonomy.as_deref(),
        on_learned: match arguments.leave_out_learned {
            true => OnLearned::LeaveOut,
            false => OnLearned::Refuse,
        },
        unread: Cell::new(0),
        progress: &Terminal::default(),
    };
    let mut runs = Vec::new();
    for run in &arguments.runs {
        runs.push(report_context::of_run(run, &wanted)?);
    }
    report_context::tell_apart(&mut runs, &arguments.runs);
    let names: Vec<&str> = runs.iter().map(|run| run.name.as_str()).collect();
    let out = arguments.out.unwrap_or_else(|| {
        let first = PathBuf::from(&arguments.runs[0]);
        match first.is_dir() {
            true => first.join("report"),
            false => PathBuf::from(format!("report-{}", arguments.runs[0])),
        }
    });
    write(&out, |advance| {
        report_with(&names.join(", "), &runs, advance)
    })?;
    let mut page = Page::summary();
    page.line(visible_path(&out.join("report.html")));
    page.end(match wanted.unread.get() {
        0 => Outcome::Done,
        _ => Outcome::SomeFailed,
    })
}

/// Makes a report and writes it into a folder.
pub(super) fn write(
    out: &Path,
    page: impl FnOnce(Advance<'_>) -> genrenet::report::Report,
) -> Result<(), Failure> {
    let progress = Progress::over("steps", None);
    progress.stage("measuring", "steps", None);
    let page = page(&|what, done, of| {
        if done == 0 {
            progress.stage(what, "steps", Some(of));
        }
        progress.done(done);
    });
    page.write_with(out, &|picture, done, of| {
        if done == 0 {
            progress.stage("drawing", "pictures", Some(of));
        }
        progress.done(done);
        progress.now(picture);
    })?;
    Ok(())
}
