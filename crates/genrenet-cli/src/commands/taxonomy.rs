//! `genrenet taxonomy`: files of a person's own genres.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use genrenet::model::Bundle;
use genrenet::shipped;
use genrenet::taxonomy::{self as own, Mapped, starter};
use genrenet_text::{counted, visible, visible_path};

use crate::exit::{CommandResult, Failure, Outcome};
use crate::images::write_whole;
use crate::output::{Page, tell};

/// Your own genres: begin a taxonomy file, or check one.
///
/// A taxonomy says which of a model's genres belong to each of yours, which genres are broader ones, and which are no answer
/// (docs/TAXONOMY.md). `classify`, `tag`, `evaluate`, `report` and `audit-tags` take it as --taxonomy.
#[derive(Subcommand)]
pub enum Taxonomy {
    Init(Init),
    Check(Check),
}

/// Write a commented taxonomy file to edit, with the genres of a model as they are or those of a preset.
#[derive(Args)]
pub struct Init {
    /// The file that is written; one that is there is never overwritten.
    #[arg(default_value = "genres.toml", value_name = "FILE")]
    file: PathBuf,
    /// Begin with the ten genres of simple, or with the names and parents of beets' lastgenre.
    #[arg(long, value_enum, value_name = "PRESET", conflicts_with = "model")]
    from: Option<Preset>,
    /// The model whose genres are listed: a built-in one, or the folder of a bundle or a run; wide, if not given.
    #[arg(long, value_name = "MODEL")]
    model: Option<String>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Preset {
    Simple,
    Lastgenre,
}

/// Say which of a model's genres belong to which of yours, and what is wrong with a taxonomy file.
///
/// Exit codes: 0 all genres of the model have a place, 1 some stand nowhere and are ignored, 2 the file can't be used.
#[derive(Args)]
pub struct Check {
    /// A taxonomy file, or simple or lastgenre.
    #[arg(value_name = "TAXONOMY")]
    file: PathBuf,
    /// The model: a built-in one, or the folder of a bundle or a run; wide, if not given.
    #[arg(long, value_name = "MODEL")]
    model: Option<String>,
}

pub fn run(command: Taxonomy) -> CommandResult {
    match command {
        Taxonomy::Init(arguments) => init(&arguments),
        Taxonomy::Check(arguments) => check(&arguments),
    }
}

fn init(arguments: &Init) -> CommandResult {
    let file = &arguments.file;
    if file.symlink_metadata().is_ok() {
        return Err(Failure::new(format!(
            "{}: expected a new file, found one of this name, which is left as it is",
            visible_path(file)
        )));
    }
    let model = shipped::open_or_default(arguments.model.as_deref())?;
    let preset = arguments.from.map(|preset| match preset {
        Preset::Simple => "simple",
        Preset::Lastgenre => "lastgenre",
    });
    let text = starter(&model, preset).unwrap_or_default();
    write_whole(file, text.as_bytes())?;
    let mut page = Page::summary();
    page.line(visible_path(file));
    page.end(Outcome::Done)
}

fn check(arguments: &Check) -> CommandResult {
    let model = shipped::open_or_default(arguments.model.as_deref())?;
    let taxonomy = own::Taxonomy::open(&arguments.file)?;
    let mapped = taxonomy.map_of(&model)?;
    let mut page = Page::result();
    for line in table(&taxonomy, &model, &mapped) {
        page.line(line);
    }
    for genre in &mapped.unlisted {
        tell(format_args!(
            "{}: {genre} of {} stands nowhere and is ignored; add it to a genre, or to `ignore`",
            visible_path(Path::new(&taxonomy.name)),
            model.card.name
        ));
    }
    page.end(match mapped.unlisted.is_empty() {
        true => Outcome::Done,
        false => Outcome::SomeFailed,
    })
}

/// A line per own genre with the model's genres that belong to it, and what is ignored.
fn table(taxonomy: &own::Taxonomy, model: &Bundle, mapped: &Mapped) -> Vec<String> {
    let named: Vec<String> = taxonomy
        .genres
        .iter()
        .map(|genre| with_parents(taxonomy, &genre.name))
        .collect();
    let width = named
        .iter()
        .map(|name| name.chars().count())
        .max()
        .unwrap_or(0);
    let genres = model.model_genres();
    let placed = |wanted: Option<usize>| -> Vec<&str> {
        let places = genres.iter().zip(&mapped.map.places);
        let found = places.filter(|(_, place)| **place == wanted);
        found.map(|(genre, _)| genre.as_str()).collect()
    };
    let mut lines = vec![format!(
        "{} for {}: {} in place of {}",
        visible(&taxonomy.name),
        visible(&model.card.name),
        counted(mapped.map.genres.len(), "genre", "genres"),
        genres.len()
    )];
    for (genre, name) in taxonomy.genres.iter().zip(&named) {
        let place = mapped
            .map
            .genres
            .iter()
            .position(|other| *other == genre.name);
        let list = match place {
            Some(place) => placed(Some(place)).join(", "),
            None => "– (no genre of the model: never an answer)".to_owned(),
        };
        lines.push(format!("  {name:width$}  {list}"));
    }
    let ignored = placed(None);
    if !ignored.is_empty() {
        lines.push(format!("  {:width$}  {}", "(ignored)", ignored.join(", ")));
    }
    lines
}

/// "Techno (Dance, Electronic)".
fn with_parents(taxonomy: &own::Taxonomy, genre: &str) -> String {
    let parents: Vec<&str> = taxonomy.ancestors(genre).collect();
    let name = visible(genre);
    match parents.is_empty() {
        true => name.into_owned(),
        false => format!("{name} ({})", visible(&parents.join(", "))),
    }
}
