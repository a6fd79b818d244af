//! `genrenet scan --watch` from the outside: what is done in a folder is in the index soon after. No time is asserted: each expectation is
//! waited for, for minutes if need be.
#![cfg(unix)]

use std::fs;
use std::io::{BufRead as _, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use crate::program::index::Indexed;
use crate::program::{self, PATIENCE, until};

/// A program that watches.
struct Watching<'a> {
    library: &'a Indexed,
    child: Child,
    /// What it prints, lines of both streams.
    lines: Receiver<String>,
    said: Vec<String>,
}

impl<'a> Watching<'a> {
    fn begin(library: &'a Indexed, words: &[&str]) -> Watching<'a> {
        let mut child = library
            .command(&[&["scan"], words].concat())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (sender, lines) = channel();
        let out: Box<dyn Read + Send> = Box::new(child.stdout.take().unwrap());
        let err: Box<dyn Read + Send> = Box::new(child.stderr.take().unwrap());
        for stream in [out, err] {
            let sender = sender.clone();
            thread::spawn(move || {
                for line in BufReader::new(stream).lines() {
                    let _ = sender.send(line.unwrap());
                }
            });
        }
        let said = Vec::new();
        let mut watching = Watching {
            library,
            child,
            lines,
            said,
        };
        watching.expect_line("Ctrl-C ends it");
        watching
    }

    /// Waits for a line that ends so.
    fn expect_line(&mut self, ending: &str) {
        while !self.said.iter().any(|line| line.ends_with(ending)) {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) => self.said.push(line),
                Err(_) => panic!("no line ends with `{ending}`: {:#?}", self.said),
            }
        }
    }

    /// Waits until a query of the index gives this number.
    fn expect(&mut self, query: &str, number: i64) {
        until(&format!("{query} gives {number}"), || {
            (self.library.number(query) == number).then_some(())
        });
    }

    /// Ctrl-C; all lines.
    fn end(mut self) -> Vec<String> {
        let interrupt = Command::new("kill")
            .args(["-INT", &self.child.id().to_string()])
            .status();
        assert!(interrupt.unwrap().success());
        assert_eq!(self.child.wait().unwrap().code(), Some(0));
        self.said.extend(self.lines.iter());
        std::mem::take(&mut self.said)
    }
}

