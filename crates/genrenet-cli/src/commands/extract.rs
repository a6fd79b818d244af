//! `genrenet extract`: features of audio files for other programs.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use clap::Args;
use genrenet::audio::{ExtractSpec, Extracted, Input, LogMelSpec, MfccSpec, Rate, extract};
use genrenet::data::export::{Track, Writer};
use genrenet::data::{DataError, Dataset, OpenOptions, Tags};
use genrenet::parts::{Extraction, extract_part};
use genrenet::{Songs, in_order};
use genrenet_text::{counted, visible_path};

use super::part::{self, Manifest};
use crate::exit::{CommandResult, Failure, Outcome};
use crate::output::{tell, warn};
use crate::progress::Progress;
use crate::terminal::Terminal;

/// Write log-mel spectra and MFCC of audio files, as librosa computes them.
///
/// The output is a NumPy archive (.npz) or a Parquet table (.parquet); it appears when it is complete. Names and defaults of
/// the options are librosa's. Each row has its path, start, length and sample rate, the artist from the file's tags, and with
/// --data also genre and split.
#[derive(Args)]
pub struct Extract {
    /// Files, folders, or - for a list of paths on stdin.
    #[arg(required_unless_present_any = ["data", "manifest"], value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// A data set of audio files in place of paths (FMA's or GTZAN's folder, a folder of genre folders, or a manifest with path and
    /// genre): each row also gets its genre and the subset into which `train` would put it.
    #[arg(long, conflicts_with = "paths", value_name = "PATH")]
    data: Option<PathBuf>,
    #[command(flatten)]
    manifest: Manifest,
    /// Cut every song into windows of so many seconds, one row for each; what remains at the end of a song is left out.
    /// All windows have the same number of frames, in dB relative to the maximum of the whole song.
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    windows: Option<f64>,
    /// Seconds from the start of a window to that of the next; the window's length, if not given.
    #[arg(long, requires = "windows", value_name = "SECONDS", value_parser = seconds)]
    step: Option<f64>,
    /// The file that is written: NAME.npz or NAME.parquet.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Rate in Hz to which everything is resampled first, or `own` for each file's own.
    #[arg(long, default_value = "22050", value_name = "HZ", value_parser = rate)]
    rate: Rate,
    /// Mel bands (librosa's n_mels).
    #[arg(long, default_value_t = 128, value_name = "N")]
    mels: usize,
    /// Samples of a frame (librosa's n_fft).
    #[arg(long, default_value_t = 2048, value_name = "N")]
    n_fft: usize,
    /// Samples from frame to frame (librosa's hop_length).
    #[arg(long, default_value_t = 512, value_name = "N")]
    hop: usize,
    /// MFCC per frame (librosa's n_mfcc); 0 for none.
    #[arg(long, default_value_t = 20, value_name = "N")]
    mfcc: usize,
}

fn rate(text: &str) -> Result<Rate, String> {
    match text {
        "own" => Ok(Rate::Own),
        _ => text
            .parse()
            .map(Rate::Hz)
            .map_err(|_| "expected a rate in Hz or `own`".to_owned()),
    }
}

fn seconds(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|value| (0.01..=86_400.0).contains(value))
        .ok_or_else(|| "expected seconds, from 0.01 to 86400".to_owned())
}

/// A song that was found, or a place that could not be searched.
type Song = Result<Labelled, (PathBuf, String)>;

/// A song whose features are computed, and what is known of it.
#[derive(Default)]
struct Labelled {
    path: PathBuf,
    genre: String,
    artist: Option<String>,
    split: String,
}

impl Labelled {
    fn of(path: PathBuf) -> Labelled {
        Labelled {
            path,
            ..Labelled::default()
        }
    }
}

/// The songs of a data set, with genre, artist and subset, and how many files it could not open; prints its notes.
fn of_data(path: &Path) -> Result<(Vec<Song>, usize), Failure> {
    let dataset = Dataset::open(path, &OpenOptions::default())?;
    dataset.notes.iter().for_each(tell);
    let genres = &dataset.genres;
    let songs = dataset.rows.iter().map(|row| {
        Some(Ok(Labelled {
            path: row.path.clone()?,
            genre: row
                .genre
                .map_or_else(String::new, |genre| genres[genre].clone()),
            artist: row.artist.clone(),
            split: row.split.to_string(),
        }))
    });
    let songs = songs.collect::<Option<_>>().ok_or_else(|| {
        Failure::new(format!(
            "--data {}: expected a folder of genre folders of audio files, or a table path,genre; its rows have no audio files",
            path.display()
        ))
    })?;
    Ok((songs, dataset.unread))
}

