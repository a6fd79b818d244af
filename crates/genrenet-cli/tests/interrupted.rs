//! Training that is interrupted from the outside: Ctrl-C, a kill, a full disk.
#![cfg(unix)]

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use crate::program::{self, genrenet, tones};

/// Enough that the last is far away when the second is seen.
const EPOCHS: usize = 12;
const LAST: &str = "run/checkpoints/last.safetensors";

/// A folder with tones and the run that nothing disturbs, in `undisturbed/run`; the others go to `run`.
fn place() -> tempfile::TempDir {
    let place = tempfile::tempdir().unwrap();
    tones(&place.path().join("music"));
    let whole = place.path().join("undisturbed");
    fs::create_dir(&whole).unwrap();
    // The same words from a place from where they mean the same.
    std::os::unix::fs::symlink("../music", whole.join("music")).unwrap();
    let output = begin(&whole).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    place
}

/// `genrenet train` on the tones of `home`, into `home/run`.
fn begin(home: &Path) -> Command {
    let mut command = genrenet();
    command
        .args(["train", "music", "--from-scratch", "--out", "run", "--set"])
        .arg(format!("train.epochs={EPOCHS}"))
        .current_dir(home);
    command
}

/// `genrenet train --resume run`.
fn go_on(home: &Path) -> Command {
    let mut command = genrenet();
    command.args(["train", "--resume", "run"]).current_dir(home);
    command
}

/// Starts, waits for the line of an epoch that is `epoch` or later, sends a signal, waits for the end; all of stderr.
fn signalled(mut command: Command, epoch: usize, signal: &str) -> (ExitStatus, String) {
    let mut child: Child = command.stderr(Stdio::piped()).spawn().unwrap();
    let mut said = String::new();
    let mut lines = BufReader::new(child.stderr.take().unwrap());
    loop {
        let from = said.len();
        assert_ne!(lines.read_line(&mut said).unwrap(), 0, "ended: {said}");
        let mut words = said[from..].split_whitespace();
        if words.next() == Some("epoch")
            && words
                .next()
                .is_some_and(|n| n.parse::<usize>().unwrap() >= epoch)
        {
            break;
        }
    }
    let sent = Command::new("kill")
        .arg(signal)
        .arg(child.id().to_string())
        .status()
        .unwrap();
    assert!(sent.success());
    std::io::Read::read_to_string(&mut lines, &mut said).unwrap();
    (child.wait().unwrap(), said)
}

fn epochs(home: &Path) -> usize {
    let history = fs::read_to_string(home.join("run/history.jsonl")).unwrap();
    history.lines().count()
}

/// Every file of the bundle, byte by byte; the history without its times.
fn assert_ends_as_undisturbed(home: &Path) {
    let whole = home.join("undisturbed");
    for file in ["model.toml", "weights.safetensors", "CARD.md"] {
        let of = |home: &Path| fs::read(home.join("run/bundle").join(file)).unwrap();
        assert!(of(home) == of(&whole), "{file} is another");
    }
    let history = |home: &Path| -> Vec<serde_json::Value> {
        let mut lines = program::lines_of_json(&fs::read(home.join("run/history.jsonl")).unwrap());
        for line in &mut lines {
            line["seconds"] = serde_json::Value::Null;
            line["waiting"] = serde_json::Value::Null;
        }
        lines
    };
    assert_eq!(history(home), history(&whole));
    assert_eq!(epochs(home), EPOCHS);
}

#[test]
fn after_ctrl_c_or_sigterm_the_printed_command_continues_to_the_same_bytes() {
    for name in ["-INT", "-TERM"] {
        let place = place();
        let home = place.path();
        let (status, said) = signalled(begin(home), 2, name);
        assert_eq!(status.code(), Some(1), "{said}");
        let finished = epochs(home);
        assert!((2..EPOCHS).contains(&finished), "{said}");
        let expected = format!(
            "stopped after epoch {finished} of {EPOCHS}; continue with: genrenet train --resume run"
        );
        let last = said.lines().last().unwrap();
        assert_eq!(last, expected, "{said}");
        assert!(said.contains("stopping after the current step"), "{said}");
        // What was learned so far can be used already.
        assert!(home.join("run/bundle/model.toml").is_file());

        let words = last.split_once("genrenet ").unwrap().1.split(' ');
        let output = genrenet().args(words).current_dir(home).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        assert_ends_as_undisturbed(home);
    }
}

