//! The front end as a bundle lists it: one entry for each kind of feature.

use genrenet_audio::{FrontEnd, LogMelSpec, MfccHead, MfccSpec, Rate, SegmentSpec, Windowing};
use serde::{Deserialize, Serialize};

use crate::error::ModelError;

/// Which windows of a song are used.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Windows {
    /// Length of a window in seconds.
    seconds: f32,
    /// The most windows of a song.
    windows: usize,
}

/// How mel powers become what a network reads.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
enum Compression {
    /// Decibels below the maximum, clipped at `top_db`.
    Decibels { top_db: f32 },
    /// log10(`scale` · power + 1), the power rounded to 16 bits first where `half_precision`.
    Logarithm { scale: f32, half_precision: bool },
}

/// How one kind of feature is computed from a window.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    /// `logmel`, `mfcc` or `segments`: the name by which inputs read it.
    feature: Feature,
    rate: Rate,
    n_fft: usize,
    hop: usize,
    n_mels: usize,
    fmin: f32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fmax: Option<f32>,
    /// Frames of a window (`logmel`) or of a segment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    frames: Option<usize>,
    /// The most segments of a window.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    segments: Option<usize>,
    /// Coefficients that are kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    n_mfcc: Option<usize>,
    /// Only so many seconds from the beginning of the window.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seconds: Option<f32>,
    compression: Compression,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Feature {
    Logmel,
    Mfcc,
    Segments,
}

/// The windows and the entries of a front end.
pub(super) fn listed(front_end: &FrontEnd) -> (Windows, Vec<Entry>) {
    let log_mel = front_end.log_mel.map(|spec| Entry {
        feature: Feature::Logmel,
        rate: spec.rate,
        n_fft: spec.n_fft,
        hop: spec.hop,
        n_mels: spec.n_mels,
        fmin: spec.fmin,
        fmax: spec.fmax,
        frames: Some(front_end.windowing.frames),
        segments: None,
        n_mfcc: None,
        seconds: None,
        compression: Compression::Decibels {
            top_db: spec.top_db,
        },
    });
    let mfcc = front_end.mfcc_head.map(|MfccHead { seconds, mfcc }| Entry {
        feature: Feature::Mfcc,
        rate: mfcc.rate,
        n_fft: mfcc.n_fft,
        hop: mfcc.hop,
        n_mels: mfcc.n_mels,
        fmin: mfcc.fmin,
        fmax: mfcc.fmax,
        frames: None,
        segments: None,
        n_mfcc: Some(mfcc.n_mfcc),
        seconds: Some(seconds),
        compression: Compression::Decibels {
            top_db: mfcc.top_db,
        },
    });
    let segments = front_end.segments.map(|spec| Entry {
        feature: Feature::Segments,
        rate: Rate::Hz(spec.rate),
        n_fft: spec.n_fft,
        hop: spec.hop,
        n_mels: spec.n_mels,
        fmin: spec.fmin,
        fmax: spec.fmax,
        frames: Some(spec.frames),
        segments: Some(spec.segments),
        n_mfcc: None,
        seconds: None,
        compression: Compression::Logarithm {
            scale: spec.scale,
            half_precision: spec.half_precision,
        },
    });
    let windows = Windows {
        seconds: front_end.windowing.seconds,
        windows: front_end.windowing.windows,
    };
    let entries = log_mel.into_iter().chain(mfcc).chain(segments).collect();
    (windows, entries)
}

/// The front end that is listed.
///
/// # Errors
/// [`ModelError::Value`] for a feature that is listed twice, lacks a key or has one too many.
pub(super) fn front_end(windows: Windows, entries: &[Entry]) -> Result<FrontEnd, ModelError> {
    let mut found = FrontEnd {
        log_mel: None,
        windowing: Windowing {
            seconds: windows.seconds,
            windows: windows.windows,
            ..Windowing::default()
        },
        segments: None,
        mfcc_head: None,
    };
    for (index, entry) in entries.iter().enumerate() {
        entry.add_to(&mut found, &format!("front_ends[{index}]"))?;
        if listed(&found).1.len() != index + 1 {
            let name = format!("{:?}", entry.feature).to_lowercase();
            return Err(ModelError::value(
                format!("front_ends[{index}].feature"),
                name,
                "each feature once",
            ));
        }
    }
    Ok(found)
}

