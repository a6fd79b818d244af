//! Several networks put into one bundle, from the outside.

use std::path::{Path, PathBuf};
use std::process::Output;

use genrenet::audio::{Input, song_features};
use genrenet::model::{Bundle, Raw};

use crate::program::{genrenet, lines_of_json, recording, tones};

fn run(arguments: &[&str], home: &Path) -> Output {
    genrenet()
        .args(arguments)
        .current_dir(home)
        .output()
        .unwrap()
}

/// Two networks of the same genres, `short` and `long`.
fn two_runs() -> tempfile::TempDir {
    let place = tempfile::tempdir().unwrap();
    tones(&place.path().join("music"));
    for (name, epochs) in [("short", "train.epochs=2"), ("long", "train.epochs=4")] {
        let arguments = [
            "train",
            "music",
            "--from-scratch",
            "--out",
            name,
            "--set",
            epochs,
        ];
        let output = run(&arguments, place.path());
        assert_eq!(output.status.code(), Some(0), "{output:?}");
    }
    place
}

fn combine(home: &Path, arguments: &[&str]) -> Output {
    let usual = ["combine", "--data", "music", "--out", "both", "--full"];
    run(&[&usual, arguments].concat(), home)
}

/// Probabilities of the first window of a recording, before any calibration.
fn uncalibrated(bundle: &Bundle) -> Vec<f32> {
    let input = Input::path(&recording("vibe_ace.m4a")).unwrap();
    let features = song_features(input, bundle.front_end.as_ref().unwrap()).unwrap();
    bundle
        .uncalibrated(&[Raw::of_window(&features.windows[0])])
        .unwrap()
}

fn load(folder: PathBuf) -> Bundle {
    Bundle::load(&folder).unwrap()
}

#[test]
fn a_combined_bundle_averages_its_parts_by_their_weights() {
    let place = two_runs();
    let home = place.path();
    let parts = ["short", "long"].map(|part| uncalibrated(&load(home.join(part).join("bundle"))));
    assert!(parts[0] != parts[1], "the parts must differ to tell");
    for (extra, shares, logits) in [
        (&[][..], [0.5, 0.5], false),
        (&["--weights", "3,1"], [0.75, 0.25], false),
        (&["--weights", "1,4", "--logits"], [0.2, 0.8], true),
    ] {
        let output = combine(home, &[&["short", "long"], extra].concat());
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(said.starts_with("both: 2 networks, "), "{said}");
        let both = load(home.join("both"));
        assert_eq!(both.members.len(), 2);
        let [short, long] = &parts;
        let mut expected: Vec<f32> = short
            .iter()
            .zip(long)
            .map(|(a, b)| match logits {
                true => (shares[0] * a.ln() + shares[1] * b.ln()).exp(),
                false => shares[0] * a + shares[1] * b,
            })
            .collect();
        let sum: f32 = expected.iter().sum();
        expected.iter_mut().for_each(|p| *p /= sum);
        for (found, expected) in uncalibrated(&both).iter().zip(&expected) {
            assert!(
                (found - expected).abs() < 1e-5,
                "{extra:?}: {found} {expected}"
            );
        }
    }
}

#[test]
fn what_learned_from_the_validation_rows_is_measured_by_its_held_out_counterpart() {
    let place = two_runs();
    let home = place.path();
    let arguments = [
        "train",
        "music",
        "--from-scratch",
        "--out",
        "final",
        "--set",
        "train.epochs=2",
        "--set",
        "train.with_validation=true",
        "--set",
        "train.keep=last",
    ];
    let output = run(&arguments, home);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let output = combine(home, &["final", "--calibrated-as", "short"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("learned from the validation rows"), "{said}");
    assert!(!said.contains("top-1"), "{said}");
    let (both, held_out) = (load(home.join("both")), load(home.join("short/bundle")));
    assert!(both.card.learned_validation && !held_out.card.learned_validation);
    assert_eq!(both.card.figures, held_out.card.figures);
    assert_eq!(both.calibration, held_out.calibration);
    let card = std::fs::read_to_string(home.join("both/CARD.md")).unwrap();
    assert!(
        card.contains("Learned from the validation rows too"),
        "{card}"
    );

    // Its own threshold can't be chosen on rows that it has seen.
    let both = ["final", "--calibrated-as", "short", "--soften", "1.1"];
    let output = combine(home, &both);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        said.contains("--soften") && said.contains("--calibrated-as"),
        "{said}"
    );

    let output = combine(home, &["final", "--calibrated-as", "echonest12"]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        said.contains("--calibrated-as echonest12") && said.contains("High, Low"),
        "{said}"
    );

    let measured = |model: &str, on: &str| {
        let arguments = ["evaluate", model, "--data", "music", "--on", on, "--json"];
        run(&arguments, home)
    };
    for (model, on) in [
        ("both", "test"),
        ("both", "training"),
        ("short", "validation"),
    ] {
        let output = measured(model, on);
        assert_eq!(output.status.code(), Some(0), "{model} {on}: {output:?}");
        let notes = &lines_of_json(&output.stdout)[0]["notes"];
        assert!(!notes.to_string().contains("learned"), "{notes}");
    }
    let output = measured("both", "validation");
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let why = "4 of the 4 validation rows of music were learned by";
    assert!(said.contains(why), "{said}");
    let output = measured("both", "all");
    let notes = lines_of_json(&output.stdout)[0]["notes"].to_string();
    assert!(notes.contains("16 of 20 rows were learned"), "{notes}");
    // A calibration is not fitted on rows that a part learned either.
    let output = combine(home, &["final", "short"]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        said.contains(why) && said.contains("--calibrated-as"),
        "{said}"
    );
}

