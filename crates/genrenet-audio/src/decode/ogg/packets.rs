//! Audio packets of an Ogg stream, with the positions that its pages state.

use std::collections::VecDeque;

use super::logical::{Ended, Logical};
use super::timeline::{Counted, Timeline, Timing};
use crate::decode::packet_stream::{Packets, SeekPoint};
use crate::error::AudioError;

/// Up to so many sample frames ahead, packets are skipped one by one: cheaper than searching for a page.
const NEAR: u64 = 1 << 16;

/// The packets of one stream from the first audio packet on.
pub(super) struct OggPackets<T> {
    stream: Logical,
    /// Has seen the packets since the last jump.
    timing: T,
    /// The first audio packet.
    first: Option<Ended>,
    /// Pages at which packets end, in order.
    pages: Vec<Counted>,
    /// Packets that were read already and come next.
    pending: VecDeque<Vec<u8>>,
    /// The last packet that was returned, if the next one overlaps with it.
    last: Vec<u8>,
}

/// Where the audio begins and ends, in raw sample frames.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    /// 0, or what the first page's position cuts in front.
    pub start: u64,
    pub end: u64,
}

impl<T: Timing> OggPackets<T> {
    /// The packets of `stream`, and where their audio begins and ends: as [`Timeline::find`].
    pub(super) fn new(
        mut stream: Logical,
        mut timing: T,
        read: Option<Ended>,
        delay: u64,
    ) -> Result<(Self, Span), AudioError> {
        let timeline = Timeline::find(&mut stream, &mut timing, read, delay)?;
        let mut packets = Self {
            stream,
            timing,
            first: timeline.first,
            pages: timeline.pages,
            pending: VecDeque::new(),
            last: Vec::new(),
        };
        packets.rewind()?;
        let span = Span {
            start: timeline.start,
            end: timeline.end,
        };
        Ok((packets, span))
    }

    /// Goes back to before the first audio packet.
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

    /// Forgets the packets that were read and returned.
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

    /// Skips packets without decoding them until the one that holds raw position `raw` is next. `at` is where the next
    /// one begins, `before` the one before it.
    fn pass_to(
        &mut self,
        raw: u64,
        mut at: u64,
        mut before: Option<Vec<u8>>,
    ) -> Result<SeekPoint, AudioError> {
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
        Ok(SeekPoint { at, silent })
    }

    /// The last page that is kept whose last packet ends at or before `raw`.
    fn page_before(&self, raw: u64) -> Option<Counted> {
        let after = self.pages.partition_point(|page| page.at <= raw);
        after.checked_sub(1).map(|before| self.pages[before])
    }

    /// Goes to the last page whose last packet ends before `raw`: where it ends, and that packet.
    fn find_page(&mut self, raw: u64) -> Result<Option<(u64, Vec<u8>)>, AudioError> {
        let mut wanted = raw;
        // An earlier page is tried if the last packet of one is not whole.
        for _ in 0..8 {
            let Some(found) = self.page_before(wanted) else {
                break;
            };
            self.forget();
            self.stream.go(found.page);
            let mut packet = Vec::new();
            while let Some(ended) = self.stream.next(&mut packet)? {
                if ended.page != found.page {
                    break;
                }
                if ended.index == found.index {
                    return Ok(Some((found.at, packet)));
                }
            }
            let Some(earlier) = found.at.checked_sub(1) else {
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

    fn seek(&mut self, raw: u64, here: u64) -> Result<SeekPoint, AudioError> {
        if T::RUN_IN == 0 && (here..here.saturating_add(NEAR)).contains(&raw) {
            let last = std::mem::take(&mut self.last);
            return self.pass_to(raw, here, Some(last));
        }
        match self.find_page(raw.saturating_sub(T::RUN_IN))? {
            // A decoder with memory needs all packets from there on.
            Some((at, _)) if T::RUN_IN > 0 => Ok(SeekPoint { at, silent: 0 }),
            Some((at, last)) => {
                self.timing.frames(&last);
                self.pass_to(raw, at, Some(last))
            }
            None => {
                self.rewind()?;
                Ok(SeekPoint { at: 0, silent: 0 })
            }
        }
    }
}
