//! The plan: shown, saved, or written at once.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use genrenet::library::plan::{
    Decision, Entry, Header, Journal, Kept, PLAN_SCHEMA, PlanError, Written, apply,
};
use genrenet::model::Bundle;
use genrenet::{PlannedSong, Songs, Tagging, shipped, taxonomy};
use genrenet_text::{counted, visible_path};
use serde::Serialize;

use super::{By, Tag, table};
use crate::exit::{CommandResult, Failure, Outcome};
use crate::output::{Page, tell, warn};
use crate::progress::Progress;

pub(super) fn run(arguments: &Tag) -> CommandResult {
    let choice = &arguments.choice;
    let model = shipped::open_or_default(choice.model.as_deref())?;
    let model = taxonomy::regrouped(model, choice.taxonomy.as_deref())?;
    genrenet::reads_sound(&model)?;
    if choice.keep_old.as_ref() == Some(&choice.field) {
        return Err(Failure::new(format!(
            "--keep-old {}: expected another field than the one that is written",
            choice.field
        )));
    }
    let policy = choice.policy();
    let tagging = Tagging {
        model: &model,
        policy: &policy,
        field: &choice.field,
        by_album: choice.by == By::Album,
    };
    let header = Header {
        genrenet_plan: PLAN_SCHEMA,
        model: format!("{} {}", model.card.name, model.card.version),
        taxonomy: model.taxonomy().map(str::to_owned),
        field: choice.field.clone(),
        keep_old_in: choice.keep_old.clone(),
        separator: choice.separator.clone(),
    };
    let mut planning = Planning::begin(arguments, &model, header)?;
    let progress = Progress::over("files", None);
    let songs = Songs::new(arguments.paths.clone(), std::io::stdin().lock());
    progress.count_ahead(songs.ahead());
    tagging.plan(
        songs,
        |path| progress.now(visible_path(path)),
        |song| {
            progress.one_more();
            planning.add(&song)
        },
    );
    drop(progress);
    planning.end()
}

/// Where the plan goes.
enum Target {
    Table,
    StandardOutput,
    File(PathBuf),
}

/// The plan as it grows.
struct Planning<'a> {
    model: &'a Bundle,
    header: Header,
    target: Target,
    page: Page,
    journal: Option<Journal>,
    /// Why no more can be planned or written.
    fault: Option<Failure>,
    written: usize,
    to_write: usize,
    kept: usize,
    unsure: usize,
    no_music: usize,
    failed: usize,
}

