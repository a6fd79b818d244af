//! Data sets with their features: a recipe's own, a run's, or another one for a bundle; folders of audio files are read first.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use crate::audio::FrontEnd;
use crate::data::{Dataset, OpenOptions, features};
use crate::model::Bundle;
use crate::train::environment::Environment;
use crate::train::learned::provenances;
use crate::train::{Recipe, data};
use crate::{Error, Progress};
use genrenet_text::visible_path;

/// The data set of a recipe: `path`, or the one that the recipe names (also below `$GENRENET_DATA`), with its genres, split and balance, heard where
/// it is made of audio files.
///
/// # Errors
/// A recipe without data; data that can't be opened or shaped as it says.
pub fn of_recipe(recipe: &Recipe, path: Option<&Path>) -> Result<Dataset, Error> {
    let Some(path) = path.or(recipe.data.path.as_deref()) else {
        return Err(Error::NoDataPath(recipe.name.clone()));
    };
    let options = OpenOptions {
        split: None,
        seed: recipe.train.seed,
        ..OpenOptions::default()
    };
    Ok(data::shape(
        recipe,
        Dataset::open(&data::locate(path)?, &options)?,
    )?)
}

/// Opens a data set for a bundle, heard: where the bundle learned from it, its rows are chosen and split as they were then.
///
/// # Errors
/// Data that can't be opened, or are not what the bundle learned from although they have its name.
pub fn for_bundle(bundle: &Bundle, path: &Path, progress: &dyn Progress) -> Result<RunData, Error> {
    let (mut dataset, provenance) = data::open_for(bundle, path)?;
    let mut unheard = dataset.unread;
    if let Some(front_end) = &bundle.front_end {
        unheard += compute_features(&mut dataset, front_end, None, progress)?;
    }
    if let Some(provenance) = &provenance {
        provenance.hold_out(&mut dataset)?;
    }
    Ok(RunData {
        dataset,
        own: provenance.is_some(),
        unheard,
    })
}

/// A data set in the subsets in which a network learned from it.
pub struct RunData {
    /// The rows; those of a fold's run that were held out are its validation rows.
    pub dataset: Dataset,
    /// Whether it is known to be what the network learned from.
    pub own: bool,
    /// Files that could not be opened or heard; `progress` was told of each, or a note of the data set names it.
    pub unheard: usize,
}

/// The data set of a run's folder, heard, or other data in its place, chosen and split as the run's own value says: that of
/// its bundle, or, while it has none, of its `environment.json`.
///
/// # Errors
/// Data that can't be opened.
pub fn of_run(
    folder: &Path,
    recipe: &Recipe,
    bundle: Option<&Bundle>,
    path: Option<&Path>,
    progress: &dyn Progress,
) -> Result<RunData, Error> {
    let provenance = bundle
        .and_then(|bundle| provenances(bundle).into_iter().next())
        .or_else(|| {
            let told = Environment::read(&folder.join("environment.json"));
            told.ok()?.provenance
        });
    let mut recipe = recipe.clone();
    if let Some(told) = &provenance {
        recipe.train.seed = told.selection.balanced.unwrap_or(told.split.seed);
    }
    let mut dataset = of_recipe(&recipe, path)?;
    let mut unheard = dataset.unread;
    if let Some(front_end) = &recipe.front_end {
        unheard += compute_features(&mut dataset, front_end, None, progress)?;
    }
    let mut own = path.is_none();
    if let Some(told) = provenance {
        told.hold_out(&mut dataset)?;
        let same = told.same_rows(&dataset.provenance(told.with_validation));
        own |= same;
        if !same && path.is_none() {
            dataset.notes.push(format!(
                "the data were changed since {} was trained: its split, {}, can't be drawn again",
                folder.display(),
                told.split
            ));
        }
    }
    Ok(RunData {
        dataset,
        own,
        unheard,
    })
}

/// Computes the features of the audio files of a data set; nothing where it has its arrays already. Returns how many files could not be
/// heard; `progress` was told of each.
///
/// # Errors
/// A stop by `cancel`; no file that can be decoded.
pub fn compute_features(
    dataset: &mut Dataset,
    front_end: &FrontEnd,
    cancel: Option<&AtomicBool>,
    progress: &dyn Progress,
) -> Result<usize, Error> {
    if dataset.array("logmel").is_some() || !dataset.rows.iter().all(|row| row.path.is_some()) {
        return Ok(0);
    }
    progress.stage("", "files", dataset.rows.len() as u64);
    let never = AtomicBool::new(false);
    let cache = features::cache_folder();
    let bad = features::compute(
        dataset,
        front_end,
        cache.as_deref(),
        &|done, file| {
            progress.done(done as u64);
            progress.now(&visible_path(file));
        },
        cancel.unwrap_or(&never),
    );
    progress.end();
    let bad = bad?;
    for file in &bad {
        progress.left_out(&file.path, &file.error.to_string());
    }
    Ok(bad.len())
}
