//! `genrenet scan`: an index of a library.

mod watch;

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::{Args, ValueEnum};
use genrenet::library::index::{Index, set_aside, usual_place};
use genrenet::{Change, Scan as Scanning, ScannedFile, Songs, Step, Summary};
use genrenet_text::{counted, visible, visible_path};

use crate::commands::html_page::HtmlPage;
use crate::exit::{CommandResult, Failure, Outcome};
use crate::interrupt;
use crate::output::{Page, tell, warn};
use crate::progress::Progress;

/// Keep an index of a library: genres, tags, what sounds alike.
///
/// Reads and classifies what is new or changed; a file that is as it was costs a look at its size and times. Moved and
/// retagged files are known again by their sound, missing ones are marked. An interrupted scan is continued by the next one; two may run at
/// once. `genrenet search` and `genrenet duplicates` read the index, and so does any program that reads SQLite
/// (docs/INDEX.md).
#[derive(Args)]
pub struct Scan {
    /// Folders (searched for songs; pictures, texts and hidden files are skipped) and files.
    #[arg(required = true, value_name = "LIBRARY")]
    paths: Vec<PathBuf>,
    /// The index; by default a file in the folder for data of the system ($GENRENET_INDEX, if set).
    #[arg(long, value_name = "FILE")]
    index: Option<PathBuf>,
    /// A built-in model (`genrenet models`), or the folder of a bundle or a run; if not given, that of the last scan, at first wide.
    #[arg(long, value_name = "MODEL")]
    model: Option<String>,
    /// Your own genres in place of the model's: a taxonomy file (`genrenet taxonomy init`), or simple or lastgenre; none for the model's; if not given, those of
    /// the last scan. Nothing is classified again for it.
    #[arg(long, value_name = "TAXONOMY")]
    taxonomy: Option<PathBuf>,
    /// Classify again what another model has classified.
    #[arg(long)]
    reclassify: bool,
    /// Also write one page of the library, from the index: genres, a map of similar songs, where tags and sound disagree.
    #[arg(long, value_name = "PAGE")]
    html: Option<PathBuf>,
    /// Afterwards remove from the index those files of LIBRARY that are missing, and what was computed for them; "removed": also all of a LIBRARY
    /// that is not there any more, be it deleted or on a drive that is not there.
    #[arg(long, value_name = "WHAT", value_enum, num_args = 0..=1, require_equals = true, default_missing_value = "missing")]
    forget: Option<Forget>,
    /// Stay after the scan and read what is added, changed, moved or removed, once nothing is written to it any more; Ctrl-C ends it. With SECONDS
    /// the folders are searched so often, for drives of which the system reports no changes; network drives are searched every 60 s without being asked.
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, require_equals = true, value_parser = clap::value_parser!(u32).range(1..))]
    watch: Option<Option<u32>>,
    /// Set the index aside (it is renamed, not removed) and make a new one: for one that is damaged.
    #[arg(long)]
    rebuild: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Forget {
    Missing,
    Removed,
}

/// The index that a command names, or the usual one.
pub(super) fn place(named: Option<&Path>) -> Result<PathBuf, Failure> {
    let none = || {
        Failure::new(
            "the system names no folder for data; name an index with --index FILE or $GENRENET_INDEX",
        )
    };
    named
        .map(Path::to_owned)
        .or_else(usual_place)
        .ok_or_else(none)
}

pub fn run(arguments: &Scan) -> CommandResult {
    let place = place(arguments.index.as_deref())?;
    if arguments.rebuild
        && let Some(aside) = set_aside(&place)?
    {
        tell(format_args!(
            "the old index was renamed to {}",
            visible_path(&aside)
        ));
    }
    if let Some(html) = &arguments.html {
        super::html_page::check_name(html)?;
    }
    let index = Index::create(&place)?;
    let scan = Scanning::new(
        &index,
        arguments.model.as_deref(),
        arguments.taxonomy.as_deref(),
    )?
    .reclassifying(arguments.reclassify);
    let stop = stop_on_signals();
    let watch = arguments
        .watch
        .map(|every| watch::Watching::begin(&scan, &arguments.paths, every))
        .transpose()?;
    let html = arguments.html.as_deref();
    let html = html.map(|path| {
        HtmlPage::begin(
            path,
            &arguments.paths,
            scan.model(),
            scan.taxonomy().cloned(),
        )
    });
    let html = html.transpose()?;
    let (there, removed): (Vec<PathBuf>, Vec<PathBuf>) = match arguments.forget {
        Some(Forget::Removed) => arguments
            .paths
            .iter()
            .cloned()
            .partition(|path| path.symlink_metadata().is_ok()),
        _ => (arguments.paths.clone(), Vec::new()),
    };
    let counts = once(&scan, &there, &stop)?;
    let mut outcome = counts.outcome();
    if let Some(mut html) = html {
        let left_out = scan.add_to_page(&there, &mut html.page)?;
        if left_out > 0 {
            tell(format_args!(
                "{} of other models are not on the page; --reclassify classifies all by one",
                counted(left_out, "song", "songs")
            ));
        }
        outcome = html.end(outcome);
    }
    let mut page = Page::summary();
    if arguments.forget.is_some() {
        let mut forgotten = 0;
        for path in &removed {
            forgotten += index.forget(&genrenet::indexed_path(path)?, false)?;
        }
        for path in &there {
            forgotten += index.forget(&genrenet::indexed_path(path)?, true)?;
        }
        if there.is_empty() && forgotten > 0 {
            outcome = Outcome::Done;
        }
        page.line(format_args!(
            "{} removed from the index",
            counted(forgotten, "file", "files")
        ));
    }
    page.text(counts.text(&scan, &place));
    match watch {
        Some(watch) => watch.run(&stop, page),
        None => page.end(outcome),
    }
}