#[test]
fn a_run_that_is_killed_again_and_again_ends_in_the_same_bytes() {
    let place = place();
    let home = place.path();
    let (status, said) = signalled(begin(home), 2, "-KILL");
    assert_eq!(status.signal(), Some(9), "{said}");
    for _ in 0..3 {
        let finished = epochs(home);
        assert!((2..EPOCHS).contains(&finished));
        // Killed when it has just said that the next epoch is done: what it said is kept.
        let (status, said) = signalled(go_on(home), finished + 1, "-KILL");
        assert_eq!(status.signal(), Some(9), "{said}");
        assert!(epochs(home) > finished, "{said}");
        assert!(!home.join("run/bundle").exists(), "no bundle half-written");
    }
    let output = go_on(home).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_ends_as_undisturbed(home);
}

#[test]
fn a_checkpoint_that_finds_the_disk_full_leaves_the_one_before() {
    let place = place();
    let home = place.path();
    let (status, said) = signalled(begin(home), 2, "-INT");
    assert_eq!(status.code(), Some(1), "{said}");
    let (before, finished) = (fs::read(home.join(LAST)).unwrap(), epochs(home));

    // No file may grow beyond 64 kB: writing fails in the middle of the checkpoint, as on a full disk.
    let full = go_on(home);
    let mut shell = Command::new("sh");
    shell
        .args(["-c", "trap '' XFSZ; ulimit -f 128; exec \"$0\" \"$@\""])
        .arg(full.get_program())
        .args(full.get_args())
        .envs(
            full.get_envs()
                .filter_map(|(key, value)| Some((key, value?))),
        )
        .current_dir(home);
    let output = shell.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{said}");
    let error = said.lines().last().unwrap();
    assert!(
        error.contains("run/checkpoints/") && error.contains("File too large"),
        "{said}"
    );
    assert!(
        fs::read(home.join(LAST)).unwrap() == before,
        "the last one is another"
    );
    // What the best checkpoint may lack is written before the next epoch begins.
    assert_eq!(epochs(home), finished);
    assert_eq!(unfinished(&home.join("run")), Vec::<PathBuf>::new());

    let output = go_on(home).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_ends_as_undisturbed(home);
}

/// What is not finished, below a folder.
fn unfinished(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path
            .extension()
            .is_some_and(|ending| ending == "part" || ending == "tmp")
        {
            found.push(path.clone());
        }
        if path.is_dir() {
            found.extend(unfinished(&path));
        }
    }
    found
}

fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill")
        .args([name, &child.id().to_string()])
        .status()
        .unwrap();
    assert!(sent.success());
}

#[test]
fn ctrl_c_and_sigterm_remove_unfinished_files_of_extract_export_and_report() {
    let place = place();
    let home = place.path();
    // Links to so many songs that it can't be done before the signal comes.
    let many = home.join("many");
    fs::create_dir(&many).unwrap();
    for number in 0..20_000 {
        let link = many.join(format!("{number}.wav"));
        std::os::unix::fs::symlink("../music/Low/artist 0/0.wav", link).unwrap();
    }
    for (name, code) in [("-INT", 130), ("-TERM", 143)] {
        let mut child = genrenet()
            .args(["--threads", "1", "extract", "many", "--out", "features.npz"])
            .current_dir(home)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        while unfinished(home).is_empty() {
            assert!(child.try_wait().unwrap().is_none(), "ended too early");
        }
        signal(&child, name);
        assert_eq!(child.wait().unwrap().code(), Some(code));
        assert_eq!(unfinished(home), Vec::<PathBuf>::new());
        assert!(!home.join("features.npz").exists());
    }

    // These are short: interrupted at many moments, each is there as a whole or not at all.
    let run = home.join("undisturbed/run");
    let mut stopped = 0;
    for delay in (0..30).map(|n| n * 14) {
        for (arguments, index) in [
            (["export", "--onnx", "out/onnx"], "export.json"),
            (["report", "--out", "out/page"], "report.html"),
        ] {
            let _ = fs::remove_dir_all(home.join("out"));
            let mut child = genrenet()
                .args(arguments)
                .arg(&run)
                .current_dir(home)
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            std::thread::sleep(std::time::Duration::from_millis(delay));
            signal(&child, "-INT");
            let status = child.wait().unwrap();
            let folder = home.join(arguments[2]);
            assert_eq!(
                folder.exists(),
                folder.join(index).is_file(),
                "{arguments:?}"
            );
            // Before its first lines a program is ended by the system.
            stopped += usize::from(status.code() == Some(130) || status.signal() == Some(2));
            if home.join("out").exists() {
                assert_eq!(unfinished(&home.join("out")), Vec::<PathBuf>::new());
            }
        }
    }
    assert!(stopped > 0);
}

