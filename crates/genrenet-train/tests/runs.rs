//! A run learns, can be stopped and resumed to the same bytes, and does not depend on threads.

use std::fs;
use std::path::Path;

use genrenet_data::Split;
use genrenet_model::Bundle;
use genrenet_train::run::RunOptions;
use genrenet_train::{
    EpochReport, Observer, OnLearned, Quiet, Stop, TrainError, evaluate, find_learning_rate,
    history, train, train_folds, train_seeds,
};

use crate::toy;

fn into(folder: &Path) -> RunOptions {
    RunOptions {
        folder: Some(folder.to_path_buf()),
        ..RunOptions::default()
    }
}

fn weights(folder: &Path) -> Vec<u8> {
    fs::read(folder.join("bundle/weights.safetensors")).expect("weights")
}

/// Requests a stop after one step of one epoch.
struct StopsAt {
    epoch: usize,
    step: usize,
    stop: Stop,
}

impl Observer for StopsAt {
    fn step(&mut self, epoch: usize, step: usize, _loss: f32) {
        if (epoch, step) == (self.epoch, self.step) {
            self.stop.request();
        }
    }
}

#[test]
fn a_network_learns_and_its_run_folder_is_complete() {
    let place = tempfile::tempdir().expect("a folder");
    let folder = place.path().join("run");
    let dataset = toy::dataset();
    let run = train(
        &toy::recipe(&[]),
        &dataset,
        &into(&folder),
        &mut Quiet,
        &Stop::new(),
    );
    let run = run.expect("trains");
    let figures = run.validation.expect("validation rows");
    assert!(figures.top1 > 0.9, "{}", figures.top1);
    assert_eq!(run.history.len(), 5);
    assert_eq!(
        history::read(&folder.join("history.jsonl")).expect("reads"),
        run.history
    );
    for name in [
        "recipe.toml",
        "environment.json",
        "validation.json",
        "bundle/CARD.md",
        "checkpoints/last.safetensors",
        "checkpoints/best.safetensors",
    ] {
        assert!(folder.join(name).exists(), "{name}");
    }
    let loaded = Bundle::load(&folder.join("bundle")).expect("loads");
    let again = evaluate(
        &loaded,
        &dataset,
        Some(Split::Validation),
        OnLearned::Refuse,
    )
    .expect("evaluates");
    assert_eq!(
        (again.top1, again.log_loss),
        (figures.top1, figures.log_loss)
    );
    let twice = train(
        &toy::recipe(&[]),
        &dataset,
        &into(&folder),
        &mut Quiet,
        &Stop::new(),
    );
    assert!(twice.is_err_and(|e| e.to_string().contains("holds a run already")));
}

#[test]
fn a_stopped_run_ends_in_the_same_bytes() {
    let place = tempfile::tempdir().expect("a folder");
    let (whole, parts) = (place.path().join("whole"), place.path().join("parts"));
    let (recipe, dataset) = (toy::recipe(&[]), toy::dataset());
    train(&recipe, &dataset, &into(&whole), &mut Quiet, &Stop::new()).expect("trains");

    let stop = Stop::new();
    let mut stops = StopsAt {
        epoch: 3,
        step: 2,
        stop: stop.clone(),
    };
    let stopped = train(&recipe, &dataset, &into(&parts), &mut stops, &stop).expect("stops");
    assert!(stopped.stopped);
    assert_eq!(
        stopped.history.len(),
        2,
        "the running epoch is lost, no other"
    );
    assert!(
        stopped
            .go_on
            .is_some_and(|words| words.contains("--resume"))
    );
    let resumed = RunOptions {
        resume: true,
        ..into(&parts)
    };
    let other = toy::recipe(&["train.epochs=9"]);
    let refused = train(&other, &dataset, &resumed, &mut Quiet, &Stop::new());
    assert!(refused.is_err_and(|e| e.to_string().contains("another recipe")));
    let run = train(&recipe, &dataset, &resumed, &mut Quiet, &Stop::new()).expect("resumes");
    assert_eq!(run.history.len(), 5);
    assert!(
        weights(&whole) == weights(&parts),
        "weights differ after resuming"
    );
    let without_time = |folder: &Path| -> Vec<EpochReport> {
        let mut reports = history::read(&folder.join("history.jsonl")).expect("reads");
        reports
            .iter_mut()
            .for_each(|report| (report.seconds, report.waiting) = (0.0, None));
        reports
    };
    assert_eq!(without_time(&whole), without_time(&parts));
}

#[test]
fn threads_change_no_byte_and_seeds_do() {
    let place = tempfile::tempdir().expect("a folder");
    let dataset = toy::dataset();
    let with = |threads: usize, seed: u64| {
        let folder = place.path().join(format!("{threads}-{seed}"));
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .expect("a pool");
        let recipe = toy::recipe(&["train.epochs=2", &format!("train.seed={seed}")]);
        pool.install(|| {
            train(&recipe, &dataset, &into(&folder), &mut Quiet, &Stop::new()).map(|_| ())
        })
        .expect("trains");
        weights(&folder)
    };
    let one = with(1, 3);
    assert!(one == with(3, 3), "another number of threads");
    assert!(one != with(1, 4), "another seed");
}

