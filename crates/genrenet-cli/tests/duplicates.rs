//! `genrenet duplicates` from the outside: the same sound and the same recording, in several files.

use std::fs;
use std::path::Path;

use genrenet::audio::{Input, decode};

use crate::program::index::Indexed;
use crate::program::{lines_of_json, recording, write_wav};

/// A copy of a recording as WAV: from `start` seconds, louder by `gain`.
fn copy_of(song: &str, start: f64, gain: f32, to: &Path) {
    let clip = decode(Input::path(&recording(song)).unwrap()).unwrap();
    let skipped = (start * f64::from(clip.rate)) as usize;
    let samples = clip.samples[skipped..].iter();
    let samples: Vec<i16> = samples
        .map(|x| (x * gain * 32_767.0).clamp(-32_768.0, 32_767.0) as i16)
        .collect();
    write_wav(to, &samples, clip.rate);
}

#[test]
fn copies_stand_in_groups_and_other_songs_do_not() {
    let library = Indexed::with(4);
    let music = library.music();
    copy_of("vibe_ace.m4a", 3.0, 1.3, &music.join("louder.wav"));
    fs::copy(music.join("lets_go_fishin.ogg"), music.join("copy.ogg")).unwrap();
    library.done(&[
        "tag",
        "--write",
        "--replace",
        "--field",
        "STYLE",
        "music/copy.ogg",
    ]);
    library.scan();
    let output = library.run(&["duplicates", "--json"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let groups = lines_of_json(&output.stdout);
    let names = |group: &serde_json::Value| -> Vec<(String, i64)> {
        let files = group["files"].as_array().unwrap().iter();
        files
            .map(|file| {
                let name = Path::new(file["path"].as_str().unwrap())
                    .file_name()
                    .unwrap();
                (
                    name.to_str().unwrap().to_owned(),
                    file["sound"].as_i64().unwrap(),
                )
            })
            .collect()
    };
    assert_eq!(groups.len(), 2, "{groups:?}");
    let mut exact = names(&groups[0]);
    exact.sort();
    assert_eq!(
        exact,
        [
            ("copy.ogg".to_owned(), 1),
            ("lets_go_fishin.ogg".to_owned(), 1)
        ]
    );
    assert_eq!(
        names(&groups[1]),
        [("vibe_ace.m4a".to_owned(), 1), ("louder.wav".to_owned(), 2)]
    );
    let pair = &groups[1]["pairs"][0];
    let order = pair["sounds"][0].as_i64().unwrap();
    let offset = pair["offset"].as_f64().unwrap() * if order == 1 { 1.0 } else { -1.0 };
    assert!((offset - 3.0).abs() < 0.2, "{pair}");
    assert!(pair["equal_bits"].as_f64().unwrap() > 0.9, "{pair}");
    // The sound alone; and only where a folder has one of them.
    let exact = library.done(&["duplicates", "--exact"]);
    assert!(exact.starts_with("the same sound, 2 files:\n"), "{exact}");
    assert_eq!(exact.lines().count(), 3, "{exact}");
    fs::create_dir(music.join("in")).unwrap();
    fs::rename(music.join("louder.wav"), music.join("in/louder.wav")).unwrap();
    library.scan();
    let table = library.done(&["duplicates", "--csv", "--below", "music/in"]);
    assert_eq!(table.lines().count(), 3, "{table}");
    assert!(
        table.starts_with("group,sound,seconds,size,path\n1,1,"),
        "{table}"
    );
}

#[cfg(unix)]
#[test]
fn names_of_one_file_are_no_copies_and_missing_files_none() {
    let library = Indexed::with(2);
    let music = library.music();
    std::os::unix::fs::symlink(music.join("searching.opus"), music.join("link.opus")).unwrap();
    fs::hard_link(music.join("searching.opus"), music.join("hard link.opus")).unwrap();
    library.scan();
    assert_eq!(library.done(&["duplicates"]), "");
    fs::copy(music.join("searching.opus"), music.join("copy.opus")).unwrap();
    library.scan();
    assert_eq!(library.done(&["duplicates"]).lines().count(), 3);
    fs::remove_file(music.join("copy.opus")).unwrap();
    library.scan();
    assert_eq!(library.done(&["duplicates"]), "");
}
