//! Which parts of a song decided for its genre.

mod explanation;
mod stretches;

use std::path::Path;

use genrenet_text::{path_text, percent, visible_path};
use serde_json::{Value, json};

pub use self::explanation::explanation;
use self::stretches::{
    Stretch, denser, length, mel_bands, most_probable, predict, segments_of, stretches,
};
use crate::audio::{SongFeatures, mel_to_hz, song_features_of_source};
use crate::model::{Attribution, Bundle, WindowPrediction};
use crate::report::{AlongSong, Explanation, Frequencies, Spectrogram};
use crate::{Error, Progress, Song, Sound, reads_sound, spectrogram};

/// What decided for a genre of a song. [`explain`] computes it.
#[derive(Clone, Debug)]
pub struct Explained {
    /// The model's answer, exactly as [`classify()`](crate::classify()) gives it.
    pub song: Song,
    /// The genre that is explained, as a position in the model's genres.
    pub genre: usize,
    /// Predictions for up to 64 windows along the song, in order; the model's own answer is the average of fewer. Of a model
    /// that reads only segments, they are predictions for single segments.
    pub windows: Vec<WindowPrediction>,
    /// Length of such a window or segment in seconds; that of the song, where it is shorter.
    pub window_seconds: f64,
    /// What the model reads of the window or segment with the highest probability of the genre.
    pub spectrogram: Spectrogram,
    /// The evidence of each of its cells for the genre, and how far that can be trusted.
    pub attribution: Attribution,
    /// The same as a report shows it.
    pub explanation: Explanation,
}

/// Finds the window of a song with the highest probability of `genre` (the most probable genre, if `None`), and measures by
/// occlusion how much each patch of it counts for or against the genre.
///
/// A model that reads only segments, by itself or through a backbone, has few windows, or one. There, the segment is found
/// with the highest probability of the genre if it were the whole song, and explained as such.
///
/// The sound is opened once. A song of more windows or segments than the model classifies is read in two passes of the open
/// stream: first what the answer is made of, then up to 64 along the song. In one pass the answer would not be exactly that of
/// [`classify()`](crate::classify()): what Opus and AAC (with noise substitution) decode depends a little on where they began.
///
/// # Errors
/// As [`classify()`](crate::classify()); [`Error::NoSpectrogram`] for a model that reads none.
pub fn explain(
    model: &Bundle,
    sound: impl Into<Sound>,
    genre: Option<usize>,
    progress: &dyn Progress,
) -> Result<Explained, Error> {
    let sound = sound.into();
    progress.stage("reading", "songs", 1);
    if let Sound::File(path) = &sound {
        progress.now(&visible_path(path));
    }
    let Read {
        song,
        rate,
        stretches: mut read,
        windows,
    } = read(model, sound)?;
    let seconds = song.seconds;
    let genre = genre.unwrap_or(song.prediction.ranking[0]);
    let chosen = most_probable(&windows, genre);
    let decided = decided(
        model,
        read.swap_remove(chosen),
        genre,
        (seconds, rate),
        &|done, of| {
            if done == 0 {
                progress.stage("occluding", "forward passes", of);
            }
            progress.done(done);
        },
    )?;
    Ok(Explained {
        song,
        genre,
        windows,
        window_seconds: length(model, seconds),
        spectrogram: decided.spectrogram,
        attribution: decided.attribution,
        explanation: decided.explanation,
    })
}

/// The genres along a song, to be drawn: those of up to 64 windows, or segments, as [`explain`] finds them.
///
/// # Errors
/// As [`classify()`](crate::classify()).
pub fn closely_along_song(model: &Bundle, sound: impl Into<Sound>) -> Result<AlongSong, Error> {
    let read = read(model, sound.into())?;
    Ok(along(model, read.song.seconds, &read.windows))
}

/// The model's answer, and its predictions along the song.
struct Read {
    song: Song,
    rate: u32,
    stretches: Vec<Stretch>,
    windows: Vec<WindowPrediction>,
}

fn read(model: &Bundle, sound: Sound) -> Result<Read, Error> {
    let front_end = reads_sound(model)?;
    let mut source = sound.open()?;
    let rate = source.rate();
    let features = song_features_of_source(&mut *source, &front_end)?;
    let prediction = model.classify(&features)?;
    let seconds = features.seconds;
    let samples = (seconds * f64::from(rate)).round() as u64;
    let (dense, count) = denser(model, &front_end, samples, rate);
    let mut read = stretches(model, &features);
    if count > read.len() {
        read = stretches(model, &song_features_of_source(&mut *source, &dense)?);
    }
    Ok(Read {
        song: Song {
            seconds,
            prediction,
        },
        rate,
        windows: predict(model, &read)?,
        stretches: read,
    })
}

/// What decided in one stretch of a song.
pub(crate) struct Decided {
    pub(crate) spectrogram: Spectrogram,
    attribution: Attribution,
    pub(crate) explanation: Explanation,
}

