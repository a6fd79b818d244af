//! Why a head can't be fitted.

use genrenet_text::counted;

/// Why a head can't be fitted to these rows.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum HeadError {
    /// An array has another length than its rows need.
    #[error("{what}: expected {expected} values, found {found}")]
    Length {
        /// The array.
        what: &'static str,
        /// What its rows need.
        expected: usize,
        /// What it has.
        found: usize,
    },
    /// There are no rows, or no columns.
    #[error("expected at least one row and one column, found {rows} × {columns}")]
    Empty {
        /// Number of rows.
        rows: usize,
        /// Number of columns.
        columns: usize,
    },
    /// A classifier tells at least two classes apart.
    #[error("expected at least two classes, found {found}")]
    Classes {
        /// How many there are.
        found: usize,
    },
    /// A label is no class.
    #[error("row {row}: expected a class below {classes}, found {found}")]
    Label {
        /// The row, from 0.
        row: usize,
        /// Its label.
        found: usize,
        /// Number of classes.
        classes: usize,
    },
    /// A value is NaN or infinite.
    #[error("row {row}, column {column}: expected a finite number, found {found}")]
    Value {
        /// The row, from 0.
        row: usize,
        /// The column, from 0.
        column: usize,
        /// The value.
        found: f32,
    },
    /// A class has no row, or only rows of weight 0.
    #[error("class {class}: expected at least one row, found none")]
    NoRows {
        /// The class.
        class: usize,
    },
    /// A number that can't be: a penalty, a weight of a row, a prior.
    #[error("{what}: expected {expected}, found {found}")]
    Number {
        /// Which number.
        what: String,
        /// What would have been right.
        expected: &'static str,
        /// The number.
        found: f64,
    },
    /// No class varies in any column: a discriminant has no covariance to work with.
    #[error(
        "the rows of each class are equal ({}): expected a class whose rows differ, as linear discriminant analysis \
         measures how they vary",
        counted(*rows, "row", "rows")
    )]
    NoVariation {
        /// Number of rows.
        rows: usize,
    },
    /// Values so large that the solution is no finite number.
    #[error("no finite solution: the values reach {largest:e}; scale them first")]
    NotFinite {
        /// The largest magnitude of a value.
        largest: f64,
    },
    /// The solver stopped before the minimum.
    #[error(
        "not converged after {iterations} iterations of Newton's method (step {step:e} of the weights, expected \
         {expected:e}); standardise the columns or lower C"
    )]
    NotConverged {
        /// How many were done.
        iterations: usize,
        /// Length of the last step, in the norm of the Hessian.
        step: f64,
        /// The length at which it stops.
        expected: f64,
    },
}
