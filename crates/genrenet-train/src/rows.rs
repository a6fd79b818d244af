//! Feature arrays of the rows of a data set.

use genrenet_data::{DataError, Dataset};
use genrenet_model::{FeatureKind, InputSpec, Raw, RawArray};

/// Whether a row has the features that an input reads.
pub fn has(raw: &Raw, input: &InputSpec) -> bool {
    let mut sources = input.reads().into_iter();
    sources.all(|source| raw.get(source).is_some())
}

/// The feature arrays of one row of a data set (its middle window): those of `sources` that it has.
///
/// # Errors
/// Features that can't be read ([`Array::read_window`](genrenet_data::Array::read_window)).
pub fn raw_row(dataset: &Dataset, row: usize, sources: &[FeatureKind]) -> Result<Raw, DataError> {
    let window = |array: &genrenet_data::Array| array.windows(row) / 2;
    raw_window(dataset, row, sources, window)
}

/// The feature arrays of one window of a row; `window` chooses it for each array.
pub(crate) fn raw_window(
    dataset: &Dataset,
    row: usize,
    sources: &[FeatureKind],
    window: impl Fn(&genrenet_data::Array) -> usize,
) -> Result<Raw, DataError> {
    let mut raw = Raw::new();
    for &source in sources {
        if let Some(array) = dataset.array(source.name())
            && array.has(row)
        {
            let mut data = vec![0.0; array.row_len()];
            let at = window(array);
            array.read_window(row, at.min(array.windows(row).saturating_sub(1)), &mut data)?;
            raw.insert(
                source,
                RawArray {
                    shape: array.shape.clone(),
                    data,
                },
            );
        }
    }
    Ok(raw)
}

/// As [`raw_row`], for several rows.
///
/// # Errors
/// As there.
pub fn raw_rows(
    dataset: &Dataset,
    rows: &[usize],
    sources: &[FeatureKind],
) -> Result<Vec<Raw>, DataError> {
    rows.iter()
        .map(|&row| raw_row(dataset, row, sources))
        .collect()
}

/// The feature arrays of each window of a row: at least one window, which may have no arrays.
///
/// # Errors
/// As [`raw_row`].
pub fn raw_windows(
    dataset: &Dataset,
    row: usize,
    sources: &[FeatureKind],
) -> Result<Vec<Raw>, DataError> {
    let windows = sources
        .iter()
        .filter_map(|source| dataset.array(source.name()))
        .map(|array| array.windows(row))
        .max()
        .unwrap_or(1)
        .max(1);
    (0..windows)
        .map(|w| raw_window(dataset, row, sources, |_| w))
        .collect()
}
