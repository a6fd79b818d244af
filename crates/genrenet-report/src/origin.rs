//! The opening of the page about the student report: its networks as published, corrected and combined.

use genrenet_text::counted;

use crate::context::{Predictions, RunContext};
use crate::page::{Block, Cell, Table};
use crate::plot::percent;
use crate::repeated::MeasuredRun;

/// A network of the student report, and its runs.
#[derive(Debug, Clone, PartialEq)]
pub struct OriginNetwork {
    /// Its name there.
    pub name: String,
    /// Its published share of right answers on test clips; `None` for one that was not tried.
    pub published: Option<f64>,
    /// Name of the run that follows the publication; `None` for one that was not tried.
    pub as_published: Option<String>,
    /// Name of the corrected run.
    pub corrected: String,
}

/// What the page begins with.
#[derive(Debug, Clone, PartialEq)]
pub struct OriginPage {
    /// The networks, in the order of the report.
    pub networks: Vec<OriginNetwork>,
    /// What was wrong, and what is done here.
    pub corrections: Vec<[String; 2]>,
}

/// Genres of a song that are listed for each run.
const LISTED: usize = 8;

impl OriginPage {
    pub(crate) fn blocks(&self, runs: &[RunContext], measured: &[MeasuredRun]) -> Vec<Block> {
        let mut out = vec![Block::Words(
            "A student report of 2023 trained three networks on the Free Music Archive. Here they are trained again: as published, with what was wrong corrected, and joined. Every figure has its 95\u{a0}% interval and names the clips that it was measured on.".into(),
        )];
        out.push(Block::Heading(2, "The report's networks".into()));
        out.push(Block::Table(self.table(runs, measured)));
        out.push(Block::Heading(2, "What was corrected".into()));
        out.push(Block::Table(Table {
            caption: "In the report and here".into(),
            head: ["In the report", "Here"].map(String::from).to_vec(),
            rows: (self.corrections.iter())
                .map(|pair| pair.iter().map(Cell::words).collect())
                .collect(),
            folded: false,
        }));
        out.push(Block::Heading(2, "One song".into()));
        match one_song(runs) {
            Some((title, table)) => {
                out.push(Block::Words(title));
                out.push(Block::Table(table));
            }
            None => out.push(Block::Missing(
                "One song".into(),
                "no run has answers on clips with known genres".into(),
            )),
        }
        out
    }

    fn table(&self, runs: &[RunContext], measured: &[MeasuredRun]) -> Table {
        let figure = |name: &str| {
            let found = runs.iter().zip(measured).find(|(run, _)| run.name == name);
            let Some((run, measured)) = found else {
                return "not trained".to_owned();
            };
            match (measured.own.first(), run.predictions.first()) {
                (Some(Ok(own)), Some(predictions)) => {
                    let [value, low, high] = own.top1;
                    let range = format!("{:.1}–{:.1}", 100.0 * low, 100.0 * high);
                    let on = &predictions.on;
                    let (one, many) = (format!("{on} clip"), format!("{on} clips"));
                    let clips = counted(predictions.labels.len(), &one, &many);
                    format!("{} ({range}); {clips}", percent(value))
                }
                _ => "not measured".to_owned(),
            }
        };
        let row = |network: &OriginNetwork| {
            let cell = |run: &str| Cell::words(format!("{run}: {}", figure(run)));
            vec![
                Cell::words(&network.name),
                Cell::words(network.published.map_or("not tried".to_owned(), percent)),
                network
                    .as_published
                    .as_deref()
                    .map_or_else(|| Cell::words("–"), cell),
                cell(&network.corrected),
            ]
        };
        Table {
            caption: "Right answers".into(),
            head: [
                "Network",
                "Published, test",
                "As published, here",
                "Corrected",
            ]
            .map(String::from)
            .to_vec(),
            rows: self.networks.iter().map(row).collect(),
            folded: false,
        }
    }
}

/// A clip that as many runs as possible have an answer on, and what each run says of it.
fn one_song(runs: &[RunContext]) -> Option<(String, Table)> {
    let with = |id: &str| -> Vec<(&RunContext, &Predictions, usize)> {
        let place = |run: &'_ RunContext, id: &str| {
            let lists = run.predictions.iter().enumerate();
            lists
                .filter_map(|(list, p)| Some((list, p.ids.iter().position(|known| known == id)?)))
                .next()
        };
        (runs.iter())
            .filter_map(|run| {
                let (list, at) = place(run, id)?;
                Some((run, &run.predictions[list], at))
            })
            .collect()
    };
    let most = runs.iter().max_by_key(|run| run.genres.len())?.genres.len();
    let several = runs.iter().filter(|run| run.genres.len() == most);
    let ids = several.flat_map(|run| {
        run.predictions
            .iter()
            .take(1)
            .flat_map(|p| &p.ids)
            .take(200)
    });
    // Of equally many runs the first clip, so that the page is the same each time.
    let (id, _) = ids
        .map(|id| (id, with(id).len()))
        .reduce(|best, next| if next.1 > best.1 { next } else { best })?;
    let answers = with(id);
    let genre = answers
        .iter()
        .find_map(|(run, p, at)| run.genres.get(*p.labels.get(*at)?))?;
    let rows = answers.iter().map(|(run, predictions, at)| {
        let k = run.genres.len();
        let row = &predictions.probabilities[at * k..(at + 1) * k];
        let mut order: Vec<usize> = (0..k).collect();
        order.sort_by(|&a, &b| row[b].total_cmp(&row[a]));
        let said: Vec<String> = (order.iter().take(LISTED))
            .map(|&genre| format!("{} {}", run.genres[genre], percent(f64::from(row[genre]))))
            .collect();
        vec![
            Cell::words(&run.name),
            Cell::words(&predictions.on),
            Cell::words(said.join(", ")),
        ]
    });
    let table = Table {
        caption: "What each network says of it".into(),
        head: ["Run", "Subset", "Probabilities"]
            .map(String::from)
            .to_vec(),
        rows: rows.collect(),
        folded: false,
    };
    Some((format!("Track {id}, whose genre is {genre}."), table))
}
