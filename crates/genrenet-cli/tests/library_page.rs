//! `classify --html`: the page of a library beside the answers.
#![cfg(feature = "wide")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use crate::program::{genrenet, recording};

/// A recording that the model takes for Rock without being sure, with ID3v2.3 tags.
fn tagged(path: &Path, title: &str, artist: &str, genre: &str) {
    let recording = fs::read(recording("slow_motion_dream.mp3")).unwrap();
    let old = match recording.strip_prefix(b"ID3") {
        Some(tag) => {
            let size = tag[3..7].iter();
            10 + size.fold(0, |size, byte| size << 7 | usize::from(*byte))
        }
        None => 0,
    };
    let mut frames = Vec::new();
    for (name, text) in [(b"TIT2", title), (b"TPE1", artist), (b"TCON", genre)] {
        frames.extend(name);
        // UTF-16 with a byte order mark.
        let text: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        frames.extend((text.len() as u32 + 3).to_be_bytes());
        frames.extend([0, 0, 1, 0xff, 0xfe]);
        frames.extend(text);
    }
    let size = frames.len() as u32;
    let mut bytes = b"ID3\x03\0\0".to_vec();
    bytes.extend([21, 14, 7, 0].map(|bits| (size >> bits & 0x7f) as u8));
    bytes.extend(frames);
    bytes.extend(&recording[old..]);
    fs::write(path, bytes).unwrap();
}

