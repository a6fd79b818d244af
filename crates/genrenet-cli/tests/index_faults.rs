//! An index that is damaged, of a newer format or of another program; kills, full disks, drives that vanish, two scans at once.

mod program;

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use program::index::{Indexed, SONGS};
use program::recording;

fn digest(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap()
}

#[test]
fn what_is_no_index_of_this_format_is_named_and_left_as_it_is() {
    let library = Indexed::with(1);
    let missing = library.refused(&["search"]);
    assert!(
        missing.contains("there is no index here; `genrenet scan LIBRARY` makes one"),
        "{missing}"
    );
    library.scan();
    let good = digest(&library.index());
    let refuse = |expected: &str| {
        let before = digest(&library.index());
        for words in [&["search"][..], &["scan", "music"]] {
            let said = library.refused(words);
            assert!(
                said.contains(expected) && said.contains("left as it is"),
                "{said}"
            );
            assert!(said.contains("index.sqlite"), "{said}");
        }
        assert_eq!(digest(&library.index()), before);
    };
    library
        .sqlite()
        .execute_batch("PRAGMA user_version = 999")
        .unwrap();
    refuse("an index of format 999");
    fs::write(library.index(), &good).unwrap();
    library
        .sqlite()
        .execute_batch("PRAGMA application_id = 0")
        .unwrap();
    refuse("a database of another program");
    fs::write(library.index(), "words, and no database").unwrap();
    refuse("damaged");
    fs::write(library.index(), &good).unwrap();
    library.scan();
}

#[test]
fn a_damaged_index_is_reported_set_aside_and_rebuilt_on_request() {
    let library = Indexed::with(2);
    library.scan();
    let good = digest(&library.index());
    let mut damaged = good.clone();
    // Every page but the first, which names the format.
    for (place, byte) in damaged.iter_mut().enumerate().skip(4096) {
        *byte = (place * 31 % 251) as u8;
    }
    fs::write(library.index(), &damaged).unwrap();
    for words in [&["search"][..], &["scan", "music"]] {
        let said = library.refused(words);
        assert!(
            said.contains("the index is damaged") && said.contains("scan --rebuild"),
            "{said}"
        );
    }
    assert_eq!(digest(&library.index()), damaged);
    let output = library.run(&["scan", "--rebuild", "music"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let said = String::from_utf8(output.stderr).unwrap();
    let aside = said
        .split("the index is now ")
        .nth(1)
        .unwrap()
        .lines()
        .next()
        .unwrap();
    assert_eq!(digest(Path::new(aside)), damaged);
    assert_eq!(library.names(&[]).len(), 2);
}

#[test]
fn an_index_of_format_1_keeps_what_was_computed() {
    let library = Indexed::with(1);
    let path = library.music().join(SONGS[0]);
    let made = include_str!("index_format_1.sql").replace("{PATH}", path.to_str().unwrap());
    library.sqlite().execute_batch(&made).unwrap();
    let found = library.search(&[]);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["genres"][0]["genre"], "Jazz");
    assert_eq!(found[0]["tags"]["artist"], "An artist");
    // The file's times are others, its sound is another: it is read again, and the earlier answer of its sound stays.
    library.scan();
    assert_eq!(library.number("SELECT count(*) FROM songs"), 2);
}

/// A song that differs from every other of these in one byte of its sound.
fn variant(number: usize, to: &Path) {
    let mut bytes = fs::read(recording("slow_motion_dream.mp3")).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle + number] ^= 0x55;
    fs::write(to, bytes).unwrap();
}

