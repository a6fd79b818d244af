//! A library with an index of its own.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::{genrenet, lines_of_json, recording};

/// Songs that the model knows apart, short ones first.
pub const SONGS: [&str; 4] = [
    "slow_motion_dream.mp3",
    "searching.opus",
    "vibe_ace.m4a",
    "lets_go_fishin.ogg",
];

/// A folder with music and an index beside it.
pub struct Indexed {
    pub folder: tempfile::TempDir,
}

impl Indexed {
    /// With the first songs of [`SONGS`].
    pub fn with(songs: usize) -> Indexed {
        let folder = tempfile::tempdir().unwrap();
        let library = Indexed { folder };
        std::fs::create_dir(library.music()).unwrap();
        for song in &SONGS[..songs] {
            std::fs::copy(recording(song), library.music().join(song)).unwrap();
        }
        library.settle();
        library
    }

    /// Makes every file older than the time in which another change might not show.
    pub fn settle(&self) {
        let now = std::time::SystemTime::now();
        let old = now - std::time::Duration::from_secs(1000);
        for entry in walkdir::WalkDir::new(self.music()) {
            let entry = entry.unwrap();
            let recent = now - std::time::Duration::from_secs(500);
            if entry.file_type().is_file() && entry.metadata().unwrap().modified().unwrap() > recent
            {
                let file = std::fs::File::options()
                    .append(true)
                    .open(entry.path())
                    .unwrap();
                file.set_modified(old).unwrap();
            }
        }
    }

    pub fn music(&self) -> PathBuf {
        self.folder.path().join("music")
    }

    pub fn index(&self) -> PathBuf {
        self.folder.path().join("index.sqlite")
    }

    /// A command with this index.
    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = genrenet();
        command
            .args(words)
            .env("GENRENET_INDEX", self.index())
            .current_dir(self.folder.path());
        command
    }

    pub fn run(&self, words: &[&str]) -> Output {
        self.command(words).output().unwrap()
    }

    /// Runs a command that must do all of its work, and returns what it prints.
    pub fn done(&self, words: &[&str]) -> String {
        let output = self.run(words);
        assert_eq!(output.status.code(), Some(0), "{words:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs a command that must fail with exit code 2, and returns what it says.
    pub fn refused(&self, words: &[&str]) -> String {
        let output = self.run(words);
        assert_eq!(output.status.code(), Some(2), "{words:?}: {output:?}");
        String::from_utf8(output.stderr).unwrap()
    }

    /// The first line of a scan of the whole library.
    pub fn scan(&self) -> String {
        let text = self.done(&["scan", "music"]);
        text.lines().next().unwrap().to_owned()
    }

    /// What a search gives.
    pub fn search(&self, words: &[&str]) -> Vec<serde_json::Value> {
        lines_of_json(
            self.done(&[&["search", "--json"], words].concat())
                .as_bytes(),
        )
    }

    /// The names of the files that a search gives.
    pub fn names(&self, words: &[&str]) -> Vec<String> {
        let name = |song: serde_json::Value| {
            let path = PathBuf::from(song["path"].as_str().unwrap());
            path.file_name().unwrap().to_str().unwrap().to_owned()
        };
        self.search(words).into_iter().map(name).collect()
    }

    /// The index, opened by SQLite itself.
    pub fn sqlite(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.index()).unwrap()
    }

    /// Files in the index, which another process may be making at this moment.
    pub fn files(&self) -> i64 {
        let sqlite = self.sqlite();
        sqlite
            .busy_timeout(std::time::Duration::from_secs(10))
            .unwrap();
        sqlite
            .query_row("SELECT count(*) FROM files", [], |row| row.get(0))
            .unwrap_or(0)
    }

    /// A number that a query gives.
    pub fn number(&self, query: &str) -> i64 {
        self.sqlite()
            .query_row(query, [], |row| row.get(0))
            .unwrap()
    }
}

/// Sets a file's times of change, which a scan compares.
pub fn set_time(path: &Path, time: std::time::SystemTime) {
    std::fs::File::options()
        .append(true)
        .open(path)
        .unwrap()
        .set_modified(time)
        .unwrap();
}

/// A song that differs from every other of these in one byte of its sound.
pub fn variant(number: usize, to: &Path) {
    let mut bytes = std::fs::read(recording("slow_motion_dream.mp3")).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle + number] ^= 0x55;
    std::fs::write(to, bytes).unwrap();
}
