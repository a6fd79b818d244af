//! A head that is solved: `train.solve`.

use genrenet_data::Rule;
use genrenet_model::{Calibration, Figure};
use genrenet_nn::Scratch;
use genrenet_text::counted;

use super::expected::expected;
use super::network_state::state_of;
use super::setup::Run;
use crate::error::TrainError;
use crate::heads::{Choice, Examples, FEW_ROWS, HeadKind, HeadOptions, Reason, fit_head};
use crate::recipe::SolveSpec;
use crate::rows::raw_rows;

/// Rows that go through the network at once.
const CHUNK: usize = 64;

/// What remains of a head once it is in place.
pub(super) struct Solved {
    /// Temperature and threshold of "unsure", by the answers out of fold.
    pub calibration: Calibration,
    /// What accuracy to expect, in sentences.
    pub expected: Vec<String>,
    /// The share of right answers out of fold, where there are folds.
    pub figure: Option<Figure>,
}

/// Fits the head of the network to the training rows and puts it in place; the other layers stay as they are.
///
/// # Errors
/// A genre without rows; an array of another shape than the network reads.
pub(super) fn solve(run: &mut Run<'_>, spec: &SolveSpec) -> Result<Solved, TrainError> {
    let dataset = run.dataset;
    let rows: Vec<usize> = run.rows.training.clone();
    let member = &run.bundle.members[0];
    let sources = run.bundle.sources();
    let mut scratch = Scratch::new();
    let mut values = Vec::new();
    for chunk in rows.chunks(CHUNK) {
        let raws = raw_rows(dataset, chunk, &sources)?;
        let inputs = member.inputs_of(&raws.iter().collect::<Vec<_>>())?;
        values.extend(member.network.embed(&inputs, &mut scratch).data);
    }
    let labels: Vec<usize> = rows
        .iter()
        .filter_map(|&row| dataset.rows[row].genre)
        .collect();
    // Under the random rule only exact copies stay together, as in a split.
    let by_song = dataset.split.rule == Rule::Random;
    let groups: Vec<Option<u32>> = rows
        .iter()
        .map(|&row| &dataset.rows[row])
        .map(|row| if by_song { row.copies } else { row.group })
        .collect();
    let columns = values.len() / rows.len().max(1);
    let examples = Examples::new(&values, columns, &labels, dataset.genres.len())?;
    let options = HeadOptions {
        candidates: match spec.candidates.is_empty() {
            true => HeadKind::CANDIDATES.to_vec(),
            false => spec.candidates.clone(),
        },
        scaling: spec.scaling,
        seed: run.recipe.train.seed,
        precision: run.recipe.calibrate.precision,
    };
    let fitted = fit_head(&examples, &groups, &options)?;
    let head = format!("heads.{}", run.recipe.network.heads[0].name);
    let mut state = state_of(member);
    for (name, tensor) in &mut state {
        let solved = match name.strip_prefix(&head) {
            Some(".weight") => &fitted.head.weights,
            Some(".bias") => &fitted.head.bias,
            _ => continue,
        };
        tensor.data = solved.iter().map(|&x| x as f32).collect();
    }
    run.put(&state)?;
    run.notes.push(reason(&fitted.choice));
    let expected = expected(&fitted.choice, &examples, dataset, &run.recipe);
    let figure = fitted.choice.chosen().map(|chosen| Figure {
        on: format!("{}, out of fold", dataset.name),
        measure: "top-1".to_owned(),
        value: chosen.accuracy,
        low: Some(chosen.interval.0),
        high: Some(chosen.interval.1),
        n: Some(chosen.rows.len()),
    });
    Ok(Solved {
        calibration: fitted.calibration,
        expected,
        figure,
    })
}

/// Which kind of head was chosen and why.
fn reason(choice: &Choice) -> String {
    let why = match choice.reason {
        Reason::FewRows { median } => {
            format!(
                "the median genre has {}, fewer than {FEW_ROWS}",
                counted(median, "song", "songs")
            )
        }
        Reason::EnoughRows { median } => match choice.folds {
            Ok(_) => format!(
                "the median genre has {median} songs, and no other kind is better out of fold"
            ),
            Err(_) => format!("the median genre has {median} songs"),
        },
        Reason::Folds {
            over,
            gain,
            standard_error,
        } => format!(
            "out of fold its log loss is {gain:.3} below that of {over} (standard error {standard_error:.3})"
        ),
        Reason::OnlyOne { instead_of } => format!("{instead_of} can't be fitted to these songs"),
    };
    format!("the head: {}, as {why}", choice.kind)
}
