//! `evaluate` from the outside: rows that a bundle learned are known again by their content.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::program::values::{RECIPE, done, refused, run, said};
use crate::program::{lines_of_json, tones, train_network};

/// Learns Folk and Rock, as many rows of each.
fn balanced() -> String {
    let selection = "path = \"songs.csv\"
genres = [\"Folk\", \"Rock\"]
balanced = true";
    recipe().replace("path = \"songs.csv\"", selection)
}

/// Two epochs.
fn recipe() -> String {
    RECIPE.replace("epochs = 1", "epochs = 2")
}

/// A table of 300 rows, half of them Rock; `turned` puts them in another order.
fn songs(path: &Path, turned: bool) {
    let mut lines: Vec<String> = (0..300)
        .map(|row| {
            let genre = ["Rock", "Folk", "Rock", "Jazz"][row % 4];
            format!("{genre},artist {},{row},{}\n", row / 3, row * row % 17)
        })
        .collect();
    if turned {
        lines.reverse();
    }
    let mut text = String::from("genre,artist,a,b\n");
    lines.iter().for_each(|line| text += line);
    fs::write(path, text).unwrap();
}

#[test]
fn a_balanced_run_is_measured_on_its_own_rows_and_not_on_others() {
    let place = tempfile::tempdir().unwrap();
    let home = place.path();
    songs(&home.join("songs.csv"), false);
    songs(&home.join("renamed.csv"), true);
    fs::write(home.join("recipe.toml"), balanced()).unwrap();
    done(home, &["train", "recipe.toml", "--out", "run"]);
    for on in ["validation", "test"] {
        let own = done(home, &["evaluate", "run", "--on", on, "--json"]);
        let own = &lines_of_json(&own.stdout)[0];
        // The same rows are found for the bundle alone, in the whole table.
        let words = ["evaluate", "run/bundle", "--data", "songs.csv", "--on", on];
        let lone = done(home, &[&words[..], &["--json"]].concat());
        assert_eq!(own, &lines_of_json(&lone.stdout)[0]);

        let words = [
            "evaluate",
            "run/bundle",
            "--data",
            "renamed.csv",
            "--on",
            on,
        ];
        refused(
            home,
            &words,
            &["were learned by values", "--leave-out-learned"],
        );
        let rest = done(
            home,
            &[&words[..], &["--leave-out-learned", "--json"]].concat(),
        );
        let rest = &lines_of_json(&rest.stdout)[0];
        assert!(rest["n"].as_u64().unwrap() > 0);
        let note = rest["notes"].to_string();
        assert!(
            note.contains("were learned by values and are left out"),
            "{note}"
        );
    }
    let words = [
        "evaluate",
        "run",
        "--data",
        "renamed.csv",
        "--on",
        "training",
    ];
    done(home, &words);
    // Of rows that are shown because they were learned none can be left out.
    let both = [&words[..], &["--leave-out-learned"]].concat();
    refused(
        home,
        &both,
        &[
            "--leave-out-learned",
            "validation, test or all",
            "--on training",
        ],
    );
}

#[test]
fn the_run_of_a_fold_holds_out_its_fold_whatever_its_folder_is_called() {
    let place = tempfile::tempdir().unwrap();
    let home = place.path();
    songs(&home.join("songs.csv"), false);
    fs::write(home.join("recipe.toml"), balanced()).unwrap();
    done(
        home,
        &["train", "recipe.toml", "--out", "folds", "--folds", "4"],
    );
    let printed = fs::read_to_string(home.join("folds/fold-2/validation.json")).unwrap();
    let printed: serde_json::Value = serde_json::from_str(&printed).unwrap();
    fs::rename(home.join("folds/fold-2"), home.join("second")).unwrap();
    for words in [
        &["evaluate", "second"][..],
        &["evaluate", "second/bundle", "--data", "songs.csv"],
    ] {
        let found = done(home, &[words, &["--on", "validation", "--json"]].concat());
        let found = &lines_of_json(&found.stdout)[0];
        for key in ["n", "top1", "log_loss", "confusion"] {
            assert_eq!(found[key], printed[key], "{key} of {words:?}");
        }
    }
}

#[test]
fn learned_songs_are_recognised_in_other_folders() {
    let place = tempfile::tempdir().unwrap();
    let home = place.path();
    tones(&home.join("music"));
    done(home, &train_network("train.epochs=1"));
    // The same files under other names, without artists: any of them may be on any subset.
    let mut table = String::from("path,genre,split\n");
    fs::create_dir(home.join("other")).unwrap();
    for genre in ["Low", "High"] {
        for artist in 0..5 {
            for piece in 0..2 {
                let from = format!("music/{genre}/artist {artist}/{piece}.wav");
                let to = format!("{genre}-{artist}-{piece}.wav");
                fs::copy(home.join(from), home.join("other").join(&to)).unwrap();
                let subset = if artist < 3 { "test" } else { "train" };
                writeln!(table, "{to},{genre},{subset}").unwrap();
            }
        }
    }
    fs::write(home.join("other/table.csv"), table).unwrap();
    let words = [
        "evaluate",
        "run",
        "--data",
        "other/table.csv",
        "--on",
        "test",
    ];
    refused(
        home,
        &words,
        &["of the 12 test rows of table were learned by music"],
    );
}

#[test]
fn copies_across_an_official_split_are_left_out() {
    let place = tempfile::tempdir().unwrap();
    let home = place.path();
    let mut text = String::from("genre,split,a,b\n");
    for row in 0..80 {
        let (genre, subset) = (
            ["Rock", "Folk"][row % 2],
            ["train", "train", "val", "test"][row / 20],
        );
        // Every tenth row stands on every subset.
        let a = if row % 10 == 0 { 500 } else { row };
        writeln!(text, "{genre},{subset},{a},{}", row % 2).unwrap();
    }
    fs::write(home.join("songs.csv"), text).unwrap();
    fs::write(home.join("recipe.toml"), recipe()).unwrap();
    let words = ["train", "recipe.toml", "--out", "run"];
    refused(
        home,
        &words,
        &["1 recording with copies in several subsets"],
    );
    let output = done(home, &[&words[..], &["--allow-leaks"]].concat());
    let printed = said(&output);
    assert!(
        printed.contains("2 validation rows repeat training rows exactly"),
        "{printed}"
    );
    for on in ["validation", "test"] {
        let output = done(home, &["evaluate", "run", "--on", on, "--json"]);
        let figures = &lines_of_json(&output.stdout)[0];
        assert_eq!(figures["n"], 18);
        let note = figures["notes"].to_string();
        let words = format!("2 of 20 {on} rows repeat rows of another subset");
        assert!(note.contains(&words), "{note}");
    }
}

#[test]
fn changed_data_never_show_a_learned_row_as_new() {
    let place = tempfile::tempdir().unwrap();
    let home = place.path();
    tones(&home.join("music"));
    let train = train_network("train.epochs=1");
    done(home, &train);
    // Artists go: the same rule puts others into each subset.
    for genre in ["Low", "High"] {
        fs::remove_dir_all(home.join("music").join(genre).join("artist 0")).unwrap();
    }
    let mut refused = 0;
    for on in ["validation", "test"] {
        let output = run(home, &["evaluate", "run", "--on", on, "--json"]);
        let printed = said(&output);
        match output.status.code() {
            Some(0) => assert!(printed.contains("changed since"), "{printed}"),
            _ => {
                assert!(printed.contains("were learned by"), "{printed}");
                refused += 1;
            }
        }
    }
    assert!(
        refused > 0,
        "no subset of the new split holds a learned row"
    );
    done(home, &["report", "run", "--out", "page"]);
    let page = fs::read_to_string(home.join("page/report.html")).unwrap();
    assert!(page.contains("changed since") && page.contains("were learned by"));
}

#[test]
fn a_resumed_run_learns_the_rows_that_it_learned_before() {
    let place = tempfile::tempdir().unwrap();
    let home = place.path();
    songs(&home.join("songs.csv"), false);
    fs::write(home.join("recipe.toml"), balanced()).unwrap();
    let seeds = [
        "train",
        "recipe.toml",
        "--set",
        "train.seeds=[1,2]",
        "--out",
    ];
    done(home, &[&seeds[..], &["seeds"]].concat());
    let folds = ["train", "recipe.toml", "--folds", "4", "--out"];
    done(home, &[&folds[..], &["folds"]].concat());
    for run in ["seeds/seed-2", "folds/fold-3"] {
        let bundle = home.join(run).join("bundle");
        let before = fs::read(bundle.join("learned_rows.bin")).unwrap();
        // Nothing is left to be trained: the bundle is made again from the checkpoint.
        fs::remove_dir_all(&bundle).unwrap();
        done(home, &["train", "--resume", run]);
        let after = fs::read(bundle.join("learned_rows.bin")).unwrap();
        assert!(before == after, "{run} learned other rows");
    }
}
