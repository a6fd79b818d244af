//! Names that try to be more than names: of files, folders, genres.
#![cfg(unix)]

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::Output;

use crate::program::{genrenet, lines_of_json, recording, tones, train_network};

/// Forges a line, colours it, clears the screen by a control of eight bits, and turns the reading direction around, and ends in invisible characters.
const HOSTILE: &str = "x\nforged.mp3: Rock 99.9 %\u{1b}[31m\u{9b}2J\r\u{202e}\u{200b}\u{e0041}";
/// How it is shown.
const SHOWN: &str = r"x\nforged.mp3: Rock 99.9 %\u{1b}[31m\u{9b}2J\r\u{202e}\u{200b}\u{e0041}";

/// Characters that act on their surroundings or are not seen, but for the ends of lines.
fn acting(text: &str) -> Option<char> {
    let marks = |c| matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}');
    text.chars()
        .find(|&c| c != '\n' && (c.is_control() || marks(c)))
}

/// What was said, harmless, and without a line that begins as a forged one.
fn harmless(output: &Output) -> [String; 2] {
    [&output.stdout, &output.stderr].map(|bytes| {
        let text = String::from_utf8(bytes.clone()).unwrap();
        assert_eq!(acting(&text), None, "{text}");
        assert!(
            !text.lines().any(|line| line.starts_with("forged")),
            "{text}"
        );
        text
    })
}

/// Whether the system takes names that are not UTF-8; that of a Mac does not.
fn copies(folder: &Path, names: &[&[u8]]) -> bool {
    names.iter().all(|name| {
        let path = folder.join(OsStr::from_bytes(name));
        fs::copy(recording("slow_motion_dream.mp3"), path).is_ok()
    })
}

#[test]
fn a_file_s_name_is_one_line_of_text_and_exact_in_json() {
    let folder = tempfile::tempdir().unwrap();
    let song = format!("{HOSTILE}.mp3");
    let names: [&[u8]; 3] = [b"caf\xe8.mp3", b"caf\xe9.mp3", song.as_bytes()];
    if !copies(folder.path(), &names) {
        println!("skipped: the file system takes no such names");
        return;
    }
    fs::write(folder.path().join(format!("{HOSTILE} broken.mp3")), "text").unwrap();
    let run = |words: &[&str]| {
        let mut command = genrenet();
        command
            .arg("classify")
            .args(words)
            .arg(".")
            .current_dir(folder.path());
        command.output().unwrap()
    };

    let [out, err] = harmless(&run(&[]));
    assert_eq!(out.lines().count(), 3, "{out}");
    assert!(out.contains(&format!("./{SHOWN}.mp3: ")), "{out}");
    assert!(
        out.contains("./caf\\xE8.mp3: ") && out.contains("./caf\\xE9.mp3: "),
        "{out}"
    );
    assert_eq!(err.lines().count(), 2, "{err}");
    assert!(err.starts_with(&format!("./{SHOWN} broken.mp3: ")), "{err}");

    let output = run(&["--json"]);
    let [_, _] = harmless(&output);
    let mut paths: Vec<Vec<u8>> = Vec::new();
    for line in lines_of_json(&output.stdout) {
        let path = line["path"].as_str().unwrap();
        match line["path_bytes"].as_str() {
            None => paths.push(path.as_bytes().to_vec()),
            Some(bytes) => {
                assert!(path.starts_with("./caf\\xE"), "{path}");
                paths.push(percent_decoded(bytes));
            }
        }
    }
    let mut expected: Vec<Vec<u8>> = names.iter().map(|name| [b"./", *name].concat()).collect();
    expected.push(format!("./{HOSTILE} broken.mp3").into_bytes());
    paths.sort();
    expected.sort();
    assert_eq!(paths, expected);

    let [out, _] = harmless(&run(&["--csv"]));
    assert_eq!(out.lines().count(), 5, "{out}");
}

fn percent_decoded(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        out.push(match first {
            b'%' => {
                let digits = std::str::from_utf8(&rest[..2]).unwrap();
                rest = &rest[2..];
                u8::from_str_radix(digits, 16).unwrap()
            }
            other => other,
        });
    }
    out
}

#[test]
fn no_cell_of_a_table_is_a_formula() {
    let folder = tempfile::tempdir().unwrap();
    let names = [
        "=1+1.mp3",
        "+1.mp3",
        "@SUM(A1).mp3",
        "\t=1.mp3",
        "plain.mp3",
    ];
    let bytes = names.map(str::as_bytes);
    assert!(copies(folder.path(), &bytes));
    fs::write(folder.path().join("-1.mp3"), "text").unwrap();
    let output = genrenet()
        .args(["classify", "--csv", "--"])
        .args(names)
        .arg("-1.mp3")
        .current_dir(folder.path())
        .output()
        .unwrap();
    let [out, _] = harmless(&output);
    let firsts: Vec<&str> = out
        .lines()
        .skip(1)
        .map(|line| line.split(',').next().unwrap())
        .collect();
    assert_eq!(
        firsts,
        [
            "'=1+1.mp3",
            "'+1.mp3",
            "'@SUM(A1).mp3",
            r"\t=1.mp3",
            "plain.mp3",
            "'-1.mp3"
        ]
    );
}

