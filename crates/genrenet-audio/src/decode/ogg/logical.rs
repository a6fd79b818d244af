//! One logical stream: the packets of all pages with one serial number.

use crate::decode::Input;
use crate::error::AudioError;

use super::page::{self, Page};

/// A packet longer than this is dropped unread: comments may carry pictures of any size, sound never does.
const LONGEST_PACKET: usize = 1 << 20;
/// Pages of other streams that are passed at most before the next one of this.
const MOST_FOREIGN: usize = 100_000;

/// The packets of one stream in order.
pub(super) struct Logical {
    input: Input,
    pub serial: u32,
    page: Page,
    /// Next segment of `page`, and where its bytes start in the body.
    segment: usize,
    byte: usize,
    next_page: u64,
    /// Whether the stream can go on: no page that ends it was passed.
    open: bool,
}

/// Where a packet ended.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ended {
    /// The position that its page states, if it is the last packet that ends there.
    pub granule: Option<u64>,
    /// Whether its page ends the stream.
    pub last_page: bool,
    /// Where that page starts, and how many packets ended there before this one.
    pub page: u64,
    pub index: usize,
    /// Where the page starts on which it began: the same or an earlier one.
    pub began: u64,
}

impl Logical {
    /// The stream with this serial number, whose first page starts at `at`.
    pub(super) fn new(input: Input, serial: u32, at: u64) -> Self {
        let page = Page::default();
        Self {
            input,
            serial,
            page,
            segment: 0,
            byte: 0,
            next_page: at,
            open: true,
        }
    }

    /// Goes to the page at `at` (or the next one of this stream).
    pub(super) fn go(&mut self, at: u64) {
        self.page.lacing.clear();
        self.segment = 0;
        self.byte = 0;
        self.next_page = at;
        self.open = true;
    }

    /// Replaces `packet` by the next whole packet and says where it ended; `None` at the end of the stream.
    pub(super) fn next(&mut self, packet: &mut Vec<u8>) -> Result<Option<Ended>, AudioError> {
        packet.clear();
        let mut began = None;
        // A packet whose start was lost, or that is absurdly long, is passed over.
        let mut lost = false;
        loop {
            if self.segment >= self.page.lacing.len() {
                if !self.turn_page()? {
                    return Ok(None);
                }
                match (self.page.continued, began) {
                    (true, None) => lost = true,
                    (false, _) => {
                        // What was begun before this page never came to its end.
                        packet.clear();
                        began = None;
                        lost = false;
                    }
                    (true, Some(_)) => {}
                }
                continue;
            }
            let n = usize::from(self.page.lacing[self.segment]);
            let ends = n < 255;
            if !lost {
                if packet.len() + n > LONGEST_PACKET {
                    lost = true;
                } else {
                    packet.extend_from_slice(&self.page.body[self.byte..self.byte + n]);
                    began.get_or_insert(self.page.at);
                }
            }
            self.segment += 1;
            self.byte += n;
            if !ends {
                continue;
            }
            if lost {
                packet.clear();
                (began, lost) = (None, false);
                continue;
            }
            let later = self.page.lacing[self.segment..].iter().any(|&n| n < 255);
            let before = self.page.lacing[..self.segment - 1]
                .iter()
                .filter(|&&n| n < 255)
                .count();
            return Ok(Some(Ended {
                granule: if later { None } else { self.page.granule },
                last_page: self.page.ends,
                page: self.page.at,
                index: before,
                began: began.unwrap_or(self.page.at),
            }));
        }
    }

    fn turn_page(&mut self) -> Result<bool, AudioError> {
        self.page.lacing.clear();
        self.segment = 0;
        self.byte = 0;
        if !self.open {
            return Ok(false);
        }
        for _ in 0..MOST_FOREIGN {
            let until = self.input.len();
            if !page::read(&mut self.input, self.next_page, until, &mut self.page)? {
                break;
            }
            self.next_page = self.page.end();
            if self.page.serial == self.serial {
                self.open = !self.page.ends;
                return Ok(true);
            }
        }
        self.page.lacing.clear();
        self.open = false;
        Ok(false)
    }

    /// The first page of this stream in `from..until` that states a position: (start, end, position).
    fn stated(&mut self, mut from: u64, until: u64) -> Result<Option<(u64, u64, u64)>, AudioError> {
        while page::read(&mut self.input, from, until, &mut self.page)? {
            if let (true, Some(granule)) = (self.page.serial == self.serial, self.page.granule)
                && self.page.packets_ended() > 0
            {
                return Ok(Some((self.page.at, self.page.end(), granule)));
            }
            from = self.page.end();
        }
        Ok(None)
    }

    /// The last page from `first` on whose stated position is at most `granule`: its start and position.
    pub(super) fn page_before(
        &mut self,
        first: u64,
        last_granule: u64,
        granule: u64,
    ) -> Result<Option<(u64, u64)>, AudioError> {
        /// When so little is left, pages are walked one by one.
        const CLOSE: u64 = 16 * 1024;
        let mut low = first;
        let mut found: Option<(u64, u64)> = None;
        let (mut high, mut high_granule) = (self.input.len(), Some(last_granule));
        for turn in 0..64 {
            let span = high.saturating_sub(low);
            if span < CLOSE {
                break;
            }
            let low_granule = found.map_or(0, |(_, g)| g);
            // By proportion, aimed a little early; every third time the middle.
            let guess = match high_granule {
                Some(high_granule)
                    if turn % 3 != 2 && high_granule > low_granule && granule <= high_granule =>
                {
                    let part = granule.saturating_sub(low_granule) as f64
                        / (high_granule - low_granule) as f64;
                    ((span as f64 * part) as u64).saturating_sub(CLOSE / 2)
                }
                _ => span / 2,
            };
            let probe = low + guess.clamp(CLOSE / 4, span - CLOSE / 4);
            match self.stated(probe, high)? {
                Some((at, end, stated)) if stated <= granule => {
                    found = Some((at, stated));
                    low = end;
                }
                Some((_, _, stated)) => (high, high_granule) = (probe, Some(stated)),
                None => high = probe,
            }
        }
        let mut at = low;
        let end = self.input.len();
        while let Some((start, after, stated)) = self.stated(at, end)? {
            if stated > granule {
                break;
            }
            found = Some((start, stated));
            at = after;
        }
        Ok(found)
    }

    /// Reads the packet that [`Ended`] describes again; `packet` is empty where it is gone.
    pub(super) fn repeat(
        &mut self,
        wanted: &Ended,
        packet: &mut Vec<u8>,
    ) -> Result<Option<Ended>, AudioError> {
        self.go(wanted.began);
        while let Some(ended) = self.next(packet)? {
            if (ended.page, ended.index) >= (wanted.page, wanted.index) {
                return Ok(Some(ended));
            }
        }
        packet.clear();
        Ok(None)
    }

    /// Bytes of the whole file.
    pub(super) fn bytes(&self) -> u64 {
        self.input.len()
    }
}
