//! Extreme values of every number of a recipe: an error, or a run, within limited memory.
#![cfg(unix)]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::Command;

use genrenet_data::Dataset;
use genrenet_model::FeatureKind;
use genrenet_train::{Quiet, Recipe, RunOptions, Stop, data, train};
use toml::Value;

use crate::toy;

/// Set in the child process, whose memory is limited.
const CHILD: &str = "GENRENET_TEST_BOUNDS_CHILD";
/// Address space of the child in KiB: threads, stacks and a small run take a third of it.
const MEMORY: &str = "3000000";

const IMAGES: &str = r#"
name = "images"
[data]
split = { rule = "random", shares = [0.7, 0.2, 0.1], seed = 1 }
allow_leaks = true
[front_end]
[front_end.log_mel]
rate = 22050
n_fft = 2048
hop = 512
n_mels = 32
fmin = 0.0
fmax = 11025.0
top_db = 80.0
[front_end.windowing]
seconds = 10.0
frames = 16
windows = 2
[[inputs]]
name = "logmel"
source = "logmel"
bands = [0, 32]
frames = 16
scaling = { kind = "fixed", add = 40.0, divide = 20.0 }
[[inputs]]
name = "values"
source = "values"
layout = "vector"
scaling = { kind = "standard", clip = 4.0 }
[[network.branches]]
input = "logmel"
layers = [
    { kind = "standardize", axes = [0] },
    { kind = "conv", filters = 4, kernel = [3, 3], stride = [1, 1], padding = [1, 1], bias = false },
    { kind = "batch_norm", eps = 1e-5, momentum = 0.1 },
    { kind = "leaky_relu", slope = 0.01 },
    { kind = "max_pool", size = [2, 2], stride = [2, 2] },
    { kind = "residual", layers = [{ kind = "conv", filters = 4, kernel = [3, 3], padding = 1 }, { kind = "relu" }] },
    { kind = "squeeze_excite", reduction = 2 },
    { kind = "avg_pool", size = [2, 2] },
    { kind = "permute", axes = [1, 0, 2] },
    { kind = "reshape", shape = [4, 32] },
    { kind = "flatten" },
]
[[network.branches]]
input = "values"
layers = [{ kind = "dense", units = 4 }]
optional = true
[network]
trunk = [{ kind = "dense", units = 8 }, { kind = "dropout", rate = 0.2 }]
heads = [{ name = "genre", outputs = 0 }]
[augment]
mixup = 0.3
mixup_share = 0.5
cutmix = 0.2
time_masks = 1
time_width = 3
band_masks = 1
band_width = 3
cutouts = 1
cutout_size = 0.2
gain_db = 3.0
tilt_db = 2.0
equalizer_db = 1.0
low_pass = 0.2
low_pass_least = 0.6
shift_bands = 2
stretch = 0.1
value_noise = 0.1
value_dropout = 0.1
mfcc_noise = 0.1
drop_inputs = 0.1
clean_end = 0.1
[train]
optimizer = { kind = "adamw", lr = 0.003, betas = [0.9, 0.999], eps = 1e-8, weight_decay = 0.01, clip_norm = 1.0 }
schedule = { kind = "one_cycle", rise = 0.3, start_div = 25.0, end_div = 1e4, momentum = [0.8, 0.9] }
epochs = 1
batch = 16
seed = 3
seeds = [1]
label_smoothing = 0.1
patience = 3
average = { kind = "ema", decay = 0.9 }
[second_target]
array = "values"
weight = 0.1
[distill]
weight = 0.5
temperature = 2.0
soft_targets = "no such file"
[calibrate]
precision = 0.8
"#;

const SEQUENCES: &str = r#"
name = "sequences"
[[inputs]]
name = "logmel"
source = "logmel"
layout = "sequence"
scaling = { kind = "clip_band", divide = 10.0 }
[[network.branches]]
input = "logmel"
layers = [
    { kind = "positions", learned = true },
    { kind = "transformer", heads = 2, hidden = 16, dropout = 0.1 },
    { kind = "layer_norm", eps = 1e-5 },
    { kind = "lstm", units = 4, sequences = true, biases = 2 },
    { kind = "gru", units = 4, sequences = true, biases = 1 },
    { kind = "rnn", units = 4, sequences = true, biases = 0 },
    { kind = "attention_pool", hidden = 8 },
]
[network]
heads = [{ name = "genre", outputs = 3 }]
[train]
optimizer = { kind = "sgd", lr = 0.003, momentum = 0.9, weight_decay = 0.01, clip_norm = 1.0 }
schedule = { kind = "step", every = 0.3, gamma = 0.1, warmup = 0.1 }
epochs = 1
batch = 16
average = { kind = "swa", start = 0.5 }
"#;

/// Paths to all numbers of a table, in dotted form.
fn numbers(value: &Value, path: &str, found: &mut Vec<String>) {
    let below = |key: &str| match path {
        "" => key.to_string(),
        _ => format!("{path}.{key}"),
    };
    match value {
        Value::Integer(_) | Value::Float(_) => found.push(path.to_string()),
        Value::Table(table) => table
            .iter()
            .for_each(|(key, value)| numbers(value, &below(key), found)),
        Value::Array(list) => list
            .iter()
            .enumerate()
            .for_each(|(index, value)| numbers(value, &below(&index.to_string()), found)),
        _ => {}
    }
}