#[test]
fn nothing_that_was_finished_is_lost_by_a_kill_and_the_next_scan_continues() {
    let library = Indexed::with(0);
    for i in 0..12 {
        variant(i, &library.music().join(format!("{i}.mp3")));
    }
    library.settle();
    let mut stored = 0;
    for _ in 0..4 {
        let mut scan = library
            .command(&["scan", "music"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let begun = Instant::now();
        // Killed as soon as it has stored one more.
        while begun.elapsed() < Duration::from_secs(120) && scan.try_wait().unwrap().is_none() {
            if library.index().exists() && files(&library) > stored {
                break;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        scan.kill().unwrap();
        scan.wait().unwrap();
        let now = files(&library);
        assert!(now > stored, "{now} after {stored}");
        stored = now;
    }
    assert!(stored < 12, "killed too late to show anything");
    let text = library.scan();
    assert_eq!(
        text,
        format!("12 files: {} new, {stored} unchanged", 12 - stored)
    );
    assert_eq!(
        library.number("SELECT count(*) FROM files WHERE song IS NULL"),
        0
    );
    assert_eq!(
        library.number("SELECT count(*) FROM songs WHERE genre IS NULL"),
        0
    );
}

/// Files in the index, which another process may be making at this moment.
fn files(library: &Indexed) -> i64 {
    let sqlite = library.sqlite();
    sqlite.busy_timeout(Duration::from_secs(10)).unwrap();
    sqlite
        .query_row("SELECT count(*) FROM files", [], |row| row.get(0))
        .unwrap_or(0)
}

#[test]
fn two_scans_at_once_do_the_same_work_once() {
    let library = Indexed::with(4);
    let start = || {
        library
            .command(&["scan", "music"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    };
    let scans = [start(), start(), start()];
    for scan in scans {
        let output = scan.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{output:?}");
    }
    assert_eq!(library.scan(), "4 files: 4 unchanged");
    assert_eq!(library.number("SELECT count(*) FROM files"), 4);
    assert_eq!(library.number("SELECT count(*) FROM songs"), 4);
    let genres =
        "SELECT count(*) FROM probabilities JOIN labels ON labels.id = label WHERE kind = 'genre'";
    assert_eq!(library.number(genres), 4 * 19);
    let check: String = library
        .sqlite()
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(check, "ok");
}

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
        text.contains("it holds no songs any more; what the index has of it was not marked"),
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
            text.contains("usb: a drive that was mounted here is not there"),
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
    while begun.elapsed() < Duration::from_secs(120) && files(&library) < 7 {
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
    let stored = files(&library);
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

#[cfg(unix)]
#[test]
fn names_that_are_not_unicode_are_kept() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let library = Indexed::with(1);
    let name = OsStr::from_bytes(b"caf\xe9 %41.mp3");
    fs::rename(library.music().join(SONGS[0]), library.music().join(name)).unwrap();
    assert_eq!(library.scan(), "1 file: 1 new");
    assert_eq!(library.scan(), "1 file: 1 unchanged");
    let found = library.search(&[]);
    assert!(
        found[0]["path_bytes"]
            .as_str()
            .unwrap()
            .ends_with("caf%E9%20%2541.mp3"),
        "{found:?}"
    );
    let list = library.run(&["search", "--m3u", "-"]).stdout;
    assert!(list.ends_with(b"caf\xe9 %41.mp3\n"));
    fs::rename(
        library.music().join(name),
        library.music().join("plain.mp3"),
    )
    .unwrap();
    assert_eq!(library.scan(), "1 file: 1 moved");
    fs::rename(
        library.music().join("plain.mp3"),
        library.music().join(name),
    )
    .unwrap();
    fs::remove_file(library.music().join(name)).unwrap();
    fs::copy(recording(SONGS[1]), library.music().join(SONGS[1])).unwrap();
    library.settle();
    assert_eq!(library.scan(), "1 file: 1 new, 1 missing");
}

#[cfg(unix)]
#[test]
fn a_full_disk_ends_the_scan_and_keeps_what_was_stored() {
    let library = Indexed::with(4);
    // Room for the tables and little more.
    let shell = format!(
        "trap '' XFSZ; ulimit -f 200; exec {} scan music",
        env!("CARGO_BIN_EXE_genrenet")
    );
    let output = std::process::Command::new("sh")
        .args(["-c", &shell])
        .env("GENRENET_INDEX", library.index())
        .current_dir(library.folder.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains("index.sqlite") && !said.contains("panicked"),
        "{said}"
    );
    let check: String = library
        .sqlite()
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(check, "ok");
    let text = library.done(&["scan", "music"]);
    assert!(text.starts_with("4 files: "), "{text}");
    assert_eq!(library.names(&[]).len(), 4);
}
