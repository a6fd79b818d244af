//! The kinds of heads among which a choice is made.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::discriminant::{Discriminant, Priors};
use super::error::HeadError;
use super::examples::Examples;
use super::linear::LinearHead;
use super::logistic::Logistic;
use super::standardisation::Standardisation;

/// What is done to the columns before a head is fitted; it is folded into the head afterwards, which reads rows as they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scaling {
    /// Nothing: for columns of one unit, such as the logits of tags. With few rows it is the better choice for these.
    #[default]
    AsIs,
    /// [`Standardisation`]: for columns of different units.
    Standard,
}

/// A kind of head.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum HeadKind {
    /// [`Logistic`] with this C.
    Logistic {
        /// C, above 0.
        c: f64,
    },
    /// [`Discriminant`] with the shares of the rows as priors.
    Discriminant,
}

impl HeadKind {
    /// The best kind for fewer than [`FEW_ROWS`](super::FEW_ROWS) rows of a class.
    pub const OF_FEW_ROWS: HeadKind = HeadKind::Logistic { c: 0.03 };

    /// The kinds that are compared unless others are named.
    pub const CANDIDATES: [HeadKind; 6] = [
        HeadKind::Logistic { c: 0.01 },
        HeadKind::Logistic { c: 0.03 },
        HeadKind::Logistic { c: 0.1 },
        HeadKind::Logistic { c: 0.3 },
        HeadKind::Logistic { c: 1.0 },
        HeadKind::Discriminant,
    ];

    /// Fits the head to scaled columns, and folds the scaling into it.
    ///
    /// # Errors
    /// As [`Logistic::fit`] and [`Discriminant::fit`].
    pub fn fit(&self, examples: &Examples, scaling: Scaling) -> Result<LinearHead, HeadError> {
        match scaling {
            Scaling::AsIs => self.fit_as_is(examples),
            Scaling::Standard => {
                let standard = Standardisation::fit(examples);
                let head = self.fit_as_is(&standard.apply(examples))?;
                Ok(standard.fold_into(&head))
            }
        }
    }

    fn fit_as_is(&self, examples: &Examples) -> Result<LinearHead, HeadError> {
        match *self {
            HeadKind::Logistic { c } => Logistic { c }.fit(examples, None),
            HeadKind::Discriminant => {
                let priors = Priors::Shares;
                Discriminant { priors }.fit(examples)
            }
        }
    }
}

impl fmt::Display for HeadKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HeadKind::Logistic { c } => write!(f, "logistic regression with C = {c}"),
            HeadKind::Discriminant => write!(f, "linear discriminant analysis"),
        }
    }
}