fn classify(home: &Path, words: &[&str]) -> Output {
    let mut command: Command = genrenet();
    command
        .arg("classify")
        .args(words)
        .current_dir(home)
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// Names of what is in a folder.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let name = |entry: std::io::Result<fs::DirEntry>| entry.unwrap().file_name();
    let mut names: Vec<String> = entries
        .map(|entry| name(entry).to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// What the page says of each of its dots.
fn dots(page: &str) -> Vec<[&str; 3]> {
    let dots = page.split("<title>").skip(2);
    dots.map(|dot| {
        let mut lines = dot.split("</title>").next().unwrap().lines();
        [(); 3].map(|()| lines.next().unwrap())
    })
    .collect()
}

#[test]
fn the_page_shows_what_is_printed_and_its_tags_and_failures() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let music = home.join("My <Music>");
    fs::create_dir(&music).unwrap();
    for name in ["lets_go_fishin.ogg", "searching.opus", "vibe_ace.m4a"] {
        fs::copy(recording(name), music.join(name)).unwrap();
    }
    tagged(&music.join("slow.mp3"), "Slow", "Ärzte & <Co>", "Classical");
    fs::write(music.join("broken.mp3"), "no song").unwrap();

    let words = ["My <Music>", "--taxonomy", "simple"];
    let plain = classify(home, &words);
    let with_page = [&words[..], &["--html", "pages/page.html"]].concat();
    let output = classify(home, &with_page);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert_eq!(
        (&output.stdout, &output.stderr),
        (&plain.stdout, &plain.stderr)
    );
    assert_eq!(names(&home.join("pages")), ["page.html"]);

    let page = fs::read_to_string(home.join("pages/page.html")).unwrap();
    assert!(page.contains("<h1>My &lt;Music&gt;</h1>"));
    assert!(page.contains("in the genres of simple"));
    assert!(
        page.contains("<dt>Songs</dt><dd>5</dd>") && page.contains("<dt>Failed</dt><dd>1</dd>")
    );
    let dots = dots(&page);
    assert_eq!(dots.len(), 4);
    for line in text(&output.stdout).lines() {
        let (path, answer) = line.split_once(": ").unwrap();
        let dot = dots
            .iter()
            .find(|[_, _, file]| *file == path.replace('<', "&lt;").replace('>', "&gt;"));
        let [_, shown, _] = dot.unwrap_or_else(|| panic!("{path}: {dots:?}"));
        let first = answer
            .split(", ")
            .next()
            .unwrap()
            .replace(" %", "\u{a0}%")
            .replace('&', "&amp;");
        assert!(shown.starts_with(&first), "{shown}: {first}");
    }
    assert!(
        dots.iter()
            .any(|[name, _, _]| *name == "Slow – Ärzte &amp; &lt;Co&gt;"),
        "{dots:?}"
    );
    let disagreements = page
        .split("<h2>")
        .find(|part| part.starts_with("Tags that disagree"))
        .unwrap();
    assert!(
        disagreements.contains("<bdi>Slow</bdi> – <bdi>Ärzte &amp; &lt;Co&gt;</bdi>")
            && disagreements.contains("<bdi>Classical</bdi>")
            && disagreements.contains("data-name=\"Sounds like\"><bdi>Rock</bdi>"),
        "{disagreements}"
    );
    let failures = page
        .split("<h2>")
        .find(|part| part.starts_with("Files that failed"))
        .unwrap();
    let reason = text(&output.stderr).lines().next().unwrap();
    let reason = reason.split_once("broken.mp3: ").unwrap().1;
    assert!(
        failures.contains("<bdi>broken.mp3</bdi>") && failures.contains(reason),
        "{failures}"
    );

    // Over an earlier page, and on another number of threads: the same bytes.
    let again = genrenet()
        .arg("classify")
        .args(with_page)
        .env("RAYON_NUM_THREADS", "1")
        .current_dir(home)
        .output()
        .unwrap();
    assert_eq!(again.status.code(), Some(1));
    assert_eq!(
        fs::read_to_string(home.join("pages/page.html")).unwrap(),
        page
    );
}

#[test]
#[cfg(unix)]
fn names_that_are_more_than_names_are_text_on_the_page() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let home = tempfile::tempdir().unwrap();
    let music = home.path().join("music");
    fs::create_dir(&music).unwrap();
    let hostile: [&[u8]; 4] = [
        "<title><script>alert(1)<script>.mp3".as_bytes(),
        b"caf\xe9.mp3",
        "two\nlines \u{202e}3pm.mp3".as_bytes(),
        "שיר & \"quotes\".mp3".as_bytes(),
    ];
    for name in hostile {
        if fs::copy(
            recording("slow_motion_dream.mp3"),
            music.join(OsStr::from_bytes(name)),
        )
        .is_err()
        {
            println!("skipped: the file system takes no such names");
            return;
        }
    }
    let title = "<img src=x onerror=alert(1)>\nסוף\u{202e}";
    tagged(&music.join("tagged.mp3"), title, "<b>", "</bdi><b>Jazz");
    let output = classify(home.path(), &["music", "--html", "page.html"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let page = fs::read_to_string(home.path().join("page.html")).unwrap();
    assert_eq!(page.matches("<script").count(), 1);
    assert!(!page.contains("<img") && !page.contains('\u{202e}') && !page.contains("<b>Jazz"));
    let dots = dots(&page);
    assert_eq!(dots.len(), 5);
    for file in [
        "music/caf\\xE9.mp3",
        "music/two\\nlines \\u{202e}3pm.mp3",
        "music/שיר &amp; &quot;quotes&quot;.mp3",
    ] {
        assert!(
            dots.iter().any(|[_, _, path]| *path == file),
            "{file}: {dots:?}"
        );
    }
    assert!(
        dots.iter()
            .any(|[name, _, _]| name.starts_with("&lt;img src=x onerror=alert(1)&gt;\\nסוף")),
        "{dots:?}"
    );
}

#[test]
fn a_page_that_cannot_be_written_is_refused_before_the_work() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let song = home.join("song.mp3");
    fs::copy(recording("slow_motion_dream.mp3"), &song).unwrap();
    fs::create_dir(home.join("folder")).unwrap();
    fs::create_dir(home.join("folder.html")).unwrap();
    for (page, why) in [
        ("song.mp3/page.html", "song.mp3"),
        ("folder.html", "a folder"),
        ("song.mp3", "ends with .html"),
    ] {
        let output = classify(home, &["song.mp3", "--html", page]);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        assert!(output.stdout.is_empty(), "{output:?}");
        let said = text(&output.stderr);
        assert!(
            said.contains(&format!("--html {page}: ")) && said.contains(why),
            "{said}"
        );
    }
    fs::write(home.join("table.csv"), "a,b\n1,2\n").unwrap();
    if cfg!(feature = "echonest12") {
        let output = classify(
            home,
            &["--model", "echonest12", "table.csv", "--html", "page.html"],
        );
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        assert_eq!(
            text(&output.stderr),
            "genrenet: --html page.html: the model echonest12 reads tables of values, not sound files\n"
        );
    }
    let output = classify(home, &["folder", "--html", "page.html"]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert_eq!(
        names(home),
        ["folder", "folder.html", "song.mp3", "table.csv"]
    );
}

#[test]
#[cfg(unix)]
fn a_full_disk_leaves_the_earlier_page_and_says_so() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    fs::copy(recording("slow_motion_dream.mp3"), home.join("song.mp3")).unwrap();
    fs::write(home.join("page.html"), "earlier").unwrap();
    // No file may grow beyond a few KB; the signal is ignored, so that writing fails as on a full disk.
    let output = Command::new("sh")
        .args([
            "-c",
            "trap '' XFSZ; ulimit -f 4; exec \"$0\" classify song.mp3 --html page.html",
        ])
        .arg(env!("CARGO_BIN_EXE_genrenet"))
        .current_dir(home)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(text(&output.stdout).starts_with("song.mp3: "), "{output:?}");
    assert!(
        text(&output.stderr).starts_with("page.html: "),
        "{output:?}"
    );
    assert_eq!(
        fs::read_to_string(home.join("page.html")).unwrap(),
        "earlier"
    );
    assert_eq!(names(home), ["page.html", "song.mp3"]);
}

#[test]
#[cfg(unix)]
fn ctrl_c_leaves_no_page_and_no_unfinished_file() {
    use std::process::Stdio;

    let home = tempfile::tempdir().unwrap();
    let mut child = genrenet()
        .args(["classify", "-", "--html", "page.html"])
        .current_dir(home.path())
        .stdin(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // The list of songs is not at its end, so the work isn't either.
    let list = child.stdin.take();
    while names(home.path()).is_empty() {
        assert!(child.try_wait().unwrap().is_none());
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let id = child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-INT", &id])
            .status()
            .unwrap()
            .success()
    );
    assert!(!child.wait().unwrap().success());
    assert_eq!(names(home.path()), Vec::<String>::new());
    drop(list);
}

#[test]
fn where_every_file_failed_the_page_says_so() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    for name in ["a.mp3", "b.mp3"] {
        fs::write(home.join(name), "no song").unwrap();
    }
    let output = classify(home, &["a.mp3", "b.mp3", "--html", "page.html"]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let page = fs::read_to_string(home.join("page.html")).unwrap();
    assert!(page.contains("<h1>Music library</h1>"));
    assert!(page.contains("<dt>Failed</dt><dd>2</dd>") && !page.contains("id=\"map\""));
    assert!(page.contains("<bdi>a.mp3</bdi>") && page.contains("<bdi>b.mp3</bdi>"));
}
