//! Statistics for scaling, fitted on training rows.

use genrenet_nn::Tensor;

use super::preprocessor::Preprocessor;
use super::raw::Raw;
use super::spec::{InputSpec, Scaling};
use crate::error::ModelError;

/// Computes the statistics of an input's scaling row by row, in the order given; sums are in f64.
pub struct Fitter {
    input: Preprocessor,
    rows: u64,
    sums: Vec<f64>,
    squares: Vec<f64>,
    counts: Vec<u64>,
    columns: Vec<Vec<f32>>,
    scratch: Vec<f32>,
}

/// Below this deviation a column is constant: it is divided by 1.
const SMALLEST_DEVIATION: f64 = 1e-8;

/// Quantiles that are kept of a column: more make no difference to a network.
const QUANTILES: usize = 257;

impl Fitter {
    /// A fitter for rows like `example`, which must have the features that the input reads.
    pub fn new(spec: InputSpec, example: &Raw) -> Result<Fitter, ModelError> {
        let Some(array) = spec.array(example)? else {
            return Err(ModelError::Fit {
                input: spec.name,
                message: "no training row has this array".into(),
            });
        };
        let shape = array.shape.clone();
        drop(array);
        let input = Preprocessor::unfitted(spec, &shape)?;
        let features = input.features();
        Ok(Fitter {
            input,
            rows: 0,
            sums: vec![0.0; features],
            squares: vec![0.0; features],
            counts: vec![0; features],
            columns: Vec::new(),
            scratch: Vec::new(),
        })
    }

    /// Whether the scaling needs rows at all.
    pub fn needs_rows(&self) -> bool {
        matches!(
            self.input.spec().scaling,
            Scaling::Standard { .. } | Scaling::Rank { .. } | Scaling::Quantile {}
        )
    }

    /// Names of the values' columns, kept in the bundle so that a table's columns are found by name.
    pub fn columns(&mut self, names: Vec<String>) {
        self.input.set_columns(names);
    }

    /// Takes one row into the statistics; a row that lacks the array is skipped.
    pub fn add(&mut self, raw: &Raw) -> Result<(), ModelError> {
        let Some(array) = self.input.spec().array(raw)? else {
            return Ok(());
        };
        let mut values = std::mem::take(&mut self.scratch);
        let (rows, cols) = self.input.select(&array.shape, &array.data, &mut values)?;
        let bands_first = self.input.bands_first();
        match self.input.spec().scaling {
            Scaling::Standard { .. } => {
                for (index, &x) in values.iter().enumerate() {
                    let feature = if bands_first {
                        index / cols
                    } else {
                        index % cols
                    };
                    let x = f64::from(x);
                    self.sums[feature] += x;
                    self.squares[feature] += x * x;
                    self.counts[feature] += 1;
                }
            }
            Scaling::Rank { .. } | Scaling::Quantile {} => {
                debug_assert_eq!(rows, 1);
                self.columns.resize(values.len(), Vec::new());
                for (column, &x) in self.columns.iter_mut().zip(&values) {
                    column.push(x);
                }
            }
            _ => {}
        }
        self.rows += 1;
        self.scratch = values;
        Ok(())
    }

    /// The preprocessor with its statistics.
    pub fn finish(mut self) -> Result<Preprocessor, ModelError> {
        if !self.needs_rows() {
            return Ok(self.input);
        }
        if self.rows == 0 {
            return Err(ModelError::Fit {
                input: self.input.spec().name.clone(),
                message: "no training row has this array".into(),
            });
        }
        match self.input.spec().scaling {
            Scaling::Standard { .. } => self.finish_standard()?,
            Scaling::Rank { .. } => self.finish_columns(true)?,
            _ => self.finish_columns(false)?,
        }
        Ok(self.input)
    }

    /// Mean and deviation of each feature.
    fn finish_standard(&mut self) -> Result<(), ModelError> {
        let features = self.sums.len();
        let mut mean = vec![0.0f32; features];
        let mut deviation = vec![1.0f32; features];
        for f in 0..features {
            let n = self.counts[f] as f64;
            let m = self.sums[f] / n;
            let variance = (self.squares[f] / n - m * m).max(0.0);
            if !m.is_finite() {
                return Err(self.not_finite(f));
            }
            mean[f] = m as f32;
            // f64 sums of f32 squares: a constant column leaves a remainder of about 1e-8 of its square.
            if variance.sqrt() > SMALLEST_DEVIATION + 1e-7 * m.abs() {
                deviation[f] = variance.sqrt() as f32;
            }
        }
        self.set("mean", mean);
        self.set("deviation", deviation);
        Ok(())
    }

    /// The sorted values of each column, one after the other: distinct ones with the largest rank of all columns (`ranks`), else
    /// [`QUANTILES`] quantiles.
    fn finish_columns(&mut self, ranks: bool) -> Result<(), ModelError> {
        let mut starts = vec![0.0f32];
        let mut all = Vec::new();
        let mut largest = 1usize;
        for (f, column) in std::mem::take(&mut self.columns).iter_mut().enumerate() {
            if column.iter().any(|x| !x.is_finite()) {
                return Err(self.not_finite(f));
            }
            column.sort_by(f32::total_cmp);
            if ranks {
                column.dedup();
                largest = largest.max(column.len().saturating_sub(1));
                all.extend_from_slice(column);
            } else {
                let last = column.len() - 1;
                all.extend((0..QUANTILES).map(|q| {
                    let at = q as f64 / (QUANTILES - 1) as f64 * last as f64;
                    let low = at.floor() as usize;
                    let part = (at - low as f64) as f32;
                    column[low] + part * (column[(low + 1).min(last)] - column[low])
                }));
            }
            starts.push(all.len() as f32);
        }
        self.set("starts", starts);
        self.set("sorted", all);
        if ranks {
            self.set("largest", vec![largest as f32]);
        }
        Ok(())
    }

    fn set(&mut self, name: &str, data: Vec<f32>) {
        let shape = vec![data.len()];
        self.input.set_fitted(name, Tensor { shape, data });
    }

    fn not_finite(&self, column: usize) -> ModelError {
        ModelError::Fit {
            input: self.input.spec().name.clone(),
            message: format!("column {column} holds a value that is not finite"),
        }
    }
}
