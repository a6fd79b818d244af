//! A bundle of several trained networks: its calibration on validation rows, and its card.

use genrenet_data::{Dataset, Split};
use genrenet_model::{Bundle, Card, Figure};

use crate::calibrate::{calibrate_with, choose_threshold};
use crate::error::TrainError;
use crate::evaluate::{Evaluation, evaluate_with};
use crate::learned::{Measurable, OnLearned, measurable};
use crate::predict::{Advance, predict_rows_with};

/// The validation rows of a data set that can calibrate a bundle.
///
/// # Errors
/// [`TrainError::Learned`] where a network of the bundle learned validation rows.
pub fn calibration_rows(bundle: &Bundle, dataset: &Dataset) -> Result<Measurable, TrainError> {
    let rows = dataset.indices(Split::Validation);
    let subset = Some(Split::Validation);
    measurable(bundle, dataset, &rows, subset, OnLearned::Refuse)
}

/// Fits a bundle's temperature and threshold on `rows`, whose answers at or above the threshold then have `precision`, and
/// evaluates it on the validation rows.
///
/// The fitted temperature is multiplied by `soften`; above 1, confidences are lower than validation rows alone suggest.
/// `stage` is called with the name of each pass over the rows, `advance` with the number of rows just finished.
///
/// # Errors
/// As [`evaluate_with`].
pub fn calibrate_and_evaluate(
    bundle: &mut Bundle,
    dataset: &Dataset,
    rows: &[usize],
    [precision, soften]: [f32; 2],
    stage: &dyn Fn(&str),
    advance: Advance<'_>,
) -> Result<Evaluation, TrainError> {
    stage("calibrating");
    let on = dataset.provenance(false).subset(Split::Validation);
    calibrate_with(bundle, dataset, rows, precision, &on, advance)?;
    if soften != 1.0 {
        bundle.calibration.temperature *= soften;
        stage("choosing the threshold");
        fit_threshold(bundle, dataset, rows, advance)?;
    }
    stage("evaluating");
    let subset = Some(Split::Validation);
    evaluate_with(bundle, dataset, subset, OnLearned::Refuse, advance)
}

/// Chooses the threshold of "unsure" for the bundle's present temperature.
fn fit_threshold(
    bundle: &mut Bundle,
    dataset: &Dataset,
    rows: &[usize],
    advance: Advance<'_>,
) -> Result<(), TrainError> {
    let predicted = predict_rows_with(bundle, dataset, rows, true, advance)?;
    let index = |genre: usize| {
        let name = &dataset.genres[genre];
        let index = bundle.genres.iter().position(|known| known == name);
        index.unwrap_or(usize::MAX)
    };
    let genres = predicted
        .rows
        .iter()
        .filter_map(|&row| dataset.rows[row].genre);
    let labels: Vec<usize> = genres.map(index).collect();
    let k = bundle.genres.len();
    choose_threshold(
        &mut bundle.calibration,
        &predicted.probabilities,
        k,
        &labels,
    );
    Ok(())
}

/// The card of a bundle that combines others: recipes, commands, splits and seeds of all cards, the rest from the first.
/// The figures of the parts are not those of the whole, and are left out.
pub fn combined_card(cards: &[Card]) -> Card {
    let unique = |value: fn(&Card) -> &String| {
        let mut seen: Vec<&str> = Vec::new();
        for value in cards.iter().map(value) {
            if !value.is_empty() && !seen.contains(&value.as_str()) {
                seen.push(value);
            }
        }
        seen
    };
    Card {
        recipe: unique(|card| &card.recipe).join(", "),
        command: unique(|card| &card.command).join("; "),
        split: unique(|card| &card.split).join("; "),
        seeds: cards.iter().flat_map(|card| card.seeds.clone()).collect(),
        learned_validation: cards.iter().any(|card| card.learned_validation),
        figures: Vec::new(),
        ..cards.first().cloned().unwrap_or_default()
    }
}

/// Figures of an evaluation as a card lists them.
pub fn figures(evaluation: &Evaluation) -> Vec<Figure> {
    let figure = |measure: &str, value: f64, interval: Option<[f64; 2]>| Figure {
        on: evaluation.on.clone(),
        measure: measure.to_string(),
        value,
        low: interval.map(|[low, _]| low),
        high: interval.map(|[_, high]| high),
        n: Some(evaluation.n),
    };
    if let Some(several) = &evaluation.several {
        let mean = several.mean_average_precision;
        let interval = several.mean_average_precision_interval;
        return vec![
            figure("mean average precision", mean, Some(interval)),
            figure("top-1", evaluation.top1, Some(evaluation.top1_interval)),
            figure("log loss", evaluation.log_loss, None),
        ];
    }
    vec![
        figure("top-1", evaluation.top1, Some(evaluation.top1_interval)),
        figure("top-3", evaluation.top3, None),
        figure(
            "macro-F1",
            evaluation.macro_f1,
            Some(evaluation.macro_f1_interval),
        ),
        figure("ECE", evaluation.ece, None),
        figure("log loss", evaluation.log_loss, None),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_combined_card_names_each_recipe_once_and_all_seeds() {
        let card = |recipe: &str, seed: u64, learned_validation: bool| Card {
            name: recipe.to_owned(),
            recipe: recipe.to_owned(),
            seeds: vec![seed],
            learned_validation,
            figures: vec![Figure::default()],
            ..Card::default()
        };
        let card = combined_card(&[card("a", 1, false), card("b", 1, true), card("a", 2, false)]);
        assert_eq!(
            (&*card.name, &*card.recipe, &*card.command),
            ("a", "a, b", "")
        );
        assert_eq!(card.seeds, [1, 1, 2]);
        assert!(card.learned_validation && card.figures.is_empty());
    }
}
