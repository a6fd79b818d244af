//! `genrenet combine`: several trained networks become one bundle that averages them.

use std::path::PathBuf;

use clap::Args;
use genrenet::data::{Dataset, Split};
use genrenet::datasets::{self, RunData};
use genrenet::model::{Average, Bundle, Card, WeightType};
use genrenet::shipped;
use genrenet::train::evaluate::{Advance, evaluate_with, predict_rows_with};
use genrenet::train::learned::{Measurable, measurable};
use genrenet::train::run::figures;
use genrenet::train::{Evaluation, OnLearned, calibrate};
use genrenet_text::{counted, visible_path};

use crate::exit::{CommandResult, Failure, Outcome};
use crate::output::{Page, tell};
use crate::progress::Progress;
use crate::target_folder;
use crate::terminal::Terminal;

/// Combine several networks into one bundle that averages their answers.
///
/// All must have the same genres and the same front end. The temperature and the threshold of "unsure" are
/// fitted anew on the validation rows of --data, and the card gets its figures from them.
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

pub fn run(arguments: Combine) -> CommandResult {
    if !arguments.weights.is_empty() && arguments.weights.len() != arguments.parts.len() {
        let (found, expected) = (arguments.weights.len(), arguments.parts.len());
        return Err(Failure::new(format!(
            "--weights: expected {}, one for each part; found {found}",
            counted(expected, "number", "numbers")
        )));
    }
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
    let on = dataset.provenance(false).subset(Split::Validation);
    let held_out = arguments
        .calibrated_as
        .as_deref()
        .map(|held_out| shipped::open_or_default(Some(held_out)))
        .transpose()?;
    if let Some(other) = held_out
        .as_ref()
        .filter(|held_out| held_out.genres != whole.genres)
    {
        return Err(Failure::new(format!(
            "--calibrated-as {}: expected a bundle of the parts' genres ({}), found one of {}",
            arguments.calibrated_as.as_deref().unwrap_or_default(),
            whole.genres.join(", "),
            other.genres.join(", ")
        )));
    }
    let evaluation = match &held_out {
        Some(held_out) => {
            whole.calibration = held_out.calibration.clone();
            None
        }
        None => Some(calibrated(&mut whole, &dataset, &arguments, &on)?),
    };
    let learned = held_out.is_some();
    let figures = match (&evaluation, held_out) {
        (Some(evaluation), _) => figures(evaluation),
        (None, held_out) => held_out
            .map(|held_out| held_out.card.figures)
            .unwrap_or_default(),
    };
    let mut card = card(&arguments, &whole.card.name, cards);
    card.data_fingerprint.clone_from(&dataset.fingerprint);
    card.learned_validation |= learned;
    card.figures = figures;
    whole.card = card;
    whole.save(&arguments.out, kind)?;
    let what = format!(
        "{}: {}, {} weights",
        visible_path(&arguments.out),
        counted(whole.members.len(), "network", "networks"),
        whole.weights()
    );
    let mut page = Page::summary();
    let Some(evaluation) = evaluation else {
        page.line(format_args!(
            "{what}; it learned from the validation rows too, so they can't be used to measure it"
        ));
        return page.end(ending);
    };
    page.line(format_args!(
        "{what}; validation top-1 {:.1} % ({:.1}–{:.1}), top-3 {:.1} %, macro-F1 {:.1} %, ECE {:.3}",
        100.0 * evaluation.top1,
        100.0 * evaluation.top1_interval[0],
        100.0 * evaluation.top1_interval[1],
        100.0 * evaluation.top3,
        100.0 * evaluation.macro_f1,
        evaluation.ece
    ));
    page.end(ending)
}

