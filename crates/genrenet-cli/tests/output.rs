//! Output that can't be written: a reader that has gone, a disk that is full.
#![cfg(unix)]

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::program::{genrenet, recording, tones, train_network};

/// A command, a file that shows that its work was done, and the exit code where standard output is full.
struct Case {
    words: Vec<String>,
    made: Option<&'static str>,
    code_when_full: i32,
}

fn cases() -> Vec<Case> {
    let song = recording("slow_motion_dream.mp3");
    let song = song.to_str().unwrap();
    let case = |words: &[&str], made, code_when_full| Case {
        words: words.iter().map(|word| (*word).to_owned()).collect(),
        made,
        code_when_full,
    };
    vec![
        // The page is all that was asked for.
        case(&["--help"], None, 2),
        case(&["--version"], None, 2),
        case(&["classify", song], None, 2),
        case(&["classify", "--json", song], None, 2),
        case(&["classify", "--csv", song], None, 2),
        case(&["summary", "fma8"], None, 2),
        case(&["summary", "fma8", "--json"], None, 2),
        case(&["evaluate", "run", "--on", "test"], None, 2),
        case(&["evaluate", "run", "--on", "test", "--json"], None, 2),
        // The result is in files, which are complete.
        case(
            &[
                "train",
                "music",
                "--from-scratch",
                "--out",
                "made",
                "--set",
                "train.epochs=2",
            ],
            Some("made/bundle/model.toml"),
            1,
        ),
        case(
            &[
                "train",
                "music",
                "--from-scratch",
                "--out",
                "made",
                "--set",
                "train.epochs=1",
                "--folds",
                "2",
            ],
            Some("made/fold-2/bundle/model.toml"),
            1,
        ),
        case(
            &["combine", "run", "run", "--data", "music", "--out", "made"],
            Some("made/model.toml"),
            1,
        ),
        case(
            &["export", "run", "--onnx", "made"],
            Some("made/export.json"),
            1,
        ),
        case(
            &["report", "run", "--out", "made"],
            Some("made/report.html"),
            1,
        ),
        case(
            &["explain", song, "--model", "run", "--out", "made"],
            Some("made/explain.json"),
            1,
        ),
        case(
            &["classify", song, "--html", "made.html"],
            Some("made.html"),
            1,
        ),
        // Nothing on standard output.
        case(&["extract", song, "--out", "made.npz"], Some("made.npz"), 0),
        case(
            &["spectrogram", song, "--out", "made.png"],
            Some("made.png"),
            0,
        ),
    ]
}

fn run(case: &Case, home: &Path, out: Stdio, err: Stdio) -> Output {
    for made in ["made", "made.npz", "made.png", "made.html"] {
        let made = home.join(made);
        let _ = fs::remove_dir_all(&made).or_else(|_| fs::remove_file(&made));
    }
    let mut command: Command = genrenet();
    command.args(&case.words).current_dir(home);
    let output = command
        .stdout(out)
        .stderr(err)
        .stdin(Stdio::null())
        .spawn()
        .unwrap()
        .wait_with_output()
        .unwrap();
    if let Some(made) = case.made {
        assert!(home.join(made).is_file(), "{:?}: {output:?}", case.words);
    }
    output
}

/// A pipe whose reader has gone.
fn closed() -> Stdio {
    let (_, writer) = std::io::pipe().unwrap();
    writer.into()
}

fn full() -> Option<Stdio> {
    let device = fs::OpenOptions::new().write(true).open("/dev/full");
    device.ok().map(Stdio::from)
}

#[test]
fn a_closed_or_full_output_never_panics_and_never_ends_work() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    tones(&home.join("music"));
    let trained = genrenet()
        .args(train_network("train.epochs=3"))
        .current_dir(home)
        .output()
        .unwrap();
    assert_eq!(trained.status.code(), Some(0), "{trained:?}");
    for case in &cases() {
        let words = &case.words;
        let undisturbed = run(case, home, Stdio::piped(), Stdio::piped());
        assert_eq!(
            undisturbed.status.code(),
            Some(0),
            "{words:?}: {undisturbed:?}"
        );

        let output = run(case, home, closed(), Stdio::piped());
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{words:?}: {said}");
        assert!(
            !said.contains("pipe") && !said.contains("output"),
            "{words:?}: {said}"
        );

        let output = run(case, home, Stdio::piped(), closed());
        assert_eq!(output.status.code(), Some(0), "{words:?}");
        assert_eq!(output.stdout, undisturbed.stdout, "{words:?}");
        let output = run(case, home, closed(), closed());
        assert_eq!(output.status.code(), Some(0), "{words:?}");

        let (Some(out), Some(err)) = (full(), full()) else {
            println!("skipped: there is no /dev/full");
            continue;
        };
        let output = run(case, home, out, Stdio::piped());
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(
            output.status.code(),
            Some(case.code_when_full),
            "{words:?}: {said}"
        );
        let faults: Vec<&str> = said
            .lines()
            .filter(|line| line.contains("standard output"))
            .collect();
        match case.code_when_full {
            0 => assert!(faults.is_empty(), "{words:?}: {said}"),
            _ => assert!(
                faults.len() == 1 && faults[0].starts_with("genrenet: standard output: "),
                "{words:?}: {said}"
            ),
        }
        assert!(!said.contains("panicked"), "{words:?}: {said}");

        let output = run(case, home, Stdio::piped(), err);
        assert_eq!(output.status.code(), Some(0), "{words:?}");
        assert_eq!(output.stdout, undisturbed.stdout, "{words:?}");
    }
}

#[test]
fn classification_stops_when_its_output_is_closed() {
    let folder = tempfile::tempdir().unwrap();
    let song = recording("slow_motion_dream.mp3");
    let list = format!("{}\n", song.display()).repeat(100_000);
    fs::write(folder.path().join("list"), list).unwrap();
    let output = genrenet()
        .args(["classify", "-"])
        .stdin(fs::File::open(folder.path().join("list")).unwrap())
        .stdout(closed())
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    // Hours of work, were it done.
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}
