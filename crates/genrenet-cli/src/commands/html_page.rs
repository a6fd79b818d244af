//! The page of a library that a command writes beside its output.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use genrenet::LibraryPage;
use genrenet::model::Bundle;
use genrenet::taxonomy::Taxonomy;
use genrenet_files::NewFile;
use genrenet_text::{path_text, visible_path};

use crate::exit::{Failure, Outcome};
use crate::output::warn;

/// A page and the file that it will be.
pub struct HtmlPage<'a> {
    /// The page so far.
    pub page: LibraryPage<'a>,
    file: NewFile,
}

/// Refuses a name that is hardly one of a page: a song or an index would be overwritten.
pub fn check_name(path: &Path) -> Result<(), Failure> {
    let ending = path
        .extension()
        .map(|ending| ending.to_string_lossy().to_lowercase());
    match ending.as_deref() {
        Some("html" | "htm" | "xhtml") => Ok(()),
        _ => Err(Failure::new(format!(
            "--html {}: expected a name that ends with .html",
            visible_path(path)
        ))),
    }
}

impl<'a> HtmlPage<'a> {
    /// Begins a page of the songs in `inputs`; a file that can't be written is known before an hour of work.
    pub fn begin(
        path: &Path,
        inputs: &[PathBuf],
        model: &'a Bundle,
        taxonomy: Option<Taxonomy>,
    ) -> Result<HtmlPage<'a>, Failure> {
        let failed = |error: &dyn std::fmt::Display| {
            Failure::new(format!("--html {}: {error}", visible_path(path)))
        };
        check_name(path)?;
        genrenet::reads_sound(model).map_err(|error| failed(&error))?;
        let file = NewFile::create(path).map_err(|error| failed(&error))?;
        // The name of a library's folder is its title.
        let name = match inputs {
            [folder] if folder.is_dir() => folder.file_name().map(|name| path_text(name.as_ref())),
            _ => None,
        };
        let page = LibraryPage::new(name.as_deref().unwrap_or("Music library"), model, taxonomy);
        Ok(HtmlPage { page, file })
    }

    /// Writes it; says so where it can't be written any more.
    pub fn end(self, outcome: Outcome) -> Outcome {
        let HtmlPage { page, mut file } = self;
        let path = file.path().to_path_buf();
        let written = file.write_all(page.finish().as_bytes());
        match written.and_then(|()| file.finish()) {
            Ok(()) => outcome,
            Err(error) => {
                warn(&path, error);
                match outcome {
                    Outcome::NothingDone => outcome,
                    Outcome::Done | Outcome::SomeFailed => Outcome::SomeFailed,
                }
            }
        }
    }
}
