//! Reports, explanations and pictures from the outside.

use std::fs;
use std::path::{Path, PathBuf};

use crate::program::run::{made, sing, succeeded};
use crate::program::{SMALL, genrenet, lines_of_json};

/// A copy of the run, for a test that takes something away from it.
fn copy_of_run(to: &Path) -> PathBuf {
    let run = to.join("run");
    fs::create_dir_all(run.join("bundle")).unwrap();
    for file in [
        "recipe.toml",
        "history.jsonl",
        "environment.json",
        "bundle/model.toml",
        "bundle/weights.safetensors",
        "bundle/learned_rows.bin",
    ] {
        fs::copy(made().run.join(file), run.join(file)).unwrap();
    }
    run
}

fn report(runs: &[&Path], out: &Path, extra: &[&str]) -> String {
    let output = genrenet()
        .arg("report")
        .args(runs)
        .arg("--out")
        .arg(out)
        .args(extra)
        .output()
        .unwrap();
    succeeded(&output);
    let html = fs::read_to_string(out.join("report.html")).unwrap();
    assert!(!html.contains("<script"), "a name became markup");
    assert!(!html.contains("<img src=x"), "a name became markup");
    html
}

#[test]
fn a_run_is_reported_on_one_page() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("report");
    let html = report(&[&made().run], &out, &[]);
    for words in ["&lt;script", "Low", ".wav", "genrenet train"] {
        assert!(html.contains(words), "{words} is not on the page");
    }
    assert!(
        html.contains("perplexity"),
        "a map of twenty clips can't be made, and the page says why"
    );
    let markdown = fs::read_to_string(out.join("report.md")).unwrap();
    assert!(markdown.contains("Low"));
    let pictures: Vec<String> = fs::read_dir(out.join("pictures"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    for ending in [".svg", ".png"] {
        let some = pictures
            .iter()
            .filter(|name| name.ends_with(ending))
            .count();
        assert!(some >= 4, "{pictures:?}");
    }
    let decided = html.matches("what spoke for").count();
    assert!(decided > 0, "clips are explained");
}

#[test]
fn what_a_run_lacks_is_named_and_the_rest_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let run = copy_of_run(folder.path());
    fs::remove_file(run.join("history.jsonl")).unwrap();
    let html = report(&[&run], &folder.path().join("a"), &["--on", "validation"]);
    assert!(html.contains("history.jsonl"), "the reason is named");
    assert!(html.contains("confusion") || html.contains("Confusion"));

    // Data that are no longer there.
    let recipe = fs::read_to_string(run.join("recipe.toml")).unwrap();
    let music = made().music.to_string_lossy().into_owned();
    assert!(recipe.contains(&music), "{recipe}");
    fs::write(
        run.join("recipe.toml"),
        recipe.replace(&music, "/no/such/music"),
    )
    .unwrap();
    let html = report(&[&run], &folder.path().join("b"), &[]);
    assert!(html.contains("not available") && html.contains("/no/such/music"));

    // A bundle without a run around it.
    let html = report(&[&run.join("bundle")], &folder.path().join("c"), &[]);
    assert!(html.contains("--data"), "the page says how to name data");
    assert!(html.contains("a bundle has no history") && html.contains("a bundle has no recipe"));
    assert!(
        html.contains("What its card says"),
        "its own figures stand in"
    );
    let music = made().music.to_string_lossy().into_owned();
    let data = ["--data", &music, "--on", "validation"];
    let html = report(&[&run.join("bundle")], &folder.path().join("e"), &data);
    assert!(html.contains("Confusion") && !html.contains("What its card says"));

    // A built-in model.
    let html = report(&[Path::new("fma8")], &folder.path().join("f"), &[]);
    assert!(html.contains("a bundle has no history") && html.contains("fma-small validation"));

    // A recipe that another version of the program wrote.
    fs::write(run.join("recipe.toml"), format!("novelty = 1\n{recipe}")).unwrap();
    let html = report(&[&run], &folder.path().join("g"), &[]);
    assert!(html.contains("can&#39;t be read by this program") && html.contains("novelty = 1"));
    fs::write(run.join("recipe.toml"), &recipe).unwrap();

    // A run that was stopped before it had a bundle.
    fs::remove_dir_all(run.join("bundle")).unwrap();
    report(&[&run], &folder.path().join("d"), &[]);

    let output = genrenet()
        .arg("report")
        .arg(folder.path().join("nothing"))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("nothing"));
}

#[test]
fn data_of_one_genre_and_genres_without_clips_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let run = copy_of_run(folder.path());
    // New music of one genre alone; the other has no clip to be measured on.
    let music = folder.path().join("music");
    for artist in 5..10 {
        let home = music.join("Low").join(format!("artist {artist}"));
        fs::create_dir_all(&home).unwrap();
        sing(&home, 0.02, artist);
    }
    let music = music.to_string_lossy().into_owned();
    let html = report(
        &[&run.join("bundle")],
        &folder.path().join("a"),
        &["--data", &music],
    );
    assert!(
        html.contains("clips are all of one genre (Low)"),
        "why there is no matrix"
    );
    let lacking = "Figures of &lt;script&gt;alert(1) not shown:</b> there are no test clips of it";
    assert!(html.contains(lacking), "why a genre has no figures");
    assert!(html.contains("Map of test clips not shown") && html.contains("perplexity"));

    // None of a genre that the network has.
    fs::rename(
        folder.path().join("music/Low"),
        folder.path().join("music/Polka"),
    )
    .unwrap();
    let html = report(
        &[&run.join("bundle")],
        &folder.path().join("b"),
        &["--data", &music],
    );
    assert!(html.contains("no test clip has a genre of the network"));
}

