//! One logical stream: the packets of all pages with one serial number.

use crate::decode::Input;
use crate::error::AudioError;

use super::page::{self, Page};

/// A packet longer than this is dropped unread: comments may hold images of any size, audio packets are short.
const LONGEST_PACKET: usize = 1 << 20;
/// Most pages of other streams before the next one of this.
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
    /// Whether the stream can continue: no page that ends it was read.
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
        // A packet whose start was lost, or that is absurdly long, is skipped.
        let mut lost = false;
        loop {
            if self.segment >= self.page.lacing.len() {
                if !self.turn_page()? {
                    return Ok(None);
                }
                match (self.page.continued, began) {
                    (true, None) => lost = true,
                    (false, _) => {
                        // The packet that was begun before this page is not continued.
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

    /// Reads the packet that [`Ended`] describes again; `packet` is empty if it is gone.
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
}
