//! `genrenet classify`: names the genre of songs.

use std::borrow::Cow;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use clap::Args;
use genrenet::model::{Attribute, Bundle, Calibration, Prediction};
use genrenet::parts::classify_part;
use genrenet::taxonomy::{Taxonomy, regrouped_by};
use genrenet::{Answer, Songs, shipped};
use genrenet_text::{counted, csv_cell, visible, visible_path};

use super::html_page::HtmlPage;
use super::part::{self, Manifest};
use crate::exit::{CommandResult, Failure, Outcome};
use crate::output::{Page, tell, warn};
use crate::progress::Progress;
use crate::terminal::Terminal;

/// Name the genres of songs.
///
/// Prints a line per song, in the order given: the top genres with probabilities, or "unsure" and the same where the top
/// one is below the model's threshold, or "no music" where the model takes the sound for speech, noise or a test tone. The
/// default model reads twelve segments of 3 s spread over the song; a song of under 6 s is never sure. Songs under 1 s are
/// refused.
#[derive(Args)]
pub struct Classify {
    /// Files, folders (searched for songs; pictures, texts and hidden files are skipped), or - for a list of paths on stdin.
    #[arg(required_unless_present = "manifest", value_name = "PATH")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    manifest: Manifest,
    /// With --manifest, the file that is written, NAME.parquet: path, seconds, genre (the top one) and its probability, unsure, no_music,
    /// what the table says, model and version, error, then a column per genre and per attribute (docs/JSON.md).
    #[arg(long, requires = "manifest", conflicts_with_all = ["json", "csv", "html", "attributes"], value_name = "FILE")]
    out: Option<PathBuf>,
    /// How many genres are listed.
    #[arg(long, default_value_t = 3, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    top: u16,
    /// A built-in model (`genrenet models`: wide, fma8, gtzan10, echonest12, msd50), or the folder of a bundle or a
    /// run; wide, if not given.
    #[arg(long, value_name = "MODEL")]
    model: Option<String>,
    /// Your own genres in place of the model's: a taxonomy file (`genrenet taxonomy init`), or simple or lastgenre.
    #[arg(long, value_name = "TAXONOMY")]
    taxonomy: Option<PathBuf>,
    /// Leave out a genre whose probability is below this share of the top one's.
    #[arg(long, default_value_t = 0.0, value_name = "SHARE", value_parser = share)]
    min_ratio: f32,
    /// Also what is said beside the genre: attributes that hold ("instrumental"), and the probabilities of those without a
    /// threshold. --json has them always.
    #[arg(long, conflicts_with = "json")]
    attributes: bool,
    /// One JSON object a line: the path, the model with its version, all genres in falling order (docs/JSON.md).
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// A table: path, seconds, unsure, genre (the top one, also where it is unsure), then a column per genre, with
    /// --attributes one per attribute (its probability), no_music from models that tell it, and error.
    #[arg(long)]
    csv: bool,
    /// Also a page of all songs, one HTML file: genres, a map of similar songs, where genre tags and sound disagree, what failed.
    #[arg(long, value_name = "PAGE")]
    pub html: Option<PathBuf>,
}

pub(super) fn share(text: &str) -> Result<f32, String> {
    text.parse()
        .ok()
        .filter(|value| (0.0..=1.0).contains(value))
        .ok_or_else(|| "expected a number from 0 to 1".to_owned())
}

