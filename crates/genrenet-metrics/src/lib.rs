//! Metrics of classifiers, confidence intervals, paired tests and embeddings: slices in, numbers out.
//!
//! Probabilities are row-major `[n, k]` in 0..=1, labels are class numbers
//! below `k`. Where scikit-learn or scipy has the same figure, its definition is followed and tested against
//! (`reference/metrics.py`).
//!
//! # Example
//! ```
//! use genrenet_metrics as metrics;
//!
//! // Four clips, three genres.
//! let probabilities = [
//!     0.8, 0.1, 0.1, // right
//!     0.2, 0.5, 0.3, // right
//!     0.3, 0.4, 0.3, // wrong, second best
//!     0.1, 0.2, 0.7, // right
//! ];
//! let labels = [0, 1, 0, 2];
//!
//! // Check the arrays once.
//! metrics::validate(&probabilities, 3, &labels)?;
//!
//! // Accuracy, and top-2 accuracy.
//! assert_eq!(metrics::accuracy(&probabilities, 3, &labels), 0.75);
//! assert_eq!(metrics::top_k(&probabilities, 3, &labels, 2), 1.0);
//!
//! // Which genre is taken for which?
//! let matrix = metrics::confusion(&metrics::predictions(&probabilities, 3), &labels, 3);
//! assert_eq!(metrics::most_confused(&matrix, 1)[0].to, 1);
//! assert!((metrics::macro_f1(&matrix) - 7.0 / 9.0).abs() < 1e-12);
//!
//! // A figure has its interval.
//! let hits = metrics::hits(&probabilities, 3, &labels);
//! let (low, high) = metrics::bootstrap_interval(&hits, metrics::RESAMPLES, metrics::BOOTSTRAP_SEED);
//! assert!(low < 0.75 && 0.75 < high);
//!
//! // Two classifiers on the same clips: is the difference significant?
//! assert!((metrics::mcnemar(&hits, &[true; 4]) - 1.0).abs() < 1e-12);
//! # Ok::<(), metrics::MetricsError>(())
//! ```
//!
//! # Contents
//! - accuracy: [`accuracy`], [`top_k`], [`predictions`], [`hits`], [`confidences`]
//! - confusion and F1: [`confusion`], [`most_confused`], [`per_class`], [`macro_f1`]
//! - several classes a row: [`AveragePrecision`]
//! - confidence intervals: [`bootstrap_interval`], [`bootstrap_statistic`], [`bootstrap_groups`], [`wilson_interval`],
//!   [`mean_interval`], [`mean_interval_within`]
//! - paired tests: [`mcnemar`], [`mcnemar_chi_squared`], [`disagreement`], [`paired_bootstrap`], [`paired_bootstrap_groups`]
//! - calibration: [`reliability`], [`ece`], [`brier`], [`log_loss`], [`fit_temperature`],
//!   [`softmax_with_temperature`], [`coverage_at_precision`], [`answered_at`]
//! - embeddings: [`nearest_neighbours`], [`pca`], [`symmetric_eigen`], [`tsne`], [`trustworthiness`], [`kl_divergence`]
#![deny(clippy::print_stdout, clippy::print_stderr)]
#![cfg_attr(not(test), deny(clippy::disallowed_methods))]

mod accuracy;
mod affinities;
mod average_precision;
mod bootstrap;
mod confusion;
mod coverage;
mod distances;
mod eigen;
mod error;
mod force_tree;
mod neighbours;
mod paired;
mod pca;
mod per_class;
mod quantile;
mod reliability;
mod scoring;
mod seeds;
mod simd;
mod temperature;
mod trustworthiness;
mod tsne;
mod validate;
mod wilson;

pub use accuracy::{accuracy, confidences, hits, predictions, top_k};
pub use average_precision::AveragePrecision;
pub use bootstrap::{
    BOOTSTRAP_SEED, RESAMPLES, bootstrap_groups, bootstrap_interval, bootstrap_statistic,
};
pub use confusion::{Confused, confusion, most_confused};
pub use coverage::{Threshold, answered_at, coverage_at_precision};
pub use eigen::symmetric as symmetric_eigen;
pub use error::MetricsError;
pub use neighbours::nearest_neighbours;
pub use paired::{
    Disagreement, PairedDifference, disagreement, mcnemar, mcnemar_chi_squared, paired_bootstrap,
    paired_bootstrap_groups,
};
pub use pca::{Pca, pca};
pub use per_class::{ClassScore, macro_f1, per_class};
pub use reliability::{ECE_BINS, ReliabilityBin, ece, reliability};
pub use scoring::{brier, log_loss};
pub use seeds::{mean_interval, mean_interval_within};
pub use temperature::{fit_temperature, softmax_with_temperature};
pub use trustworthiness::trustworthiness;
pub use tsne::{Tsne, TsneSpec, kl_divergence, tsne, tsne_with};
pub use validate::validate;
pub use wilson::wilson_interval;
