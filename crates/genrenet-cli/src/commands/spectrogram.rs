//! `genrenet spectrogram`: a song's spectrogram as an image, with the genres along time.

use std::path::PathBuf;

use clap::Args;
use genrenet::report::spectrogram_drawing;
use genrenet::{along_song, linear_spectrogram, mel_spectrogram, shipped};
use genrenet_text::visible_path;

use crate::exit::{CommandResult, Failure, Outcome};
use crate::images;
use crate::output::{tell, warn};

/// Draw a song's spectrogram.
///
/// Axes in Hz and seconds, a colour bar in dB below the loudest cell, and the most probable genre along time as a
/// coloured line. The whole song is drawn at its own sample rate.
#[derive(Args)]
pub struct Spectrogram {
    /// The song.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The image file: NAME.png or NAME.svg.
    #[arg(long, value_name = "X.png|X.svg")]
    out: PathBuf,
    /// Frequencies evenly spaced in Hz instead of mel bands.
    #[arg(long)]
    linear: bool,
    /// The model whose genres are drawn along time: a built-in one, or the folder of a run or bundle.
    #[arg(long, value_name = "MODEL")]
    model: Option<String>,
}

pub fn run(arguments: Spectrogram) -> CommandResult {
    let ending = images::ImageFormat::of(&arguments.out)?;
    let named = |error: &dyn std::fmt::Display| {
        Failure::new(format!("{}: {error}", visible_path(&arguments.file)))
    };
    let spectrogram = match arguments.linear {
        true => linear_spectrogram(&arguments.file),
        false => mel_spectrogram(&arguments.file),
    }
    .map_err(|error| named(&error))?;
    let model = shipped::open_or_default(arguments.model.as_deref())?;
    let along = match along_song(&model, &arguments.file) {
        Ok(along) => Some(along),
        Err(error) => {
            warn(
                &arguments.file,
                format_args!("no genres along time: {error}"),
            );
            None
        }
    };
    let title = images::title(&arguments.file);
    let drawing = spectrogram_drawing(&spectrogram, along.as_ref(), &title);
    images::write(&drawing, &arguments.out, ending)?;
    tell(format_args!("wrote {}", visible_path(&arguments.out)));
    Ok(Outcome::Done)
}
