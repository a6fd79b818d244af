//! The commands of docs/GUIDE.md, run in a shell, in order.
//!
//! Over the recordings of the demo every command must succeed. Over the library of `cargo xtask tags guide` (its folder is in
//! `GENRENET_GUIDE_LIBRARY`) the guide must also show what they print; with `GENRENET_GUIDE_WRITE` it is written into the guide.
#![cfg(unix)]

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::program::recording;

const GUIDE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/GUIDE.md");

#[test]
fn every_command_of_the_guide_works() {
    let guide = std::fs::read_to_string(GUIDE).unwrap();
    let home = tempfile::tempdir().unwrap();
    let library = std::env::var_os("GENRENET_GUIDE_LIBRARY").map(PathBuf::from);
    let music = home.path().join("Music");
    match &library {
        Some(library) => copy(library, &music),
        None => {
            let album = music.join("Someone/An Album");
            std::fs::create_dir_all(&album).unwrap();
            for name in [
                "lets_go_fishin.ogg",
                "searching.opus",
                "slow_motion_dream.mp3",
                "vibe_ace.m4a",
            ] {
                std::fs::copy(recording(name), album.join(name)).unwrap();
            }
        }
    }
    let (mut written, mut commands) = (String::new(), 0);
    let mut in_block = false;
    for line in guide.lines() {
        if line.starts_with("```") {
            in_block = line == "```console";
        }
        let command = line.strip_prefix("$ ").filter(|_| in_block);
        if command.is_none() && in_block && line != "```console" {
            continue; // What was printed when the guide was written.
        }
        written += &format!("{line}\n");
        if let Some(command) = command {
            commands += 1;
            written += &run(command, home.path());
        }
    }
    assert!(commands > 8, "{commands} commands were found");
    if library.is_some() {
        match std::env::var_os("GENRENET_GUIDE_WRITE") {
            Some(_) => std::fs::write(GUIDE, written).unwrap(),
            None => assert_eq!(
                written, guide,
                "cargo xtask tags guide with GENRENET_GUIDE_WRITE=1 writes it anew"
            ),
        }
    }
}

/// Runs a command in the shell; what it prints, with paths and times that are the same every day.
fn run(command: &str, home: &Path) -> String {
    let program = Path::new(env!("CARGO_BIN_EXE_genrenet")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
    let output = Command::new("sh")
        .args(["-c", &format!("exec 2>&1; {command}")])
        .current_dir(home)
        .env("PATH", path)
        .env("HOME", home)
        .env_remove("XDG_DATA_HOME")
        .env_remove("GENRENET_JOURNALS")
        .env("LC_ALL", "C.UTF-8")
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "$ {command}\n{text}");
    let real = std::fs::canonicalize(home).unwrap();
    let text = text
        .replace(real.to_str().unwrap(), "~")
        .replace(home.to_str().unwrap(), "~");
    without_times(&text)
}

/// The names of journals, as if all were made at one moment.
fn without_times(text: &str) -> String {
    let line = |line: &str| match line
        .split_once("/journals/")
        .map(|(before, after)| (before, after.split_once(".jsonl")))
    {
        Some((before, Some((_, after)))) => {
            format!("{before}/journals/2026-11-29T10-00-00.000Z-100.jsonl{after}\n")
        }
        _ => format!("{line}\n"),
    };
    text.lines().map(line).collect()
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &target),
            false => drop(std::fs::copy(entry.path(), target).unwrap()),
        }
    }
}
