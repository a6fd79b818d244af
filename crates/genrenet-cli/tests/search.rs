//! `genrenet search` from the outside: conditions, order, forms.

use std::fs;

use crate::program::index::{Indexed, SONGS};
use crate::program::recording;

#[test]
fn conditions_are_met_and_their_names_known() {
    let library = Indexed::with(4);
    library.scan();
    let all = library.search(&[]);
    assert_eq!(all.len(), 4);
    for song in &all {
        let [top, second] = [&song["genres"][0], &song["genres"][1]];
        let name = song["path"].as_str().unwrap();
        let sure = !song["unsure"].as_bool().unwrap();
        let genre = top["genre"].as_str().unwrap();
        let paths = |words: &[&str]| -> Vec<String> {
            let found = library.search(words);
            found
                .iter()
                .map(|one| one["path"].as_str().unwrap().to_owned())
                .collect()
        };
        let has = |words: &[&str]| paths(words).contains(&name.to_owned());
        assert_eq!(has(&["--genre", &genre.to_uppercase()]), sure);
        assert_eq!(has(&["--genre", genre, "--unsure"]), !sure);
        let p = second["probability"].as_f64().unwrap();
        let second = second["genre"].as_str().unwrap();
        assert!(has(&[
            "--genre",
            &format!("{second}={}..{}", p - 1e-6, p + 1e-6)
        ]));
        assert!(!has(&["--genre", &format!("{second}={}..", p + 1e-6)]));
        let seconds = song["seconds"].as_f64().unwrap();
        assert!(has(&[
            "--duration",
            &format!("{}..{}", seconds - 0.01, seconds + 0.01)
        ]));
        assert!(!has(&["--duration", &format!("..{}", seconds - 0.01)]));
        let vocals = &song["attributes"]
            .as_array()
            .unwrap()
            .iter()
            .find(|one| one["attribute"] == "female vocals");
        let p = vocals.unwrap()["probability"].as_f64().unwrap();
        assert!(has(&[
            "--attribute",
            &format!("female vocals={}..", p - 1e-6)
        ]));
        assert!(!has(&[
            "--attribute",
            &format!("female vocals={}..", p + 1e-6)
        ]));
    }
    let holds = |song: &serde_json::Value| song["attributes"][0]["holds"] == true;
    let expected = all.iter().filter(|song| holds(song)).count();
    assert_eq!(
        library.search(&["--attribute", "instrumental"]).len(),
        expected
    );
    // The genre that is asked for decides the order.
    let of = |song: &serde_json::Value| -> f64 {
        let genres = song["genres"].as_array().unwrap();
        genres.iter().find(|one| one["genre"] == "Jazz").unwrap()["probability"]
            .as_f64()
            .unwrap()
    };
    let jazz: Vec<f64> = library
        .search(&["--genre", "jazz=0.."])
        .iter()
        .map(of)
        .collect();
    assert_eq!(jazz.len(), 4);
    assert!(jazz.is_sorted_by(|a, b| a >= b), "{jazz:?}");
    for (words, expected) in [
        (
            ["--genre", "jaz"],
            "expected a genre of the index (Ambient, Blues,",
        ),
        (
            ["--attribute", "loud"],
            "expected an attribute of the index (acoustic,",
        ),
        (["--attribute", "guitar"], "no threshold is known"),
        (
            ["--genre", "Jazz=30.."],
            "a range of probabilities from 0 to 1",
        ),
        (["--duration", "4:00"], "a range of lengths"),
        (
            ["--tag", "mood=sad"],
            "title, artist, album, album_artist, genre, date, track",
        ),
        (["--limit", "0"], "0"),
        (["--", " "], "a letter or digit"),
    ] {
        let said = library.refused(&[&["search"], &words[..]].concat());
        assert!(said.contains(expected), "{words:?}: {said}");
    }
}

#[test]
fn texts_are_found_in_tags_and_names_whatever_their_accents() {
    let library = Indexed::with(2);
    let tagged = library.music().join("Café Tacvba - Eres.mp3");
    fs::rename(library.music().join("slow_motion_dream.mp3"), &tagged).unwrap();
    library.scan();
    for words in [&["cafe tacvba"][..], &["CAFÉ", "eres"], &["café-tacvba"]] {
        assert_eq!(
            library.names(words),
            ["Café Tacvba - Eres.mp3"],
            "{words:?}"
        );
    }
    assert_eq!(library.names(&["cafe", "searching"]).len(), 0);
    assert_eq!(
        library.names(&["--tag", "artist=bryant"]),
        ["Café Tacvba - Eres.mp3"]
    );
    assert_eq!(library.names(&["--tag", "title=bryant"]).len(), 0);
    assert_eq!(library.names(&["bryant"]), ["Café Tacvba - Eres.mp3"]);
    assert_eq!(library.names(&["--below", "music"]).len(), 2);
    assert_eq!(library.names(&["--below", "mus"]).len(), 0);
}

