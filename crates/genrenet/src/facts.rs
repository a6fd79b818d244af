//! From a run's folder (or a bundle) to what its report is told. Whatever can't be had is told as missing, with the reason.

mod answers;

use std::path::{Path, PathBuf};

use genrenet::data::{Dataset, Rule, Split};
use genrenet::model::Bundle;
use genrenet::report::{DataFacts, Epoch, History, LayerFacts, Part, RunFacts};
use genrenet::train::environment::Environment;
use genrenet::train::recipe::Keep;
use genrenet::train::{Recipe, history};

use self::answers::answers;
pub use self::answers::{PATCH, explanation};
use crate::exit::Failure;
use crate::{collection, model_choice};

/// What a report is to show of a run.
pub struct Wanted<'a> {
    /// The sides of the split whose figures are shown, most important first.
    pub sides: &'a [Split],
    /// Other data than the run's recipe names.
    pub data: Option<&'a Path>,
}

/// Gathers the facts of `run`: a run's folder, a bundle's, or the name of a model inside the program.
///
/// # Errors
/// What is none of these.
pub fn of_run(run: &str, wanted: &Wanted<'_>) -> Result<RunFacts, Failure> {
    let folder = Path::new(run);
    let recipe = of_file(&folder.join("recipe.toml"), Recipe::load);
    let bundle = model_choice::load(Some(run)).map_err(|error| error.to_string());
    if let (Err(no_recipe), Err(no_bundle)) = (&recipe, &bundle)
        && !folder.join("history.jsonl").is_file()
    {
        return Err(Failure::new(format!(
            "{run} is no run and no bundle: {no_recipe}; {no_bundle}"
        )));
    }
    let opened = open(recipe.as_ref().ok(), bundle.as_ref().ok(), wanted.data);
    let genres = match (&bundle, &opened) {
        (Ok(bundle), _) => bundle.genres.clone(),
        (_, Ok(dataset)) => dataset.genres.clone(),
        _ => Vec::new(),
    };
    let mut facts = RunFacts::new(
        name(folder, recipe.as_ref().ok(), bundle.as_ref().ok()),
        genres,
    );
    let environment = of_file(&folder.join("environment.json"), environment);
    if let Ok(recipe) = &recipe {
        facts.about = recipe.about.trim().to_owned();
        facts.seed = Some(recipe.train.seed);
    }
    if let Ok(environment) = &environment {
        facts.versions = versions(environment);
    }
    facts.config = match &recipe {
        Ok(recipe) => match recipe.to_toml() {
            Ok(text) => Part::Here(text),
            Err(error) => Part::Missing(error.to_string()),
        },
        Err(why) => Part::Missing(why.clone()),
    };
    facts.history = told(epochs(folder, recipe.as_ref().ok()));
    facts.seconds = history::read(&folder.join("history.jsonl"))
        .ok()
        .map(|epochs| epochs.iter().map(|epoch| epoch.seconds).sum());
    facts.data = told(data(&opened, environment.as_ref().ok()));
    match bundle {
        Ok(mut bundle) => {
            if !bundle.card.command.is_empty() {
                facts.command = Some(bundle.card.command.clone());
            }
            if facts.about.is_empty() {
                facts.about.clone_from(&bundle.card.description);
            }
            facts.network = Part::Here(layers(&bundle));
            match &opened {
                Ok(dataset) => answers(
                    &mut facts,
                    &mut bundle,
                    recipe.as_ref().ok(),
                    dataset,
                    wanted,
                ),
                Err(why) => {
                    let why = format!("its data are not at hand: {why}");
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

fn told<T>(piece: Result<T, String>) -> Part<T> {
    piece.map_or_else(Part::Missing, Part::Here)
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

fn environment(path: &Path) -> Result<Environment, String> {
    let text = std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
    serde_json::from_str(&text).map_err(|e| format!("{}: {e}", path.display()))
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
    recipe: Option<&Recipe>,
    bundle: Option<&Bundle>,
    path: Option<&Path>,
) -> Result<Dataset, String> {
    let opened = match (recipe, bundle, path) {
        (Some(recipe), _, _) => collection::of_recipe(recipe, path),
        (None, Some(bundle), Some(path)) => collection::with_split_of(&bundle.card, path),
        (None, None, _) => return Err("neither a recipe nor a bundle tells what it reads".into()),
        (None, Some(_), None) => {
            return Err(
                "a bundle does not know where its data lie (--data PATH names them)".into(),
            );
        }
    };
    let mut dataset = opened.map_err(|error| error.to_string())?;
    let hears = bundle
        .and_then(|bundle| bundle.hears)
        .or_else(|| recipe.and_then(|recipe| recipe.hears));
    if let Some(hears) = hears {
        let failed = collection::hear(&mut dataset, &hears, None).map_err(|e| e.to_string())?;
        if failed > 0 {
            dataset
                .notes
                .push(format!("{failed} files could not be heard"));
        }
    }
    Ok(dataset)
}

fn versions(environment: &Environment) -> Vec<(String, String)> {
    let mut list = vec![
        ("Program".to_owned(), environment.program.clone()),
        ("System".to_owned(), environment.system.clone()),
        ("Processor".to_owned(), environment.processor.clone()),
        ("Threads".to_owned(), environment.threads.to_string()),
    ];
    if let Some(commit) = &environment.commit {
        list.push(("Commit".to_owned(), commit.clone()));
    }
    list
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
    opened: &Result<Dataset, String>,
    environment: Option<&Environment>,
) -> Result<DataFacts, String> {
    let known = |key: &str| environment.and_then(|e| e.data.get(key)).cloned();
    match opened {
        Ok(dataset) => {
            let mut notes = dataset.notes.clone();
            if let Some(then) = known("fingerprint")
                && then != dataset.fingerprint
            {
                notes.push(format!(
                    "the run was trained on other data than these: their hash was {then}"
                ));
            }
            Ok(DataFacts {
                name: dataset.name.clone(),
                fingerprint: dataset.fingerprint.clone(),
                rows: Split::ALL
                    .iter()
                    .map(|&side| (side.to_string(), dataset.indices(side).len() as u64))
                    .collect(),
                split_rule: dataset.split.to_string(),
                split_seed: (dataset.split.rule != Rule::Official).then_some(dataset.split.seed),
                notes,
            })
        }
        Err(why) => {
            let name = known("name").ok_or_else(|| why.clone())?;
            let count = |key: &str| known(key).and_then(|n| n.parse().ok());
            Ok(DataFacts {
                name,
                fingerprint: known("fingerprint").unwrap_or_default(),
                rows: ["training", "validation"]
                    .into_iter()
                    .filter_map(|side| Some((side.to_owned(), count(&format!("{side} rows"))?)))
                    .collect(),
                split_rule: known("split").unwrap_or_default(),
                split_seed: None,
                notes: vec![format!("not at hand now: {why}")],
            })
        }
    }
}

fn layers(bundle: &Bundle) -> Vec<LayerFacts> {
    let several = bundle.members.len() > 1;
    let mut list = Vec::new();
    for member in &bundle.members {
        for row in member.network.summary() {
            let shape: Vec<String> = row.output_shape.iter().map(usize::to_string).collect();
            list.push(LayerFacts {
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

/// Names of several runs, made different by their folders where two are the same.
pub fn tell_apart(facts: &mut [RunFacts], runs: &[String]) {
    let names: Vec<String> = facts.iter().map(|run| run.name.clone()).collect();
    for (at, run) in facts.iter_mut().enumerate() {
        if names.iter().filter(|name| **name == names[at]).count() > 1 {
            let folder = PathBuf::from(&runs[at]);
            let folder = folder.file_name().unwrap_or(folder.as_os_str());
            run.name = format!("{} ({})", names[at], folder.to_string_lossy());
        }
    }
}
