//! A run that was killed between any two of its writes continues to the same bytes.

use std::fs;
use std::path::{Path, PathBuf};

use genrenet_train::run::RunOptions;
use genrenet_train::{
    EpochReport, Observer, Quiet, Stop, TrainError, history, train, train_folds, train_seeds,
};

use crate::toy;

const CHANGES: [&str; 3] = [
    "train.epochs=8",
    "train.patience=2",
    "train.average={ kind = \"ema\", decay = 0.5 }",
];
const LAST: &str = "checkpoints/last.safetensors";
const BEST: &str = "checkpoints/best.safetensors";
const HISTORY: &str = "history.jsonl";

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let to = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &to);
        } else {
            fs::copy(&path, &to).unwrap();
        }
    }
}

/// Keeps the run folder as it is after each epoch.
struct Copies {
    run: PathBuf,
    to: PathBuf,
}

impl Observer for Copies {
    fn epoch(&mut self, report: &EpochReport, _left: std::time::Duration) {
        copy(&self.run, &self.to.join(report.epoch.to_string()));
    }
}

fn without_times(folder: &Path) -> Vec<EpochReport> {
    let mut reports = history::read(&folder.join(HISTORY)).unwrap();
    reports
        .iter_mut()
        .for_each(|report| (report.seconds, report.waiting) = (0.0, None));
    reports
}

#[test]
fn a_kill_between_any_two_writes_of_an_epoch_changes_nothing() {
    let place = tempfile::tempdir().unwrap();
    let home = place.path();
    let (recipe, dataset) = (toy::recipe(&CHANGES), toy::dataset());
    let options = RunOptions {
        folder: Some(home.join("whole")),
        ..RunOptions::default()
    };
    let mut copies = Copies {
        run: home.join("whole"),
        to: home.join("after"),
    };
    let whole = train(&recipe, &dataset, &options, &mut copies, &Stop::new()).unwrap();
    assert!(
        whole.history.len() < 8,
        "patience must end it, or the test would not cover it"
    );
    let bests = whole.history.iter().filter(|report| report.best).count();
    assert!(
        bests > 1,
        "and more than one epoch must be the best one for a time"
    );

    for epoch in 1..whole.history.len() {
        let [before, after] = [epoch, epoch + 1].map(|e| home.join("after").join(e.to_string()));
        // In the order in which an epoch writes: history, last, best.
        for (killed, newer) in [
            ("before all", &[][..]),
            ("in the history's line", &["torn"]),
            ("after the history", &[HISTORY]),
            ("after the last weights", &[HISTORY, LAST]),
            ("after all", &[HISTORY, LAST, BEST]),
        ] {
            let folder = home.join("killed");
            let _ = fs::remove_dir_all(&folder);
            copy(&before, &folder);
            for &name in newer {
                if name == "torn" {
                    let text = fs::read(after.join(HISTORY)).unwrap();
                    fs::write(folder.join(HISTORY), &text[..text.len() - 9]).unwrap();
                } else {
                    fs::copy(after.join(name), folder.join(name)).unwrap();
                }
            }
            fs::write(folder.join("checkpoints/.genrenet-x.part"), "half").unwrap();
            fs::write(folder.join(".lock"), "process 1, which is gone").unwrap();
            let options = RunOptions {
                folder: Some(folder.clone()),
                resume: true,
                ..RunOptions::default()
            };
            train(&recipe, &dataset, &options, &mut Quiet, &Stop::new()).unwrap();
            for file in ["weights.safetensors", "CARD.md", "model.toml"] {
                let of = |home: &Path| fs::read(home.join("bundle").join(file)).unwrap();
                assert!(
                    of(&folder) == of(&home.join("whole")),
                    "{file}, epoch {epoch}, {killed}"
                );
            }
            assert_eq!(without_times(&folder), without_times(&home.join("whole")));
            assert!(!folder.join(".lock").exists());
        }
    }
}

#[test]
fn a_run_that_was_killed_in_its_first_epoch_can_begin_again_and_no_history_is_lost_for_it() {
    let place = tempfile::tempdir().unwrap();
    let (recipe, dataset) = (toy::recipe(&CHANGES), toy::dataset());
    let folder = place.path().join("run");
    let options = RunOptions {
        folder: Some(folder.clone()),
        ..RunOptions::default()
    };
    let again = || train(&recipe, &dataset, &options, &mut Quiet, &Stop::new());
    again().unwrap();
    copy(&folder, &place.path().join("whole"));
    // Weights that somebody removed: the history stays.
    fs::remove_dir_all(folder.join("checkpoints")).unwrap();
    assert!(again().is_err_and(|error| error.to_string().contains("holds a run already")));
    assert_eq!(
        without_times(&folder),
        without_times(&place.path().join("whole"))
    );

    let text = fs::read_to_string(folder.join(HISTORY)).unwrap();
    fs::write(folder.join(HISTORY), text.lines().next().unwrap()).unwrap();
    fs::remove_dir_all(folder.join("bundle")).unwrap();
    again().unwrap();
    let weights = |home: &Path| fs::read(home.join("bundle/weights.safetensors")).unwrap();
    assert!(weights(&folder) == weights(&place.path().join("whole")));
    assert_eq!(
        without_times(&folder),
        without_times(&place.path().join("whole"))
    );
}

/// Asks for another training into the same folder while it runs.
struct Second<'a> {
    ask: &'a dyn Fn() -> Result<(), TrainError>,
    errors: Vec<String>,
}

impl Observer for Second<'_> {
    fn epoch(&mut self, _report: &EpochReport, _left: std::time::Duration) {
        self.errors
            .extend((self.ask)().err().map(|error| error.to_string()));
    }
}

#[test]
fn a_folder_has_one_training_at_a_time_also_of_seeds_and_folds() {
    let place = tempfile::tempdir().unwrap();
    let dataset = toy::dataset();
    let one = toy::recipe(&["train.epochs=1"]);
    let seeds = toy::recipe(&["train.epochs=1", "train.seeds=[1, 2]"]);
    let (seeds, stop) = (&seeds, Stop::new());
    for kind in ["one", "seeds", "folds"] {
        let folder = place.path().join(kind);
        let options = RunOptions {
            folder: Some(folder.clone()),
            ..RunOptions::default()
        };
        let resumed = RunOptions {
            resume: true,
            ..options.clone()
        };
        let ask = || train(&one, &dataset, &resumed, &mut Quiet, &stop).map(|_| ());
        let mut second = Second {
            ask: &ask,
            errors: Vec::new(),
        };
        match kind {
            "one" => train(&one, &dataset, &options, &mut second, &stop).map(|_| ()),
            "seeds" => train_seeds(seeds, &dataset, &options, &mut second, &stop).map(|_| ()),
            _ => train_folds(&one, &dataset, 2, &options, &mut second, &stop).map(|_| ()),
        }
        .unwrap();
        assert_eq!(second.errors.len(), if kind == "one" { 1 } else { 2 });
        let holder = format!(
            "{kind}: another training writes here (process {} on ",
            std::process::id()
        );
        for error in &second.errors {
            assert!(error.contains(&holder), "{error}");
        }
        assert!(!folder.join(".lock").exists());
    }
}
