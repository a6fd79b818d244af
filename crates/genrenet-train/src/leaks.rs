//! Training refuses a split with one artist, album, group or recording in several subsets, unless the recipe allows it.

use genrenet_data::Dataset;
use genrenet_data::audit::{Leaks, Shared};

use crate::error::TrainError;
use crate::recipe::Recipe;

/// Names of each kind in an error.
const NAMED: usize = 3;

/// Refuses a split that leaks, unless `data.allow_leaks` is set.
///
/// Artists and albums count where a column or tags name them, groups where the data set names them itself; under the random rule
/// also those that neighbouring ids or folders suggest. A split that was grouped by what the recipe says is accepted as it is.
///
/// # Errors
/// [`TrainError::Leaks`], with names and the ways out.
pub(crate) fn expect_none(recipe: &Recipe, dataset: &Dataset) -> Result<(), TrainError> {
    let grouped = matches!(dataset.split.rule, genrenet_data::Rule::Grouped { .. });
    if recipe.data.allow_leaks || grouped {
        return Ok(());
    }
    let leaks = dataset.leaks();
    match leaks.is_empty() {
        true => Ok(()),
        false => Err(TrainError::Leaks {
            data: dataset.name.clone(),
            split: dataset.split.to_string(),
            counts: leaks.counts(),
            names: names(&leaks),
        }),
    }
}

/// "artist X (12 training, 3 test rows)", the first of each kind.
fn names(leaks: &Leaks) -> String {
    let kinds = [
        ("artist ", &leaks.artists),
        ("album ", &leaks.albums),
        ("", &leaks.groups),
        ("the copies ", &leaks.copies),
    ];
    let each = kinds.into_iter().flat_map(|(kind, all)| {
        let named = all
            .iter()
            .take(NAMED)
            .map(move |one| format!("{kind}{}", described(one)));
        named.chain((all.len() > NAMED).then(|| "…".to_owned()))
    });
    each.collect::<Vec<_>>().join(", ")
}

fn described(shared: &Shared) -> String {
    let [training, validation, test] = shared.rows;
    let each = [
        (training, "training"),
        (validation, "validation"),
        (test, "test"),
    ];
    let each = each.into_iter().filter(|(count, _)| *count > 0);
    let rows: Vec<String> = each
        .map(|(count, subset)| format!("{count} {subset}"))
        .collect();
    format!("{} ({} rows)", shared.name, rows.join(", "))
}
