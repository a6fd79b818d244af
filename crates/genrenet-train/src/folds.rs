//! Cross-validation: every row is predicted by a network that learned neither from it nor from its group.

use genrenet_data::{Dataset, Fold};
use genrenet_model::{Bundle, Calibration};

use crate::checks::TrainingRows;
use crate::error::TrainError;
use crate::evaluate::{Evaluation, score};
use crate::learned::{provenances, were_learned};
use crate::observer::{Observer, Stop};
use crate::predict::predict_rows;
use crate::recipe::{Keep, Recipe};
use crate::run::{RunOptions, lock, train};
use crate::seeds::Means;

/// What cross-validation gives.
pub struct FoldsResult {
    /// Figures of each fold's held-out rows.
    pub folds: Vec<Evaluation>,
    /// Their means with intervals.
    pub means: Means,
    /// Figures of all held-out rows together.
    pub together: Evaluation,
    /// Rows that were held out in some fold, in rising order.
    pub rows: Vec<usize>,
    /// Their uncalibrated probabilities `[rows, genres]`, each predicted out of fold.
    pub probabilities: Vec<f32>,
}

/// Trains `k` times, each time without one fold, and predicts that fold.
///
/// The last epoch is kept in each: an epoch chosen on the held-out fold would make its figures too good. Folds keep
/// groups whole and are drawn with the recipe's seed.
///
/// # Errors
/// As [`train`], and fewer than two folds.
pub fn train_folds(
    recipe: &Recipe,
    dataset: &Dataset,
    k: usize,
    options: &RunOptions,
    observer: &mut dyn Observer,
    stop: &Stop,
) -> Result<FoldsResult, TrainError> {
    if k < 2 {
        return Err(TrainError::value("folds", k, "at least 2"));
    }
    let _lock = lock(options)?;
    let folds = dataset.folds(k, recipe.train.seed);
    check_folds(dataset, &folds)?;
    let mut recipe = recipe.clone();
    // A head that is solved has no epochs to keep one of.
    if recipe.train.solve.is_none() {
        recipe.train.keep = Keep::Last;
        recipe.train.patience = None;
    }
    let mut evaluations = Vec::new();
    let mut predictions: Vec<Prediction> = Vec::new();
    let mut last = None;
    for number in 0..k {
        observer.part(&format!("fold {} of {k}", number + 1));
        let options = fold_options(options, &folds, number, recipe.train.seed);
        let run = train(&recipe, dataset, &options, observer, stop)?;
        if run.stopped {
            return Err(TrainError::Stopped {
                left: "the folds that were finished are kept, but no mean over all".into(),
            });
        }
        predictions.extend(predict_fold(&run.bundle, dataset, &folds, number)?);
        evaluations.extend(run.validation);
        last = Some(run.bundle);
    }
    predictions.sort_by_key(|prediction| prediction.row);
    let Some(bundle) = last else {
        return Err(TrainError::value("folds", k, "at least 2"));
    };
    let on = format!("{} {k} folds, {}", dataset.name, dataset.split.rule);
    let precision = recipe.calibrate.precision;
    Ok(FoldsResult {
        means: Means::of(&evaluations.iter().collect::<Vec<_>>()),
        folds: evaluations,
        together: score_together(bundle, dataset, &predictions, precision, &on),
        rows: predictions.iter().map(|one| one.row).collect(),
        probabilities: predictions.into_iter().flat_map(|one| one.raw).collect(),
    })
}