impl<'a> Planning<'a> {
    fn begin(arguments: &Tag, model: &'a Bundle, header: Header) -> Result<Planning<'a>, Failure> {
        let target = match &arguments.plan {
            None => Target::Table,
            Some(path) if path.as_os_str() == "-" => Target::StandardOutput,
            Some(path) if path.symlink_metadata().is_ok() => {
                return Err(Failure::new(format!(
                    "--plan {}: expected a new name, found a file there",
                    visible_path(path)
                )));
            }
            Some(path) => Target::File(path.clone()),
        };
        let mut planning = Planning {
            model,
            page: match target {
                Target::File(_) => Page::summary(),
                _ => Page::result(),
            },
            target,
            journal: match arguments.write {
                true => Some(Journal::create(arguments.journal.clone())?),
                false => None,
            },
            header,
            fault: None,
            written: 0,
            to_write: 0,
            kept: 0,
            unsure: 0,
            no_music: 0,
            failed: 0,
        };
        match planning.target {
            Target::Table => table::head(&mut planning.page, arguments.write),
            _ => planning.line(&planning.header.clone()),
        }
        match planning.fault.take() {
            Some(fault) => Err(fault),
            None => Ok(planning),
        }
    }

    /// Adds a line of a saved plan.
    fn line(&mut self, line: &impl Serialize) {
        match &self.target {
            Target::Table => {}
            Target::StandardOutput => self.page.json(line),
            Target::File(path) => {
                let text = serde_json::to_string(line).map_err(std::io::Error::from);
                let added = text
                    .and_then(|text| genrenet_files::append(path, format!("{text}\n").as_bytes()));
                if let Err(error) = added {
                    self.fault = Some(Failure::new(format!(
                        "--plan {}: {error}",
                        visible_path(path)
                    )));
                }
            }
        }
    }

    /// Adds a song; breaks where nothing more can be planned or written.
    fn add(&mut self, song: &PlannedSong) -> ControlFlow<()> {
        match &song.result {
            Err(error) => {
                self.failed += 1;
                warn(&song.path, error);
            }
            Ok((entry, decision)) => self.decided(&song.path, entry, decision),
        }
        match self.fault.is_some() || self.page.is_lost() {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    }

    fn decided(&mut self, path: &Path, entry: &Entry, decision: &Decision) {
        let mut decision = decision;
        if let (Decision::Write(_), Some(journal)) = (decision, &self.journal) {
            match apply(path, entry, &self.header, journal) {
                Ok(Written::New) => self.written += 1,
                // The file was named twice, or another program was faster.
                Ok(Written::Already) => decision = &Decision::Keep(Kept::Same),
                Err(error) => {
                    self.failed += 1;
                    if matches!(error, PlanError::Journal { .. }) {
                        self.fault = Some(Failure::new(error.to_string()));
                    }
                    return warn(path, error);
                }
            }
        }
        *match decision {
            Decision::Write(_) => &mut self.to_write,
            Decision::Keep(Kept::SetAlready | Kept::Same) => &mut self.kept,
            Decision::Keep(Kept::Unsure) => &mut self.unsure,
            Decision::Keep(Kept::NoMusic) => &mut self.no_music,
        } += 1;
        match self.target {
            Target::Table => table::row(&mut self.page, path, entry, decision),
            _ => self.line(entry),
        }
    }

    fn end(mut self) -> CommandResult {
        let done = self.to_write + self.kept + self.unsure + self.no_music;
        if done + self.failed == 0 && self.fault.is_none() {
            return Err(Failure::new("no songs found in the paths given"));
        }
        let counts = [
            (
                self.to_write,
                if self.journal.is_some() {
                    "written"
                } else {
                    "to write"
                },
            ),
            (self.kept, "with a genre already"),
            (self.unsure, "unsure"),
            (self.no_music, "no music"),
            (self.failed, "failed"),
        ];
        let counts = counts.iter().filter(|(count, _)| *count > 0);
        let counts: Vec<String> = counts
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
        let threshold = self.model.calibration.unsure_below;
        let unsure = match threshold > 0.0 {
            true => format!(" (unsure below {:.0} %)", 100.0 * threshold),
            false => String::new(),
        };
        tell(format!(
            "{}: {}{unsure}",
            counted(done + self.failed, "song", "songs"),
            counts.join(", ")
        ));
        self.what_next();
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        self.page.end(match (done, self.failed) {
            (_, 0) => Outcome::Done,
            (0, _) => Outcome::NothingDone,
            _ => Outcome::SomeFailed,
        })
    }

    /// Says how it goes on, and removes a journal of nothing.
    fn what_next(&mut self) {
        match (self.journal.take(), &self.target) {
            (Some(journal), _) if self.written > 0 => {
                tell(format!(
                    "journal: {}; genrenet tag --undo last takes it back",
                    visible_path(journal.path())
                ));
            }
            (Some(journal), _) => {
                // It holds no record: a file that stays does no harm.
                let _ = journal.remove();
            }
            (None, Target::File(path)) => {
                let path = visible_path(path);
                tell(format!(
                    "nothing was written yet: look through {path}, then genrenet tag --apply {path}"
                ));
            }
            (None, Target::Table) if self.to_write > 0 => {
                tell(
                    "nothing was written: --write writes it, --plan FILE saves it to be edited first",
                );
            }
            (None, _) => {}
        }
    }
}
