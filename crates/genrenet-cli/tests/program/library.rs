//! A small music library whose tags are changed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

use super::{genrenet, lines_of_json, recording};

/// A library of the recordings of the demo, and a place for journals.
pub struct Library {
    pub home: tempfile::TempDir,
}

impl Library {
    pub fn new() -> Library {
        let library = Library {
            home: tempfile::tempdir().unwrap(),
        };
        std::fs::create_dir(library.music()).unwrap();
        for name in [
            "lets_go_fishin.ogg",
            "searching.opus",
            "slow_motion_dream.mp3",
            "vibe_ace.m4a",
        ] {
            std::fs::copy(recording(name), library.music().join(name)).unwrap();
        }
        library
    }

    pub fn music(&self) -> PathBuf {
        self.home.path().join("music")
    }

    /// The program with `tag`, in the folder of the library.
    pub fn tag(&self, words: &[&str]) -> Command {
        let mut command = genrenet();
        command
            .current_dir(self.home.path())
            .env("GENRENET_JOURNALS", self.home.path().join("journals"))
            .arg("tag")
            .args(words);
        command
    }

    pub fn run(&self, words: &[&str]) -> Output {
        self.tag(words).output().unwrap()
    }

    /// Runs it to a success; its standard output.
    pub fn done(&self, words: &[&str]) -> String {
        let output = self.run(words);
        assert!(
            output.status.success(),
            "{words:?}: {}",
            text(&output.stderr)
        );
        text(&output.stdout)
    }

    /// A plan of `new` for every file, whatever the model says of it.
    pub fn plan_of(&self, name: &str, new: &[&str]) {
        let plan = self.done(&["--plan", "-", "--replace", "music"]);
        let mut lines = lines_of_json(plan.as_bytes());
        for line in &mut lines[1..] {
            line["new"] = new.into();
        }
        let lines: Vec<String> = lines.iter().map(Value::to_string).collect();
        std::fs::write(self.home.path().join(name), lines.join("\n")).unwrap();
    }

    /// What each file holds as its genre.
    pub fn genres(&self) -> BTreeMap<String, Vec<String>> {
        let plan = self.done(&["--plan", "-", "music"]);
        let lines = lines_of_json(plan.as_bytes());
        let of = |line: &Value| {
            let path = Path::new(line["path"].as_str().unwrap());
            let values = line["old"].as_array().unwrap().iter();
            let values = values.map(|value| value.as_str().unwrap().to_owned());
            (
                path.file_name().unwrap().to_str().unwrap().to_owned(),
                values.collect(),
            )
        };
        lines[1..].iter().map(of).collect()
    }

    /// How many lines the journals have that were not undone.
    pub fn journal_lines(&self) -> usize {
        let entries = std::fs::read_dir(self.home.path().join("journals"))
            .into_iter()
            .flatten();
        let paths = entries.map(|entry| entry.unwrap().path());
        let open = paths.filter(|path| path.extension().is_some_and(|suffix| suffix == "jsonl"));
        open.map(|path| {
            std::fs::read_to_string(path)
                .unwrap_or_default()
                .lines()
                .count()
        })
        .sum()
    }

    /// The bytes of every file.
    pub fn bytes(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let entries = std::fs::read_dir(self.music()).unwrap();
        let paths = entries.map(|entry| entry.unwrap().path());
        paths
            .map(|path| (path.clone(), std::fs::read(path).unwrap()))
            .collect()
    }
}

/// Output as text.
pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
