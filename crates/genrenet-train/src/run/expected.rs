//! What accuracy to expect of a head on new songs, in words.

use genrenet_data::{Dataset, Rule};
use genrenet_model::{EmbeddingLayer, FeatureKind};
use genrenet_text::counted;

use crate::heads::{CALIBRATION_ROWS, Choice, Examples};
use crate::recipe::Recipe;

/// The backbone and the number of genres of [`LEARNING_CURVE`].
const MEASURED_ON: (&str, &str) = ("msd50", "the ten genres of GTZAN");

/// Clips of each genre, and the per cent of clips for which a head over the mean tags is then right, in folds that keep artists
/// whole (`examples/learning_curve.rs`; EXPERIMENTS.md has the intervals).
const LEARNING_CURVE: [(usize, f64); 6] = [
    (1, 58.0),
    (2, 67.0),
    (5, 73.5),
    (10, 77.3),
    (20, 79.5),
    (40, 79.4),
];

/// How often the head will be right, a sentence each: what was measured out of fold; with too few songs for that, the learning
/// curve.
pub(super) fn expected(
    choice: &Choice,
    examples: &Examples,
    dataset: &Dataset,
    recipe: &Recipe,
) -> Vec<String> {
    let mut sentences = Vec::new();
    let mut measured = 0;
    if let (Ok(folds), Some(chosen)) = (choice.folds, choice.chosen()) {
        measured = chosen.rows.len();
        sentences.push(format!(
            "expect about {:.0} % right answers for new songs (95 % interval {:.0}–{:.0} %): {:.0} of {} were right in {folds} folds, \
             classified by heads that had learned from {}",
            100.0 * chosen.accuracy,
            100.0 * chosen.interval.0,
            100.0 * chosen.interval.1,
            chosen.accuracy * measured as f64,
            counted(measured, "song", "songs"),
            from_what(dataset)
        ));
        let names: Vec<&str> = choice
            .unmeasured
            .iter()
            .map(|one| &dataset.genres[one.class][..])
            .collect();
        if !names.is_empty() {
            sentences.push(format!(
                "learned and not measured, as their songs are of one group each: {}",
                names.join(", ")
            ));
        }
    } else {
        sentences.push("too few songs to measure how often it is right".to_owned());
    }
    if measured >= CALIBRATION_ROWS {
        return sentences;
    }
    sentences.push(format!(
        "no answer will be marked unsure: a threshold needs {CALIBRATION_ROWS} songs in folds"
    ));
    if on_tags(recipe) {
        let size = examples.median_count();
        let known = LEARNING_CURVE.iter().rfind(|(clips, _)| *clips <= size);
        let (clips, right) = known.unwrap_or(&LEARNING_CURVE[0]);
        sentences.push(format!(
            "for comparison: among {} such a head is right for {right:.1} % of clips after {} of each; other genres are easier or harder",
            MEASURED_ON.1,
            counted(*clips, "clip", "clips")
        ));
    }
    sentences
}

/// What a fold's head learned from, in words.
fn from_what(dataset: &Dataset) -> String {
    match &dataset.grouped_by {
        Some(by) if dataset.split.rule != Rule::Random => {
            format!("no song of the same {}", by.replace(" and ", " or "))
        }
        Some(_) => "other songs, of the same artists among them: the figure may be too high".into(),
        None => "other songs (no artist or album is known: with songs of one artist the figure is too high)".into(),
    }
}

/// Whether the head reads what the learning curve was measured on.
fn on_tags(recipe: &Recipe) -> bool {
    let [input] = &recipe.inputs[..] else {
        return false;
    };
    input.source == FeatureKind::Embedding
        && input.backbone.as_deref() == Some(MEASURED_ON.0)
        && input.layer.unwrap_or_default() == EmbeddingLayer::Tags
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_learning_curve_is_that_of_experiments() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../EXPERIMENTS.md");
        let Ok(text) = std::fs::read_to_string(path) else {
            println!("skipped: EXPERIMENTS.md is not part of the package");
            return;
        };
        let cells = |start: &str| -> Vec<String> {
            let row = text.lines().find(|line| line.starts_with(start));
            let row = row.unwrap_or_else(|| panic!("no row {start}"));
            let cells = row.trim_matches('|').split('|').skip(2);
            cells
                .map(|cell| {
                    cell.split_whitespace()
                        .next()
                        .unwrap_or_default()
                        .to_owned()
                })
                .collect()
        };
        let sizes = LEARNING_CURVE.map(|(clips, _)| clips.to_string());
        assert_eq!(cells("| inputs | head | 1 |"), sizes);
        let right = LEARNING_CURVE.map(|(_, right)| format!("{right:.1}"));
        assert_eq!(cells("| tags | chosen |"), right);
    }
}
