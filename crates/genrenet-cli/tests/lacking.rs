//! Genres and subsets without rows are named with the reason and the cure, and never measured as 0.

use std::fs;
use std::path::Path;

use crate::program::lines_of_json;
use crate::program::values::{RECIPE, done, refused, run, said};

/// Rock and Folk by ten artists each, Jazz by one; two albums of two songs each per artist, and twenty of Jazz's.
fn songs(home: &Path) {
    let mut text = String::from("genre,artist,album,a,b\n");
    for row in 0..80 {
        let genre = ["Rock", "Folk"][row % 2];
        text += &format!("{genre},{genre} {},album {},{row},1\n", row / 8, row / 4);
    }
    for row in 0..40 {
        text += &format!("Jazz,Miles,album {},{row},2\n", row / 2);
    }
    fs::write(home.join("songs.csv"), text).unwrap();
    fs::write(home.join("recipe.toml"), RECIPE).unwrap();
}

#[test]
fn a_genre_of_one_artist_is_named_with_the_remedy() {
    let place = tempfile::tempdir().unwrap();
    let home = place.path();
    songs(home);
    let output = run(home, &["train", "recipe.toml", "--out", "run"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let printed = said(&output);
    let line = printed.lines().find(|line| line.starts_with("Jazz has no"));
    let line = line.unwrap_or_else(|| panic!("Jazz is not named: {printed}"));
    for words in [
        "no validation and no test rows",
        "40 rows of Jazz, all by Miles, are one group",
        "more artists help",
        "--split-by album",
    ] {
        assert!(line.contains(words), "{words}: {line}");
    }
    assert!(!printed.contains("Rock has no"), "{printed}");

    let output = run(home, &["evaluate", "run", "--on", "test"]);
    let table = String::from_utf8(output.stdout).unwrap();
    let jazz = table.lines().find(|line| line.starts_with("Jazz")).unwrap();
    let cells: Vec<&str> = jazz.split_whitespace().collect();
    assert_eq!(cells, ["Jazz", "–", "–", "–", "0"]);

    let split = [
        "train",
        "recipe.toml",
        "--split-by",
        "album",
        "--out",
        "album",
    ];
    let output = run(home, &split);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert!(!said(&output).contains("has no"), "{}", said(&output));
    assert!(said(&output).contains("grouped by album"));
    for words in [
        &["evaluate", "album"][..],
        &["evaluate", "album/bundle", "--data", "songs.csv"],
    ] {
        let output = run(home, &[words, &["--on", "validation", "--json"]].concat());
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        let figures = &lines_of_json(&output.stdout)[0];
        assert!(
            figures["per_genre"][1]["n"].as_u64().unwrap() > 0,
            "{figures}"
        );
    }
}

#[test]
fn folds_that_cannot_be_cut_say_why() {
    let place = tempfile::tempdir().unwrap();
    let home = place.path();
    songs(home);
    let folds = |k: &str, more: &[&str]| {
        let words = ["train", "recipe.toml", "--folds", k, "--out", "folds"];
        run(home, &[&words[..], more].concat())
    };
    for (k, words) in [
        (
            "3",
            &[
                "Jazz can't be cut into 3 folds",
                "all by Miles",
                "--split-by album",
            ][..],
        ),
        ("50", &["50 folds can't be filled", "at most 21"]),
    ] {
        let output = folds(k, &[]);
        let printed = said(&output);
        assert_eq!(output.status.code(), Some(2), "{printed}");
        assert!(words.iter().all(|word| printed.contains(word)), "{printed}");
        assert!(
            !printed.contains("70/15/15") || printed.contains("rows; split"),
            "{printed}"
        );
        assert!(!home.join("folds").exists(), "nothing was begun");
    }
    let output = folds("3", &["--split-by", "album"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    // The figures of all folds together are those of the report.
    let out = String::from_utf8_lossy(&output.stdout).into_owned();
    let together = out
        .lines()
        .find(|line| line.contains("3 folds, grouped by album"));
    let ece = together
        .and_then(|line| line.rsplit_once("ECE "))
        .unwrap()
        .1;
    let output = run(
        home,
        &["report", "folds", "--out", "page", "--on", "validation"],
    );
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let page = fs::read_to_string(home.join("page/report.md")).unwrap();
    assert!(page.contains(ece.trim()), "{ece} is not on the page");
}

#[test]
fn an_empty_subset_has_its_reason() {
    let place = tempfile::tempdir().unwrap();
    let home = place.path();
    let mut text = String::from("genre,artist,a,b\n");
    for row in 0..40 {
        text += &format!("{},One and all,{row},1\n", ["Rock", "Folk"][row % 2]);
    }
    fs::write(home.join("songs.csv"), text).unwrap();
    fs::write(home.join("recipe.toml"), RECIPE).unwrap();
    let output = run(home, &["train", "recipe.toml", "--out", "run"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let why = "the 40 rows, all by One and all, are one group (artist), which is not divided";
    let printed = said(&output);
    assert!(
        printed.contains(&format!("no validation rows ({why}")),
        "{printed}"
    );
    assert!(
        printed.contains(&format!("no test rows: {why}")),
        "{printed}"
    );
    let output = run(home, &["evaluate", "run", "--on", "test"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).contains(why), "{}", said(&output));

    // Without validation rows nothing was calibrated, and nothing is said of a threshold.
    let words = ["evaluate", "run", "--on", "training"];
    let table = String::from_utf8(done(home, &words).stdout).unwrap();
    assert!(table.contains("no threshold was chosen"), "{table}");
    assert!(!table.contains("chosen for"), "{table}");
    let json = done(home, &[&words[..], &["--json"]].concat());
    assert!(lines_of_json(&json.stdout)[0]["target_precision"].is_null());
    done(home, &["report", "run", "--out", "page"]);
    let page = fs::read_to_string(home.join("page/report.md")).unwrap();
    assert!(!page.contains("fitted on"), "{page}");

    let shares = "data.split={rule=\"random\",seed=1,shares=[0.8,0.2,0.0]}";
    let words = ["train", "recipe.toml", "--set", shares, "--out", "two"];
    let output = run(home, &words);
    assert!(said(&output).contains("no test rows: its share is 0"));
}

#[test]
fn copies_that_join_groups_are_given_as_the_reason() {
    let place = tempfile::tempdir().unwrap();
    let home = place.path();
    fs::write(home.join("recipe.toml"), RECIPE).unwrap();
    let run = |table: &str| {
        fs::write(home.join("songs.csv"), table).unwrap();
        let words = ["train", "recipe.toml", "--out", "run"];
        let output = run(home, &words);
        let _ = fs::remove_dir_all(home.join("run"));
        said(&output)
    };
    // Twenty artists, each with a row that the next one has too.
    let mut text = String::from("genre,artist,a,b\n");
    for row in 0..40 {
        let genre = ["Rock", "Folk"][row / 2 % 2];
        text += &format!("{genre},artist {},{},1\n", row / 2, row.div_ceil(2) % 20);
    }
    let printed = run(&text);
    let why = "the 40 rows are one group, as exact copies join the 20 groups by artist";
    assert!(printed.contains(why), "{printed}");
    assert!(!printed.contains("more artists help"), "{printed}");
    assert!(
        printed.contains("20 rows repeat another exactly (20 with another genre)"),
        "{printed}"
    );
    assert!(!printed.contains("official"), "{printed}");
    // No artist is named: what is left are the rows that differ.
    let mut text = String::from("genre,a\n");
    (0..40).for_each(|row| text += &format!("{},{}\n", ["Rock", "Folk"][row % 2], row % 2));
    let printed = run(&text);
    assert!(
        printed.contains("of the 40 rows only 2 differ"),
        "{printed}"
    );
}

#[test]
fn a_genre_that_is_only_written_in_another_way_is_named_with_the_model_s() {
    let place = tempfile::tempdir().unwrap();
    let home = place.path();
    let table = |genres: [&str; 3]| {
        let mut text = String::from("genre,a,b\n");
        for row in 0..60 {
            text += &format!("{},{},{row}\n", genres[row % 3], row % 3);
        }
        text
    };
    fs::write(home.join("songs.csv"), table(["Hip-Hop", "Música", "Jazz"])).unwrap();
    fs::write(home.join("recipe.toml"), RECIPE).unwrap();
    done(home, &["train", "recipe.toml", "--out", "run"]);
    let data = ["evaluate", "run", "--data", "other.csv", "--on", "all"];
    fs::write(home.join("other.csv"), table(["hip hop", "MUSICA", "Jazz"])).unwrap();
    let output = done(home, &data);
    let printed = String::from_utf8(output.stdout).unwrap();
    for hint in [
        "if hip hop is its Hip-Hop, rename",
        "if MUSICA is its Música, rename",
    ] {
        assert!(printed.contains(hint), "{printed}");
    }
    fs::write(
        home.join("other.csv"),
        table(["hip hop", "MUSICA", "Polka"]),
    )
    .unwrap();
    refused(
        home,
        &data,
        &["if hip hop is its Hip-Hop", "if MUSICA is its Música"],
    );
    let genres = "data.genres=[\"jazz\",\"Hip-Hop\"]";
    let words = ["train", "recipe.toml", "--out", "two", "--set", genres];
    refused(home, &words, &["no genre `jazz`", "write `Jazz`"]);
}

#[test]
fn intervals_of_shares_end_where_shares_do() {
    let place = tempfile::tempdir().unwrap();
    let home = place.path();
    let mut text = String::from("genre,a,b\n");
    for row in 0..60 {
        // They differ in one number, except the first row.
        let number = if row == 0 { 10 } else { row % 2 * 10 };
        text += &format!("{},{number},{row}\n", ["Rock", "Folk"][row % 2]);
    }
    fs::write(home.join("songs.csv"), text).unwrap();
    fs::write(home.join("recipe.toml"), RECIPE).unwrap();
    let words = ["train", "recipe.toml", "--folds", "2", "--out", "folds"];
    let more = ["--set", "train.epochs=40"];
    let output = done(home, &[&words[..], &more].concat());
    let printed = String::from_utf8(output.stdout).unwrap();
    done(
        home,
        &["report", "folds", "--out", "page", "--on", "validation"],
    );
    let page = fs::read_to_string(home.join("page/report.md")).unwrap();
    let means = printed
        .lines()
        .find(|line| line.contains("mean over folds"));
    let means = means.unwrap_or_else(|| panic!("{printed}"));
    let ends = means
        .split(['(', ')', '–', ' '])
        .filter_map(|word| word.parse::<f64>().ok());
    let ends: Vec<f64> = ends.collect();
    assert!(
        ends.iter().all(|end| (0.0..=100.0).contains(end)),
        "{means}"
    );
    // Two folds that differ: Student's t alone would go beyond the end.
    assert!(ends.contains(&100.0), "{means}");
    assert!(page.contains("to 100.0"), "{page}");
}
