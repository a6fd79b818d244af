//! Gathers from a run's folder (or a bundle) what its report shows. What can't be had is marked as missing, with the reason.

mod answers;
mod evaluations;
mod parts;

use std::cell::Cell;
use std::path::{Path, PathBuf};

use crate::data::Split;
use crate::model::{Bundle, Card, Figure};
use crate::report::{Claim, DataContext, Epoch, History, LayerContext, Part, RunContext};
use crate::train::environment::Environment;
use crate::train::recipe::Keep;
use crate::train::{OnLearned, Recipe, history};
use genrenet_text::counted;

use self::answers::answers;
pub use self::parts::of_run;
use crate::datasets::RunData;
pub use crate::explain::explanation;
use crate::taxonomy::regrouped;
use crate::{Error, Progress, datasets, shipped};

/// Most bytes of a text of a run that is read for its report.
const SHOWN_BYTES: u64 = 4 << 20;

/// What a report is to show of a run.
pub struct Wanted<'a> {
    /// The subsets whose figures are shown, most important first.
    pub subsets: &'a [Split],
    /// Other data than the run's recipe names.
    pub data: Option<&'a Path>,
    /// Own genres in place of the models': a preset's name or a file, as [`taxonomy::regrouped`](crate::taxonomy::regrouped) takes it.
    pub taxonomy: Option<&'a Path>,
    /// What is done where rows that shall be measured were learned.
    pub on_learned: OnLearned,
    /// Counts the files that could not be read or decoded.
    pub unread: Cell<usize>,
    /// Follows the work.
    pub progress: &'a dyn Progress,
}

/// Gathers the facts of a single run's folder, a bundle's, or a built-in model.
fn of_one(run: &str, wanted: &Wanted<'_>) -> Result<RunContext, Error> {
    let folder = Path::new(run);
    let recipe = of_file(&folder.join("recipe.toml"), Recipe::load);
    let bundle = shipped::open(folder).map_err(|error| error.to_string());
    let bundle = bundle.map(|bundle| regrouped(bundle, wanted.taxonomy));
    let bundle = bundle.map_or_else(|why| Ok(Err(why)), |bundle| bundle.map(Ok))?;
    if let (Err(no_recipe), Err(no_bundle)) = (&recipe, &bundle)
        && !folder.join("history.jsonl").is_file()
    {
        return Err(Error::NoRun {
            run: folder.to_path_buf(),
            recipe: no_recipe.clone(),
            bundle: no_bundle.clone(),
        });
    }
    // A bundle without a run around it.
    let lone = bundle.is_ok()
        && ["recipe.toml", "history.jsonl", "environment.json"]
            .iter()
            .all(|file| !folder.join(file).exists());
    let opened = open(folder, &recipe, bundle.as_ref().ok(), wanted);
    let unread = opened.as_ref().map_or(0, |data| data.unread);
    wanted.unread.set(wanted.unread.get() + unread);
    let genres = match (&bundle, &opened) {
        (Ok(bundle), _) => bundle.genres.clone(),
        (_, Ok(data)) => data.dataset.genres.clone(),
        _ => Vec::new(),
    };
    let mut facts = RunContext::new(
        name(folder, recipe.as_ref().ok(), bundle.as_ref().ok()),
        genres,
    );
    let environment = of_file(&folder.join("environment.json"), Environment::read);
    if let Ok(recipe) = &recipe {
        facts.about = recipe.about.trim().to_owned();
        facts.seed = Some(recipe.train.seed);
    }
    if let Ok(environment) = &environment {
        facts.versions = versions(environment);
    }
    facts.config = match &recipe {
        Ok(recipe) => match recipe.to_toml() {
            Ok(text) => Part::Available(text),
            Err(error) => Part::Missing(error.to_string()),
        },
        // A recipe of another version of the program is shown as it is.
        Err(why) => match genrenet_files::read_text(&folder.join("recipe.toml"), SHOWN_BYTES) {
            Ok(text) => {
                Part::Available(format!("# can't be read by this program: {why}\n\n{text}"))
            }
            Err(_) if lone => {
                Part::Missing("a bundle has no recipe, only the folder of its run".into())
            }
            Err(_) => Part::Missing(why.clone()),
        },
    };
    facts.history = match epochs(folder, recipe.as_ref().ok()) {
        Err(_) if lone => {
            let why = "a bundle has no history of its training, only the folder of its run has";
            Part::Missing(why.into())
        }
        history => available(history),
    };
    facts.seconds = history::read(&folder.join("history.jsonl"))
        .ok()
        .map(|epochs| epochs.iter().map(|epoch| epoch.seconds).sum());
    let card = bundle.as_ref().ok().map(|bundle| &bundle.card);
    facts.data = available(data(&opened, environment.as_ref().ok(), card));
    match bundle {
        Ok(bundle) => {
            if !bundle.card.command.is_empty() {
                facts.command = Some(bundle.card.command.clone());
            }
            if facts.about.is_empty() {
                facts.about.clone_from(&bundle.card.description);
            }
            facts.network = Part::Available(layers(&bundle));
            let calibration = &bundle.calibration;
            facts.calibrated_on = calibration
                .was_fitted()
                .then(|| calibration.fitted_on.clone());
            // What the card says is of the model's own genres.
            if wanted.taxonomy.is_none() {
                facts.claims = bundle.card.figures.iter().map(claim).collect();
            }
            if lone {
                facts.warnings.clone_from(&bundle.card.notes);
            }
            match &opened {
                Ok(data) => answers(&mut facts, &bundle, recipe.as_ref().ok(), data, wanted),
                Err(why) => {
                    let why = format!("its data are not available: {why}");
                    facts.hidden = Part::Missing(why.clone());
                    facts.clips = Part::Missing(why);
                }
            }
        }
        Err(why) => {
            facts.hidden = Part::Missing(why.clone());
            facts.network = Part::Missing(why.clone());
            facts.clips = Part::Missing(why);
        }
    }
    Ok(facts)
}

