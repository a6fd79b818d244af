//! Errors of arrays that can't be measured.

/// Why predictions, labels or points cannot be measured.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum MetricsError {
    /// There is nothing to measure.
    #[error("nothing to measure: no rows")]
    Empty,
    /// A classification needs at least one class.
    #[error("number of classes: expected at least 1, found 0")]
    NoClasses,
    /// The array of probabilities is not `rows × classes` long.
    #[error(
        "probabilities: expected {rows} rows × {classes} classes = {expected} values, found {found}"
    )]
    Probabilities {
        /// Number of labels, hence of rows.
        rows: usize,
        /// Number of classes.
        classes: usize,
        /// `rows × classes`.
        expected: usize,
        /// Length of the array.
        found: usize,
    },
    /// A label names a class that does not exist.
    #[error("label of row {row}: expected a class below {classes}, found {label}")]
    Label {
        /// Row that holds the label, from 0.
        row: usize,
        /// The label that was found.
        label: usize,
        /// Number of classes.
        classes: usize,
    },
    /// A probability is not a finite number in 0..=1.
    #[error("probability of row {row}, class {class}: expected a number in 0..=1, found {value}")]
    Probability {
        /// Row of the value, from 0.
        row: usize,
        /// Class of the value, from 0.
        class: usize,
        /// The value that was found.
        value: f32,
    },
    /// The probabilities of a row do not add up to one.
    #[error("probabilities of row {row}: expected a sum of 1, found {sum}")]
    Sum {
        /// Row, from 0.
        row: usize,
        /// Sum of its probabilities.
        sum: f64,
    },
    /// Points are not `n × d` values.
    #[error("points: expected {n} × {d} = {expected} values, found {found}")]
    Points {
        /// Number of points.
        n: usize,
        /// Values per point.
        d: usize,
        /// `n × d`.
        expected: usize,
        /// Length of the array.
        found: usize,
    },
    /// A coordinate of a point is NaN or infinite.
    #[error("point {row}, value {column}: expected a finite number, found {value}")]
    Coordinate {
        /// Point, from 0.
        row: usize,
        /// Column, from 0.
        column: usize,
        /// The value that was found.
        value: f32,
    },
    /// More components were requested than the points span.
    #[error("components: expected 1..={most} for {n} points of {d} values, found {found}")]
    Components {
        /// The requested number.
        found: usize,
        /// The most that is possible, `min(n, d)`.
        most: usize,
        /// Number of points.
        n: usize,
        /// Values per point.
        d: usize,
    },
    /// Too few points for an embedding.
    #[error("t-SNE: expected at least {least} points, found {found}")]
    FewPoints {
        /// The fewest that can be laid out.
        least: usize,
        /// The number of points.
        found: usize,
    },
    /// A setting of an embedding is out of its range.
    #[error("t-SNE {key}: expected {expected}, found {found}")]
    Setting {
        /// Name of the setting.
        key: &'static str,
        /// The range that is allowed.
        expected: &'static str,
        /// The value that was found.
        found: f64,
    },
}
