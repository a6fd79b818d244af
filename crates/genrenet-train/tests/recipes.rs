//! Every shipped recipe is readable and builds; the origin's have as many weights as published.

use std::path::{Path, PathBuf};

use genrenet_model::FeatureKind;
use genrenet_train::Recipe;

fn configs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs")
}

fn recipe(name: &str) -> Recipe {
    Recipe::load(&configs().join(name)).expect(name)
}

fn weights(recipe: &Recipe, genres: usize, shapes: &[(FeatureKind, Vec<usize>)]) -> u64 {
    let member = recipe.member(genres, shapes).expect("builds");
    member.network.summary().iter().map(|row| row.weights).sum()
}

#[test]
fn every_recipe_reads_and_builds() {
    let mut count = 0;
    for entry in std::fs::read_dir(configs()).expect("configs") {
        let path = entry.expect("entry").path();
        // The default model's settings, which no network is trained by.
        if path.ends_with("wide.toml") {
            continue;
        }
        if path.extension().is_some_and(|e| e == "toml") {
            let recipe = Recipe::load(&path).unwrap_or_else(|e| panic!("{e}"));
            let stem = path.file_stem().and_then(|s| s.to_str());
            assert_eq!(
                stem,
                Some(recipe.name.as_str()),
                "a recipe is called as its file"
            );
            let text = std::fs::read_to_string(&path).expect("text");
            assert!(
                text.starts_with("# "),
                "{}: what it is comes first",
                path.display()
            );
            if recipe.name.starts_with("origin-cnn") {
                continue; // 47 million weights, built in its own test
            }
            let values = if recipe.name.contains("57") { 57 } else { 8 };
            let shapes = [
                (FeatureKind::Values, vec![values]),
                (FeatureKind::Mfcc, vec![130, 20]),
                // The tags of msd50, which a program has built in.
                (FeatureKind::Embedding, vec![50]),
            ];
            let member = recipe.member(8, &shapes);
            member.unwrap_or_else(|e| panic!("{}: {e}", path.display()));
            // Written and read again, it is the same recipe.
            let again = Recipe::parse(&recipe.to_toml().expect("toml"), "again", &[]);
            assert_eq!(again.expect("reads"), recipe);
            count += 1;
        }
    }
    assert!(count >= 12, "{count}");
}

#[test]
fn the_origins_networks_have_their_published_sizes() {
    let eight = [(FeatureKind::Values, vec![8])];
    assert_eq!(weights(&recipe("origin-mlp-hand.toml"), 2, &eight), 810);
    assert_eq!(weights(&recipe("origin-mlp.toml"), 2, &eight), 901);
    // Published: 20 MFCC of 1 291 frames, with the axes swapped.
    let rnn = recipe("origin-rnn.toml");
    assert_eq!(weights(&rnn, 8, &[]), 384_840);
    // 3 × 496 × 369.
    let cnn = recipe("origin-cnn.toml");
    assert_eq!(weights(&cnn, 8, &[]), 46_730_888);
}

#[test]
fn unknown_keys_and_impossible_values_are_quoted() {
    let path = configs().join("fma-small-cnn.toml");
    let wrong = |change: &str| {
        let e = Recipe::load_with(&path, &[change.to_string()]);
        e.expect_err(change).to_string()
    };
    assert!(wrong("train.epochs=0").contains("train.epochs = 0: expected 1 to 100000"));
    assert!(wrong("train.optimizer.lr=-1").contains("train.optimizer.lr = -1"));
    assert!(wrong("train.epoch=3").contains("epoch"));
    assert!(wrong("augment.mixup_share=2").contains("augment.mixup_share = 2: expected 0 to 1"));
    assert!(wrong("inputs.0.scaling.divide=0").contains("scaling.divide = 0"));
    assert!(
        wrong("inputs.7.name=x")
            .contains("expected an index below 1, the length of inputs; found 7")
    );
    assert!(wrong("train.epochs.x=1").contains("train.epochs is 24: expected a table or a list"));
    assert!(wrong("nonsense").contains("expected key=value"));
    assert!(wrong("name=a/b").contains("the name of a folder: at most 200 bytes, no slash"));
    let set = Recipe::load(&path)
        .expect("reads")
        .set("train.batch=7")
        .expect("sets");
    assert_eq!(set.train.batch, 7);
}

/// Keys as they were called before; each is read, and `--set` accepts both names.
#[test]
fn an_older_recipe_is_read() {
    let old = r#"
name = "old"
about = "an older recipe"
[data]
path = "music"
[hears.log_mel]
rate = 22050
[hears.listening]
seconds = 2.0
frames = 12
windows = 2
[[inputs]]
name = "image"
source = "logmel"
layout = "picture"
picture = [16, 20]
scaling = { kind = "none" }
[[network.branches]]
input = "image"
layers = [{ kind = "flatten" }]
[network]
heads = [{ name = "genre", outputs = 0 }]
[train]
epochs = 2
batch = 4
first_weights = "normal"
remeasure = true
optimizer = { kind = "sgd", lr = 0.01 }
"#;
    let recipe = Recipe::parse(old, "old", &[]).expect("reads");
    // A key that no longer exists and says what is done now; the recipe of an older run has every key.
    let with = |value: bool| format!("{old}[augment]\njitter_frames = {value}\n");
    assert_eq!(
        Recipe::parse(&with(false), "old", &[]).expect("reads"),
        recipe
    );
    let changed = Recipe::parse(&with(false), "old", &["train.epochs=2".to_owned()]);
    assert_eq!(changed.expect("reads"), recipe);
    let refused = Recipe::parse(&with(true), "old", &[])
        .unwrap_err()
        .to_string();
    assert!(refused.contains("jitter_frames"), "{refused}");
    let written = recipe.to_toml().expect("is written");
    for word in [
        "hears",
        "listening",
        "picture",
        "first_weights",
        "remeasure",
    ] {
        assert!(!written.contains(word), "{word}:\n{written}");
    }
    assert_eq!(Recipe::parse(&written, "new", &[]).expect("reads"), recipe);
    for key in ["hears.listening.frames=7", "front_end.windowing.frames=7"] {
        let changed = Recipe::parse(old, "old", &[key.to_owned()]).expect(key);
        assert_eq!(changed.front_end.expect("is there").windowing.frames, 7);
    }
}
