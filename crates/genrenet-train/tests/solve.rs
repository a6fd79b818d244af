//! `train.solve`: a head that is fitted to convergence over layers that stay as they are.

use genrenet_train::{Quiet, Recipe, RunOptions, RunResult, Stop, train};

use crate::toy;

const RECIPE: &str = r#"
name = "solved"
inputs = [{ name = "values", source = "values", layout = "vector", scaling = { kind = "none" } }]
network = { branches = [{ input = "values" }], heads = [{ name = "genre", outputs = 0 }] }
train = { solve = {} }
"#;

fn recipe(changes: &[&str]) -> Result<Recipe, genrenet_train::TrainError> {
    let changes: Vec<String> = changes.iter().map(|c| c.to_string()).collect();
    Recipe::parse(RECIPE, "solved", &changes)
}

fn solved(recipe: &Recipe) -> RunResult {
    let options = RunOptions::default();
    train(recipe, &toy::dataset(), &options, &mut Quiet, &Stop::new()).expect("solves")
}

#[test]
fn a_solved_head_is_measured_calibrated_out_of_fold_and_explained() {
    let result = solved(&recipe(&[]).unwrap());
    assert!(result.history.is_empty() && !result.stopped);
    // Each value is 0–1, and 1–2 for its genre: a linear head is right unless two of them are close.
    let validation = result.validation.expect("36 rows");
    assert!(validation.top1 > 0.8, "{}", validation.top1);
    let calibration = &result.bundle.calibration;
    assert!(calibration.was_fitted());
    assert!(
        calibration
            .fitted_on
            .starts_with("out of fold, 5 grouped folds of 90 rows"),
        "{}",
        calibration.fitted_on
    );
    let notes = result.bundle.card.notes.join("\n");
    assert!(
        notes.contains("linear discriminant analysis, as the median genre has 30 songs")
            || notes.contains("logistic regression with C = "),
        "{notes}"
    );
    assert!(
        notes.contains("expect about ") && notes.contains(" of 90 songs were right in 5 folds"),
        "{notes}"
    );
    assert!(!notes.contains("weights of epoch"), "{notes}");
    let again = solved(&recipe(&[]).unwrap());
    assert_eq!(
        result.bundle.fingerprint().unwrap(),
        again.bundle.fingerprint().unwrap()
    );
}

#[test]
fn one_kind_can_be_asked_for() {
    let one = r#"train.solve={ candidates=[{ kind="logistic", c=0.3 }], scaling="standard" }"#;
    let result = solved(&recipe(&[one]).unwrap());
    let notes = result.bundle.card.notes.join("\n");
    assert!(
        notes.contains("logistic regression with C = 0.3, as")
            || notes.contains("linear discriminant analysis, as"),
        "{notes}"
    );
}

#[test]
fn epochs_and_a_solved_head_exclude_each_other() {
    let error = recipe(&["train.epochs=3"])
        .and_then(|recipe| recipe.check())
        .unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("train.epochs = 3: expected 0"),
        "{error}"
    );
    let error = Recipe::parse(&RECIPE.replace("solve = {}", ""), "none", &[])
        .and_then(|recipe| recipe.check())
        .unwrap_err();
    assert!(
        error.to_string().starts_with("train.epochs = 0: "),
        "{error}"
    );
}

/// A run writes every value of its recipe, and that recipe can be followed again.
#[test]
fn a_recipe_with_all_values_spelled_out_is_the_same_recipe() {
    let recipe = recipe(&[]).unwrap();
    let again = Recipe::parse(&recipe.to_toml().unwrap(), "again", &[]).unwrap();
    assert_eq!(again, recipe);
    assert!(recipe.reads("train.seed") && recipe.reads("inputs.0.layer"));
    assert!(!recipe.reads("train.optimizer.lr") && !recipe.reads("augment.mixup"));
}

#[test]
fn a_solved_head_has_no_learning_rate_to_find() {
    let data = toy::dataset();
    let options = RunOptions::default();
    let range = [1e-5, 1.0];
    let refused = genrenet_train::find_learning_rate(
        &recipe(&[]).unwrap(),
        &data,
        range,
        10,
        &options,
        &mut Quiet,
        &Stop::new(),
    );
    let said = refused.unwrap_err().to_string();
    assert!(
        said.ends_with("a head that is solved has no learning rate"),
        "{said}"
    );
}

#[test]
fn what_a_solved_head_does_not_read_is_refused() {
    for (changes, words) in [
        (
            &[r#"train.solve={ candidates=[{ kind="logistic", c=-1.0 }] }"#][..],
            "train.solve.candidates.0.c = -1: expected a number above 0",
        ),
        (
            &[r#"distill={ bundles=["elsewhere"], weight=0.5 }"#],
            "distill = given: expected none, as train.solve is given",
        ),
        (
            &[
                "train.output=\"sigmoid\"",
                "train.loss=\"binary_cross_entropy\"",
            ],
            "train.output = sigmoid: expected \"softmax\"",
        ),
        (
            &["train.optimizer={ kind=\"adamw\", lr=0.1 }"],
            "train.optimizer = ",
        ),
        (
            &["train.average={ kind=\"ema\", decay=0.9 }"],
            "train.average = ",
        ),
        (
            &["train.patience=3"],
            "train.patience = 3: expected nothing, as train.solve is given",
        ),
        (
            &["augment.gain_db=3.0"],
            "augment.gain_db = 3.0: expected 0.0, as train.solve is given",
        ),
    ] {
        let refused = recipe(changes).and_then(|recipe| recipe.check());
        let said = refused.unwrap_err().to_string();
        assert!(said.starts_with(words), "{changes:?}: {said}");
    }
}
