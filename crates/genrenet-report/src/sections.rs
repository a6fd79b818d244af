//! The sections about one run.

use crate::curves::{accuracy_drawing, loss_drawing};
use crate::facts::{Evaluation, RunFacts};
use crate::figures::{Figure, figures_drawing};
use crate::measured::Measured;
use crate::page::{Block, Cell, Picture, Table, Tile};
use crate::plot::{duration, grouped, percent};
use crate::published::published;

/// A run being told: its facts, its measured evaluations, and how its pictures are named.
pub(crate) struct Told<'a> {
    /// The facts.
    pub(crate) run: &'a RunFacts,
    /// Each evaluation, or why it could not be measured.
    pub(crate) measured: &'a [Result<Measured, String>],
    /// What its picture names begin with.
    pub(crate) prefix: String,
    /// Level of its headings.
    pub(crate) level: u8,
}

impl Told<'_> {
    /// All sections in order.
    pub(crate) fn blocks(&self) -> Vec<Block> {
        let mut out = Vec::new();
        if !self.run.about.is_empty() {
            out.push(Block::Words(self.run.about.clone()));
        }
        self.result(&mut out);
        self.what_was_run(&mut out);
        self.training(&mut out);
        if let Some((evaluation, Ok(measured))) =
            self.run.evaluations.first().zip(self.measured.first())
        {
            self.genres(&mut out, evaluation, measured);
            self.confusions(&mut out, evaluation, measured);
            self.calibration(&mut out, measured);
            self.clips(&mut out, evaluation);
        } else {
            let why = "there are no measured answers";
            for what in [
                "Genres",
                "Confusions",
                "Calibration",
                "Worst and best clips",
            ] {
                self.heading(&mut out, what);
                out.push(Block::Missing(what.into(), why.into()));
            }
        }
        self.map(&mut out);
        self.network(&mut out);
        out
    }

    pub(crate) fn heading(&self, out: &mut Vec<Block>, words: &str) {
        out.push(Block::Heading(self.level, words.into()));
    }

    pub(crate) fn name(&self, of: &str) -> String {
        format!("{}{of}", self.prefix)
    }

    fn result(&self, out: &mut Vec<Block>) {
        self.heading(out, "Result");
        if self.run.evaluations.is_empty() {
            out.push(Block::Missing(
                "Figures".into(),
                "the run has no answers on clips with known genres".into(),
            ));
        }
        for (at, (evaluation, measured)) in
            self.run.evaluations.iter().zip(self.measured).enumerate()
        {
            let measured = match measured {
                Ok(measured) => measured,
                Err(why) => {
                    out.push(Block::Missing(
                        format!("Figures on {}", evaluation.on),
                        why.clone(),
                    ));
                    continue;
                }
            };
            let drawn = if measured.grouped {
                "groups of one artist or album drawn together"
            } else {
                "clips drawn singly"
            };
            out.push(Block::Words(format!(
                "On {} {} clips. Intervals: 95\u{a0}%, bootstrap with 2\u{a0}000 resamples, {drawn}.",
                grouped(measured.n as u64),
                evaluation.on
            )));
            let share = |name: &str, [value, low, high]: [f64; 3]| Tile {
                name: name.into(),
                value: percent(value),
                note: format!("{} to {}", percent(low), percent(high)),
            };
            out.push(Block::Tiles(vec![
                share("Right (top 1)", measured.top1),
                share("Among the first three", measured.top3),
                share("Macro F1", measured.macro_f1),
                Tile {
                    name: "Calibration error".into(),
                    value: format!("{:.3}", measured.ece),
                    note: "0 is honest; 15 bins".into(),
                },
                Tile {
                    name: "Log loss".into(),
                    value: format!("{:.3}", measured.log_loss),
                    note: "nats per clip".into(),
                },
            ]));
            if at == 0 {
                self.beside_published(out, evaluation, measured);
            }
        }
    }

    fn beside_published(&self, out: &mut Vec<Block>, evaluation: &Evaluation, measured: &Measured) {
        let others = self.run.task.as_deref().map(published).unwrap_or_default();
        if others.is_empty() {
            out.push(Block::Missing(
                "Published figures".into(),
                "none are known for this task".into(),
            ));
            return;
        }
        let own = Figure {
            name: format!("{} ({})", self.run.name, evaluation.on),
            value: measured.top1,
        };
        let [value, low, high] = measured.top1;
        let told: Vec<String> = others
            .iter()
            .map(|p| format!("{} {}", p.name, percent(p.accuracy[1])))
            .collect();
        let alt = format!(
            "Right answers of {}: {} ({} to {}), beside published figures: {}.",
            own.name,
            percent(value),
            percent(low),
            percent(high),
            told.join(", ")
        );
        let caption = if evaluation.on == "test" {
            "Right answers with their interval (blue), and what others published for the same task (grey).".into()
        } else {
            format!(
                "Right answers on {} clips (blue), and what others published on test clips (grey): test usually reads lower.",
                evaluation.on
            )
        };
        out.push(Block::Pictures(vec![Picture {
            name: self.name("published"),
            caption,
            drawing: figures_drawing(&[own], others, &alt),
        }]));
    }

    fn what_was_run(&self, out: &mut Vec<Block>) {
        self.heading(out, "What was run");
        let run = self.run;
        let mut rows: Vec<(String, String)> = Vec::new();
        let mut row = |name: &str, value: Option<String>| {
            rows.push((name.into(), value.unwrap_or_else(|| "not told".into())));
        };
        row("Command", run.command.clone());
        row("Seed", run.seed.map(|seed| seed.to_string()));
        row("Time for training", run.seconds.map(duration));
        row("Genres", Some(run.genres.join(", ")));
        match run.data.as_result() {
            Ok(data) => {
                row("Data", Some(data.name.clone()));
                row("Hash of the data", Some(data.fingerprint.clone()));
                let rows: Vec<String> = data
                    .rows
                    .iter()
                    .map(|(split, n)| format!("{split} {}", grouped(*n)))
                    .collect();
                row("Rows", Some(rows.join(", ")));
                let seed = data
                    .split_seed
                    .map_or(String::new(), |seed| format!(", seed {seed}"));
                row("Split", Some(format!("{}{seed}", data.split_rule)));
            }
            Err(why) => row("Data", Some(format!("not told: {why}"))),
        }
        for (name, version) in &run.versions {
            row(name, Some(version.clone()));
        }
        out.push(Block::Table(Table {
            caption: "How it was made".into(),
            head: vec!["What".into(), "Value".into()],
            rows: rows
                .into_iter()
                .map(|(name, value)| vec![Cell::words(name), Cell::words(value)])
                .collect(),
        }));
        if let Some(data) = run.data.here()
            && !data.notes.is_empty()
        {
            out.push(Block::Words("Faults of the data that were found:".into()));
            out.push(Block::List(data.notes.clone()));
        }
        match run.config.as_result() {
            Ok(text) => out.push(Block::Folded("Configuration".into(), text.clone())),
            Err(why) => out.push(Block::Missing("Configuration".into(), why.into())),
        }
    }

    fn training(&self, out: &mut Vec<Block>) {
        self.heading(out, "Training");
        let history = match self.run.history.as_result() {
            Ok(history) => history,
            Err(why) => return out.push(Block::Missing("Curves".into(), why.into())),
        };
        let mut pictures = Vec::new();
        for (name, drawing, caption) in [
            (
                "loss",
                loss_drawing(history),
                "Loss of training and validation by epoch; lower is better.",
            ),
            (
                "accuracy",
                accuracy_drawing(history),
                "Right answers in training and validation by epoch.",
            ),
        ] {
            if let Some(drawing) = drawing {
                pictures.push(Picture {
                    name: self.name(name),
                    caption: caption.into(),
                    drawing,
                });
            }
        }
        if pictures.is_empty() {
            return out.push(Block::Missing(
                "Curves".into(),
                "the history has no epoch with a figure".into(),
            ));
        }
        let kept = history
            .kept
            .and_then(|kept| history.epochs.iter().find(|epoch| epoch.epoch == kept));
        let epochs = history.epochs.len();
        out.push(Block::Words(match kept {
            Some(epoch) => {
                let with = epoch.validation_accuracy.map_or(String::new(), |a| {
                    format!(" ({} right in validation)", percent(a))
                });
                format!("{epochs} epochs; epoch {} was kept{with}.", epoch.epoch)
            }
            None => format!("{epochs} epochs; the history does not say which was kept."),
        }));
        out.push(Block::Pictures(pictures));
    }

    fn network(&self, out: &mut Vec<Block>) {
        self.heading(out, "Network");
        let layers = match self.run.network.as_result() {
            Ok(layers) => layers,
            Err(why) => return out.push(Block::Missing("Layers".into(), why.into())),
        };
        let weights: u64 = layers.iter().map(|layer| layer.weights).sum();
        let work: u64 = layers.iter().map(|layer| layer.multiply_adds).sum();
        out.push(Block::Words(format!(
            "{} weights; {} multiplications with addition for a clip.",
            grouped(weights),
            grouped(work)
        )));
        let rows = layers
            .iter()
            .map(|layer| {
                vec![
                    Cell::words(&layer.name),
                    Cell::words(&layer.kind),
                    Cell::words(&layer.output),
                    Cell::number(grouped(layer.weights)),
                    Cell::number(grouped(layer.multiply_adds)),
                ]
            })
            .collect();
        out.push(Block::Table(Table {
            caption: "Layers from input to output".into(),
            head: ["Layer", "Kind", "Output", "Weights", "Multiply-adds"]
                .map(String::from)
                .to_vec(),
            rows,
        }));
    }
}

/// Words as part of a file name: letters, digits and hyphens of ASCII.
pub(crate) fn file_part(words: &str) -> String {
    let kept: String = words
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_lowercase()
            } else {
                '-'
            }
        })
        .take(40)
        .collect();
    let trimmed = kept.trim_matches('-');
    if trimmed.is_empty() {
        "run".into()
    } else {
        trimmed.into()
    }
}
