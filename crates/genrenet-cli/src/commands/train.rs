//! `genrenet train`: trains a network by a recipe, or on a folder of genre folders without one.

mod choose_recipe;
mod head_or_network;
mod learning_rates;
pub(super) mod watcher;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::Args;
use genrenet::data::{Dataset, Split};
use genrenet::train::{
    Evaluation, OpenBundle, Recipe, RunOptions, SeedsResult, Stop, TrainError,
    checks::expect_two_genres,
    run::{expect_no_run, lock},
    train_folds, train_seeds,
};
use genrenet::{datasets, shipped};
use genrenet_text::{counted, visible_path};

use self::choose_recipe::{SplitBy, choose_recipe, is_data};
use self::head_or_network::{Network, better_network};
use self::learning_rates::learning_rates;
use self::watcher::Watcher;
use crate::exit::{CommandResult, Failure, Outcome};
use crate::interrupt;
use crate::output::{Page, tell};
use crate::target_folder::COMMAND;
use crate::terminal::Terminal;

/// Train a network.
///
/// `train RECIPE` follows a recipe (configs/*.toml) on its data. `train FOLDER` learns the genres of a folder of genre
/// folders of audio files, from one song of each genre on: a head over the tags of the built-in network msd50 learns from all
/// songs within seconds, and folds, in which songs of one artist or album (known by tags or folders) stay together, say how
/// often it will be right. From 100 songs of the median genre on, the head is compared with a network that is trained from
/// scratch, and the better one is learned; --head and --from-scratch decide it. Ctrl-C loses at most the running epoch of a
/// network and prints the command that continues.
#[derive(Args)]
pub struct Train {
    /// A recipe, or a data set of audio files: a folder of genre folders, FMA's or GTZAN's folder, or a manifest with the columns
    /// path and genre.
    #[arg(value_name = "RECIPE_OR_FOLDER", required_unless_present = "resume")]
    what: Option<PathBuf>,
    /// The data, in place of those that the recipe names: any of the data sets in docs/DATA.md.
    #[arg(long, value_name = "PATH")]
    data: Option<PathBuf>,
    /// Change a value of the recipe: train.epochs=3, network.trunk.0.rate=0.5.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    changes: Vec<String>,
    /// The run folder; runs/NAME, if not given (with a number where that is taken).
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    /// Continue a run that was stopped; the result has the same bytes as if it had not been.
    #[arg(long, value_name = "RUN", conflicts_with_all = ["what", "changes", "out", "folds", "find_lr"])]
    resume: Option<PathBuf>,
    /// Cross-validate with K folds; groups are kept whole.
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u8).range(2..=100))]
    folds: Option<u8>,
    /// Train a network from scratch on FOLDER (configs/own-music.toml) instead of a head over msd50: 70 % of the songs for
    /// training, 15 % for validation, 15 % for a test.
    #[arg(long, conflicts_with = "resume")]
    from_scratch: bool,
    /// Learn the head on FOLDER without comparing it with a network from scratch, which is done from 100 songs of the median
    /// genre on and takes as long as a training.
    #[arg(long, conflicts_with_all = ["resume", "from_scratch"])]
    head: bool,
    /// The subset of each row from a table with the columns id, split and excluded, as `data audit --split-out` writes it.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["resume", "split_by"])]
    split: Option<PathBuf>,
    /// Train although artists, albums, groups or copies are in several subsets; the results say so.
    #[arg(long, conflicts_with = "resume")]
    allow_leaks: bool,
    /// What stays in one subset or fold: the songs of an artist or of an album, known by tags or columns, or nothing (random). If not
    /// given: artists and albums, where known. Use album where all songs of a genre are by one artist.
    #[arg(long, value_enum, value_name = "KIND", conflicts_with = "resume")]
    split_by: Option<SplitBy>,
    /// Raise the learning rate of a network step by step, show where the loss falls and where it diverges, recommend a rate, and end; the
    /// curve is written as learning-rate.svg and .png to --out (else to runs/NAME.learning-rate.svg and .png).
    #[arg(long, conflicts_with = "folds")]
    find_lr: bool,
}

impl Train {
    /// The data in place of a recipe.
    fn folder(&self) -> Option<&Path> {
        self.what.as_deref().filter(|what| is_data(what))
    }
}

