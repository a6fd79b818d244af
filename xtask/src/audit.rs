//! `cargo xtask audit`: how many planted duplicates an audit finds, and how many pairs that are none; and a folder with planted faults.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::command;
use crate::duplicates::{audio_files, duration, ffmpeg};

pub const USAGE: &str = "\
cargo xtask audit                       precision and recall of near duplicates over planted copies of the songs of the data beside this
                                        repository (needs ffmpeg), by sound and by log-mels
cargo xtask audit faults FOLDER         make a data set with planted faults of these songs, for `genrenet data audit FOLDER/songs.csv`
";

/// Seconds between the beginnings of two clips of a song: none of their copies overlap.
const STEP: usize = 40;
/// Clips of a song.
const CLIPS: usize = 3;
/// Name, seconds left out in front, length, suffix with the encoder's options, filter.
type Kind = (
    &'static str,
    f64,
    f64,
    &'static [&'static str],
    &'static str,
);

const MP3_256: &[&str] = &["mp3", "-c:a", "libmp3lame", "-b:a", "256k"];
const MP3_128: &[&str] = &["mp3", "-c:a", "libmp3lame", "-b:a", "128k"];
const MP3_64: &[&str] = &["mp3", "-c:a", "libmp3lame", "-b:a", "64k"];
const VORBIS: &[&str] = &["ogg", "-c:a", "libvorbis", "-q:a", "0"];
const MONO: &[&str] = &[
    "mp3",
    "-c:a",
    "libmp3lame",
    "-b:a",
    "96k",
    "-ac",
    "1",
    "-ar",
    "22050",
];

const KINDS: [Kind; 14] = [
    ("original", 0.0, 30.0, MP3_256, "anull"),
    ("MP3, 64 kbit/s", 0.0, 30.0, MP3_64, "anull"),
    ("Vorbis, quality 0", 0.0, 30.0, VORBIS, "anull"),
    ("6 dB louder", 0.0, 30.0, MP3_128, "volume=6dB"),
    ("20 dB quieter", 0.0, 30.0, MP3_128, "volume=-20dB"),
    ("shifted by 0.03 s", 0.03, 30.0, MP3_128, "anull"),
    ("shifted by 0.12 s", 0.115, 30.0, MP3_128, "anull"),
    ("shifted by 0.5 s", 0.5, 30.0, MP3_128, "anull"),
    ("shifted by 2.1 s", 2.07, 30.0, MP3_128, "anull"),
    ("shifted by 5 s", 5.0, 30.0, MP3_128, "anull"),
    ("shifted by 10 s", 10.13, 30.0, MP3_128, "anull"),
    ("first 20 s", 0.0, 20.0, MP3_128, "anull"),
    ("25 s from 2.5 s on", 2.5, 25.0, MP3_128, "anull"),
    ("mono, 22 050 Hz", 0.0, 30.0, MONO, "anull"),
];

pub fn run(root: &Path, arguments: &[String]) -> ExitCode {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words[..] {
        [] => measure(root),
        ["faults", folder] => plant(root, Path::new(folder)),
        _ => Err(format!("unknown words\n{USAGE}")),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("audit: {fault}");
            ExitCode::FAILURE
        }
    }
}

fn measure(root: &Path) -> Result<(), String> {
    let target = root.join("target/audit");
    create(&target)?;
    let mut list = String::new();
    // Thresholds were chosen on the songs of `songs` (and on game music that is not here); figures are those of `fma_songs`.
    for part in ["songs", "fma_songs"] {
        for song in songs(root, part)? {
            let Some(seconds) = duration(&song) else {
                continue;
            };
            let name = song
                .file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            let starts = (0..CLIPS)
                .map(|clip| 5 + clip * STEP)
                .filter(|&start| (start + STEP) as f64 + 2.0 < seconds);
            for start in starts {
                for (at, kind) in KINDS.iter().enumerate() {
                    let path = target.join(format!("{name}-{start}-{at:02}.{}", kind.3[0]));
                    excerpt(
                        &song,
                        &path,
                        (start as f64 + kind.1, kind.2),
                        (&kind.3[1..], kind.4),
                    )?;
                    let _ = writeln!(
                        list,
                        "{}\t{part}\t{name}-{start}\t{}",
                        path.display(),
                        kind.0
                    );
                }
            }
        }
    }
    let path = target.join("list.tsv");
    write(&path, &list)?;
    let path = path.display().to_string();
    command::cargo(
        root,
        &[
            "run",
            "--quiet",
            "-p",
            "genrenet",
            "--example",
            "audit_figures",
            "--",
            &path,
        ],
    )
}