/// Calibration and figures of bundles that were each trained without one fold, such as the joined networks of several runs:
/// the bundle of fold 1 first. All rows are predicted out of fold, and temperature and threshold are fitted to all of them.
///
/// # Errors
/// Bundles that held out other folds than the first to the last of this data set; as [`crate::evaluate::evaluate`].
pub fn out_of_fold(
    bundles: Vec<Bundle>,
    dataset: &Dataset,
    precision: f32,
) -> Result<(Calibration, Evaluation), TrainError> {
    let of = bundles.len();
    let mut seeds = Vec::new();
    for (number, bundle) in (1..).zip(&bundles) {
        seeds.push(held_out_fold(bundle, dataset, number, of)?);
    }
    let Some(&seed) = seeds.first().filter(|_| of > 1) else {
        return Err(TrainError::value("folds", of, "at least 2"));
    };
    let folds = dataset.folds(of, seed);
    let mut predictions = Vec::new();
    for (number, bundle) in bundles.iter().enumerate() {
        predictions.extend(predict_fold(bundle, dataset, &folds, number)?);
    }
    predictions.sort_by_key(|prediction| prediction.row);
    let rows = predictions.iter().map(|one| &dataset.rows[one.row]);
    let labels: Vec<usize> = rows.clone().filter_map(|row| row.genre).collect();
    let groups: Vec<Option<u32>> = rows.map(|row| row.group).collect();
    let mut probabilities: Vec<f32> = predictions.iter().flat_map(|p| p.raw.clone()).collect();
    let k = dataset.genres.len();
    let on = format!(
        "{} out of {of} folds, split {}",
        dataset.name, dataset.split.rule
    );
    let calibration = crate::calibrate::fit(&probabilities, k, &labels, precision, &on);
    probabilities
        .chunks_mut(k)
        .for_each(|row| calibration.apply(row));
    let mut bundles = bundles.into_iter();
    let Some(mut bundle) = bundles.next() else {
        return Err(TrainError::value("folds", of, "at least 2"));
    };
    bundle.calibration = calibration.clone();
    let evaluation = score(&probabilities, &labels, &groups, &bundle, &on);
    Ok((calibration, evaluation))
}

/// The seed of the folds of which all networks of a bundle held out the same.
fn held_out_fold(
    bundle: &Bundle,
    dataset: &Dataset,
    number: usize,
    of: usize,
) -> Result<u64, TrainError> {
    let key = format!("fold {number}");
    let expected = format!("networks that learned {} without it", dataset.name);
    let mut seeds = Vec::new();
    for provenance in provenances(bundle) {
        match provenance.selection.fold {
            Some(fold)
                // Shares of the subsets do not matter to folds: a head that is solved has no validation rows.
                if (fold.number, fold.of) == (number, of)
                    && provenance.is_of(dataset)
                    && provenance.split.rule == dataset.split.rule =>
            {
                seeds.push(fold.seed);
            }
            _ => {
                let words = provenance.split_words();
                let found = format!("one of {}, {words}", provenance.data);
                return Err(TrainError::value(&key, found, expected));
            }
        }
    }
    seeds.dedup();
    match seeds[..] {
        [seed] if bundle.genres == dataset.genres => Ok(seed),
        [_] => Err(TrainError::value(&key, "other genres", expected)),
        [] => Err(TrainError::value(&key, "one of unknown rows", expected)),
        _ => Err(TrainError::value(&key, "folds of several seeds", expected)),
    }
}

/// The out-of-fold probabilities of a row.
struct Prediction {
    row: usize,
    /// Uncalibrated.
    raw: Vec<f32>,
    /// Calibrated as the bundle of its fold is, so that a report over the folds has the same figures.
    calibrated: Vec<f32>,
}

/// The options of the run that holds out fold `number` (from 0) and trains on all others.
fn fold_options(
    options: &RunOptions,
    folds: &[Vec<usize>],
    number: usize,
    seed: u64,
) -> RunOptions {
    let others = folds.iter().enumerate().filter(|(n, _)| *n != number);
    let mut training: Vec<usize> = others.flat_map(|(_, rows)| rows).copied().collect();
    training.sort_unstable();
    let folder = options.folder.as_ref();
    RunOptions {
        rows: Some(TrainingRows {
            training,
            validation: folds[number].clone(),
        }),
        fold: Some(Fold {
            number: number + 1,
            of: folds.len(),
            seed,
        }),
        folder: folder.map(|folder| folder.join(format!("fold-{}", number + 1))),
        lock: None, // each fold's folder has its own beside that of the whole
        ..options.clone()
    }
}

