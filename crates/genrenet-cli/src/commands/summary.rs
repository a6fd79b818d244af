//! `genrenet summary`: the layers of a network.

use std::path::Path;

use clap::Args;
use genrenet::datasets::{Untrained, untrained};
use genrenet::model::Member;
use genrenet::shipped;
use genrenet::train::Recipe;
use serde_json::json;

use crate::exit::{CommandResult, Failure, Outcome};
use crate::output::{Page, tell};

/// Show a network's layers: output shapes, weights, multiply-adds, memory.
#[derive(Args)]
pub struct Summary {
    /// A recipe (configs/*.toml), the folder of a bundle or run, or a built-in model.
    #[arg(value_name = "CONFIG_OR_BUNDLE")]
    of: String,
    /// Change a recipe's value first, as in train.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    changes: Vec<String>,
    /// One JSON object instead of a table.
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: Summary) -> CommandResult {
    let mut backbone = None;
    let members = if Path::new(&arguments.of).is_file() {
        let recipe = Recipe::load_with(Path::new(&arguments.of), &arguments.changes)?;
        let Untrained { member, assumed } = untrained(&recipe)?;
        if let Some(genres) = assumed {
            tell(format_args!(
                "the data, which give the number of genres, are not available: {genres} are assumed here (--set 'data.genres=[\"a\", \"b\"]' names others)"
            ));
        }
        vec![member]
    } else if arguments.changes.is_empty() {
        let bundle = shipped::open_or_default(Some(&arguments.of))?;
        backbone = bundle.backbone.map(|backbone| backbone.network);
        bundle.members
    } else {
        return Err(Failure::new(
            "--set changes recipes; the layers of a bundle can't be changed",
        ));
    };
    let mut page = Page::result();
    if arguments.json {
        let described = |member: &Member| json!({"member": member.name, "weights": weights(member), "layers": member.network.summary()});
        let members: Vec<_> = members.iter().map(described).collect();
        let mut summary = json!({"members": members});
        if let Some(backbone) = &backbone {
            summary["backbone"] = described(backbone);
        }
        page.json(&summary);
        return page.end(Outcome::Done);
    }
    for (index, member) in members.iter().enumerate() {
        if index > 0 {
            page.line("");
        }
        print(member, &member.name, "clip", &mut page);
    }
    if let Some(backbone) = &backbone {
        let title = format!("backbone {}, whose layer the networks read", backbone.name);
        page.line("");
        print(backbone, &title, "segment", &mut page);
    }
    page.end(Outcome::Done)
}

fn weights(member: &Member) -> u64 {
    member.network.summary().iter().map(|row| row.weights).sum()
}

/// Prints the layers of a network that is run once for each `unit`.
fn print(member: &Member, title: &str, unit: &str, page: &mut Page) {
    let rows = member.network.summary();
    let shape = |shape: &[usize]| {
        shape
            .iter()
            .map(usize::to_string)
            .collect::<Vec<_>>()
            .join(" × ")
    };
    let name_width = rows
        .iter()
        .map(|row| row.name.len())
        .max()
        .unwrap_or(0)
        .max(5);
    let kind_width = rows
        .iter()
        .map(|row| row.kind.len())
        .max()
        .unwrap_or(0)
        .max(4);
    let shape_width = rows
        .iter()
        .map(|row| shape(&row.output_shape).chars().count())
        .max()
        .unwrap_or(0)
        .max(12);
    page.line(title);
    page.line(format_args!(
        "{:name_width$}  {:kind_width$}  {:shape_width$}  {:>12}  {:>14}  {:>10}",
        "layer", "kind", "output shape", "weights", "multiply-adds", "memory"
    ));
    for row in &rows {
        page.line(format_args!(
            "{:name_width$}  {:kind_width$}  {:shape_width$}  {:>12}  {:>14}  {:>10}",
            row.name,
            row.kind,
            shape(&row.output_shape),
            grouped(row.weights),
            grouped(row.multiply_adds),
            bytes(row.activation_bytes)
        ));
    }
    let total = |of: fn(&genrenet::model::SummaryRow) -> u64| rows.iter().map(of).sum::<u64>();
    page.line("");
    page.line(format_args!(
        "{} weights ({}), {} multiply-adds and {} of activations for one {unit}",
        grouped(total(|row| row.weights)),
        bytes(4 * total(|row| row.weights)),
        grouped(total(|row| row.multiply_adds)),
        bytes(total(|row| row.activation_bytes))
    ));
}

/// A number with thin spaces between thousands.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(' ');
        }
        out.push(digit);
    }
    out
}

fn bytes(number: u64) -> String {
    match number {
        0..1_000 => format!("{number} B"),
        1_000..1_000_000 => format!("{:.1} kB", number as f64 / 1e3),
        _ => format!("{:.1} MB", number as f64 / 1e6),
    }
}
