//! Measures a bundle on the test rows of a data set: `cargo run --release --example evaluate -- run ~/Music`.

use std::path::Path;

use genrenet::data::Split;
use genrenet::train::{OnLearned, evaluate::evaluate_with};
use genrenet::{datasets, shipped};

fn main() -> Result<(), genrenet::Error> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [model, data] = &arguments[..] else {
        eprintln!("usage: evaluate MODEL DATA");
        std::process::exit(2);
    };
    let model = shipped::open(Path::new(model))?;
    let data = datasets::for_bundle(&model, Path::new(data), &())?;
    let test = Some(Split::Test);
    let found = evaluate_with(&model, &data.dataset, test, OnLearned::Refuse, &|_| {})?;
    let [low, high] = found.top1_interval.map(|share| 100.0 * share);
    println!(
        "{} rows: top-1 {:.1} % ({low:.1}–{high:.1}), macro-F1 {:.1} %",
        found.n,
        100.0 * found.top1,
        100.0 * found.macro_f1
    );
    Ok(())
}
