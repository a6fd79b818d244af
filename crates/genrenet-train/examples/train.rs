//! Trains a recipe from the command line:
//! `cargo run --release -p genrenet-train --example train -- configs/fma-small-cnn.toml --set train.epochs=1`
//!
//! `--data PATH` another data set, `--out FOLDER` the run folder, `--resume`, `--folds K`, `--find-lr`,
//! `--oof FILE.csv` the held-out rows' probabilities, `--quiet`.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use genrenet_data::{Dataset, OpenOptions};
use genrenet_train::run::RunOptions;
use genrenet_train::seeds::Mean;
use genrenet_train::{
    EpochReport, Evaluation, Observer, Recipe, Stop, data, find_learning_rate, train_folds,
    train_seeds,
};

struct Lines {
    steps: usize,
    quiet: bool,
}

impl Observer for Lines {
    fn begin(&mut self, epochs: usize, steps: usize, notes: &[String]) {
        self.steps = steps;
        println!("{epochs} epochs of {steps} steps");
        notes.iter().for_each(|note| println!("note: {note}"));
    }

    fn step(&mut self, epoch: usize, step: usize, loss: f32) {
        if !self.quiet && (step.is_multiple_of(20) || step == self.steps) {
            eprint!(
                "\repoch {epoch} step {step}/{} loss {loss:.4}   ",
                self.steps
            );
            let _ = std::io::stderr().flush();
        }
    }

    fn epoch(&mut self, r: &EpochReport, left: Duration) {
        if !self.quiet {
            eprint!("\r");
        }
        let percent = |x: Option<f64>| x.map_or("–".into(), |x| format!("{:.2}", 100.0 * x));
        println!(
            "epoch {:3}  loss {:.4}  acc {:.2}  val loss {}  val acc {}  F1 {}  {}{:.1} s, {:.0} s left",
            r.epoch,
            r.loss,
            100.0 * r.accuracy,
            r.validation_loss.map_or("–".into(), |x| format!("{x:.4}")),
            percent(r.validation_accuracy),
            percent(r.validation_macro_f1),
            if r.best { "best  " } else { "" },
            r.seconds,
            left.as_secs_f64()
        );
    }

    fn part(&mut self, name: &str) {
        println!("== {name}");
    }
}

fn show(title: &str, e: &Evaluation) {
    println!(
        "{title}: n {}  top-1 {:.2} ({:.2}–{:.2})  top-3 {:.2}  macro-F1 {:.2}  ECE {:.3}  log loss {:.4}",
        e.n,
        100.0 * e.top1,
        100.0 * e.top1_interval[0],
        100.0 * e.top1_interval[1],
        100.0 * e.top3,
        100.0 * e.macro_f1,
        e.ece,
        e.log_loss
    );
}

fn percent(mean: Mean) -> String {
    format!(
        "{:.2} ({:.2}–{:.2})",
        100.0 * mean.mean,
        100.0 * mean.low,
        100.0 * mean.high
    )
}

fn run() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (mut config, mut data_path, mut out, mut oof) = (None, None, None, None);
    let (mut changes, mut resume, mut folds, mut find, mut quiet) =
        (Vec::new(), false, 0usize, false, false);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or(format!("{argument} needs a value"));
        match argument.as_str() {
            "--set" => changes.push(value()?),
            "--data" => data_path = Some(PathBuf::from(value()?)),
            "--out" => out = Some(PathBuf::from(value()?)),
            "--oof" => oof = Some(PathBuf::from(value()?)),
            "--folds" => folds = value()?.parse()?,
            "--resume" => resume = true,
            "--find-lr" => find = true,
            "--quiet" => quiet = true,
            _ => config = Some(argument),
        }
    }
    let config = config.ok_or(
        "usage: train CONFIG.toml [--set key=value]… [--data PATH] [--out FOLDER] [--folds K]",
    )?;
    let recipe = Recipe::load_with(Path::new(&config), &changes)?;
    let stop = Stop::new();
    let asked = stop.clone();
    ctrlc::set_handler(move || asked.ask())?;
    let path = data_path
        .or_else(|| recipe.data.path.clone())
        .ok_or("no data: give --data PATH")?;
    let dataset = data::shape(&recipe, Dataset::open(&path, &OpenOptions::default())?)?;
    let options = RunOptions {
        folder: out,
        resume,
        command: format!("genrenet train {config}"),
        ..RunOptions::default()
    };
    let mut lines = Lines { steps: 0, quiet };
    if find {
        let found = find_learning_rate(&recipe, &dataset, [1e-5, 1.0], 200, &mut lines, &stop)?;
        found
            .curve
            .iter()
            .step_by(5)
            .for_each(|(rate, loss)| println!("{rate:.2e} {loss:.4}"));
        println!(
            "steepest at {:.2e}, lowest at {:.2e}",
            found.steepest, found.lowest
        );
    } else if folds > 0 {
        let result = train_folds(&recipe, &dataset, folds, &options, &mut lines, &stop)?;
        result
            .folds
            .iter()
            .enumerate()
            .for_each(|(i, e)| show(&format!("fold {}", i + 1), e));
        show("together", &result.together);
        println!(
            "mean top-1 {}  macro-F1 {}",
            percent(result.means.top1),
            percent(result.means.macro_f1)
        );
        if let Some(path) = oof {
            let k = dataset.genres.len();
            let mut text = format!("id,{}\n", dataset.genres.join(","));
            for (&row, p) in result.rows.iter().zip(result.probabilities.chunks(k)) {
                let p: Vec<String> = p.iter().map(f32::to_string).collect();
                text += &format!("{},{}\n", dataset.rows[row].id, p.join(","));
            }
            std::fs::write(path, text)?;
        }
    } else {
        let result = train_seeds(&recipe, &dataset, &options, &mut lines, &stop)?;
        for run in &result.runs {
            if let Some(e) = &run.validation {
                show(
                    &format!("seed {} (epoch {})", run.recipe.train.seed, run.kept_epoch),
                    e,
                );
            }
            if let Some(go_on) = &run.go_on {
                println!("{go_on}");
            }
            println!("{} weights", run.bundle.weights());
        }
        if result.runs.len() > 1 {
            println!(
                "mean top-1 {}  top-3 {}  macro-F1 {}",
                percent(result.validation.top1),
                percent(result.validation.top3),
                percent(result.validation.macro_f1)
            );
        }
    }
    Ok(())
}

fn main() {
    if let Err(e) = run() {
        eprintln!("{e}");
        std::process::exit(2);
    }
}
