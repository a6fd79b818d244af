//! Which parts of a song decided for its genre.

use std::path::Path;

use genrenet_text::{path_text, percent, visible_path};
use serde_json::{Value, json};

use crate::audio::{SongFeatures, hz_to_mel, mel_to_hz, song_features_of_source};
use crate::model::{Attribution, Bundle, FeatureKind, Raw, WindowPrediction};
use crate::report::{AlongSong, Explanation, Frequencies, Spectrogram};
use crate::{Error, Progress, Song, Sound, reads_sound, report_context};

/// The most windows that are classified for [`Explained::windows`].
const WINDOWS: usize = 64;

/// What decided for a genre of a song. [`explain`] computes it.
#[derive(Clone, Debug)]
pub struct Explained {
    /// The model's answer, exactly as [`classify()`](crate::classify()) gives it.
    pub song: Song,
    /// The genre that is explained, as a position in the model's genres.
    pub genre: usize,
    /// Predictions for up to 64 windows along the song, in order; the model's own answer is the average of fewer.
    pub windows: Vec<WindowPrediction>,
    /// Length of a window in seconds; that of the song, where it is shorter.
    pub window_seconds: f64,
    /// The log-mel spectrogram of the window with the highest probability of the genre.
    pub spectrogram: Spectrogram,
    /// The evidence of each of its cells for the genre, and how far that can be trusted.
    pub attribution: Attribution,
    /// The same as a report shows it.
    pub explanation: Explanation,
}

/// Finds the window of a song with the highest probability of `genre` (the most probable genre, if `None`), and measures by
/// occlusion how much each patch of it counts for or against the genre.
///
/// The sound is opened once. A song of more windows than the model classifies is read in two passes of the open stream: first
/// the windows of the answer, then up to 64 along the song. In one pass the answer would not be exactly that of
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
    let front_end = reads_sound(model)?;
    let sound = sound.into();
    progress.stage("reading", "songs", 1);
    if let Sound::File(path) = &sound {
        progress.now(&visible_path(path));
    }
    let mut source = sound.open()?;
    let rate = source.rate();
    let features = song_features_of_source(&mut *source, &front_end)?;
    let prediction = model.classify(&features)?;
    let mut dense = front_end;
    dense.windowing.windows = WINDOWS.max(front_end.windowing.windows);
    let samples = (features.seconds * f64::from(rate)).round() as u64;
    let count = |windowing: crate::audio::Windowing| windowing.windows(samples, rate).len();
    let (features, windows) = if count(dense.windowing) > count(front_end.windowing) {
        let features = song_features_of_source(&mut *source, &dense)?;
        let windows = model.classify(&features)?.windows;
        (features, windows)
    } else {
        (features, prediction.windows.clone())
    };
    let genre = genre.unwrap_or(prediction.ranking[0]);
    let chosen = most_probable(&windows, genre);
    let window = Raw::of_window(&features.windows[chosen]);
    let (attribution, explanation) =
        report_context::explanation(model, &window, genre, &|done, of| {
            if done == 0 {
                progress.stage("occluding", "forward passes", of);
            }
            progress.done(done);
        })?;
    let window_seconds = f64::from(front_end.windowing.seconds).min(features.seconds);
    let spectrogram = Spectrogram {
        db: window
            .get(FeatureKind::Logmel)
            .map(|array| array.data.clone())
            .unwrap_or_default(),
        bands: explanation.bands,
        frames: explanation.frames,
        frequencies: report_context::frequencies(front_end.log_mel.unwrap_or_default(), rate),
        start: windows[chosen].start_seconds,
        seconds: window_seconds,
    };
    let SongFeatures { seconds, .. } = features;
    Ok(Explained {
        song: Song {
            seconds,
            prediction,
        },
        genre,
        windows,
        window_seconds,
        spectrogram,
        attribution,
        explanation,
    })
}

/// The first of the windows with the highest probability of a genre.
fn most_probable(windows: &[WindowPrediction], genre: usize) -> usize {
    let probability = |at: usize| windows[at].probabilities[genre];
    (0..windows.len())
        .max_by(|&a, &b| probability(a).total_cmp(&probability(b)).then(b.cmp(&a)))
        .unwrap_or(0)
}

impl Explained {
    /// The genres along the song, to be drawn.
    pub fn along_song(&self, model: &Bundle) -> AlongSong {
        along(model, self.song.seconds, self.window_seconds, &self.windows)
    }

    /// All numbers as JSON (docs/JSON.md): the answer, the genre that is explained, the attribution `[bands][frames]` of
    /// the chosen window, and the probabilities along the song.
    pub fn to_json(&self, model: &Bundle, path: &Path) -> Value {
        let (prediction, attribution) = (&self.song.prediction, &self.attribution);
        let top = prediction.ranking[0];
        let rows = (0..attribution.weights.rows).map(|band| attribution.weights.row(band));
        let windows = self.windows.iter().map(
            |window| json!({"start": window.start_seconds, "probabilities": window.probabilities}),
        );
        json!({
            "path": path_text(path),
            "path_bytes": percent(path),
            "seconds": self.song.seconds,
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
            "along": {"window_seconds": self.window_seconds, "windows": windows.collect::<Vec<_>>()},
        })
    }
}

impl Song {
    /// The genres along the song, to be drawn: the windows of the answer.
    pub fn along_song(&self, model: &Bundle) -> AlongSong {
        let window = model.front_end.map_or(self.seconds, |front_end| {
            f64::from(front_end.windowing.seconds).min(self.seconds)
        });
        along(model, self.seconds, window, &self.prediction.windows)
    }
}

fn along(model: &Bundle, seconds: f64, window: f64, windows: &[WindowPrediction]) -> AlongSong {
    AlongSong {
        genres: model.genres.clone(),
        starts: windows.iter().map(|window| window.start_seconds).collect(),
        window,
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
    let [low, high] = [low, high].map(|hz| hz_to_mel(f64::from(hz)));
    let step = (high - low) / (spectrogram.bands + 1) as f64;
    (1..=spectrogram.bands)
        .map(|band| (mel_to_hz(low + step * band as f64) * 10.0).round() / 10.0)
        .collect()
}
