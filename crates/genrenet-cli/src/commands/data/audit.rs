//! `genrenet data audit`: faults, duplicates, leaks and suspected labels of a data set.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::Args;
use genrenet::data::split_file_text;
use genrenet::data_audit::{AuditOptions, DataAudit, FaultKind, audit_data};
use genrenet_files::NewFile;
use genrenet_text::visible_path;

use super::super::html_page::check_name;
use super::{audit_json, audit_text};
use crate::exit::{CommandResult, Failure, Outcome};
use crate::interrupt;
use crate::output::{Page, tell};
use crate::terminal::Terminal;

/// Say what is wrong with a data set: faulty sounds, duplicates, leaks of its split, conflicting and suspected labels.
///
/// DATASET is whatever `train` learns from: a folder of genre folders of audio files, a table of paths, a folder of arrays (FMA-small,
/// GTZAN), a table of values. Sounds are decoded; nothing is changed. Duplicates are exact, or near: re-encoded, louder, shifted, cut.
/// Labels are suspected where a small head that learned from other artists' rows is surer of another genre (confident learning). Files
/// that can't be decoded are findings too; each has a line on standard error and makes the exit code 1.
#[derive(Args)]
pub struct Audit {
    /// The data set.
    #[arg(value_name = "DATASET")]
    data: PathBuf,
    /// One JSON object instead of text (docs/JSON.md).
    #[arg(long)]
    json: bool,
    /// Write a page as well, with a player for each suspected label.
    #[arg(long, value_name = "PAGE.html")]
    html: Option<PathBuf>,
    /// Write a clean split for `train --split`: duplicates, artists and albums in one subset, faulty rows and conflicting labels left out.
    #[arg(long, value_name = "FILE")]
    split_out: Option<PathBuf>,
    /// How many suspected labels are listed, the most suspicious first.
    #[arg(long, default_value_t = 100, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    suspects: u16,
    /// Seed of the folds, and of the clean split where the data set has no split of its own.
    #[arg(long, default_value_t = 1, value_name = "N")]
    seed: u64,
}

pub fn run(arguments: &Audit) -> CommandResult {
    let split_out = arguments.split_out.as_deref().map(begin).transpose()?;
    if let Some(path) = &arguments.html {
        check_name(path)?;
    }
    let html = arguments.html.as_deref().map(begin).transpose()?;
    let options = AuditOptions {
        seed: arguments.seed,
        suspects: arguments.suspects.into(),
    };
    let stop = stop_on_interrupt();
    let found = audit_data(&arguments.data, &options, &stop, &Terminal::default())?;
    let mut page = Page::result();
    match arguments.json {
        true => page.json(&audit_json::value(&found)),
        false => audit_text::lines(&found)
            .iter()
            .for_each(|line| page.line(line)),
    }
    if let (Some(file), Some(path)) = (split_out, &arguments.split_out) {
        end(file, path, &split_file_text(&found.clean))?;
        tell(format_args!("clean split: {}", visible_path(path)));
    }
    if let (Some(file), Some(path)) = (html, &arguments.html) {
        end(file, path, &found.page(path))?;
        tell(format_args!("page: {}", visible_path(path)));
    }
    page.end(outcome(&found))
}

/// A new file, so that one that can't be written is known before an hour of work.
fn begin(path: &Path) -> Result<NewFile, Failure> {
    NewFile::create(path).map_err(|error| Failure::new(format!("{}: {error}", visible_path(path))))
}

fn end(mut file: NewFile, path: &Path, text: &str) -> Result<(), Failure> {
    let written = file.write_all(text.as_bytes()).and_then(|()| file.finish());
    written.map_err(|error| Failure::new(format!("{}: {error}", visible_path(path))))
}

fn outcome(found: &DataAudit) -> Outcome {
    let bad = found
        .faults
        .iter()
        .any(|fault| fault.kind == FaultKind::Undecodable);
    match bad || found.unread > 0 {
        true => Outcome::SomeFailed,
        false => Outcome::Done,
    }
}

/// A flag that the first Ctrl-C sets; a second one ends the program.
pub(super) fn stop_on_interrupt() -> Arc<AtomicBool> {
    let stop = Arc::new(AtomicBool::new(false));
    let flag = stop.clone();
    interrupt::gentle(move || {
        flag.store(true, Ordering::Relaxed);
        tell("stopping; press Ctrl-C again to end at once");
    });
    stop
}
