//! Prints what the networks of a cross-validation say of the rows that they held out, before any calibration.
//!
//! ```text
//! cargo run --release -p genrenet-train --example out_of_fold -- DATA RUN > TABLE.csv
//! ```
//!
//! RUN is a run of `genrenet train --folds`, DATA what it learned from. `reference/gtzan10.py` reads the table.

use std::path::{Path, PathBuf};

use genrenet_data::Split;
use genrenet_model::Bundle;
use genrenet_train::data::open_for;
use genrenet_train::predict::predict_rows;

type Fallible<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> Fallible<()> {
    let words: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [data, run] = &words[..] else {
        return Err("expected DATA RUN".into());
    };
    let folds = (1..).map(|number| run.join(format!("fold-{number}/bundle")));
    for (index, folder) in folds.take_while(|folder| folder.is_dir()).enumerate() {
        print_fold(data, &folder, index == 0)?;
    }
    Ok(())
}

/// One line for each row that the bundle held out, below a header where it is the `first`.
fn print_fold(data: &Path, folder: &Path, first: bool) -> Fallible<()> {
    let bundle = Bundle::load(folder)?;
    let (mut dataset, provenance) = open_for(&bundle, data)?;
    let provenance = provenance.ok_or_else(|| {
        let (folder, data) = (folder.display(), data.display());
        format!("{folder}: expected a network that learned from {data}, found one of other data")
    })?;
    provenance.hold_out(&mut dataset)?;
    let rows = dataset.indices(Split::Validation);
    let predicted = predict_rows(&bundle, &dataset, &rows, false)?;
    if first {
        println!("id,genre,{}", bundle.genres.join(","));
    }
    let each = predicted.probabilities.chunks(bundle.genres.len());
    for (&row, probabilities) in predicted.rows.iter().zip(each) {
        let row = &dataset.rows[row];
        let genre = row.genre.map_or("", |genre| &dataset.genres[genre]);
        let numbers: Vec<String> = probabilities.iter().map(f32::to_string).collect();
        println!("{},{genre},{}", row.id, numbers.join(","));
    }
    Ok(())
}
