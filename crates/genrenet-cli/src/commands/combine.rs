//! `genrenet combine`: several trained networks become one bundle that averages them.

use std::path::{Path, PathBuf};

use clap::Args;
use genrenet::data::Dataset;
use genrenet::datasets::{self, RunData};
use genrenet::model::{Average, Bundle, Calibration, Card, WeightType};
use genrenet::shipped;
use genrenet::train::combine::{calibrate_and_evaluate, calibration_rows, combined_card, figures};
use genrenet::train::learned::Measurable;
use genrenet::train::{Evaluation, folds};
use genrenet_text::{counted, visible_path};

use crate::exit::{CommandResult, Failure, Outcome};
use crate::output::{Page, tell};
use crate::progress::Progress;
use crate::target_folder;
use crate::terminal::Terminal;

/// Combine several networks into one bundle that averages their answers.
///
/// All must have the same genres, use the same windows of a song, and compute the features that they share in the same way. The
/// temperature and the threshold of "unsure" are fitted anew on the validation rows of --data, and the card gets its figures
/// from them; with --folds, on all rows, predicted out of fold.
#[derive(Args)]
pub struct Combine {
    /// Runs or bundles.
    #[arg(required = true, value_name = "RUN_OR_BUNDLE")]
    parts: Vec<String>,
    /// The bundle's folder.
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
    /// The data whose validation rows calibrate it.
    #[arg(long, value_name = "PATH")]
    data: PathBuf,
    /// Weight of each part in the average, in their order; equal, if not given.
    #[arg(long, value_delimiter = ',', value_name = "W,…", value_parser = above_zero)]
    weights: Vec<f32>,
    /// Average log-probabilities instead of probabilities.
    #[arg(long)]
    logits: bool,
    /// Name on the card.
    #[arg(long)]
    name: Option<String>,
    /// Description on the card.
    #[arg(long, default_value = "")]
    about: String,
    /// Licence on the card.
    #[arg(long, default_value = "")]
    license: String,
    /// A limit that the card names; may be given several times.
    #[arg(long = "note", value_name = "TEXT")]
    notes: Vec<String>,
    /// A source that the card names; may be given several times.
    #[arg(long = "source", value_name = "TEXT")]
    sources: Vec<String>,
    /// Precision of the answers that are not "unsure", by which the threshold is chosen.
    #[arg(long, default_value_t = 0.8, value_parser = share)]
    precision: f32,
    /// Multiply the fitted temperature: above 1 where grouped folds show that answers about unknown artists are less certain
    /// than validation says.
    #[arg(long, default_value_t = 1.0, value_parser = above_zero, conflicts_with = "calibrated_as")]
    soften: f32,
    /// Take temperature, threshold and figures from this bundle instead: the held-out counterpart of a network that learned
    /// from the validation rows too.
    #[arg(long, value_name = "RUN_OR_BUNDLE")]
    calibrated_as: Option<String>,
    /// Take temperature, threshold and figures from cross-validation instead: for each part, in their order, the run of
    /// `train --folds` that shows how it does on new songs. The networks that held out a fold are joined as the parts are.
    #[arg(long, value_delimiter = ',', value_name = "RUN,…", conflicts_with_all = ["soften", "calibrated_as"])]
    folds: Vec<PathBuf>,
    /// The command that the card names, in place of those of the parts.
    #[arg(long, value_name = "TEXT")]
    command: Option<String>,
    /// Classify at most so many windows of a song, in place of the recipes' number.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    windows: Option<u16>,
    /// Store weights as 32-bit floats instead of 16-bit.
    #[arg(long)]
    full: bool,
}

/// A factor, in a range far beyond use, in which products stay finite.
fn above_zero(text: &str) -> Result<f32, String> {
    text.parse()
        .ok()
        .filter(|value| (1e-6..=1e6).contains(value))
        .ok_or_else(|| "expected a number from 0.000001 to 1000000".to_owned())
}

fn share(text: &str) -> Result<f32, String> {
    text.parse()
        .ok()
        .filter(|value| (0.0..=1.0).contains(value))
        .ok_or_else(|| "expected a number from 0 to 1".to_owned())
}

