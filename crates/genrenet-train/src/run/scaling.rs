//! The scaling of inputs and of the second target, fitted on training rows.

use genrenet_data::Dataset;
use genrenet_model::inputs::Fitter;
use genrenet_model::{FeatureKind, InputSpec, ModelError, Preprocessor, Scaling};

use crate::error::TrainError;
use crate::origin;
use crate::rows::raw_row;

/// Fits an input's scaling on training rows (on all rows where a recipe of the origin says so).
pub(super) fn fit(
    spec: &InputSpec,
    dataset: &Dataset,
    training: &[usize],
) -> Result<Preprocessor, TrainError> {
    let all: Vec<usize> = (0..dataset.rows.len()).collect();
    let rows = match origin::fits_all_rows(spec) {
        true => &all,
        false => training,
    };
    let reads = spec.reads();
    let all_of_them = |&&row: &&usize| {
        let mut arrays = reads.iter().map(|source| dataset.array(source.name()));
        arrays.all(|array| array.is_some_and(|array| array.has(row)))
    };
    let Some(&example) = rows.iter().find(all_of_them) else {
        return Err(ModelError::Fit {
            input: spec.name.clone(),
            message: "no training row has this array".into(),
        }
        .into());
    };
    let mut fitter = Fitter::new(spec.clone(), &raw_row(dataset, example, &reads)?)?;
    if spec.source == FeatureKind::Values
        && let Some(array) = dataset.array(FeatureKind::Values.name())
    {
        fitter.columns(array.columns.clone());
    }
    if fitter.needs_rows() {
        for &row in rows {
            fitter.add(&raw_row(dataset, row, &reads)?)?;
        }
    }
    Ok(fitter.finish()?)
}

/// Fits the scaling of the second target, an array of vectors that is standardised.
pub(super) fn fit_second_target(
    array: &str,
    dataset: &Dataset,
    training: &[usize],
) -> Result<Preprocessor, TrainError> {
    let source = [
        FeatureKind::Vggish,
        FeatureKind::MfccStats,
        FeatureKind::Values,
    ]
    .into_iter()
    .find(|source| source.name() == array);
    let Some(source) = source else {
        return Err(TrainError::value(
            "second_target.array",
            format!("{array:?}"),
            "\"vggish\", \"mfcc_stats\" or \"values\"",
        ));
    };
    let spec = InputSpec::new("second_target", source, Scaling::Standard { clip: None });
    fit(&spec, dataset, training)
}
