//! The features of one window while they are computed.

use super::config::FrontEnd;
use super::features::WindowFeatures;
use crate::log_mel::relative_to_maximum;
use crate::mfcc::of_decibels;
use crate::power::maximum;
use crate::spectrogram::Growing;

/// Decibels at which a mel power is only the floor of the logarithm.
const SILENCE_DB: f32 = -99.99;

/// The features of a window as far as they are computed, in dB re 1.
pub(super) struct PartialWindow {
    pub(super) sounds: bool,
    pub(super) columns: Growing,
    pub(super) head: Option<Growing>,
}

impl PartialWindow {
    pub(super) fn new(front_end: &FrontEnd) -> Self {
        Self {
            sounds: false,
            columns: Growing::new(front_end.log_mel.n_mels, front_end.windowing.frames),
            head: front_end.mfcc_head.map(|head| {
                let frames = head.frames(head.mfcc.rate.hz(0)) as usize;
                Growing::new(head.mfcc.n_mels, frames)
            }),
        }
    }

    /// `None` for a silent window.
    pub(super) fn finish(self, start_seconds: f64, front_end: &FrontEnd) -> Option<WindowFeatures> {
        let columns = self.columns.finish();
        let head = self.head.map(Growing::finish);
        let mut loudest = maximum(&columns.data);
        if let Some(head) = &head {
            loudest = loudest.max(maximum(&head.data));
        }
        // Samples so small that every band lies at the floor count as silence, too.
        if !self.sounds || loudest <= SILENCE_DB {
            return None;
        }
        let head = head.as_ref().zip(front_end.mfcc_head.as_ref());
        Some(WindowFeatures {
            start_seconds,
            log_mel: relative_to_maximum(columns, front_end.log_mel.top_db),
            mfcc: head.map(|(db, head)| of_decibels(db, &head.mfcc, loudest).transposed()),
        })
    }
}