/// Refuses a list that does not have one entry for each part.
fn one_for_each_part(arguments: &Combine) -> Result<(), Failure> {
    let parts = arguments.parts.len();
    for (option, found, entry) in [
        ("--weights", arguments.weights.len(), ["number", "numbers"]),
        ("--folds", arguments.folds.len(), ["run", "runs"]),
    ] {
        if found != 0 && found != parts {
            return Err(Failure::new(format!(
                "{option}: expected {}, one for each part; found {found}",
                counted(parts, entry[0], entry[1])
            )));
        }
    }
    Ok(())
}

pub fn run(arguments: Combine) -> CommandResult {
    one_for_each_part(&arguments)?;
    target_folder::expect_own("--out", &arguments.out)?;
    let kind = if arguments.full {
        WeightType::F32
    } else {
        WeightType::F16
    };
    let (mut whole, cards) = joined(&arguments, kind)?;
    let RunData {
        dataset, unread, ..
    } = datasets::for_bundle(&whole, &arguments.data, &Terminal::default())?;
    dataset.notes.iter().for_each(tell);
    let ending = match unread {
        0 => Outcome::Done,
        _ => Outcome::SomeFailed,
    };
    let held_out = held_out(&arguments, &whole)?;
    let evaluation = match &held_out {
        Some(held_out) => {
            whole.calibration = held_out.calibration.clone();
            None
        }
        None if !arguments.folds.is_empty() => {
            let (calibration, evaluation) = out_of_fold(&arguments, kind)?;
            whole.calibration = calibration;
            Some(evaluation)
        }
        None => Some(calibrated(&mut whole, &dataset, &arguments)?),
    };
    whole.card = card(&arguments, &cards, &dataset, evaluation.as_ref(), held_out);
    whole.save(&arguments.out, kind)?;
    let what = format!(
        "{}: {}, {} weights",
        visible_path(&arguments.out),
        counted(whole.members.len(), "network", "networks"),
        whole.weights()
    );
    let mut page = Page::summary();
    match evaluation {
        None => page.line(format_args!(
            "{what}; it learned from the validation rows too, so they can't be used to measure it"
        )),
        Some(evaluation) => page.line(format_args!(
            "{what}; {} top-1 {:.1} % ({:.1}–{:.1}), top-3 {:.1} %, macro-F1 {:.1} %, ECE {:.3}, log loss {:.3}",
            match arguments.folds.is_empty() {
                true => "validation",
                false => "out of fold",
            },
            100.0 * evaluation.top1,
            100.0 * evaluation.top1_interval[0],
            100.0 * evaluation.top1_interval[1],
            100.0 * evaluation.top3,
            100.0 * evaluation.macro_f1,
            evaluation.ece,
            evaluation.log_loss
        )),
    }
    page.end(ending)
}

/// The parts as one bundle, rounded as it is saved, and their cards.
fn joined(arguments: &Combine, kind: WeightType) -> Result<(Bundle, Vec<Card>), Failure> {
    let open = |part: &String| shipped::open_or_default(Some(part));
    let parts: Vec<Bundle> = arguments.parts.iter().map(open).collect::<Result<_, _>>()?;
    let cards = parts.iter().map(|part| part.card.clone()).collect();
    Ok((join(arguments, parts, kind)?, cards))
}

/// The parts, or the networks that stand for them in a fold, as one bundle.
fn join(arguments: &Combine, parts: Vec<Bundle>, kind: WeightType) -> Result<Bundle, Failure> {
    let weight = |index: usize| arguments.weights.get(index).copied().unwrap_or(1.0);
    let parts = parts.into_iter().enumerate();
    let mut whole = Bundle::join(parts.map(|(index, part)| (part, weight(index))).collect())?;
    whole.average = if arguments.logits {
        Average::Logits
    } else {
        Average::Probabilities
    };
    // Before it is calibrated and evaluated, so that the card is about what is saved.
    whole.round(kind)?;
    if let (Some(front_end), Some(windows)) = (&mut whole.front_end, arguments.windows) {
        front_end.windowing.windows = windows.into();
    }
    Ok(whole)
}

