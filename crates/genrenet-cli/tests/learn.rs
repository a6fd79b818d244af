//! Training, measuring and extracting from the outside.

use std::fs;
use std::path::Path;

use crate::program::{genrenet, lines_of_json, recording, tones};

#[test]
fn data_that_a_recipe_names_lie_here_or_in_the_folder_of_data_sets() {
    let home = tempfile::tempdir().unwrap();
    let sets = home.path().join("sets");
    tones(&sets.join("tones"));
    let recipe = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs/own-music.toml");
    let train = |folder: Option<&Path>, out: &str| {
        let mut command = genrenet();
        command.current_dir(home.path()).arg("train").arg(&recipe);
        command.args([
            "--set",
            "data.path=tones",
            "--set",
            "train.epochs=1",
            "--out",
            out,
        ]);
        match folder {
            Some(folder) => command.env("GENRENET_DATA", folder),
            None => command.env_remove("GENRENET_DATA"),
        };
        command.output().unwrap()
    };
    let found = train(Some(&sets), "run");
    assert!(
        found.status.success(),
        "{}",
        String::from_utf8_lossy(&found.stderr)
    );
    for folder in [None, Some(home.path())] {
        let missing = train(folder, "other");
        assert_eq!(missing.status.code(), Some(2));
        let error = String::from_utf8_lossy(&missing.stderr).into_owned();
        assert!(
            error.contains("tones") && error.contains("GENRENET_DATA"),
            "{error}"
        );
        assert!(!home.path().join("other").exists());
    }
}

#[test]
fn a_folder_of_genre_folders_is_learned_measured_and_used() {
    let folder = tempfile::tempdir().unwrap();
    let music = folder.path().join("music");
    tones(&music);
    fs::write(music.join("Low/artist 0/notes.mp3"), "no music at all").unwrap();
    let run = folder.path().join("run");
    let trained = genrenet()
        .arg("train")
        .arg(&music)
        .arg("--from-scratch")
        .arg("--out")
        .arg(&run)
        .args(["--set", "train.epochs=6"])
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&trained.stderr).into_owned();
    assert_eq!(
        trained.status.code(),
        Some(1),
        "one file is no music: {errors}"
    );
    assert!(errors.contains("notes.mp3"), "{errors}");
    for file in [
        "recipe.toml",
        "history.jsonl",
        "environment.json",
        "bundle/model.toml",
        "bundle/weights.safetensors",
        "bundle/CARD.md",
    ] {
        assert!(run.join(file).is_file(), "{file} is missing");
    }
    assert_eq!(
        fs::read_to_string(run.join("history.jsonl"))
            .unwrap()
            .lines()
            .count(),
        6
    );

    let measured = genrenet()
        .arg("evaluate")
        .arg(&run)
        .args(["--on", "all", "--json"])
        .output()
        .unwrap();
    let figures = &lines_of_json(&measured.stdout)[0];
    assert_eq!(figures["n"], 20);
    for key in ["top1", "top3", "macro_f1", "ece"] {
        assert!(
            (0.0..=1.0).contains(&figures[key].as_f64().unwrap()),
            "{key}: {figures}"
        );
    }
    assert_eq!(figures["top1_interval"].as_array().unwrap().len(), 2);
    assert_eq!(figures["genres"], serde_json::json!(["High", "Low"]));
    let total: u64 = figures["confusion"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|row| row.as_array().unwrap())
        .map(|cell| cell.as_u64().unwrap())
        .sum();
    assert_eq!(total, 20);
    assert!(
        figures["top1"].as_f64().unwrap() > 0.8,
        "tones this far apart are learned in 6 epochs: {figures}"
    );

    let named = genrenet()
        .args(["classify", "--json", "--model"])
        .arg(&run)
        .arg(recording("vibe_ace.m4a"))
        .output()
        .unwrap();
    assert_eq!(named.status.code(), Some(0));

    // A bundle that was changed after it was saved is refused.
    let weights = run.join("bundle/weights.safetensors");
    let mut bytes = fs::read(&weights).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&weights, bytes).unwrap();
    let refused = genrenet()
        .args(["classify", "--model"])
        .arg(&run)
        .arg(recording("vibe_ace.m4a"))
        .output()
        .unwrap();
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("sha256"));
}

#[test]
fn the_number_of_threads_never_changes_the_weights() {
    let folder = tempfile::tempdir().unwrap();
    let music = folder.path().join("music");
    tones(&music);
    let train = |out: &Path, extra: &[&str]| {
        let output = genrenet()
            .arg("train")
            .arg(&music)
            .arg("--from-scratch")
            .arg("--out")
            .arg(out)
            .args(["--set", "train.epochs=4"])
            .args(extra)
            .output()
            .unwrap();
        assert_eq!(
            output.status.code(),
            Some(0),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    };
    let whole = folder.path().join("whole");
    train(&whole, &[]);
    let again = folder.path().join("again");
    train(&again, &["--threads", "1"]);
    let weights = |run: &Path| fs::read(run.join("bundle/weights.safetensors")).unwrap();
    assert!(
        weights(&whole) == weights(&again),
        "the number of threads changed the weights"
    );
}

#[test]
fn impossible_recipes_are_refused_with_key_and_value() {
    let folder = tempfile::tempdir().unwrap();
    let recipe = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs/fma-small-cnn.toml");
    for (change, words) in [
        ("train.batch=0", &["batch", "0"][..]),
        ("train.no_such_key=1", &["no_such_key"]),
        ("train.optimizer.lr=-1", &["lr", "-1"]),
    ] {
        let out = folder.path().join("run");
        let output = genrenet()
            .arg("train")
            .arg(&recipe)
            .args(["--set", change, "--out"])
            .arg(&out)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2), "{change}");
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(
            words.iter().all(|word| errors.contains(word)),
            "{change}: {errors}"
        );
        assert!(!out.exists(), "nothing is written");
    }
}

#[test]
fn features_are_written_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    for ending in ["npz", "parquet"] {
        let out = folder.path().join("features").with_extension(ending);
        let output = genrenet()
            .arg("extract")
            .arg(recording(""))
            .arg("--out")
            .arg(&out)
            .output()
            .unwrap();
        assert_eq!(
            output.status.code(),
            Some(0),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        assert!(fs::metadata(&out).unwrap().len() > 100_000);
    }
    let nothing = folder.path().join("none.npz");
    let bad = folder.path().join("bad.mp3");
    fs::write(&bad, "words").unwrap();
    let output = genrenet()
        .arg("extract")
        .arg(&bad)
        .arg("--out")
        .arg(&nothing)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let left: Vec<_> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert!(
        !left
            .iter()
            .any(|name| name.to_string_lossy().contains("none")),
        "{left:?}"
    );
}
