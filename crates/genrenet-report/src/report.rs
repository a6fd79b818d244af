//! The whole report: one page about one run or several, its pictures, and where they are written.

use std::path::{Path, PathBuf};

use genrenet_files::NewFolder;

use crate::context::RunContext;
use crate::drawing::Drawing;
use crate::error::ReportError;
use crate::origin::OriginPage;
use crate::page::{Block, Page};
use crate::repeated::MeasuredRun;
use crate::section_side_by_side::side_by_side;
use crate::sections::{Advance, Context, file_part};
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

/// As [`report_with`], silently.
pub fn report(title: &str, runs: &[RunContext]) -> Report {
    report_with(title, runs, &|_, _, _| {})
}

/// Makes the report of one run, or of several side by side; `advance` is called with how far the maps are.
///
/// Never fails: what is missing or cannot be measured is named on the page, with its reason. Lays out the last hidden layers
/// with t-SNE, which takes seconds for thousands of clips.
pub fn report_with(title: &str, runs: &[RunContext], advance: Advance<'_>) -> Report {
    pages(title, None, runs, advance)
}

/// As [`report_with`], with the page about the student report before the runs.
pub fn origin_report(
    title: &str,
    opening: &OriginPage,
    runs: &[RunContext],
    advance: Advance<'_>,
) -> Report {
    pages(title, Some(opening), runs, advance)
}

fn pages(
    title: &str,
    opening: Option<&OriginPage>,
    runs: &[RunContext],
    advance: Advance<'_>,
) -> Report {
    let measured: Vec<MeasuredRun> = runs.iter().map(MeasuredRun::of).collect();
    let mut blocks = opening.map_or_else(Vec::new, |page| page.blocks(runs, &measured));
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
            Context {
                run,
                measured,
                advance,
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
    /// As [`Report::write_with`], silently.
    ///
    /// # Errors
    /// As there.
    pub fn write(&self, folder: &Path) -> Result<Vec<PathBuf>, ReportError> {
        self.write_with(folder, &|_, _, _| {})
    }

    /// Writes `report.html`, `report.md` and `pictures/NAME.svg` and `.png` (light, two pixels to a unit) into `folder`.
    ///
    /// `advance` is called with how many pictures are drawn.
    ///
    /// All of it is written aside first: a new folder appears with everything in it, in one that is there the pages come
    /// last. Returns the paths written.
    ///
    /// # Errors
    /// A folder or file that cannot be written, with its path.
    pub fn write_with(
        &self,
        folder: &Path,
        advance: Advance<'_>,
    ) -> Result<Vec<PathBuf>, ReportError> {
        let failed = |path: PathBuf| move |source| ReportError::Write { path, source };
        let mut files = NewFolder::create(folder).map_err(failed(folder.into()))?;
        let mut written = Vec::new();
        let mut write = |name: String, bytes: &[u8]| {
            written.push(folder.join(&name));
            files.write(&name, bytes).map_err(failed(folder.join(name)))
        };
        let of = self.pictures.len() as u64;
        for (done, (name, drawing)) in (0..).zip(&self.pictures) {
            advance(name, done, of);
            write(format!("pictures/{name}.svg"), drawing.svg().as_bytes())?;
            let png = drawing.png(Theme::Light, 2.0)?;
            write(format!("pictures/{name}.png"), &png)?;
        }
        write("report.md".into(), self.markdown.as_bytes())?;
        write("report.html".into(), self.html.as_bytes())?;
        files.finish().map_err(failed(folder.into()))?;
        Ok(written)
    }
}
