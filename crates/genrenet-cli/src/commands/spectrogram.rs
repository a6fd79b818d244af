//! `genrenet spectrogram`: a song's spectrogram as a picture, with a line of the genres along time.

use std::path::PathBuf;

use clap::Args;
use genrenet::report::spectrogram_drawing;
use genrenet::{linear_spectrogram, mel_spectrogram, shipped};
use genrenet_text::visible_path;

use crate::exit::{CommandResult, Failure, Outcome};
use crate::output::{tell, warn};
use crate::pictures;

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
        true => linear_spectrogram(&arguments.file),
        false => mel_spectrogram(&arguments.file),
    }
    .map_err(|error| named(&error))?;
    let model = shipped::open_or_default(arguments.model.as_deref())?;
    let along = match genrenet::classify(&model, &arguments.file) {
        Ok(song) => Some(song.along_song(&model)),
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
