//! What decided in one window or segment, as a report shows it.

use crate::Error;
use crate::model::{Alignment, Attribution, Bundle, Faithfulness, FeatureKind, Raw};
use crate::report::Explanation;

/// What decided for a genre in a window, and the same as a report shows it; segments beside a log-mel take part where their
/// `alignment` is known. `advance` is called with the number of forward passes that are done, and of all.
///
/// # Errors
/// [`Error::NoSpectrogram`]; those of [`Bundle::attribute_with`].
pub fn explanation(
    bundle: &Bundle,
    raw: &Raw,
    genre: usize,
    alignment: Option<&Alignment>,
    advance: &dyn Fn(u64, u64),
) -> Result<(Attribution, Explanation), Error> {
    let explained = bundle.explained_feature();
    if explained.is_none_or(|kind| raw.get(kind).is_none()) {
        return Err(Error::NoSpectrogram(bundle.card.name.clone()));
    }
    let found = bundle.attribute_with(raw, genre, alignment, advance)?;
    let Faithfulness {
        insertion,
        deletion,
        occlusion,
    } = found.faithfulness;
    // Segments, or what a backbone made of them, that stay as they are.
    let alone =
        explained == Some(FeatureKind::Logmel) && bundle.reads_segments() && alignment.is_none();
    let checked = occlusion.map_or("none".to_owned(), |r| format!("{r:.2}"));
    let explanation = Explanation {
        genre: bundle.genres[genre].clone(),
        method: match alone {
            true => "occlusion of the log-mel alone",
            false => "occlusion",
        }
        .to_owned(),
        faithfulness: format!(
            "Held-out occlusion r = {checked}; insertion {insertion:.2}, deletion {deletion:.2}"
        ),
        caveat: found.caveat(),
        weights: found.weights.data.clone(),
        bands: found.weights.rows,
        frames: found.weights.cols,
    };
    Ok((found, explanation))
}