/// The parts as one bundle with rounded weights, before it is calibrated and measured, so that the card is about what is saved;
/// and the cards of the parts.
fn joined(arguments: &Combine, kind: WeightType) -> Result<(Bundle, Vec<Card>), Failure> {
    let mut parts = Vec::new();
    for (index, part) in arguments.parts.iter().enumerate() {
        let weight = arguments.weights.get(index).copied().unwrap_or(1.0);
        parts.push((shipped::open_or_default(Some(part))?, weight));
    }
    let cards: Vec<Card> = parts.iter().map(|(part, _)| part.card.clone()).collect();
    let mut whole = Bundle::join(parts)?;
    whole.average = if arguments.logits {
        Average::Logits
    } else {
        Average::Probabilities
    };
    whole.round(kind)?;
    if let (Some(front_end), Some(windows)) = (&mut whole.front_end, arguments.windows) {
        front_end.windowing.windows = windows.into();
    }
    Ok((whole, cards))
}

/// What the parts' cards and the arguments say about the whole; `name`, if no other is given.
fn card(arguments: &Combine, name: &str, mut cards: Vec<Card>) -> Card {
    Card {
        name: arguments.name.clone().unwrap_or_else(|| name.to_owned()),
        description: arguments.about.clone(),
        license: arguments.license.clone(),
        attribution: arguments.sources.clone(),
        recipe: unique(cards.iter().map(|card| card.recipe.clone())).join(", "),
        command: arguments
            .command
            .clone()
            .unwrap_or_else(|| unique(cards.iter().map(|card| card.command.clone())).join("; ")),
        seeds: cards.iter().flat_map(|card| card.seeds.clone()).collect(),
        notes: arguments.notes.clone(),
        split: unique(cards.iter().map(|card| card.split.clone())).join("; "),
        learned_validation: cards.iter().any(|card| card.learned_validation),
        ..cards.swap_remove(0)
    }
}

/// Calibrates the bundle on the validation rows, none of which a part may have learned, and measures it there.
fn calibrated(
    whole: &mut Bundle,
    dataset: &Dataset,
    arguments: &Combine,
    on: &str,
) -> Result<Evaluation, Failure> {
    let subset = Some(Split::Validation);
    let rows = dataset.indices(Split::Validation);
    let Measurable { rows, notes } = measurable(whole, dataset, &rows, subset, OnLearned::Refuse)
        .map_err(|error| {
            Failure::new(format!(
                "--data {}: {error}; --calibrated-as takes temperature, threshold and figures from a held-out counterpart that \
                 did not learn them",
                visible_path(&arguments.data)
            ))
        })?;
    notes.iter().for_each(tell);
    let total = Some(rows.len() as u64);
    let progress = Progress::over("rows", total);
    let advance = |more: usize| progress.more(more as u64);
    progress.stage("calibrating", "rows", total);
    let precision = arguments.precision;
    calibrate::calibrate_with(whole, dataset, &rows, precision, on, &advance)?;
    if arguments.soften != 1.0 {
        whole.calibration.temperature *= arguments.soften;
        progress.stage("choosing the threshold", "rows", total);
        choose_threshold(whole, dataset, &rows, &advance)?;
    }
    progress.stage("measuring", "rows", total);
    Ok(evaluate_with(
        whole,
        dataset,
        subset,
        OnLearned::Refuse,
        &advance,
    )?)
}

/// Chooses the threshold of "unsure" anew for the temperature as it stands.
fn choose_threshold(
    whole: &mut Bundle,
    dataset: &Dataset,
    rows: &[usize],
    advance: Advance<'_>,
) -> Result<(), Failure> {
    let predicted = predict_rows_with(whole, dataset, rows, true, advance)?;
    let labelled = predicted
        .rows
        .iter()
        .filter_map(|&row| dataset.rows[row].genre);
    let place = |genre: usize| {
        whole
            .genres
            .iter()
            .position(|known| *known == dataset.genres[genre])
    };
    let labels: Vec<usize> = labelled
        .map(|genre| place(genre).unwrap_or(usize::MAX))
        .collect();
    let k = whole.genres.len();
    calibrate::choose_threshold(&mut whole.calibration, &predicted.probabilities, k, &labels);
    Ok(())
}

fn unique(words: impl Iterator<Item = String>) -> Vec<String> {
    let mut seen = Vec::new();
    for word in words {
        if !word.is_empty() && !seen.contains(&word) {
            seen.push(word);
        }
    }
    seen
}
