//! The section about several runs: their figures side by side, and which differ significantly.

use crate::comparison::{Pair, compare, range, signed};
use crate::context::RunContext;
use crate::figures::{Figure, figures_drawing};
use crate::measured::Measured;
use crate::page::{Block, Cell, Picture, Table};
use crate::plot::{duration, grouped, percent};
use crate::published::published;
use crate::repeated::MeasuredRun;

/// Compares all runs.
pub(crate) fn side_by_side(out: &mut Vec<Block>, runs: &[RunContext], measured: &[MeasuredRun]) {
    out.push(Block::Words("Intervals: 95\u{a0}%. Of a single run: bootstrap over its clips (over artists or albums where they are known). Of several runs of a recipe: Student's t over the runs.".into()));
    let rows = runs
        .iter()
        .zip(measured)
        .map(|(run, measured)| row(run, measured));
    out.push(Block::Table(Table {
        caption: "All runs".into(),
        head: [
            "Run",
            "On",
            "Clips",
            "Top 1",
            "Top 3",
            "Macro F1",
            "Calibration error",
            "Weights",
            "Training",
        ]
        .map(String::from)
        .to_vec(),
        rows: rows.collect(),
        folded: false,
    }));
    let own: Vec<Figure> = runs
        .iter()
        .zip(measured)
        .filter_map(|(run, measured)| {
            Some(Figure {
                name: named(run, measured),
                value: figure(measured, |m| m.top1)?,
            })
        })
        .collect();
    if !own.is_empty() {
        let task = runs
            .first()
            .and_then(|run| run.task.as_deref())
            .filter(|task| runs.iter().all(|run| run.task.as_deref() == Some(*task)));
        let values: Vec<String> = own
            .iter()
            .map(|f| format!("{} {}", f.name, percent(f.value[0])))
            .collect();
        out.push(Block::Pictures(vec![Picture {
            name: "side-by-side".into(),
            caption: "Accuracy of each run with its interval (blue), and published figures (grey). The interval of a mean over runs does not include the variation between clips.".into(),
            drawing: figures_drawing(
                &own,
                task.map(published).unwrap_or_default(),
                &format!("Accuracy: {}.", values.join(", ")),
            ),
        }]));
    }
    differences(out, runs);
}

/// The mean over the runs of a recipe, or the figure of the only one.
fn figure(measured: &MeasuredRun, of: impl Fn(&Measured) -> [f64; 3]) -> Option<[f64; 3]> {
    match measured.mean(0, |m| of(m)[0]) {
        Some(mean) => Some(mean.value),
        None => measured.own.first()?.as_ref().ok().map(of),
    }
}

/// A run's name, with the number of runs that its figures are the mean of.
fn named(run: &RunContext, measured: &MeasuredRun) -> String {
    match measured.mean(0, |m| m.top1[0]) {
        Some(mean) => format!("{} (mean of {})", run.name, mean.n),
        None => run.name.clone(),
    }
}

fn row(run: &RunContext, measured: &MeasuredRun) -> Vec<Cell> {
    let mut row = vec![Cell::words(named(run, measured))];
    match measured.own.first() {
        Some(Ok(first)) => {
            row.push(Cell::words(run.predictions.first().map_or("", |e| &e.on)));
            row.push(Cell::number(grouped(first.n as u64)));
            let figures: [fn(&Measured) -> [f64; 3]; 3] = [|m| m.top1, |m| m.top3, |m| m.macro_f1];
            row.extend(figures.map(|of| {
                Cell::number(
                    figure(measured, of).map_or("–".into(), |[value, low, high]| {
                        format!("{} ({}–{})", percent(value), points(low), points(high))
                    }),
                )
            }));
            let ece = measured
                .mean(0, |m| m.ece)
                .map_or(first.ece, |m| m.value[0]);
            row.push(Cell::number(format!("{ece:.3}")));
        }
        _ => {
            row.push(Cell::words("no predictions"));
            row.extend((0..5).map(|_| Cell::number("–")));
        }
    }
    let weights = run
        .network
        .available()
        .map(|layers| layers.iter().map(|layer| layer.weights).sum::<u64>());
    row.push(Cell::number(weights.map_or("–".into(), grouped)));
    let seconds: Option<f64> = std::iter::once(run.seconds)
        .chain(run.repeats.iter().map(|repeat| repeat.seconds))
        .sum();
    row.push(Cell::number(seconds.map_or("–".into(), duration)));
    row
}

fn differences(out: &mut Vec<Block>, runs: &[RunContext]) {
    let (pairs, lacking) = compare(runs);
    if !pairs.is_empty() {
        out.push(Block::Heading(3, "Significant differences".into()));
        out.push(Block::List(pairs.iter().map(Pair::sentence).collect()));
        let rows = pairs.iter().map(|pair| {
            let [difference, low, high] = pair.difference;
            vec![
                Cell::words(pair.names.join(" − ")),
                Cell::number(grouped(pair.n as u64)),
                Cell::number(signed(difference)),
                Cell::number(range(low, high)),
                Cell::number(format!("{} / {}", pair.only[0], pair.only[1])),
                Cell::number(small(pair.p)),
                Cell::number(small(pair.corrected)),
            ]
        });
        out.push(Block::Table(Table {
            caption: "Paired tests on common clips: exact McNemar test, Holm's correction for the number of pairs, paired bootstrap over artists or albums (Field and Welsh 2007). Significant: corrected p below 0.05 and an interval without 0. Over several seeds on the same clips: the mean difference, the sum of the clips that only one got right, and twice the mean of the seeds' p-values, which is valid under any dependence.".into(),
            head: ["Runs", "Clips", "Difference", "95\u{a0}% interval", "Only first / second right", "p", "p corrected"]
                .map(String::from)
                .to_vec(),
            rows: rows.collect(),
            folded: false,
        }));
    }
    if !lacking.is_empty() {
        out.push(Block::List(lacking));
    }
}

/// A p-value; one that would read as zero is given as a bound.
fn small(p: f64) -> String {
    if p < 0.0001 {
        "< 0.0001".into()
    } else {
        format!("{p:.4}")
    }
}

fn points(share: f64) -> String {
    if share.is_finite() {
        format!("{:.1}", 100.0 * share)
    } else {
        "–".into()
    }
}
