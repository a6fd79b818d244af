//! Whether a network that is trained from scratch is better than a head over a backbone: both in the same folds.

use genrenet_data::Dataset;
use genrenet_metrics as metrics;

use crate::error::TrainError;
use crate::folds::{FoldsResult, train_folds};
use crate::observer::{Observer, Stop};
use crate::recipe::Recipe;
use crate::run::RunOptions;

/// With fewer songs of the median genre a network from scratch is not compared.
///
/// On GTZAN what is learned from scratch with forty clips of each genre (56 %) does not reach a head that learned one (58 %), and
/// the best network that was trained on its 44 clips of each reads 62 % where a head reads 79 (EXPERIMENTS.md). From scratch gains
/// some three points when the clips are doubled: it could catch up with thousands.
pub const NETWORK_SONGS: usize = 100;

/// Two folds: each learns one half, so that both together cost what one training on all songs costs.
const FOLDS: usize = 2;

/// What was compared, and what it gave.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Comparison {
    /// How many songs were predicted out of fold.
    pub songs: usize,
    /// The share of them for which the head was right.
    pub head: f64,
    /// The share of them for which the network was right.
    pub network: f64,
    /// The standard error of the difference, by bootstrap over groups.
    pub standard_error: f64,
}

impl Comparison {
    /// Whether the network is better by more than a standard error.
    pub fn network_is_better(&self) -> bool {
        self.network - self.head > self.standard_error
    }
}

/// The number of labelled songs of the median genre; the lower of two.
pub fn median_songs(dataset: &Dataset) -> usize {
    let mut counts = vec![0; dataset.genres.len()];
    let genres = dataset.rows.iter().filter_map(|row| row.genre);
    genres.for_each(|genre| counts[genre] += 1);
    counts.sort_unstable();
    counts
        .get(counts.len().saturating_sub(1) / 2)
        .copied()
        .unwrap_or(0)
}

/// Fits the head and trains the network in two grouped folds; each song is predicted by those that did not learn it.
///
/// The two data sets hold the same songs with the features that each recipe reads. Nothing is written.
///
/// # Errors
/// Data sets of other songs; as [`train_folds`].
pub fn compare(
    (head, of_head): (&Recipe, &Dataset),
    (network, of_network): (&Recipe, &Dataset),
    options: &RunOptions,
    observer: &mut dyn Observer,
    stop: &Stop,
) -> Result<Comparison, TrainError> {
    let ids = |dataset: &Dataset| -> Vec<String> {
        dataset.rows.iter().map(|row| row.id.clone()).collect()
    };
    if ids(of_head) != ids(of_network) {
        return Err(TrainError::Data {
            data: of_head.name.clone(),
            message: "the head and the network can't be compared: some songs have the features of one of them only".into(),
        });
    }
    let options = RunOptions {
        folder: None,
        lock: None,
        ..options.clone()
    };
    // The same seed draws the same folds.
    let mut network = network.clone();
    network.train.seed = head.train.seed;
    observer.part("the head");
    let of_head_folds = train_folds(head, of_head, FOLDS, &options, observer, stop)?;
    observer.part("the network from scratch");
    let of_network_folds = train_folds(&network, of_network, FOLDS, &options, observer, stop)
        .map_err(|error| match error {
            TrainError::Stopped { .. } => TrainError::Stopped {
                left: "head and network were being compared, and nothing was written; with --head the head is learned \
                       without that"
                    .into(),
            },
            other => other,
        })?;
    let rows: Vec<usize> = of_head_folds
        .rows
        .iter()
        .copied()
        .filter(|row| of_network_folds.rows.binary_search(row).is_ok())
        .collect();
    let of_head_hits = hits(&of_head_folds, of_head, &rows);
    let of_network_hits = hits(&of_network_folds, of_head, &rows);
    let gains: Vec<f64> = of_network_hits
        .iter()
        .zip(&of_head_hits)
        .map(|(&network, &head)| f64::from(u8::from(network)) - f64::from(u8::from(head)))
        .collect();
    let groups: Vec<u32> = rows
        .iter()
        .map(|&row| of_head.rows[row].group.unwrap_or(u32::MAX - row as u32))
        .collect();
    let found = metrics::paired_bootstrap_groups(
        &gains,
        Some(&groups),
        metrics::RESAMPLES,
        metrics::BOOTSTRAP_SEED,
    );
    let share = |hits: &[bool]| hits.iter().filter(|&&hit| hit).count() as f64 / hits.len() as f64;
    Ok(Comparison {
        songs: rows.len(),
        head: share(&of_head_hits),
        network: share(&of_network_hits),
        // A 95 % interval is 3.92 standard errors wide.
        standard_error: (found.high - found.low) / 3.92,
    })
}

/// For each of the rows, which were all predicted, whether the most probable genre is the row's.
fn hits(folds: &FoldsResult, dataset: &Dataset, rows: &[usize]) -> Vec<bool> {
    let genres = dataset.genres.len();
    let (mut probabilities, mut labels) = (Vec::new(), Vec::new());
    for (row, p) in folds.rows.iter().zip(folds.probabilities.chunks(genres)) {
        if rows.binary_search(row).is_ok() {
            probabilities.extend_from_slice(p);
            labels.extend(dataset.rows[*row].genre);
        }
    }
    metrics::hits(&probabilities, genres, &labels)
}
