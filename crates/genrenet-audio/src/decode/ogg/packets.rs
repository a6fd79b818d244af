//! Sound packets of an Ogg stream, with the positions that its pages state.

use std::collections::VecDeque;

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
    /// Forgets the packets before.
    fn reset(&mut self);
}

/// Up to so many sample frames ahead, packets are passed over one by one: cheaper than searching for a page.
const NEAR: u64 = 1 << 16;

/// The packets of one stream from the first one with sound on.
pub(super) struct OggPackets<T> {
    stream: Logical,
    /// Knows the packets that were given out since the last jump.
    timing: T,
    /// The first packet with sound.
    first: Option<Ended>,
    /// Raw position minus stated position.
    offset: i64,
    last_granule: Option<u64>,
    /// Packets that were read already and come next.
    pending: VecDeque<Vec<u8>>,
    /// The packet that was given out last, where the next one overlaps with it.
    last: Vec<u8>,
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
            timing,
            first,
            offset,
            last_granule,
            pending: VecDeque::new(),
            last: Vec::new(),
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
        self.forget();
        let mut packet = Vec::new();
        if let Some(first) = self.first
            && self.stream.repeat(&first, &mut packet)?.is_some()
        {
            self.pending.push_back(packet);
        }
        Ok(())
    }

    /// Forgets what was read and given out.
    fn forget(&mut self) {
        self.pending.clear();
        self.last.clear();
        self.timing.reset();
    }

    /// The next packet; `None` at the end.
    fn take(&mut self) -> Result<Option<Vec<u8>>, AudioError> {
        if let Some(packet) = self.pending.pop_front() {
            return Ok(Some(packet));
        }
        let mut packet = Vec::new();
        Ok(self.stream.next(&mut packet)?.map(|_| packet))
    }

    /// Passes packets over without decoding them until the one that holds raw position `raw` is next. `at` is where the next
    /// one begins, `before` the one before it.
    fn pass_to(
        &mut self,
        raw: u64,
        mut at: u64,
        mut before: Option<Vec<u8>>,
    ) -> Result<Landing, AudioError> {
        let mut held = None;
        while let Some(packet) = self.take()? {
            let frames = self.timing.frames(&packet);
            if at.saturating_add(frames) > raw {
                held = Some(packet);
                break;
            }
            at += frames;
            before = Some(packet);
        }
        self.forget();
        let before = before.filter(|packet| T::OVERLAPS && !packet.is_empty());
        let silent = u32::from(before.is_some());
        self.pending.extend(before.into_iter().chain(held));
        Ok(Landing { at, silent })
    }

    /// Goes to the last page that states a position before `raw`: the position, and the last packet that ends there.
    fn find_page(&mut self, raw: u64) -> Result<Option<(u64, Vec<u8>)>, AudioError> {
        let mut wanted = raw;
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
            self.forget();
            self.stream.go(page);
            let mut packet = Vec::new();
            while let Some(ended) = self.stream.next(&mut packet)? {
                if ended.page != page {
                    break;
                }
                if ended.granule.is_some() {
                    return Ok(Some((at, packet)));
                }
            }
            let Some(earlier) = at.checked_sub(1) else {
                break;
            };
            wanted = earlier;
        }
        Ok(None)
    }
}

impl<T: Timing> Packets for OggPackets<T> {
    fn next(&mut self, packet: &mut Vec<u8>) -> Result<bool, AudioError> {
        match self.pending.pop_front() {
            Some(pending) => *packet = pending,
            None if self.stream.next(packet)?.is_none() => return Ok(false),
            None => {}
        }
        if T::OVERLAPS {
            self.timing.frames(packet);
            self.last.clone_from(packet);
        }
        Ok(true)
    }

    fn seek(&mut self, raw: u64, here: u64) -> Result<Landing, AudioError> {
        if T::RUN_IN == 0 && (here..here.saturating_add(NEAR)).contains(&raw) {
            let last = std::mem::take(&mut self.last);
            return self.pass_to(raw, here, Some(last));
        }
        match self.find_page(raw.saturating_sub(T::RUN_IN))? {
            // A decoder with memory must have everything from there on.
            Some((at, _)) if T::RUN_IN > 0 => Ok(Landing { at, silent: 0 }),
            Some((at, last)) => {
                self.timing.frames(&last);
                self.pass_to(raw, at, Some(last))
            }
            None => {
                self.rewind()?;
                Ok(Landing { at: 0, silent: 0 })
            }
        }
    }
}