pub fn run(arguments: Classify) -> CommandResult {
    let model = shipped::open_or_default(arguments.model.as_deref())?;
    let taxonomy = arguments.taxonomy.as_deref().map(Taxonomy::open);
    let taxonomy = taxonomy.transpose()?;
    let model = match &taxonomy {
        Some(taxonomy) => regrouped_by(model, taxonomy)?,
        None => model,
    };
    if arguments.manifest.manifest.is_some() {
        let out = arguments.out.as_deref();
        let out =
            out.ok_or_else(|| Failure::new("--manifest: expected --out NAME.parquet as well"))?;
        let Some(job) = arguments.manifest.job(out) else {
            return Ok(Outcome::NothingDone);
        };
        return part::end(&job, classify_part(&model, &job, &Terminal::default()));
    }
    if arguments.attributes && model.attributes().is_empty() {
        return Err(Failure::new(format!(
            "--attributes: expected a model with attributes, such as {}; {} has none",
            shipped::DEFAULT,
            visible(&model.card.name)
        )));
    }
    let mut html = match &arguments.html {
        Some(path) => Some(HtmlPage::begin(path, &arguments.paths, &model, taxonomy)?),
        None => None,
    };
    let progress = Progress::over(
        match model.front_end {
            Some(_) => "files",
            None => "rows",
        },
        None,
    );
    let mut listing = Listing::new(&arguments, &model, &progress);
    if model.front_end.is_none() {
        genrenet::classify_table(&model, &arguments.paths, |answer| listing.add(&answer));
        return listing.end();
    }
    let songs = Songs::new(arguments.paths.clone(), std::io::stdin().lock());
    progress.count_ahead(songs.ahead());
    let begun = |path: &PathBuf| progress.now(visible_path(path));
    match &mut html {
        Some(html) => html
            .page
            .classify_all(songs, begun, |answer| listing.add(&answer)),
        None => genrenet::classify_all(&model, songs, begun, |answer| listing.add(&answer)),
    }
    let outcome = listing.end()?;
    Ok(match html {
        Some(html) => html.end(outcome),
        None => outcome,
    })
}

/// The output as it grows.
struct Listing<'a> {
    model: &'a Bundle,
    /// Those that are to be listed.
    attributes: &'a [Attribute],
    arguments: &'a Classify,
    page: Page,
    progress: &'a Progress,
    done: usize,
    sure: usize,
    unsure: usize,
    no_music: usize,
    failed: usize,
}