/// The songs of the data, without speech and second copies.
fn songs(root: &Path, part: &str) -> Result<Vec<PathBuf>, String> {
    let mut songs = audio_files(&root.join("../shared/data/audio").join(part))?;
    songs.retain(|song| {
        let name = song.to_string_lossy();
        !name.contains("22k_mono") && !name.contains("speech")
    });
    Ok(songs)
}

fn excerpt(
    song: &Path,
    path: &Path,
    (from, length): (f64, f64),
    (options, filter): (&[&str], &str),
) -> Result<(), String> {
    if path.exists() {
        return Ok(());
    }
    let cut = format!(
        "atrim=start={from}:end={},asetpts=PTS-STARTPTS,{filter}",
        from + length
    );
    let song = song.to_string_lossy();
    let words = [
        "-i",
        &*song,
        "-map",
        "0:a:0",
        "-map_metadata",
        "-1",
        "-af",
        &cut,
    ];
    ffmpeg(&[&words[..], options].concat(), path)
}

/// A table of clips with an official split, and one of each fault.
fn plant(root: &Path, folder: &Path) -> Result<(), String> {
    create(folder)?;
    let mut table = String::from("path,genre,split,artist\n");
    let mut all = Vec::new();
    for (number, song) in songs(root, "fma_songs")?.iter().enumerate() {
        let stem = song
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let (genre, artist) = stem.split_once("__").unwrap_or(("Pop", &stem));
        // An artist on both sides, in two songs of three clips each.
        let artist = if number < 2 { "Planted artist" } else { artist };
        for clip in 0..CLIPS {
            let split = ["training", "validation", "test"]
                [(number + clip / 2 * usize::from(number < 2)) % 3];
            let name = format!("{stem}-{clip}.mp3");
            let start = (10 + clip * STEP) as f64;
            excerpt(
                song,
                &folder.join(&name),
                (start, 30.0),
                (&MP3_128[1..], "anull"),
            )?;
            let _ = writeln!(table, "{name},{genre},{split},{artist}");
            all.push((song.clone(), genre.to_owned(), start, name));
        }
    }
    let (song, genre, start, name) = &all[6];
    let (other, other_genre, ..) = &all[12];
    let mut add = |name: &str, genre: &str, split: &str| {
        let _ = writeln!(
            table,
            "{name},{genre},{split},{}",
            name.split('.').next().unwrap_or_default()
        );
    };
    fs::copy(folder.join(name), folder.join("exact copy.mp3")).map_err(|e| e.to_string())?;
    add("exact copy.mp3", genre, "test");
    let planted = [
        (
            "re-encoded.ogg",
            *start,
            30.0,
            &VORBIS[1..],
            "anull",
            genre.as_str(),
        ),
        (
            "shifted and louder.mp3",
            start + 3.3,
            30.0,
            &MP3_64[1..],
            "volume=5dB",
            "Rock",
        ),
        ("cut.mp3", start + 5.0, 15.0, &MP3_128[1..], "anull", genre),
        (
            "clipped.mp3",
            start + 80.0,
            30.0,
            &MP3_256[1..],
            "volume=25dB,aformat=sample_fmts=s16",
            genre,
        ),
        ("silent.mp3", 0.0, 30.0, &MP3_128[1..], "volume=0", genre),
        ("short.mp3", 100.0, 1.5, &MP3_128[1..], "anull", genre),
    ];
    for (name, from, length, options, filter, genre) in planted {
        excerpt(song, &folder.join(name), (from, length), (options, filter))?;
        add(name, genre, "training");
    }
    excerpt(
        other,
        &folder.join("wrong label.mp3"),
        (119.0, 17.0),
        (&MP3_128[1..], "anull"),
    )?;
    let wrong = if other_genre == "Folk" {
        "Hip-Hop"
    } else {
        "Folk"
    };
    add("wrong label.mp3", wrong, "training");
    let whole = fs::read(folder.join(name)).map_err(|e| e.to_string())?;
    fs::write(folder.join("broken.mp3"), vec![0x55; whole.len() / 10])
        .map_err(|e| e.to_string())?;
    add("broken.mp3", genre, "training");
    write(&folder.join("songs.csv"), &table)
}

fn create(folder: &Path) -> Result<(), String> {
    fs::create_dir_all(folder).map_err(|e| format!("{}: {e}", folder.display()))
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    fs::write(path, text).map_err(|e| format!("{}: {e}", path.display()))
}