pub fn run(arguments: Train) -> CommandResult {
    let mut recipe = choose_recipe(&arguments)?;
    let canceled = stop_on_interrupt();
    let data = arguments.data.as_deref().or(arguments.folder());
    // Before hours of computing features: a folder that another training writes into is refused at once.
    let options = match arguments.find_lr {
        true => RunOptions::default(),
        false => into_folder(&arguments, &recipe)?,
    };
    let (mut dataset, mut failed) = match &arguments.resume {
        // The rows of a fold's or a later seed's run are not those that its recipe alone would choose.
        Some(folder) => {
            let data = datasets::of_run(folder, &recipe, None, data, &Terminal::default())?;
            (data.dataset, data.unread)
        }
        None => (datasets::of_recipe(&recipe, data)?, 0),
    };
    if data.is_some() {
        recipe.data.path =
            data.map(|path| std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf()));
    }
    if arguments.resume.is_none() {
        failed += dataset.unread;
    }
    // Again below: files that can't be decoded may be all of a genre.
    if let Err(error) = expect_two_genres(&dataset) {
        // They say which genres were left out.
        dataset.notes.iter().for_each(tell);
        return Err(error.into());
    }
    failed += datasets::compute_features_of(
        &recipe,
        &mut dataset,
        Some(&canceled.files),
        &Terminal::default(),
    )?;
    describe(&recipe, &dataset);
    expect_two_genres(&dataset)?;
    if let Some(network) = better_network(&arguments, (&recipe, &dataset), &canceled)? {
        Network { recipe, dataset } = network;
        describe(&recipe, &dataset);
    }
    let ending = match failed {
        0 => Outcome::Done,
        _ => Outcome::SomeFailed,
    };
    if arguments.find_lr {
        let pictures = match &arguments.out {
            Some(folder) => folder.join("learning-rate"),
            None => Path::new("runs").join(format!("{}.learning-rate", recipe.name)),
        };
        return learning_rates(&recipe, &dataset, &pictures, &canceled.training, ending);
    }
    let folder = options.folder.clone().unwrap_or_default();
    let mut watcher = Watcher::new();
    if arguments.resume.is_none() {
        watcher.command = Some((folder.join(COMMAND), options.command.clone()));
    }
    if let Some(folds) = arguments.folds {
        let result = train_folds(
            &recipe,
            &dataset,
            folds.into(),
            &options,
            &mut watcher,
            &canceled.training,
        )?;
        watcher.end();
        let mut page = Page::summary();
        page.line(means("out of fold, mean over folds", &result.means));
        page.line(figures(&result.together));
        page.line(format_args!("runs: {}", visible_path(&folder)));
        return page.end(ending);
    }
    let result = train_seeds(
        &recipe,
        &dataset,
        &options,
        &mut watcher,
        &canceled.training,
    )?;
    watcher.end();
    let has_test = !dataset.indices(Split::Test).is_empty();
    summary(&result, &folder, has_test, ending)
}

/// Prints what became of the runs of all seeds.
fn summary(result: &SeedsResult, folder: &Path, has_test: bool, ending: Outcome) -> CommandResult {
    let mut page = Page::summary();
    let mut stopped = false;
    for run in &result.runs {
        if let Some(evaluation) = &run.validation {
            page.line(figures(evaluation));
        }
        run.expected.iter().for_each(|sentence| page.line(sentence));
        if let Some(go_on) = &run.go_on {
            stopped = true;
            tell(go_on);
        }
        if let Some(folder) = &run.folder {
            let run_folder = visible_path(folder);
            match run.kept_epoch {
                0 => page.line(format_args!("run: {run_folder}")),
                epoch => page.line(format_args!("run: {run_folder} (weights of epoch {epoch})")),
            }
        }
    }
    if result.runs.len() > 1 {
        page.line(means("validation, mean over seeds", &result.validation));
    }
    if !stopped && has_test {
        // `evaluate` takes one network; `report` means over the seeds of a folder.
        let command = match result.runs.len() {
            1 => "evaluate",
            _ => "report",
        };
        page.line(format_args!(
            "test rows are unread; once all is decided: genrenet {command} {} --on test",
            visible_path(folder)
        ));
    }
    page.end(if stopped { Outcome::SomeFailed } else { ending })
}

/// Flags that Ctrl-C sets.
pub(super) struct Canceled {
    pub(super) training: Stop,
    pub(super) files: Arc<AtomicBool>,
}

/// The first Ctrl-C stops after the current step, a second one ends the process at once.
pub(super) fn stop_on_interrupt() -> Canceled {
    let canceled = Canceled {
        training: Stop::new(),
        files: Arc::default(),
    };
    let (training, files) = (canceled.training.clone(), canceled.files.clone());
    interrupt::gentle(move || {
        files.store(true, Ordering::Relaxed);
        training.request();
        tell("stopping after the current step; press Ctrl-C again to end at once");
    });
    canceled
}

