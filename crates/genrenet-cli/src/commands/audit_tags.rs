//! `genrenet audit-tags`: what is odd about the genre tags of a library.

use std::ops::ControlFlow;
use std::path::PathBuf;

use clap::Args;
use genrenet::library::audit::{Comparison, Disagreement, Spelling, Spellings, Worst};
use genrenet::taxonomy::Taxonomy;
use genrenet::{Audit, AuditedSong, Songs, shipped};
use genrenet_text::{counted, csv_cell, path_text, percent, visible, visible_path};
use serde_json::{Value, json};

use crate::exit::{CommandResult, Failure, Outcome};
use crate::output::{Page, tell, warn};
use crate::progress::Progress;

/// Unknown genres that are listed as text.
const UNKNOWN: usize = 10;

/// List songs whose genre tag and sound disagree most, and spelling variants of one genre.
///
/// Only sure answers count, and a broader or narrower genre than the tag's is no disagreement. The score is the probability of the
/// answer minus that of the tagged genre. Nothing is written; a song without a genre tag is not decoded.
#[derive(Args)]
pub struct AuditTags {
    /// Files, folders (searched for songs), or - for a list of paths on stdin.
    #[arg(required = true, value_name = "LIBRARY")]
    paths: Vec<PathBuf>,
    /// How many songs are listed, those that disagree most first.
    #[arg(long, default_value_t = 20, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    top: u16,
    /// A built-in model, or the folder of a bundle or a run; wide, if not given.
    #[arg(long, value_name = "MODEL")]
    model: Option<String>,
    /// The genres in which tags and answers are compared: a taxonomy file, or simple or lastgenre; the model's own, if not given.
    #[arg(long, value_name = "TAXONOMY")]
    taxonomy: Option<PathBuf>,
    /// One JSON object instead of text (docs/JSON.md).
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// A table of the songs: path, tag, tagged (its genre), its probability, genre (the answer), its probability, score.
    #[arg(long)]
    csv: bool,
}

/// What was counted.
#[derive(Default)]
struct Counts {
    agree: usize,
    disagree: usize,
    unsure: usize,
    no_music: usize,
    unknown: usize,
    no_tag: usize,
    failed: usize,
}

pub fn run(arguments: &AuditTags) -> CommandResult {
    let model = shipped::open_or_default(arguments.model.as_deref())?;
    let taxonomy = arguments.taxonomy.as_deref().map(Taxonomy::open);
    let audit = Audit::new(model, taxonomy.transpose()?)?;
    let mut counts = Counts::default();
    let mut spellings = Spellings::default();
    let mut worst = Worst::new(arguments.top.into());
    let progress = Progress::over("files", None);
    let songs = Songs::new(arguments.paths.clone(), std::io::stdin().lock());
    progress.count_ahead(songs.ahead());
    audit.songs(
        songs,
        |path| progress.now(visible_path(path)),
        |AuditedSong { path, result }| {
            progress.one_more();
            match result {
                Ok((tags, comparison)) => {
                    tags.iter().for_each(|tag| spellings.add(tag));
                    count(&mut counts, &mut worst, path, tags, comparison);
                }
                Err(error) => {
                    counts.failed += 1;
                    warn(&path, error);
                }
            }
            ControlFlow::Continue(())
        },
    );
    drop(progress);
    let all = counts.list().iter().map(|(count, _)| count).sum::<usize>();
    if all == 0 {
        return Err(Failure::new("no songs found in the paths given"));
    }
    let found = Found {
        worst: worst.into_sorted(),
        variants: spellings.variants(),
        unknown: spellings.unknown(&audit.taxonomy),
    };
    let mut page = Page::result();
    match (arguments.json, arguments.csv) {
        (true, _) => page.json(&found.to_json(&audit, &counts)),
        (_, true) => found.rows().into_iter().for_each(|row| page.row(row)),
        _ => found.text().into_iter().for_each(|line| page.line(line)),
    }
    if !page.is_lost() {
        let list = counts.list().into_iter().filter(|(count, _)| *count > 0);
        let list: Vec<String> = list
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
        tell(format_args!(
            "{}: {}",
            counted(all, "song", "songs"),
            list.join(", ")
        ));
    }
    page.end(match counts.failed {
        0 => Outcome::Done,
        failed if failed == all => Outcome::NothingDone,
        _ => Outcome::SomeFailed,
    })
}