#[test]
fn a_loss_that_is_no_number_stops_with_its_step() {
    let place = tempfile::tempdir().expect("a folder");
    let folder = place.path().join("run");
    let recipe = toy::recipe(&[
        "train.optimizer={ kind = \"sgd\", lr = 1e30 }",
        "train.schedule={ kind = \"step\", every = 0.2, gamma = 1e20 }",
        "train.optimizer.lr=1e-4",
    ]);
    // A learning rate that grows by twenty orders of magnitude each epoch soon leaves all range.
    let broken = train(
        &recipe,
        &toy::dataset(),
        &into(&folder),
        &mut Quiet,
        &Stop::new(),
    );
    let Err(e @ TrainError::NotANumber { step, epoch, .. }) = broken else {
        panic!("the loss stayed a number");
    };
    assert!(step > 6 && epoch >= 2, "step {step} of epoch {epoch}");
    assert!(
        e.to_string()
            .contains(&format!("the checkpoint of epoch {} is kept", epoch - 1)),
        "{e}"
    );
    let kept =
        genrenet_train::checkpoint::Checkpoint::load(&genrenet_train::checkpoint::last(&folder))
            .expect("a checkpoint");
    assert_eq!(kept.progress.epoch, epoch - 1);
    assert!(
        kept.arrays
            .iter()
            .all(|(_, t)| t.data.iter().all(|x| x.is_finite()))
    );
}

#[test]
fn folds_predict_every_training_row_out_of_fold_and_seeds_give_an_interval() {
    let dataset = toy::dataset();
    let recipe = toy::recipe(&["train.epochs=4", "train.seeds=[1, 2]"]);
    let folds = train_folds(
        &recipe,
        &dataset,
        3,
        &RunOptions::default(),
        &mut Quiet,
        &Stop::new(),
    )
    .expect("folds");
    assert_eq!(folds.rows.len(), dataset.rows.len());
    assert_eq!(folds.folds.len(), 3);
    assert!(folds.together.top1 > 0.85, "{}", folds.together.top1);
    let seeds = train_seeds(
        &recipe,
        &dataset,
        &RunOptions::default(),
        &mut Quiet,
        &Stop::new(),
    )
    .expect("seeds");
    assert_eq!(seeds.runs.len(), 2);
    let mean = seeds.validation.top1;
    assert!(mean.low <= mean.mean && mean.mean <= mean.high);
}

#[test]
fn averages_second_targets_teachers_and_values_all_learn() {
    let place = tempfile::tempdir().expect("a folder");
    let dataset = toy::dataset();
    let teacher = train(
        &toy::recipe(&[]),
        &dataset,
        &into(&place.path().join("teacher")),
        &mut Quiet,
        &Stop::new(),
    )
    .expect("trains");
    let distill = format!(
        "distill={{ bundles = [{:?}], weight = 0.5, temperature = 2.0 }}",
        place.path().join("teacher/bundle")
    );
    for changes in [
        vec![
            "train.average={ kind = \"swa\", start = 0.6 }",
            "train.re_estimate_batch_norm=true",
        ],
        vec!["second_target={ array = \"values\", weight = 0.5, loss = \"cosine\" }"],
        vec!["train.monitor=\"macro_f1\""],
        vec![distill.as_str()],
        vec![
            "train.keep=last",
            "train.class_weights=balanced",
            "augment.cutmix=0.3",
        ],
    ] {
        let run = train(
            &toy::recipe(&changes),
            &dataset,
            &RunOptions::default(),
            &mut Quiet,
            &Stop::new(),
        );
        let figures = run.expect("trains").validation.expect("rows");
        assert!(figures.top1 > 0.85, "{changes:?}: {}", figures.top1);
    }
    assert!(teacher.bundle.calibration.coverage > 0.8);
}

#[test]
fn the_learning_rate_finder_finds_where_the_loss_falls_and_diverges() {
    let recipe = toy::recipe(&["train.optimizer={ kind = \"sgd\", lr = 0.1 }"]);
    let found = find_learning_rate(
        &recipe,
        &toy::dataset(),
        [1e-6, 1e3],
        120,
        &RunOptions::default(),
        &mut Quiet,
        &Stop::new(),
    )
    .expect("finds");
    assert!(found.curve.len() < 120, "it stops where the loss breaks");
    assert!(found.steepest > 1e-6 && found.steepest <= found.lowest * 10.0);
    assert!((1e-5..100.0).contains(&found.lowest), "{}", found.lowest);
    let recommended = found.recommended.expect("the loss falls");
    assert!(recommended <= found.steepest && recommended <= 0.11 * found.lowest);
}

#[test]
fn of_epochs_with_one_accuracy_that_of_the_lowest_loss_is_kept() {
    let recipe = toy::recipe(&["train.epochs=12"]);
    let run = train(
        &recipe,
        &toy::dataset(),
        &RunOptions::default(),
        &mut Quiet,
        &Stop::new(),
    )
    .expect("trains");
    let measure = |epoch: &EpochReport| {
        let (accuracy, loss) = (epoch.validation_accuracy, epoch.validation_loss);
        (accuracy.expect("rows"), loss.expect("rows"))
    };
    let best = run
        .history
        .iter()
        .map(|epoch| measure(epoch).0)
        .fold(0.0, f64::max);
    let equal: Vec<&EpochReport> = run
        .history
        .iter()
        .filter(|epoch| measure(epoch).0 == best)
        .collect();
    let kept = equal
        .iter()
        .min_by(|a, b| measure(a).1.total_cmp(&measure(b).1))
        .expect("an epoch");
    assert!(
        kept.epoch > equal[0].epoch,
        "the data must have equal epochs: {:?}",
        run.history
    );
    assert_eq!(run.kept_epoch, kept.epoch);
}