/// Explains a genre in a stretch of a song of so many seconds at so many samples a second.
fn decided(
    model: &Bundle,
    stretch: Stretch,
    genre: usize,
    (seconds, rate): (f64, u32),
    advance: &dyn Fn(u64, u64),
) -> Result<Decided, Error> {
    let samples = (seconds * f64::from(rate)).round() as u64;
    let stretch = stretch.without_repeats(model, samples, rate);
    let alignment = stretch.alignment(model, samples, rate);
    let (attribution, explanation) =
        explanation(model, &stretch.row, genre, alignment.as_ref(), advance)?;
    let place = [stretch.start, length(model, seconds)];
    let spectrogram = spectrogram::of_row(&stretch.row, &reads_sound(model)?, rate, place)
        .map_err(|_| Error::NoSpectrogram(model.card.name.clone()))?;
    Ok(Decided {
        spectrogram,
        attribution,
        explanation,
    })
}

/// Explains a genre in the segment (or window) of a song's answer with the highest probability of it; `None` for a model that reads no
/// segments.
///
/// # Errors
/// As [`explain`].
#[cfg(feature = "full")]
pub(crate) fn decided_in_file(
    model: &Bundle,
    path: &Path,
    genre: usize,
    advance: &dyn Fn(u64, u64),
) -> Option<Result<Decided, Error>> {
    model.front_end?.segments?;
    let explained = || {
        let mut source = Sound::from(path).open()?;
        let rate = source.rate();
        let features = song_features_of_source(&mut *source, &reads_sound(model)?)?;
        let mut read = stretches(model, &features);
        let chosen = most_probable(&predict(model, &read)?, genre);
        let song = (features.seconds, rate);
        decided(model, read.swap_remove(chosen), genre, song, advance)
    };
    Some(explained())
}

/// The genres along a song, to be drawn: those of the windows, or segments, of the model's answer.
///
/// # Errors
/// As [`classify()`](crate::classify()).
pub fn along_song(model: &Bundle, sound: impl Into<Sound>) -> Result<AlongSong, Error> {
    let features: SongFeatures = sound.into().features(&reads_sound(model)?)?;
    let windows = predict(model, &stretches(model, &features))?;
    Ok(along(model, features.seconds, &windows))
}

impl Explained {
    /// The genres along the song, to be drawn.
    pub fn along_song(&self, model: &Bundle) -> AlongSong {
        along(model, self.song.seconds, &self.windows)
    }

    /// All numbers as JSON (docs/JSON.md): the answer, the genre that is explained, the attribution `[bands][frames]` of
    /// the chosen window or segment, and the probabilities along the song.
    pub fn to_json(&self, model: &Bundle, path: &Path) -> Value {
        let (prediction, attribution) = (&self.song.prediction, &self.attribution);
        let top = prediction.ranking[0];
        let rows = (0..attribution.weights.rows).map(|band| attribution.weights.row(band));
        let windows = self.windows.iter().map(
            |window| json!({"start": window.start_seconds, "probabilities": window.probabilities}),
        );
        let mut object = json!({
            "path": path_text(path),
            "path_bytes": percent(path),
            "seconds": (self.song.seconds * 1000.0).round() / 1000.0,
            "genre": model.genres[top],
            "probability": prediction.probabilities[top],
            "unsure": prediction.unsure,
            "explained": {
                "genre": model.genres[self.genre],
                "probability": prediction.probabilities[self.genre],
            },
            "genres": model.genres,
            "window": {"start": self.spectrogram.start, "seconds": self.spectrogram.seconds},
            "band_hz": band_centres(&self.spectrogram),
            "attribution": {
                "method": self.explanation.method,
                "weights": rows.collect::<Vec<_>>(),
                "probability": attribution.probability,
                "baseline_probability": attribution.baseline_probability,
                "insertion": attribution.faithfulness.insertion,
                "deletion": attribution.faithfulness.deletion,
                "held_out_occlusion": attribution.faithfulness.occlusion,
                "caveat": self.explanation.caveat,
            },
            "along": {
                "reads": match segments_of(model) {
                    Some(_) => "segments",
                    None => "windows",
                },
                "window_seconds": self.window_seconds,
                "windows": windows.collect::<Vec<_>>(),
            },
        });
        if model.guard().is_some() {
            object["no_music"] = json!(prediction.no_music);
        }
        object
    }
}

fn along(model: &Bundle, seconds: f64, windows: &[WindowPrediction]) -> AlongSong {
    AlongSong {
        genres: model.genres.clone(),
        segments: segments_of(model).is_some(),
        tags: model.independent(),
        starts: windows.iter().map(|window| window.start_seconds).collect(),
        window: length(model, seconds),
        seconds,
        probabilities: windows
            .iter()
            .flat_map(|window| window.probabilities.iter().copied())
            .collect(),
    }
}

/// Frequency of the middle of each mel band in Hz, lowest first.
fn band_centres(spectrogram: &Spectrogram) -> Vec<f64> {
    let Frequencies::Mel { low, high } = spectrogram.frequencies else {
        return Vec::new();
    };
    let [lowest, step] = mel_bands(low, high, spectrogram.bands);
    (0..spectrogram.bands)
        .map(|band| (mel_to_hz(lowest + step * band as f64) * 10.0).round() / 10.0)
        .collect()
}