fn available<T>(piece: Result<T, String>) -> Part<T> {
    piece.map_or_else(Part::Missing, Part::Available)
}

/// Reads a file of the run; the reason names a file that is not there.
fn of_file<T, E: std::fmt::Display>(
    path: &Path,
    read: impl FnOnce(&Path) -> Result<T, E>,
) -> Result<T, String> {
    if path.is_file() {
        read(path).map_err(|error| error.to_string())
    } else {
        Err(format!("there is no {}", path.display()))
    }
}

fn name(folder: &Path, recipe: Option<&Recipe>, bundle: Option<&Bundle>) -> String {
    let of_folder = || {
        let name = folder.file_name().unwrap_or(folder.as_os_str());
        name.to_string_lossy().into_owned()
    };
    recipe
        .map(|recipe| recipe.name.clone())
        .or_else(|| bundle.map(|bundle| bundle.card.name.clone()))
        .filter(|name| !name.is_empty())
        .unwrap_or_else(of_folder)
}

fn open(
    folder: &Path,
    recipe: &Result<Recipe, String>,
    bundle: Option<&Bundle>,
    wanted: &Wanted<'_>,
) -> Result<RunData, String> {
    let (path, progress) = (wanted.data, wanted.progress);
    let opened = match (recipe, bundle, path) {
        (Ok(recipe), _, _) => datasets::of_run(folder, recipe, bundle, path, progress),
        (Err(_), Some(bundle), Some(path)) => datasets::for_bundle(bundle, path, progress),
        (Err(why), _, _) if folder.join("recipe.toml").is_file() => return Err(why.clone()),
        (Err(_), None, _) => return Err("there is neither a recipe nor a bundle".into()),
        (Err(_), Some(_), None) => {
            return Err(
                "a bundle doesn't record where its data are; name them with --data PATH".into(),
            );
        }
    };
    let mut opened = opened.map_err(|error| error.to_string())?;
    let dataset = &mut opened.dataset;
    let of_bundle = bundle.and_then(|bundle| Some((bundle.front_end?, bundle.backbone.as_ref())));
    let failed = match (of_bundle, recipe) {
        (Some((front_end, backbone)), _) => {
            datasets::compute_features(dataset, &front_end, backbone, None, progress)
        }
        (None, Ok(recipe)) => datasets::compute_features_of(recipe, dataset, None, progress),
        (None, Err(_)) => Ok(0),
    };
    opened.unread += failed.map_err(|e| e.to_string())?;
    if opened.unread > 0 {
        let note = counted(
            opened.unread,
            "file could not be read",
            "files could not be read",
        );
        opened.dataset.notes.push(note);
    }
    Ok(opened)
}

fn versions(environment: &Environment) -> Vec<(String, String)> {
    let mut list = vec![
        ("Program".to_owned(), environment.program.clone()),
        ("System".to_owned(), environment.system.clone()),
        ("Processor".to_owned(), environment.processor.clone()),
        ("Threads".to_owned(), environment.threads.to_string()),
        ("Began".to_owned(), date_and_time(environment.began)),
    ];
    if let Some(commit) = &environment.commit {
        list.push(("Commit".to_owned(), commit.clone()));
    }
    list
}