/// What is set when the program is asked to stop.
fn stop_on_signals() -> Arc<AtomicBool> {
    let stop = Arc::new(AtomicBool::new(false));
    let asked = Arc::clone(&stop);
    interrupt::gentle(move || {
        asked.store(true, Ordering::Relaxed);
        tell("stopping after the files at hand; Ctrl-C again ends at once");
    });
    stop
}

/// What was found of the files that are not as they were.
#[derive(Default)]
struct Counts {
    new: usize,
    moved: usize,
    sound: usize,
    tags: usize,
    nothing: usize,
    returned: usize,
    reclassified: usize,
    failed: usize,
    interrupted: bool,
    summary: Summary,
}

/// Scans, and shows how far it is.
fn once(scan: &Scanning, paths: &[PathBuf], stop: &AtomicBool) -> Result<Counts, Failure> {
    let progress = Progress::over("files", None);
    progress.count_ahead(Songs::new(paths.to_vec(), std::io::empty()));
    let mut counts = Counts::default();
    counts.summary = scan.run(
        paths,
        |step| match step {
            Step::Opened(path) => progress.now(visible_path(path)),
            Step::Passed => progress.one_more(),
        },
        |ScannedFile { path, result }| {
            if !matches!(result, Ok(Change::Missing)) {
                progress.one_more();
            }
            counts.add(&path, result);
            match stop.load(Ordering::Relaxed) {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            }
        },
    )?;
    counts.interrupted = stop.load(Ordering::Relaxed);
    for (path, reason) in &counts.summary.spared {
        warn(
            path,
            format_args!("{reason}; what the index has of it was not marked as missing"),
        );
    }
    Ok(counts)
}

impl Counts {
    fn add(&mut self, path: &Path, result: Result<Change, genrenet::Error>) {
        *match result {
            Ok(Change::New) => &mut self.new,
            Ok(Change::Moved(_)) => &mut self.moved,
            Ok(Change::Sound) => &mut self.sound,
            Ok(Change::Tags) => &mut self.tags,
            Ok(Change::Nothing) => &mut self.nothing,
            Ok(Change::Returned) => &mut self.returned,
            Ok(Change::Reclassified) => &mut self.reclassified,
            // The summary counts them.
            Ok(Change::Missing) => return,
            Err(error) => {
                warn(path, error);
                &mut self.failed
            }
        } += 1;
    }

    fn text(&self, scan: &Scanning, place: &Path) -> String {
        let summary = &self.summary;
        let all = [
            (self.new, "new"),
            (self.sound, "with another sound"),
            (self.tags, "with other tags"),
            (self.moved, "moved"),
            (self.returned, "there again"),
            (self.reclassified, "classified again"),
            (summary.unchanged + self.nothing, "unchanged"),
            (summary.vanished, "missing"),
            (self.failed, "failed"),
            (summary.failed_before, "failed before"),
        ];
        let files: usize = all.iter().map(|(count, _)| count).sum::<usize>() - summary.vanished;
        let parts = all.iter().filter(|(count, _)| *count > 0);
        let parts: Vec<String> = parts
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
        let mut lines = vec![match parts.is_empty() {
            true => "no songs found".to_owned(),
            false => format!("{}: {}", counted(files, "file", "files"), parts.join(", ")),
        }];
        let model = scan.model();
        if summary.regrouped > 0 {
            lines.push(format!(
                "{} now in the genres of {}",
                counted(summary.regrouped, "answer", "answers"),
                visible(model.taxonomy().unwrap_or(&model.card.name))
            ));
        }
        if summary.of_other_models > 0 {
            let threads = rayon::current_num_threads();
            lines.push(format!(
                "{} by a model other than this {} {}; --reclassify classifies them again, in about {} on {}",
                counted(summary.of_other_models, "song was classified", "songs were classified"),
                visible(&model.card.name),
                model.card.version,
                duration(summary.seconds_each * summary.of_other_models as f64 / threads as f64),
                counted(threads, "core", "cores"),
            ));
        }
        if self.interrupted {
            lines.push("interrupted: what is above is stored, and the next scan continues".into());
        }
        lines.push(format!("index: {}", visible_path(place)));
        lines.join("\n")
    }

    fn outcome(&self) -> Outcome {
        let read = self.new
            + self.sound
            + self.tags
            + self.moved
            + self.nothing
            + self.returned
            + self.reclassified;
        let known = self.summary.unchanged + self.summary.failed_before + self.summary.vanished;
        let not_done = self.failed + self.summary.spared.len() + usize::from(self.interrupted);
        match (not_done, read + known) {
            (0, 0) => Outcome::NothingDone,
            (0, _) => Outcome::Done,
            (_, 0) => Outcome::NothingDone,
            _ => Outcome::SomeFailed,
        }
    }
}

/// A length of time, as people say it.
fn duration(seconds: f64) -> String {
    match seconds {
        s if s < 90.0 => format!("{:.0} s", s.max(1.0)),
        s if s < 5400.0 => format!("{:.0} min", s / 60.0),
        s => format!("{:.1} h", s / 3600.0),
    }
}
