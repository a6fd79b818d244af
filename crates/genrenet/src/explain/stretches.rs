//! The stretches of a song that a model can classify each by itself.

use crate::Error;
use crate::audio::{FrontEnd, SegmentSpec, SongFeatures, Windowing, frame_count};
use crate::model::{Bundle, FeatureKind, Raw, RawArray, WindowPrediction};

/// The most stretches of a song that are classified to show the genres along it.
const MOST: usize = 64;

/// A stretch of a song that is classified by itself: a window, or a segment of a model that reads nothing but segments.
pub(crate) struct Stretch {
    /// Where it begins, in seconds.
    pub(crate) start: f64,
    /// Its features.
    pub(crate) row: Raw,
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
            let resampled = u128::from(samples) * u128::from(spec.rate);
            let resampled = resampled.div_ceil(u128::from(rate.max(1))) as u64;
            let own = frame_count(resampled, spec.n_fft, spec.hop) as usize;
            if (1..array.shape[0]).contains(&own) {
                array.shape[0] = own;
                array.data.truncate(own * spec.n_mels);
            }
        }
        self
    }
}
