//! The stretches of a song that a model can classify each by itself.

use crate::Error;
use crate::audio::{FrontEnd, SegmentSpec, SongFeatures, Windowing, frame_count, hz_to_mel};
use crate::model::{Alignment, Bundle, FeatureKind, Raw, RawArray, WindowPrediction};

/// The most stretches of a song that are classified to show the genres along it.
const MOST: usize = 64;

/// A stretch of a song that is classified by itself: a window, or a segment of a model that reads nothing but segments.
pub(crate) struct Stretch {
    /// Where it begins, in seconds.
    pub(crate) start: f64,
    /// Its features.
    pub(crate) row: Raw,
    /// Where the segments of a window begin, in seconds from the window's start.
    segments: Vec<f64>,
}

/// How the segments of a model are computed; `None` where windows are what it classifies by themselves.
pub(crate) fn segments_of(model: &Bundle) -> Option<SegmentSpec> {
    let segments = model.explained_feature() == Some(FeatureKind::Segments);
    model.front_end.filter(|_| segments)?.segments
}

/// Length of a stretch in seconds, in a song of so many.
pub(crate) fn length(model: &Bundle, song: f64) -> f64 {
    let of_window = || {
        let windowing = model.front_end.map(|front_end| front_end.windowing);
        windowing.map_or(song, |windowing| f64::from(windowing.seconds))
    };
    let length = segments_of(model).map_or_else(of_window, |spec| spec.seconds());
    length.min(song)
}

/// The stretches of which the features of a song are.
pub(crate) fn stretches(model: &Bundle, features: &SongFeatures) -> Vec<Stretch> {
    if segments_of(model).is_none() {
        let window = |window: &crate::audio::WindowFeatures| Stretch {
            start: window.start_seconds,
            row: Raw::of_window(window),
            segments: {
                let segments = window.segments.iter();
                segments
                    .map(|segment| segment.start_seconds - window.start_seconds)
                    .collect()
            },
        };
        return features.windows.iter().map(window).collect();
    }
    let segments = features.windows.iter().flat_map(|window| &window.segments);
    let stretch = |segment: &crate::audio::Segment| {
        let mut row = Raw::new();
        let array = RawArray {
            shape: vec![segment.mel.rows, segment.mel.cols],
            data: segment.mel.data.clone(),
        };
        row.insert(FeatureKind::Segments, array);
        Stretch {
            start: segment.start_seconds,
            row,
            segments: Vec::new(),
        }
    };
    segments.map(stretch).collect()
}

/// The front end for more stretches along a song than those of the answer, and how many of a song of `samples`; at most 64.
pub(crate) fn denser(
    model: &Bundle,
    front_end: &FrontEnd,
    samples: u64,
    rate: u32,
) -> (FrontEnd, usize) {
    let mut dense = *front_end;
    match segments_of(model) {
        // Windows of one segment each lie along all of a song that is longer than the model's windows together.
        Some(spec) => {
            dense.log_mel = None;
            dense.mfcc_head = None;
            dense.segments = Some(SegmentSpec {
                segments: 1,
                ..spec
            });
            dense.windowing = Windowing {
                seconds: (spec.seconds() as f32).clamp(1.0, 3600.0),
                windows: MOST,
                ..front_end.windowing
            };
        }
        None => dense.windowing.windows = MOST.max(front_end.windowing.windows),
    }
    let count = dense.windowing.windows(samples, rate).len();
    (dense, count)
}

/// The prediction for each stretch.
///
/// # Errors
/// As [`Bundle::predict`].
pub(crate) fn predict(
    model: &Bundle,
    stretches: &[Stretch],
) -> Result<Vec<WindowPrediction>, Error> {
    let rows: Vec<Raw> = stretches
        .iter()
        .map(|stretch| stretch.row.clone())
        .collect();
    let all = model.predict(&rows)?;
    let rows = stretches.iter().zip(all.chunks(model.genres.len()));
    let prediction = |(stretch, probabilities): (&Stretch, &[f32])| WindowPrediction {
        start_seconds: stretch.start,
        probabilities: probabilities.to_vec(),
    };
    Ok(rows.map(prediction).collect())
}

/// The first of the stretches with the highest probability of a genre.
pub(crate) fn most_probable(predictions: &[WindowPrediction], genre: usize) -> usize {
    let probability = |at: usize| predictions[at].probabilities[genre];
    (0..predictions.len())
        .max_by(|&a, &b| probability(a).total_cmp(&probability(b)).then(b.cmp(&a)))
        .unwrap_or(0)
}

impl Stretch {
    /// The same without the frames that were repeated because the song, of `samples` at `rate` Hz, is shorter than a segment.
    pub(crate) fn without_repeats(mut self, model: &Bundle, samples: u64, rate: u32) -> Stretch {
        if let Some(spec) = segments_of(model)
            && let Some(array) = self.row.get_mut(FeatureKind::Segments)
        {
            let own = frames_of_song(&spec, samples, rate);
            if (1..array.shape[0]).contains(&own) {
                array.shape[0] = own;
                array.data.truncate(own * spec.n_mels);
            }
        }
        self
    }