/// Predicts the rows of a held-out fold that the network did not learn, not even through a teacher.
fn predict_fold(
    bundle: &Bundle,
    dataset: &Dataset,
    folds: &[Vec<usize>],
    number: usize,
) -> Result<Vec<Prediction>, TrainError> {
    let held_out = &folds[number];
    let learned = were_learned(&bundle.learned, dataset, held_out)?;
    let new = held_out.iter().zip(learned).filter(|(_, learned)| !learned);
    let new: Vec<usize> = new.map(|(&row, _)| row).collect();
    if new.is_empty() {
        return Err(TrainError::Data {
            data: dataset.name.clone(),
            message: format!(
                "fold {} of {} holds out no row that can be evaluated: {}",
                number + 1,
                folds.len(),
                match held_out.len() {
                    0 => "it is empty".to_owned(),
                    n => format!(
                        "all {n} were learned by what the network starts from or is distilled from"
                    ),
                }
            ),
        });
    }
    let predicted = predict_rows(bundle, dataset, &new, false)?;
    let each = predicted.probabilities.chunks(dataset.genres.len());
    let predictions = predicted.rows.iter().zip(each).map(|(&row, raw)| {
        let mut calibrated = raw.to_vec();
        bundle.calibration.apply(&mut calibrated);
        Prediction {
            row,
            raw: raw.to_vec(),
            calibrated,
        }
    });
    Ok(predictions.collect())
}

/// Figures of the rows of all folds, with the threshold of "unsure" fitted to all of them.
fn score_together(
    mut bundle: Bundle,
    dataset: &Dataset,
    predictions: &[Prediction],
    precision: f32,
    on: &str,
) -> Evaluation {
    let rows = predictions.iter().map(|one| &dataset.rows[one.row]);
    let labels: Vec<usize> = rows.clone().filter_map(|row| row.genre).collect();
    let groups: Vec<Option<u32>> = rows.map(|row| row.group).collect();
    let raw: Vec<f32> = predictions.iter().flat_map(|p| p.raw.clone()).collect();
    let calibrated: Vec<f32> = predictions
        .iter()
        .flat_map(|p| p.calibrated.clone())
        .collect();
    let genres = dataset.genres.len();
    bundle.calibration = crate::calibrate::fit(&raw, genres, &labels, precision, "out of fold");
    score(&calibrated, &labels, &groups, &bundle, on)
}

/// Refuses empty folds, and folds without which a genre has no row to learn from.
fn check_folds(dataset: &Dataset, folds: &[Vec<usize>]) -> Result<(), TrainError> {
    let fault = |message: String| {
        Err(TrainError::Data {
            data: dataset.name.clone(),
            message,
        })
    };
    let k = folds.len();
    let all: Vec<usize> = folds.concat();
    let filled = folds.iter().filter(|fold| !fold.is_empty()).count();
    if filled < k {
        let why = dataset.how_grouped(&all, " to cut into folds");
        return fault(format!(
            "{k} folds can't be filled, at most {filled} can: {why}"
        ));
    }
    for (genre, name) in dataset.genres.iter().enumerate() {
        let of_genre = |rows: &[usize]| -> Vec<usize> {
            let is = |&row: &usize| dataset.rows[row].genre == Some(genre);
            rows.iter().copied().filter(is).collect()
        };
        let rows = of_genre(&all);
        let holding = folds.iter().filter(|fold| !of_genre(fold).is_empty());
        if !rows.is_empty() && holding.count() < 2 {
            let why = dataset.how_grouped(&rows, &format!(" of {name}"));
            return fault(format!(
                "{name} can't be cut into {k} folds, as the one that holds it out leaves none to learn from: {why}"
            ));
        }
    }
    Ok(())
}
