//! `genrenet tag`: what a person's files hold before, between and after.

mod program;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use program::{genrenet, lines_of_json, recording};
use serde_json::Value;

/// A library of the recordings of the demo, and a place for journals.
struct Library {
    home: tempfile::TempDir,
}

impl Library {
    fn new() -> Library {
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

    fn music(&self) -> PathBuf {
        self.home.path().join("music")
    }

    /// The program with `tag`, in the folder of the library.
    fn tag(&self, words: &[&str]) -> Command {
        let mut command = genrenet();
        command
            .current_dir(self.home.path())
            .env("GENRENET_JOURNALS", self.home.path().join("journals"))
            .arg("tag")
            .args(words);
        command
    }

    fn run(&self, words: &[&str]) -> Output {
        self.tag(words).output().unwrap()
    }

    /// Runs it to a success; its standard output.
    fn done(&self, words: &[&str]) -> String {
        let output = self.run(words);
        assert!(
            output.status.success(),
            "{words:?}: {}",
            text(&output.stderr)
        );
        text(&output.stdout)
    }

    /// A plan of `new` for every file, whatever the model says of it.
    fn plan_of(&self, name: &str, new: &[&str]) {
        let plan = self.done(&["--plan", "-", "--replace", "music"]);
        let mut lines = lines_of_json(plan.as_bytes());
        for line in &mut lines[1..] {
            line["new"] = new.into();
        }
        let lines: Vec<String> = lines.iter().map(Value::to_string).collect();
        std::fs::write(self.home.path().join(name), lines.join("\n")).unwrap();
    }

    /// What each file holds as its genre.
    fn genres(&self) -> BTreeMap<String, Vec<String>> {
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

    /// The bytes of every file.
    fn bytes(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let entries = std::fs::read_dir(self.music()).unwrap();
        let paths = entries.map(|entry| entry.unwrap().path());
        paths
            .map(|path| (path.clone(), std::fs::read(path).unwrap()))
            .collect()
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_plan_changes_nothing_and_says_what_it_would_write() {
    let library = Library::new();
    let before = library.bytes();
    let output = library.run(&["music"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let (table, summary) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(table.lines().count(), 5, "{table}");
    assert!(table.starts_with("genre now"), "{table}");
    assert!(
        summary.contains("nothing was written: --write writes it"),
        "{summary}"
    );
    library.done(&["--plan", "plan.jsonl", "music"]);
    let plan = std::fs::read(library.home.path().join("plan.jsonl")).unwrap();
    let lines = lines_of_json(&plan);
    assert_eq!(lines[0]["genrenet_plan"], 1);
    assert_eq!(lines.len(), 5);
    assert!(
        lines[1..]
            .iter()
            .all(|line| line["audio"].as_str().unwrap().len() == 64)
    );
    assert_eq!(library.bytes(), before);
    assert!(!library.home.path().join("journals").exists());
    let again = library.run(&["--plan", "plan.jsonl", "music"]);
    assert_eq!(again.status.code(), Some(2));
    assert!(text(&again.stderr).contains("--plan plan.jsonl: expected a new name"));
}

#[test]
fn an_edited_plan_is_applied_and_undone_byte_for_byte() {
    let library = Library::new();
    let before = library.bytes();
    library.plan_of("plan.jsonl", &["Drum & Bass", "Rock/Pop"]);
    library.done(&["--apply", "plan.jsonl"]);
    for (name, genres) in library.genres() {
        assert_eq!(genres, ["Drum & Bass", "Rock/Pop"], "{name}");
    }
    let after = library.bytes();
    assert!(before.iter().all(|(path, bytes)| after[path] != *bytes));
    // A second time there is nothing to do, and no journal of nothing is left.
    let again = library.run(&["--apply", "plan.jsonl"]);
    assert!(
        text(&again.stderr).contains("4 as planned already"),
        "{}",
        text(&again.stderr)
    );
    assert_eq!(
        std::fs::read_dir(library.home.path().join("journals"))
            .unwrap()
            .count(),
        1
    );
    library.done(&["--undo", "last"]);
    assert_eq!(library.bytes(), before);
    let none = library.run(&["--undo", "last"]);
    assert_eq!(none.status.code(), Some(2));
    assert!(text(&none.stderr).contains("expected a journal that was not undone, found none"));
}

#[test]
fn undo_goes_back_step_by_step() {
    let library = Library::new();
    let mut states = vec![library.bytes()];
    for (plan, genre) in [
        ("1.jsonl", "Ska"),
        (
            "2.jsonl",
            "A genre of many letters that needs more room than there was before",
        ),
    ] {
        library.plan_of(plan, &[genre]);
        library.done(&["--apply", plan]);
        states.push(library.bytes());
    }
    for state in states.iter().rev().skip(1) {
        library.done(&["--undo", "last"]);
        assert_eq!(library.bytes(), *state);
    }
}

#[test]
fn a_genre_that_is_there_stays_unless_asked_and_can_be_kept() {
    let library = Library::new();
    library.plan_of("plan.jsonl", &["Ska"]);
    library.done(&["--apply", "plan.jsonl"]);
    let ska = library.bytes();
    let output = library.run(&["--write", "music"]);
    assert!(
        text(&output.stderr).contains("4 songs: 4 with a genre already"),
        "{}",
        text(&output.stderr)
    );
    assert_eq!(library.bytes(), ska);
    library.done(&["--write", "--add", "music"]);
    let added: Vec<Vec<String>> = library
        .genres()
        .into_values()
        .filter(|genres| genres.len() == 2)
        .collect();
    assert!(!added.is_empty() && added.iter().all(|genres| genres[0] == "Ska"));
    library.done(&["--undo", "last"]);
    assert_eq!(library.bytes(), ska);
    library.done(&["--write", "--replace", "--keep-old", "OLD GENRE", "music"]);
    let changed: Vec<String> = library
        .genres()
        .into_iter()
        .filter(|(_, genres)| *genres != ["Ska"])
        .map(|(name, _)| name)
        .collect();
    assert!(!changed.is_empty());
    let kept = library.done(&["--plan", "-", "--field", "old genre", "music"]);
    for line in &lines_of_json(kept.as_bytes())[1..] {
        let path = Path::new(line["path"].as_str().unwrap());
        let changed = changed.iter().any(|name| path.ends_with(name));
        assert_eq!(line["old"] == serde_json::json!(["Ska"]), changed, "{line}");
    }
    library.done(&["--undo", "last"]);
    assert_eq!(library.bytes(), ska);
}

#[test]
fn a_field_of_ones_own_leaves_the_genre_alone() {
    let library = Library::new();
    let genres = library.genres();
    library.done(&[
        "--write",
        "--field",
        "STYLE",
        "--max",
        "3",
        "--min-ratio",
        "0",
        "music",
    ]);
    assert_eq!(library.genres(), genres);
    let styles = library.done(&["--plan", "-", "--field", "style", "music"]);
    let styles = lines_of_json(styles.as_bytes());
    assert!(
        styles[1..]
            .iter()
            .any(|line| line["old"].as_array().unwrap().len() == 3)
    );
}

#[test]
fn files_that_changed_since_the_plan_are_left_alone_and_moved_ones_are_found() {
    let library = Library::new();
    library.plan_of("plan.jsonl", &["Ska"]);
    let music = library.music();
    // Another sound, another genre, a new name; one stays as it is.
    std::fs::copy(
        music.join("vibe_ace.m4a"),
        music.join("slow_motion_dream.mp3"),
    )
    .unwrap();
    let plan = std::fs::read_to_string(library.home.path().join("plan.jsonl")).unwrap();
    let line = plan
        .lines()
        .find(|line| line.contains("searching"))
        .unwrap();
    let other = format!(
        "{}\n{}",
        plan.lines().next().unwrap(),
        line.replace("Ska", "Dub")
    );
    std::fs::write(library.home.path().join("other.jsonl"), other).unwrap();
    library.done(&["--apply", "other.jsonl"]);
    std::fs::rename(music.join("lets_go_fishin.ogg"), music.join("renamed.ogg")).unwrap();
    let output = library.run(&["--apply", "plan.jsonl"]);
    let errors = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{errors}");
    assert!(
        errors.contains("slow_motion_dream.mp3: expected the sound of the plan"),
        "{errors}"
    );
    assert!(
        errors.contains("searching.opus: expected no value as when it was planned, found \"Dub\""),
        "{errors}"
    );
    assert!(errors.contains("lets_go_fishin.ogg is now "), "{errors}");
    let genres = library.genres();
    assert_eq!(genres["renamed.ogg"], ["Ska"]);
    assert_eq!(genres["vibe_ace.m4a"], ["Ska"]);
    assert_eq!(genres["searching.opus"], ["Dub"]);
    // Moved to another folder after it was tagged, one file is restored where it is; the changed one is refused.
    let elsewhere = library.home.path().join("elsewhere");
    std::fs::create_dir(&elsewhere).unwrap();
    std::fs::rename(music.join("renamed.ogg"), elsewhere.join("fishing.ogg")).unwrap();
    std::fs::write(music.join("vibe_ace.m4a"), "another file").unwrap();
    let output = library.run(&["--undo", "last", "elsewhere"]);
    let errors = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{errors}");
    assert!(
        errors.contains("vibe_ace.m4a: expected the file as it was tagged"),
        "{errors}"
    );
    assert_eq!(
        std::fs::read(elsewhere.join("fishing.ogg")).unwrap(),
        std::fs::read(recording("lets_go_fishin.ogg")).unwrap()
    );
}

#[test]
fn plans_and_journals_of_another_form_are_refused_before_anything_is_written() {
    let library = Library::new();
    library.plan_of("plan.jsonl", &["Ska"]);
    let before = library.bytes();
    let plan = std::fs::read_to_string(library.home.path().join("plan.jsonl")).unwrap();
    let last = plan.lines().last().unwrap();
    let cases = [
        (
            plan.replace("\"genrenet_plan\":1", "\"genrenet_plan\":2"),
            "line 1: genrenet_plan: expected version 1, found 2",
        ),
        (
            String::new(),
            "line 1: expected an object with \"genrenet_plan\" in the first line, found none",
        ),
        (
            plan.replace("\"new\":[\"Ska\"]", "\"nwe\":[\"Ska\"]"),
            "line 2: unknown key \"nwe\", expected one of",
        ),
        (
            plan.replace("Ska", "S\\u0000ka"),
            "line 2: new: expected words without control characters",
        ),
        (
            format!("{plan}\n{last}"),
            "line 6: expected each file once, found the one of line 5 again",
        ),
        (
            plan[..plan.len() - 9].to_owned(),
            "line 5: expected a JSON object",
        ),
    ];
    for (text_of_plan, expected) in cases {
        std::fs::write(library.home.path().join("bad.jsonl"), text_of_plan).unwrap();
        let output = library.run(&["--apply", "bad.jsonl"]);
        let errors = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{errors}");
        assert!(
            errors.contains(&format!("bad.jsonl: {expected}")),
            "{errors}"
        );
    }
    std::fs::write(
        library.home.path().join("journal.jsonl"),
        "{\"genrenet_journal\":7}\n",
    )
    .unwrap();
    let output = library.run(&["--undo", "journal.jsonl"]);
    assert!(text(&output.stderr).contains("line 1: genrenet_journal: expected version 1, found 7"));
    let output = library.run(&["--apply", "plan.jsonl", "--journal", "journal.jsonl"]);
    assert!(
        text(&output.stderr)
            .contains("journal journal.jsonl: expected a new name, found a file there")
    );
    assert_eq!(library.bytes(), before);
}

#[test]
fn an_album_gets_one_genre() {
    let library = Library::new();
    // All four are made one album by a plan that writes the field ALBUM.
    let plan = library.done(&["--plan", "-", "--replace", "--field", "ALBUM", "music"]);
    let mut lines = lines_of_json(plan.as_bytes());
    for line in &mut lines[1..] {
        line["new"] = ["Four Songs"].into();
    }
    let lines: Vec<String> = lines.iter().map(Value::to_string).collect();
    std::fs::write(library.home.path().join("album.jsonl"), lines.join("\n")).unwrap();
    library.done(&["--apply", "album.jsonl"]);
    let plan = library.done(&["--plan", "-", "--by", "album", "--replace", "music"]);
    let plan = lines_of_json(plan.as_bytes());
    assert_eq!(plan.len(), 5);
    let of_the_album: Vec<&Value> = plan[1..]
        .iter()
        .filter(|line| line["why"].as_str().unwrap().contains("Four Songs"))
        .collect();
    // Vorbis comments have their album in the field of that name; the other tags have a field of their own for it.
    assert!(of_the_album.len() >= 2, "{plan:?}");
    assert!(
        of_the_album
            .windows(2)
            .all(|pair| pair[0]["genres"] == pair[1]["genres"])
    );
}

#[cfg(unix)]
#[test]
fn links_permissions_and_any_name_are_kept() {
    use std::os::unix::ffi::OsStringExt;
    use std::os::unix::fs::PermissionsExt;
    let library = Library::new();
    let music = library.music();
    let odd = music.join(std::ffi::OsString::from_vec(b"caf\xe9 \n.mp3".to_vec()));
    std::fs::rename(music.join("slow_motion_dream.mp3"), &odd).unwrap();
    std::fs::set_permissions(&odd, std::fs::Permissions::from_mode(0o640)).unwrap();
    let real = library.home.path().join("real.m4a");
    std::fs::rename(music.join("vibe_ace.m4a"), &real).unwrap();
    std::os::unix::fs::symlink(&real, music.join("vibe_ace.m4a")).unwrap();
    library.plan_of("plan.jsonl", &["Ska"]);
    let before = library.bytes();
    library.done(&["--apply", "plan.jsonl"]);
    assert!(music.join("vibe_ace.m4a").is_symlink());
    assert_eq!(
        std::fs::metadata(&odd).unwrap().permissions().mode() & 0o777,
        0o640
    );
    let after = library.bytes();
    assert!(before.iter().all(|(path, bytes)| after[path] != *bytes));
    library.done(&["--undo", "last"]);
    assert_eq!(library.bytes(), before);
    // A read-only file is a person's word.
    std::fs::set_permissions(&odd, std::fs::Permissions::from_mode(0o440)).unwrap();
    let output = library.run(&["--apply", "plan.jsonl"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text(&output.stderr).contains("found a read-only one"),
        "{}",
        text(&output.stderr)
    );
    assert_eq!(std::fs::read(&odd).unwrap(), before[&odd]);
}

/// A file is the old or the new one, wherever the program is killed, and the journals restore all of them.
#[cfg(unix)]
#[test]
fn killed_at_any_moment_every_file_is_old_or_new() {
    let library = Library::new();
    for copy in 0..30 {
        for name in [
            "lets_go_fishin.ogg",
            "slow_motion_dream.mp3",
            "vibe_ace.m4a",
        ] {
            let (stem, suffix) = name.split_once('.').unwrap();
            std::fs::copy(
                recording(name),
                library.music().join(format!("{stem} {copy}.{suffix}")),
            )
            .unwrap();
        }
    }
    library.plan_of(
        "plan.jsonl",
        &["A genre of many letters that needs more room than there was before"],
    );
    let before = library.bytes();
    library.done(&["--apply", "plan.jsonl"]);
    let after = library.bytes();
    library.done(&["--undo", "last"]);
    assert_eq!(library.bytes(), before);
    let mut partly = 0;
    for milliseconds in [20, 40, 60, 90, 130, 180, 250] {
        let mut running = library
            .tag(&["--apply", "plan.jsonl"])
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(std::time::Duration::from_millis(milliseconds));
        running.kill().unwrap();
        running.wait().unwrap();
        let mut new = 0;
        for (path, bytes) in library.bytes() {
            // Copies that were not finished are hidden, and no songs.
            if path
                .file_name()
                .unwrap()
                .to_str()
                .unwrap()
                .starts_with(".genrenet-")
            {
                std::fs::remove_file(path).unwrap();
            } else if bytes == after[&path] {
                new += 1;
            } else {
                assert_eq!(bytes, before[&path], "{}", path.display());
            }
        }
        partly += usize::from(new > 0 && new < before.len());
        let undone = library.run(&["--undo", "last"]);
        // Killed before it began a journal, there is none.
        assert!(
            undone.status.success() || new == 0,
            "{}",
            text(&undone.stderr)
        );
        assert_eq!(library.bytes(), before);
    }
    if partly == 0 {
        println!(
            "no kill came between the first and the last file: the machine is too slow or too fast"
        );
    }
}

/// No space for a copy: the file stays, the others are done.
#[cfg(unix)]
#[test]
fn a_file_that_does_not_fit_on_the_disk_stays_as_it_was() {
    let library = Library::new();
    library.plan_of("plan.jsonl", &["Ska"]);
    let before = library.bytes();
    // The limit lies between the sizes of the files: the write fails as on a full disk.
    let program = library.tag(&["--apply", "plan.jsonl"]);
    let words: Vec<String> = program
        .get_args()
        .map(|word| word.to_str().unwrap().to_owned())
        .collect();
    let shell = format!(
        "trap '' XFSZ; ulimit -f 520; exec '{}' {}",
        program.get_program().to_str().unwrap(),
        words.join(" ")
    );
    let mut limited = Command::new("sh");
    limited
        .arg("-c")
        .arg(shell)
        .current_dir(library.home.path())
        .env("GENRENET_JOURNALS", library.home.path().join("journals"));
    let output = limited.output().unwrap();
    let errors = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{errors}");
    let now = library.bytes();
    let changed: Vec<&PathBuf> = before
        .keys()
        .filter(|path| now[*path] != before[*path])
        .collect();
    assert!(!changed.is_empty() && changed.len() < 4, "{errors}");
    assert_eq!(
        now.len(),
        4,
        "no unfinished file stays: {now:?}",
        now = now.keys()
    );
    library.done(&["--undo", "last"]);
    assert_eq!(library.bytes(), before);
}
