//! Own genres in place of a model's: files, presets, answers.
#![cfg(feature = "wide")]

use std::fs;
use std::path::Path;
use std::process::Output;

use crate::program::{genrenet, lines_of_json, recording};

const SONGS: usize = 2;

fn songs() -> Vec<std::path::PathBuf> {
    let folder = recording("");
    let mut all: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e != "md" && e != "txt"))
        .collect();
    all.sort();
    all.truncate(SONGS);
    all
}

fn classified(arguments: &[&str]) -> Output {
    let output = genrenet()
        .arg("classify")
        .args(arguments)
        .args(songs())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    output
}

fn checked(text: impl AsRef<[u8]>) -> Output {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("mine.toml"), text).unwrap();
    genrenet()
        .current_dir(folder.path())
        .args(["taxonomy", "check", "mine.toml"])
        .output()
        .unwrap()
}

fn errors(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn the_genres_of_a_model_as_they_are_give_the_same_answers() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("genres.toml");
    let made = genrenet()
        .args(["taxonomy", "init"])
        .arg(&file)
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    let plain = lines_of_json(&classified(&["--json"]).stdout);
    let mut mapped =
        lines_of_json(&classified(&["--json", "--taxonomy", file.to_str().unwrap()]).stdout);
    for line in &mut mapped {
        let name = line.as_object_mut().unwrap().remove("taxonomy").unwrap();
        assert_eq!(name.as_str(), file.to_str());
    }
    assert_eq!(plain, mapped);
}

#[test]
fn a_preset_sums_the_genres_that_belong_together() {
    let plain = lines_of_json(&classified(&["--json"]).stdout);
    let simple = lines_of_json(&classified(&["--json", "--taxonomy", "simple"]).stdout);
    for (plain, simple) in plain.iter().zip(&simple) {
        let of = |answer: &serde_json::Value, names: &[&str]| -> f64 {
            let genres = answer["genres"].as_array().unwrap().iter();
            let genres = genres.filter(|one| names.contains(&one["genre"].as_str().unwrap()));
            genres.map(|one| one["probability"].as_f64().unwrap()).sum()
        };
        assert_eq!(simple["taxonomy"], "simple");
        assert_eq!(simple["genres"].as_array().unwrap().len(), 10);
        for (own, from) in [
            ("Rock", &["Rock", "Indie", "Metal", "Punk"][..]),
            (
                "Electronic",
                &["Electronic", "House", "Disco/Dance", "Ambient"],
            ),
            ("Folk & Country", &["Folk", "Country"]),
            ("Classical", &["Classical"]),
        ] {
            let (own, from) = (of(simple, &[own]), of(plain, from));
            assert!((own - from).abs() < 1e-5, "{own} {from}");
        }
        assert_eq!(simple["attributes"], plain["attributes"]);
        assert_eq!(simple["no_music"], plain["no_music"]);
    }
    let table = classified(&["--csv", "--taxonomy", "simple"]);
    let mut table = csv::Reader::from_reader(&table.stdout[..]);
    let header: Vec<String> = table.headers().unwrap().iter().map(str::to_owned).collect();
    assert_eq!(&header[4..7], ["Rock", "Pop", "Electronic"]);
    assert_eq!(header.len(), 4 + 10 + 2);
    let text = classified(&["--taxonomy", "lastgenre"]);
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(
        text.contains("electronic ") || text.contains("rock ") || text.contains("jazz "),
        "{text}"
    );
}

#[test]
fn parents_of_a_taxonomy_stand_beside_its_genres() {
    let lines = lines_of_json(&classified(&["--json", "--taxonomy", "lastgenre"]).stdout);
    let genres = lines[0]["genres"].as_array().unwrap();
    let of = |name: &str| genres.iter().find(|one| one["genre"] == name);
    assert_eq!(of("indie rock").unwrap()["parent"], "alternative rock");
    assert_eq!(of("jazz").unwrap().get("parent"), None);
    // No genre of the model belongs to it.
    assert_eq!(of("alternative rock"), None);
}

#[test]
fn what_is_ignored_is_no_answer() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("all.toml");
    // All but one genre, which is hardly ever the answer.
    fs::write(&file, "version = 1\n[genres]\nreggae = []\n").unwrap();
    let file = file.to_str().unwrap();
    for line in lines_of_json(&classified(&["--json", "--taxonomy", file]).stdout) {
        let genres = line["genres"].as_array().unwrap();
        assert_eq!((genres.len(), &genres[0]["genre"]), (1, &"reggae".into()));
        assert!(genres[0]["probability"].as_f64().unwrap() < 0.4);
        assert_eq!(line["unsure"], true);
    }
}

#[test]
fn own_genres_of_a_model_of_tags_have_the_largest_probability() {
    let tags = lines_of_json(&classified(&["--json", "--model", "msd50"]).stdout);
    let simple =
        lines_of_json(&classified(&["--json", "--model", "msd50", "--taxonomy", "simple"]).stdout);
    for (tags, simple) in tags.iter().zip(&simple) {
        let of = |answer: &serde_json::Value, name: &str| {
            let genres = answer["genres"].as_array().unwrap().iter();
            let one = genres.clone().find(|one| one["genre"] == name);
            one.unwrap_or_else(|| panic!("{name}"))["probability"]
                .as_f64()
                .unwrap()
        };
        let own = of(simple, "Soul & Funk");
        let largest = ["soul", "rnb", "funk"].map(|name| of(tags, name));
        let largest = largest.into_iter().fold(0.0, f64::max);
        // The largest of each window, averaged.
        assert!((largest - 1e-6..=1.0).contains(&own), "{own} {largest}");
    }
}