/// All files below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(files(&path)),
            false => found.push(path),
        }
    }
    found
}

#[test]
fn a_genre_s_name_is_only_a_name_everywhere() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    tones(&home.join("music"));
    // A genre's name is a folder's: no slash. Markup of HTML and of Markdown, a table's cell, a heading, a formula.
    let genre = format!("=1 <b>a|*b* [c](d)\n\n# {HOSTILE}");
    fs::rename(home.join("music/Low"), home.join("music").join(&genre)).unwrap();
    let song = format!("music/{genre}/artist 0/0.wav");
    let commands: [&[&str]; 11] = [
        &train_network("train.epochs=2"),
        &["evaluate", "run", "--on", "test"],
        &["evaluate", "run", "--on", "test", "--json"],
        &["classify", "--model", "run", &song],
        &["classify", "--model", "run", "--json", &song],
        &["classify", "--model", "run", "--csv", &song],
        &["combine", "run", "run", "--data", "music", "--out", "both"],
        &["export", "run", "--onnx", "onnx"],
        &["report", "run", "--out", "page"],
        &["explain", &song, "--model", "run", "--out", "explained"],
        &[
            "spectrogram",
            &song,
            "--model",
            "run",
            "--out",
            "picture.svg",
        ],
    ];
    for words in commands {
        let output = genrenet().args(words).current_dir(home).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{words:?}: {output:?}");
        harmless(&output);
    }
    for file in [
        "run/bundle/CARD.md",
        "both/CARD.md",
        "page/report.md",
        "page/report.html",
        "explained/along.svg",
        "picture.svg",
    ] {
        let text = fs::read_to_string(home.join(file)).unwrap();
        assert_eq!(acting(&text), None, "{file}");
        assert!(!text.contains("<b>a"), "{file}");
        for forged in ["# x", "forged", "| a|", "# forged"] {
            assert!(
                !text.lines().any(|line| line.starts_with(forged)),
                "{file}: {forged}"
            );
        }
        if file.ends_with(".md") {
            assert!(
                text.contains(r"&lt;b&gt;a\|\*b\* \[c\](d)\\n\\n\# x\\nforged"),
                "{file}: {text}"
            );
        }
    }
    for picture in files(&home.join("page/pictures")) {
        if picture.extension() == Some("svg".as_ref()) {
            let text = fs::read_to_string(&picture).unwrap();
            assert_eq!(acting(&text), None, "{}", picture.display());
            assert!(!text.contains("<b>a"), "{}", picture.display());
        }
    }
    // Exact, for programs.
    let measured = genrenet()
        .args(commands[2])
        .current_dir(home)
        .output()
        .unwrap();
    let genres = &lines_of_json(&measured.stdout)[0]["genres"];
    assert!(
        genres
            .as_array()
            .unwrap()
            .iter()
            .any(|name| *name == *genre),
        "{genres}"
    );
}

#[test]
fn an_error_that_names_a_path_is_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let table = format!("{HOSTILE}.csv");
    fs::write(home.join(&table), "a,b\n1,2\n").unwrap();
    let recipe = format!("{HOSTILE}.toml");
    fs::write(home.join(&recipe), "a = \n").unwrap();
    let empty = format!("{HOSTILE} folder");
    fs::create_dir(home.join(&empty)).unwrap();
    let commands: Vec<Vec<&str>> = vec![
        vec!["classify", HOSTILE],
        vec!["classify", "--model", HOSTILE, "x.mp3"],
        vec!["classify", "--model", "echonest12", &table],
        vec!["train", HOSTILE],
        vec!["train", &recipe],
        vec!["train", &table],
        vec!["train", &empty],
        vec!["train", "--resume", HOSTILE],
        vec!["evaluate", HOSTILE],
        vec!["evaluate", "fma8", "--data", HOSTILE],
        vec!["evaluate", "fma8", "--data", &empty],
        vec!["combine", HOSTILE, "--data", HOSTILE, "--out", "x"],
        vec!["export", HOSTILE, "--onnx", "x"],
        vec!["summary", HOSTILE],
        vec!["summary", &recipe],
        vec!["report", HOSTILE, "--out", "x"],
        vec!["explain", HOSTILE],
        vec!["explain", &table, "--genre", HOSTILE],
        vec!["spectrogram", HOSTILE, "--out", "x.png"],
        vec!["spectrogram", "x", "--out", HOSTILE],
        vec!["extract", HOSTILE, "--out", "x.npz"],
        vec!["extract", HOSTILE, "--out", HOSTILE],
        vec![HOSTILE],
        vec!["classify", "x", "--top", HOSTILE],
    ];
    for words in commands {
        let output = genrenet().args(&words).current_dir(home).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{words:?}: {output:?}");
        let [out, err] = harmless(&output);
        assert_eq!(out, "", "{words:?}");
        assert!(
            !err.is_empty() && !err.contains("panicked"),
            "{words:?}: {err}"
        );
        assert!(err.contains(SHOWN), "{words:?}: {err}");
    }
}
