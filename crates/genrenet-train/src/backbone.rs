//! The backbone that a recipe names: the frozen network that makes the embedding of its inputs.

use std::path::Path;

use genrenet_audio::SegmentSpec;
use genrenet_data::{Dataset, EMBEDDING};
use genrenet_model::{Backbone, FeatureKind, Learned};

use crate::error::TrainError;
use crate::open_bundle::OpenBundle;
use crate::recipe::Recipe;

/// Opens the backbone that the inputs of a recipe name; `None` where no input is an embedding.
///
/// # Errors
/// Inputs that name different backbones or layers, or none; a bundle that is no backbone, or that reads other segments than
/// the recipe computes.
pub fn open(recipe: &Recipe, bundles: OpenBundle) -> Result<Option<Backbone>, TrainError> {
    let opened = open_with_learned(recipe, bundles)?;
    Ok(opened.map(|(backbone, _)| backbone))
}

/// As [`open`], with what the backbone learned.
///
/// # Errors
/// As there.
pub(crate) fn open_with_learned(
    recipe: &Recipe,
    bundles: OpenBundle,
) -> Result<Option<(Backbone, Learned)>, TrainError> {
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
    let learned = bundle.learned.clone();
    let reads = bundle.front_end.and_then(|front_end| front_end.segments);
    let backbone = Backbone::of(bundle, input.layer.unwrap_or_default())?;
    let computed = recipe.front_end.and_then(|front_end| front_end.segments);
    if let (Some(reads), Some(computed)) = (reads, computed) {
        compare(&reads, &computed, name)?;
    }
    Ok(Some((backbone, learned)))
}

/// Refuses embeddings of a data set that are not those of the backbone: other values, or the same in another order.
///
/// # Errors
/// [`TrainError::Data`] with the first column that differs.
pub fn check_embeddings(backbone: Option<&Backbone>, dataset: &Dataset) -> Result<(), TrainError> {
    let (Some(backbone), Some(array)) = (backbone, dataset.array(EMBEDDING)) else {
        return Ok(());
    };
    let (expected, found) = (backbone.columns(), &array.columns);
    let fault = |message: String| {
        Err(TrainError::Data {
            data: dataset.name.clone(),
            message: format!("the embedding of {}: {message}", backbone.name),
        })
    };
    if array.row_len() != expected.len() {
        let (expected, found) = (expected.len(), array.row_len());
        return fault(format!("expected {expected} values, found {found}"));
    }
    // An archive's own array has no names.
    match expected.iter().zip(found).position(|(a, b)| a != b) {
        Some(at) => fault(format!(
            "expected {} in column {}, found {}",
            expected[at],
            at + 1,
            found[at]
        )),
        None => Ok(()),
    }
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

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use genrenet_data::{Array, OpenOptions};
    use genrenet_model::{Bundle, EmbeddingLayer};

    use super::*;

    #[test]
    fn embeddings_of_other_tags_are_refused_by_the_first_that_differs() {
        let models = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../models/msd50");
        let bundle = Bundle::load(&models).expect("msd50");
        let backbone = Backbone::of(bundle, EmbeddingLayer::Tags).expect("a backbone");
        let folder = tempfile::tempdir().expect("a folder");
        let table = folder.path().join("songs.csv");
        std::fs::write(&table, "genre,x\nRock,1\nFolk,2\n").expect("a table");
        let mut data = Dataset::open(&table, &OpenOptions::default()).expect("a data set");
        let mut with = |columns: Vec<String>, n: usize| {
            data.arrays.retain(|array| array.name != EMBEDDING);
            let mut array =
                Array::from_windows(EMBEDDING, &[n], &[1, 1], vec![0.0; 2 * n]).expect("an array");
            array.columns = columns;
            data.arrays.push(array);
            check_embeddings(Some(&backbone), &data).map_err(|error| error.to_string())
        };
        let tags = backbone.columns();
        assert_eq!(with(tags.clone(), 50), Ok(()));
        assert_eq!(with(Vec::new(), 50), Ok(()), "an array without names");
        let mut swapped = tags.clone();
        swapped.swap(3, 4);
        let refused = with(swapped, 50).expect_err("another order");
        assert!(
            refused
                .ends_with("the embedding of msd50: expected indie in column 4, found electronic"),
            "{refused}"
        );
        let refused = with(tags[..49].to_vec(), 49).expect_err("fewer");
        assert!(
            refused.ends_with("expected 50 values, found 49"),
            "{refused}"
        );
    }
}
