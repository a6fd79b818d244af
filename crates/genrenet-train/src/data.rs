//! The data set of a recipe: its genres, split and balance.

use std::path::{Path, PathBuf};

use genrenet_audio::{FrontEnd, Rate};
use genrenet_data::{
    Dataset, Labels, OpenOptions, Provenance, Rule, Split, SplitFile, SplitRule,
    same_but_for_writing,
};
use genrenet_model::Bundle;

use crate::error::TrainError;
use crate::learned::provenances;
use crate::recipe::Recipe;

/// The environment variable that names the folder of data sets.
pub const DATA_FOLDER: &str = "GENRENET_DATA";

/// Finds a data set that a recipe names: at its path, or at the same path below the folder that `GENRENET_DATA` names.
///
/// # Errors
/// [`TrainError::NoData`] where it is in neither place.
pub fn locate(path: &Path) -> Result<PathBuf, TrainError> {
    if path.exists() {
        return Ok(path.to_path_buf());
    }
    let folder = std::env::var_os(DATA_FOLDER).filter(|folder| !folder.is_empty());
    match folder.map(|folder| Path::new(&folder).join(path)) {
        Some(below) if below.exists() => Ok(below),
        looked => Err(TrainError::NoData {
            path: path.to_path_buf(),
            looked: match looked {
                Some(below) => format!("nor at {}", below.display()),
                None => format!("{DATA_FOLDER} is not set"),
            },
        }),
    }
}

/// Reduces a stored log-mel to the bands and frames of the front end, where the front end defines its frequency range.
///
/// # Errors
/// A log-mel that ends below the front end's highest frequency.
pub fn match_front_end(dataset: &mut Dataset, front_end: &FrontEnd) -> Result<(), TrainError> {
    let Some(spec) = &front_end.log_mel else {
        return Ok(());
    };
    let highest = match (spec.fmax, spec.rate) {
        (Some(hz), _) => hz,
        (None, Rate::Hz(rate)) => rate as f32 / 2.0,
        (None, Rate::Own) => return Ok(()),
    };
    // Views only: the data and their fingerprint are unchanged.
    for stored in dataset.arrays.iter_mut().filter(|a| a.name == "logmel") {
        *stored = stored.match_front_end(highest, spec.n_mels, front_end.windowing.frames)?;
    }
    Ok(())
}

/// Opens a data set for a bundle. Where the bundle learned from it, its rows are chosen and split as in training, and that
/// provenance is returned; else it has its own split. The caller computes features of audio files, and then holds out the
/// fold ([`Provenance::hold_out`]).
///
/// # Errors
/// As [`Dataset::open`].
pub fn open_for(bundle: &Bundle, path: &Path) -> Result<(Dataset, Option<Provenance>), TrainError> {
    let several = |p: &Provenance| p.selection.labels == Labels::All;
    let options = OpenOptions {
        labels: match provenances(bundle).iter().any(several) {
            true => Labels::All,
            false => Labels::Top,
        },
        ..OpenOptions::default()
    };
    let mut dataset = Dataset::open(path, &options)?;
    let provenance = provenances(bundle).into_iter().find(|p| p.is_of(&dataset));
    let Some(known) = &provenance else {
        return Ok((dataset, None));
    };
    match known.apply(&mut dataset) {
        // The learned rows are still recognised by their content.
        Err(why) if matches!(known.split.rule, Rule::File { .. }) => {
            let mut dataset = Dataset::open(path, &options)?;
            dataset
                .notes
                .push(format!("not split as in training: {why}"));
            Ok((dataset, None))
        }
        applied => applied
            .map(|()| (dataset, provenance))
            .map_err(TrainError::from),
    }
}

