//! `genrenet tag`: what a person's files hold before, between and after.

use std::path::Path;

use crate::program::library::{Library, text};
use crate::program::{lines_of_json, recording};

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
            plan.replace("Ska", "(17)"),
            "line 2: new: expected a genre that ID3 can hold as text, found \"(17)\"",
        ),
        (
            plan.replace("Ska", " Ska"),
            "line 2: new: expected words without control characters and without spaces around them",
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
fn a_plan_comes_through_a_pipe_and_a_file_named_twice_is_written_once() {
    let library = Library::new();
    library.plan_of("plan.jsonl", &["Ska"]);
    let plan = std::fs::File::open(library.home.path().join("plan.jsonl")).unwrap();
    let output = library.tag(&["--apply", "-"]).stdin(plan).output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(library.genres().values().all(|genres| genres == &["Ska"]));
    let twice = library.run(&["--write", "--replace", "music", "music"]);
    let first = library.run(&["--undo", "last"]);
    let written = text(&first.stderr);
    let restored = written.split(" file").next().unwrap();
    assert!(
        text(&twice.stderr).contains(&format!("{restored} written")),
        "{} {written}",
        text(&twice.stderr)
    );
    let same = library.run(&["--keep-old", "genre", "music"]);
    assert!(text(&same.stderr).contains("expected another field than the one that is written"));
}
