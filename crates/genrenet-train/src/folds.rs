//! Cross-validation: every row is predicted by a network that learned neither from it nor from its group.

use genrenet_data::{Dataset, Fold};

use crate::checks::TrainingRows;
use crate::error::TrainError;
use crate::evaluate::{Evaluation, predict_rows, score};
use crate::learned::were_learned;
use crate::observer::{Observer, Stop};
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
/// The last epoch is kept in each: choosing the best one on the held-out fold would flatter it. Folds keep
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
    recipe.train.keep = Keep::Last;
    recipe.train.patience = None;
    let genres = dataset.genres.len();
    let mut evaluations = Vec::new();
    let mut all: Vec<(usize, Vec<f32>, Vec<f32>)> = Vec::new();
    let mut last = None;
    for (number, held_out) in folds.iter().enumerate() {
        observer.part(&format!("fold {} of {k}", number + 1));
        let training = folds
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != number)
            .flat_map(|(_, rows)| rows.iter().copied());
        let mut training: Vec<usize> = training.collect();
        training.sort_unstable();
        let mut options = options.clone();
        options.rows = Some(TrainingRows {
            training,
            validation: held_out.clone(),
        });
        options.fold = Some(Fold {
            number: number + 1,
            of: k,
            seed: recipe.train.seed,
        });
        options.folder = options
            .folder
            .map(|folder| folder.join(format!("fold-{}", number + 1)));
        options.lock = None; // each folder has its own beside that of them all
        let run = train(&recipe, dataset, &options, observer, stop)?;
        if run.stopped {
            return Err(TrainError::Stopped {
                left: "the folds that were finished are kept, but no mean over all".into(),
            });
        }
        let learned = were_learned(&run.bundle.learned, dataset, held_out);
        let unseen = held_out.iter().zip(learned).filter(|(_, learned)| !learned);
        let unseen: Vec<usize> = unseen.map(|(&row, _)| row).collect();
        if unseen.is_empty() {
            return Err(TrainError::Data {
                data: dataset.name.clone(),
                message: format!(
                    "fold {} of {k} holds out no row that can be measured: {}",
                    number + 1,
                    match held_out.len() {
                        0 => "it is empty".to_owned(),
                        n => format!(
                            "all {n} were learned by what the network starts from or is distilled from"
                        ),
                    }
                ),
            });
        }
        let predicted = predict_rows(&run.bundle, dataset, &unseen, false)?;
        let each = predicted.probabilities.chunks(genres).map(<[f32]>::to_vec);
        for (&row, raw) in predicted.rows.iter().zip(each) {
            // Calibrated as the fold's own bundle answers, so that a report over the folds tells the same figures.
            let mut answer = raw.clone();
            run.bundle.calibration.apply(&mut answer);
            all.push((row, raw, answer));
        }
        evaluations.extend(run.validation);
        last = Some(run.bundle);
    }
    all.sort_by_key(|(row, ..)| *row);
    let Some(mut bundle) = last else {
        return Err(TrainError::value("folds", k, "at least 2"));
    };
    let rows: Vec<usize> = all.iter().map(|(row, ..)| *row).collect();
    let answers: Vec<f32> = all.iter().flat_map(|(.., p)| p).copied().collect();
    let probabilities: Vec<f32> = all.into_iter().flat_map(|(_, p, _)| p).collect();
    let labels: Vec<usize> = rows
        .iter()
        .filter_map(|&row| dataset.rows[row].genre)
        .collect();
    let groups: Vec<Option<u32>> = rows.iter().map(|&row| dataset.rows[row].group).collect();
    bundle.calibration = crate::calibrate::fit(
        &probabilities,
        genres,
        &labels,
        recipe.calibrate.precision,
        "out of fold",
    );
    let on = format!("{} {k} folds, {}", dataset.name, dataset.split.rule);
    let together = score(&answers, &labels, &groups, &bundle, &on);
    let means = Means::of(&evaluations.iter().collect::<Vec<_>>());
    Ok(FoldsResult {
        folds: evaluations,
        means,
        together,
        rows,
        probabilities,
    })
}

/// Refuses folds that hold nothing out, or leave nothing of a genre to learn from.
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
        let why = dataset.how_grouped(&all, "rows that are cut into folds");
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
            let why = dataset.how_grouped(&rows, &format!("rows of {name}"));
            return fault(format!(
                "{name} can't be cut into {k} folds, as the one that holds it out leaves none to learn from: {why}"
            ));
        }
    }
    Ok(())
}
