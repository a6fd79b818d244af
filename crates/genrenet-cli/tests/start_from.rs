//! Networks on segments, trained from scratch and from the weights of built-in models.
#![cfg(all(
    feature = "wide",
    feature = "fma8",
    feature = "echonest12",
    feature = "msd50"
))]

use std::fmt::Write;
use std::fs;
use std::path::Path;

use crate::program::{genrenet, lines_of_json, tones};

const CONFIGS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../configs");

/// A tiny network on short segments.
const TINY: &str = r#"
name = "tiny"

[front_end.windowing]
seconds = 1.0
windows = 2

[front_end.segments]
n_mels = 16
frames = 32

[[inputs]]
name = "segments"
source = "segments"
layout = "sequence"
scaling = { kind = "none" }

[[network.branches]]
input = "segments"
layers = [
    { kind = "reshape", shape = [32, 16, 1] },
    { kind = "parallel", paths = [
        [{ kind = "conv", filters = 4, kernel = [3, 8], padding = [1, 0] }, { kind = "relu" }, { kind = "batch_norm" }, { kind = "max_pool", size = [1, 9] }],
        [{ kind = "conv", filters = 4, kernel = [8, 1] }, { kind = "relu" }, { kind = "batch_norm" }, { kind = "max_pool", size = [1, 16] }],
    ] },
    { kind = "global_pool", of = ["max", "mean"] },
]

[network]
heads = [{ name = "genre", outputs = 0 }]

[train]
optimizer = { kind = "adamw", lr = 0.01 }
epochs = 30
batch = 8
"#;

/// `genrenet train WORDS`, and what it said.
fn train(home: &Path, words: &[&str]) -> (bool, String) {
    let trained = genrenet()
        .current_dir(home)
        .arg("train")
        .args(words)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&trained.stderr).into_owned();
    (trained.status.success(), said)
}

/// How many of the songs are classified as the folder that they are in.
fn right(home: &Path, run: &str) -> usize {
    let answers = genrenet()
        .current_dir(home)
        .args(["classify", "--json", "--model", run, "music"])
        .output()
        .unwrap();
    let answers = lines_of_json(&answers.stdout);
    assert_eq!(answers.len(), 20);
    let is_right = |answer: &&serde_json::Value| {
        let genre = answer["genres"][0]["genre"].as_str().unwrap();
        answer["path"].as_str().unwrap().contains(genre)
    };
    answers.iter().filter(is_right).count()
}

#[test]
fn a_network_on_segments_is_trained_from_scratch_and_further() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    tones(&home.join("music"));
    fs::write(home.join("tiny.toml"), TINY).unwrap();
    let (done, said) = train(home, &["tiny.toml", "--data", "music", "--out", "run"]);
    assert!(done, "{said}");
    assert!(right(home, "run") >= 19, "{said}");
    // The weights of that run, with a step that changes nothing that can be seen.
    let further = [
        "tiny.toml",
        "--data",
        "music",
        "--out",
        "further",
        "--set",
        "train.start_from=run",
        "--set",
        "train.epochs=1",
        "--set",
        "train.optimizer.lr=1e-6",
    ];
    let (done, said) = train(home, &further);
    assert!(done, "{said}");
    let words = "14 of 14 arrays are initialised from run: layers branches.segments.1.";
    assert!(said.contains(words) && !said.contains("; not "), "{said}");
    assert!(right(home, "further") >= 19, "{said}");
}

#[test]
fn the_network_of_msd50_is_trained_further() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    tones(&home.join("music"));
    let recipe = format!("{CONFIGS}/fine-tune-msd50.toml");
    let words = [
        &recipe,
        "--data",
        "music",
        "--out",
        "run",
        "--set",
        "train.epochs=2",
        "--set",
        "front_end.windowing.windows=1",
    ];
    let (done, said) = train(home, &words);
    assert!(done, "{said}");
    assert!(
        said.contains("are initialised from msd50: layers branches.segments.1, "),
        "{said}"
    );
    assert!(
        said.contains("; not heads.genre (no such layer there)\n"),
        "{said}"
    );
    right(home, "run");
    // Heads over frozen layers of the same names: the backbone's weights are found inside the bundle.
    let (done, said) = train(home, &["music", "--out", "head"]);
    assert!(done, "{said}");
    let from_head = [&words[..], &["--set", "train.start_from=head"]].concat();
    let from_head: Vec<&str> = from_head
        .iter()
        .map(|&word| if word == "run" { "second" } else { word })
        .collect();
    let (done, said) = train(home, &from_head);
    assert!(done, "{said}");
    assert!(said.contains("of its network msd50"), "{said}");
}

#[test]
fn every_built_in_model_can_be_started_from_or_is_refused_with_the_layers() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    tones(&home.join("music"));
    let words = [
        "music",
        "--from-scratch",
        "--out",
        "fma8",
        "--set",
        "train.epochs=1",
        "--set",
        "train.start_from=fma8",
    ];
    let (done, said) = train(home, &words);
    assert!(done, "{said}");
    for words in [
        "are initialised from fma8: layers branches.logmel.0, branches.logmel.1, ",
        "([3, 3, 48, 64] here, [3, 3, 48, 96] there)",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    for (name, reads) in [
        ("echonest12", "values"),
        ("msd50", "segments"),
        ("wide", "embedding"),
    ] {
        let start = format!("train.start_from={name}");
        let words = ["music", "--from-scratch", "--out", "no", "--set", &start];
        let (done, said) = train(home, &words);
        assert!(!done, "{said}");
        let why = format!("one array of the same name and shape (it reads {reads}; ");
        assert!(said.contains(&why), "{said}");
    }
    let columns =
        "acousticness,danceability,energy,instrumentalness,liveness,speechiness,tempo,valence";
    let mut table = format!("genre,{columns}\n");
    for row in 0..40 {
        let genre = ["a", "b"][row % 2];
        let values: Vec<String> = (0..8)
            .map(|c| format!("0.{}", (row * 7 + c * 3) % 10))
            .collect();
        writeln!(table, "{genre},{}", values.join(",")).unwrap();
    }
    fs::write(home.join("songs.csv"), table).unwrap();
    let recipe = format!("{CONFIGS}/mlp-echonest-12.toml");
    let words = [
        &recipe,
        "--data",
        "songs.csv",
        "--out",
        "values",
        "--set",
        "train.epochs=1",
        "--set",
        "data.genres=[]",
        "--set",
        "train.start_from=echonest12",
    ];
    let (done, said) = train(home, &words);
    assert!(done, "{said}");
    assert!(
        said.contains(
            "are initialised from echonest12: layers trunk.0, trunk.1, trunk.4, trunk.5 of"
        ),
        "{said}"
    );
    assert!(
        said.contains("not heads.genre ([256, 2] here, [256, 11] there)"),
        "{said}"
    );
}
