//! The labelled rows from which a head is fitted.

use super::error::HeadError;

/// Labelled rows of numbers, checked once: at least one row and column, two classes, finite values.
///
/// A class may lack rows here; fitting refuses it.
#[derive(Clone, Debug, PartialEq)]
pub struct Examples {
    values: Vec<f64>,
    columns: usize,
    labels: Vec<usize>,
    classes: usize,
}

impl Examples {
    /// Takes rows of `columns` numbers (`values` row-major `[n, columns]`) with their classes, each below `classes`.
    ///
    /// # Errors
    /// A length that does not fit, no row or column, fewer than two classes, a label of no class, a value that is not finite.
    pub fn new(
        values: &[f32],
        columns: usize,
        labels: &[usize],
        classes: usize,
    ) -> Result<Examples, HeadError> {
        let rows = labels.len();
        if rows == 0 || columns == 0 {
            return Err(HeadError::Empty { rows, columns });
        }
        if classes < 2 {
            return Err(HeadError::Classes { found: classes });
        }
        let expected = rows.saturating_mul(columns);
        if values.len() != expected {
            return Err(HeadError::Length {
                what: "values",
                expected,
                found: values.len(),
            });
        }
        if let Some(row) = labels.iter().position(|&label| label >= classes) {
            return Err(HeadError::Label {
                row,
                found: labels[row],
                classes,
            });
        }
        if let Some(at) = values.iter().position(|value| !value.is_finite()) {
            return Err(HeadError::Value {
                row: at / columns,
                column: at % columns,
                found: values[at],
            });
        }
        Ok(Examples {
            values: values.iter().map(|&value| f64::from(value)).collect(),
            columns,
            labels: labels.to_vec(),
            classes,
        })
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.labels.len()
    }

    /// Number of values of a row.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Number of classes.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// The class of each row.
    pub fn labels(&self) -> &[usize] {
        &self.labels
    }

    /// The values, row-major `[rows, columns]`.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// The values of one row.
    pub fn row(&self, row: usize) -> &[f64] {
        &self.values[row * self.columns..(row + 1) * self.columns]
    }

    /// Number of rows of each class.
    pub fn counts(&self) -> Vec<usize> {
        let mut counts = vec![0; self.classes];
        self.labels.iter().for_each(|&label| counts[label] += 1);
        counts
    }

    /// Number of rows of the median class; the lower of two.
    pub fn median_count(&self) -> usize {
        let mut counts = self.counts();
        counts.sort_unstable();
        counts[(counts.len() - 1) / 2]
    }

    /// Some of the rows, in the order given.
    ///
    /// # Panics
    /// A row number beyond the last row.
    pub fn select(&self, rows: &[usize]) -> Examples {
        Examples {
            values: rows
                .iter()
                .flat_map(|&row| self.row(row))
                .copied()
                .collect(),
            columns: self.columns,
            labels: rows.iter().map(|&row| self.labels[row]).collect(),
            classes: self.classes,
        }
    }

    /// The same rows with other values in each column: `change` gets the column and the value.
    pub(super) fn mapped(&self, change: impl Fn(usize, f64) -> f64) -> Examples {
        let change = |(at, &value): (usize, &f64)| change(at % self.columns, value);
        Examples {
            values: self.values.iter().enumerate().map(change).collect(),
            ..self.clone()
        }
    }

    /// The largest magnitude of a value.
    pub(super) fn largest(&self) -> f64 {
        self.values
            .iter()
            .fold(0.0, |largest, v| v.abs().max(largest))
    }

    /// Refuses a class without rows.
    pub(super) fn require_all_classes(&self) -> Result<(), HeadError> {
        match self.counts().iter().position(|&count| count == 0) {
            Some(class) => Err(HeadError::NoRows { class }),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faulty_rows_are_refused_with_their_place() {
        let fault = |values: &[f32], labels: &[usize], classes| {
            Examples::new(values, 2, labels, classes)
                .expect_err("a fault")
                .to_string()
        };
        assert_eq!(
            fault(&[1.0, 2.0, 3.0], &[0, 1], 2),
            "values: expected 4 values, found 3"
        );
        assert_eq!(
            fault(&[1.0, 2.0, f32::NAN, 4.0], &[0, 1], 2),
            "row 1, column 0: expected a finite number, found NaN"
        );
        assert_eq!(
            fault(&[1.0; 4], &[0, 2], 2),
            "row 1: expected a class below 2, found 2"
        );
        assert_eq!(
            fault(&[1.0; 2], &[0], 1),
            "expected at least two classes, found 1"
        );
        assert_eq!(
            fault(&[], &[], 2),
            "expected at least one row and one column, found 0 × 2"
        );
    }

    #[test]
    fn a_class_without_rows_is_named() {
        let examples = Examples::new(&[1.0, 2.0], 1, &[0, 2], 3).expect("rows");
        let refused = examples.require_all_classes();
        assert_eq!(refused, Err(HeadError::NoRows { class: 1 }));
    }
}
