//! Opening data sets for commands: recipes' own, other ones, folders of audio files that are heard first.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use genrenet::audio::Hears;
use genrenet::data::{Dataset, OpenOptions, Rule, SplitRule, features};
use genrenet::model::{Bundle, Card};
use genrenet::train::environment::Environment;
use genrenet::train::{Recipe, data};

use crate::exit::Failure;
use crate::output;
use crate::progress::Progress;

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

/// A run's data set with the sides that the run had.
pub struct RunData {
    /// The rows; those of a fold's run that were held out are on the validation side.
    pub dataset: Dataset,
    /// The fold that was held out, and of how many, where the run is one of a cross-validation.
    pub fold: Option<[usize; 2]>,
    /// Files that could not be heard; each was named on stderr.
    pub unheard: usize,
}

/// The data set of a run's folder, heard, or other data in its place, so that no row which the run learned from is taken
/// for new.
///
/// A run's recipe has the run's own seed, but the seeds of a recipe share one split, and the run of a fold held out that
/// fold: the split that `environment.json` tells, and the folder's name, decide.
pub fn of_run(folder: &Path, recipe: &Recipe, path: Option<&Path>) -> Result<RunData, Failure> {
    let told = std::fs::read_to_string(folder.join("environment.json")).ok();
    let told: Option<Environment> = told.and_then(|text| serde_json::from_str(&text).ok());
    let known = |key: &str| Some(told.as_ref()?.data.get(key)?.as_str());
    let data = match (known("fingerprint"), known("split")) {
        (Some(fingerprint), Some(split)) => {
            as_it_was(recipe, path, fingerprint, split, &folder.display())?
        }
        _ => heard(recipe, path)?,
    };
    let Some(number) = fold_number(folder) else {
        return Ok(data);
    };
    let count = |key: &str| known(key).and_then(|n| n.parse::<usize>().ok());
    hold_out(
        data,
        number,
        folds_of(folder),
        recipe.train.seed,
        [count("training rows"), count("validation rows")],
    )
    .map_err(|why| Failure::new(format!("{}: {why}", folder.display())))
}

/// Opens the data with the seeds that may have split and balanced them, until they are what they were.
fn as_it_was(
    recipe: &Recipe,
    path: Option<&Path>,
    fingerprint: &str,
    split: &str,
    run: &dyn std::fmt::Display,
) -> Result<RunData, Failure> {
    let of_split = split
        .rsplit_once("seed ")
        .and_then(|(_, seed)| seed.trim().parse().ok());
    let mut first = None;
    for seed in [of_split, Some(recipe.train.seed), Some(1), Some(0)] {
        let Some(seed) = seed else { continue };
        let mut other = recipe.clone();
        other.train.seed = seed;
        let data = heard(&other, path)?;
        let found = &data.dataset;
        if found.fingerprint == fingerprint && found.split.to_string() == split {
            return Ok(data);
        }
        let seed_matters = recipe.data.balanced || found.split.rule != Rule::Official;
        first.get_or_insert(data);
        if !seed_matters {
            break;
        }
    }
    let Some(data) = first else {
        return heard(recipe, path);
    };
    let found = &data.dataset;
    if path.is_some() || found.split.rule == Rule::Official {
        return Ok(data);
    }
    Err(Failure::new(format!(
        "{run}: its data were changed since (hash {fingerprint} then, {} now), so that its split, {split}, can't be drawn \
         again: rows that it learned from would be taken for new; --data PATH names other data",
        found.fingerprint
    )))
}

/// The data set of a recipe, heard.
fn heard(recipe: &Recipe, path: Option<&Path>) -> Result<RunData, Failure> {
    let mut dataset = of_recipe(recipe, path)?;
    let unheard = match &recipe.hears {
        Some(hears) => hear(&mut dataset, hears, None)?,
        None => 0,
    };
    Ok(RunData {
        dataset,
        fold: None,
        unheard,
    })
}

/// The number of the fold whose run lies in a folder, by its name: `fold-3`.
fn fold_number(folder: &Path) -> Option<usize> {
    let name = folder.file_name()?.to_str()?;
    name.strip_prefix("fold-")?.parse().ok()
}

/// Number of folds of the cross-validation that a fold's run belongs to: what its command says, else how many lie there.
fn folds_of(folder: &Path) -> usize {
    let bundle = Bundle::load(&folder.join("bundle")).ok();
    let told = bundle.and_then(|bundle| {
        let mut words = bundle.card.command.split_whitespace();
        words.find(|word| *word == "--folds")?;
        words.next()?.parse().ok()
    });
    let beside = || {
        (1..)
            .take_while(|n| folder.with_file_name(format!("fold-{n}")).is_dir())
            .count()
    };
    told.unwrap_or_else(beside)
}

fn hold_out(
    mut data: RunData,
    number: usize,
    of: usize,
    seed: u64,
    rows: [Option<usize>; 2],
) -> Result<RunData, String> {
    let folds = data.dataset.folds(of, seed);
    let held_out = folds.get(number.wrapping_sub(1)).map_or(0, Vec::len);
    let training: usize = folds.iter().map(Vec::len).sum::<usize>() - held_out;
    // A run counts the rows that it could hear: fewer than these, but never more.
    let fits = |told: Option<usize>, found: usize| told.is_none_or(|told| told <= found);
    if held_out == 0 || !fits(rows[0], training) || !fits(rows[1], held_out) {
        return Err(format!(
            "its fold can't be drawn again: expected at least {} rows to train on and {} held out, found {training} and {held_out} in fold {number} of {of}",
            rows[0].unwrap_or(1),
            rows[1].unwrap_or(1),
        ));
    }
    data.dataset.hold_out(&folds, number - 1);
    data.fold = Some([number, of]);
    Ok(data)
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
    let progress = Progress::over("files", Some(dataset.rows.len() as u64));
    let never = AtomicBool::new(false);
    let cache = features::cache_folder();
    let bad = features::compute(
        dataset,
        hears,
        cache.as_deref(),
        &|done, file| {
            progress.done(done as u64);
            progress.now(file.display());
        },
        cancel.unwrap_or(&never),
    );
    drop(progress);
    let bad = bad?;
    for file in &bad {
        output::complain(&file.path, &file.reason);
    }
    Ok(bad.len())
}
