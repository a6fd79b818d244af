//! Genre tags beside the sound, and their spellings.
#![cfg(feature = "wide")]

use std::fs;
use std::path::Path;
use std::process::Output;

use crate::program::{genrenet, lines_of_json, recording};

/// A recording that `simple` takes for Rock, with an ID3v2.3 tag of this genre and nothing else.
fn song(folder: &Path, name: &str, genre: &str) {
    let recording = fs::read(recording("slow_motion_dream.mp3")).unwrap();
    let old = match recording.strip_prefix(b"ID3") {
        Some(tag) => {
            10 + tag[3..7]
                .iter()
                .fold(0, |size, byte| size << 7 | usize::from(*byte))
        }
        None => 0,
    };
    let mut bytes = Vec::new();
    if !genre.is_empty() {
        let size = 11 + genre.len() as u8;
        bytes.extend(b"ID3\x03\0\0\0\0\0");
        bytes.push(size);
        bytes.extend(b"TCON\0\0\0");
        bytes.extend([size - 10, 0, 0, 0]);
        bytes.extend(genre.as_bytes());
    }
    bytes.extend(&recording[old..]);
    // An ID3v1 tag would name a genre of its own.
    if bytes[bytes.len() - 128..].starts_with(b"TAG") {
        bytes.truncate(bytes.len() - 128);
    }
    fs::write(folder.join(name), bytes).unwrap();
}

fn library() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, genre) in [
        ("1.mp3", "Rock"),
        ("2.mp3", "Classical"),
        ("3.mp3", "ROCK"),
        ("4.mp3", "rock"),
        ("5.mp3", "Video Game"),
        ("6.mp3", ""),
        ("7.mp3", "Punk; Ska"),
        ("8.mp3", "Rock"),
        ("9.mp3", "hip hop"),
    ] {
        song(folder.path(), name, genre);
    }
    folder
}

fn audited(folder: &Path, arguments: &[&str]) -> Output {
    genrenet()
        .current_dir(folder)
        .args(["audit-tags", ".", "--taxonomy", "simple"])
        .args(arguments)
        .output()
        .unwrap()
}

#[test]
fn songs_that_disagree_and_spellings_are_listed() {
    let library = library();
    let output = audited(library.path(), &[]);
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 4, "{text}");
    assert!(
        lines[..2]
            .iter()
            .all(|line| line.contains("sounds like Rock (")),
        "{text}"
    );
    assert!(
        lines[..2]
            .iter()
            .any(|line| line.contains("2.mp3: tagged Classical (")),
        "{text}"
    );
    assert!(
        lines[..2]
            .iter()
            .any(|line| line.contains("9.mp3: tagged hip hop (")),
        "{text}"
    );
    assert_eq!(
        lines[2],
        "one genre in 3 spellings: Rock (2), ROCK (1), rock (1)"
    );
    assert_eq!(lines[3], "genres that are not known: Video Game (1)");
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        "9 songs: 2 disagree, 5 agree, 1 with an unknown genre, 1 without a genre\n"
    );
}

#[test]
fn json_and_csv_hold_the_same_and_the_worst_comes_first() {
    let library = library();
    let json = lines_of_json(&audited(library.path(), &["--json"]).stdout);
    let found = &json[0];
    assert_eq!(
        (&found["taxonomy"], &found["model"]),
        (&"simple".into(), &"wide".into())
    );
    let songs = found["songs"].as_array().unwrap();
    let score = |song: &serde_json::Value| song["score"].as_f64().unwrap();
    assert_eq!(songs.len(), 2);
    assert!(score(&songs[0]) >= score(&songs[1]) && score(&songs[1]) > 0.0);
    for song in songs {
        assert_eq!(song["genre"], "Rock");
        let own =
            song["probability"].as_f64().unwrap() - song["tagged_probability"].as_f64().unwrap();
        assert!((score(song) - own).abs() < 1e-6);
    }
    assert_eq!(found["counts"]["agree"], 5);
    assert_eq!(
        found["variants"][0][0],
        serde_json::json!({"text": "Rock", "tags": 2})
    );
    let table = audited(library.path(), &["--csv", "--top", "1"]);
    let mut table = csv::Reader::from_reader(&table.stdout[..]);
    let rows: Vec<_> = table.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 1);
    assert_eq!(Some(&rows[0][0]), songs[0]["path"].as_str());
    assert_eq!(Some(&rows[0][1]), songs[0]["tags"][0].as_str());
}

#[test]
fn without_a_taxonomy_the_genres_are_the_models_own() {
    let folder = tempfile::tempdir().unwrap();
    song(folder.path(), "a.mp3", "HipHop");
    fs::write(folder.path().join("b.mp3"), b"no song").unwrap();
    let output = genrenet()
        .current_dir(folder.path())
        .args(["audit-tags", ".", "--json"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let found = &lines_of_json(&output.stdout)[0];
    assert_eq!(found["taxonomy"], "wide");
    assert_eq!(found["counts"]["failed"], 1);
    assert_eq!(found["counts"]["unknown"], 0);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("b.mp3: "), "{said}");
    let nothing = genrenet()
        .current_dir(folder.path())
        .args(["audit-tags", "b.mp3"])
        .output()
        .unwrap();
    assert_eq!(nothing.status.code(), Some(2));
}
