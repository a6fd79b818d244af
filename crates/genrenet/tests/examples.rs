//! The examples do what they say: each is run on real input, and its output is read.
#![cfg(feature = "wide")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// An example; `cargo test` builds all of them.
fn example(name: &str) -> Command {
    let test = std::env::current_exe().unwrap();
    let built = test.parent().and_then(Path::parent).unwrap();
    let path = built
        .join("examples")
        .join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    assert!(
        path.is_file(),
        "{} is missing: cargo build -p genrenet --examples makes it",
        path.display()
    );
    let mut command = Command::new(path);
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("features");
    command.env("GENRENET_CACHE", cache);
    command
}

fn recording(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../genrenet-cli/demo")
        .join(name)
}

/// Standard output of an example that succeeded.
fn lines(output: &Output) -> Vec<String> {
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    text.lines().map(str::to_owned).collect()
}

/// A mono WAV of 16 bits with 1.5 s of a tone; `step` is its phase per sample.
fn tone(path: &Path, step: f64) {
    let samples = (0..33_075u32).map(|i| (8000.0 * (f64::from(i) * step).sin()) as i16);
    let data: Vec<u8> = samples.flat_map(i16::to_le_bytes).collect();
    let mut file = b"RIFF".to_vec();
    file.extend((36 + data.len() as u32).to_le_bytes());
    file.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    file.extend(22_050u32.to_le_bytes());
    file.extend(44_100u32.to_le_bytes());
    file.extend(b"\x02\0\x10\0data");
    file.extend((data.len() as u32).to_le_bytes());
    file.extend(data);
    fs::write(path, file).unwrap();
}

#[test]
fn classify_names_songs_and_files_that_are_none() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("notes.mp3");
    fs::write(&text, "no music").unwrap();
    let song = recording("lets_go_fishin.ogg");
    let output = example("classify").args([&song, &text]).output().unwrap();
    let found = lines(&output);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0], format!("{}: Country", song.display()));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(errors.starts_with(&text.display().to_string()), "{errors}");
}

#[test]
fn features_prints_shapes() {
    let song = recording("vibe_ace.m4a");
    let found = lines(&example("features").arg(&song).output().unwrap());
    assert_eq!(found.len(), 1);
    for part in ["20.0 s", "log-mel 128 × ", "MFCC 20 × ", "embedding of "] {
        assert!(found[0].contains(part), "{part}: {found:?}");
    }
}

#[test]
fn train_and_evaluate_follow_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let (music, run) = (folder.path().join("music"), folder.path().join("run"));
    for (genre, pitch) in [("Low", 0.02), ("High", 0.4)] {
        for artist in 0..8 {
            let home = music.join(genre).join(format!("artist {artist}"));
            fs::create_dir_all(&home).unwrap();
            tone(
                &home.join("1.wav"),
                pitch * (1.0 + 0.02 * f64::from(artist)),
            );
        }
    }
    let mut train = example("train");
    train.args([&music, &run]).arg("train.epochs=2");
    let found = lines(&train.output().unwrap());
    assert!(found.last().unwrap().starts_with("2 epochs"), "{found:?}");
    assert!(run.join("bundle/model.toml").is_file());
    let found = lines(&example("evaluate").args([&run, &music]).output().unwrap());
    assert!(found[0].contains(" rows: top-1 "), "{found:?}");
}