/// Leaves out genres that no training row has: nothing could be learned of them. The rows are split again by the same rule.
fn leave_out_unseen_genres(dataset: &mut Dataset) -> Result<(), TrainError> {
    let all = dataset.genres.len();
    let mut unseen = Vec::new();
    loop {
        let mut seen = vec![false; dataset.genres.len()];
        for row in dataset.indices(Split::Training) {
            let labels = dataset.rows[row].labels.iter();
            labels.for_each(|&label| seen[label as usize] = true);
        }
        let (kept, others): (Vec<&String>, Vec<&String>) = (dataset.genres.iter())
            .partition(|genre| seen[dataset.genres.binary_search(genre).unwrap_or(0)]);
        if others.is_empty() {
            break;
        }
        unseen.extend(others.into_iter().cloned());
        let kept: Vec<String> = kept.into_iter().cloned().collect();
        dataset.keep_genres(&kept)?;
        dataset.resplit(&dataset.split.clone())?;
    }
    if !unseen.is_empty() {
        dataset.notes.push(format!(
            "{} of {all} genres have no training row and are left out: {}",
            unseen.len(),
            unseen.join(", ")
        ));
    }
    Ok(())
}

/// Joins arrays and rows of other data sets, keeps the genres that `[data]` names, balances them, and splits by its rule.
///
/// # Errors
/// A genre that the data set does not have, a split that can't be made.
pub fn shape(recipe: &Recipe, mut dataset: Dataset) -> Result<Dataset, TrainError> {
    let spec = &recipe.data;
    for join in &spec.join {
        let options = OpenOptions {
            keep_unlabelled: true,
            arrays: Some(vec![join.array.clone()]),
            ..OpenOptions::default()
        };
        dataset.join(&Dataset::open(&locate(&join.path)?, &options)?, &join.array)?;
    }
    if let Some(front_end) = &recipe.front_end {
        match_front_end(&mut dataset, front_end)?;
    }
    for add in &spec.add {
        let mut other = Dataset::open(&locate(&add.path)?, &OpenOptions::default())?;
        other.rename_genres(&add.rename)?;
        if let Some(front_end) = &recipe.front_end {
            match_front_end(&mut other, front_end)?;
        }
        dataset.concat(&other)?;
    }
    let known = std::iter::once(("data.label_mask".to_string(), &spec.label_mask)).chain(
        spec.add
            .iter()
            .enumerate()
            .map(|(i, add)| (format!("data.add.{i}.label_mask"), &add.label_mask)),
    );
    for (source, (key, genres)) in known.enumerate() {
        for genre in genres {
            let Some(place) = dataset.genres.iter().position(|g| g == genre) else {
                let meant = same_but_for_writing(genre, &dataset.genres);
                let meant = meant.map_or_else(String::new, |genre| format!("; write {genre}"));
                let all = dataset.genres.join(", ");
                return Err(TrainError::value(
                    key,
                    genre,
                    format!("one of {all}{meant}"),
                ));
            };
            dataset.sources[source].label_mask[place] = true;
        }
    }
    if let Some(path) = &spec.split_file {
        let file = SplitFile::read(path)?;
        file.expect_ids_of(&dataset)?;
        dataset.resplit(&file.rule())?;
    }
    if !spec.genres.is_empty() {
        dataset.keep_genres(&spec.genres)?;
    }
    // Rows are split after they are chosen; concatenated sets keep the subsets of each.
    match &spec.split {
        Some(split) => dataset.resplit(split)?,
        // A head that is solved needs no rows to choose an epoch by, and is measured out of fold.
        None if recipe.train.solve.is_some()
            && spec.add.is_empty()
            && !dataset.split.rule.is_given() =>
        {
            dataset.resplit(&SplitRule {
                shares: SplitRule::ALL_FOR_TRAINING,
                ..dataset.split.clone()
            })?;
        }
        None if !spec.genres.is_empty() && spec.add.is_empty() => {
            dataset.resplit(&dataset.split.clone())?;
        }
        None => {}
    }
    if spec.labels == Labels::All {
        leave_out_unseen_genres(&mut dataset)?;
    }
    if spec.balanced {
        dataset.balance(recipe.train.seed)?;
    }
    Ok(dataset)
}
