//! The whole report: one page about one run or several, its pictures, and where they are written.

use std::path::{Path, PathBuf};

use crate::drawing::Drawing;
use crate::error::ReportError;
use crate::facts::RunFacts;
use crate::page::{Block, Page};
use crate::repeated::MeasuredRun;
use crate::section_side_by_side::side_by_side;
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
    let measured: Vec<MeasuredRun> = runs.iter().map(MeasuredRun::of).collect();
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