/// Trains by a recipe as the program does; returns the error as text.
fn follow(text: &str, change: &str, dataset: &Dataset) -> Result<(), String> {
    let text_of = |error: &dyn std::fmt::Display| error.to_string();
    let changes = [change.to_string()];
    let recipe = Recipe::parse(text, "recipe", &changes).map_err(|e| text_of(&e))?;
    let dataset = data::shape(&recipe, dataset.clone()).map_err(|e| text_of(&e))?;
    // As `genrenet summary`: the network of the front end, without data.
    if recipe.front_end.is_some() {
        let member = recipe.member(3, &[(FeatureKind::Values, vec![4])]);
        member.map(drop).map_err(|e| text_of(&e))?;
    }
    train(
        &recipe,
        &dataset,
        &RunOptions::default(),
        &mut Quiet,
        &Stop::new(),
    )
    .map(drop)
    .map_err(|e| text_of(&e))
}

fn child() {
    let dataset = toy::dataset();
    for text in [IMAGES, SEQUENCES] {
        let plain = text.split("[distill]").next().unwrap();
        let works = follow(plain, "train.epochs=1", &dataset);
        assert_eq!(works, Ok(()), "the recipe as it stands");
        let table: Value = Value::Table(toml::from_str(text).unwrap());
        let mut keys = Vec::new();
        numbers(&table, "", &mut keys);
        assert!(keys.len() > 15);
        for key in keys {
            let text = if key.starts_with("distill") {
                text
            } else {
                plain
            };
            for value in [
                "0",
                "-1",
                "1000000000",
                "4611686018427387904",
                "nan",
                "inf",
                "-1.0",
                "0.0",
                "1e9",
                "4.6e18",
            ] {
                let change = format!("{key}={value}");
                println!("{change}");
                let ended = catch_unwind(AssertUnwindSafe(|| follow(text, &change, &dataset)));
                match ended {
                    Err(_) => panic!("{change}: a panic"),
                    Ok(Ok(())) => {}
                    Ok(Err(error)) => {
                        // A short message, whatever the number.
                        assert!(error.len() < 2000, "{change}: {error}");
                    }
                }
            }
        }
    }
    println!("all done");
}

#[test]
fn no_number_of_a_recipe_panics_or_takes_all_memory() {
    if std::env::var_os(CHILD).is_some() {
        return child();
    }
    let own = std::env::current_exe().unwrap();
    let output = Command::new("sh")
        .args([
            "-c",
            &format!("ulimit -v {MEMORY}; exec \"$0\" --exact --nocapture --test-threads 1 \"$1\""),
        ])
        .arg(own)
        .arg("bounds::no_number_of_a_recipe_panics_or_takes_all_memory")
        .env(CHILD, "1")
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    let last: Vec<&str> = printed.lines().rev().take(3).collect();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && printed.contains("all done"),
        "{last:?}: {errors}"
    );
}

#[test]
fn sizes_beyond_their_bound_are_refused_with_key_bound_and_value() {
    let dataset = toy::dataset();
    for (text, change, words) in [
        (
            IMAGES,
            "network.trunk.0.units=1000000000",
            "units = 1000000000",
        ),
        (
            IMAGES,
            "network.branches.0.layers.1.filters=1000000000",
            "filters = 1000000000",
        ),
        (
            IMAGES,
            "network.branches.0.layers.1.kernel=[99999, 99999]",
            "kernel = 99999",
        ),
        (
            SEQUENCES,
            "network.branches.0.layers.3.units=4611686018427387904",
            "units = 4611686018427387904",
        ),
        (
            IMAGES,
            "train.epochs=1000000000",
            "train.epochs = 1000000000: expected 1 to 100000",
        ),
        (
            IMAGES,
            "train.batch=1000000000",
            "train.batch = 1000000000: expected 1 to 65536",
        ),
        (
            IMAGES,
            "augment.time_masks=1000000000",
            "augment.time_masks = 1000000000: expected 0 to",
        ),
        (
            IMAGES,
            "inputs.0.frames=1000000000",
            "frames = 1000000000: expected 1 to",
        ),
    ] {
        let text = text.split("[distill]").next().unwrap();
        let error = follow(text, change, &dataset).unwrap_err();
        assert!(
            error.contains(words) && error.contains("expected"),
            "{change}: {error}"
        );
    }
    // Each of these is within its bound, and together they are not.
    let wide =
        "network.trunk=[{ kind = \"dense\", units = 65536 }, { kind = \"dense\", units = 65536 }]";
    let error = follow(IMAGES.split("[distill]").next().unwrap(), wide, &dataset).unwrap_err();
    assert!(
        error.contains("weights = 4") && error.contains("at most 268435456"),
        "{error}"
    );
    let many = format!("network.trunk=[{}]", "{ kind = \"relu\" }, ".repeat(20_000));
    let error = follow(SEQUENCES, &many, &dataset).unwrap_err();
    assert!(
        error.contains("layers = 20000") && error.contains("at most 1000"),
        "{error}"
    );
}