/// Counts a song, and keeps it where it disagrees.
fn count(
    counts: &mut Counts,
    worst: &mut Worst,
    path: PathBuf,
    tags: Vec<String>,
    comparison: Comparison,
) {
    *match comparison {
        Comparison::Agrees => &mut counts.agree,
        Comparison::Unsure => &mut counts.unsure,
        Comparison::NoMusic => &mut counts.no_music,
        Comparison::UnknownTag => &mut counts.unknown,
        Comparison::NoTag => &mut counts.no_tag,
        Comparison::Disagrees {
            tagged,
            tagged_probability,
            genre,
            probability,
        } => {
            worst.add(Disagreement {
                path,
                tags,
                tagged,
                tagged_probability,
                genre,
                probability,
            });
            &mut counts.disagree
        }
    } += 1;
}

impl Counts {
    fn list(&self) -> [(usize, &'static str); 7] {
        [
            (self.disagree, "disagree"),
            (self.agree, "agree"),
            (self.unsure, "unsure"),
            (self.no_music, "no music"),
            (self.unknown, "with an unknown genre"),
            (self.no_tag, "without a genre"),
            (self.failed, "failed"),
        ]
    }
}

/// What is shown.
struct Found {
    worst: Vec<Disagreement>,
    variants: Vec<Vec<Spelling>>,
    unknown: Vec<Spelling>,
}

impl Found {
    fn text(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for song in &self.worst {
            let percent = |p: f32| format!("{:.1} %", 100.0 * p);
            lines.push(format!(
                "{}: tagged {} ({}), sounds like {} ({})",
                visible_path(&song.path),
                visible(&song.tags.join("; ")),
                percent(song.tagged_probability),
                visible(&song.genre),
                percent(song.probability)
            ));
        }
        for variants in &self.variants {
            lines.push(format!(
                "one genre in {} spellings: {}",
                variants.len(),
                listed(variants)
            ));
        }
        if !self.unknown.is_empty() {
            let more = self.unknown.len().saturating_sub(UNKNOWN);
            let shown = &self.unknown[..self.unknown.len() - more];
            let more = match more {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            lines.push(format!(
                "genres that are not known: {}{more}",
                listed(shown)
            ));
        }
        lines
    }

    fn rows(&self) -> Vec<Vec<String>> {
        let header = [
            "path",
            "tag",
            "tagged",
            "tagged_probability",
            "genre",
            "probability",
            "score",
        ];
        let mut rows = vec![header.map(str::to_owned).to_vec()];
        rows.extend(self.worst.iter().map(|song| {
            vec![
                csv_cell(&visible_path(&song.path)).into_owned(),
                csv_cell(&song.tags.join("; ")).into_owned(),
                csv_cell(&song.tagged).into_owned(),
                format!("{:.4}", song.tagged_probability),
                csv_cell(&song.genre).into_owned(),
                format!("{:.4}", song.probability),
                format!("{:.4}", song.score()),
            ]
        }));
        rows
    }

    fn to_json(&self, audit: &Audit, counts: &Counts) -> Value {
        let songs = self.worst.iter().map(|song| {
            let mut one = json!({
                "path": path_text(&song.path),
                "tags": song.tags,
                "tagged": song.tagged,
                "tagged_probability": song.tagged_probability,
                "genre": song.genre,
                "probability": song.probability,
                "score": song.score(),
            });
            if let Some(bytes) = percent(&song.path) {
                one["path_bytes"] = json!(bytes);
            }
            one
        });
        let spellings = |list: &[Spelling]| -> Value {
            list.iter()
                .map(|one| json!({"text": one.text, "tags": one.tags}))
                .collect()
        };
        json!({
            "schema": genrenet::JSON_SCHEMA,
            "model": audit.model.card.name,
            "model_version": audit.model.card.version,
            "taxonomy": audit.taxonomy.name,
            "songs": songs.collect::<Value>(),
            "variants": self.variants.iter().map(|list| spellings(list)).collect::<Value>(),
            "unknown": spellings(&self.unknown),
            "counts": {
                "disagree": counts.disagree,
                "agree": counts.agree,
                "unsure": counts.unsure,
                "no_music": counts.no_music,
                "unknown": counts.unknown,
                "no_tag": counts.no_tag,
                "failed": counts.failed,
            },
        })
    }
}

/// "Hip-Hop (12), hip hop (3)".
fn listed(spellings: &[Spelling]) -> String {
    let each = spellings
        .iter()
        .map(|one| format!("{} ({})", visible(&one.text), one.tags));
    each.collect::<Vec<_>>().join(", ")
}
