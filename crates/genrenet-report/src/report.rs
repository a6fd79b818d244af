//! The whole report: one page about one run or several, its pictures, and where they are written.

use std::path::{Path, PathBuf};

use crate::comparison::{Pair, compare, signed};
use crate::drawing::Drawing;
use crate::error::ReportError;
use crate::facts::RunFacts;
use crate::figures::{Figure, figures_drawing};
use crate::measured::{Measured, measure};
use crate::page::{Block, Cell, Page, Picture, Table};
use crate::plot::{duration, percent};
use crate::published::published;
use crate::sections::{Told, file_part};
use crate::theme::Theme;
use crate::{html, markdown};

/// A report, ready to be shown or written.
#[derive(Debug, Clone)]
pub struct Report {
    /// The page as one self-contained HTML file.
    pub html: String,
    /// The same facts as Markdown, which expects the pictures in `pictures/`.
    pub markdown: String,
    /// The pictures by file name without ending.
    pub pictures: Vec<(String, Drawing)>,
}

/// Makes the report of one run, or of several side by side.
///
/// Never fails: what is missing or cannot be measured is named on the page, with its reason. Lays out the last hidden layers
/// with t-SNE, which takes seconds for thousands of clips.
pub fn report(title: &str, runs: &[RunFacts]) -> Report {
    let measured: Vec<Vec<Result<Measured, String>>> = runs
        .iter()
        .map(|run| {
            run.evaluations
                .iter()
                .map(|evaluation| measure(evaluation, run.genres.len()))
                .collect()
        })
        .collect();
    let mut blocks = Vec::new();
    if runs.is_empty() {
        blocks.push(Block::Missing("Runs".into(), "none were given".into()));
    }
    if runs.len() > 1 {
        blocks.push(Block::Heading(2, "Side by side".into()));
        side_by_side(&mut blocks, runs, &measured);
    }
    let mut prefixes: Vec<String> = Vec::new();
    for (run, measured) in runs.iter().zip(&measured) {
        let (mut prefix, mut level) = (String::new(), 2);
        if runs.len() > 1 {
            blocks.push(Block::Heading(2, run.name.clone()));
            level = 3;
            prefix = format!("{}-", file_part(&run.name));
            let mut again = 2;
            while prefixes.contains(&prefix) {
                prefix = format!("{}-{again}-", file_part(&run.name));
                again += 1;
            }
            prefixes.push(prefix.clone());
        }
        blocks.extend(
            Told {
                run,
                measured,
                prefix,
                level,
            }
            .blocks(),
        );
    }
    let page = Page {
        title: title.into(),
        blocks,
    };
    Report {
        html: html::render(&page),
        markdown: markdown::render(&page),
        pictures: page
            .pictures()
            .map(|picture| (picture.name.clone(), picture.drawing.clone()))
            .collect(),
    }
}

impl Report {
    /// Writes `report.html`, `report.md` and `pictures/NAME.svg` and `.png` (light, two pixels to a unit) into `folder`.
    ///
    /// Each file is written aside and renamed, so that none is ever half there. Returns the paths written.
    ///
    /// # Errors
    /// A folder or file that cannot be written, with its path.
    pub fn write(&self, folder: &Path) -> Result<Vec<PathBuf>, ReportError> {
        let pictures = folder.join("pictures");
        std::fs::create_dir_all(&pictures).map_err(|source| ReportError::Write {
            path: pictures.clone(),
            source,
        })?;
        let mut written = Vec::new();
        for (name, drawing) in &self.pictures {
            let path = pictures.join(format!("{name}.svg"));
            write_whole(&path, drawing.svg().as_bytes())?;
            written.push(path);
            let path = pictures.join(format!("{name}.png"));
            write_whole(&path, &drawing.png(Theme::Light, 2.0)?)?;
            written.push(path);
        }
        for (name, text) in [("report.md", &self.markdown), ("report.html", &self.html)] {
            let path = folder.join(name);
            write_whole(&path, text.as_bytes())?;
            written.push(path);
        }
        Ok(written)
    }
}

