//! The section about the result: figures with intervals, over several seeds where there are, beside published ones.

use crate::context::{Part, Predictions};
use crate::figures::{Figure, figures_drawing};
use crate::measured::Measured;
use crate::page::{Block, Cell, Picture, Table, Tile};
use crate::plot::{duration, grouped, percent};
use crate::published::published;
use crate::sections::Context;

impl Context<'_> {
    pub(crate) fn result(&self, out: &mut Vec<Block>) {
        self.heading(out, "Result");
        if self.run.predictions.is_empty() {
            out.push(Block::Missing(
                "Figures".into(),
                "there are no answers on clips with known genres".into(),
            ));
            self.claims(out);
        }
        for (what, why) in &self.run.unmeasured {
            out.push(Block::Missing(format!("Figures {what}"), why.clone()));
        }
        let predictions = self.run.predictions.iter().zip(&self.measured.own);
        for (at, (predictions, measured)) in predictions.enumerate() {
            match measured {
                Err(why) => out.push(Block::Missing(
                    format!("Figures on {}", predictions.on),
                    why.to_string(),
                )),
                Ok(_) if !self.run.repeats.is_empty() => self.means(out, at, predictions),
                Ok(measured) => single(out, predictions, measured),
            }
        }
        if let Some(first) = self.run.predictions.first() {
            self.beside_published(out, first);
        }
        self.what_is_shown(out);
    }

    /// What the card of a model says of itself.
    fn claims(&self, out: &mut Vec<Block>) {
        let claims = &self.run.claims;
        if claims.is_empty() {
            return;
        }
        let rows = claims.iter().map(|claim| {
            let is_share = !["ECE", "log loss"].contains(&claim.measure.as_str());
            let figure = |value: f64| match is_share {
                true => percent(value),
                false => format!("{value:.3}"),
            };
            let interval = claim.interval.map_or("–".into(), |[low, high]| {
                format!("{} to {}", figure(low), figure(high))
            });
            vec![
                Cell::words(&claim.measure),
                Cell::number(figure(claim.value)),
                Cell::number(interval),
                Cell::words(&claim.on),
                Cell::number(claim.n.map_or("–".into(), |n| grouped(n as u64))),
            ]
        });
        out.push(Block::Table(Table {
            caption: "What its card says: measured when it was made, not now".into(),
            head: ["Measure", "Value", "95\u{a0}% interval", "On", "Clips"]
                .map(String::from)
                .to_vec(),
            rows: rows.collect(),
            folded: false,
        }));
    }

    /// Which of several runs the sections below are about.
    fn what_is_shown(&self, out: &mut Vec<Block>) {
        let Some(part) = self
            .run
            .part
            .as_ref()
            .filter(|_| !self.run.repeats.is_empty())
        else {
            return;
        };
        out.push(Block::Words(match self.measured.together {
            Some(_) => format!("From here on, genres, confusions and calibration are of all held-out clips; clips, maps and layers are of {part}; curves are of all runs."),
            None => format!("From here on, everything is of {part}, except the curves, which are of all runs."),
        }));
    }

    /// Means over the runs of the recipe, and the figures of each.
    fn means(&self, out: &mut Vec<Block>, at: usize, predictions: &Predictions) {
        let run = self.run;
        let first = run.part.as_deref().unwrap_or("the first run");
        let Some(top1) = self.measured.mean(at, |m| m.top1[0]) else {
            out.push(Block::Missing(
                format!("Means on {} clips", predictions.on),
                format!("only {first} has answers that can be measured"),
            ));
            if let Some(Ok(measured)) = self.measured.own.get(at) {
                single(out, predictions, measured);
            }
            return;
        };
        out.push(Block::Words(format!(
            "Mean over {} runs of the recipe on {} clips. Intervals: 95\u{a0}%, Student's t over the runs: where the mean of many more such runs would lie. They tell nothing of other clips.",
            top1.n, predictions.on
        )));
        let tile = |name: &str,
                    figure: fn(&Measured) -> f64,
                    note: &str,
                    show: fn(f64) -> String,
                    most| {
            let mean = self.measured.mean_within(at, figure, [0.0, most])?;
            let [value, low, high] = mean.value.map(show);
            Some(Tile {
                name: name.into(),
                value,
                note: format!("{low} to {high}{note}"),
            })
        };
        let three: fn(f64) -> String = |value| format!("{value:.3}");
        let tiles = [
            tile("Right (top 1)", |m| m.top1[0], "", percent, 1.0),
            tile("Among the first three", |m| m.top3[0], "", percent, 1.0),
            tile("Macro F1", |m| m.macro_f1[0], "", percent, 1.0),
            tile("Calibration error", |m| m.ece, "; 0 is honest", three, 1.0),
            tile("Log loss", |m| m.log_loss, " nats", three, f64::INFINITY),
        ];
        out.push(Block::Tiles(tiles.into_iter().flatten().collect()));
        let parts = std::iter::once((first, run.seconds, &run.history, &self.measured.own)).chain(
            run.repeats
                .iter()
                .zip(&self.measured.repeats)
                .map(|(r, measured)| (r.name.as_str(), r.seconds, &r.history, measured)),
        );
        let rows = parts.map(|(name, seconds, history, measured)| {
            let mut row = vec![Cell::words(name)];
            match measured.get(at) {
                Some(Ok(m)) => {
                    row.push(Cell::number(grouped(m.n as u64)));
                    row.extend([m.top1, m.top3, m.macro_f1].map(|[value, low, high]| {
                        let (value, low) = (percent(value), 100.0 * low);
                        Cell::number(format!("{value} ({low:.1}–{:.1})", 100.0 * high))
                    }));
                    row.push(Cell::number(format!("{:.3}", m.ece)));
                }
                other => {
                    let why = match other {
                        Some(Err(why)) => why.to_string(),
                        _ => "no answers".to_owned(),
                    };
                    row.push(Cell::number("0"));
                    row.push(Cell::number(why));
                    row.extend((0..3).map(|_| Cell::number("–")));
                }
            }
            let kept = match history {
                Part::Available(history) => history.kept,
                Part::Missing(_) => None,
            };
            row.push(Cell::number(kept.map_or("–".into(), |e| e.to_string())));
            row.push(Cell::number(seconds.map_or("–".into(), duration)));
            row
        });
        out.push(Block::Table(Table {
            caption: "Each run, with intervals over its clips (95\u{a0}%, bootstrap)".into(),
            head: [
                "Run",
                "Clips",
                "Top 1",
                "Top 3",
                "Macro F1",
                "Calibration error",
                "Kept epoch",
                "Training",
            ]
            .map(String::from)
            .to_vec(),
            rows: rows.collect(),
            folded: false,
        }));
        if let (Some((all, measured)), 0) = (&self.measured.together, at) {
            out.push(Block::Words(format!(
                "Every clip was held out once. All of them together:{}",
                drawn(all, measured).trim_start_matches("On")
            )));
            out.push(Block::Tiles(tiles_of(measured)));
        }
    }

    fn beside_published(&self, out: &mut Vec<Block>, predictions: &Predictions) {
        let others = self.run.task.as_deref().map(published).unwrap_or_default();
        if others.is_empty() {
            out.push(Block::Missing(
                "Published figures".into(),
                "none are known for this task".into(),
            ));
            return;
        }
        let mut own: Vec<Figure> = Vec::new();
        let mean = self.measured.mean(0, |m| m.top1[0]);
        if let Some(mean) = &mean {
            own.push(Figure {
                name: format!("{}, mean of {}", self.run.name, mean.n),
                value: mean.value,
            });
        }
        let names = std::iter::once(self.run.part.as_ref().unwrap_or(&self.run.name))
            .chain(self.run.repeats.iter().map(|repeat| &repeat.name));
        let lists = std::iter::once(&self.measured.own).chain(&self.measured.repeats);
        for (name, list) in names.zip(lists) {
            if let Some(Ok(measured)) = list.first() {
                own.push(Figure {
                    name: name.clone(),
                    value: measured.top1,
                });
            }
        }
        let Some(first) = own.first() else { return };
        let [value, low, high] = first.value;
        let words: Vec<String> = others
            .iter()
            .map(|p| format!("{} {}", p.name, percent(p.accuracy[1])))
            .collect();
        let alt = format!(
            "Right answers of {} on {} clips: {} ({} to {}), beside published figures: {}.",
            first.name,
            predictions.on,
            percent(value),
            percent(low),
            percent(high),
            words.join(", ")
        );
        let caption = if predictions.on == "test" {
            "Right answers on test clips with their interval (blue), and what others published for the same task (grey).".into()
        } else {
            format!(
                "Right answers on {} clips with their interval (blue), and what others published on test clips (grey): test usually reads lower.",
                predictions.on
            )
        };
        out.push(Block::Pictures(vec![Picture {
            name: self.name("published"),
            caption,
            drawing: figures_drawing(&own, others, &alt),
        }]));
    }
}

/// Figures of one run on one split.
fn single(out: &mut Vec<Block>, predictions: &Predictions, measured: &Measured) {
    out.push(Block::Words(drawn(predictions, measured)));
    out.push(Block::Tiles(tiles_of(measured)));
}

/// On how many clips, and how intervals were made, as a sentence.
fn drawn(predictions: &Predictions, measured: &Measured) -> String {
    let drawn = if measured.grouped {
        "groups of one artist or album drawn together"
    } else {
        "clips drawn singly"
    };
    format!(
        "On {} {} clips. Intervals: 95\u{a0}%, bootstrap with 2\u{a0}000 resamples, {drawn}.",
        grouped(measured.n as u64),
        predictions.on
    )
}

fn tiles_of(measured: &Measured) -> Vec<Tile> {
    let share = |name: &str, [value, low, high]: [f64; 3]| Tile {
        name: name.into(),
        value: percent(value),
        note: format!("{} to {}", percent(low), percent(high)),
    };
    vec![
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
    ]
}
