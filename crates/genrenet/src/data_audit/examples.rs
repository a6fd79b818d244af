//! What a small head reads of each row: the embedding of a sound, statistics of a spectrogram, or a table's values.

use std::sync::atomic::AtomicBool;

use rayon::prelude::*;

use crate::data::{Array, DataError, Dataset};
use crate::train::heads::{Examples, Folds, HeadKind, Scaling};
use crate::{Error, Progress, datasets, shipped};

/// Up to this many numbers, rows times columns, logistic regression takes seconds; beyond, discriminants are used.
const LOGISTIC: usize = 200_000;

/// A row and its numbers.
type RowValues = (usize, Vec<f32>);

/// Features of some rows of a data set.
pub(super) struct Features {
    /// What they are, in words.
    pub words: String,
    /// The array that they were made of.
    pub array: String,
    /// The rows that have them.
    pub rows: Vec<usize>,
    values: Vec<f32>,
    columns: usize,
}

impl Features {
    /// The labelled rows as examples.
    pub fn examples(&self, dataset: &Dataset) -> Result<Examples, Error> {
        let labels: Vec<usize> = self
            .rows
            .iter()
            .filter_map(|&row| dataset.rows[row].genre)
            .collect();
        let examples = Examples::new(&self.values, self.columns, &labels, dataset.genres.len());
        examples.map_err(|error| crate::train::TrainError::from(error).into())
    }

    /// The head that is fitted to them.
    pub fn kind(&self) -> HeadKind {
        match self.values.len() <= LOGISTIC {
            true => HeadKind::Logistic { c: 0.1 },
            false => HeadKind::Discriminant,
        }
    }

    /// Rows of `columns` numbers that `read` gives; rows that are constant, lack them or have no genre are left out.
    fn of(
        dataset: &Dataset,
        (array, words): (&str, String),
        read: impl Fn(usize) -> Result<Option<Vec<f32>>, DataError> + Sync,
    ) -> Result<Option<Features>, Error> {
        let usable = |row: &usize| dataset.rows[*row].genre.is_some();
        let labelled: Vec<usize> = (0..dataset.rows.len()).filter(usable).collect();
        let one = |&row: &usize| Ok::<_, DataError>(read(row)?.map(|values| (row, values)));
        let all: Result<Vec<Option<RowValues>>, DataError> = labelled.par_iter().map(one).collect();
        let finite = |one: &RowValues| one.1.iter().all(|x| x.is_finite());
        let all: Vec<RowValues> = all?.into_iter().flatten().filter(finite).collect();
        let Some(columns) = all.first().map(|one| one.1.len()) else {
            return Ok(None);
        };
        Ok(Some(Features {
            words,
            array: array.to_owned(),
            rows: all.iter().map(|one| one.0).collect(),
            values: all.into_iter().flat_map(|one| one.1).collect(),
            columns,
        }))
    }
}

/// How features are compared in folds: columns have different units.
pub(super) const SCALING: Scaling = Scaling::Standard;

/// Folds of features, in which rows of one group stay together.
pub(super) fn folds(
    examples: &Examples,
    features: &Features,
    groups: &[Option<u32>],
    seed: u64,
) -> Result<Folds, String> {
    let of_rows: Vec<Option<u32>> = features.rows.iter().map(|&row| groups[row]).collect();
    Folds::new(examples, &of_rows, seed).map_err(|few| {
        format!(
            "fewer than two genres have rows of several groups (genre {} has {})",
            few.class + 1,
            few.groups
        )
    })
}

