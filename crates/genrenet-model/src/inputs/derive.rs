//! Features that are derived from others.

use std::borrow::Cow;

use genrenet_audio::statistics;

use super::raw::{Raw, RawArray};
use super::spec::{FeatureKind, InputSpec};
use crate::error::ModelError;

impl InputSpec {
    /// The array that this input is made of: one of the row's, or statistics computed from them.
    /// `None` where the row lacks it.
    ///
    /// # Errors
    /// A log-mel or MFCC of a shape that has no statistics.
    pub(crate) fn array<'a>(&self, raw: &'a Raw) -> Result<Option<Cow<'a, RawArray>>, ModelError> {
        if self.source != FeatureKind::Stats {
            return Ok(raw.get(self.source).map(Cow::Borrowed));
        }
        let wrong = |expected: &str, array: &RawArray| ModelError::Shape {
            input: self.name.clone(),
            expected: expected.to_string(),
            found: array.shape.clone(),
        };
        let Some(mel) = raw.get(FeatureKind::Logmel) else {
            return Ok(None);
        };
        let mut data = Vec::new();
        match mel.shape[..] {
            [bands, frames]
                if bands > 0
                    && bands % 32 == 0
                    && frames >= 4
                    && mel.data.len() == bands * frames =>
            {
                statistics::of_log_mel(&mel.data, bands, frames, &mut data);
            }
            _ => {
                return Err(wrong(
                    "a log-mel of a multiple of 32 bands and at least 4 frames",
                    mel,
                ));
            }
        }
        if self.with_mfcc {
            let Some(mfcc) = raw.get(FeatureKind::Mfcc) else {
                return Ok(None);
            };
            match mfcc.shape[..] {
                [frames, coefficients]
                    if frames >= 4
                        && coefficients >= 8
                        && mfcc.data.len() == frames * coefficients =>
                {
                    statistics::of_mfcc(&mfcc.data, frames, coefficients, &mut data);
                }
                _ => return Err(wrong("MFCC of at least 4 frames and 8 coefficients", mfcc)),
            }
        }
        Ok(Some(Cow::Owned(RawArray {
            shape: vec![data.len()],
            data,
        })))
    }
}
