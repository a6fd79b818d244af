//! `genrenet evaluate`: figures of a model on a data set.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use genrenet::data::{Dataset, Rule, Split};
use genrenet::model::Bundle;
use genrenet::train::{Evaluation, Recipe, evaluate};
use genrenet_text::visible;

use crate::exit::{Ending, Failure, Outcome};
use crate::output::{Page, tell};
use crate::{collection, model_choice};

/// Measure a model on a data set.
///
/// Prints top-1, top-3 and macro-F1 with 95 % intervals (bootstrap, by artist or album where they are known), the
/// calibration error, a table per genre and the confusion matrix.
#[derive(Args)]
pub struct Evaluate {
    /// The folder of a run or bundle, or a model inside the program; the default model, if not given.
    #[arg(value_name = "RUN_OR_BUNDLE")]
    model: Option<String>,
    /// A folder with tracks.csv and arrays, a folder of genre folders of audio files, or a table path,genre or of
    /// values; a run's own data, if not given.
    #[arg(long, value_name = "PATH")]
    data: Option<PathBuf>,
    /// Which rows. If not given: of a run's own data and of data with a split of their own the test rows (validation
    /// rows, where there are none), of other data all.
    #[arg(long, value_enum, value_name = "ROWS")]
    on: Option<On>,
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

pub fn run(arguments: Evaluate) -> Ending {
    let model = model_choice::load(arguments.model.as_deref())?;
    let recipe = arguments
        .model
        .as_deref()
        .map(Path::new)
        .and_then(run_recipe)
        .transpose()?;
    let (mut dataset, mut failed) = open(&arguments, &model, recipe.as_ref())?;
    if let Some(hears) = &model.hears {
        failed += collection::hear(&mut dataset, hears, None)?;
    }
    let side = side(&arguments, &model, recipe.is_some(), &dataset);
    let mut evaluation = evaluate(&model, &dataset, side)?;
    if model.card.learned_validation
        && matches!(side, None | Some(Split::Validation))
        && dataset.fingerprint == model.card.data_fingerprint
    {
        let note = format!(
            "{} learned from the validation rows of this data: its figures on them are not those of new songs",
            model.card.name
        );
        tell(&note);
        evaluation.notes.push(note);
    }
    for note in &dataset.notes {
        tell(note);
    }
    let mut page = Page::answer();
    match arguments.json {
        true => page.json(&evaluation),
        false => page.text(text(&evaluation)),
    }
    page.end(match failed {
        0 => Outcome::Done,
        _ => Outcome::SomeFailed,
    })
}

/// The recipe of a run's folder, `None` for anything else.
fn run_recipe(folder: &Path) -> Option<Result<Recipe, Failure>> {
    let path = folder.join("recipe.toml");
    path.is_file()
        .then(|| Recipe::load(&path).map_err(Failure::from))
}

/// The data set, and how many of its files could not be heard so far.
fn open(
    arguments: &Evaluate,
    model: &Bundle,
    recipe: Option<&Recipe>,
) -> Result<(Dataset, usize), Failure> {
    if let Some(path) = &arguments.data {
        return Ok((collection::with_split_of(&model.card, path)?, 0));
    }
    let folder = arguments.model.as_deref().map(Path::new);
    match folder.zip(recipe) {
        Some((folder, recipe)) => {
            let data = collection::of_run(folder, recipe, None)?;
            Ok((data.dataset, data.unheard))
        }
        None => Err(Failure::new(
            "--data is missing: a bundle does not know where its data lie (a run's folder does)",
        )),
    }
}

fn side(arguments: &Evaluate, model: &Bundle, own: bool, dataset: &Dataset) -> Option<Split> {
    match arguments.on {
        Some(On::Training) => return Some(Split::Training),
        Some(On::Validation) => return Some(Split::Validation),
        Some(On::Test) => return Some(Split::Test),
        Some(On::All) => return None,
        None => {}
    }
    let own = own && arguments.data.is_none() || dataset.fingerprint == model.card.data_fingerprint;
    if !own && dataset.split.rule != Rule::Official {
        return None;
    }
    [Split::Test, Split::Validation]
        .into_iter()
        .find(|&side| !dataset.indices(side).is_empty())
}

fn text(evaluation: &Evaluation) -> String {
    use std::fmt::Write as _;
    let mut out = String::new();
    let percent = |value: f64| format!("{:.1} %", 100.0 * value);
    let interval =
        |[low, high]: [f64; 2]| format!("95 % interval {:.1}–{:.1}", 100.0 * low, 100.0 * high);
    let _ = writeln!(out, "{} ({} rows)\n", visible(&evaluation.on), evaluation.n);
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
    let _ = writeln!(
        out,
        "sure of   {}, and right in {} of those (threshold chosen for {:.0} %)\n",
        percent(evaluation.coverage),
        percent(evaluation.precision_when_sure),
        100.0 * evaluation.target_precision
    );
    let genres: Vec<_> = evaluation.genres.iter().map(|g| visible(g)).collect();
    let width = genres
        .iter()
        .map(|genre| genre.chars().count())
        .max()
        .unwrap_or(0)
        .max(5);
    let _ = writeln!(out, "{:width$}  precision  recall     F1      n", "genre");
    for score in &evaluation.per_genre {
        let _ = writeln!(
            out,
            "{:width$}  {:9.1}  {:6.1}  {:5.1}  {:5}",
            visible(&score.genre),
            100.0 * score.precision,
            100.0 * score.recall,
            100.0 * score.f1,
            score.n
        );
    }
    let _ = writeln!(
        out,
        "\nconfusion: a row per true genre, a column per named genre, in the same order"
    );
    for (genre, row) in genres.iter().zip(&evaluation.confusion) {
        let cells: Vec<String> = row.iter().map(|count| format!("{count:5}")).collect();
        let _ = writeln!(out, "{genre:width$}  {}", cells.join(""));
    }
    for note in &evaluation.notes {
        let _ = writeln!(out, "\n{}", visible(note));
    }
    out
}
