//! `genrenet spectrogram`: a song's spectrogram as a picture, with a line of the genres along time.

use std::path::{Path, PathBuf};

use clap::Args;
use genrenet::audio::{self, ExtractSpec, Input, LogMelSpec, Rate};
use genrenet::report::{AlongSong, Frequencies, Spectrogram as Picture, spectrogram_drawing};
use genrenet::shipped;
use genrenet_text::visible_path;

use crate::exit::{CommandResult, Failure, Outcome};
use crate::output::{tell, warn};
use crate::pictures;

/// Most columns of a picture: twice as many as it has pixels at most.
const COLUMNS: usize = 4096;

/// Draw a song's spectrogram.
///
/// Axes in Hz and seconds, a colour bar in dB below the loudest cell, and the leading genre along time as a line of its
/// colour. The whole song is drawn at its own rate.
#[derive(Args)]
pub struct Spectrogram {
    /// The song.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Where to: NAME.png or NAME.svg.
    #[arg(long, value_name = "X.png|X.svg")]
    out: PathBuf,
    /// Frequencies evenly spaced in Hz instead of mel bands.
    #[arg(long)]
    linear: bool,
    /// The model whose genres are drawn along time: one inside the program, or the folder of a bundle or run.
    #[arg(long, value_name = "MODEL")]
    model: Option<String>,
}

pub fn run(arguments: Spectrogram) -> CommandResult {
    let ending = pictures::ImageFormat::of(&arguments.out)?;
    let named = |error: &dyn std::fmt::Display| {
        Failure::new(format!("{}: {error}", visible_path(&arguments.file)))
    };
    let picture = match arguments.linear {
        true => linear(&arguments.file),
        false => mel(&arguments.file),
    }
    .map_err(|error| named(&error))?;
    let model = shipped::open_or_default(arguments.model.as_deref())?;
    let along = match genrenet::classify(&model, &arguments.file) {
        Ok(song) => Some(along(&model, &song)),
        Err(error) => {
            warn(
                &arguments.file,
                format_args!("no genres along time: {error}"),
            );
            None
        }
    };
    let title = pictures::title(&arguments.file);
    let drawing = spectrogram_drawing(&picture, along.as_ref(), &title);
    pictures::write(&drawing, &arguments.out, ending)?;
    tell(format_args!("wrote {}", visible_path(&arguments.out)));
    Ok(Outcome::Done)
}

/// Probabilities of the genres in each window of a song.
pub fn along(model: &genrenet::model::Bundle, song: &genrenet::Song) -> AlongSong {
    let window = model.front_end.map_or(song.seconds, |front_end| {
        f64::from(front_end.windowing.seconds)
    });
    AlongSong {
        genres: model.genres.clone(),
        starts: song
            .prediction
            .windows
            .iter()
            .map(|window| window.start_seconds)
            .collect(),
        window: window.min(song.seconds),
        seconds: song.seconds,
        probabilities: song
            .prediction
            .windows
            .iter()
            .flat_map(|window| window.probabilities.iter().copied())
            .collect(),
    }
}

/// The log-mel spectrogram of a whole file, at its own rate.
fn mel(path: &Path) -> Result<Picture, audio::AudioError> {
    let spec = LogMelSpec {
        rate: Rate::Own,
        ..LogMelSpec::default()
    };
    let found = audio::extract(
        Input::path(path)?,
        &ExtractSpec {
            log_mel: Some(spec),
            mfcc: None,
        },
    )?;
    let db = found.log_mel.unwrap_or_default();
    Ok(Picture {
        bands: db.rows,
        frames: db.cols,
        db: db.data,
        frequencies: Frequencies::Mel {
            low: spec.fmin,
            high: found.rate as f32 / 2.0,
        },
        start: 0.0,
        seconds: found.seconds,
    })
}

/// The spectrogram of a whole file with bins evenly spaced in Hz: the powers of the frames that fall into one column of
/// the picture are averaged, so that memory stays small for songs of any length.
fn linear(path: &Path) -> Result<Picture, audio::AudioError> {
    const N_FFT: usize = 2048;
    const HOP: usize = 512;
    let mut source = audio::open(Input::path(path)?)?;
    let rate = source.rate();
    let mut spectrum = audio::PowerSpectrum::new(N_FFT);
    let bins = spectrum.bins();
    // Powers of columns of `each` frames; doubled whenever there are too many columns.
    let mut each = 1usize;
    let mut columns: Vec<Vec<f32>> = Vec::new();
    let mut inside = 0usize;
    let mut held = vec![0.0f32; N_FFT / 2];
    let mut total = 0u64;
    let mut power = vec![0.0f32; bins];
    let mut ended = false;
    while !ended {
        let got = source.read(&mut held)?;
        total += got as u64;
        if got == 0 {
            held.resize(held.len() + N_FFT / 2, 0.0);
            ended = true;
        }
        let mut at = 0;
        while at + N_FFT <= held.len() {
            spectrum.of(&held[at..at + N_FFT], &mut power);
            at += HOP;
            if inside == 0 {
                columns.push(vec![0.0; bins]);
            }
            if let Some(column) = columns.last_mut() {
                column.iter_mut().zip(&power).for_each(|(sum, p)| *sum += p);
            }
            inside = (inside + 1) % each;
            if inside == 0 && columns.len() == COLUMNS {
                columns = columns
                    .chunks(2)
                    .map(|pair| {
                        let sum = pair[0].iter().zip(&pair[1]);
                        sum.map(|(a, b)| a + b).collect()
                    })
                    .collect();
                each *= 2;
            }
        }
        held.drain(..at);
    }
    if total == 0 || columns.is_empty() {
        return Err(audio::AudioError::TooShort {
            seconds: 0.0,
            needed: 1.0 / f64::from(rate.max(1)),
        });
    }
    let frames = columns.len();
    let loudest = columns.iter().flatten().copied().fold(0.0f32, f32::max);
    let mut db = vec![0.0f32; bins * frames];
    for (frame, column) in columns.iter().enumerate() {
        for (bin, &power) in column.iter().enumerate() {
            let share = (power / loudest.max(f32::MIN_POSITIVE)).max(1e-8);
            db[bin * frames + frame] = 10.0 * share.log10();
        }
    }
    Ok(Picture {
        db,
        bands: bins,
        frames,
        frequencies: Frequencies::Linear {
            high: rate as f32 / 2.0,
        },
        start: 0.0,
        seconds: total as f64 / f64::from(rate),
    })
}