impl<'a> Listing<'a> {
    fn new(arguments: &'a Classify, model: &'a Bundle, progress: &'a Progress) -> Listing<'a> {
        let mut page = match arguments.html {
            Some(_) => Page::summary(),
            None => Page::result(),
        };
        let attributes = match arguments.attributes {
            true => model.attributes(),
            false => &[],
        };
        if arguments.csv {
            let fixed = ["path", "seconds", "unsure", "genre"].map(Cow::Borrowed);
            let genres = model.genres.iter().map(|genre| csv_cell(genre));
            let attributes = attributes.iter();
            page.row(
                fixed
                    .into_iter()
                    .chain(genres)
                    .chain(attributes.map(|attribute| csv_cell(&attribute.name)))
                    .chain(model.guard().is_some().then_some("no_music".into()))
                    .chain(["error".into()])
                    .map(Cow::into_owned),
            );
        }
        Listing {
            model,
            attributes,
            arguments,
            page,
            progress,
            done: 0,
            sure: 0,
            unsure: 0,
            no_music: 0,
            failed: 0,
        }
    }

    /// Adds a song; breaks where nothing more can be written.
    fn add(&mut self, answer: &Answer) -> ControlFlow<()> {
        self.progress.one_more();
        match &answer.result {
            Ok(song) => {
                self.done += 1;
                let prediction = &song.prediction;
                *match (prediction.no_music, prediction.unsure) {
                    (true, _) => &mut self.no_music,
                    (false, true) => &mut self.unsure,
                    (false, false) => &mut self.sure,
                } += 1;
            }
            Err(error) => {
                self.failed += 1;
                warn(&answer.path, error);
            }
        }
        if self.arguments.json {
            self.page.json(&answer.to_json(self.model));
        } else if self.arguments.csv {
            let row = self.row_of(answer);
            self.page.row(&row);
        } else if let Ok(song) = &answer.result {
            let line = self.line_of(&answer.path, &song.prediction);
            self.page.line(line);
        }
        match self.page.is_lost() && self.arguments.html.is_none() {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    }

    fn row_of(&self, answer: &Answer) -> Vec<String> {
        let mut row = vec![csv_cell(&visible_path(&answer.path)).into_owned()];
        match &answer.result {
            Ok(song) => {
                let prediction = &song.prediction;
                row.push(match song.seconds > 0.0 {
                    true => format!("{:.3}", song.seconds),
                    false => String::new(),
                });
                row.push(prediction.unsure.to_string());
                let genre = &self.model.genres[prediction.ranking[0]];
                row.push(csv_cell(genre).into_owned());
                let attributes = self.attributes.iter().zip(&prediction.attributes);
                let attributes = attributes.map(|(_, answer)| &answer.probability);
                let probabilities = prediction.probabilities.iter().chain(attributes);
                row.extend(probabilities.map(|p| format!("{p:.4}")));
                row.extend(
                    self.model
                        .guard()
                        .is_some()
                        .then(|| prediction.no_music.to_string()),
                );
                row.push(String::new());
            }
            Err(error) => {
                let columns = 4 + self.model.genres.len() + self.attributes.len();
                let columns = columns + usize::from(self.model.guard().is_some());
                row.resize(columns, String::new());
                row.push(csv_cell(&error.to_string()).into_owned());
            }
        }
        row
    }

    fn line_of(&self, path: &Path, prediction: &Prediction) -> String {
        let least = prediction.probabilities[prediction.ranking[0]] * self.arguments.min_ratio;
        let listed: Vec<String> = prediction
            .ranking
            .iter()
            .take(self.arguments.top.into())
            .filter(|&&genre| prediction.probabilities[genre] >= least)
            .map(|&genre| {
                format!(
                    "{} {:.1} %",
                    self.model.genres[genre],
                    100.0 * prediction.probabilities[genre]
                )
            })
            .collect();
        let listed = listed.join(", ");
        let line = match (prediction.no_music, prediction.unsure) {
            (true, _) => format!("{}: no music ({listed})", visible_path(path)),
            (false, true) => format!("{}: unsure ({listed})", visible_path(path)),
            (false, false) => format!("{}: {listed}", visible_path(path)),
        };
        let said = self.attributes.iter().zip(&prediction.attributes);
        let said = said.filter_map(|(attribute, answer)| match answer.holds {
            Some(true) => Some(visible(&attribute.name).into_owned()),
            Some(false) => None,
            None => Some(format!(
                "{} {:.1} %",
                visible(&attribute.name),
                100.0 * answer.probability
            )),
        });
        let said: Vec<String> = said.collect();
        match said.is_empty() {
            true => line,
            false => format!("{line}; {}", said.join(", ")),
        }
    }

    /// Sums up on stderr where there was more than one song.
    fn end(self) -> CommandResult {
        let all = self.done + self.failed;
        if all == 0 {
            return Err(Failure::new("no songs found in the paths given"));
        }
        if all > 1 && !self.page.is_lost() {
            let calibration = &self.model.calibration;
            let sure = match calibration.unsure_below > 0.0 || self.model.guard().is_some() {
                true => "sure",
                false => "named",
            };
            let mut counts = vec![(self.sure, sure), (self.unsure, "unsure")];
            counts.extend([(self.no_music, "no music"), (self.failed, "failed")]);
            let counts: Vec<String> = counts
                .into_iter()
                .filter(|(count, _)| *count > 0)
                .map(|(count, what)| format!("{count} {what}"))
                .collect();
            let all = match self.model.front_end {
                Some(_) => counted(all, "song", "songs"),
                None => counted(all, "row", "rows"),
            };
            let mut line = format!("{all}: {}", counts.join(", "));
            // What was measured is of the model's own genres.
            let own = self.model.taxonomy().is_none();
            if self.done > 0 && calibration.unsure_below > 0.0 && own {
                line += &format!(" ({})", as_measured(calibration));
            }
            tell(line);
        }
        self.page.end(match (self.done, self.failed) {
            (_, 0) => Outcome::Done,
            (0, _) => Outcome::NothingDone,
            _ => Outcome::SomeFailed,
        })
    }
}

/// How often the model was sure, and right when it was, where that was measured.
fn as_measured(calibration: &Calibration) -> String {
    let percent = |share: f32| format!("{:.0} %", 100.0 * share);
    let sure = percent(calibration.coverage);
    let on = visible(&calibration.fitted_on);
    match calibration.precision {
        _ if calibration.coverage <= 0.0 => {
            format!("measured on {on}: no answer was sure enough to be given")
        }
        Some(right) => {
            format!(
                "measured on {on}: {sure} sure, {} of these right",
                percent(right)
            )
        }
        None => format!(
            "measured on {on}: {sure} sure, at a threshold chosen so that {} of these are right",
            percent(calibration.target_precision)
        ),
    }
}
