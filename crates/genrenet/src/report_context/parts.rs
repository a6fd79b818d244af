//! Folders of several runs of one recipe: `seed-1`, `seed-2`… or `fold-1`, `fold-2`…

use std::path::{Path, PathBuf};

use crate::report::{Part, Repeat, RunContext};
use crate::train::{Recipe, history};
use genrenet_text::visible_path;

use super::{Wanted, available, epochs, evaluations, of_file, of_one, open};
use crate::taxonomy::regrouped;
use crate::{Error, shipped};

/// Gathers the facts of `run`: a run's folder, a folder of several seeds or folds, a bundle's, or the name of a
/// built-in model.
///
/// # Errors
/// What is none of these.
pub fn of_run(run: &str, wanted: &Wanted<'_>) -> Result<RunContext, Error> {
    let mut parts = parts(Path::new(run));
    if parts.is_empty() {
        wanted.progress.part(run);
        return of_one(run, wanted);
    }
    // The first that has a network is shown; one that is still being trained has none.
    let first = parts
        .iter()
        .position(|(_, folder)| folder.join("bundle/model.toml").is_file())
        .unwrap_or(0);
    let (name, folder) = parts.remove(first);
    wanted.progress.part(&visible_path(&folder));
    let mut facts = of_one(&folder.to_string_lossy(), wanted)?;
    facts.part = Some(name);
    for (name, folder) in parts {
        wanted.progress.part(&visible_path(&folder));
        let repeat = repeat(name, &folder, &mut facts, wanted);
        facts.repeats.push(repeat);
    }
    Ok(facts)
}

/// The runs inside a folder of several, in the order of their numbers; none for anything else.
fn parts(folder: &Path) -> Vec<(String, PathBuf)> {
    let is_run = |folder: &Path| {
        folder.join("recipe.toml").is_file() || folder.join("bundle/model.toml").is_file()
    };
    if is_run(folder) || folder.join("model.toml").is_file() {
        return Vec::new();
    }
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut found: Vec<(&str, u64, PathBuf)> = entries
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let name = path.file_name()?.to_str()?;
            let (kind, number) = ["seed", "fold"].into_iter().find_map(|kind| {
                let number = name.strip_prefix(kind)?.strip_prefix('-')?;
                Some((kind, number.parse().ok()?))
            })?;
            is_run(&path).then_some((kind, number, path))
        })
        .collect();
    found.sort();
    found
        .into_iter()
        .map(|(kind, number, path)| (format!("{kind} {number}"), path))
        .collect()
}

/// What a report shows of a run besides the first: its curves and its answers.
fn repeat(name: String, folder: &Path, shown: &mut RunContext, wanted: &Wanted<'_>) -> Repeat {
    let recipe = of_file(&folder.join("recipe.toml"), Recipe::load);
    let mut repeat = Repeat {
        history: available(epochs(folder, recipe.as_ref().ok())),
        seconds: history::read(&folder.join("history.jsonl"))
            .ok()
            .map(|epochs| epochs.iter().map(|epoch| epoch.seconds).sum()),
        name,
        predictions: Vec::new(),
    };
    let answered = shipped::open(folder)
        .map_err(Error::from)
        .and_then(|bundle| regrouped(bundle, wanted.taxonomy))
        .map_err(|error| error.to_string())
        .and_then(|bundle| {
            if bundle.genres != shown.genres {
                return Err(format!(
                    "its genres are others: {}",
                    bundle.genres.join(", ")
                ));
            }
            let data = open(folder, &recipe, Some(&bundle), wanted)?;
            Ok(evaluations::evaluations(&bundle, &data, wanted))
        });
    match answered {
        Ok(answered) => {
            // Answers stand at the place of the shown run's answers on the same split.
            let mut list: Vec<_> = answered.evaluations.into_iter().map(|(e, _)| e).collect();
            list.retain(|e| shown.predictions.iter().any(|own| own.on == e.on));
            repeat.predictions = list;
            if let Part::Available(data) = &mut shown.data {
                let new = |note: &String| !data.notes.contains(note);
                let notes: Vec<String> = answered.notes.into_iter().filter(new).collect();
                data.notes.extend(notes);
            }
        }
        Err(why) => shown.unmeasured.push((format!("of {}", repeat.name), why)),
    }
    repeat
}