/// Whether a signal is ignored, as shells have Ctrl-C for what they start in the background: programs inherit it.
fn is_ignored(number: i32) -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask >> (number - 1) & 1 == 1)
}

#[test]
fn answers_that_were_printed_stay_when_classify_is_ended() {
    let place = tempfile::tempdir().unwrap();
    let home = place.path();
    tones(&home.join("music"));
    fs::create_dir(home.join("many")).unwrap();
    for number in 0..5000 {
        let link = home.join(format!("many/{number}.wav"));
        std::os::unix::fs::symlink("../music/Low/artist 0/0.wav", link).unwrap();
    }
    for (form, name, number) in [
        (&[][..], "-INT", 2),
        (&["--json"], "-TERM", 15),
        (&["--csv"], "-INT", 2),
        (&["--csv"], "-TERM", 15),
    ] {
        if is_ignored(number) {
            println!("skipped: {name} is ignored where this test was started");
            continue;
        }
        let mut child = genrenet()
            .args(["--threads", "1", "classify", "many"])
            .args(form)
            .current_dir(home)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // The third line is far less than any buffer holds, and far from the end.
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let mut text = String::new();
        for _ in 0..3 {
            lines.read_line(&mut text).unwrap();
        }
        signal(&child, name);
        std::io::Read::read_to_string(&mut lines, &mut text).unwrap();
        assert_eq!(child.wait().unwrap().signal(), Some(number));
        assert!(
            text.ends_with('\n') && text.lines().count() < 4000,
            "{text}"
        );
    }
}

#[test]
fn a_second_training_is_refused_with_the_holder_and_a_kill_frees_the_folder() {
    let place = place();
    let home = place.path();
    let mut first = begin(home).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(first.stderr.take().unwrap());
    let mut said = String::new();
    while !said.contains("epoch   1") {
        assert_ne!(lines.read_line(&mut said).unwrap(), 0, "{said}");
    }
    signal(&first, "-STOP");
    let held = format!(
        "run: another training writes here (process {} on ",
        first.id()
    );
    for mut second in [begin(home), go_on(home)] {
        let output = second.output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(&held), "{said}");
    }
    signal(&first, "-KILL");
    assert_eq!(first.wait().unwrap().signal(), Some(9));
    let output = go_on(home).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_ends_as_undisturbed(home);
    assert!(!home.join("run/.lock").exists());
}

#[test]
fn a_bundle_that_is_combined_anew_is_there_after_every_kill() {
    let place = place();
    let home = place.path();
    let combine = || {
        let mut command = genrenet();
        command
            .args([
                "combine",
                "undisturbed/run",
                "--data",
                "music",
                "--out",
                "both",
            ])
            .current_dir(home)
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    };
    assert!(combine().status().unwrap().success());
    let load = || genrenet::model::Bundle::load(&home.join("both")).unwrap();
    let weights = load().weights();
    let took = std::time::Instant::now();
    assert!(combine().status().unwrap().success());
    let took = took.elapsed();
    // Most of the kills come near the end, where it writes.
    for turn in 0..30u32 {
        let mut child = combine().spawn().unwrap();
        std::thread::sleep(took * (60 + 2 * turn) / 100);
        let _ = child.kill();
        child.wait().unwrap();
        assert_eq!(load().weights(), weights);
    }
}
