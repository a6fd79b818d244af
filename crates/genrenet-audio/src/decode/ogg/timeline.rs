//! Where the packets of a stream lie in time: found by counting them, undecoded; the positions that pages state only decide what
//! is cut.

use super::logical::{Ended, Logical};
use crate::error::AudioError;

/// How long a codec's packets are.
pub(super) trait Timing: Send {
    /// Whether the first packet after a jump only prepares the second.
    const OVERLAPS: bool;
    /// Sample frames that the decoder needs before the first one that is used after a jump.
    const RUN_IN: u64;
    /// Whether a page may state less than its packets hold, to cut the beginning or the end of the stream.
    const TRIMS: bool;
    /// Sample frames that `packet` yields after the ones before it.
    fn frames(&mut self, packet: &[u8]) -> u64;
    /// Forgets earlier packets.
    fn reset(&mut self);
}

/// Most counted pages that are kept; when there are more, every second one is dropped.
const MOST_PAGES: usize = 4096;

/// The first audio packet, and where the audio begins and ends, in raw sample frames.
pub(super) struct Timeline {
    pub first: Option<Ended>,
    /// 0, or what the first page's position cuts in front.
    pub start: u64,
    pub end: u64,
    /// In order.
    pub pages: Vec<Counted>,
}

/// A page at which a packet ends.
#[derive(Debug, Clone, Copy)]
pub(super) struct Counted {
    /// Raw position at the end of that packet.
    pub at: u64,
    pub page: u64,
    /// Which of the page's packets it is.
    pub index: usize,
}

impl Timeline {
    /// Counts the packets of `stream`, which is before the first audio packet, unless `read` is that packet, already
    /// read. The first `delay` frames are cut.
    ///
    /// Every packet is counted: only that gives the length of a file in which pages are missing, repeated or damaged.
    pub(super) fn find<T: Timing>(
        stream: &mut Logical,
        timing: &mut T,
        read: Option<Ended>,
        delay: u64,
    ) -> Result<Self, AudioError> {
        timing.reset();
        let (mut first, mut packet, mut total) = (None, Vec::new(), 0);
        let (mut pages, mut stated) = (Pages::default(), Stated::default());
        let mut next = match read {
            Some(read) => stream.repeat(&read, &mut packet)?,
            None => stream.next(&mut packet)?,
        };
        while let Some(ended) = next {
            first.get_or_insert(ended);
            let frames = timing.frames(&packet);
            total += frames;
            pages.pass(Counted {
                at: total,
                page: ended.page,
                index: ended.index,
            });
            stated.pass(frames, &ended);
            next = stream.next(&mut packet)?;
        }
        let (start, end) = if T::TRIMS {
            let (front, behind) = stated.cut();
            (front.min(total), total - behind)
        } else {
            (0, total)
        };
        let possible = end > start.saturating_add(delay);
        let (start, end) = if possible { (start, end) } else { (0, total) };
        Ok(Self {
            first,
            start,
            end,
            pages: pages.kept,
        })
    }
}

/// Pages that are kept, evenly all over the stream.
#[derive(Default)]
struct Pages {
    kept: Vec<Counted>,
    here: Option<Counted>,
    /// Pages that were passed; of every `1 << sparse` one is kept.
    passed: u64,
    sparse: u32,
}

impl Pages {
    /// Takes the next packet's end; the last one of a page counts.
    fn pass(&mut self, ended: Counted) {
        if let Some(done) = self.here.filter(|here| here.page != ended.page) {
            self.passed += 1;
            if self.passed.is_multiple_of(1 << self.sparse) {
                self.kept.push(done);
            }
            if self.kept.len() > MOST_PAGES {
                let mut index = 0;
                self.kept.retain(|_| {
                    index += 1;
                    index % 2 == 0
                });
                self.sparse += 1;
            }
        }
        self.here = Some(ended);
    }
}

/// The positions that pages state, compared with the packets between them.
#[derive(Default)]
struct Stated {
    /// The last position, and the sample frames of the packets since.
    last: Option<u64>,
    since: u64,
    /// Sample frames before the first position, minus that position.
    offset: i64,
    /// Positions so far.
    count: u64,
    /// Whether the page with the last position ends the stream.
    last_page: bool,
    /// Whether the second position, and the last but one, fit the packets before them.
    second_fits: bool,
    fitted: bool,
    /// Whether the last one is as far from the one before as its packets are long, and by how much it is less.
    fits: bool,
    less: u64,
}

impl Stated {
    /// Takes a packet of `frames` sample frames.
    fn pass(&mut self, frames: u64, ended: &Ended) {
        self.since += frames;
        let Some(granule) = ended.granule else {
            return;
        };
        self.fitted = self.fits;
        match self.last {
            None => {
                let signed = |n: u64| n.min(i64::MAX as u64).cast_signed();
                self.offset = signed(self.since).saturating_sub(signed(granule));
                (self.fits, self.less) = (true, self.since.saturating_sub(granule));
            }
            Some(before) => {
                let distance = granule.checked_sub(before);
                self.fits = distance == Some(self.since);
                self.less = match distance {
                    Some(distance) if distance > 0 => self.since.saturating_sub(distance),
                    _ => 0,
                };
            }
        }
        self.count += 1;
        if self.count == 2 {
            self.second_fits = self.fits || (self.less > 0 && ended.last_page);
        }
        self.last = Some(granule);
        self.last_page = ended.last_page;
        self.since = 0;
    }

    /// Sample frames that are to be cut in front and behind.
    ///
    /// A first position that is less than its packets hold cuts the front, unless the next one does not fit or its page is the
    /// only one; a last one cuts the end, if the one before fits.
    fn cut(&self) -> (u64, u64) {
        let alone = self.count == 1;
        let begins = if alone {
            !self.last_page
        } else {
            self.second_fits
        };
        let front = if begins {
            u64::try_from(self.offset).unwrap_or(0)
        } else {
            0
        };
        // Packets after the last position are decoded as well.
        let ends = self.since == 0 && if alone { self.last_page } else { self.fitted };
        (front, if ends { self.less } else { 0 })
    }
}
