//! Which recipe learns the genres of a folder of songs: a head over a built-in backbone, or a network from scratch.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use genrenet_files::plain_name;

use crate::data::{Dataset, Rule, SplitRule};
use crate::train::head_or_network::{Comparison, compare};
use crate::train::{Observer, OpenBundle, Recipe, RunOptions, Stop};
use crate::{Error, Progress, datasets, shipped};

/// The recipe of the head (configs/few-songs.toml) with changes (`KEY=VALUE`), named after the folder.
///
/// # Errors
/// A change that can't be made; a build without the model whose backbone the head reads.
pub fn head_recipe(folder: &Path, changes: &[String]) -> Result<Recipe, Error> {
    let recipe = Recipe::few_songs(changes)?;
    let backbones = recipe
        .inputs
        .iter()
        .filter_map(|input| input.backbone.as_deref());
    match backbones.filter_map(shipped::absent).next() {
        Some(absent) => Err(absent.into()),
        None => Ok(named(recipe, folder)),
    }
}

/// The recipe of a network that is trained from scratch (configs/own-music.toml) with changes, named after the folder.
///
/// # Errors
/// A change that can't be made.
pub fn network_recipe(folder: &Path, changes: &[String]) -> Result<Recipe, Error> {
    Ok(named(Recipe::own_music(changes)?, folder))
}

fn named(mut recipe: Recipe, folder: &Path) -> Recipe {
    let real = folder.canonicalize().ok();
    if let Some(name) = real.as_deref().and_then(Path::file_stem) {
        recipe.name = plain_name(&name.to_string_lossy());
    }
    recipe
}

/// Replaces the rule of a recipe's split: the songs of an artist (`Some("artist")`) or an album stay in one subset, or
/// nothing does (`None`: random). Its shares stay.
pub fn split_by(recipe: &mut Recipe, group: Option<&str>) {
    let rule = match group {
        Some(by) => Rule::Grouped { by: by.to_owned() },
        None => Rule::Random,
    };
    let usual = match recipe.train.solve {
        Some(_) => SplitRule::ALL_FOR_TRAINING,
        None => SplitRule::SHARES,
    };
    let old = recipe.data.split.take();
    recipe.data.split = Some(SplitRule {
        rule,
        seed: recipe.train.seed,
        shares: old.map_or(usual, |old| old.shares),
    });
}

/// Compares the head with a network from scratch on the head's data, in two folds; returns the network's data set with its features, too.
///
/// # Errors
/// As [`compare`] and [`datasets::compute_features_of`].
pub fn compare_with_network(
    head: (&Recipe, &Dataset),
    network: &mut Recipe,
    (observer, stop): (&mut dyn Observer, &Stop),
    cancel: &AtomicBool,
    progress: &dyn Progress,
) -> Result<(Comparison, Dataset), Error> {
    network.data.path.clone_from(&head.0.data.path);
    let mut dataset = datasets::of_recipe(network, None)?;
    datasets::compute_features_of(network, &mut dataset, Some(cancel), progress)?;
    let options = RunOptions {
        open_bundle: OpenBundle(shipped::open),
        ..RunOptions::default()
    };
    let found = compare(head, (network, &dataset), &options, observer, stop)?;
    Ok((found, dataset))
}
