//! The end of a run: kept weights, calibration, figures, card, bundle.

use std::path::Path;

use genrenet_data::Split;
use genrenet_model::{Card, Figure, WeightType};

use super::setup::Run;
use super::solve::Solved;
use super::{RunOptions, RunResult};
use crate::calibrate;
use crate::combine::figures;
use crate::error::TrainError;
use crate::evaluate::evaluate_rows;
use crate::observer::EpochReport;
use crate::predict::predict_rows;

/// Ends a run.
pub(super) fn finish(
    mut run: Run<'_>,
    history: Vec<EpochReport>,
    options: &RunOptions,
    stopped: bool,
    solved: Option<&Solved>,
) -> Result<RunResult, TrainError> {
    let kept_epoch = if run.keeps_best() && run.best.is_some() {
        run.progress.best_epoch
    } else {
        run.progress.epoch
    };
    let state = match run.best.take() {
        Some(best) if run.keeps_best() => best,
        _ => run.weights_to_keep(),
    };
    run.put(&state)?;
    if run.recipe.train.re_estimate_batch_norm {
        run.re_estimate_batch_norm()?;
    }
    if let Some(solved) = solved {
        // Before the validation rows are measured, so that their figures are those of the bundle as it is saved.
        run.bundle.calibration = solved.calibration.clone();
        run.notes.extend(solved.expected.iter().cloned());
    }
    let mut validation = None;
    if !run.rows.validation.is_empty() {
        let on = run.provenance.subset(Split::Validation);
        // A head that is solved is calibrated by its answers out of fold, of which there are more than validation rows.
        if solved.is_none() {
            let predicted = predict_rows(&run.bundle, run.dataset, &run.rows.validation, false)?;
            let precision = run.recipe.calibrate.precision;
            run.bundle.calibration =
                calibrate::fit_to(&run.bundle, run.dataset, &predicted, precision, &on);
        }
        let mut measured =
            evaluate_rows(&run.bundle, run.dataset, &run.rows.validation, &on, &|_| {})?;
        measured.leaks = run.provenance.leaks;
        validation = Some(measured);
    }
    let mut figures = validation.as_ref().map(figures).unwrap_or_default();
    figures.extend(solved.and_then(|solved| solved.figure.clone()));
    run.bundle.card = card(&run, options, kept_epoch, figures);
    if let Some(folder) = &options.folder {
        run.bundle.save(&folder.join("bundle"), WeightType::F32)?;
        if let Some(validation) = &validation {
            let text = serde_json::to_string_pretty(validation).unwrap_or_default() + "\n";
            crate::checkpoint::write_atomic(&folder.join("validation.json"), text.as_bytes())?;
        }
    }
    let go_on = match (&options.folder, stopped) {
        (Some(folder), true) => Some(format!(
            "stopped after epoch {} of {}; continue with: genrenet train --resume {}",
            run.progress.epoch,
            run.recipe.train.epochs,
            as_word(folder)
        )),
        _ => None,
    };
    Ok(RunResult {
        bundle: run.bundle,
        recipe: run.recipe,
        history,
        kept_epoch,
        validation,
        expected: solved.map_or_else(Vec::new, |solved| solved.expected.clone()),
        notes: run.notes,
        stopped,
        go_on,
        folder: options.folder.clone(),
    })
}

fn card(run: &Run<'_>, options: &RunOptions, kept_epoch: usize, figures: Vec<Figure>) -> Card {
    let mut notes = run.notes.clone();
    if !run.provenance.leaks.is_none() {
        notes.push(format!(
            "{} in several subsets: figures are too high for new songs",
            run.provenance.leaks
        ));
    }
    if run.recipe.train.solve.is_none() {
        notes.push(format!(
            "weights of epoch {kept_epoch} of {}",
            run.recipe.train.epochs
        ));
    }
    Card {
        name: run.recipe.name.clone(),
        version: "1".into(),
        description: run.recipe.about.trim().to_string(),
        license: String::new(),
        trained_on: format!(
            "{}, {} training rows",
            run.dataset.name,
            run.rows.training.len()
        ),
        split: run.provenance.split_words(),
        learned_validation: run.recipe.train.with_validation,
        attribution: run
            .bundle
            .backbone
            .iter()
            .flat_map(|b| b.notices.clone())
            .collect(),
        recipe: run.recipe.name.clone(),
        command: options.command.clone(),
        seeds: vec![run.recipe.train.seed],
        data_fingerprint: run.dataset.fingerprint.clone(),
        made_by: format!("genrenet {}", env!("CARGO_PKG_VERSION")),
        notes,
        figures,
    }
}

/// A path as one word of a command line, in quotes where it has blanks.
fn as_word(path: &Path) -> String {
    let text = path.display().to_string();
    if text.contains(char::is_whitespace) {
        format!("\"{text}\"")
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_with_blanks_are_one_word_of_a_command_line() {
        assert_eq!(as_word(Path::new("runs/toy")), "runs/toy");
        assert_eq!(as_word(Path::new("my runs/toy 2")), "\"my runs/toy 2\"");
    }
}
