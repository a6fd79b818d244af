//! The sections about one run.

use genrenet_text::counted;

use crate::context::{History, RunContext};
use crate::curves::{accuracy_drawing, loss_drawing};
use crate::curves_of_several::{accuracies_drawing, losses_drawing};
use crate::page::{Block, Cell, Picture, Table};
use crate::plot::{duration, grouped, percent};
use crate::repeated::MeasuredRun;

/// Is called with progress: what is being made, how many steps of it are done, and of how many.
pub type Advance<'a> = &'a dyn Fn(&str, u64, u64);

/// A run in the report: its context, its measured predictions, and how its pictures are named.
pub(crate) struct Context<'a> {
    /// The facts.
    pub(crate) run: &'a RunContext,
    /// What was measured of it and of its repeats.
    pub(crate) measured: &'a MeasuredRun,
    /// Is called with how far its maps are.
    pub(crate) advance: Advance<'a>,
    /// What its picture names begin with.
    pub(crate) prefix: String,
    /// Level of its headings.
    pub(crate) level: u8,
}

impl Context<'_> {
    /// All sections in order.
    pub(crate) fn blocks(&self) -> Vec<Block> {
        let mut out = Vec::new();
        if !self.run.about.is_empty() {
            out.push(Block::Words(self.run.about.clone()));
        }
        if !self.run.warnings.is_empty() {
            out.push(Block::List(self.run.warnings.clone()));
        }
        self.result(&mut out);
        self.what_was_run(&mut out);
        self.training(&mut out);
        if let Some((predictions, measured)) = self.measured.shown(self.run) {
            self.genres(&mut out, predictions, measured);
            self.confusions(&mut out, predictions, measured);
            self.calibration(&mut out, predictions, measured);
            self.clips(&mut out, predictions);
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

    fn what_was_run(&self, out: &mut Vec<Block>) {
        self.heading(out, "What was run");
        let run = self.run;
        let mut rows: Vec<(String, String)> = Vec::new();
        let mut row = |name: &str, value: Option<String>| {
            rows.push((name.into(), value.unwrap_or_else(|| "not known".into())));
        };
        row("Command", run.command.clone());
        match &run.part {
            Some(part) => {
                let others: Vec<&str> = run.repeats.iter().map(|r| r.name.as_str()).collect();
                row("Runs", Some(format!("{part}, {}", others.join(", "))));
                let seed = run.seed.map(|seed| seed.to_string());
                if seed
                    .as_ref()
                    .is_none_or(|seed| *part != format!("seed {seed}"))
                {
                    row("Seed", seed);
                }
                row(
                    &format!("Time for training ({part})"),
                    run.seconds.map(duration),
                );
            }
            None => {
                row("Seed", run.seed.map(|seed| seed.to_string()));
                row("Time for training", run.seconds.map(duration));
            }
        }
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
                if !rows.is_empty() {
                    row("Rows", Some(rows.join(", ")));
                }
                row("Split", Some(data.split_rule.clone()));
            }
            Err(why) => row("Data", Some(format!("not known: {why}"))),
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
            folded: false,
        }));
        if let Some(data) = run.data.available()
            && !data.notes.is_empty()
        {
            out.push(Block::Words("Faults and notes about the data:".into()));
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
        let several: Vec<(&str, &History)> =
            match &self.run.part {
                Some(part) => std::iter::once((part.as_str(), history))
                    .chain((self.run.repeats.iter()).filter_map(|repeat| {
                        Some((repeat.name.as_str(), repeat.history.available()?))
                    }))
                    .collect(),
                None => Vec::new(),
            };
        let (loss, accuracy) = match several.len() {
            0 | 1 => (loss_drawing(history), accuracy_drawing(history)),
            _ => (losses_drawing(&several), accuracies_drawing(&several)),
        };
        let mut pictures = Vec::new();
        for (name, drawing, caption) in [
            (
                "loss",
                loss,
                "Loss by epoch; lower is better. Training loss is what was minimised, on changed and mixed clips and with all that the recipe adds to it, so it may lie above validation loss.",
            ),
            (
                "accuracy",
                accuracy,
                "Right answers by epoch. Those in training are on changed and mixed clips too.",
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
        if several.len() > 1 {
            let words = several
                .iter()
                .map(|(name, history)| format!("{name}: {}", kept(history)));
            out.push(Block::List(words.collect()));
        } else {
            out.push(Block::Words(kept(history)));
        }
        for repeat in &self.run.repeats {
            if let Err(why) = repeat.history.as_result() {
                out.push(Block::Missing(
                    format!("Curves of {}", repeat.name),
                    why.into(),
                ));
            }
        }
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
            folded: true,
        }));
    }
}

/// How many epochs there were and which was kept, as a sentence.
fn kept(history: &History) -> String {
    let kept = history
        .kept
        .and_then(|kept| history.epochs.iter().find(|epoch| epoch.epoch == kept));
    let epochs = counted(history.epochs.len(), "epoch", "epochs");
    match kept {
        Some(epoch) => {
            let with = epoch.validation_accuracy.map_or(String::new(), |a| {
                format!(" ({} right in validation)", percent(a))
            });
            format!("{epochs}; epoch {} was kept{with}.", epoch.epoch)
        }
        None => format!("{epochs}; the history does not say which was kept."),
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
