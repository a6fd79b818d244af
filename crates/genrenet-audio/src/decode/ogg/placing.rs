//! Where the packets of a stream lie in time: by the positions that its pages state, where they fit the packets, else by counting.

use super::logical::{Ended, Logical};
use super::packets::Timing;
use crate::error::AudioError;

/// Sample frames that one byte of a file may hold at most: packets of a byte for 120 ms, and their lacing.
const MOST_PER_BYTE: u64 = 8192;
/// Most counted pages that are kept; when there are more, every second one is forgotten.
const MOST_PAGES: usize = 4096;

/// The first packet with sound, and where the sound begins and ends, in raw sample frames.
pub(super) struct Placing {
    pub first: Option<Ended>,
    /// 0, or what the first page's position says is cut in front.
    pub start: u64,
    pub end: Option<u64>,
    pub pages: Pages,
}

/// How a page is found by the raw position at which its last packet ends.
pub(super) enum Pages {
    /// By stated positions: they and raw ones differ by `offset`.
    Stated { offset: i64, last: u64 },
    /// Counted ones, in order.
    Counted(Vec<Counted>),
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

impl Placing {
    /// Places the packets of `stream`, which stands before the first one with sound, unless `read` says that it was read
    /// already. Of what is heard, `delay` frames are cut in front; `rises` says whether stated positions rise as far as is known.
    ///
    /// Positions are believed if those at the beginning and at the end of the stream are as far apart as the packets between
    /// them are long; the last page may state less, which cuts the end. Else every packet is counted, undecoded.
    pub(super) fn find<T: Timing>(
        stream: &mut Logical,
        timing: &mut T,
        read: Option<Ended>,
        delay: u64,
        rises: bool,
    ) -> Result<Self, AudioError> {
        let head = Head::read(stream, timing, read)?;
        let Some(first) = head.first else {
            let pages = Pages::Counted(Vec::new());
            return Ok(Self {
                first: None,
                start: 0,
                end: None,
                pages,
            });
        };
        let tail = Tail::read(stream, timing, first.began)?;
        let (offset, last) = match (head.second, tail) {
            (Some(true), Some(tail)) if tail.fits => (head.offset, Some(tail.granule)),
            (Some(true), _) => (head.offset, None),
            (Some(false), _) => (0, None),
            // One page states a position. Where it is the last, less than it holds cuts the end, not the start.
            (None, _) if head.only_page => (head.offset.min(0), Some(head.granule)),
            (None, _) => (head.offset, Some(head.granule)),
        };
        let start = u64::try_from(offset).unwrap_or(0);
        let end = last.and_then(|last| i64::try_from(last).ok()?.checked_add(offset));
        let end = end.and_then(|end| u64::try_from(end).ok());
        let most = stream.bytes().saturating_mul(MOST_PER_BYTE);
        let possible = |&end: &u64| end > start + delay && end <= most;
        if !T::TRIMS && start > 0 {
            return Self::count(stream, timing, first, 0);
        }
        match (end.filter(possible), last) {
            (Some(end), Some(last)) if rises => Ok(Self {
                first: Some(first),
                start,
                end: Some(end),
                pages: Pages::Stated { offset, last },
            }),
            (None, Some(_)) => Self::count(stream, timing, first, 0),
            _ => Self::count(stream, timing, first, start),
        }
    }