impl Drop for Watching<'_> {
    fn drop(&mut self) {
        // Of a test that has failed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const PRESENT: &str = "SELECT count(*) FROM files WHERE vanished_at IS NULL";

/// A short song, other ones for other numbers.
fn song(library: &Indexed, name: &str, number: usize) -> PathBuf {
    let path = library.music().join(name);
    let tone = |i: usize| (8000.0 * (i as f64 * 0.02 * (1.0 + 0.01 * number as f64)).sin()) as i16;
    let samples: Vec<i16> = (0..40_000).map(tone).collect();
    program::write_wav(&path, &samples, 22_050);
    path
}

#[test]
fn what_is_added_moved_retagged_and_removed_is_in_the_index() {
    let library = Indexed::with(2);
    let music = library.music();
    let mut watching = Watching::begin(&library, &["--watch", "music"]);
    watching.expect(PRESENT, 2);
    watching.expect_line("2 files: 2 new");

    fs::copy(
        program::recording("vibe_ace.m4a"),
        music.join("vibe_ace.m4a"),
    )
    .unwrap();
    watching.expect_line("music/vibe_ace.m4a");
    watching.expect(PRESENT, 3);

    // A folder with what is in it.
    fs::create_dir_all(music.join("deep/er")).unwrap();
    fs::rename(music.join("vibe_ace.m4a"), music.join("deep/er/moved.m4a")).unwrap();
    watching.expect_line("music/deep/er/moved.m4a");
    watching.expect(PRESENT, 3);
    watching.expect(
        "SELECT count(*) FROM files WHERE path LIKE '%/music/deep/er/moved.m4a'",
        1,
    );
    watching.expect("SELECT count(*) FROM songs", 3);

    let classified = library.number("SELECT sum(classified_at) FROM songs");
    library.done(&["tag", "--write", "--replace", "music/deep/er/moved.m4a"]);
    watching.expect(
        "SELECT count(*) FROM files WHERE coalesce(genre, '') != ''",
        1,
    );
    watching.expect("SELECT sum(classified_at) FROM songs", classified);

    fs::write(
        music.join("bad.mp3"),
        "these are words, not music. ".repeat(50),
    )
    .unwrap();
    watching.expect("SELECT count(*) FROM files WHERE error_kind IS NOT NULL", 1);

    fs::remove_file(music.join("searching.opus")).unwrap();
    watching.expect(
        "SELECT count(*) FROM files WHERE vanished_at IS NOT NULL",
        1,
    );
    // A folder that is moved away is a change within the library.
    fs::rename(music.join("deep"), library.folder.path().join("deep")).unwrap();
    watching.expect(
        "SELECT count(*) FROM files WHERE vanished_at IS NOT NULL",
        2,
    );
    fs::rename(library.folder.path().join("deep"), music.join("deep")).unwrap();
    watching.expect(
        "SELECT count(*) FROM files WHERE vanished_at IS NOT NULL",
        1,
    );

    let said = watching.end();
    for what in [
        "new: ",
        "moved from ",
        "other tags: ",
        "missing: ",
        "there again: ",
    ] {
        assert!(
            said.iter().any(|line| line.starts_with(what)),
            "{what}: {said:#?}"
        );
    }
    let failed = |line: &&String| line.contains("music/bad.mp3: ");
    assert_eq!(said.iter().filter(failed).count(), 1, "{said:#?}");
}

#[test]
fn fifty_files_at_once_are_each_told_once() {
    let library = Indexed::with(0);
    song(&library, "first.wav", 0);
    let mut watching = Watching::begin(&library, &["--watch", "music"]);
    for i in 1..=50 {
        song(&library, &format!("song {i}.wav"), i);
    }
    watching.expect(PRESENT, 51);
    watching.expect("SELECT count(*) FROM songs", 51);
    let said = watching.end();
    let new = said.iter().filter(|line| line.starts_with("new: "));
    assert_eq!(new.count(), 50, "{said:#?}");
}

#[test]
fn a_folder_that_goes_away_is_waited_for_and_nothing_in_it_is_marked() {
    let library = Indexed::with(1);
    let aside = library.folder.path().join("unplugged");
    let mut watching = Watching::begin(&library, &["--watch", "music"]);
    fs::rename(library.music(), &aside).unwrap();
    watching.expect_line("nothing is marked as missing");
    assert_eq!(library.number(PRESENT), 1);
    fs::copy(
        program::recording("searching.opus"),
        aside.join("added meanwhile.opus"),
    )
    .unwrap();
    fs::rename(&aside, library.music()).unwrap();
    watching.expect_line("music/added meanwhile.opus");
    watching.expect(PRESENT, 2);
    // It is watched again.
    fs::remove_file(library.music().join("added meanwhile.opus")).unwrap();
    watching.expect(PRESENT, 1);
    let said = watching.end();
    assert_eq!(
        said.iter()
            .filter(|line| line.ends_with("marked as missing"))
            .count(),
        1
    );
}

#[test]
fn folders_are_searched_from_time_to_time_where_that_is_asked_for() {
    let library = Indexed::with(1);
    let mut watching = Watching::begin(&library, &["--watch=1", "music"]);
    fs::copy(
        program::recording("searching.opus"),
        library.music().join("a.opus"),
    )
    .unwrap();
    watching.expect(PRESENT, 2);
    fs::remove_file(library.music().join("a.opus")).unwrap();
    watching.expect(PRESENT, 1);
    watching.end();
}

#[test]
fn an_index_in_the_library_and_unfinished_copies_are_no_songs() {
    let library = Indexed::with(1);
    let index = library.music().join("my.index");
    let index = index.to_str().unwrap();
    let mut watching = Watching::begin(&library, &["--watch", "--index", index, "music"]);
    fs::write(library.music().join(".genrenet-a.mp3.x.part"), "half").unwrap();
    song(&library, "new.wav", 1);
    watching.expect_line("music/new.wav");
    let said = watching.end();
    assert!(
        !said
            .iter()
            .any(|line| line.contains("my.index:") || line.contains(".part")),
        "{said:#?}"
    );
}
