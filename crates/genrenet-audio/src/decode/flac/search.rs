//! Finding frames by position: each states its own, so any is found by bisection.

use super::header::Header;
use super::stream::Flac;
use crate::error::AudioError;

/// Bytes at the end of the file that are searched for its last frame; if none begins there, the stated length is used.
pub(super) const TAIL: u64 = 128 * 1024;
/// Most bytes that are passed over in search of a frame ahead.
const FARTHEST: u64 = 1 << 20;

impl Flac {
    /// The byte and sample position of a frame that starts at or before sample frame `to`, as late as is cheap to find.
    pub(super) fn find(&mut self, to: u64) -> Result<(u64, u64), AudioError> {
        let mut low = (self.first_at, 0);
        let mut high = (self.window.file_len(), self.info.frames.unwrap_or(u64::MAX));
        // Twice a frame's bytes: about what one probe reads.
        const CLOSE: u64 = 24 * 1024;
        for turn in 0..64 {
            if to <= low.1 || high.0 - low.0 < CLOSE {
                break;
            }
            let span = high.0 - low.0;
            // Aimed a little before the target by proportion; every third time the middle, for uneven files.
            let guess = if turn % 3 != 2 && high.1 > low.1 && high.1 != u64::MAX && to < high.1 {
                let part = (to - low.1) as f64 / (high.1 - low.1) as f64;
                ((span as f64 * part) as u64).saturating_sub(CLOSE / 2)
            } else {
                span / 2
            };
            let probe = low.0 + guess.clamp(CLOSE / 4, span - CLOSE / 4);
            match self.probe(probe, high.0)? {
                Some((byte, at)) if at > low.1 && at <= to => low = (byte, at),
                Some((_, at)) if at > to => high = (probe, at),
                _ => high.0 = probe,
            }
        }
        Ok(low)
    }

    /// Passes frames over without decoding them until the one that holds sample frame `to` is next: its byte and position.
    /// `None` if a frame is not where the ones before it say.
    pub(super) fn pass_to(
        &mut self,
        to: u64,
        mut at: u64,
    ) -> Result<Option<(u64, u64)>, AudioError> {
        let start = self.window.at();
        while self.window.at() - start < FARTHEST {
            let Some(header) = self.next_header()? else {
                break;
            };
            // Bytes that look like a header, with the right check sum and position, are one.
            if self.position(&header) == at && self.alike(&header) {
                let end = at + u64::from(header.block);
                if end > to {
                    return Ok(Some((self.window.at(), at)));
                }
                at = end;
            }
            self.window.pass(1);
        }
        Ok(None)
    }

    /// The first frame from byte `from` on and before `end` that looks exactly like the first one: its byte and position.
    pub(super) fn probe(&mut self, from: u64, end: u64) -> Result<Option<(u64, u64)>, AudioError> {
        self.window.go(from);
        while let Some(header) = self.next_header()? {
            let byte = self.window.at();
            if byte >= end {
                return Ok(None);
            }
            let whole = header.variable || header.block == self.first.block;
            if whole && self.alike(&header) {
                return Ok(Some((byte, self.position(&header))));
            }
            self.window.pass(1);
        }
        Ok(None)
    }

    /// Where the last frame of the file ends, in sample frames: headers may state another length, and files are cut off.
    pub(super) fn measured_end(&mut self) -> Result<Option<u64>, AudioError> {
        let from = self
            .window
            .file_len()
            .saturating_sub(TAIL)
            .max(self.first_at);
        self.window.go(from);
        let mut found = Vec::new();
        while let Some(header) = self.next_header()? {
            if self.alike(&header) {
                found.push((self.window.at(), header));
            }
            self.window.pass(1);
        }
        // A frame that is cut off, or was not a frame, does not count.
        for (byte, header) in found.into_iter().rev().take(8) {
            self.window.go(byte);
            if self.decode_here(&header)?.is_ok() {
                return Ok(Some(self.position(&header) + u64::from(header.block)));
            }
        }
        Ok(None)
    }

    /// Whether each frame follows the one before it up to sample frame `end`, by their headers: none is missing, repeated or
    /// misplaced.
    pub(super) fn follow(&mut self, end: u64) -> Result<bool, AudioError> {
        self.window.go(self.first_at);
        let (mut at, mut ends) = (0, false);
        while let Some(header) = self.next_header()? {
            let (alike, next) = (self.alike(&header), self.position(&header) == at);
            // Another layout may begin midway. Anything else is a chance match among other bytes.
            if alike != next {
                return Ok(false);
            }
            if next {
                at += u64::from(header.block);
                ends |= at == end;
            }
            self.window.pass(1);
        }
        Ok(ends)
    }

    /// Whether a header agrees with the first one in the fields that are the same throughout most streams.
    fn alike(&self, header: &Header) -> bool {
        let first = &self.first;
        header.rate == first.rate && header.channels == first.channels && header.bits == first.bits
    }
}
