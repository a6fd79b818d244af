//! `genrenet models`: the built-in models.

use clap::Args;
use genrenet::model::Bundle;
use genrenet::shipped;

use crate::exit::{CommandResult, Outcome};
use crate::output::Page;

/// List the built-in models: what each reads, its genres, licence and size.
///
/// Each name can be given wherever a bundle is expected: `classify --model NAME`, `summary NAME`, `train.start_from = "NAME"` in
/// a recipe.
#[derive(Args)]
pub struct Models {
    /// One JSON object a line.
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: Models) -> CommandResult {
    let mut page = Page::result();
    for name in shipped::names() {
        let model = shipped::load(name)?;
        if arguments.json {
            page.json(&shipped::to_json(name, &model));
            continue;
        }
        let mark = match name == shipped::DEFAULT {
            true => " (used where none is named)",
            false => "",
        };
        page.line(format_args!("{name}{mark}"));
        page.line(format_args!("  reads    {}", reads(&model)));
        page.line(format_args!("  genres   {}", genres(&model).join(", ")));
        let beside = attributes(&model);
        if !beside.is_empty() {
            page.line(format_args!("  also     {}", beside.join(", ")));
        }
        page.line(format_args!("  licence  {}", model.card.license));
        let networks = match model.members.len() {
            1 => "one network".to_owned(),
            n => format!("{n} networks, averaged"),
        };
        page.line(format_args!(
            "  size     {} weights in {networks}; {:.1} MB",
            model.weights(),
            megabytes(name)
        ));
    }
    page.end(Outcome::Done)
}

/// The genres, each with its broader one.
fn genres(model: &Bundle) -> Vec<String> {
    let named = |genre: &String| match model.parents.get(genre) {
        Some(parent) => format!("{genre} ({parent})"),
        None => genre.clone(),
    };
    model.genres.iter().map(named).collect()
}

/// Names of what is said beside the genre.
fn attributes(model: &Bundle) -> Vec<&str> {
    let attributes = model.attributes().iter();
    attributes.map(|attribute| &*attribute.name).collect()
}

fn reads(model: &Bundle) -> String {
    match model.front_end {
        Some(_) => "audio files".to_owned(),
        None => format!(
            "tables (CSV, TSV) with the columns {}",
            model.columns().join(", ")
        ),
    }
}

fn megabytes(name: &str) -> f64 {
    shipped::bytes(name) as f64 / 1e6
}
