//! What a bundle answers on the subsets of a split.

use crate::data::{Dataset, Split};
use crate::model::Bundle;
use crate::report::Predictions;
use crate::train::learned::measurable;
use crate::train::predict::predict_rows_with;

use super::Wanted;
use crate::datasets::RunData;

/// Answers on the subsets that were asked for.
#[derive(Default)]
pub struct Answered {
    /// One per subset that has answers, with the rows of the data set.
    pub evaluations: Vec<(Predictions, Vec<usize>)>,
    /// What subsets have none, and why.
    pub lacking: Vec<(String, String)>,
    /// Rows that were passed over.
    pub notes: Vec<String>,
}

/// What a subset is called; of a fold's run the validation subset is what was held out.
pub fn name(subset: Split, fold: bool) -> String {
    match subset {
        Split::Validation if fold => "held-out".into(),
        _ => subset.to_string(),
    }
}

/// Position in the bundle's genres of each of the data set's.
pub fn places(bundle: &Bundle, dataset: &Dataset) -> Vec<Option<usize>> {
    let genres = dataset.genres.iter();
    genres.map(|genre| bundle.place_of(genre)).collect()
}

/// Asks a bundle about the rows of the wanted subsets whose genre is one of its own; learned rows are not measured.
pub fn evaluations(bundle: &Bundle, data: &RunData, wanted: &Wanted<'_>) -> Answered {
    let dataset = &data.dataset;
    let fold = dataset.selection.fold;
    let places = places(bundle, dataset);
    let label = |row: usize| dataset.rows[row].genre.and_then(|genre| places[genre]);
    let mut answered = Answered::default();
    for &subset in wanted.subsets {
        let on = name(subset, fold.is_some());
        let all = dataset.indices(subset);
        let rows: Vec<usize> = (all.iter().copied())
            .filter(|&row| label(row).is_some())
            .collect();
        let why = if dataset.multi_label() {
            "rows have several genres: `genrenet evaluate` prints their figures".into()
        } else if all.is_empty() {
            format!("the data have no {on} clips")
        } else if rows.is_empty() {
            format!("no {on} clip has a genre of the network")
        } else {
            let answers = measurable(bundle, dataset, &rows, Some(subset), wanted.on_learned)
                .and_then(|new| {
                    let progress = wanted.progress;
                    progress.stage("", "clips", new.rows.len() as u64);
                    let advance = |n| progress.more(n as u64);
                    let found = predict_rows_with(bundle, dataset, &new.rows, true, &advance);
                    progress.end();
                    Ok((found?, new.notes))
                });
            match answers {
                Ok((found, notes)) if !found.rows.is_empty() => {
                    answered.notes.extend(notes);
                    answered.notes.extend(found.notes);
                    let evaluation = Predictions {
                        on,
                        ids: (found.rows.iter())
                            .map(|&row| dataset.rows[row].id.clone())
                            .collect(),
                        labels: found.rows.iter().filter_map(|&row| label(row)).collect(),
                        probabilities: found.probabilities,
                        groups: groups(dataset, &found.rows),
                    };
                    answered.evaluations.push((evaluation, found.rows));
                    continue;
                }
                Ok(_) => format!("no {on} clip has what the network reads"),
                Err(error) => error.to_string(),
            }
        };
        answered.lacking.push((format!("on {on} clips"), why));
    }
    answered
}

/// Groups of rows, where any is known; a row of none is one of its own, the same in every list of rows.
fn groups(dataset: &Dataset, rows: &[usize]) -> Option<Vec<u32>> {
    let known = dataset.rows.iter().filter_map(|row| row.group).max()?;
    let of = |&row: &usize| {
        let own = known.wrapping_add(1).wrapping_add(row as u32);
        dataset.rows[row].group.unwrap_or(own)
    };
    Some(rows.iter().map(of).collect())
}
