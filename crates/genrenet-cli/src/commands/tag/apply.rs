//! A saved plan, written.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use genrenet::library::plan::{Entry, Journal, Plan, PlanError, Written, apply, find_by_audio};
use genrenet::{Songs, in_order};
use genrenet_text::{counted, visible_path};

use super::Tag;
use crate::exit::{CommandResult, Failure, Outcome};
use crate::output::{Page, tell};
use crate::progress::Progress;

pub(super) fn run(plan: &Path, arguments: &Tag) -> CommandResult {
    let read = match plan.as_os_str() == "-" {
        true => Plan::read(std::io::stdin().lock()),
        false => genrenet_files::open(plan)
            .map_err(PlanError::from)
            .and_then(Plan::read),
    };
    let Plan {
        header,
        mut entries,
        left_alone,
    } = read.map_err(|error| Failure::new(format!("{}: {error}", visible_path(plan))))?;
    find_moved(&mut entries, &arguments.paths);
    let journal = Journal::create(arguments.journal.clone())?;
    let progress = Progress::over("files", Some(entries.len() as u64));
    let mut page = Page::summary();
    let (mut written, mut already, mut failed) = (0, 0, 0);
    let mut fault = None;
    let one = |(path, entry): (PathBuf, Entry)| {
        progress.now(visible_path(&path));
        let result = apply(&path, &entry, &header, &journal);
        (path, entry, result)
    };
    in_order(entries.into_iter(), one, |(path, entry, result)| {
        progress.one_more();
        match result {
            Ok(Written::New) => {
                written += 1;
                page.line(format!("{}: {}", visible_path(&path), entry.new.join("; ")));
            }
            Ok(Written::Already) => already += 1,
            Err(error) => {
                failed += 1;
                super::undo::warn_of(&path, &error);
                if matches!(error, PlanError::Journal { .. }) {
                    fault = Some(Failure::new("no more is written: the journal can't be"));
                    return ControlFlow::Break(());
                }
            }
        }
        ControlFlow::Continue(())
    });
    drop(progress);
    let counts = [
        (written, "written"),
        (already, "as planned already"),
        (failed, "failed"),
        (left_alone, "left alone by the plan"),
    ];
    let counts = counts.iter().filter(|(count, _)| *count > 0);
    let counts: Vec<String> = counts
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    if counts.is_empty() {
        tell("the plan names no files");
    } else {
        tell(format!(
            "{}: {}",
            counted(written + already + failed + left_alone, "song", "songs"),
            counts.join(", ")
        ));
    }
    match written {
        // It holds no record: a file that stays does no harm.
        0 => drop(journal.remove()),
        _ => tell(format!(
            "journal: {}; genrenet tag --undo last takes it back",
            visible_path(journal.path())
        )),
    }
    match fault {
        Some(fault) => Err(fault),
        None => page.end(match (written + already, failed) {
            (_, 0) => Outcome::Done,
            (0, _) => Outcome::NothingDone,
            _ => Outcome::SomeFailed,
        }),
    }
}

/// Looks for files that are not where the plan has them: in the paths given, or in the folders where they were.
fn find_moved(entries: &mut [(PathBuf, Entry)], paths: &[PathBuf]) {
    let missing = entries.iter().filter(|(path, _)| !path.exists());
    let missing: Vec<(PathBuf, String)> = missing
        .map(|(path, entry)| (path.clone(), entry.audio.clone()))
        .collect();
    if missing.is_empty() {
        return;
    }
    let wanted: Vec<&str> = missing.iter().map(|(_, audio)| audio.as_str()).collect();
    let at_their_place: std::collections::BTreeSet<PathBuf> = entries
        .iter()
        .filter(|(path, _)| path.exists())
        .map(|(path, _)| path.clone())
        .collect();
    let candidates = super::undo::places(paths, missing.iter().map(|(path, _)| path.as_path()));
    let candidates = Songs::new(candidates, std::io::empty()).filter_map(Result::ok);
    let found = find_by_audio(
        &wanted,
        candidates.filter(|path| !at_their_place.contains(path)),
    );
    for (path, entry) in entries.iter_mut().filter(|(path, _)| !path.exists()) {
        if let Some(new) = found.get(&entry.audio) {
            tell(format!(
                "{} is now {}",
                visible_path(path),
                visible_path(new)
            ));
            *path = new.clone();
        }
    }
}
