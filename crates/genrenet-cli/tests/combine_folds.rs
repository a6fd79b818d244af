//! Networks of different features in one bundle, calibrated and measured out of fold.
#![cfg(feature = "msd50")]

use std::fs;
use std::path::Path;

use genrenet::model::{Bundle, FeatureKind};

use crate::program::{genrenet, lines_of_json, tones};

/// Runs a command; its exit code, and what it printed on stdout and stderr.
fn run(home: &Path, words: &[&str]) -> (Option<i32>, String, String) {
    let output = genrenet().args(words).current_dir(home).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (
        output.status.code(),
        text(&output.stdout),
        text(&output.stderr),
    )
}

/// Two folds of a recipe of `configs/` on the tones, with changes.
fn folds(home: &Path, recipe: &str, out: &str, changes: &[&str]) -> String {
    let recipe = format!("{}/../../configs/{recipe}.toml", env!("CARGO_MANIFEST_DIR"));
    let mut words = vec![
        "train", &recipe, "--data", "music", "--folds", "2", "--out", out,
    ];
    changes
        .iter()
        .for_each(|change| words.extend(["--set", change]));
    let (code, printed, said) = run(home, &words);
    assert_eq!(code, Some(0), "{said}");
    printed
}

/// The first figure behind a name in a line of figures.
fn figure<'a>(line: &'a str, name: &str) -> &'a str {
    let rest = line.split(name).nth(1).unwrap_or_else(|| panic!("{line}"));
    rest.split_whitespace().next().unwrap_or_default()
}

#[test]
fn a_head_over_tags_and_a_network_of_log_mel_are_one_bundle_measured_out_of_fold() {
    let place = tempfile::tempdir().unwrap();
    let home = place.path();
    tones(&home.join("music"));
    let printed = folds(home, "gtzan-tags", "tags", &[]);
    folds(home, "cnn-gtzan", "cnn", &["train.epochs=1"]);
    let combine = |words: &[&str]| {
        let usual = ["combine", "--data", "music", "--out", "both"];
        run(home, &[&usual, words].concat())
    };

    // One run alone has the figures that cross-validation printed.
    let (code, alone, said) = combine(&["tags/fold-1", "--folds", "tags"]);
    assert_eq!(code, Some(0), "{said}");
    let together = printed
        .lines()
        .find(|line| line.contains("2 folds, "))
        .unwrap();
    for name in ["top-1", "macro-F1"] {
        assert_eq!(
            figure(&alone, name),
            figure(together, name),
            "{alone}{printed}"
        );
    }

    let (code, _, said) = combine(&[
        "tags/fold-1",
        "cnn/fold-1",
        "--weights",
        "1,0.5",
        "--logits",
        "--folds",
        "tags,cnn",
    ]);
    assert_eq!(code, Some(0), "{said}");
    let both = Bundle::load(&home.join("both")).unwrap();
    assert_eq!(
        both.sources(),
        [FeatureKind::Embedding, FeatureKind::Logmel]
    );
    let front_end = both.front_end.unwrap();
    assert!(front_end.log_mel.is_some() && front_end.segments.is_some());
    assert_eq!(front_end.windowing.frames, 128);
    assert!(
        both.calibration.fitted_on.contains("out of 2 folds"),
        "{:?}",
        both.calibration
    );
    let top1 = both
        .card
        .figures
        .iter()
        .find(|f| f.measure == "top-1")
        .unwrap();
    assert_eq!(
        (top1.n, top1.on.contains("out of 2 folds")),
        (Some(20), true)
    );
    // Both are computed from audio files.
    let (code, answers, said) = run(home, &["classify", "--json", "--model", "both", "music"]);
    assert_eq!(code, Some(0), "{said}");
    let right = lines_of_json(answers.as_bytes())
        .into_iter()
        .filter(|answer| {
            let path = answer["path"].as_str().unwrap();
            path.contains(answer["genres"][0]["genre"].as_str().unwrap())
        });
    assert_eq!(right.count(), 20);
    // What the backbone learned is not known row by row, and a figure says so.
    let (_, figures, _) = run(
        home,
        &["evaluate", "both", "--data", "music", "--on", "all"],
    );
    assert!(figures.contains("Million Song Dataset"), "{figures}");
}

#[test]
fn folds_that_do_not_fit_are_refused() {
    let place = tempfile::tempdir().unwrap();
    let home = place.path();
    tones(&home.join("music"));
    folds(home, "gtzan-tags", "tags", &[]);
    folds(home, "gtzan-tags", "other", &["train.seed=2"]);
    fs::create_dir(home.join("empty")).unwrap();
    for (words, said) in [
        (
            &["--folds", "tags"][..],
            "--folds: expected 2 runs, one for each part; found 1",
        ),
        (&["--folds", "tags,empty"], "found 2, 0 in tags, empty"),
        (&["--folds", "tags,nowhere"], "found 2, 0 in tags, nowhere"),
        (
            &["--folds", "tags,other"],
            "fold 1 = folds of several seeds: expected networks",
        ),
        (
            &["--folds", "tags,tags", "--soften", "2"],
            "cannot be used with",
        ),
    ] {
        let parts = [
            "combine",
            "tags/fold-1",
            "other/fold-1",
            "--data",
            "music",
            "--out",
            "both",
        ];
        let (code, _, found) = run(home, &[&parts, words].concat());
        assert_eq!(code, Some(2), "{words:?}: {found}");
        assert!(found.contains(said), "{words:?}: {found}");
        assert!(!home.join("both").exists());
    }
}