#[test]
fn runs_stand_side_by_side_with_a_test_of_their_difference() {
    let folder = tempfile::tempdir().unwrap();
    let other = copy_of_run(&folder.path().join("other"));
    let html = report(&[&made().run, &other], &folder.path().join("both"), &[]);
    assert!(html.contains("Side by side"));
    assert!(html.contains("McNemar"));
}

/// Trains the recipe of the run that all tests read again, with more words on the command line.
fn trained(out: &Path, extra: &[&str]) -> String {
    let output = genrenet()
        .arg("train")
        .arg(&made().music)
        .arg("--from-scratch")
        .arg("--out")
        .arg(out)
        .args(SMALL)
        .args(["--set", "train.epochs=2"])
        .args(extra)
        .output()
        .unwrap();
    succeeded(&output);
    String::from_utf8(output.stdout).unwrap()
}

/// Names of the rows of a run's report, read from its section about one subset of the split.
fn evaluated(of: &Path) -> serde_json::Value {
    let output = genrenet()
        .arg("evaluate")
        .arg(of)
        .args(["--on", "validation", "--json"])
        .output()
        .unwrap();
    succeeded(&output);
    lines_of_json(&output.stdout)[0].clone()
}

#[test]
fn validation_clips_that_were_learned_from_are_not_measured() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("final");
    let sets = ["train.with_validation=true", "train.keep=last"];
    trained(&run, &["--set", sets[0], "--set", sets[1]]);
    let html = report(&[&run], &folder.path().join("a"), &[]);
    assert!(html.contains("4 of the 4 validation rows of music were learned by"));
}

#[test]
fn seeds_are_reported_as_a_mean_and_compared_seed_by_seed() {
    let folder = tempfile::tempdir().unwrap();
    let seeds = folder.path().join("seeds");
    let said = trained(&seeds, &["--set", "train.seeds=[1,2,3]"]);
    // The suggested next command takes a folder of seeds.
    let next = format!("genrenet report {} --on test", seeds.display());
    assert!(said.contains(&next), "{said}");
    let html = report(&[&seeds], &folder.path().join("a"), &[]);
    for words in [
        "Mean over 3 runs",
        "Student",
        "seed 1, seed 2, seed 3",
        "everything is of seed 1",
        "<th scope=\"row\" class=\"short\">seed 2</th>",
    ] {
        assert!(html.contains(words), "{words} is not on the page");
    }
    // Each curve has its seed's name at its end.
    for seed in ["seed 1", "seed 2", "seed 3"] {
        assert!(html.matches(&format!(">{seed}</text>")).count() >= 2);
    }

    // The seeds of a recipe share the split of the first: rows that a seed learned from are not taken for new.
    let then = fs::read_to_string(seeds.join("seed-2/validation.json")).unwrap();
    let then: serde_json::Value = serde_json::from_str(&then).unwrap();
    let now = evaluated(&seeds.join("seed-2"));
    for key in ["n", "on", "top1", "log_loss", "confusion"] {
        assert_eq!(now[key], then[key], "{key}");
    }

    let others = folder.path().join("others");
    trained(&others, &["--set", "train.seeds=[1,2]"]);
    let html = report(&[&seeds, &others], &folder.path().join("b"), &[]);
    assert!(html.contains("only the first runs were paired: seed 1 of"));
    assert!(html.contains("(mean of 3)") && html.contains("(mean of 2)"));
    let html = report(&[&seeds, &seeds], &folder.path().join("c"), &[]);
    assert!(html.contains("paired run by run: seed 1, seed 2, seed 3"));
    assert!(html.contains("do not differ significantly"));

    // One that is still being trained is named, the others are reported.
    fs::remove_dir_all(seeds.join("seed-1/bundle")).unwrap();
    let html = report(&[&seeds], &folder.path().join("d"), &[]);
    assert!(html.contains("Figures of seed 1 not shown"));
    assert!(html.contains("Mean over 2 runs"));
}

#[test]
fn folds_are_reported_on_the_rows_that_each_held_out() {
    let folder = tempfile::tempdir().unwrap();
    let folds = folder.path().join("folds");
    trained(&folds, &["--folds", "4"]);
    let html = report(&[&folds], &folder.path().join("a"), &[]);
    for words in [
        "Mean over 4 runs",
        "Every clip was held out once",
        "20 held-out clips",
        "fold 1 of 4 held out",
    ] {
        assert!(html.contains(words), "{words} is not on the page");
    }
    for fold in 1..=4 {
        let fold = folds.join(format!("fold-{fold}"));
        let then = fs::read_to_string(fold.join("validation.json")).unwrap();
        let then: serde_json::Value = serde_json::from_str(&then).unwrap();
        let now = evaluated(&fold);
        for key in ["n", "top1", "log_loss", "confusion"] {
            assert_eq!(now[key], then[key], "{key} of {}", fold.display());
        }
    }
}

#[test]
fn a_recipe_and_its_bundle_have_the_same_layers() {
    let summary = |of: &Path| {
        let output = genrenet()
            .arg("summary")
            .arg(of)
            .arg("--json")
            .output()
            .unwrap();
        succeeded(&output);
        lines_of_json(&output.stdout)[0].clone()
    };
    let of_bundle = summary(&made().run);
    let of_recipe = summary(&made().run.join("recipe.toml"));
    assert_eq!(
        of_bundle["members"][0]["layers"],
        of_recipe["members"][0]["layers"]
    );
    assert!(of_bundle["members"][0]["weights"].as_u64().unwrap() > 1_000);
}
