//! What is wrong with a recipe or a change to it: key, what was expected, what was found, and where it stands.

use std::fs;
use std::path::Path;

use crate::program::tones;
use crate::program::values::{RECIPE, refused, run, said};

/// `train` with changes, refused.
fn refused_with(home: &Path, what: &str, changes: &[&str], why: &[&str]) {
    let mut words = vec!["train", what];
    if what == "music" {
        words.push("--from-scratch");
    }
    changes
        .iter()
        .for_each(|change| words.extend(["--set", change]));
    refused(home, &words, why);
    assert!(!home.join("runs").exists(), "{changes:?}");
}

#[test]
fn a_front_end_without_any_frequency_is_refused_by_its_key() {
    let place = tempfile::tempdir().unwrap();
    let home = place.path();
    tones(&home.join("music"));
    let log_mel = |change: &str| format!("front_end.log_mel.{change}");
    for (changes, why) in [
        (
            &["fmin=30000"][..],
            "fmin = 30000: expected less than half the rate, 22050 Hz",
        ),
        (
            &["fmin=22050"],
            "fmin = 22050: expected less than half the rate",
        ),
        (
            &["fmin=5000", "fmax=4000"],
            "fmax = 4000: expected a frequency above fmin = 5000",
        ),
        (
            &["fmax=30000"],
            "fmax = 30000: expected at most half the rate, 22050 Hz",
        ),
        (
            &["rate=8000", "fmax=11025"],
            "fmax = 11025: expected at most half the rate, 4000 Hz",
        ),
        (
            &["n_mels=2000"],
            "n_mels = 2000: expected at most the 1025 bins",
        ),
        (&["n_fft=128"], "n_mels = 128: expected at most the 65 bins"),
        (
            &["fmin=100", "fmax=101"],
            "n_fft = 2048: expected so many samples that a bin",
        ),
        (
            &["n_fft=2", "n_mels=1"],
            "n_fft = 2: expected so many samples that a bin",
        ),
        (&["fmin=-1"], "fmin = -1: expected 0 Hz or more"),
        (&["fmin=nan"], "fmin = NaN: expected 0 Hz or more"),
        (&["hop=0"], "hop = 0: expected 1 to"),
    ] {
        let changes: Vec<String> = changes.iter().map(|change| log_mel(change)).collect();
        let changes: Vec<&str> = changes.iter().map(String::as_str).collect();
        refused_with(home, "music", &changes, &[&log_mel(why)]);
    }
    refused_with(
        home,
        "music",
        &["front_end.windowing.frames=0"],
        &["front_end.windowing.frames = 0: expected"],
    );
    let head = "front_end.mfcc_head={seconds=1.0,mfcc={n_mfcc=200}}";
    refused_with(
        home,
        "music",
        &[head],
        &["front_end.mfcc_head.mfcc.n_mfcc = 200: expected 1 to n_mels = 128"],
    );
    // At each file's own rate a band may lie above half of it: that file is named, and not as silent.
    let own = [
        "front_end.log_mel.rate=\"own\"",
        "front_end.log_mel.fmin=15000",
    ];
    let mut words = vec!["train", "music", "--from-scratch", "--out", "run"];
    own.iter()
        .for_each(|change| words.extend(["--set", change]));
    let printed = said(&run(home, &words));
    assert!(
        printed.contains("0.wav: fmin = 15000: expected less than half the rate, 11025 Hz"),
        "{printed}"
    );
}

#[test]
fn a_fault_is_that_of_the_file_s_own_line_or_of_a_change() {
    let place = tempfile::tempdir().unwrap();
    let home = place.path();
    fs::write(home.join("songs.csv"), "genre,a\nRock,1\nFolk,2\n").unwrap();
    let recipe = home.join("recipe.toml");
    fs::write(&recipe, RECIPE).unwrap();
    let printed = |changes: &[&str], why: &[&str]| refused_with(home, "recipe.toml", changes, why);
    printed(
        &["train.batch=8", "train.epochs=1e300"],
        &["recipe.toml: --set train.epochs=1e300: ", "`1e300`"],
    );
    printed(
        &["train.epochs=3.5", "train.batch=8"],
        &["recipe.toml: --set train.epochs=3.5: "],
    );
    printed(
        &["train.epoch=3"],
        &["recipe.toml: --set train.epoch=3: unknown field `epoch`"],
    );
    printed(
        &["train.optimizer.kind=fast"],
        &["--set train.optimizer.kind=fast: unknown variant"],
    );
    printed(
        &["train.label_smoothing=1e38"],
        &["train.label_smoothing = 1e38: expected"],
    );
    // The file's own fault, whatever is changed beside it.
    let text = RECIPE.replace("batch = 16", "batch = 16\nbatches = 3");
    let line = 1 + text.lines().position(|line| line == "batches = 3").unwrap();
    fs::write(&recipe, text).unwrap();
    let place = format!("recipe.toml: line {line}, `batches = 3`: unknown field `batches`");
    printed(&[], &[&place]);
    printed(&["name=other", "train.seed=4"], &[&place]);
    // A change may mend what is wrong in the file.
    fs::write(&recipe, RECIPE.replace("epochs = 1", "epochs = \"one\"")).unwrap();
    printed(
        &["train.epochs=1", "train.seed=-1"],
        &["--set train.seed=-1: "],
    );
    printed(&["train.seed=3"], &["`epochs = \"one\"`"]);
}
