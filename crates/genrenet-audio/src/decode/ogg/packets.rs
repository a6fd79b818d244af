//! Sound packets of an Ogg stream, with the positions that its pages state.

use std::marker::PhantomData;

use super::logical::{Ended, Logical};
use crate::decode::coded::{Landing, Packets};
use crate::error::AudioError;

/// What a codec must know to place its packets.
pub(super) trait Timing: Send {
    /// Whether the first packet after a jump yields nothing but prepares the second.
    const OVERLAPS: bool;
    /// Sample frames that the decoder should have had before the first one that is heard after a jump.
    const RUN_IN: u64;
    /// Sample frames that `packet` yields after the ones before it.
    fn frames(&mut self, packet: &[u8]) -> u64;
}

/// The packets of one stream from the first one with sound on.
pub(super) struct OggPackets<T> {
    stream: Logical,
    codec: PhantomData<T>,
    /// The first packet with sound.
    first: Option<Ended>,
    /// Raw position minus stated position.
    offset: i64,
    last_granule: Option<u64>,
    /// The first sound packet, or the one that a jump begins with, read already.
    pending: Option<Vec<u8>>,
}

/// Sample frames that one byte of a file may hold at most: packets of a byte for 120 ms, and their lacing.
const MOST_PER_BYTE: u64 = 8192;

/// Where the sound begins and ends, in raw sample frames.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    /// Raw position of the sample at stated position 0, or 0 where the stream was cut from a longer one.
    pub start: u64,
    pub end: Option<u64>,
}

impl<T: Timing> OggPackets<T> {
    /// `stream` stands before the first packet with sound, unless `read` says that it was read already.
    pub(super) fn new(
        mut stream: Logical,
        mut timing: T,
        read: Option<Ended>,
    ) -> Result<(Self, Span), AudioError> {
        let mut packet = Vec::new();
        let mut first = None;
        let mut frames = 0u64;
        let mut offset = 0i64;
        let mut only_page = false;
        // Packets up to the first stated position tell where the count of samples stands against it.
        let mut next = match read {
            Some(read) => stream.repeat(&read, &mut packet)?,
            None => stream.next(&mut packet)?,
        };
        while let Some(ended) = next {
            first.get_or_insert(ended);
            frames += timing.frames(&packet);
            if let Some(granule) = ended.granule {
                only_page = ended.last_page;
                offset = frames
                    .cast_signed()
                    .saturating_sub(granule.min(i64::MAX as u64).cast_signed());
                break;
            }
            next = stream.next(&mut packet)?;
        }
        // The last page states less than it holds to cut the end, not the start.
        if only_page && offset > 0 {
            offset = 0;
        }
        let last_granule = match first {
            Some(Ended { began, .. }) => stream.last_granule(began)?,
            None => None,
        };
        let most = stream.bytes().saturating_mul(MOST_PER_BYTE);
        let end = last_granule
            .and_then(|g| i64::try_from(g).ok())
            .and_then(|g| g.checked_add(offset))
            .and_then(|end| u64::try_from(end).ok())
            .filter(|&end| end > 0 && end <= most);
        let mut packets = Self {
            stream,
            codec: PhantomData,
            first,
            offset,
            last_granule,
            pending: None,
        };
        packets.rewind()?;
        Ok((
            packets,
            Span {
                start: offset.max(0).cast_unsigned(),
                end,
            },
        ))
    }

    /// Back to before the first packet with sound.
    fn rewind(&mut self) -> Result<(), AudioError> {
        let mut packet = Vec::new();
        if let Some(first) = self.first {
            self.stream.repeat(&first, &mut packet)?;
        }
        self.pending = Some(packet);
        Ok(())
    }
}

impl<T: Timing> Packets for OggPackets<T> {
    fn next(&mut self, packet: &mut Vec<u8>) -> Result<bool, AudioError> {
        if let Some(pending) = self.pending.take() {
            if pending.is_empty() {
                return Ok(false);
            }
            *packet = pending;
            return Ok(true);
        }
        Ok(self.stream.next(packet)?.is_some())
    }

    fn seek(&mut self, raw: u64) -> Result<Landing, AudioError> {
        let start = Landing { at: 0, silent: 0 };
        let mut wanted = raw.saturating_sub(T::RUN_IN);
        // An earlier page is tried where the last packet of one cannot be had whole.
        for _ in 0..8 {
            let Ok(granule) = u64::try_from(wanted.cast_signed().saturating_sub(self.offset))
            else {
                break;
            };
            let Some(Ended { began, .. }) = self.first else {
                break;
            };
            let Some((page, stated)) =
                self.stream.page_before(began, self.last_granule, granule)?
            else {
                break;
            };
            let Ok(at) = u64::try_from(stated.cast_signed().saturating_add(self.offset)) else {
                break;
            };
            // The page's packets are passed over; the last one is needed where packets overlap.
            self.stream.go(page);
            let mut packet = Vec::new();
            let mut whole = false;
            let mut passed = false;
            while let Some(ended) = self.stream.next(&mut packet)? {
                if ended.page != page {
                    break;
                }
                whole = true;
                if ended.granule.is_some() {
                    passed = true;
                    break;
                }
            }
            if passed && whole {
                self.pending = T::OVERLAPS.then_some(packet);
                return Ok(Landing {
                    at,
                    silent: u32::from(T::OVERLAPS),
                });
            }
            let Some(earlier) = at.checked_sub(1) else {
                break;
            };
            wanted = earlier;
        }
        self.rewind()?;
        Ok(start)
    }
}
