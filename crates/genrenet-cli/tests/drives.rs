//! Drives, folders and links that are not there: what is known of their files stays.

use std::fs;
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::program::index::{Indexed, SONGS, variant};
use crate::program::recording;

#[test]
fn files_of_a_drive_that_is_not_there_are_not_missing() {
    let library = Indexed::with(2);
    library.scan();
    let music = library.music();
    // The folder is empty: a mount point without its drive, or everything was deleted.
    let aside = library.folder.path().join("aside");
    fs::rename(&music, &aside).unwrap();
    fs::create_dir(&music).unwrap();
    let output = library.run(&["scan", "music"]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(
        text.contains("none of the songs that were known in it is there; what the index has of it was not marked"),
        "{text}"
    );
    fs::remove_dir(&music).unwrap();
    let said = library.refused(&["scan", "music"]);
    assert!(said.contains("music"), "{said}");
    assert_eq!(library.names(&[]).len(), 2);
    fs::rename(&aside, &music).unwrap();
    // A folder in it that was a drive.
    let usb = music.join("usb");
    fs::create_dir(&usb).unwrap();
    fs::copy(recording("vibe_ace.m4a"), usb.join("vibe_ace.m4a")).unwrap();
    library.scan();
    library
        .sqlite()
        .execute("INSERT INTO mounts VALUES (?1)", [usb.to_str().unwrap()])
        .unwrap();
    fs::remove_file(usb.join("vibe_ace.m4a")).unwrap();
    fs::remove_file(music.join(SONGS[0])).unwrap();
    let output = library.run(&["scan", "music"]);
    assert_eq!(output.status.code(), Some(if cfg!(unix) { 1 } else { 0 }));
    let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert!(
        text.starts_with("1 file: 1 unchanged, 1 missing\n"),
        "{text}"
    );
    if cfg!(unix) {
        assert!(
            text.contains("usb: a drive was mounted here, and is not now"),
            "{text}"
        );
        assert_eq!(library.names(&["--missing"]), [SONGS[0]]);
    }
}

#[test]
fn a_library_that_vanishes_during_a_scan_loses_nothing() {
    let library = Indexed::with(0);
    for i in 0..12 {
        variant(i, &library.music().join(format!("{i:02}.mp3")));
    }
    library.settle();
    // Half is known before.
    let half: Vec<String> = (0..6).map(|i| format!("music/{i:02}.mp3")).collect();
    let words: Vec<&str> = ["scan"]
        .into_iter()
        .chain(half.iter().map(String::as_str))
        .collect();
    library.done(&words);
    let scan = library
        .command(&["scan", "music"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(120) && library.files() < 7 {
        std::thread::sleep(Duration::from_millis(2));
    }
    let aside = library.folder.path().join("aside");
    fs::rename(library.music(), &aside).unwrap();
    let output = scan.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("it is not there any more"), "{text}");
    assert_eq!(
        library.number("SELECT count(*) FROM files WHERE vanished_at IS NOT NULL"),
        0
    );
    assert_eq!(
        library.number("SELECT count(*) FROM files WHERE error IS NOT NULL"),
        0
    );
    let stored = library.files();
    assert!((7..12).contains(&stored), "{stored}");
    fs::rename(&aside, library.music()).unwrap();
    let rest = 12 - stored;
    assert_eq!(
        library.scan(),
        format!("12 files: {rest} new, {stored} unchanged")
    );
}

#[cfg(unix)]
#[test]
fn a_link_to_a_place_that_is_not_there_hides_nothing() {
    let library = Indexed::with(1);
    let elsewhere = library.folder.path().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    fs::copy(recording(SONGS[1]), elsewhere.join(SONGS[1])).unwrap();
    std::os::unix::fs::symlink(&elsewhere, library.music().join("link")).unwrap();
    assert_eq!(library.scan(), "2 files: 2 new");
    fs::rename(&elsewhere, library.folder.path().join("unplugged")).unwrap();
    let output = library.run(&["scan", "music"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert!(
        !text.contains("missing,") && text.contains("link"),
        "{text}"
    );
    assert_eq!(library.names(&["--missing"]).len(), 0);
}

#[test]
fn another_drive_at_the_same_place_and_emptied_folders_leave_what_is_known() {
    let library = Indexed::with(2);
    let (one, two) = (library.music().join("one"), library.music().join("two"));
    for (folder, song) in [(&one, "vibe_ace.m4a"), (&two, "lets_go_fishin.ogg")] {
        fs::create_dir(folder).unwrap();
        fs::copy(recording(song), folder.join(song)).unwrap();
    }
    library.scan();
    library
        .sqlite()
        .execute("INSERT INTO mounts VALUES (?1)", [one.to_str().unwrap()])
        .unwrap();
    // Named beside a folder that is as it was, another one holds only what is new.
    fs::rename(
        one.join("vibe_ace.m4a"),
        library.folder.path().join("aside.m4a"),
    )
    .unwrap();
    let mut changed = fs::read(recording("vibe_ace.m4a")).unwrap();
    let end = changed.len() - 100;
    changed[end] ^= 0x55;
    fs::write(one.join("other.m4a"), changed).unwrap();
    let output = library.run(&["scan", "--forget", "music/one", "music/two"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert_eq!(library.names(&["--missing"]).len(), 0);
    assert_eq!(library.names(&["vibe"]).len(), 1);
    // A copy of what a drive has that is not there is no moved file.
    if cfg!(unix) {
        fs::rename(
            library.folder.path().join("aside.m4a"),
            two.join("copy.m4a"),
        )
        .unwrap();
        let output = library.run(&["scan", "music/two"]);
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.starts_with("2 files: 1 new, 1 unchanged\n"), "{text}");
    }
    // A library that was removed is forgotten by its name.
    fs::remove_dir_all(&two).unwrap();
    let said = library.refused(&["scan", "--forget", "music/two"]);
    assert!(said.contains("music/two"), "{said}");
    let text = library.done(&["scan", "--forget=removed", "music/two"]);
    assert!(
        text.starts_with(&format!(
            "{} removed from the index",
            if cfg!(unix) { "2 files" } else { "1 file" }
        )),
        "{text}"
    );
}