/// Writes a song's row, or one row for each window of it; returns how many.
fn write(
    writer: &mut Writer,
    song: &Labelled,
    features: &Extracted,
    spec: &LogMelSpec,
    windows: Option<[f64; 2]>,
) -> Result<usize, DataError> {
    let path = match song.path.to_str() {
        Some(path) => path.to_owned(),
        None => visible_path(&song.path),
    };
    let whole = Track {
        path: &path,
        start: 0.0,
        seconds: features.seconds,
        rate: features.rate,
        genre: &song.genre,
        artist: song.artist.as_deref().unwrap_or_default(),
        split: &song.split,
        log_mel: features.log_mel.as_ref(),
        mfcc: features.mfcc.as_ref(),
    };
    match windows {
        None => writer.push(&whole).map(|()| 1),
        Some(windows) => {
            let rate = spec.rate.hz(features.rate);
            writer.push_windows(&whole, windows, spec.hop, rate)
        }
    }
}

/// What is computed, as the options say.
fn specs(arguments: &Extract) -> Result<(LogMelSpec, ExtractSpec), Failure> {
    let log_mel = LogMelSpec {
        rate: arguments.rate,
        n_fft: arguments.n_fft,
        hop: arguments.hop,
        n_mels: arguments.mels,
        ..LogMelSpec::default()
    };
    let mfcc = MfccSpec {
        rate: arguments.rate,
        n_fft: arguments.n_fft,
        hop: arguments.hop,
        n_mels: arguments.mels,
        n_mfcc: arguments.mfcc,
        ..MfccSpec::default()
    };
    let spec = ExtractSpec {
        log_mel: Some(log_mel),
        mfcc: (arguments.mfcc > 0).then_some(mfcc),
    };
    log_mel.check()?;
    if let Some(mfcc) = &spec.mfcc {
        mfcc.check()?;
    }
    Ok((log_mel, spec))
}

pub fn run(arguments: Extract) -> CommandResult {
    let (log_mel, spec) = specs(&arguments)?;
    let windows = arguments
        .windows
        .map(|window| [window, arguments.step.unwrap_or(window)]);
    if let Some(job) = arguments.manifest.job(&arguments.out) {
        let extraction = Extraction { spec, windows };
        let done = extract_part(&extraction, &job, &Terminal::default());
        return part::end(&job, done);
    }
    let mut writer = Writer::create(&arguments.out)?;
    let (mut done, mut failed) = (0usize, 0usize);
    let (songs, progress): (Box<dyn Iterator<Item = Song> + Send>, _) = match &arguments.data {
        Some(path) => {
            let (songs, unread) = of_data(path)?;
            failed += unread;
            let progress = Progress::over("files", Some(songs.len() as u64));
            (Box::new(songs.into_iter()), progress)
        }
        None => {
            let songs = Songs::new(arguments.paths, std::io::stdin().lock());
            let progress = Progress::over("files", None);
            progress.count_ahead(songs.ahead());
            (
                Box::new(songs.map(|found| found.map(Labelled::of))),
                progress,
            )
        }
    };
    let compute = |song: Song| -> Result<(Labelled, Extracted), (PathBuf, String)> {
        let mut song = song?;
        progress.now(visible_path(&song.path));
        match Input::path(&song.path).and_then(|input| extract(input, &spec)) {
            Ok(features) => {
                if song.artist.is_none() {
                    song.artist = Tags::read(&song.path).artist;
                }
                Ok((song, features))
            }
            Err(error) => Err((song.path, error.to_string())),
        }
    };
    let mut written = Ok(());
    in_order(songs, compute, |found| {
        progress.one_more();
        let fault = match found {
            Err(fault) => Some(fault),
            Ok((song, features)) => match write(&mut writer, &song, &features, &log_mel, windows) {
                Ok(0) => Some((song.path, "shorter than a window".to_owned())),
                Ok(_) => None,
                Err(error) => {
                    written = Err(error);
                    return ControlFlow::Break(());
                }
            },
        };
        match fault {
            None => done += 1,
            Some((path, reason)) => {
                failed += 1;
                warn(&path, reason);
            }
        }
        ControlFlow::Continue(())
    });
    drop(progress);
    written?;
    if done == 0 {
        return Err(Failure::new(match failed {
            0 => "no songs found in the paths given".to_owned(),
            _ => format!(
                "none of {} could be read; nothing is written",
                counted(failed, "file", "files")
            ),
        }));
    }
    writer.finish()?;
    tell(format_args!(
        "{} written to {}{}",
        counted(done, "file", "files"),
        visible_path(&arguments.out),
        match failed {
            0 => String::new(),
            _ => format!(", {failed} could not be read"),
        }
    ));
    Ok(if failed > 0 {
        Outcome::SomeFailed
    } else {
        Outcome::Done
    })
}