/// Seconds since 1970 as a date and time of UTC.
fn date_and_time(seconds: u64) -> String {
    let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
    match jiff::Timestamp::from_second(seconds) {
        Ok(time) => time.strftime("%Y-%m-%d %H:%M UTC").to_string(),
        Err(_) => "unknown".to_owned(),
    }
}

fn epochs(folder: &Path, recipe: Option<&Recipe>) -> Result<History, String> {
    let epochs = of_file(&folder.join("history.jsonl"), history::read)?;
    if epochs.is_empty() {
        return Err("no epoch was finished".into());
    }
    let best = epochs.iter().rev().find(|epoch| {
        epoch.best
            && epoch.validation_accuracy.is_some()
            && recipe.is_none_or(|recipe| recipe.train.keep == Keep::Best)
    });
    let kept = best.or(epochs.last()).map(|epoch| epoch.epoch as u32);
    let epochs = epochs
        .iter()
        .map(|epoch| Epoch {
            epoch: epoch.epoch as u32,
            training_loss: Some(epoch.loss),
            validation_loss: epoch.validation_loss,
            training_accuracy: Some(epoch.accuracy),
            validation_accuracy: epoch.validation_accuracy,
        })
        .collect();
    Ok(History { epochs, kept })
}

fn data(
    opened: &Result<RunData, String>,
    environment: Option<&Environment>,
    card: Option<&Card>,
) -> Result<DataContext, String> {
    let known = |key: &str| environment.and_then(|e| e.data.get(key)).cloned();
    match opened {
        Ok(RunData { dataset, .. }) => {
            let fold = dataset.selection.fold;
            let mut notes = dataset.notes.clone();
            if let Some(then) = known("fingerprint")
                && then != dataset.fingerprint
            {
                notes.push(format!(
                    "the run was trained on other data than these: their hash was {then}"
                ));
            }
            Ok(DataContext {
                name: dataset.name.clone(),
                fingerprint: dataset.fingerprint.clone(),
                rows: Split::ALL
                    .iter()
                    .map(|&subset| {
                        let name = evaluations::name(subset, fold.is_some());
                        (name, dataset.indices(subset).len() as u64)
                    })
                    .collect(),
                split_rule: dataset.provenance(false).split_words(),
                notes,
            })
        }
        Err(why) => {
            let not_now = vec![format!("not available now: {why}")];
            let Some(name) = known("name") else {
                let card = card.filter(|card| !card.trained_on.is_empty());
                let card = card.ok_or_else(|| why.clone())?;
                return Ok(DataContext {
                    name: card.trained_on.clone(),
                    fingerprint: card.data_fingerprint.clone(),
                    split_rule: card.split.clone(),
                    notes: not_now,
                    ..DataContext::default()
                });
            };
            let count = |key: &str| known(key).and_then(|n| n.parse().ok());
            Ok(DataContext {
                name,
                fingerprint: known("fingerprint").unwrap_or_default(),
                rows: ["training", "validation"]
                    .into_iter()
                    .filter_map(|subset| {
                        Some((subset.to_owned(), count(&format!("{subset} rows"))?))
                    })
                    .collect(),
                split_rule: known("split").unwrap_or_default(),
                notes: not_now,
            })
        }
    }
}

fn claim(figure: &Figure) -> Claim {
    Claim {
        on: figure.on.clone(),
        measure: figure.measure.clone(),
        value: figure.value,
        interval: figure.low.zip(figure.high).map(|(low, high)| [low, high]),
        n: figure.n,
    }
}

fn layers(bundle: &Bundle) -> Vec<LayerContext> {
    let several = bundle.members.len() > 1;
    let mut list = Vec::new();
    for member in &bundle.members {
        for row in member.network.summary() {
            let shape: Vec<String> = row.output_shape.iter().map(usize::to_string).collect();
            list.push(LayerContext {
                name: match several {
                    true => format!("{}/{}", member.name, row.name),
                    false => row.name,
                },
                kind: row.kind,
                output: shape.join(" × "),
                weights: row.weights,
                multiply_adds: row.multiply_adds,
            });
        }
    }
    list
}

/// Adds the folder to the names of runs that have the same name.
pub fn tell_apart(facts: &mut [RunContext], runs: &[String]) {
    let names: Vec<String> = facts.iter().map(|run| run.name.clone()).collect();
    for (at, run) in facts.iter_mut().enumerate() {
        if names.iter().filter(|name| **name == names[at]).count() > 1 {
            let folder = PathBuf::from(&runs[at]);
            let folder = folder.file_name().unwrap_or(folder.as_os_str());
            run.name = format!("{} ({})", names[at], folder.to_string_lossy());
        }
    }
}
