//! `genrenet scan` from the outside: what is read again and what is not, files that move, change and go.

use std::fs;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::program::index::{Indexed, set_time};
use crate::program::{self, lines_of_json, recording};

#[test]
fn the_second_scan_reads_nothing_and_the_index_holds_what_classify_says() {
    let library = Indexed::with(4);
    assert_eq!(library.scan(), "4 files: 4 new");
    assert_eq!(library.scan(), "4 files: 4 unchanged");
    let output = library.run(&["classify", "--json", "music"]);
    let mut said = lines_of_json(&output.stdout);
    let mut found = library.search(&[]);
    for (said, found) in said.iter_mut().zip(&mut found) {
        let path = found["path"].as_str().unwrap();
        assert!(path.ends_with(said["path"].as_str().unwrap()), "{path}");
        assert!(found["tags"].is_object());
        let (said, found) = (
            said.as_object_mut().unwrap(),
            found.as_object_mut().unwrap(),
        );
        for key in ["path", "tags"] {
            said.remove(key);
            found.remove(key);
        }
        assert_eq!(said, found);
    }
    assert_eq!(found.len(), 4);
    assert_eq!(library.number("SELECT count(*) FROM fingerprints"), 4);
}

#[test]
fn moved_copied_and_retagged_files_are_not_classified_again() {
    let library = Indexed::with(3);
    library.scan();
    let before = library.number("SELECT sum(classified_at) FROM songs");
    let music = library.music();
    fs::create_dir(music.join("deeper")).unwrap();
    fs::rename(
        music.join("slow_motion_dream.mp3"),
        music.join("deeper/new name.mp3"),
    )
    .unwrap();
    fs::copy(music.join("searching.opus"), music.join("copy.opus")).unwrap();
    library.done(&["tag", "--write", "--replace", "music/vibe_ace.m4a"]);
    // A copy is new, and the song it holds is known.
    let text = library.scan();
    assert_eq!(
        text,
        "4 files: 1 new, 1 with other tags, 1 moved, 1 unchanged"
    );
    assert_eq!(library.number("SELECT count(*) FROM songs"), 3);
    assert_eq!(
        library.number("SELECT count(*) FROM files WHERE vanished_at IS NULL"),
        4
    );
    assert_eq!(
        library.number("SELECT sum(classified_at) FROM songs"),
        before
    );
    assert_eq!(library.names(&["new name"]), ["new name.mp3"]);
    let tagged = library.search(&["--tag", "genre=reggae"]);
    assert_eq!(tagged[0]["tags"]["genre"], tagged[0]["genres"][0]["genre"]);
}

#[test]
fn missing_files_are_marked_come_back_and_are_forgotten_only_on_request() {
    let library = Indexed::with(2);
    library.scan();
    let song = library.music().join("searching.opus");
    let aside = library.folder.path().join("aside.opus");
    fs::rename(&song, &aside).unwrap();
    assert_eq!(library.scan(), "1 file: 1 unchanged, 1 missing");
    assert_eq!(library.names(&[]), ["slow_motion_dream.mp3"]);
    assert_eq!(library.names(&["--missing"]), ["searching.opus"]);
    fs::rename(&aside, &song).unwrap();
    assert_eq!(library.scan(), "2 files: 1 there again, 1 unchanged");
    assert_eq!(library.names(&[]).len(), 2);
    fs::remove_file(&song).unwrap();
    let text = library.done(&["scan", "--forget", "music"]);
    assert!(
        text.starts_with("1 file removed from the index\n"),
        "{text}"
    );
    assert_eq!(library.names(&["--missing"]).len(), 0);
    assert_eq!(library.number("SELECT count(*) FROM songs"), 1);
    assert_eq!(library.number("SELECT count(*) FROM fingerprints"), 1);
    assert_eq!(
        library.number("SELECT count(DISTINCT song) FROM probabilities"),
        1
    );
}