/// The embedding of the default model's backbone for each audio file; nothing where the build has no such model, with the reason.
pub(super) fn of_sounds(
    dataset: &Dataset,
    cancel: &AtomicBool,
    progress: &dyn Progress,
) -> Result<Result<Features, String>, Error> {
    let model = match shipped::load(shipped::DEFAULT) {
        Ok(model) => model,
        Err(error) => return Ok(Err(error.to_string())),
    };
    let (Some(front_end), Some(backbone)) = (&model.front_end, &model.backbone) else {
        return Ok(Err(format!(
            "the model {} has no backbone",
            model.card.name
        )));
    };
    let mut computed = dataset.clone();
    // Files that fail were named when they were decoded first.
    let quiet = Quiet(progress);
    datasets::compute_features(
        &mut computed,
        front_end,
        Some(backbone),
        Some(cancel),
        &quiet,
    )?;
    let at: std::collections::HashMap<&str, usize> = computed
        .rows
        .iter()
        .enumerate()
        .map(|(at, row)| (row.id.as_str(), at))
        .collect();
    let words = format!(
        "{} tag logits of {}",
        backbone.columns().len(),
        model.card.name
    );
    let array = computed.require_array("embedding")?;
    let mean = |row: usize| match at.get(dataset.rows[row].id.as_str()) {
        Some(&at) => mean_of_windows(array, at).map(Some),
        None => Ok(None),
    };
    let features = Features::of(dataset, ("embedding", words), mean)?;
    Ok(features.ok_or_else(|| "no file has an embedding".to_owned()))
}

/// Everything that a head could read of the arrays of a data set, the most telling first.
pub(super) fn of_arrays(dataset: &Dataset) -> Result<Vec<Features>, Error> {
    let mut all = Vec::new();
    for array in &dataset.arrays {
        let name = array.name.as_str();
        all.extend(match (&array.shape[..], name) {
            (&[bands, frames], "logmel") => {
                let words = format!("mean, deviation and mean step of {bands} log-mel bands");
                let of = |values: Vec<f32>| of_lines(&values, frames);
                Features::of(dataset, (name, words), |row| Ok(read(array, row)?.map(of)))?
            }
            (&[frames, coefficients], "mfcc") => {
                let words = format!("mean, deviation and mean step of {coefficients} MFCC");
                let of = |values: Vec<f32>| of_lines(&transposed(&values, coefficients), frames);
                Features::of(dataset, (name, words), |row| Ok(read(array, row)?.map(of)))?
            }
            ([n], _) => {
                let words = format!("{n} numbers of `{name}`");
                Features::of(dataset, (name, words), |row| read(array, row))?
            }
            _ => None,
        });
    }
    let order = [
        "embedding",
        "vggish",
        "logmel",
        "mfcc_stats",
        "mfcc",
        "values",
    ];
    let place = |one: &Features| order.iter().position(|name| *name == one.array);
    all.sort_by_key(|one| place(one).unwrap_or(order.len()));
    Ok(all)
}

/// A row's values; `None` where it lacks the array.
fn read(array: &Array, row: usize) -> Result<Option<Vec<f32>>, DataError> {
    if !array.has(row) {
        return Ok(None);
    }
    let mut values = vec![0.0; array.row_len()];
    array.read(row, &mut values)?;
    Ok(Some(values))
}

fn mean_of_windows(array: &Array, row: usize) -> Result<Vec<f32>, DataError> {
    let windows = array.windows(row);
    let mut mean = vec![0.0; array.row_len()];
    let mut values = mean.clone();
    for window in 0..windows {
        array.read_window(row, window, &mut values)?;
        let sums = mean.iter_mut().zip(&values);
        sums.for_each(|(sum, x)| *sum += x / windows as f32);
    }
    Ok(mean)
}

fn transposed(values: &[f32], columns: usize) -> Vec<f32> {
    (0..columns)
        .flat_map(|column| values.iter().skip(column).step_by(columns).copied())
        .collect()
}

/// Mean, standard deviation and mean step of each line of `length` numbers.
fn of_lines(values: &[f32], length: usize) -> Vec<f32> {
    let n = length as f32;
    let mut all = Vec::new();
    for line in values.chunks_exact(length) {
        let mean = line.iter().sum::<f32>() / n;
        let variance = line.iter().map(|x| (x - mean).powi(2)).sum::<f32>() / n;
        let step = line
            .windows(2)
            .map(|pair| (pair[1] - pair[0]).abs())
            .sum::<f32>()
            / n;
        all.extend([mean, variance.sqrt(), step]);
    }
    all
}

/// Progress without the files that are left out.
struct Quiet<'a>(&'a dyn Progress);

impl Progress for Quiet<'_> {
    fn stage(&self, _title: &str, things: &'static str, total: u64) {
        self.0.stage("embeddings", things, total);
    }

    fn done(&self, count: u64) {
        self.0.done(count);
    }

    fn now(&self, what: &str) {
        self.0.now(what);
    }

    fn end(&self) {
        self.0.end();
    }
}