#[test]
fn similar_songs_come_nearest_first_without_the_song_itself_and_its_copies() {
    let library = Indexed::with(3);
    fs::copy(recording(SONGS[0]), library.music().join("copy.mp3")).unwrap();
    library.scan();
    let similar = library.search(&["--like", "music/copy.mp3"]);
    assert_eq!(similar.len(), 2, "the copies of the song are left out");
    let values: Vec<f64> = similar
        .iter()
        .map(|one| one["similarity"].as_f64().unwrap())
        .collect();
    assert!(values[0] >= values[1] && values[0] < 1.0, "{values:?}");
    // A song that is not in the index is read for it, and finds itself.
    let outside = library.folder.path().join("outside.opus");
    fs::copy(recording("searching.opus"), &outside).unwrap();
    let found = library.search(&["--like", "outside.opus", "--limit", "1"]);
    assert!(
        found[0]["path"]
            .as_str()
            .unwrap()
            .ends_with("searching.opus")
    );
    assert!((found[0]["similarity"].as_f64().unwrap() - 1.0).abs() < 1e-3);
    // Of two songs, and with another condition.
    let both = library.names(&["--like", "music/copy.mp3", "--like", "music/searching.opus"]);
    assert_eq!(both, ["vibe_ace.m4a"]);
    assert_eq!(
        library.names(&["--like", "music/copy.mp3", "vibe"]),
        ["vibe_ace.m4a"]
    );
    let said = library.refused(&["search", "--like", "gone.mp3"]);
    assert!(said.contains("gone.mp3"), "{said}");
}

#[test]
fn playlists_and_tables_hold_what_was_found() {
    let library = Indexed::with(3);
    fs::rename(
        library.music().join("searching.opus"),
        library.music().join("a, \"b\"\n.opus"),
    )
    .unwrap();
    library.scan();
    let output = library.run(&["search", "--m3u", "list.m3u8"]);
    assert_eq!(
        output.status.code(),
        Some(1),
        "one name can't stand in a playlist"
    );
    let list = fs::read_to_string(library.folder.path().join("list.m3u8")).unwrap();
    let lines: Vec<&str> = list.lines().collect();
    assert_eq!(lines[0], "#EXTM3U");
    assert!(
        lines[1].starts_with("#EXTINF:11,Steven M Bryant - "),
        "{list}"
    );
    assert_eq!(lines.len(), 5);
    for path in [lines[2], lines[4]] {
        assert!(fs::exists(path).unwrap(), "{path}");
    }
    assert_eq!(
        library.run(&["search", "--m3u", "-"]).stdout,
        list.into_bytes()
    );
    let text = library.done(&["search", "--csv"]);
    let mut table = csv::Reader::from_reader(text.as_bytes());
    let header = table.headers().unwrap().clone();
    assert_eq!(
        header.iter().take(3).collect::<Vec<_>>(),
        ["path", "title", "artist"]
    );
    let rows: Vec<csv::StringRecord> = table.records().collect::<Result<_, _>>().unwrap();
    assert_eq!(rows.len(), 3);
    let json = library.search(&[]);
    for (row, song) in rows.iter().zip(&json) {
        let top = &song["genres"][0];
        let column = header.iter().position(|name| top["genre"] == name).unwrap();
        assert_eq!(
            row[column],
            format!("{:.4}", top["probability"].as_f64().unwrap())
        );
    }
    let full = library.refused(&["search", "--m3u", "list.m3u8/x.m3u8"]);
    assert!(full.contains("x.m3u8"), "{full}");
}

#[test]
fn among_many_songs_the_nearest_that_meet_a_condition_are_found() {
    let library = Indexed::with(1);
    library.scan();
    let mut sqlite = library.sqlite();
    let seed: Vec<u8> = sqlite
        .query_row("SELECT embedding FROM songs", [], |row| row.get(0))
        .unwrap();
    let transaction = sqlite.transaction().unwrap();
    for i in 1..=1500i64 {
        // Farther and farther from the song: one value of its embedding grows.
        let mut embedding = seed.clone();
        embedding[..4].copy_from_slice(&(i as f32).to_le_bytes());
        let wanted = i == 1300 || i == 1400;
        let song = "INSERT INTO songs (id, audio, seconds, model, genre, probability, unsure, never_sure, no_music, embedding)
            VALUES (?1 + 10, ?1, ?2, 1, 'Jazz', 0.9, 0, 0, 0, ?3)";
        transaction
            .execute(song, (i, if wanted { 999.0 } else { 100.0 }, &embedding))
            .unwrap();
        let file = "INSERT INTO files (id, path, size, ctime_ns, song, artist, search, program, scanned_at)
            VALUES (?1 + 10, ?2, 1, 0, ?1 + 10, ?3, ?3, '', 0)";
        let artist = if wanted { "needle" } else { "hay" };
        transaction
            .execute(file, (i, format!("/songs/{i:04}.mp3"), artist))
            .unwrap();
    }
    transaction.commit().unwrap();
    let song = "music/slow_motion_dream.mp3";
    let near = library.names(&["--like", song, "--limit", "2"]);
    assert_eq!(near, ["0001.mp3", "0002.mp3"]);
    for condition in [["--duration", "900.."], ["--tag", "artist=needle"]] {
        let words = [&["--like", song], &condition[..]].concat();
        assert_eq!(
            library.names(&words),
            ["1300.mp3", "1400.mp3"],
            "{condition:?}"
        );
    }
}
