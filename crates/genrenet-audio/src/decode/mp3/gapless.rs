//! The tag in a silent first frame: Xing's, LAME's or Fraunhofer's.
//!
//! The policy is ffmpeg's: such a frame is not played. If LAME (or libav) states its delay, that many samples and the
//! decoder's own 529 are cut at the start, and its padding less these 529 at the end. Without such a tag nothing is cut, and
//! nothing at the end if the tag does not fit the number of bytes.

use std::ops::Range;

use super::header::Header;
use super::plan::Piece;

/// Delay of any decoder's filter bank, in samples.
const DECODER_DELAY: u64 = 529;

/// What a tag states about the stream.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Info {
    /// Frames that follow, if stated.
    pub(super) frames: Option<u32>,
    /// Bytes of the stream, if stated.
    bytes: Option<u32>,
    /// Delay and padding of the encoder in samples, if stated.
    gaps: Option<(u16, u16)>,
}

impl Info {
    /// Reads the tag in a stream's first frame; `None` where it has none.
    pub(super) fn read(header: &Header, frame: &[u8]) -> Option<Self> {
        let xing = Header::LEN + header.side_info_len();
        if let Some(tag) = frame.get(xing..)
            && (tag.starts_with(b"Xing") || tag.starts_with(b"Info"))
        {
            return Some(Self::read_xing(&tag[4..]));
        }
        let vbri = frame.get(Header::LEN + 32..)?;
        if vbri.starts_with(b"VBRI") {
            return Some(Self {
                bytes: number(vbri, 10),
                frames: number(vbri, 14),
                gaps: None,
            });
        }
        None
    }

    fn read_xing(tag: &[u8]) -> Self {
        let flags = number(tag, 0).unwrap_or(0);
        let mut at = 4;
        let mut field = |bit: u32, len: usize| {
            let here = at;
            let there = flags & bit != 0;
            at += if there { len } else { 0 };
            there.then_some(here)
        };
        let frames = field(1, 4).and_then(|at| number(tag, at));
        let bytes = field(2, 4).and_then(|at| number(tag, at));
        field(4, 100);
        field(8, 4);
        let gaps = tag.get(at..).and_then(|lame| {
            let known = [b"LAME", b"Lavf", b"Lavc"]
                .iter()
                .any(|name| lame.starts_with(*name));
            let gaps = lame.get(21..24).filter(|_| known)?;
            let both = u32::from(gaps[0]) << 16 | u32::from(gaps[1]) << 8 | u32::from(gaps[2]);
            Some(((both >> 12) as u16, (both & 0xfff) as u16))
        });
        Self {
            frames,
            bytes,
            gaps,
        }
    }

    /// Keeps the stated lengths only if they fit the `bytes` of the stream: in concatenated files, the first tag
    /// describes the first file only. The tolerance of a sixteenth is ffmpeg's.
    pub(super) fn checked_against(mut self, bytes: u64) -> Self {
        let claimed = self.bytes.map_or(bytes, u64::from);
        if claimed > 0 && bytes > claimed + claimed / 16 {
            self.frames = None;
        }
        self
    }

    /// Whether the tag states nothing; such a one is decoded as the silent frame that it also is.
    pub(super) fn is_empty(&self) -> bool {
        self.frames.unwrap_or(0) == 0 && self.bytes.unwrap_or(0) == 0
    }

    /// Samples to drop at the start.
    pub(super) fn skip(&self) -> u64 {
        self.gaps
            .map_or(0, |(delay, _)| u64::from(delay) + DECODER_DELAY)
    }

    /// Samples, counted before the start is cut, of which those from the first number to the second are dropped. Also `None`
    /// if the tag states so few frames that they would lie in what is cut at the start.
    pub(super) fn discard(&self, header: &Header) -> Option<(u64, u64)> {
        let (_, padding) = self.gaps?;
        let total = self.samples(header)?;
        let from = (total + DECODER_DELAY).saturating_sub(u64::from(padding));
        (self.skip() <= from && from < total).then_some((from, total))
    }

    /// Samples of the trimmed stream as pieces of the untrimmed one: padding may lie in between.
    pub(super) fn pieces(
        &self,
        header: &Header,
        index: usize,
        samples: &Range<u64>,
        pieces: &mut Vec<Piece>,
    ) {
        let skip = self.skip();
        let raw = samples.start.saturating_add(skip)..samples.end.saturating_add(skip);
        let (hole, end) = self.discard(header).unwrap_or((u64::MAX, u64::MAX));
        let gap = end - hole;
        for samples in [
            raw.start..raw.end.min(hole),
            raw.start.max(hole).saturating_add(gap)..raw.end.saturating_add(gap),
        ] {
            if samples.start < samples.end {
                pieces.push(Piece { index, samples });
            }
        }
    }

    /// Length after cutting, if stated.
    pub(super) fn length(&self, header: &Header) -> Option<u64> {
        let total = self.samples(header)?;
        let end = self
            .discard(header)
            .map_or(total, |(from, to)| from.min(to));
        Some(end.saturating_sub(self.skip()))
    }

    fn samples(&self, header: &Header) -> Option<u64> {
        let frames = self.frames.filter(|&frames| frames > 0)?;
        Some(u64::from(frames) * 576 * header.granules() as u64)
    }
}

/// The big-endian number at byte `at`.
fn number(bytes: &[u8], at: usize) -> Option<u32> {
    let four = bytes.get(at..at + 4)?;
    Some(u32::from_be_bytes([four[0], four[1], four[2], four[3]]))
}
