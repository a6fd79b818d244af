//! Trains a network on a folder of genre folders, without the program: `cargo run --release --example train -- ~/Music run`.

use std::path::{Path, PathBuf};

use genrenet::datasets;
use genrenet::train::{Quiet, Recipe, RunOptions, Stop, train};

fn main() -> Result<(), genrenet::Error> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [music, run, changes @ ..] = &arguments[..] else {
        eprintln!("usage: train FOLDER RUN [KEY=VALUE…]");
        std::process::exit(2);
    };
    let recipe = Recipe::own_music(changes)?;
    let mut dataset = datasets::of_recipe(&recipe, Some(Path::new(music)))?;
    datasets::compute_features_of(&recipe, &mut dataset, None, &())?;
    let options = RunOptions {
        folder: Some(PathBuf::from(run)),
        ..RunOptions::default()
    };
    let result = train(&recipe, &dataset, &options, &mut Quiet, &Stop::new())?;
    println!(
        "{} epochs; the bundle is in {run}/bundle",
        result.history.len()
    );
    Ok(())
}