    /// Places the packets by counting them all; `start` frames are cut in front.
    fn count<T: Timing>(
        stream: &mut Logical,
        timing: &mut T,
        first: Ended,
        start: u64,
    ) -> Result<Self, AudioError> {
        timing.reset();
        let mut pages: Vec<Counted> = Vec::new();
        // Pages that are passed between two that are kept.
        let (mut stride, mut passed) = (1, 0);
        let (mut packet, mut total) = (Vec::new(), 0);
        let mut here: Option<Counted> = None;
        let mut next = stream.repeat(&first, &mut packet)?;
        while let Some(ended) = next {
            if let Some(done) = here.filter(|here| here.page != ended.page) {
                passed += 1;
                if passed % stride == 0 {
                    pages.push(done);
                }
                if pages.len() > MOST_PAGES {
                    let mut index = 0;
                    pages.retain(|_| {
                        index += 1;
                        index % 2 == 0
                    });
                    stride *= 2;
                }
            }
            total += timing.frames(&packet);
            here = Some(Counted {
                at: total,
                page: ended.page,
                index: ended.index,
            });
            next = stream.next(&mut packet)?;
        }
        Ok(Self {
            first: Some(first),
            start: start.min(total),
            end: Some(total),
            pages: Pages::Counted(pages),
        })
    }
}

/// What the first pages with sound state.
struct Head {
    first: Option<Ended>,
    /// The first stated position; 0 where there is none.
    granule: u64,
    /// Raw position minus stated position.
    offset: i64,
    /// Whether that page ends the stream.
    only_page: bool,
    /// Whether the next stated position fits the packets between; `None` where there is no other.
    second: Option<bool>,
}

impl Head {
    /// Reads on to the second page that states a position.
    fn read<T: Timing>(
        stream: &mut Logical,
        timing: &mut T,
        read: Option<Ended>,
    ) -> Result<Self, AudioError> {
        let mut head = Self {
            first: None,
            granule: 0,
            offset: 0,
            only_page: false,
            second: None,
        };
        let (mut packet, mut frames) = (Vec::new(), 0u64);
        let mut stated: Option<u64> = None;
        let mut next = match read {
            Some(read) => stream.repeat(&read, &mut packet)?,
            None => stream.next(&mut packet)?,
        };
        while let Some(ended) = next {
            head.first.get_or_insert(ended);
            frames += timing.frames(&packet);
            match (ended.granule, stated) {
                (Some(granule), None) => {
                    let signed = |n: u64| n.min(i64::MAX as u64).cast_signed();
                    head.granule = granule;
                    head.offset = signed(frames).saturating_sub(signed(granule));
                    head.only_page = ended.last_page;
                    stated = Some(granule);
                    frames = 0;
                }
                (Some(granule), Some(before)) => {
                    head.second = Some(fits(before, granule, frames, T::TRIMS && ended.last_page));
                    break;
                }
                (None, _) => {}
            }
            next = stream.next(&mut packet)?;
        }
        Ok(head)
    }
}

/// What the last pages state.
#[derive(Clone, Copy)]
struct Tail {
    /// The last stated position.
    granule: u64,
    /// Whether the positions fit the packets between them.
    fits: bool,
    /// Whether the last position is less than its packets hold.
    trimmed: bool,
}

impl Tail {
    /// From at least the last two pages that state positions; `None` where there are none within reach.
    fn read<T: Timing>(
        stream: &mut Logical,
        timing: &mut T,
        first: u64,
    ) -> Result<Option<Self>, AudioError> {
        /// Enough for two usual pages; pages are at most 64 kB, and other streams may lie behind the last one.
        const NEAR: u64 = 16 << 10;
        const FARTHEST: u64 = 8 << 20;
        let len = stream.bytes();
        let mut back = NEAR;
        loop {
            let from = len.saturating_sub(back).max(first);
            if let Some(tail) = Self::read_from(stream, timing, from)? {
                return Ok(Some(tail));
            }
            if from == first || back > FARTHEST {
                return Ok(None);
            }
            back *= 4;
        }
    }

    fn read_from<T: Timing>(
        stream: &mut Logical,
        timing: &mut T,
        from: u64,
    ) -> Result<Option<Self>, AudioError> {
        timing.reset();
        stream.go(from);
        let (mut packet, mut frames) = (Vec::new(), 0);
        let mut stated: Option<u64> = None;
        let mut tail: Option<Self> = None;
        while let Some(ended) = stream.next(&mut packet)? {
            frames += timing.frames(&packet);
            let Some(granule) = ended.granule else {
                continue;
            };
            if let Some(before) = stated {
                let sound = tail.is_none_or(|tail| tail.fits && !tail.trimmed);
                tail = Some(Self {
                    granule,
                    fits: sound && fits(before, granule, frames, T::TRIMS),
                    trimmed: granule.saturating_sub(before) < frames,
                });
            }
            stated = Some(granule);
            frames = 0;
        }
        // Packets behind the last position are heard as well; one that ends on no page is none.
        Ok(tail.map(|tail| Self {
            fits: tail.fits && frames == 0,
            ..tail
        }))
    }
}

/// Whether a page's position is as far from the one before as its packets are long, or less far where it `trims`.
fn fits(before: u64, granule: u64, frames: u64, trims: bool) -> bool {
    let distance = granule.checked_sub(before);
    distance.is_some_and(|n| n == frames || (trims && (1..frames).contains(&n)))
}