    /// The cell of its log-mel in which each cell of its segments lies, in a song of `samples` at `rate` Hz; `None` without both.
    pub(crate) fn alignment(&self, model: &Bundle, samples: u64, rate: u32) -> Option<Alignment> {
        let front_end = model.front_end?;
        let (log_mel, spec) = (front_end.log_mel?, front_end.segments?);
        let [bands, frames] = self.row.get(FeatureKind::Logmel)?.shape[..] else {
            return None;
        };
        let length = length(model, samples as f64 / f64::from(rate.max(1)));
        let own = frames_of_song(&spec, samples, rate).max(1);
        let hop = spec.hop as f64 / f64::from(spec.rate);
        let times = self.segments.iter().flat_map(|&start| {
            // Frames of a song that is shorter than a segment are repeated.
            (0..spec.frames).map(move |frame| start + (frame % own) as f64 * hop)
        });
        let last = |len: usize| len.saturating_sub(1) as f64;
        let place = |time: f64| (time / length * frames as f64).clamp(0.0, last(frames)) as usize;
        let half = |hz: u32| hz as f32 / 2.0;
        let high = log_mel.fmax.unwrap_or(half(log_mel.rate.hz(rate)));
        let [low, step] = mel_bands(log_mel.fmin, high, bands);
        let [of_low, of_step] =
            mel_bands(spec.fmin, spec.fmax.unwrap_or(half(spec.rate)), spec.n_mels);
        let of_bands = (0..spec.n_mels).map(|band| {
            let mel = of_low + of_step * band as f64;
            ((mel - low) / step).round().clamp(0.0, last(bands)) as usize
        });
        Some(Alignment {
            frames: times.map(place).collect(),
            bands: of_bands.collect(),
        })
    }
}

/// Frames of a whole song at the segments' rate.
fn frames_of_song(spec: &SegmentSpec, samples: u64, rate: u32) -> usize {
    let resampled = u128::from(samples) * u128::from(spec.rate);
    let resampled = resampled.div_ceil(u128::from(rate.max(1))) as u64;
    frame_count(resampled, spec.n_fft, spec.hop) as usize
}

/// The centre of the lowest of `bands` between two frequencies in Hz, and the distance of one to the next, in mel.
pub(crate) fn mel_bands(low: f32, high: f32, bands: usize) -> [f64; 2] {
    let [low, high] = [low, high].map(|hz| hz_to_mel(f64::from(hz)));
    let step = (high - low) / (bands + 1) as f64;
    [low + step, step]
}

#[cfg(all(test, feature = "fma8"))]
mod tests {
    use super::*;
    use crate::audio::{Samples, song_features_of_source};

    /// Where the loudest cell of an array `[rows, columns]` lies.
    fn loudest(array: &RawArray) -> [usize; 2] {
        let cells = array.data.iter().enumerate();
        let (at, _) = cells.fold(
            (0, f32::MIN),
            |top, (at, &level)| {
                if level > top.1 { (at, level) } else { top }
            },
        );
        [at / array.shape[1], at % array.shape[1]]
    }

    #[test]
    fn a_burst_lies_in_the_same_cell_of_the_log_mel_and_of_the_segments_beside_it() {
        const RATE: u32 = 44_100;
        let mut model = crate::shipped::load("fma8").expect("it is built in");
        let front_end = model.front_end.as_mut().expect("it reads sound");
        front_end.segments = Some(SegmentSpec {
            segments: 10,
            ..SegmentSpec::default()
        });
        let front_end = *front_end;
        // Songs of one window, of several, and of less than a segment.
        for (seconds, burst, hz) in [
            (12u32, 5.0f32, 2_000.0f32),
            (12, 10.1, 600.0),
            (100, 48.0, 5_000.0),
            (2, 1.4, 1_000.0),
        ] {
            let sample = |i: u32| {
                let time = i as f32 / RATE as f32;
                let near = (time - burst).abs() / 0.15;
                let hum = 0.01 * (std::f32::consts::TAU * 200.0 * time).sin();
                hum + 0.5 * (-near * near).exp() * (std::f32::consts::TAU * hz * time).sin()
            };
            let samples = (0..seconds * RATE).map(sample).collect();
            let mut source = Samples::new(samples, 1, RATE).expect("one channel");
            let features = song_features_of_source(&mut source, &front_end).expect("features");
            let samples = u64::from(seconds * RATE);
            let stretch = stretches(&model, &features).into_iter().find(|stretch| {
                let end = stretch.start + length(&model, features.seconds);
                (stretch.start..end).contains(&f64::from(burst))
            });
            let stretch = stretch.expect("a window with the burst");
            let found = stretch
                .alignment(&model, samples, RATE)
                .expect("both features");
            let array = |kind| stretch.row.get(kind).expect("the feature");
            let [band, frame] = loudest(array(FeatureKind::Logmel));
            let [of_frame, of_band] = loudest(array(FeatureKind::Segments));
            assert_eq!(found.frames.len(), array(FeatureKind::Segments).shape[0]);
            let (in_frame, in_band) = (found.frames[of_frame], found.bands[of_band]);
            let words = format!("{seconds} s, {hz} Hz: {in_frame} {frame}, {in_band} {band}");
            // Columns of a short song lie closer together than frames of a segment.
            let most = if seconds < 3 { 4 } else { 1 };
            assert!(in_frame.abs_diff(frame) <= most, "{words}");
            assert!(in_band.abs_diff(band) <= 1, "{words}");
        }
    }
}
