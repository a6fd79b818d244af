//! Joins bundles into one, calibrates it on validation rows and prints its figures:
//! `cargo run --release -p genrenet-train --example join -- OUT DATA BUNDLE[:WEIGHT]…`

use std::path::Path;

use genrenet_data::{Dataset, OpenOptions, Split};
use genrenet_model::{Bundle, WeightType};
use genrenet_train::{calibrate, evaluate};

fn run() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [out, data, bundles @ ..] = arguments.as_slice() else {
        return Err("usage: join OUT DATA BUNDLE[:WEIGHT]…".into());
    };
    let dataset = Dataset::open(Path::new(data), &OpenOptions::default())?;
    let mut parts = Vec::new();
    for word in bundles {
        let (path, weight) = word
            .rsplit_once(':')
            .and_then(|(path, w)| Some((path, w.parse().ok()?)))
            .unwrap_or((word, 1.0));
        let bundle = Bundle::load(Path::new(path))?;
        let alone = evaluate(&bundle, &dataset, Some(Split::Validation))?;
        println!(
            "{path}: top-1 {:.2}  top-3 {:.2}  macro-F1 {:.2}",
            100.0 * alone.top1,
            100.0 * alone.top3,
            100.0 * alone.macro_f1
        );
        parts.push((bundle, weight));
    }
    let mut whole = Bundle::join(parts)?;
    let on = format!("{} validation, split {}", dataset.name, dataset.split);
    calibrate::calibrate(
        &mut whole,
        &dataset,
        &dataset.indices(Split::Validation),
        0.8,
        &on,
    )?;
    let figures = evaluate(&whole, &dataset, Some(Split::Validation))?;
    whole.card.figures = genrenet_train::run::figures(&figures);
    println!(
        "together: top-1 {:.2} ({:.2}–{:.2})  top-3 {:.2}  macro-F1 {:.2}  ECE {:.3}  sure {:.1} % at {:.1} %",
        100.0 * figures.top1,
        100.0 * figures.top1_interval[0],
        100.0 * figures.top1_interval[1],
        100.0 * figures.top3,
        100.0 * figures.macro_f1,
        figures.ece,
        100.0 * figures.coverage,
        100.0 * figures.precision_when_sure
    );
    whole.save(Path::new(out), WeightType::F16)?;
    Ok(())
}

fn main() {
    if let Err(e) = run() {
        eprintln!("{e}");
        std::process::exit(2);
    }
}
