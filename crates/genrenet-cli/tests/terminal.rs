//! What a person at a terminal sees.
#![cfg(unix)]

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::program::screen::on_terminal;
use crate::program::{genrenet, recording, tones, train_network};

const SONGS: usize = 8;

/// Songs, and a file that is none and comes last.
fn songs() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for number in 0..SONGS {
        let name = format!("{number} a song with a name of some length.mp3");
        fs::copy(recording("slow_motion_dream.mp3"), folder.path().join(name)).unwrap();
    }
    fs::write(folder.path().join("no song.mp3"), "this is text").unwrap();
    folder
}

fn classify(folder: &Path) -> Command {
    let mut command = genrenet();
    command
        .args(["classify", "."])
        .env("TERM", "xterm")
        .env_remove("NO_COLOR")
        .current_dir(folder);
    command
}

/// What is said where no terminal is, with the lines of standard error last: the bad file is the last one.
fn said(folder: &Path) -> Vec<String> {
    let output = classify(folder).output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    let lines: Vec<String> = String::from_utf8(text)
        .unwrap()
        .lines()
        .map(str::to_owned)
        .collect();
    assert_eq!(lines.len(), SONGS + 2, "{lines:?}");
    lines
}

#[test]
fn each_song_is_one_clean_line_and_the_progress_stands_below() {
    let folder = songs();
    let expected = said(folder.path());
    for columns in [40, 80, 200] {
        let shown = on_terminal(&mut classify(folder.path()), columns);
        assert_eq!(shown.status.code(), Some(1));
        assert_eq!(shown.lines(), expected, "{columns} columns");
        let mut rows_below = 0;
        for state in shown.states() {
            let Some((last, above)) = state.split_last() else {
                continue;
            };
            assert_eq!(above, &expected[..above.len()], "{columns} columns: {last}");
            if last.contains(" files") && !above.is_empty() {
                rows_below += 1;
                assert!(last.chars().count() < columns.into(), "{last}");
            }
        }
        assert!(rows_below > 0, "no progress was shown at {columns} columns");
    }
}

#[test]
fn colours_are_nowhere_and_a_dumb_terminal_gets_lines_alone() {
    let folder = songs();
    let expected = said(folder.path());
    for (variable, value) in [
        ("NO_COLOR", "1"),
        ("NO_COLOR", ""),
        ("TERM", "xterm-256color"),
    ] {
        let shown = on_terminal(classify(folder.path()).env(variable, value), 80);
        assert_eq!(shown.lines(), expected);
        let coloured = shown
            .bytes
            .split(|&byte| byte == 0x1b)
            .skip(1)
            .any(|piece| piece.iter().find(|byte| byte.is_ascii_alphabetic()) == Some(&b'm'));
        assert!(!coloured, "{variable}={value}");
    }
    let shown = on_terminal(classify(folder.path()).env("TERM", "dumb"), 80);
    assert_eq!(shown.lines(), expected);
    assert!(!shown.bytes.contains(&0x1b), "{:?}", shown.lines());
}

#[test]
fn other_commands_leave_no_progress_on_the_screen() {
    let folder = tempfile::tempdir().unwrap();
    tones(&folder.path().join("music"));
    for words in [
        &train_network("train.epochs=3")[..],
        &["evaluate", "run", "--on", "test"],
        &["extract", "music", "--out", "features.npz"],
        &["combine", "run", "run", "--data", "music", "--out", "both"],
        &["report", "run", "--out", "page"],
        &["explain", "music/Low/artist 0/0.wav", "--model", "run"],
    ] {
        let mut command = genrenet();
        command
            .args(words)
            .env("TERM", "xterm")
            .current_dir(folder.path());
        let plain = command.output().unwrap();
        for made in ["run", "both"] {
            if words.contains(&"--out") && words.contains(&made) && words[0] != "report" {
                let _ = fs::rename(
                    folder.path().join(made),
                    folder.path().join(format!("first {made}")),
                );
            }
        }
        let shown = on_terminal(&mut command, 100);
        let lines = shown.lines();
        assert_eq!(
            shown.status.code(),
            plain.status.code(),
            "{words:?}: {lines:?}"
        );
        let count = |bytes: &[u8]| {
            String::from_utf8_lossy(bytes)
                .lines()
                .filter(|line| !line.is_empty())
                .count()
        };
        assert_eq!(
            lines.len(),
            count(&plain.stdout) + count(&plain.stderr),
            "{words:?}: {lines:#?}\n{plain:?}"
        );
    }
}

#[test]
fn explain_report_and_combine_show_the_progress_of_every_stage() {
    let folder = tempfile::tempdir().unwrap();
    tones(&folder.path().join("music"));
    let run = |words: &[&str]| {
        let mut command = genrenet();
        command
            .args(words)
            .env("TERM", "xterm")
            .current_dir(folder.path());
        command
    };
    let train = train_network("train.epochs=2");
    assert!(run(&train).output().unwrap().status.success());
    let parts = ["combine", "run", "run", "--data", "music", "--out", "both"];
    let combine = [&parts[..], &["--soften", "1.5"]].concat();
    for (words, stages) in [
        (
            &["explain", "music/Low/artist 0/0.wav", "--model", "run"][..],
            &[
                "reading [",
                "occluding [",
                "0/",
                "forward passes",
                "drawing [",
                "0/2 pictures",
            ][..],
        ),
        (
            &["report", "run", "--out", "page"],
            &[
                "clips explained",
                "last hidden layer [",
                "map of music, training clips [",
                "0/1000 steps",
                "drawing [",
                " pictures",
            ],
        ),
        (
            &combine,
            &[
                "calibrating [",
                "choosing the threshold [",
                "evaluating [",
                "0/4 rows",
            ],
        ),
    ] {
        let shown = on_terminal(&mut run(words), 100);
        assert!(shown.status.success(), "{words:?}: {:?}", shown.lines());
        let rows: Vec<String> = shown.states().into_iter().flatten().collect();
        for stage in stages {
            let printed = rows.iter().any(|row| row.contains(stage));
            assert!(printed, "{words:?}: {stage}: {rows:#?}");
        }
        let last = shown.lines();
        assert!(!last.iter().any(|line| line.contains('[')), "{last:?}");
        let dumb = on_terminal(run(words).env("TERM", "dumb"), 100);
        assert!(!dumb.bytes.contains(&0x1b), "{:?}", dumb.lines());
    }
}
