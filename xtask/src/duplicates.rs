//! `cargo xtask duplicates`: how many copies of real songs are found, and how many pairs that are none.

mod copies;
mod kinds;

use std::path::Path;
use std::process::ExitCode;

use crate::command;

pub use copies::{audio_files, duration, ffmpeg};

pub const USAGE: &str = "\
cargo xtask duplicates [FOLDER…]        precision and recall over copies of real songs: those of the data beside this repository and of the
                                        folders (needs ffmpeg); time and memory over 100 000 fingerprints
";

/// Makes the copies that are not there yet, then measures.
pub fn run(root: &Path, folders: &[String]) -> ExitCode {
    match measure(root, folders) {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("duplicates: {fault}");
            ExitCode::FAILURE
        }
    }
}

fn measure(root: &Path, folders: &[String]) -> Result<(), String> {
    let target = root.join("target/duplicates");
    let list = copies::make(root, folders, &target)?;
    let example = ["run", "--quiet", "-p", "genrenet-library", "--example"];
    let list = list.display().to_string();
    command::cargo(root, &[&example[..], &["duplicates", "--", &list]].concat())?;
    command::cargo(root, &[&example[..], &["many_duplicates"]].concat())
}
