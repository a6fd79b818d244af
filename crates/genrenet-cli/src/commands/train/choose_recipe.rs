//! Which recipe `train` follows: a file's, that of a run, or one of the two that are built in for folders of songs.

use std::path::Path;

use clap::ValueEnum;
use genrenet::Error;
use genrenet::folder_recipe::{head_recipe, network_recipe, split_by};
use genrenet::model::found_at;
use genrenet::train::{Recipe, checkpoint};
use genrenet_text::visible_path;

use super::Train;
use crate::exit::Failure;

/// What stays in one subset.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum SplitBy {
    Artist,
    Album,
    Random,
}

impl SplitBy {
    /// The group of [`split_by`].
    fn group(self) -> Option<&'static str> {
        match self {
            SplitBy::Artist => Some("artist"),
            SplitBy::Album => Some("album"),
            SplitBy::Random => None,
        }
    }
}

/// Whether a path is data rather than a recipe.
pub(super) fn is_data(path: &Path) -> bool {
    path.extension()
        .is_none_or(|ending| !ending.eq_ignore_ascii_case("toml"))
}

/// The recipe that the arguments name, with their changes and their split.
pub(super) fn choose_recipe(arguments: &Train) -> Result<Recipe, Failure> {
    let mut recipe = match (&arguments.resume, &arguments.what) {
        (Some(folder), _) => {
            expect_run(folder)?;
            Recipe::load(&folder.join("recipe.toml"))?
        }
        (None, Some(what)) if is_data(what) => of_folder(arguments, what)?,
        (None, Some(what)) => {
            if let Some(option) = option_of_folders(arguments) {
                return Err(Failure::new(format!(
                    "{option}: expected a folder of genre folders; the recipe {} is followed as it stands",
                    visible_path(what)
                )));
            }
            Recipe::load_with(what, &arguments.changes)?
        }
        (None, None) => return Err(Failure::new("expected a recipe or a folder")),
    };
    if arguments.find_lr && recipe.train.solve.is_some() {
        let instead = match arguments.what.as_deref().is_some_and(is_data) {
            true => "; with --from-scratch a network is trained, which has one",
            false => "",
        };
        return Err(Failure::new(format!(
            "--find-lr: expected a network that is trained by epochs; a head that is solved has no learning rate{instead}"
        )));
    }
    if let Some(kind) = arguments.split_by {
        split_by(&mut recipe, kind.group());
    }
    if let Some(file) = &arguments.split {
        recipe.data.split = None;
        recipe.data.split_file = Some(std::path::absolute(file).unwrap_or_else(|_| file.clone()));
    }
    recipe.data.allow_leaks |= arguments.allow_leaks;
    Ok(recipe)
}

/// The option that chooses between head and network, if one is given.
fn option_of_folders(arguments: &Train) -> Option<&'static str> {
    match (arguments.from_scratch, arguments.head) {
        (true, _) => Some("--from-scratch"),
        (_, true) => Some("--head"),
        _ => None,
    }
}

/// The recipe for a folder of songs, named after the folder.
fn of_folder(arguments: &Train, folder: &Path) -> Result<Recipe, Failure> {
    if !folder.exists() {
        return Err(Failure::new(format!(
            "{}: expected a recipe (.toml) or a folder of genre folders; found nothing there",
            visible_path(folder)
        )));
    }
    match arguments.from_scratch {
        true => Ok(network_recipe(folder, &arguments.changes)?),
        false => head(folder, &arguments.changes),
    }
}

/// The recipe of a network that is trained from scratch on the folder; `None` where the changes are those of a head.
pub(super) fn network(arguments: &Train, folder: &Path) -> Result<Option<Recipe>, Failure> {
    let Ok(mut recipe) = network_recipe(folder, &arguments.changes) else {
        return Ok(None);
    };
    if let Some(kind) = arguments.split_by {
        split_by(&mut recipe, kind.group());
    }
    Ok(Some(recipe))
}

/// The recipe of the head, with changes; a change of what it does not have names the option that does.
fn head(folder: &Path, changes: &[String]) -> Result<Recipe, Failure> {
    let unchanged = Recipe::few_songs(&[])?;
    let key = |change: &str| change.split('=').next().unwrap_or_default().to_owned();
    let unread = changes.iter().find(|change| !unchanged.reads(&key(change)));
    let other = "; with --from-scratch a network is trained, which has this key";
    if let Some(change) = unread {
        return Err(Failure::new(format!(
            "--set {change}: expected a key of the head that is learned from the folder (configs/few-songs.toml), which is solved \
             and not trained by steps{other}"
        )));
    }
    head_recipe(folder, changes).map_err(|error| match error {
        Error::Model(absent) => Failure::new(format!(
            "{absent}; --from-scratch trains a network without it"
        )),
        error => match Recipe::own_music(changes) {
            Ok(_) => Failure::new(format!("{error}{other}")),
            Err(_) => error.into(),
        },
    })
}

/// Refuses to resume what is no run, or a run without a finished epoch.
fn expect_run(folder: &Path) -> Result<(), Failure> {
    let found = if !folder.join("recipe.toml").is_file() {
        found_at(folder)
    } else if !checkpoint::last(folder).is_file() {
        "a recipe and no finished epoch: start the training again".to_owned()
    } else {
        return Ok(());
    };
    Err(Failure::new(format!(
        "--resume {}: expected the folder of a run (recipe.toml, checkpoints/last.safetensors); found {found}",
        folder.display()
    )))
}
