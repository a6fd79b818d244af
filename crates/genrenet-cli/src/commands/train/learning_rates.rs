//! `train --find-lr`: the loss over the learning rate.

use std::path::Path;

use genrenet::data::Dataset;
use genrenet::report::learning_rate_drawing;
use genrenet::shipped;
use genrenet::train::{OpenBundle, Recipe, RunOptions, Stop, find_learning_rate};
use genrenet_text::visible_path;

use super::watcher::Watcher;
use crate::exit::{CommandResult, Outcome};
use crate::images;
use crate::output::Page;

/// Prints the curve, writes it as `pictures`.svg and .png, and recommends a rate.
pub(super) fn learning_rates(
    recipe: &Recipe,
    dataset: &Dataset,
    pictures: &Path,
    stop: &Stop,
    ending: Outcome,
) -> CommandResult {
    let options = RunOptions {
        open_bundle: OpenBundle(shipped::open),
        ..RunOptions::default()
    };
    let mut watcher = Watcher::new();
    let range = [1e-6, 1.0];
    let found = find_learning_rate(recipe, dataset, range, 150, &options, &mut watcher, stop)?;
    watcher.end();
    let mut page = Page::result();
    page.line("learning rate  smoothed loss");
    for (rate, loss) in found.curve.iter().step_by(5) {
        page.line(format_args!("{rate:13.2e}  {loss:.4}"));
    }
    page.line(format_args!(
        "falls most steeply at {:.1e}, is lowest at {:.1e}",
        found.steepest, found.lowest
    ));
    page.line(match found.recommended {
        Some(rate) => format!(
            "recommended (the smaller of the steepest and a tenth of the lowest): --set train.optimizer.lr={rate:.1e}"
        ),
        None => "the loss falls nowhere from 1e-6 to 1: no rate is recommended".to_owned(),
    });
    let curve: Vec<(f64, f64)> = found
        .curve
        .iter()
        .map(|&(rate, loss)| (rate.into(), loss.into()))
        .collect();
    if let Some(drawing) = learning_rate_drawing(&curve, found.recommended.map(f64::from)) {
        for (ending, kind) in [
            ("svg", images::ImageFormat::Svg),
            ("png", images::ImageFormat::Png),
        ] {
            // Not `with_extension`, which would cut the name at its last dot.
            let mut path = pictures.as_os_str().to_owned();
            path.push(".");
            path.push(ending);
            images::write(&drawing, Path::new(&path), kind)?;
            page.line(format_args!("picture: {}", visible_path(Path::new(&path))));
        }
    }
    page.end(ending)
}
