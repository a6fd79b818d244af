//! `genrenet classify` from the outside: the program on real files, good and bad.

use std::fs;

use crate::program::{self, genrenet, lines_of_json, recording};

#[test]
fn real_recordings_of_four_formats_are_named_in_the_order_given() {
    let songs = [
        "slow_motion_dream.mp3",
        "lets_go_fishin.ogg",
        "searching.opus",
        "vibe_ace.m4a",
    ]
    .map(recording);
    let output = genrenet()
        .arg("classify")
        .arg("--json")
        .args(&songs)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let lines = lines_of_json(&output.stdout);
    assert_eq!(lines.len(), 4);
    for (line, song) in lines.iter().zip(&songs) {
        assert_eq!(line["path"].as_str().unwrap(), song.to_str().unwrap());
        let probabilities: Vec<f64> = line["genres"]
            .as_array()
            .unwrap()
            .iter()
            .map(|genre| genre["probability"].as_f64().unwrap())
            .collect();
        assert_eq!(probabilities.len(), 19);
        assert!(
            probabilities.is_sorted_by(|a, b| a >= b),
            "{probabilities:?}"
        );
        assert!((probabilities.iter().sum::<f64>() - 1.0).abs() < 1e-4);
    }
    let seconds = lines[0]["seconds"].as_f64().unwrap();
    assert!((seconds - 10.9).abs() < 0.1, "{seconds}");
}

#[test]
fn a_bad_file_is_named_and_the_others_are_still_classified() {
    let folder = tempfile::tempdir().unwrap();
    let bad = folder.path().join("text.mp3");
    fs::write(&bad, "these are words, not music. ".repeat(50)).unwrap();
    let empty = folder.path().join("empty.wav");
    fs::write(&empty, "").unwrap();
    let missing = folder.path().join("gone.flac");
    let output = genrenet()
        .args(["classify", "--json"])
        .args([&bad, &empty, &missing])
        .arg(recording("slow_motion_dream.mp3"))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let lines = lines_of_json(&output.stdout);
    assert_eq!(lines.len(), 4);
    assert!(
        lines[..3].iter().all(|line| line["error"].is_string()),
        "{lines:?}"
    );
    assert!(lines[3]["genres"].is_array());
    let errors = String::from_utf8(output.stderr).unwrap();
    for path in [&bad, &empty, &missing] {
        assert!(errors.contains(path.to_str().unwrap()), "{errors}");
    }
    assert!(errors.contains("empty file"), "{errors}");
}

#[test]
fn the_ending_of_a_name_says_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let disguised = folder.path().join("song.wav");
    fs::copy(recording("lets_go_fishin.ogg"), &disguised).unwrap();
    let named = |path: &std::path::Path| {
        let output = genrenet()
            .args(["classify", "--json"])
            .arg(path)
            .output()
            .unwrap();
        lines_of_json(&output.stdout)[0]["genres"].clone()
    };
    assert_eq!(named(&disguised), named(&recording("lets_go_fishin.ogg")));
}

#[test]
fn a_folder_of_videos_is_read_and_a_tag_moves_no_column() {
    let folder = tempfile::tempdir().unwrap();
    let song = recording("vibe_ace.m4a");
    for name in ["a.mov", "b.webm", "c.mp4"] {
        fs::copy(&song, folder.path().join(name)).unwrap();
    }
    let mut tagged = b"ID3\x03\0\0\0\0\x07\x68".to_vec();
    tagged.resize(10 + 1000, 0);
    tagged.extend(fs::read(&song).unwrap());
    fs::write(folder.path().join("d.m4a"), tagged).unwrap();
    let classify = |path: &std::path::Path| {
        let output = genrenet()
            .args(["classify", "--json"])
            .arg(path)
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        lines_of_json(&output.stdout)
    };
    let expected = classify(&song)[0]["genres"].clone();
    let found = classify(folder.path());
    assert_eq!(found.len(), 4);
    for line in found {
        assert_eq!(line["genres"], expected, "{line}");
    }
}

#[test]
fn a_list_of_paths_is_read_from_stdin_and_written_as_a_table() {
    use std::io::Write;
    use std::process::Stdio;
    let mut child = genrenet()
        .args(["classify", "--csv", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let list = format!(
        "{}\n{}\n",
        recording("vibe_ace.m4a").display(),
        recording("searching.opus").display()
    );
    child
        .stdin
        .take()
        .unwrap()
        .write_all(list.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 3, "{text}");
    assert!(
        lines[0].starts_with("path,seconds,unsure,genre,Rock,"),
        "{}",
        lines[0]
    );
    assert!(lines[1].contains("vibe_ace.m4a") && lines[2].contains("searching.opus"));
    assert!(
        lines.iter().all(|line| line.split(',').count() == 25),
        "{text}"
    );
}

#[test]
fn less_than_a_second_and_silence_are_refused_with_their_reason() {
    let folder = tempfile::tempdir().unwrap();
    let short = folder.path().join("short.wav");
    program::write_wav(&short, &[1000; 8000], 16_000);
    let silent = folder.path().join("silent.wav");
    program::write_wav(&silent, &[0; 48_000], 16_000);
    let output = genrenet()
        .args(["classify"])
        .args([&short, &silent])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2), "nothing could be named");
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(errors.contains("too short: 0.50 s"), "{errors}");
    assert!(errors.contains("digital silence"), "{errors}");
}

#[test]
fn top_and_min_ratio_limit_what_is_listed() {
    let count = |extra: &[&str]| {
        let output = genrenet()
            .arg("classify")
            .arg(recording("vibe_ace.m4a"))
            .args(extra)
            .output()
            .unwrap();
        String::from_utf8(output.stdout)
            .unwrap()
            .matches(" %")
            .count()
    };
    assert_eq!(count(&[]), 3);
    assert_eq!(count(&["--top", "8"]), 8);
    assert_eq!(count(&["--top", "8", "--min-ratio", "1"]), 1);
}

#[test]
fn threads_change_nothing() {
    let named = |threads: &str| {
        let folder = recording("");
        genrenet()
            .args(["classify", "--json", "--threads", threads])
            .arg(folder)
            .output()
            .unwrap()
            .stdout
    };
    let one = named("1");
    assert_eq!(lines_of_json(&one).len(), 4);
    assert_eq!(one, named("3"));
}

#[test]
fn an_unknown_model_is_an_error_that_names_those_that_are_known() {
    let output = genrenet()
        .args(["classify", "--model", "no-such"])
        .arg(recording("vibe_ace.m4a"))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(
        errors.contains("no-such") && errors.contains("fma8"),
        "{errors}"
    );
}

#[cfg(unix)]
#[test]
fn files_with_names_that_are_not_utf8_are_classified() {
    use std::os::unix::ffi::OsStringExt;
    let folder = tempfile::tempdir().unwrap();
    let name = std::ffi::OsString::from_vec(b"caf\xe9.ogg".to_vec());
    fs::copy(recording("lets_go_fishin.ogg"), folder.path().join(name)).unwrap();
    let output = genrenet()
        .args(["classify", "--json"])
        .arg(folder.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(lines_of_json(&output.stdout).len(), 1);
}
