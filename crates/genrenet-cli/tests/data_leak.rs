//! `genrenet data audit` and `data leak` on tables of values.

use std::fs;
use std::path::Path;
use std::process::Output;

use serde_json::Value;

use crate::program::genrenet;

fn run(home: &Path, words: &[&str]) -> Output {
    let mut command = genrenet();
    command.args(words).current_dir(home);
    command.output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8([&output.stdout[..], &output.stderr].concat()).unwrap()
}

/// A table of values in which a wrong label and a leak are planted: each artist has its own offset.
fn values(rows: usize) -> String {
    let mut table = String::from("id,genre,artist,a,b,c\n");
    for row in 0..rows {
        let artist = row / 4;
        let genre = artist % 2;
        let noise = |seed: usize| ((row * 31 + seed * 17) * 7919 % 1000) as f32 / 1000.0;
        let own = |seed: usize| ((artist * 53 + seed * 29) * 6151 % 1000) as f32 / 1000.0;
        // Row 5 looks like a clear case of the other genre.
        let (shown, shift) = if row == 5 {
            (1 - genre, 4.0)
        } else {
            (genre, 1.0)
        };
        let a = shown as f32 * shift + 0.3 * noise(1) + own(1);
        let (b, c) = (own(2) * 3.0 + 0.1 * noise(2), own(3) * 3.0 + 0.1 * noise(3));
        table += &format!(
            "r{row},{},artist {artist},{a},{b},{c}\n",
            ["Folk", "Rock"][shown.min(1) ^ usize::from(row == 5)]
        );
    }
    table
}

#[test]
fn a_wrong_label_is_suspected_and_a_leak_is_measured() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    fs::write(home.join("values.csv"), values(160)).unwrap();
    let output = run(home, &["data", "audit", "values.csv", "--json"]);
    assert!(output.status.success(), "{}", said(&output));
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(found["near_duplicates_searched"], false);
    let worst = &found["suspects"]["worst"];
    assert_eq!(worst[0]["id"], "r5", "{worst}");
    let text = run(home, &["data", "audit", "values.csv", "--suspects", "1"]);
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(
        text.contains("  r5: labelled ")
            && text.contains("groups by artist: 40 of two rows and more (median 4"),
        "{text}"
    );

    let output = run(
        home,
        &["data", "leak", "values.csv", "--seeds", "3", "--json"],
    );
    assert!(output.status.success(), "{}", said(&output));
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&found["groups"], &found["grouped_by"]),
        (&40.into(), &"artist".into())
    );
    let gap = &found["gaps"][0];
    let value = |figure: &str, part: &str| gap[figure][part].as_f64().unwrap();
    let difference = value("random", "value") - value("grouped", "value");
    assert!((difference - value("gap", "value")).abs() < 1e-9, "{gap}");
    assert!(
        value("gap", "low") <= value("gap", "value")
            && value("gap", "value") <= value("gap", "high")
    );
    assert_eq!(gap["official"], Value::Null);
    // The same figures again.
    let again = run(
        home,
        &[
            "data",
            "leak",
            "values.csv",
            "--seeds",
            "3",
            "--json",
            "--threads",
            "1",
        ],
    );
    assert_eq!(again.stdout, output.stdout);
    let unknown = run(home, &["data", "leak", "values.csv", "--array", "logmel"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(said(&unknown).contains("logmel"), "{}", said(&unknown));
}

#[test]
fn what_can_not_be_audited_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let nothing = run(home, &["data", "audit", "missing"]);
    assert_eq!(nothing.status.code(), Some(2));
    assert!(said(&nothing).contains("missing"), "{}", said(&nothing));
    fs::write(
        home.join("few.csv"),
        "genre,a\nRock,1\nFolk,2\nRock,3\nFolk,1\n",
    )
    .unwrap();
    let few = run(home, &["data", "leak", "few.csv"]);
    assert_eq!(few.status.code(), Some(2));
    assert!(
        said(&few).contains("no artist, album, folder or numeric id is known"),
        "{}",
        said(&few)
    );
    let page = run(home, &["data", "audit", "few.csv", "--html", "song.mp3"]);
    assert_eq!(page.status.code(), Some(2));
    assert!(!home.join("song.mp3").exists());
}
