//! `genrenet search`: songs of an index.

mod listing;
mod playlist;

use std::path::PathBuf;

pub(super) use listing::clock;

use clap::Args;
use genrenet::library::index::{Answers, Hit, Index, Query, Seed, TagField, Term};
use genrenet::{embed, indexed_path, search_terms, shipped};
use genrenet_text::{counted, visible_path};

use crate::exit::{CommandResult, Failure, Outcome};
use crate::output::{Page, tell};

/// Find songs in the index of a library.
///
/// Every condition must hold. Without one, all songs are listed. The songs stand in the order of the probability of the first genre that is named, with --like the
/// most similar first, otherwise by path. `genrenet scan` makes the index.
#[derive(Args)]
pub struct Search {
    /// Texts, each of which stands in a tag (title, artist, album, genre, date) or in the file's name; case, accents and spaces do not matter.
    #[arg(value_name = "TEXT")]
    texts: Vec<String>,
    /// The index; by default the one of the system's folder for data ($GENRENET_INDEX, if set).
    #[arg(long, value_name = "FILE")]
    index: Option<PathBuf>,
    /// A genre that is the answer, and sure ("Jazz"), or whose probability lies in a range ("Jazz=0.3..", "Jazz=0.2..0.5"); given several times, one of them.
    #[arg(long, value_name = "GENRE[=RANGE]", value_parser = search_terms::term)]
    genre: Vec<Term>,
    /// An attribute that holds ("instrumental"), or whose probability lies in a range ("female vocals=0.7.."); given several times, all of them.
    #[arg(long, value_name = "ATTRIBUTE[=RANGE]", value_parser = search_terms::term)]
    attribute: Vec<Term>,
    /// A text that stands in one field: title, artist, album, album_artist, genre, date or track ("artist=Björk").
    #[arg(long, value_name = "FIELD=TEXT", value_parser = search_terms::tag)]
    tag: Vec<(TagField, String)>,
    /// The length, in seconds or minutes ("2:30..4:00", "..90", "10:00..").
    #[arg(long, value_name = "RANGE", value_parser = search_terms::duration)]
    duration: Option<std::ops::RangeInclusive<f64>>,
    /// Only files in this folder.
    #[arg(long, value_name = "FOLDER")]
    below: Option<PathBuf>,
    /// Songs that sound like this one, the most similar first; given several times, like all of them together. One that is not in the index is read for it.
    #[arg(long, value_name = "SONG", num_args = 1)]
    like: Vec<PathBuf>,
    #[command(flatten)]
    answers: Which,
    /// The most songs; with --like 20, otherwise all, if not given.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    limit: Option<u32>,
    #[command(flatten)]
    output: Output,
}

/// Which answers are listed, in place of those of music.
#[derive(Args)]
#[group(multiple = false)]
struct Which {
    /// Only songs of which the model is unsure.
    #[arg(long)]
    unsure: bool,
    /// What the model takes for no music.
    #[arg(long)]
    no_music: bool,
    /// Files that could not be classified, with the reason.
    #[arg(long)]
    failed: bool,
    /// Files that were found missing by a scan.
    #[arg(long)]
    missing: bool,
}

/// In which form.
#[derive(Args)]
#[group(multiple = false)]
struct Output {
    /// One JSON object a line, as `classify --json` has it, with the tags (docs/JSON.md).
    #[arg(long)]
    json: bool,
    /// A table: path, tags, seconds, genre, probability, unsure, no_music, similarity, error, and a column for each genre and attribute.
    #[arg(long)]
    csv: bool,
    /// The same table as a file for programs: NAME.parquet.
    #[arg(long, value_name = "FILE")]
    parquet: Option<PathBuf>,
    /// A playlist, in which no artist comes twice in a row where that can be: NAME.m3u8; - for standard output.
    #[arg(long, value_name = "FILE")]
    m3u: Option<PathBuf>,
}

impl Which {
    fn answers(&self) -> Answers {
        match self {
            Which { unsure: true, .. } => Answers::Unsure,
            Which { no_music: true, .. } => Answers::NoMusic,
            Which { failed: true, .. } => Answers::Failed,
            Which { missing: true, .. } => Answers::Vanished,
            _ => Answers::Music,
        }
    }
}

pub fn run(arguments: Search) -> CommandResult {
    let place = super::scan::place(arguments.index.as_deref())?;
    let index = Index::open(&place)?;
    let below = arguments.below.as_deref().map(indexed_path).transpose()?;
    if let Some(folder) = below.as_deref().filter(|folder| !folder.exists()) {
        tell(format_args!(
            "{}: there is no such folder at present",
            visible_path(folder)
        ));
    }
    let like = !arguments.like.is_empty();
    let query = Query {
        texts: arguments.texts,
        genres: arguments.genre,
        attributes: arguments.attribute,
        tags: arguments.tag,
        seconds: arguments.duration,
        below,
        answers: arguments.answers.answers(),
        limit: match (arguments.limit, like) {
            (Some(limit), _) => Some(limit as usize),
            (None, true) => Some(20),
            (None, false) => None,
        },
    };
    let hits = match like {
        false => index.search(&query)?,
        true => similar(&index, &arguments.like, &query)?,
    };
    let Output {
        json,
        csv,
        parquet,
        m3u,
    } = &arguments.output;
    if let Some(file) = m3u {
        return playlist::write(file, &hits);
    }
    if let Some(file) = parquet {
        listing::parquet(&index, file, hits)?;
        return Ok(Outcome::Done);
    }
    let mut page = Page::result();
    let count = hits.len();
    match (json, csv) {
        (true, _) => listing::json(&index, &mut page, hits)?,
        (_, true) => listing::csv(&index, &mut page, hits)?,
        _ => {
            listing::table(&mut page, &hits);
            if !page.is_lost() {
                tell(counted(count, "song", "songs"));
            }
        }
    }
    page.end(Outcome::Done)
}

/// The songs that are most similar to these.
fn similar(index: &Index, songs: &[PathBuf], query: &Query) -> Result<Vec<Hit>, Failure> {
    let mut seeds = Vec::new();
    for song in songs {
        let path = indexed_path(song)?;
        seeds.push(match index.seed(&path)? {
            Some(seed) => seed,
            None => read(index, song)?,
        });
    }
    let (hits, others) = index.similar(&seeds, query)?;
    if others > 0 {
        tell(format_args!(
            "{} of other models can't be compared; `genrenet scan --reclassify LIBRARY` classifies all by one",
            counted(others, "song", "songs")
        ));
    }
    Ok(hits)
}

/// A song that is not in the index, by the model of the last scan.
fn read(index: &Index, song: &std::path::Path) -> Result<Seed, Failure> {
    let model = index.setting("model")?;
    let model = shipped::open_or_default(model.as_deref())?;
    let embedding = embed(&model, song)
        .map_err(|error| Failure::new(format!("{}: {error}", visible_path(song))))?;
    Ok(Seed {
        song: None,
        model: model.fingerprint()?,
        embedding,
    })
}
