//! The feature cache from the outside: features that don't fit into memory, several processes, kills, a cache that can't be
//! written.
#![cfg(unix)]

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, SystemTime};

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::program::{self, genrenet, tones};

/// `genrenet train music --from-scratch --out RUN/run` in `home`, with the cache `cache` and `memory` MiB for features.
fn train(home: &Path, run: &str, cache: &str, memory: &str) -> Command {
    let mut command = genrenet();
    command
        .args(["train", "music", "--from-scratch", "--out"])
        // A bundle contains the name of its folder.
        .arg(format!("{run}/run"))
        .args(["--set", "train.epochs=2"])
        .env("GENRENET_CACHE", home.join(cache))
        .env("GENRENET_FEATURE_MEMORY", memory)
        .current_dir(home)
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    command
}

fn done(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
}

/// The bytes of a run's bundle, with the same command in all.
fn bundle(home: &Path, run: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = home.join(run).join("run/bundle");
    let mut files: Vec<(PathBuf, Vec<u8>)> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            let bytes = match String::from_utf8(fs::read(entry.path()).unwrap()) {
                Ok(text) => text.replace(&format!("--out {run}/run"), "--out").into(),
                Err(error) => error.into_bytes(),
            };
            (entry.file_name().into(), bytes)
        })
        .collect();
    files.sort();
    assert!(files.len() >= 2, "{files:?}");
    files
}

/// Every file of a cache with its bytes, without those that are being written.
fn entries(cache: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let list = |folder: &Path| -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).into_iter().flatten();
        entries.map(|entry| entry.unwrap().path()).collect()
    };
    let folders = list(cache).into_iter();
    let folders = folders.filter(|folder| !folder.ends_with("unfinished"));
    let mut files: Vec<_> = folders
        .flat_map(|folder| list(&folder))
        .map(|path| {
            let name = path.strip_prefix(cache).unwrap().to_path_buf();
            (name, fs::read(path).unwrap())
        })
        .collect();
    files.sort();
    files
}

/// Songs in `music` and the run `memory`, which nothing disturbed, with the cache `undisturbed`.
fn place() -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    tones(&home.path().join("music"));
    done(&mut train(home.path(), "memory", "undisturbed", "1024"));
    assert_eq!(entries(&home.path().join("undisturbed")).len(), 20);
    home
}

#[test]
fn features_on_disk_and_in_memory_train_the_same_bytes() {
    let place = place();
    let home = place.path();
    // From an empty cache and from a full one.
    done(&mut train(home, "disk", "cache", "0"));
    done(&mut train(home, "again", "undisturbed", "0"));
    let expected = bundle(home, "memory");
    assert!(bundle(home, "disk") == expected);
    assert!(bundle(home, "again") == expected);
    assert!(entries(&home.join("cache")) == entries(&home.join("undisturbed")));
    let history = fs::read_to_string(home.join("disk/run/history.jsonl")).unwrap();
    let epochs = program::lines_of_json(history.as_bytes());
    assert_eq!(epochs.len(), 2);
    for epoch in epochs {
        let waiting = epoch["waiting"].as_f64().unwrap();
        assert!((0.0..=1.0).contains(&waiting), "{epoch}");
    }
    // What is measured afterwards reads the same features.
    let evaluate = |memory: &str| {
        let mut command = genrenet();
        command.args(["evaluate", "disk/run", "--on", "test", "--json"]);
        command.env("GENRENET_CACHE", home.join("cache"));
        command.env("GENRENET_FEATURE_MEMORY", memory);
        let output = command.current_dir(home).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        output.stdout
    };
    assert!(evaluate("0") == evaluate("1024"));
}

#[test]
fn two_processes_share_one_cache() {
    let place = place();
    let home = place.path();
    let begin = |run| -> Child { train(home, run, "shared", "0").spawn().unwrap() };
    let (first, second) = (begin("first"), begin("second"));
    for child in [first, second] {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{output:?}");
    }
    let expected = bundle(home, "memory");
    assert!(bundle(home, "first") == expected);
    assert!(bundle(home, "second") == expected);
    assert!(entries(&home.join("shared")) == entries(&home.join("undisturbed")));
    let aside = fs::read_dir(home.join("shared/unfinished")).unwrap();
    assert_eq!(aside.count(), 0);
}

