//! Which recipe `train` follows: a file's, that of a run, or one of the two that are built in for folders of songs.

use std::path::Path;

use genrenet::data::{Rule, SplitRule};
use genrenet::model::found_at;
use genrenet::shipped;
use genrenet::train::{Recipe, checkpoint};
use genrenet_files::plain_name;
use genrenet_text::visible_path;

use super::{SplitBy, Train};
use crate::exit::Failure;

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
        set_split(&mut recipe, kind);
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
    if arguments.from_scratch {
        return Ok(named(Recipe::own_music(&arguments.changes)?, folder));
    }
    let recipe = head(&arguments.changes)?;
    let backbones = recipe
        .inputs
        .iter()
        .filter_map(|input| input.backbone.as_deref());
    if let Some(absent) = backbones.filter_map(shipped::absent).next() {
        return Err(Failure::new(format!(
            "{absent}; --from-scratch trains a network without it"
        )));
    }
    Ok(named(recipe, folder))
}

/// The recipe of a network that is trained from scratch on the folder; `None` where the changes are those of a head.
pub(super) fn network(arguments: &Train, folder: &Path) -> Result<Option<Recipe>, Failure> {
    let Ok(recipe) = Recipe::own_music(&arguments.changes) else {
        return Ok(None);
    };
    let mut recipe = named(recipe, folder);
    if let Some(kind) = arguments.split_by {
        set_split(&mut recipe, kind);
    }
    Ok(Some(recipe))
}

/// The recipe with the name of the folder.
fn named(mut recipe: Recipe, folder: &Path) -> Recipe {
    let real = folder.canonicalize().ok();
    if let Some(name) = real.as_deref().and_then(Path::file_stem) {
        recipe.name = plain_name(&name.to_string_lossy());
    }
    recipe
}

/// The recipe of the head, with changes; a change of what it does not have names the option that does.
fn head(changes: &[String]) -> Result<Recipe, Failure> {
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
    Recipe::few_songs(changes).map_err(|error| match Recipe::own_music(changes) {
        Ok(_) => Failure::new(format!("{error}{other}")),
        Err(_) => error.into(),
    })
}

/// Replaces the rule of a recipe's split; its shares stay.
fn set_split(recipe: &mut Recipe, kind: SplitBy) {
    let grouped = |by: &str| Rule::Grouped { by: by.to_owned() };
    let rule = match kind {
        SplitBy::Artist => grouped("artist"),
        SplitBy::Album => grouped("album"),
        SplitBy::Random => Rule::Random,
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