/// Calibration and figures of the networks of `--folds`, joined as the parts are, on the folds that they held out.
fn out_of_fold(
    arguments: &Combine,
    kind: WeightType,
) -> Result<(Calibration, Evaluation), Failure> {
    let fold = |run: &Path, number: usize| run.join(format!("fold-{number}"));
    let runs = &arguments.folds;
    let count = |run: &PathBuf| (1..).take_while(|&n| fold(run, n).is_dir()).count();
    let counts: Vec<usize> = runs.iter().map(count).collect();
    let of = counts[0];
    if of < 2 || counts.iter().any(|&other| other != of) {
        return Err(Failure::new(format!(
            "--folds: expected runs of `train --folds` with as many folds as each other; found {} in {}",
            counts
                .iter()
                .map(usize::to_string)
                .collect::<Vec<_>>()
                .join(", "),
            runs.iter()
                .map(|run| visible_path(run))
                .collect::<Vec<_>>()
                .join(", ")
        )));
    }
    let mut bundles = Vec::new();
    for number in 1..=of {
        let open = |run: &PathBuf| shipped::open(&fold(run, number));
        let parts: Vec<Bundle> = runs.iter().map(open).collect::<Result<_, _>>()?;
        bundles.push(join(arguments, parts, kind)?);
    }
    // As the networks learned from it, with no fold held out.
    let first = &bundles[0];
    let (mut dataset, _) = genrenet::train::data::open_for(first, &arguments.data)?;
    if let Some(front_end) = &first.front_end {
        let backbone = first.backbone.as_ref();
        datasets::compute_features(
            &mut dataset,
            front_end,
            backbone,
            None,
            &Terminal::default(),
        )?;
    }
    Ok(folds::out_of_fold(bundles, &dataset, arguments.precision)?)
}

/// The bundle of `--calibrated-as`, which must have the same genres.
fn held_out(arguments: &Combine, whole: &Bundle) -> Result<Option<Bundle>, Failure> {
    let Some(name) = arguments.calibrated_as.as_deref() else {
        return Ok(None);
    };
    let held_out = shipped::open_or_default(Some(name))?;
    if held_out.genres != whole.genres {
        return Err(Failure::new(format!(
            "--calibrated-as {name}: expected a bundle of the parts' genres ({}), found one of {}",
            whole.genres.join(", "),
            held_out.genres.join(", ")
        )));
    }
    Ok(Some(held_out))
}

/// Calibrates the bundle on the validation rows, none of which a part may have learned, and evaluates it there.
fn calibrated(
    whole: &mut Bundle,
    dataset: &Dataset,
    arguments: &Combine,
) -> Result<Evaluation, Failure> {
    let Measurable { rows, notes } = calibration_rows(whole, dataset).map_err(|error| {
        Failure::new(format!(
            "--data {}: {error}; --calibrated-as takes temperature, threshold and figures from a held-out counterpart that \
             did not learn them",
            visible_path(&arguments.data)
        ))
    })?;
    notes.iter().for_each(tell);
    let total = Some(rows.len() as u64);
    let progress = Progress::over("rows", total);
    Ok(calibrate_and_evaluate(
        whole,
        dataset,
        &rows,
        [arguments.precision, arguments.soften],
        &|stage| progress.stage(stage, "rows", total),
        &|more| progress.more(more as u64),
    )?)
}

/// The card, with the figures of the evaluation or of the held-out counterpart.
fn card(
    arguments: &Combine,
    parts: &[Card],
    dataset: &Dataset,
    evaluation: Option<&Evaluation>,
    held_out: Option<Bundle>,
) -> Card {
    let card = combined_card(parts);
    Card {
        name: arguments.name.clone().unwrap_or(card.name),
        description: arguments.about.clone(),
        license: arguments.license.clone(),
        attribution: arguments.sources.clone(),
        command: arguments.command.clone().unwrap_or(card.command),
        data_fingerprint: dataset.fingerprint.clone(),
        notes: arguments.notes.clone(),
        learned_validation: held_out.is_some() || card.learned_validation,
        figures: match (evaluation, held_out) {
            (Some(evaluation), _) => figures(evaluation),
            (None, Some(held_out)) => held_out.card.figures,
            (None, None) => Vec::new(),
        },
        ..card
    }
}
