//! An index that is damaged, of a newer format or of another program; kills, full disks, two scans at once.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::program::index::{Indexed, SONGS, variant};
use crate::program::{self, recording};

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
        .split("renamed to ")
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
            if library.index().exists() && library.files() > stored {
                break;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        scan.kill().unwrap();
        scan.wait().unwrap();
        let now = library.files();
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

#[test]
fn scans_at_once_store_every_song_once() {
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

#[test]
fn only_a_damaged_index_is_set_aside() {
    let library = Indexed::with(1);
    library.scan();
    let song = library.music().join(SONGS[0]);
    let other = library.folder.path().join("other.sqlite");
    rusqlite::Connection::open(&other)
        .unwrap()
        .execute_batch("CREATE TABLE t (x)")
        .unwrap();
    library
        .sqlite()
        .execute_batch("PRAGMA user_version = 999")
        .unwrap();
    let kept = [song, other, library.index()];
    for path in kept.iter().chain([&library.music()]) {
        let before = path.is_file().then(|| digest(path));
        library.refused(&[
            "scan",
            "--rebuild",
            "--index",
            path.to_str().unwrap(),
            "music",
        ]);
        assert_eq!(
            path.is_file().then(|| digest(path)),
            before,
            "{}",
            path.display()
        );
        assert!(path.exists());
    }
    // Nor are songs and indexes overwritten by what a command writes.
    for words in [
        ["search", "--m3u", "music/slow_motion_dream.mp3"],
        ["search", "--parquet", "index.sqlite"],
        ["scan", "music", "--html=index.sqlite"],
    ] {
        library.refused(&words);
    }
    assert!(kept.iter().all(|path| path.is_file()));
}

#[cfg(unix)]
#[test]
fn an_index_that_cannot_be_written_is_searched() {
    use std::os::unix::fs::PermissionsExt;

    let library = Indexed::with(1);
    library.scan();
    let folder = library.folder.path().join("read only %41?");
    fs::create_dir(&folder).unwrap();
    let copy = folder.join("index.sqlite");
    fs::copy(library.index(), &copy).unwrap();
    fs::set_permissions(&copy, fs::Permissions::from_mode(0o444)).unwrap();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o555)).unwrap();
    let output = library.run(&["search", "--json", "--index", copy.to_str().unwrap()]);
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(program::lines_of_json(&output.stdout).len(), 1);
}