fn describe(recipe: &Recipe, dataset: &Dataset) {
    let count = |split| dataset.indices(split).len();
    let genres = counted(dataset.genres.len(), "genre", "genres");
    let all_for_training = count(Split::Training) == dataset.rows.len();
    let folds_say = recipe.train.solve.is_some() && all_for_training;
    match folds_say {
        true => tell(format_args!(
            "{}: {genres}, {}, from all of which the head learns",
            dataset.name,
            counted(dataset.rows.len(), "song", "songs"),
        )),
        false => tell(format_args!(
            "{}: {genres}; {} training, {} validation, {} test rows; split {}",
            dataset.name,
            count(Split::Training),
            count(Split::Validation),
            count(Split::Test),
            dataset.split
        )),
    }
    for note in dataset.notes.iter().chain(&dataset.lacking_genres()) {
        tell(note);
    }
    if folds_say {
        return;
    }
    if let Some(why) = dataset.why_empty(Split::Test) {
        tell(format_args!("no test rows: {why}"));
    }
}

/// The run's folder, locked.
fn into_folder(arguments: &Train, recipe: &Recipe) -> Result<RunOptions, Failure> {
    let mut options = RunOptions {
        resume: arguments.resume.is_some(),
        command: match &arguments.resume {
            Some(folder) => first_command(folder).unwrap_or_else(command_line),
            None => command_line(),
        },
        open_bundle: OpenBundle(shipped::open),
        ..RunOptions::default()
    };
    if let Some(folder) = arguments.resume.as_ref().or(arguments.out.as_ref()) {
        if !options.resume {
            expect_no_data(folder, arguments, recipe)?;
        }
        options.folder = Some(folder.clone());
        options.lock = lock(&options)?;
        // That a training writes into it is said first.
        if !options.resume {
            expect_no_run(folder)?;
        }
        return Ok(options);
    }
    for number in 1.. {
        let folder = Path::new("runs").join(match number {
            1 => recipe.name.clone(),
            _ => format!("{}-{number}", recipe.name),
        });
        if folder.exists() {
            continue;
        }
        options.folder = Some(folder);
        match lock(&options) {
            // Another training has taken the name just now.
            Err(TrainError::Held { .. }) => {}
            taken => {
                options.lock = taken?;
                break;
            }
        }
    }
    Ok(options)
}

/// Refuses the folder of the data as that of the run.
fn expect_no_data(folder: &Path, arguments: &Train, recipe: &Recipe) -> Result<(), Failure> {
    let data = arguments.data.as_deref().or(arguments.folder());
    let data = data.or(recipe.data.path.as_deref());
    match data.is_some_and(|data| is_same(folder, data)) {
        true => Err(Failure::new(format!(
            "--out {}: expected a folder for the run; found that of the data",
            visible_path(folder)
        ))),
        false => Ok(()),
    }
}

/// Whether two paths lead to the same file or folder.
fn is_same(one: &Path, other: &Path) -> bool {
    let real = [one, other].map(|path| path.canonicalize().ok());
    real[0].is_some() && real[0] == real[1]
}

pub(super) fn command_line() -> String {
    let words: Vec<String> = std::env::args_os()
        .skip(1)
        .map(|word| visible_path(Path::new(&word)))
        .collect();
    format!("genrenet {}", words.join(" "))
}

/// The command that began a run; that of all seeds or folds is beside their folders. `None` for a run that has none.
fn first_command(folder: &Path) -> Option<String> {
    [folder.join(COMMAND), folder.join("..").join(COMMAND)]
        .iter()
        .find_map(|path| genrenet_files::read_text(path, 1 << 20).ok())
        .map(|words| words.trim_end().to_owned())
}

pub(super) fn figures(evaluation: &Evaluation) -> String {
    if let Some(several) = &evaluation.several {
        let [low, high] = several.mean_average_precision_interval;
        return format!(
            "{} ({}): mean average precision {:.1} % ({:.1}–{:.1}; chance level {:.1} %), top-1 {:.1} %",
            evaluation.on,
            counted(evaluation.n, "row", "rows"),
            100.0 * several.mean_average_precision,
            100.0 * low,
            100.0 * high,
            100.0 * several.chance,
            100.0 * evaluation.top1,
        );
    }
    let [low, high] = evaluation.top1_interval;
    format!(
        "{} ({}): top-1 {:.1} % ({:.1}–{:.1}), top-3 {:.1} %, macro-F1 {:.1} %, ECE {:.3}",
        evaluation.on,
        counted(evaluation.n, "row", "rows"),
        100.0 * evaluation.top1,
        100.0 * low,
        100.0 * high,
        100.0 * evaluation.top3,
        100.0 * evaluation.macro_f1,
        evaluation.ece
    )
}

fn means(of: &str, means: &genrenet::train::seeds::Means) -> String {
    let words = |name: &str, mean: &genrenet::train::seeds::Mean| {
        format!(
            "{name} {:.1} % ({:.1}–{:.1})",
            100.0 * mean.mean,
            100.0 * mean.low,
            100.0 * mean.high
        )
    };
    format!(
        "{of}: {}, {}, {}, ECE {:.3}",
        words("top-1", &means.top1),
        words("top-3", &means.top3),
        words("macro-F1", &means.macro_f1),
        means.ece.mean
    )
}
