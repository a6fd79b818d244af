//! Opening data sets for commands: recipes' own, other ones, folders of audio files that are heard first.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use genrenet::audio::Hears;
use genrenet::data::{Dataset, OpenOptions, Rule, SplitRule, features};
use genrenet::model::Card;
use genrenet::train::{Recipe, data};

use crate::exit::Failure;
use crate::progress;

/// The data set of a recipe: `path`, or the one that the recipe names, with its genres, split and balance, heard where
/// it is made of audio files.
pub fn of_recipe(recipe: &Recipe, path: Option<&Path>) -> Result<Dataset, Failure> {
    let Some(path) = path.or(recipe.data.path.as_deref()) else {
        return Err(Failure::new(format!(
            "data.path is missing in the recipe {}: name the data with --data PATH",
            recipe.name
        )));
    };
    let options = OpenOptions {
        split: None,
        seed: recipe.train.seed,
        ..OpenOptions::default()
    };
    Ok(data::shape(recipe, Dataset::open(path, &options)?)?)
}

/// Opens a data set with the split that a bundle's card names, so that rows it learned from are not measured as if they
/// were new. The official split is what it is; a drawn one is drawn again with the card's seed.
pub fn with_split_of(card: &Card, path: &Path) -> Result<Dataset, Failure> {
    let seed = card
        .split
        .rsplit_once("seed ")
        .and_then(|(_, seed)| seed.trim().parse().ok())
        .unwrap_or(0);
    let mut dataset = Dataset::open(
        path,
        &OpenOptions {
            seed,
            ..OpenOptions::default()
        },
    )?;
    if dataset.split.rule == Rule::Official || dataset.split.to_string() == card.split {
        return Ok(dataset);
    }
    // Shares other than the usual ones: "…, 90/10/0, seed 1".
    let mut parts = card.split.rsplit(", ");
    let shares: Option<Vec<f32>> = parts.nth(1).map(|shares| {
        shares
            .split('/')
            .filter_map(|share| share.parse::<f32>().ok())
            .collect()
    });
    if let Some(&[training, validation, test]) = shares.as_deref() {
        let shares = [training / 100.0, validation / 100.0, test / 100.0];
        dataset.resplit(&SplitRule {
            shares,
            ..dataset.split.clone()
        })?;
    }
    Ok(dataset)
}

/// Hears the audio files of a data set; nothing where it has its arrays already. Returns how many files could not be
/// heard; each was named on stderr.
pub fn hear(
    dataset: &mut Dataset,
    hears: &Hears,
    cancel: Option<&AtomicBool>,
) -> Result<usize, Failure> {
    if dataset.array("logmel").is_some() || !dataset.rows.iter().all(|row| row.path.is_some()) {
        return Ok(0);
    }
    let bar = progress::files(Some(dataset.rows.len() as u64));
    let never = AtomicBool::new(false);
    let cache = features::cache_folder();
    let bad = features::compute(
        dataset,
        hears,
        cache.as_deref(),
        &|done, _| bar.set_position(done as u64),
        cancel.unwrap_or(&never),
    );
    bar.finish_and_clear();
    let bad = bad?;
    for file in &bad {
        eprintln!("{}: {}", file.path.display(), file.reason);
    }
    Ok(bad.len())
}