#[test]
fn a_file_is_begun_and_never_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        genrenet()
            .current_dir(folder.path())
            .arg("taxonomy")
            .args(arguments)
            .output()
            .unwrap()
    };
    for (name, arguments) in [
        ("genres.toml", &["init"][..]),
        ("simple.toml", &["init", "simple.toml", "--from", "simple"]),
        ("tree.toml", &["init", "tree.toml", "--from", "lastgenre"]),
    ] {
        let made = run(arguments);
        assert_eq!(
            String::from_utf8_lossy(&made.stdout),
            format!("{name}\n"),
            "{made:?}"
        );
        let found = run(&["check", name]);
        assert!(found.status.success(), "{found:?}");
        let text = fs::read(folder.path().join(name)).unwrap();
        let again = run(arguments);
        assert_eq!(again.status.code(), Some(2));
        assert!(errors(&again).contains("left as it is"), "{again:?}");
        assert_eq!(fs::read(folder.path().join(name)).unwrap(), text);
    }
    for (model, genre) in [
        ("gtzan10", "hiphop = [\"hiphop\"]"),
        (
            "echonest12",
            "\"Old-Time / Historic\" = [\"Old-Time / Historic\"]",
        ),
    ] {
        let file = format!("{model}.toml");
        assert!(run(&["init", &file, "--model", model]).status.success());
        let text = fs::read_to_string(folder.path().join(&file)).unwrap();
        assert!(text.contains(genre), "{text}");
        let found = run(&["check", &file, "--model", model]);
        assert!(found.status.success(), "{found:?}");
    }
}

#[test]
fn a_check_says_what_belongs_to_what() {
    let output = checked(
        "\u{feff}version = 1\r\nignore = ['experimental', 'classical']\r\n[genres]\r\n'Guitar music' = ['Rock', 'metal', 'PUNK', 'indie']\r\n\
         Loud = []\r\nElectronic = ['House', 'techno']\r\n'hip hop' = []\r\n[parents]\r\n'Guitar music' = 'Loud'\r\n",
    );
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    for line in [
        "mine.toml for wide: 3 genres in place of 19",
        "  Guitar music (Loud)  Rock, Indie, Metal, Punk",
        "  Loud                 – (no genre of the model: never an answer)",
        "  Electronic           Electronic, House",
        "  hip hop              Hip-Hop",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}: {text}");
    }
    let said = errors(&output);
    assert!(
        said.contains("mine.toml: Jazz of wide stands nowhere and is ignored"),
        "{said}"
    );
    assert!(!said.contains("Classical of wide"), "{said}");
}

#[test]
fn what_is_no_taxonomy_is_named() {
    let folder = tempfile::tempdir().unwrap();
    for (name, part) in [
        (
            "simpel",
            "expected a taxonomy file or one of the presets simple, lastgenre, found no file of this name",
        ),
        (".", "not a regular file (a folder)"),
    ] {
        let output = genrenet()
            .current_dir(folder.path())
            .args(["classify", "--taxonomy", name])
            .arg(recording("vibe_ace.m4a"))
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert!(errors(&output).contains(part), "{output:?}");
    }
    assert!(Path::new(&recording("vibe_ace.m4a")).is_file());
}

#[test]
fn labels_of_data_follow_the_same_rules() {
    let folder = tempfile::tempdir().unwrap();
    for (genre, song) in [
        ("Punk", "slow_motion_dream.mp3"),
        ("Folk", "lets_go_fishin.ogg"),
        ("Experimental", "vibe_ace.m4a"),
        ("Speech", "searching.opus"),
    ] {
        let home = folder.path().join("music").join(genre);
        fs::create_dir_all(&home).unwrap();
        fs::copy(recording(song), home.join(song)).unwrap();
    }
    let output = genrenet()
        .current_dir(folder.path())
        .args([
            "evaluate",
            "--data",
            "music",
            "--taxonomy",
            "simple",
            "--json",
        ])
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let found = &lines_of_json(&output.stdout)[0];
    // Punk is Rock here, and Folk is Folk & Country; both are answered so.
    assert_eq!((&found["n"], &found["top1"]), (&2.into(), &1.0.into()));
    assert_eq!(found["genres"].as_array().unwrap().len(), 10);
    assert_eq!(found["confusion"][0][0], 1);
    let notes = found["notes"].to_string();
    for note in [
        "1 row is Experimental, which the taxonomy ignores, and is left out",
        "1 row is Speech, which the bundle does not know, and is left out",
    ] {
        assert!(notes.contains(note), "{note}: {notes}");
    }
    let report = genrenet()
        .current_dir(folder.path())
        .args([
            "report",
            "wide",
            "--data",
            "music",
            "--taxonomy",
            "simple",
            "--out",
            "page",
        ])
        .output()
        .unwrap();
    assert!(report.status.success(), "{report:?}");
    let page = fs::read_to_string(folder.path().join("page/report.md")).unwrap();
    assert!(
        page.contains("Folk & Country") || page.contains("Folk &amp; Country"),
        "{page:.2000}"
    );
    assert!(!page.contains("Disco/Dance"));
}
