//! `genrenet extract`: features of audio files for other programs.

use std::path::PathBuf;

use clap::Args;
use genrenet::audio::{ExtractSpec, Extracted, Input, LogMelSpec, MfccSpec, Rate, extract};
use genrenet::data::export::{Track, Writer};
use genrenet::{Songs, in_order};
use genrenet_text::visible_path;

use crate::exit::{Ending, Failure, Outcome};
use crate::output::{complain, tell};
use crate::progress::Progress;

/// Write log-mel spectra and MFCC of audio files, as librosa computes them.
///
/// The output is a NumPy archive (.npz) or a Parquet table (.parquet), written aside and renamed when it is complete.
/// Names and defaults of the options are librosa's.
#[derive(Args)]
pub struct Extract {
    /// Files, folders, or - for a list of paths on stdin.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Where to write; the ending, .npz or .parquet, tells the format.
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

pub fn run(arguments: Extract) -> Ending {
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
    let mut writer = Writer::create(&arguments.out)?;
    let songs = Songs::new(arguments.paths, std::io::stdin().lock());
    let progress = Progress::over("files", None);
    progress.count_ahead(songs.ahead());
    let hear = |found: genrenet::Found| -> (PathBuf, Result<Extracted, String>) {
        match found {
            Err((path, reason)) => (path, Err(reason)),
            Ok(path) => {
                progress.now(path.display());
                let extracted = Input::path(&path).and_then(|input| extract(input, &spec));
                (path, extracted.map_err(|error| error.to_string()))
            }
        }
    };
    let (mut done, mut failed) = (0usize, 0usize);
    let mut written = Ok(());
    in_order(songs, hear, |(path, result)| {
        progress.one_more();
        match result {
            Ok(features) => {
                done += 1;
                written = writer.push(&Track {
                    path: &path,
                    seconds: features.seconds,
                    rate: features.rate,
                    log_mel: features.log_mel.as_ref(),
                    mfcc: features.mfcc.as_ref(),
                });
            }
            Err(reason) => {
                failed += 1;
                complain(&path, reason);
            }
        }
        written.is_ok()
    });
    drop(progress);
    written?;
    if done == 0 {
        return Err(Failure::new(match failed {
            0 => "no songs found in the paths given".to_owned(),
            _ => format!("none of {failed} files could be read; nothing is written"),
        }));
    }
    writer.finish()?;
    tell(format_args!(
        "{done} files written to {}{}",
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