#[test]
fn a_cache_is_whole_after_kills_and_damage() {
    let place = place();
    let home = place.path();
    let cache = home.join("killed");
    let mut rng = ChaCha8Rng::seed_from_u64(21);
    for _ in 0..12 {
        let mut child = train(home, "killed run", "killed", "0").spawn().unwrap();
        std::thread::sleep(Duration::from_millis(rng.random_range(1..200)));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    // Whatever was stored is what belongs there.
    let whole = entries(&home.join("undisturbed"));
    for (name, bytes) in entries(&cache) {
        assert!(whole.contains(&(name.clone(), bytes)), "{}", name.display());
    }
    // A power failure cuts one entry, a fault of the disk changes another, and a kill left half of one hours ago.
    done(&mut train(home, "filled", "killed", "0"));
    let damaged: Vec<PathBuf> = whole.iter().map(|(name, _)| cache.join(name)).collect();
    fs::write(&damaged[0], &whole[0].1[..100]).unwrap();
    let mut bytes = whole[1].1.clone();
    bytes[200] ^= 4;
    fs::write(&damaged[1], bytes).unwrap();
    let left = cache.join("unfinished/.genrenet-killed.part");
    fs::write(&left, "half").unwrap();
    let file = fs::File::options().write(true).open(&left).unwrap();
    let hours_ago = SystemTime::now() - Duration::from_secs(4 * 3600);
    file.set_modified(hours_ago).unwrap();
    done(&mut train(home, "after", "killed", "0"));
    assert!(entries(&cache) == whole);
    assert!(!left.exists());
    let expected = bundle(home, "memory");
    assert!(bundle(home, "filled") == expected);
    assert!(bundle(home, "after") == expected);
}

/// An entry that disappears ends a training with its name, and the training that is resumed computes it again.
#[test]
fn a_cache_that_is_deleted_during_a_training_costs_no_more_than_an_epoch() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    tones(&home.join("music"));
    let train = |words: &[&str], cache: &str| {
        let mut command = genrenet();
        command.arg("train").args(words).current_dir(home);
        command.env("GENRENET_CACHE", home.join(cache));
        command.env("GENRENET_FEATURE_MEMORY", "0");
        command.stderr(Stdio::piped());
        command
    };
    let begin = [
        "music",
        "--from-scratch",
        "--out",
        "run",
        "--set",
        "train.epochs=12",
    ];
    done(&mut train(&begin, "whole"));
    fs::create_dir(home.join("undisturbed")).unwrap();
    fs::rename(home.join("run"), home.join("undisturbed/run")).unwrap();

    let mut child = train(&begin, "cache").spawn().unwrap();
    let mut said = String::new();
    let mut lines = BufReader::new(child.stderr.take().unwrap());
    while !said
        .lines()
        .any(|line| line.trim_start().starts_with("epoch"))
    {
        assert_ne!(lines.read_line(&mut said).unwrap(), 0, "ended: {said}");
    }
    fs::remove_dir_all(home.join("cache")).unwrap();
    lines.read_to_string(&mut said).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(2), "{said}");
    assert!(said.contains("was changed while it was in use"), "{said}");
    assert!(
        said.contains(home.join("cache").to_str().unwrap()),
        "{said}"
    );
    done(&mut train(&["--resume", "run"], "cache"));
    assert!(bundle(home, "") == bundle(home, "undisturbed"));
}

#[test]
fn a_cache_that_can_not_be_written_is_named() {
    let place = place();
    let home = place.path();
    fs::write(home.join("file"), "no folder").unwrap();
    // With enough memory only a note.
    let output = train(home, "run", "file", "1024").output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{said}");
    assert!(
        said.contains("features are not kept for the next time"),
        "{said}"
    );
    assert!(bundle(home, "run") == bundle(home, "memory"));
    // Without, the folder, the reason and what helps.
    let output = train(home, "none", "file", "0").output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    for words in [
        "features need more than 0 MiB",
        "/file: ",
        "GENRENET_FEATURE_MEMORY",
    ] {
        assert!(said.contains(words), "{said}");
    }
    // A disk that fills up while entries are written: files may have 4 KiB.
    let mut full = Command::new("sh");
    full.args(["-c", "trap '' XFSZ; ulimit -f 8; exec \"$0\" \"$@\""]);
    let command = train(home, "full", "full cache", "0");
    full.arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        full.env(name, value.unwrap());
    }
    let output = full.current_dir(home).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("full cache: File too large"), "{said}");
    assert_eq!(entries(&home.join("full cache")), []);
    // A value that is no number.
    let output = train(home, "wrong", "cache", "1 GiB").output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(
        said.contains("GENRENET_FEATURE_MEMORY=1 GiB: expected a number of MiB"),
        "{said}"
    );
}