/// Writes a file aside, then renames it.
fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), ReportError> {
    let mut aside = path.as_os_str().to_owned();
    aside.push(format!(".{}.part", std::process::id()));
    let aside = PathBuf::from(aside);
    std::fs::write(&aside, bytes)
        .and_then(|()| std::fs::rename(&aside, path))
        .map_err(|source| {
            // The error that matters is the first one.
            let _ = std::fs::remove_file(&aside);
            ReportError::Write {
                path: path.to_owned(),
                source,
            }
        })
}

fn side_by_side(
    out: &mut Vec<Block>,
    runs: &[RunFacts],
    measured: &[Vec<Result<Measured, String>>],
) {
    let first: Vec<Option<&Measured>> = measured
        .iter()
        .map(|list| list.first().and_then(|result| result.as_ref().ok()))
        .collect();
    let share = |value: [f64; 3]| {
        Cell::number(format!(
            "{} ({}–{})",
            percent(value[0]),
            points(value[1]),
            points(value[2])
        ))
    };
    let rows = runs
        .iter()
        .zip(&first)
        .map(|(run, measured)| {
            let weights = run
                .network
                .here()
                .map(|layers| layers.iter().map(|layer| layer.weights).sum::<u64>());
            let mut row = vec![Cell::words(&run.name)];
            match measured {
                Some(m) => {
                    row.push(Cell::words(run.evaluations.first().map_or("", |e| &e.on)));
                    row.push(Cell::number(m.n.to_string()));
                    row.extend([m.top1, m.top3, m.macro_f1].map(share));
                    row.push(Cell::number(format!("{:.3}", m.ece)));
                }
                None => {
                    row.push(Cell::words("no answers"));
                    row.extend((0..5).map(|_| Cell::number("–")));
                }
            }
            row.push(Cell::number(
                weights.map_or("–".into(), crate::plot::grouped),
            ));
            row.push(Cell::number(run.seconds.map_or("–".into(), duration)));
            row
        })
        .collect();
    out.push(Block::Table(Table {
        caption: "All runs, with 95\u{a0}% intervals".into(),
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
        rows,
    }));
    let own: Vec<Figure> = runs
        .iter()
        .zip(&first)
        .filter_map(|(run, measured)| {
            Some(Figure {
                name: run.name.clone(),
                value: (*measured)?.top1,
            })
        })
        .collect();
    if !own.is_empty() {
        let task = runs
            .first()
            .and_then(|run| run.task.as_deref())
            .filter(|task| runs.iter().all(|run| run.task.as_deref() == Some(*task)));
        let told: Vec<String> = own
            .iter()
            .map(|f| format!("{} {}", f.name, percent(f.value[0])))
            .collect();
        out.push(Block::Pictures(vec![Picture {
            name: "side-by-side".into(),
            caption:
                "Right answers of each run with their interval, and published figures in grey."
                    .into(),
            drawing: figures_drawing(
                &own,
                task.map(published).unwrap_or_default(),
                &format!("Right answers: {}.", told.join(", ")),
            ),
        }]));
    }
    let (pairs, lacking) = compare(runs, &first);
    if !pairs.is_empty() {
        out.push(Block::Heading(3, "Which differ for real".into()));
        out.push(Block::List(pairs.iter().map(Pair::sentence).collect()));
        let rows = pairs
            .iter()
            .map(|pair| {
                vec![
                    Cell::words(pair.names.join(" − ")),
                    Cell::number(pair.n.to_string()),
                    Cell::number(signed(pair.difference[0])),
                    Cell::number(format!(
                        "{} to {}",
                        signed(pair.difference[1]),
                        signed(pair.difference[2])
                    )),
                    Cell::number(format!("{} / {}", pair.only[0], pair.only[1])),
                    Cell::number(small(pair.p)),
                    Cell::number(small(pair.corrected)),
                ]
            })
            .collect();
        out.push(Block::Table(Table {
            caption: "Paired tests on the clips that both answered: exact McNemar test, Holm's correction for the number of pairs, paired bootstrap".into(),
            head: ["Runs", "Clips", "Difference", "95\u{a0}% interval", "Only one right", "p", "p corrected"]
                .map(String::from)
                .to_vec(),
            rows,
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
