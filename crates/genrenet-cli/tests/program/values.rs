//! A recipe for a table of numbers, and the program run in its folder.

use std::path::Path;
use std::process::Output;

use crate::program::genrenet;

/// One layer on the numbers of `songs.csv`, one epoch.
pub const RECIPE: &str = r#"
name = "values"

[data]
path = "songs.csv"

[[inputs]]
name = "values"
source = "values"
layout = "vector"
scaling = { kind = "standard" }

[[network.branches]]
input = "values"
layers = [{ kind = "dense", units = 4 }]

[network]
heads = [{ name = "genre", outputs = 0 }]

[train]
optimizer = { kind = "adamw", lr = 0.02 }
epochs = 1
batch = 16
"#;

/// Runs the program in a folder.
pub fn run(home: &Path, words: &[&str]) -> Output {
    genrenet().args(words).current_dir(home).output().unwrap()
}

/// What it said on standard error.
pub fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// As [`run`], where all has to go well.
pub fn done(home: &Path, words: &[&str]) -> Output {
    let output = run(home, words);
    assert_eq!(output.status.code(), Some(0), "{words:?}: {output:?}");
    output
}

/// As [`run`], where the words have to be refused with all of `why`.
pub fn refused(home: &Path, words: &[&str], why: &[&str]) {
    let output = run(home, words);
    let said = said(&output);
    assert_eq!(output.status.code(), Some(2), "{words:?}: {said}");
    assert!(why.iter().all(|why| said.contains(why)), "{why:?}: {said}");
}
