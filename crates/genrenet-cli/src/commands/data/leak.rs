//! `genrenet data leak`: how much too good a random split of a data set is.

use std::path::PathBuf;

use clap::Args;
use genrenet::data_audit::{LeakFigure, LeakResult, LeakSpec, measure_leak};
use genrenet_text::counted;
use serde_json::json;

use super::audit::stop_on_interrupt;
use crate::exit::{CommandResult, Outcome};
use crate::output::Page;
use crate::terminal::Terminal;

/// Measure how much too good a random split of a data set is.
///
/// The same small head (logistic regression; discriminant analysis, where there are many numbers) is measured in five folds that divide
/// artists, albums or other groups, and in five that keep them whole, drawn anew for each seed. The difference is the leak. Intervals
/// (95 %) are a bootstrap over groups of each row's mean over seeds, paired by row.
#[derive(Args)]
pub struct Leak {
    /// The data set, as `data audit` reads it; it must know artists, albums, folders or groups.
    #[arg(value_name = "DATASET")]
    data: PathBuf,
    /// How many times the folds are drawn.
    #[arg(long, default_value_t = 20, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1000))]
    seeds: u16,
    /// Only this array, such as values; otherwise each that the data set has.
    #[arg(long, value_name = "NAME")]
    array: Option<String>,
    /// One JSON object instead of text (docs/JSON.md).
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: &Leak) -> CommandResult {
    let spec = LeakSpec {
        seeds: arguments.seeds.into(),
        array: arguments.array.clone(),
    };
    let stop = stop_on_interrupt();
    let found = measure_leak(&arguments.data, &spec, &stop, &Terminal::default())?;
    let mut page = Page::result();
    match arguments.json {
        true => {
            let mut value = json!(found);
            value["schema"] = json!(1);
            page.json(&value);
        }
        false => lines(&found).iter().for_each(|line| page.line(line)),
    }
    page.end(Outcome::Done)
}

fn lines(found: &LeakResult) -> Vec<String> {
    let mut lines = vec![format!(
        "{}: {} by {}, folds drawn {}",
        found.data,
        counted(found.groups, "group", "groups"),
        found.grouped_by,
        counted(found.seeds as usize, "time", "times")
    )];
    for gap in &found.gaps {
        lines.push(format!(
            "{}, {}:",
            gap.features,
            counted(gap.rows, "row", "rows")
        ));
        lines.push(format!("  random folds   top-1 {}", percent(&gap.random)));
        lines.push(format!("  grouped folds  top-1 {}", percent(&gap.grouped)));
        lines.push(format!(
            "  the leak       {} points ({:+.1} to {:+.1}; deviation over seeds {:.1})",
            signed(gap.gap.value),
            100.0 * gap.gap.low,
            100.0 * gap.gap.high,
            100.0 * gap.deviation_over_seeds
        ));
        if let Some(official) = &gap.official {
            lines.push(format!("  official split top-1 {}", percent(official)));
        }
    }
    lines
}

fn signed(share: f64) -> String {
    format!("{:+.1}", 100.0 * share)
}

fn percent(figure: &LeakFigure) -> String {
    format!(
        "{:.1} % ({:.1}–{:.1})",
        100.0 * figure.value,
        100.0 * figure.low,
        100.0 * figure.high
    )
}
