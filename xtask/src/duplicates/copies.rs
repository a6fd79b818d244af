//! Copies of songs, made with FFmpeg, and the list of what each is.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use super::kinds::{Cut, KINDS, Kind, Stretch};

/// Songs of the folders that are copied; the others must only not be found. All songs of the data beside this repository are copied.
const COPIED: usize = 22;

/// Seconds of a copy: fingerprints end after 120.
const LONGEST: f64 = 125.0;

/// Sounds that are no song: FFmpeg's generators, twice each with another length.
const SOUNDS: [(&str, &str); 8] = [
    ("silence", "anullsrc=r=44100:cl=mono"),
    ("sine-440", "sine=f=440:r=44100"),
    ("sine-1000", "sine=f=1000:r=44100"),
    ("beeps", "sine=f=300:b=4:r=44100"),
    ("white", "anoisesrc=c=white:a=0.3:seed=1"),
    ("white-other", "anoisesrc=c=white:a=0.3:seed=2"),
    ("pink", "anoisesrc=c=pink:a=0.3:seed=3"),
    ("brown", "anoisesrc=c=brown:a=0.3:seed=4"),
];

/// One copy that is to be made.
struct Copy<'a> {
    song: &'a Path,
    kind: &'a Kind,
    stretch: Stretch,
    path: PathBuf,
}

/// Makes the copies that are not there yet. Returns the list: a line for each file, with tabs between path, song, part, kind, where the song
/// begins in the file, from where and to where the file holds the song, in seconds.
pub fn make(root: &Path, folders: &[String], target: &Path) -> Result<PathBuf, String> {
    let mut songs = audio_files(&root.join("../shared/data/audio"))?;
    songs.retain(|path| {
        let text = path.to_string_lossy();
        // A test corpus of formats, and a second copy of a song.
        !text.contains("/formats/") && !text.contains("22k_mono")
    });
    let of_the_data = songs.len();
    let mut others = Vec::new();
    for folder in folders {
        others.extend(audio_files(Path::new(folder))?);
    }
    let long: Vec<&PathBuf> = others
        .iter()
        .filter(|path| fs::metadata(path).is_ok_and(|m| m.len() > 500_000))
        .collect();
    let step = long.len().div_ceil(COPIED).max(1);
    songs.extend(long.into_iter().step_by(step).cloned());
    // Copies are named after the song; a second song of that name is most often the same one in another folder.
    let mut names = HashSet::new();
    songs.retain(|path| names.insert(path.file_stem().map(ToOwned::to_owned)));

    let mut list = List::default();
    let mut copies = Vec::new();
    for (number, song) in songs.iter().enumerate() {
        list.part = if number < of_the_data {
            "chosen"
        } else {
            "measured"
        };
        let Some(seconds) = duration(song) else {
            continue;
        };
        let name = song.file_stem().unwrap_or_default().to_string_lossy();
        list.add(
            song,
            number,
            "original",
            &Cut::Whole.stretch(seconds),
            seconds,
        );
        for (index, kind) in KINDS.iter().enumerate() {
            let stretch = kind.cut.stretch(seconds);
            // Less is shorter than what must be found.
            if seconds - stretch.from < 20.0 {
                continue;
            }
            let path = target.join(format!("{name}-{index:02}.{}", kind.suffix));
            list.add(&path, number, kind.name, &stretch, seconds);
            copies.push(Copy {
                song,
                kind,
                stretch,
                path,
            });
        }
    }
    fs::create_dir_all(target).map_err(|e| format!("{}: {e}", target.display()))?;
    all_at_once(&copies)?;
    list.part = "measured";
    let mut number = songs.len();
    for path in others.iter().filter(|path| !songs.contains(path)) {
        let whole = Cut::Whole.stretch(0.0);
        list.add(path, number, "other", &whole, 0.0);
        number += 1;
    }
    for (name, source) in SOUNDS {
        for (seconds, suffix) in [("40", "mp3"), ("90", "ogg")] {
            let path = target.join(format!("{name}-{seconds}.{suffix}"));
            if !path.exists() {
                ffmpeg(&["-f", "lavfi", "-t", seconds, "-i", source], &path)?;
            }
            let whole = Cut::Whole.stretch(0.0);
            // Two renderings of one tone or noise are as good as one: they count neither way.
            list.add(
                &path,
                number,
                "sound",
                &whole,
                seconds.parse().unwrap_or(0.0),
            );
        }
        number += 1;
    }
    let path = target.join("list.tsv");
    fs::write(&path, list.text).map_err(|e| format!("{}: {e}", path.display()))?;
    Ok(path)
}

