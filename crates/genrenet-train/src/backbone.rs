//! The backbone that a recipe names: the frozen network that makes the embedding of its inputs.

use std::path::Path;

use genrenet_audio::SegmentSpec;
use genrenet_model::{Backbone, FeatureKind};

use crate::error::TrainError;
use crate::open_bundle::OpenBundle;
use crate::recipe::Recipe;

/// Opens the backbone that the inputs of a recipe name; `None` where no input is an embedding.
///
/// # Errors
/// Inputs that name different backbones or layers, or none; a bundle that is no backbone, or that reads other segments than
/// the recipe computes.
pub fn open(recipe: &Recipe, bundles: OpenBundle) -> Result<Option<Backbone>, TrainError> {
    let mut inputs = recipe
        .inputs
        .iter()
        .enumerate()
        .filter(|(_, input)| input.source == FeatureKind::Embedding);
    let Some((first, input)) = inputs.next() else {
        return Ok(None);
    };
    let Some(name) = &input.backbone else {
        let expected = "the built-in model or the folder of a bundle that makes the embedding";
        let key = format!("inputs.{first}.backbone");
        return Err(TrainError::value(&key, "nothing", expected));
    };
    if let Some((other, differs)) =
        inputs.find(|(_, other)| (&other.backbone, other.layer) != (&input.backbone, input.layer))
    {
        let key = format!("inputs.{other}");
        let found = format!("{:?} of {:?}", differs.layer, differs.backbone);
        let expected = format!("{:?} of {name:?}, as inputs.{first}", input.layer);
        return Err(TrainError::value(&key, found, expected));
    }
    let bundle = (bundles.0)(Path::new(name)).map_err(|error| TrainError::Bundle {
        key: format!("inputs.{first}.backbone"),
        error,
    })?;
    let reads = bundle.front_end.and_then(|front_end| front_end.segments);
    let backbone = Backbone::of(bundle, input.layer.unwrap_or_default())?;
    let computed = recipe.front_end.and_then(|front_end| front_end.segments);
    if let (Some(reads), Some(computed)) = (reads, computed) {
        compare(&reads, &computed, name)?;
    }
    Ok(Some(backbone))
}

/// Refuses segments that are computed in another way than those that the backbone reads. How many there are is the recipe's choice.
fn compare(reads: &SegmentSpec, computed: &SegmentSpec, name: &str) -> Result<(), TrainError> {
    let settings = |spec: &SegmentSpec| serde_json::to_value(spec).unwrap_or_default();
    let (reads, computed) = (settings(reads), settings(computed));
    for key in [
        "rate",
        "n_fft",
        "hop",
        "n_mels",
        "fmin",
        "fmax",
        "frames",
        "scale",
        "half_precision",
    ] {
        if reads[key] != computed[key] {
            return Err(TrainError::value(
                format!("front_end.segments.{key}"),
                &computed[key],
                format!("{}, as {name} reads", reads[key]),
            ));
        }
    }
    Ok(())
}
