//! `genrenet tag`: a plan of genre tags, written with verification, undone.

mod apply;
mod plan;
mod table;
mod undo;

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use genrenet::library::plan::{Mode, Policy};
use genrenet::library::tags::FieldName;

use crate::exit::CommandResult;

/// Write found genres into music files: a plan first, with undo.
///
/// Without --write nothing is changed: the plan is shown, or saved with --plan to be looked through, edited and applied. Only songs
/// of which the model is sure get a genre, and no genre that is there is changed unless asked. What is written is verified on a copy
/// (the sound and all other fields must be the same) before it takes the place of the file, and a journal keeps what `--undo` needs
/// to restore every file byte for byte. MP3, FLAC, Ogg Vorbis, Opus, Ogg FLAC, M4A (AAC, ALAC), AIFF and WAV.
#[derive(Args)]
#[command(group(clap::ArgGroup::new("task").args(["write", "apply", "undo"])))]
pub struct Tag {
    /// Files, folders (searched for songs), or - for a list of paths on stdin; with --apply and --undo, where to look for
    /// files that were moved.
    #[arg(value_name = "PATH", required_unless_present_any = ["apply", "undo"])]
    paths: Vec<PathBuf>,
    /// Save the plan as JSON lines that can be edited: what stands in "new" is written, a line without is left alone; - for
    /// standard output.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["apply", "undo"])]
    plan: Option<PathBuf>,
    /// Write at once what the plan says.
    #[arg(long)]
    write: bool,
    /// Write what a saved plan says (- for standard input), into the files whose sound is still that of the plan, wherever they are.
    #[arg(long, value_name = "PLAN")]
    apply: Option<PathBuf>,
    /// Restore what a journal says: its file, or "last" for the newest that was not undone.
    #[arg(long, value_name = "JOURNAL|last")]
    undo: Option<PathBuf>,
    /// Where the journal is written; by default a new file in the folder for data of the system ($GENRENET_JOURNALS, if set).
    #[arg(long, value_name = "FILE", conflicts_with = "undo")]
    journal: Option<PathBuf>,
    #[command(flatten)]
    choice: Choice,
}

/// What is written, and where.
#[derive(Args)]
#[group(conflicts_with_all = ["apply", "undo"])]
struct Choice {
    /// A built-in model (`genrenet models`), or the folder of a bundle or a run; wide, if not given.
    #[arg(long, value_name = "MODEL")]
    model: Option<String>,
    /// Your own genres in place of the model's: a taxonomy file (`genrenet taxonomy init`), or simple or lastgenre.
    #[arg(long, value_name = "FILE|PRESET")]
    taxonomy: Option<PathBuf>,
    /// Only files without a genre (the default).
    #[arg(long, conflicts_with_all = ["add", "replace"])]
    only_empty: bool,
    /// Add to the genres that are there.
    #[arg(long, conflicts_with = "replace")]
    add: bool,
    /// Take the place of the genres that are there.
    #[arg(long)]
    replace: bool,
    /// The field that is written: genre, or a name of one's own, such as STYLE; title, album and the like are refused.
    #[arg(long, default_value = "genre", value_name = "NAME")]
    field: FieldName,
    /// Keep what was there in this field, where it is still empty.
    #[arg(long, value_name = "NAME")]
    keep_old: Option<FieldName>,
    /// The most genres of a song.
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u8).range(1..))]
    max: u8,
    /// A second genre needs this share of the top one's probability.
    #[arg(long, default_value_t = 0.5, value_name = "SHARE", value_parser = super::classify::share)]
    min_ratio: f32,
    /// Also the broader genres.
    #[arg(long)]
    parents: bool,
    /// Between several genres in tags that hold one text (ID3v2.3, INFO); all others hold them as a list.
    #[arg(long, default_value = "; ", value_name = "TEXT")]
    separator: String,
    /// Decide for each song by itself, or for all songs of an album together (those of one folder with its name).
    #[arg(long, value_enum, default_value_t = By::Song, value_name = "WHAT")]
    by: By,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum By {
    Song,
    Album,
}

impl Choice {
    fn policy(&self) -> Policy {
        Policy {
            mode: match (self.add, self.replace) {
                (true, _) => Mode::Add,
                (_, true) => Mode::Replace,
                _ => Mode::OnlyEmpty,
            },
            max: self.max.into(),
            min_ratio: self.min_ratio,
            parents: self.parents,
        }
    }
}

pub fn run(arguments: Tag) -> CommandResult {
    match (&arguments.apply, &arguments.undo) {
        (Some(plan), _) => apply::run(plan, &arguments),
        (_, Some(journal)) => undo::run(journal, &arguments),
        _ => plan::run(&arguments),
    }
}
