//! `genrenet evaluate`: figures of a model on a data set.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use genrenet::data::{Dataset, Split};
use genrenet::datasets::{self, RunData};
use genrenet::model::Bundle;
use genrenet::train::evaluate::evaluate_with;
use genrenet::train::{Evaluation, OnLearned, TrainError};
use genrenet::{Error, shipped, taxonomy};
use genrenet_text::{counted, visible};

use crate::exit::{CommandResult, Failure, Outcome};
use crate::output::{Page, tell};
use crate::progress::Progress;
use crate::terminal::Terminal;

/// Measure a model on a data set.
///
/// Prints top-1, top-3 and macro-F1 with 95 % intervals (bootstrap, by artist or album where they are known), the
/// calibration error, a table per genre and the confusion matrix. Rows that the model learned are
/// recognised by their content, whatever the data are called; validation and test rows that include such rows are not measured.
#[derive(Args)]
pub struct Evaluate {
    /// The folder of a run or bundle, or a built-in model; wide, if not given.
    #[arg(value_name = "RUN_OR_BUNDLE")]
    model: Option<String>,
    /// A folder with tracks.csv and arrays, FMA's or GTZAN's folder, a folder of genre folders of audio files, a manifest (CSV, JSON
    /// lines or Parquet with path and genre) or a table of values; a run's own data, if not given.
    #[arg(long, value_name = "PATH")]
    data: Option<PathBuf>,
    /// Which rows. If not given: the test rows (validation rows, where there are none) of a run's own data and of data with a
    /// split of their own; all rows of other data.
    #[arg(long, value_enum, value_name = "ROWS")]
    on: Option<On>,
    /// Your own genres in place of the model's, also for the labels of the data: a taxonomy file, or simple or lastgenre. Rows of
    /// genres that it ignores are left out and counted.
    #[arg(long, value_name = "TAXONOMY")]
    taxonomy: Option<PathBuf>,
    /// Leave out rows that the model learned, and say how many. Not with --on training: those are the rows that it learned.
    #[arg(long)]
    leave_out_learned: bool,
    /// One JSON object instead of tables.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum On {
    Training,
    Validation,
    Test,
    All,
}

pub fn run(arguments: Evaluate) -> CommandResult {
    if arguments.leave_out_learned && arguments.on == Some(On::Training) {
        return Err(Failure::new(
            "--leave-out-learned: expected --on validation, test or all; found --on training, whose rows are those that were learned",
        ));
    }
    let model = shipped::open_or_default(arguments.model.as_deref())?;
    let data = open(&arguments, &model)?;
    let subset = subset(&arguments, &data);
    let RunData {
        dataset,
        unread: failed,
        ..
    } = data;
    let model = taxonomy::regrouped(model, arguments.taxonomy.as_deref())?;
    let on_learned = match arguments.leave_out_learned {
        true => OnLearned::LeaveOut,
        false => OnLearned::Refuse,
    };
    let evaluation = measured(&model, &dataset, subset, on_learned).map_err(with_cure)?;
    for note in &dataset.notes {
        tell(note);
    }
    let mut page = Page::result();
    match arguments.json {
        true => page.json(&evaluation),
        false => page.text(text(&evaluation)),
    }
    page.end(match failed {
        0 => Outcome::Done,
        _ => Outcome::SomeFailed,
    })
}

/// The figures of the rows that were asked for.
fn measured(
    model: &Bundle,
    dataset: &Dataset,
    subset: Option<Split>,
    on_learned: OnLearned,
) -> Result<Evaluation, TrainError> {
    let rows = subset.map_or(dataset.rows.len(), |subset| dataset.indices(subset).len());
    let progress = Progress::over("rows", Some(rows as u64));
    evaluate_with(model, dataset, subset, on_learned, &|n| {
        progress.more(n as u64)
    })
}

/// The error, with the option that measures the other rows where some were learned.
fn with_cure(error: TrainError) -> Failure {
    match &error {
        TrainError::Learned { learned, of, .. } if learned < of => Failure::new(format!(
            "{error}; --leave-out-learned measures the other {}",
            of - learned
        )),
        _ => error.into(),
    }
}

/// The data set with its features.
fn open(arguments: &Evaluate, model: &Bundle) -> Result<RunData, Failure> {
    let folder = arguments.model.as_deref().map(Path::new);
    let opened = datasets::to_measure(
        model,
        folder,
        arguments.data.as_deref(),
        &Terminal::default(),
    );
    opened.map_err(|error| match error {
        Error::NoDataNamed => Failure::new(format!("--data is missing: {error}")),
        other => other.into(),
    })
}

