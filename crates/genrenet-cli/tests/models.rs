//! Naming a model: what there is, where a name can stand, and what is said of a folder that holds none.

use std::fs;
use std::path::Path;
use std::process::Output;

use crate::program::{genrenet, lines_of_json, recording, tones};

fn errors(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn the_built_in_models_are_listed() {
    let listed = genrenet().arg("models").output().unwrap();
    let text = String::from_utf8(listed.stdout).unwrap();
    for words in [
        "wide (used where none is named)",
        "Indie (Rock)",
        "also     instrumental, female vocals",
        "fma8\n",
        "gtzan10\n",
        "echonest12\n",
        "msd50\n",
        "reads    audio files",
        "reads    tables (CSV, TSV) with the columns acousticness",
        "licence  ",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    let json = genrenet().args(["models", "--json"]).output().unwrap();
    let models = lines_of_json(&json.stdout);
    assert_eq!(models.len(), 5);
    for model in &models {
        let name = model["model"].as_str().unwrap();
        let known = genrenet::shipped::load(name).unwrap();
        assert_eq!(model["genres"], serde_json::json!(known.genres));
        assert!(
            model["bytes"].as_u64().unwrap() > 1000
                && !model["license"].as_str().unwrap().is_empty()
        );
        let help = genrenet().args(["classify", "--help"]).output().unwrap();
        assert!(
            String::from_utf8_lossy(&help.stdout).contains(name),
            "--help hides {name}"
        );
    }
}

#[test]
fn answers_say_which_model_gave_them_and_name_the_top_genre() {
    let song = recording("vibe_ace.m4a");
    let json = genrenet()
        .args(["classify", "--json"])
        .arg(&song)
        .arg("nowhere.mp3")
        .output()
        .unwrap();
    let lines = lines_of_json(&json.stdout);
    let card = genrenet::shipped::load("wide").unwrap().card;
    for line in &lines {
        assert_eq!(
            (&line["model"], &line["model_version"]),
            (&card.name.clone().into(), &card.version.clone().into())
        );
    }
    let table = genrenet()
        .args(["classify", "--csv"])
        .arg(&song)
        .output()
        .unwrap();
    let mut table = csv::Reader::from_reader(&table.stdout[..]);
    let column = table
        .headers()
        .unwrap()
        .iter()
        .position(|name| name == "genre")
        .unwrap();
    let row = table.records().next().unwrap().unwrap();
    assert_eq!(
        row[column],
        *lines[0]["genres"][0]["genre"].as_str().unwrap()
    );
}

#[test]
fn a_model_of_tables_says_so_of_sound_and_folders() {
    let folder = tempfile::tempdir().unwrap();
    let binary = folder.path().join("x.csv");
    fs::write(&binary, b"\xff\xd8\xff\xe0 no table\n1,2\n").unwrap();
    for (path, found) in [
        (
            recording("vibe_ace.m4a"),
            "found AAC sound; built-in models that read sound: wide, fma8, gtzan10, msd50",
        ),
        (folder.path().to_owned(), "found a folder"),
        (binary, "found a first line that is not UTF-8"),
    ] {
        let output = genrenet()
            .args(["classify", "--model", "echonest12"])
            .arg(&path)
            .output()
            .unwrap();
        let said = errors(&output);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(
            said.contains(
                "the model echonest12 reads a table (CSV, TSV) with the columns acousticness"
            ),
            "{said}"
        );
        assert!(said.contains(found), "{said}");
    }
}

#[test]
fn a_folder_that_is_no_bundle_and_no_run_is_described() {
    let folder = tempfile::tempdir().unwrap();
    let plain = folder.path().join("plain");
    for name in ["a.txt", "b.txt"] {
        fs::create_dir_all(&plain).unwrap();
        fs::write(plain.join(name), "x").unwrap();
    }
    let seeds = folder.path().join("seeds");
    fs::create_dir_all(seeds.join("seed-1")).unwrap();
    let begun = folder.path().join("begun");
    fs::create_dir_all(&begun).unwrap();
    fs::write(begun.join("recipe.toml"), "name = \"x\"").unwrap();
    let nowhere = folder.path().join("nowhere");
    let bundle = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/fma8/held-out");
    for (path, found) in [
        (&nowhere, "found nothing there"),
        (&plain, "found a folder of a.txt, b.txt"),
        (
            &seeds,
            "found the runs of 1 seeds or folds: name one of them",
        ),
        (&begun, "no finished epoch"),
        (&bundle, "found a bundle outside of a run folder"),
    ] {
        let output = genrenet()
            .args(["train", "--resume"])
            .arg(path)
            .output()
            .unwrap();
        let said = errors(&output);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(
            said.contains(
                "expected the folder of a run (recipe.toml, checkpoints/last.safetensors)"
            ),
            "{said}"
        );
        assert!(said.contains(found), "{said}");
    }
    for command in ["classify", "summary", "evaluate", "export", "explain"] {
        for (path, found) in [
            (&nowhere, "found nothing there"),
            (&plain, "found a folder of a.txt, b.txt"),
            (&begun, "found a run that is not finished and has no bundle"),
        ] {
            let mut call = genrenet();
            call.arg(command);
            match command {
                "classify" | "explain" => {
                    call.arg(recording("vibe_ace.m4a")).arg("--model").arg(path)
                }
                "export" => call.arg(path).arg("--onnx").arg(folder.path().join("onnx")),
                _ => call.arg(path),
            };
            let output = call.output().unwrap();
            let said = errors(&output);
            assert_eq!(output.status.code(), Some(2), "{command}: {said}");
            assert!(
                said.contains(
                    "expected the folder of a bundle (model.toml, weights.safetensors) or of a run"
                ),
                "{said}"
            );
            assert!(
                said.contains(found) && said.contains("wide, fma8, gtzan10, echonest12"),
                "{command}: {said}"
            );
        }
    }
}

#[test]
fn a_recipe_starts_from_a_built_in_model() {
    let folder = tempfile::tempdir().unwrap();
    let music = folder.path().join("music");
    tones(&music);
    let train = |name: &str| {
        genrenet()
            .arg("train")
            .arg(&music)
            .arg("--from-scratch")
            .arg("--out")
            .arg(folder.path().join(name))
            .args(["--set", "train.epochs=1", "--set"])
            .arg(format!("train.start_from={name}"))
            .output()
            .unwrap()
    };
    let started = train("fma8");
    assert!(
        errors(&started).contains("arrays are initialised from fma8"),
        "{}",
        errors(&started)
    );
    let unknown = errors(&train("gtzan11"));
    assert!(
        unknown.contains("train.start_from: gtzan11: expected the folder of a bundle"),
        "{unknown}"
    );
    assert!(unknown.contains("found nothing there"), "{unknown}");
}

#[test]
fn the_recipe_for_own_music_is_summed_up_without_data() {
    let recipe = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs/own-music.toml");
    let output = genrenet().arg("summary").arg(&recipe).output().unwrap();
    assert!(output.status.success(), "{}", errors(&output));
    assert!(
        errors(&output).contains("10 are assumed here"),
        "{}",
        errors(&output)
    );
    assert!(String::from_utf8_lossy(&output.stdout).contains("multiply-adds"));
    let named = genrenet()
        .arg("summary")
        .arg(&recipe)
        .args(["--json", "--set", "data.genres=['a', 'b', 'c']"])
        .output()
        .unwrap();
    assert!(named.stderr.is_empty(), "{}", errors(&named));
    let layers = &lines_of_json(&named.stdout)[0]["members"][0]["layers"];
    let last = layers.as_array().unwrap().last().unwrap();
    assert_eq!(last["output_shape"], serde_json::json!([3]));
}

#[test]
fn the_finder_recommends_a_rate_and_draws_its_curve() {
    let folder = tempfile::tempdir().unwrap();
    let music = folder.path().join("music");
    tones(&music);
    let out = folder.path().join("found");
    let output = genrenet()
        .arg("train")
        .arg(&music)
        .arg("--from-scratch")
        .args(["--find-lr", "--set", "train.batch=4", "--out"])
        .arg(&out)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", errors(&output));
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let (_, rate) = said.split_once("--set train.optimizer.lr=").expect(&said);
    let rate: f64 = rate.lines().next().unwrap().parse().unwrap();
    assert!((1e-6..1.0).contains(&rate), "{rate}");
    let svg = fs::read_to_string(out.join("learning-rate.svg")).unwrap();
    assert!(svg.contains("recommended: "));
    assert!(
        fs::read(out.join("learning-rate.png"))
            .unwrap()
            .starts_with(b"\x89PNG")
    );
}
