//! Adds to a bundle of format 1 which rows it learned, as the recipes of its training say, and how often
//! it is right when it is sure, as measured on its validation rows (its held-out counterpart's, if it has one: do these first); no weight
//! changes. How the models in `models/` got theirs:
//!
//! ```text
//! learned_rows BUNDLE RECIPE [KEY=VALUE…] [+ RECIPE [KEY=VALUE…]]…
//! learned_rows models/fma8 configs/fma-small-cnn-distilled.toml train.with_validation=true train.keep=last
//! learned_rows models/fma8/held-out configs/fma-small-cnn-distilled.toml
//! learned_rows models/echonest12 configs/mlp-echonest-12.toml 'data.split={rule="grouped",by="group",seed=1,shares=[0.9,0.1,0.0]}'
//! ```
//!
//! The first recipe is that of the bundle's own data, whose fingerprint and number of training rows must be those on its
//! card; the others are those of networks that it started from or was distilled from.

use std::fs;
use std::path::Path;

use genrenet_data::{Dataset, OpenOptions, Split};
use genrenet_model::{Bundle, FeatureKind, Learned, WeightType};
use genrenet_train::checks::{self, TrainingRows};
use genrenet_train::learned::learn;
use genrenet_train::predict::predict_rows;
use genrenet_train::{Recipe, data};

type Fallible<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> Fallible<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let Some((folder, recipes)) = words.split_first() else {
        return Err("expected BUNDLE RECIPE [KEY=VALUE…] [+ RECIPE [KEY=VALUE…]]…".into());
    };
    let folder = Path::new(folder);
    let mut bundle = Bundle::load(folder)?;
    let mut learned = Learned::default();
    for (number, words) in recipes.split(|word| word == "+").enumerate() {
        let Some((recipe, changes)) = words.split_first() else {
            return Err("expected a recipe".into());
        };
        let recipe = Recipe::load_with(Path::new(recipe), changes)?;
        let path = recipe.data.path.clone().ok_or("the recipe names no data")?;
        let options = OpenOptions {
            seed: recipe.train.seed,
            ..OpenOptions::default()
        };
        let dataset = data::shape(&recipe, Dataset::open(&path, &options)?)?;
        let rows = training_rows(&recipe, &dataset)?;
        let sources: Vec<FeatureKind> = match number {
            0 => bundle.sources(),
            _ => recipe.inputs.iter().flat_map(|i| i.reads()).collect(),
        };
        learn(&mut learned, &dataset, &rows, &sources)?;
        if number == 0 {
            let trained_on = format!("{}, {} training rows", dataset.name, rows.len());
            let card = &bundle.card;
            if (&card.data_fingerprint, &card.trained_on) != (&dataset.fingerprint, &trained_on) {
                return Err(format!(
                    "{}: its card says {}, fingerprint {}; the recipe gives {trained_on}, fingerprint {}",
                    folder.display(),
                    card.trained_on,
                    card.data_fingerprint,
                    dataset.fingerprint
                )
                .into());
            }
            let provenance = dataset.provenance(recipe.train.with_validation);
            learned.from = vec![toml::Table::try_from(&provenance)?];
            bundle.calibration.precision = match Bundle::load(&folder.join("held-out")) {
                Ok(held_out) => held_out.calibration.precision,
                Err(_) => precision(&bundle, &dataset)?,
            };
        }
        println!("{}: {} rows", dataset.name, rows.len());
    }
    bundle.learned = learned;
    write(&bundle, folder)?;
    println!(
        "{}: {} fingerprints",
        folder.display(),
        bundle.learned.len()
    );
    Ok(())
}

/// Puts the description and the fingerprints into the bundle's folder, whose weights must be what they were.
fn write(bundle: &Bundle, folder: &Path) -> Fallible<()> {
    let weights = fs::read(folder.join("weights.safetensors"))?;
    let aside = tempfile::tempdir()?;
    for kind in [WeightType::F16, WeightType::F32] {
        let new = aside.path().join("bundle");
        bundle.save(&new, kind)?;
        if fs::read(new.join("weights.safetensors"))? == weights {
            for name in ["learned_rows.bin", "model.toml", "CARD.md"] {
                fs::copy(new.join(name), folder.join(name))?;
            }
            return Ok(());
        }
    }
    Err("its weights would be written as other bytes".into())
}

/// The share of right answers among those at or above the bundle's threshold, on the validation rows.
fn precision(bundle: &Bundle, dataset: &Dataset) -> Fallible<Option<f32>> {
    let rows = dataset.indices(Split::Validation);
    let predicted = predict_rows(bundle, dataset, &rows, true)?;
    let k = bundle.genres.len();
    let genre = |&row: &usize| dataset.rows[row].genre;
    let labels: Vec<usize> = predicted.rows.iter().filter_map(genre).collect();
    let sure = genrenet_metrics::answered_at(
        &genrenet_metrics::confidences(&predicted.probabilities, k),
        &genrenet_metrics::hits(&predicted.probabilities, k, &labels),
        bundle.calibration.unsure_below,
    );
    println!(
        "sure of {:.3}, card {:.3}; right in {:.3}",
        sure.coverage, bundle.calibration.coverage, sure.precision
    );
    Ok((sure.coverage > 0.0).then_some(sure.precision as f32))
}

/// The rows that a training by this recipe learns.
fn training_rows(recipe: &Recipe, dataset: &Dataset) -> Fallible<Vec<usize>> {
    let mut rows = TrainingRows::of(dataset);
    if recipe.train.with_validation {
        rows.training.append(&mut rows.validation);
        rows.training.sort_unstable();
    }
    let optional = vec![false; recipe.inputs.len()];
    let (rows, notes) = checks::check(dataset, &rows, &recipe.inputs, &optional)?;
    notes.iter().for_each(|note| println!("{note}"));
    Ok(rows.training)
}