/// The list of files.
#[derive(Default)]
struct List {
    text: String,
    /// Whether thresholds were chosen on the song, or are measured on it.
    part: &'static str,
}

impl List {
    fn add(&mut self, path: &Path, song: usize, kind: &str, stretch: &Stretch, seconds: f64) {
        let to = stretch.to.unwrap_or(seconds).min(seconds);
        let _ = writeln!(
            self.text,
            "{}\t{song}\t{}\t{kind}\t{}\t{}\t{to}",
            path.display(),
            self.part,
            stretch.at,
            stretch.from
        );
    }
}

/// Makes the copies on all cores.
fn all_at_once(copies: &[Copy]) -> Result<(), String> {
    let next = AtomicUsize::new(0);
    let work = || {
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(copy) = copies.get(at) else {
                return Ok(());
            };
            copy.make()?;
            if at % 100 == 99 {
                println!("{} of {} copies", at + 1, copies.len());
            }
        }
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        threads.into_iter().try_for_each(|thread| {
            thread
                .join()
                .unwrap_or_else(|_| Err("a thread died".into()))
        })
    })
}

impl Copy<'_> {
    fn make(&self) -> Result<(), String> {
        if self.path.exists() {
            return Ok(());
        }
        let mut filters = Vec::new();
        if self.stretch.at > 0.0 {
            filters.push(format!("adelay={}:all=1", self.stretch.at * 1000.0));
        }
        if !self.kind.filters.is_empty() {
            filters.push(self.kind.filters.into());
        }
        if filters.is_empty() {
            filters.push("anull".into());
        }
        let from = self.stretch.from;
        let end = self.stretch.to.unwrap_or(f64::MAX).min(from + LONGEST);
        // Cut by samples, not by packets.
        let cut = format!("atrim=start={from}:end={end},asetpts=PTS-STARTPTS");
        let filter = format!("{cut},{}", filters.join(","));
        let song = self.song.to_string_lossy();
        let mut words = vec![
            "-i",
            &*song,
            "-map",
            "0:a:0",
            "-map_metadata",
            "-1",
            "-af",
            &filter,
        ];
        words.extend(self.kind.options);
        ffmpeg(&words, &self.path)
    }
}

/// Runs FFmpeg; the file is there as a whole or not at all.
pub fn ffmpeg(words: &[&str], path: &Path) -> Result<(), String> {
    let suffix = path.extension().unwrap_or_default().to_string_lossy();
    let aside = path.with_extension(format!("part.{suffix}"));
    let mut command = Command::new("ffmpeg");
    command
        .args(["-v", "error", "-nostdin", "-y"])
        .args(words)
        .arg(&aside);
    // Complaints about a song's own faults say nothing of the copy.
    let status = command.stderr(Stdio::null()).status();
    let status = status.map_err(|e| format!("ffmpeg cannot be started: {e}"))?;
    if !status.success() {
        return Err(format!("{command:?}: {status}"));
    }
    fs::rename(&aside, path).map_err(|e| format!("{}: {e}", path.display()))
}

pub fn duration(path: &Path) -> Option<f64> {
    let words = [
        "-v",
        "error",
        "-show_entries",
        "format=duration",
        "-of",
        "csv=p=0",
    ];
    let printed = Command::new("ffprobe")
        .args(words)
        .arg(path)
        .output()
        .ok()?;
    String::from_utf8_lossy(&printed.stdout).trim().parse().ok()
}

/// All audio files below a folder, sorted.
pub fn audio_files(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let mut found = Vec::new();
    let entries = fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    for entry in entries.flatten() {
        let path = entry.path();
        let suffix = path
            .extension()
            .unwrap_or_default()
            .to_string_lossy()
            .to_lowercase();
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            found.extend(audio_files(&path)?);
        } else if ["mp3", "ogg", "opus", "flac", "m4a", "wav"].contains(&&*suffix) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}