#[test]
fn files_that_cannot_be_classified_are_named_once_and_tried_again_when_they_change() {
    let library = Indexed::with(1);
    let bad = library.music().join("bad.mp3");
    fs::write(&bad, "these are words, not music. ".repeat(50)).unwrap();
    let silent = library.music().join("silent.wav");
    program::write_wav(&silent, &[0; 100_000], 22_050);
    library.settle();
    let first = library.run(&["scan", "music"]);
    assert_eq!(first.status.code(), Some(1), "{first:?}");
    let said = String::from_utf8(first.stderr).unwrap();
    assert_eq!(said.lines().count(), 2, "{said}");
    let again = library.run(&["scan", "music"]);
    assert_eq!(again.status.code(), Some(0));
    assert_eq!(again.stderr, b"");
    let text = String::from_utf8(again.stdout).unwrap();
    assert!(
        text.starts_with("3 files: 1 unchanged, 2 failed before\n"),
        "{text}"
    );
    let failed = library.search(&["--failed"]);
    let kinds: Vec<_> = failed
        .iter()
        .map(|one| one["error_kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["format", "silent"]);
    fs::copy(recording("searching.opus"), &bad).unwrap();
    library.settle();
    assert_eq!(
        library.scan(),
        "3 files: 1 with another sound, 1 unchanged, 1 failed before"
    );
    assert_eq!(library.names(&["--failed"]), ["silent.wav"]);
}

#[test]
fn times_are_compared_for_being_equal_only() {
    let library = Indexed::with(2);
    let [dream, searching] =
        ["slow_motion_dream.mp3", "searching.opus"].map(|name| library.music().join(name));
    // A clock that was ahead, and one that was never set.
    set_time(
        &dream,
        SystemTime::now() + Duration::from_secs(400 * 86_400),
    );
    set_time(&searching, UNIX_EPOCH - Duration::from_secs(100));
    library.scan();
    assert_eq!(library.scan(), "2 files: 2 unchanged");
    // Another content of the same length and time.
    let time = fs::metadata(&dream).unwrap().modified().unwrap();
    let mut bytes = fs::read(&dream).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x55;
    fs::write(&dream, bytes).unwrap();
    set_time(&dream, time);
    if cfg!(unix) {
        assert_eq!(library.scan(), "2 files: 1 with another sound, 1 unchanged");
    }
    // A file that was just written is read again once, as another change in the same tick would not show.
    set_time(&dream, SystemTime::now());
    library.scan();
    assert_eq!(
        library.number("SELECT count(*) FROM files WHERE mtime_ns IS NULL"),
        1
    );
    library.settle();
    library.scan();
    assert_eq!(
        library.number("SELECT count(*) FROM files WHERE mtime_ns IS NULL"),
        0
    );
}

#[test]
fn own_genres_come_and_go_without_another_classification() {
    let library = Indexed::with(3);
    library.scan();
    let before = library.search(&[]);
    let classified = library.number("SELECT sum(classified_at) FROM songs");
    let text = library.done(&["scan", "--taxonomy", "simple", "music"]);
    assert!(
        text.contains("3 answers now in the genres of simple"),
        "{text}"
    );
    let output = library.run(&["classify", "--taxonomy", "simple", "--json", "music"]);
    let said = lines_of_json(&output.stdout);
    let own = library.search(&[]);
    for (said, own) in said.iter().zip(&own) {
        for key in ["taxonomy", "unsure", "attributes"] {
            assert_eq!(said[key], own[key], "{key}");
        }
        let genres = |one: &serde_json::Value| -> Vec<(String, i64)> {
            let all = one["genres"].as_array().unwrap().iter();
            let mut all: Vec<_> = all
                .map(|genre| {
                    let millionths = (genre["probability"].as_f64().unwrap() * 1e5).round();
                    (
                        genre["genre"].as_str().unwrap().to_owned(),
                        millionths as i64,
                    )
                })
                .collect();
            all.sort();
            all
        };
        assert_eq!(genres(said), genres(own));
    }
    // Remembered, until the model's own are named.
    assert!(!library.done(&["scan", "music"]).contains("now in"));
    let text = library.done(&["scan", "--taxonomy", "none", "music"]);
    assert!(
        text.contains("3 answers now in the genres of wide"),
        "{text}"
    );
    assert_eq!(library.search(&[]), before);
    assert_eq!(
        library.number("SELECT sum(classified_at) FROM songs"),
        classified
    );
}

#[test]
fn another_model_is_said_with_its_cost_and_asked_only_on_request() {
    let library = Indexed::with(2);
    library.scan();
    let text = library.done(&["scan", "--model", "gtzan10", "music"]);
    assert!(
        text.contains("2 songs were classified by a model other than this gtzan10"),
        "{text}"
    );
    assert!(
        text.contains("--reclassify classifies them again, in about"),
        "{text}"
    );
    assert!(
        library
            .search(&[])
            .iter()
            .all(|song| song["model"] == "wide")
    );
    fs::copy(
        recording("vibe_ace.m4a"),
        library.music().join("vibe_ace.m4a"),
    )
    .unwrap();
    library.settle();
    // The model is remembered: the new song is its.
    library.scan();
    let models: Vec<_> = library
        .search(&[])
        .iter()
        .map(|song| song["model"].clone())
        .collect();
    assert_eq!(models, ["wide", "wide", "gtzan10"]);
    // Embeddings of two models can't be compared.
    let output = library.run(&["search", "--json", "--like", "music/vibe_ace.m4a"]);
    assert_eq!(output.stdout, b"");
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .contains("2 songs of other models can't be compared")
    );
    let text = library.done(&["scan", "--reclassify", "music"]);
    assert!(
        text.starts_with("3 files: 2 classified again, 1 unchanged\n"),
        "{text}"
    );
    assert!(
        library
            .search(&[])
            .iter()
            .all(|song| song["model"] == "gtzan10")
    );
    assert_eq!(library.names(&["--like", "music/vibe_ace.m4a"]).len(), 2);
}

#[test]
fn the_page_of_a_library_comes_from_the_index() {
    let library = Indexed::with(3);
    fs::write(library.music().join("bad.mp3"), "words").unwrap();
    library.settle();
    let output = library.run(&["scan", "music", "--html", "first.html"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let first = fs::read_to_string(library.folder.path().join("first.html")).unwrap();
    for text in ["Slow Motion Dream", "vibe_ace.m4a", "bad.mp3"] {
        assert!(first.contains(text), "{text}");
    }
    library.done(&["scan", "music", "--html", "second.html"]);
    let second = fs::read_to_string(library.folder.path().join("second.html")).unwrap();
    assert!(first == second, "the same library makes the same page");
    // The genres of a taxonomy, and only the part that is scanned.
    fs::create_dir(library.music().join("one")).unwrap();
    fs::rename(
        library.music().join("searching.opus"),
        library.music().join("one/searching.opus"),
    )
    .unwrap();
    library.done(&["scan", "music", "--taxonomy", "simple"]);
    library.done(&["scan", "music/one", "--html", "one.html"]);
    let one = fs::read_to_string(library.folder.path().join("one.html")).unwrap();
    assert!(one.contains("searching.opus") && !one.contains("vibe_ace"));
    assert!(one.contains("in the genres of simple"));
}

#[test]
fn a_taxonomy_that_is_gone_is_named_with_its_cure() {
    let library = Indexed::with(1);
    let own = library.folder.path().join("own.toml");
    library.done(&["taxonomy", "init"]);
    fs::rename(library.folder.path().join("genres.toml"), &own).unwrap();
    library.done(&["scan", "--taxonomy", "own.toml", "music"]);
    fs::remove_file(&own).unwrap();
    let said = library.refused(&["scan", "music"]);
    assert!(
        said.contains("own.toml")
            && said.contains("named by the last scan")
            && said.contains("none"),
        "{said}"
    );
    library.done(&["scan", "--taxonomy", "none", "music"]);
}

#[test]
fn a_file_that_cannot_be_read_for_a_while_keeps_what_is_known_of_it() {
    let library = Indexed::with(2);
    library.scan();
    let error = "UPDATE files SET error = 'Permission denied', error_kind = 'io', mtime_ns = NULL WHERE path LIKE '%.mp3'";
    library.sqlite().execute(error, []).unwrap();
    assert_eq!(library.names(&["--failed"]), ["slow_motion_dream.mp3"]);
    assert_eq!(library.scan(), "2 files: 2 unchanged");
    assert_eq!(library.names(&["bryant"]), ["slow_motion_dream.mp3"]);
    // A folder and what is in it are searched once.
    let text = library.done(&["scan", "music", "music", "music/searching.opus"]);
    assert!(text.starts_with("2 files: 2 unchanged\n"), "{text}");
}
