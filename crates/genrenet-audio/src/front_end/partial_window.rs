//! The features of one window while they are computed.

use super::config::FrontEnd;
use super::features::{Segment, WindowFeatures};
use super::segments::SegmentSpec;
use crate::log_mel::relative_to_maximum;
use crate::matrix::Matrix;
use crate::mfcc::of_decibels;
use crate::power::maximum;
use crate::spectrogram::Growing;

/// Decibels at which a mel power is only the floor of the logarithm.
const SILENCE_DB: f32 = -99.99;

/// The features of a window as far as they are computed.
pub(super) struct PartialWindow {
    pub(super) sounds: bool,
    pub(super) columns: Option<Growing>,
    pub(super) head: Option<Growing>,
    /// Number of the first frame of each segment, and its mel powers, frame by frame.
    pub(super) segments: Vec<(u64, Vec<f32>)>,
}

impl PartialWindow {
    pub(super) fn new(front_end: &FrontEnd) -> Self {
        Self {
            sounds: false,
            columns: front_end
                .log_mel
                .map(|spec| Growing::new(spec.n_mels, front_end.windowing.frames)),
            head: front_end.mfcc_head.map(|head| {
                let frames = head.frames(head.mfcc.rate.hz(0)) as usize;
                Growing::new(head.mfcc.n_mels, frames)
            }),
            segments: Vec::new(),
        }
    }

    /// `None` for a silent window.
    pub(super) fn finish(self, start_seconds: f64, front_end: &FrontEnd) -> Option<WindowFeatures> {
        let columns = self.columns.map(Growing::finish);
        let head = self.head.map(Growing::finish);
        let loudest = columns.iter().chain(&head);
        let loudest = loudest.fold(f32::NEG_INFINITY, |top, db| top.max(maximum(&db.data)));
        let segments: Vec<Segment> = front_end.segments.map_or(Vec::new(), |spec| {
            let mut all = self.segments;
            all.sort_by_key(|(first, _)| *first);
            all.into_iter()
                .filter_map(|(first, powers)| segment(first, powers, &spec))
                .collect()
        });
        // Samples so small that every band lies at the floor count as silence, too.
        let silent = match columns.is_some() || head.is_some() {
            true => loudest <= SILENCE_DB,
            false => segments.is_empty(),
        };
        if !self.sounds || silent {
            return None;
        }
        let log_mel = columns.zip(front_end.log_mel);
        let head = head.as_ref().zip(front_end.mfcc_head.as_ref());
        Some(WindowFeatures {
            start_seconds,
            log_mel: log_mel.map(|(db, spec)| relative_to_maximum(db, spec.top_db)),
            mfcc: head.map(|(db, head)| of_decibels(db, &head.mfcc, loudest).transposed()),
            segments,
        })
    }
}

/// A segment of the frames whose mel powers are given, repeated where they are too few; `None` if it is silent.
fn segment(first: u64, mut powers: Vec<f32>, spec: &SegmentSpec) -> Option<Segment> {
    spec.compress(&mut powers);
    if maximum(&powers) <= 0.0 {
        return None;
    }
    let (own, whole) = (powers.len(), spec.frames * spec.n_mels);
    for at in own..whole {
        powers.push(powers[at - own]);
    }
    Some(Segment {
        start_seconds: (first * spec.hop as u64) as f64 / f64::from(spec.rate.max(1)),
        mel: Matrix {
            rows: spec.frames,
            cols: spec.n_mels,
            data: powers,
        },
    })
}
