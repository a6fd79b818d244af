//! `genrenet data verify`: a copy of FMA or GTZAN against what is published.

use std::path::PathBuf;

use clap::Args;
use genrenet::data::verify::{Check, State, verify};
use genrenet_text::counted;

use crate::exit::{CommandResult, Outcome};
use crate::output::{Page, tell};

/// Names that are shown of a list, unless all are asked for.
const SHOWN: usize = 12;

/// Check a copy of FMA or GTZAN: archives, counts, and faults.
///
/// What the folder holds of FMA (fma_small.zip and the other archives, fma_metadata, fma_small and the like) and of GTZAN
/// (genres.tar.gz, its genre folders) is compared with what is published: checksums of archives, rows of tables, numbers of files,
/// files that are missing, empty or can't be opened. Faults that every copy has are listed as known.
///
/// Exit codes: 0 all is as published, 1 something differs, 2 there is nothing to check.
#[derive(Args)]
pub struct Verify {
    /// The folder with the archives, or with what they hold.
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
    /// Decode every audio file, which takes minutes to hours; else only its header is read.
    #[arg(long)]
    decode: bool,
    /// One JSON object for each check, with all names.
    #[arg(long)]
    json: bool,
    /// Name all files that differ, not the first twelve.
    #[arg(long)]
    all: bool,
}

pub fn run(arguments: &Verify) -> CommandResult {
    let checks = verify(&arguments.folder, arguments.decode, &|what| tell(what))?;
    let mut page = Page::result();
    if arguments.json {
        checks.iter().for_each(|check| page.json(check));
    } else {
        table(
            &mut page,
            &checks,
            if arguments.all { usize::MAX } else { SHOWN },
        );
    }
    let different = checks
        .iter()
        .filter(|c| c.state == State::Different)
        .count();
    if different == 0 {
        tell("all is as published");
        return page.end(Outcome::Done);
    }
    tell(format_args!(
        "{} from what is published",
        counted(different, "check differs", "checks differ")
    ));
    page.end(Outcome::SomeFailed)
}

/// A line for each check, and below it the names that it concerns.
fn table(page: &mut Page, checks: &[Check], shown: usize) {
    let width = checks
        .iter()
        .map(|check| check.subject.chars().count())
        .max();
    let width = width.unwrap_or_default();
    for check in checks {
        let (subject, found, expected) = (&check.subject, &check.found, &check.expected);
        match check.state {
            State::Same => page.line(format_args!("same       {subject:width$}  {found}")),
            State::Known => page.line(format_args!("known      {subject:width$}  {found}")),
            State::Different => page.line(format_args!(
                "different  {subject:width$}  {found}, expected {expected}"
            )),
        }
        let names = &check.names[..check.names.len().min(shown)];
        if !names.is_empty() {
            let more = match check.names.len() - names.len() {
                0 => String::new(),
                more => format!(" and {more} more (--all)"),
            };
            page.line(format_args!("           {}{more}", names.join(", ")));
        }
    }
}