fn subset(arguments: &Evaluate, data: &RunData) -> Option<Split> {
    match arguments.on {
        Some(On::Training) => Some(Split::Training),
        Some(On::Validation) => Some(Split::Validation),
        Some(On::Test) => Some(Split::Test),
        Some(On::All) => None,
        None => data.usual_subset(),
    }
}

/// How many answers are sure, and right, and what the threshold was chosen for.
fn sureness(evaluation: &Evaluation) -> String {
    let percent = |value: f64| format!("{:.1} %", 100.0 * value);
    let Some(target) = evaluation.target_precision else {
        return "sure of   –, no threshold was chosen: the model was calibrated on no rows"
            .to_owned();
    };
    let right = match evaluation.precision_when_sure {
        Some(share) => format!("and right in {} of those", percent(share)),
        None => "no answer reaches the threshold".to_owned(),
    };
    let sure = percent(evaluation.coverage);
    format!(
        "sure of   {sure}, {right} (threshold chosen for {:.0} %)",
        100.0 * target
    )
}

fn text(evaluation: &Evaluation) -> String {
    use std::fmt::Write as _;
    let mut out = String::new();
    let percent = |value: f64| format!("{:.1} %", 100.0 * value);
    let interval =
        |[low, high]: [f64; 2]| format!("95 % interval {:.1}–{:.1}", 100.0 * low, 100.0 * high);
    let _ = writeln!(
        out,
        "{} ({})\n",
        visible(&evaluation.on),
        counted(evaluation.n, "row", "rows")
    );
    // They say how the figures are to be read: that rows were learned, or left out.
    for note in &evaluation.notes {
        let _ = writeln!(out, "{}\n", visible(note));
    }
    if let Some(several) = &evaluation.several {
        let _ = writeln!(
            out,
            "mAP       {}   {}; chance level {}",
            percent(several.mean_average_precision),
            interval(several.mean_average_precision_interval),
            percent(several.chance)
        );
    }
    let _ = writeln!(
        out,
        "top-1     {}   {}",
        percent(evaluation.top1),
        interval(evaluation.top1_interval)
    );
    let _ = writeln!(out, "top-3     {}", percent(evaluation.top3));
    let _ = writeln!(
        out,
        "macro-F1  {}   {}",
        percent(evaluation.macro_f1),
        interval(evaluation.macro_f1_interval)
    );
    let _ = writeln!(out, "ECE       {:.3}", evaluation.ece);
    let _ = writeln!(out, "log loss  {:.3}", evaluation.log_loss);
    let _ = writeln!(out, "{}\n", sureness(evaluation));
    let genres: Vec<_> = evaluation.genres.iter().map(|g| visible(g)).collect();
    let width = genres
        .iter()
        .map(|genre| genre.chars().count())
        .max()
        .unwrap_or(0)
        .max(5);
    let precisions = evaluation
        .several
        .as_ref()
        .map(|several| &several.average_precision[..]);
    let average = precisions.map_or("", |_| "  average");
    let _ = writeln!(
        out,
        "{:width$}  precision  recall     F1      n{average}",
        "genre"
    );
    for (number, score) in evaluation.per_genre.iter().enumerate() {
        // Nothing is known of a genre without rows.
        let cell = |share: f64| match score.n {
            0 => "–".to_owned(),
            _ => format!("{:.1}", 100.0 * share),
        };
        let average = precisions.map_or(String::new(), |list| match list[number] {
            Some(precision) => format!("  {:>7.1}", 100.0 * precision),
            None => "        –".to_owned(),
        });
        let _ = writeln!(
            out,
            "{:width$}  {:>9}  {:>6}  {:>5}  {:5}{average}",
            visible(&score.genre),
            cell(score.precision),
            cell(score.recall),
            cell(score.f1),
            score.n
        );
    }
    if evaluation.confusion.is_empty() {
        return out;
    }
    let _ = writeln!(
        out,
        "\nconfusion: a row per true genre, a column per named genre, in the same order"
    );
    for (genre, row) in genres.iter().zip(&evaluation.confusion) {
        let cells: Vec<String> = row.iter().map(|count| format!("{count:5}")).collect();
        let _ = writeln!(out, "{genre:width$}  {}", cells.join(""));
    }
    out
}