#[test]
fn a_combined_bundle_has_a_card_of_its_own_and_names_songs() {
    let place = two_runs();
    let home = place.path();
    let words = ["--name", "pair", "--license", "CC0", "--note", "only tones"];
    let output = combine(home, &[&["short", "long"], &words[..]].concat());
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let both = load(home.join("both"));
    assert_eq!((&*both.card.name, &*both.card.license), ("pair", "CC0"));
    assert_eq!(both.card.notes, ["only tones"]);
    let top1 = both.card.figures.iter().find(|f| f.measure == "top-1");
    let top1 = top1.expect("a figure from the validation rows");
    assert_eq!(top1.n, Some(4));
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let printed = format!("top-1 {:.1} %", 100.0 * top1.value);
    assert!(said.contains(&printed), "{said}");
    assert!(both.card.command.contains("train.epochs=2"));
    assert!(both.card.command.contains("train.epochs=4"));

    let song = recording("vibe_ace.m4a");
    let named = run(
        &[
            "classify",
            "--json",
            "--model",
            "both",
            song.to_str().unwrap(),
        ],
        home,
    );
    assert_eq!(named.status.code(), Some(0), "{named:?}");
    let genres = &lines_of_json(&named.stdout)[0]["genres"];
    let sum: f64 = (0..2)
        .map(|i| genres[i]["probability"].as_f64().unwrap())
        .sum();
    assert!((sum - 1.0).abs() < 1e-5, "{genres}");
}

#[test]
fn what_cannot_be_combined_is_refused_and_nothing_is_written() {
    let place = two_runs();
    let home = place.path();
    // The same tones by other names.
    tones(&home.join("other"));
    for (old, new) in [("Low", "Bass"), ("High", "Whistle")] {
        let other = home.join("other");
        let (old, new) = (other.join(old), other.join(new));
        std::fs::rename(old, new).unwrap();
    }
    let arguments = [
        "train",
        "other",
        "--from-scratch",
        "--out",
        "strange",
        "--set",
    ];
    let output = run(&[&arguments[..], &["train.epochs=1"]].concat(), home);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    std::fs::write(home.join("words.txt"), "no bundle").unwrap();

    let data = |path| ["short", "long", "--data", path];
    for (arguments, words) in [
        (
            &["short", "strange"][..],
            &["bundles[1].genres", "Bass", "Low"][..],
        ),
        (&["short", "nothing-here"], &["nothing-here", "expected"]),
        (&["short", "words.txt"], &["words.txt", "expected"]),
        (&["short", "music"], &["music", "model.toml"]),
        (
            &["short", "long", "--weights", "1,2,3"],
            &["--weights", "expected 2", "found 3"],
        ),
        (
            &["short", "long", "--weights", "1"],
            &["--weights", "expected 2", "found 1"],
        ),
        (
            &["short", "long", "--weights", "1,0"],
            &["--weights", "'0'", "expected a number from 0.000001"],
        ),
        (
            &["short", "long", "--weights", "1,many"],
            &["--weights", "many"],
        ),
        (&["short", "echonest12"], &["bundles[1].genres"]),
        (&[], &["RUN_OR_BUNDLE"]),
    ] {
        let output = combine(home, arguments);
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {errors}");
        assert!(
            words.iter().all(|word| errors.contains(word)),
            "{arguments:?}: {errors}"
        );
        assert!(!home.join("both").exists(), "{arguments:?}");
    }
    for path in ["nowhere", "words.txt"] {
        let output = run(
            &[&["combine", "--out", "both"], &data(path)[..]].concat(),
            home,
        );
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{errors}");
        assert!(errors.contains(path), "{errors}");
        assert!(!home.join("both").exists());
    }
}

#[test]
fn nothing_is_written_into_the_folders_of_runs() {
    let place = two_runs();
    let home = place.path();
    // A bundle there would hide that of the run.
    let arguments = [
        "combine", "short", "long", "--data", "music", "--out", "short",
    ];
    let output = run(&arguments, home);
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{errors}");
    assert!(errors.contains("found that of a run"), "{errors}");
    // Nor for anything else that is written into a folder, nor are the folders in it.
    let busy = home.join("busy");
    std::fs::create_dir(&busy).unwrap();
    let lock = std::fs::File::create(busy.join(".lock")).unwrap();
    lock.lock().unwrap();
    let from = ["--data", "music"];
    for (arguments, found) in [
        (&["export", "short", "--onnx", "short"][..], "that of a run"),
        (&["export", "long", "--onnx", "short/."], "that of a run"),
        (
            &["export", "short", "--onnx", "short/bundle"],
            "a run's own files",
        ),
        (&["report", "short", "--out", "short"], "that of a run"),
        (
            &["report", "short", "--out", "short/checkpoints/"],
            "a run's own files",
        ),
        (
            &[&["combine", "short", "--out", "short/bundle"], &from[..]].concat(),
            "a run's own files",
        ),
        (
            &[&["combine", "short", "--out", "busy"], &from[..]].concat(),
            "a training writes",
        ),
        (&["export", "short", "--onnx", "busy"], "a training writes"),
        (&["report", "short", "--out", "busy"], "a training writes"),
    ] {
        let output = run(arguments, home);
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {errors}");
        assert!(errors.contains(found), "{arguments:?}: {errors}");
        assert_eq!(
            std::fs::read_dir(&busy).unwrap().count(),
            1,
            "{arguments:?}"
        );
    }
    for written in [
        "export.json",
        "report.md",
        "bundle/export.json",
        "checkpoints/report.md",
    ] {
        assert!(!home.join("short").join(written).exists(), "{written}");
    }
}