impl Entry {
    /// Adds the entry to a front end; `key` is the prefix for messages.
    fn add_to(&self, front_end: &mut FrontEnd, key: &str) -> Result<(), ModelError> {
        let Entry {
            n_fft,
            hop,
            n_mels,
            fmin,
            fmax,
            ..
        } = *self;
        let fault = |name: &str, found: &str, expected: &str| {
            Err(ModelError::value(format!("{key}.{name}"), found, expected))
        };
        match (self.feature, self.compression) {
            (Feature::Logmel, Compression::Decibels { top_db }) => {
                let Some(frames) = self.frames else {
                    return fault("frames", "nothing", "the frames of a window");
                };
                front_end.windowing.frames = frames;
                front_end.log_mel = Some(LogMelSpec {
                    rate: self.rate,
                    n_fft,
                    hop,
                    n_mels,
                    fmin,
                    fmax,
                    top_db,
                });
            }
            (Feature::Mfcc, Compression::Decibels { top_db }) => {
                let (Some(n_mfcc), Some(seconds)) = (self.n_mfcc, self.seconds) else {
                    return fault("n_mfcc and seconds", "nothing", "numbers");
                };
                let mfcc = MfccSpec {
                    rate: self.rate,
                    n_fft,
                    hop,
                    n_mels,
                    n_mfcc,
                    fmin,
                    fmax,
                    top_db,
                };
                front_end.mfcc_head = Some(MfccHead { seconds, mfcc });
            }
            (
                Feature::Segments,
                Compression::Logarithm {
                    scale,
                    half_precision,
                },
            ) => {
                let (Some(frames), Some(segments)) = (self.frames, self.segments) else {
                    return fault("frames and segments", "nothing", "numbers");
                };
                let Rate::Hz(rate) = self.rate else {
                    return fault("rate", "own", "a number");
                };
                front_end.segments = Some(SegmentSpec {
                    rate,
                    n_fft,
                    hop,
                    n_mels,
                    fmin,
                    fmax,
                    frames,
                    segments,
                    scale,
                    half_precision,
                });
            }
            (Feature::Segments, _) => {
                return fault("compression.kind", "decibels", "\"logarithm\" for segments");
            }
            (_, _) => return fault("compression.kind", "logarithm", "\"decibels\""),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> FrontEnd {
        FrontEnd {
            log_mel: Some(LogMelSpec {
                fmax: Some(9_000.0),
                ..LogMelSpec::default()
            }),
            windowing: Windowing::default(),
            segments: Some(SegmentSpec::default()),
            mfcc_head: Some(MfccHead::default()),
        }
    }

    #[test]
    fn a_front_end_comes_back_from_its_list() {
        let alone = FrontEnd {
            log_mel: None,
            mfcc_head: None,
            ..all()
        };
        for whole in [all(), alone] {
            let (windows, entries) = listed(&whole);
            assert_eq!(front_end(windows, &entries).unwrap(), whole);
        }
    }

    #[test]
    fn impossible_entries_are_named() {
        let (windows, entries) = listed(&all());
        let twice = [entries[0], entries[0]];
        let found = front_end(windows, &twice).unwrap_err().to_string();
        assert_eq!(
            found,
            "front_ends[1].feature = logmel: expected each feature once"
        );
        let without = Entry {
            frames: None,
            ..entries[0]
        };
        let found = front_end(windows, &[without]).unwrap_err().to_string();
        assert_eq!(
            found,
            "front_ends[0].frames = nothing: expected the frames of a window"
        );
    }
}
