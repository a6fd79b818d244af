//! Linear classifiers on fixed features, such as the embeddings of a frozen network: solved, not trained step by step.
//!
//! [`Logistic`] and [`Discriminant`] give the same probabilities as scikit-learn's `LogisticRegression` and
//! `LinearDiscriminantAnalysis` (`reference/heads.py`). Both end in a [`LinearHead`], which is a dense layer.
//!
//! ```
//! use genrenet_train::heads::{Examples, Logistic};
//!
//! // Four songs of two values each, two genres.
//! let values = [0.0, 1.0, 0.2, 0.8, 1.0, 0.1, 0.9, 0.0];
//! let examples = Examples::new(&values, 2, &[0, 0, 1, 1], 2)?;
//! let head = Logistic { c: 1.0 }.fit(&examples, None)?;
//! assert!(head.probabilities(&[0.1, 0.9])[0] > 0.5);
//! # Ok::<(), genrenet_train::heads::HeadError>(())
//! ```
//!
//! * [`Examples`]: the rows from which a head is fitted. [`LinearHead`]: weights and biases. [`HeadError`].
//! * [`Logistic`], [`Discriminant`]: the two kinds. [`Standardisation`] of columns, which is folded into weights and biases.
//! * [`HeadKind`], [`Folds`], [`choose()`], [`fit_head`]: which head fits a collection, by grouped cross-validation, and its
//!   calibration.
//! * `cholesky`: systems of linear equations.

mod cholesky;
mod choose;
mod cross_validation;
mod discriminant;
mod error;
mod examples;
mod kind;
mod linear;
mod logistic;
mod standardisation;

pub use choose::{
    CALIBRATION_ROWS, Choice, FEW_ROWS, FittedHead, HeadOptions, Reason, choose, fit_head,
};
pub use cross_validation::{Candidate, Folds, TooFewGroups};
pub use discriminant::{Discriminant, Priors};
pub use error::HeadError;
pub use examples::Examples;
pub use kind::{HeadKind, Scaling};
pub use linear::LinearHead;
pub use logistic::Logistic;
pub use standardisation::Standardisation;
