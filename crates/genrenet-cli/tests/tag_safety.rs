//! `genrenet tag` where links, permissions, kills and full disks stand in its way, and by album.

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use crate::program::library::{Library, text};
use crate::program::{self, lines_of_json, recording};

#[test]
fn an_album_gets_one_genre() {
    let library = Library::new();
    let folder = library.home.path().join("album");
    std::fs::create_dir(&folder).unwrap();
    for (name, pitch) in [("a.wav", 0.02f64), ("b.wav", 0.3), ("c.wav", 0.9)] {
        let wave = |i: u32| (8000.0 * (f64::from(i) * pitch).sin()) as i16;
        let samples: Vec<i16> = (0..22_050 * 7).map(wave).collect();
        program::write_wav(&folder.join(name), &samples, 22_050);
        let mut bytes = std::fs::read(folder.join(name)).unwrap();
        bytes.extend(b"LIST\x16\0\0\0INFOIPRD\x0A\0\0\0Two Songs\0");
        let size = (bytes.len() as u32 - 8).to_le_bytes();
        bytes[4..8].copy_from_slice(&size);
        std::fs::write(folder.join(name), bytes).unwrap();
    }
    let of = |words: &[&str]| -> Vec<Value> {
        let plan = library.done(words);
        lines_of_json(plan.as_bytes()).split_off(1)
    };
    let alone = of(&["--plan", "-", "album"]);
    assert!(
        alone
            .windows(2)
            .any(|pair| pair[0]["genres"] != pair[1]["genres"])
    );
    let together = of(&["--plan", "-", "--by", "album", "album"]);
    assert_eq!(together.len(), 3);
    for line in &together {
        let why = line["why"].as_str().unwrap();
        assert!(
            why.contains("Two Songs") && why.contains("3 songs"),
            "{why}"
        );
        assert_eq!(line["genres"], together[0]["genres"]);
    }
}

#[test]
fn a_field_that_every_tag_has_is_refused() {
    let library = Library::new();
    for name in ["Title", "ALBUM ARTIST", "track_number", "x", "a=b"] {
        for option in ["--field", "--keep-old"] {
            let output = library.run(&[option, name, "music"]);
            assert_eq!(output.status.code(), Some(2), "{option} {name}");
        }
    }
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
    // Killed once the journal has so many lines: before the first file, between two, close to the last.
    for lines in [0, 1, 2, 5, 20, 60, 90] {
        let mut running = library
            .tag(&["--apply", "plan.jsonl"])
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        while running.try_wait().unwrap().is_none() && library.journal_lines() < lines {
            std::thread::yield_now();
        }
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
    assert!(
        partly > 0,
        "no kill came between the first and the last file"
    );
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
