//! `genrenet report-origin`: the student report again, from a folder of FMA.

use std::fs;
use std::path::Path;
use std::process::Output;

use crate::fma_folder::{tracks, write_fma};
use crate::program::genrenet;

const ONLY: [&str; 4] = [
    "--only",
    "origin-mlp,mlp-echonest-2,cnn-logmel",
    "--set",
    "train.epochs=2",
];

fn report_origin(place: &Path, more: &[&str]) -> Output {
    let mut command = genrenet();
    command
        .current_dir(place)
        .args(["report-origin", "fma", "--out", "origin"]);
    command.args(more).output().unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn networks_are_trained_once_and_stand_beside_what_was_published() {
    let place = tempfile::tempdir().unwrap();
    write_fma(&place.path().join("fma"), &tracks(60), 2.0);
    let first = report_origin(place.path(), &ONLY);
    assert!(first.status.success(), "{}", stderr(&first));
    assert!(stderr(&first).contains("epoch   2"), "{}", stderr(&first));
    let report = place.path().join("origin/report");
    let page = fs::read_to_string(report.join("report.md")).unwrap();
    for words in [
        "71.5",
        "origin-mlp: ",
        "cnn-logmel: ",
        "origin-cnn: not trained",
        "What was corrected",
        "One song",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let line = page.lines().find(|line| line.contains("| CNN |")).unwrap();
    assert!(
        line.contains("37.2") && line.contains("test clips"),
        "{line}"
    );
    assert!(page.contains("whose genre is "), "{page}");
    for kind in ["cnn-logmel-map-training", "cnn-logmel-loss"] {
        assert!(
            report.join(format!("pictures/{kind}.png")).is_file(),
            "{kind}"
        );
    }
    // The second call finds the runs.
    let again = report_origin(place.path(), &ONLY);
    assert!(
        again.status.success() && !stderr(&again).contains("epoch "),
        "{}",
        stderr(&again)
    );
    assert_eq!(fs::read_to_string(report.join("report.md")).unwrap(), page);
}

#[test]
fn what_the_folder_lacks_is_said_and_does_not_stop_the_rest() {
    let place = tempfile::tempdir().unwrap();
    let fma = place.path().join("fma");
    write_fma(&fma, &tracks(60), 2.0);
    fs::remove_file(fma.join("fma_metadata/echonest.csv")).unwrap();
    let without_values = report_origin(place.path(), &ONLY);
    assert!(
        without_values.status.success(),
        "{}",
        stderr(&without_values)
    );
    let said = stderr(&without_values);
    assert_eq!(said.matches("left out: there is no").count(), 2, "{said}");
    let nothing = report_origin(place.path(), &["--only", "origin-mlp"]);
    assert_eq!(nothing.status.code(), Some(2));
    assert!(
        stderr(&nothing).contains("no network of the report"),
        "{}",
        stderr(&nothing)
    );
    let unknown = report_origin(place.path(), &["--only", "origin-svm"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(
        stderr(&unknown).contains("expected one of origin-mlp-hand"),
        "{}",
        stderr(&unknown)
    );
    fs::rename(&fma, place.path().join("elsewhere")).unwrap();
    let gone = report_origin(place.path(), &ONLY);
    assert_eq!(gone.status.code(), Some(2));
    assert!(
        stderr(&gone).contains("expected the folder of FMA"),
        "{}",
        stderr(&gone)
    );
}
