//! Chained Ogg: groups of streams that follow one another in one file (RFC 3533, section 4).

use std::collections::BTreeMap;
use std::ops::Range;

use super::page::{self, Page};
use crate::decode::Input;
use crate::decode::chain::{CLOSE, probes};
use crate::error::AudioError;

/// Most streams that are multiplexed.
pub(super) const MOST_STREAMS: usize = 64;
/// Most links of a file; what follows is not read. A song each minute for months.
const MOST: usize = 1 << 17;
/// How far from the end of the file the last page is searched.
const FARTHEST: u64 = 8 << 20;

/// The bytes of each link of a file that begins at byte `start`: one, unless it is chained.
///
/// The file is not read through: a few pages show whether they all belong to the streams that began first. If one does
/// not, the end of the link is found by bisection.
pub(super) fn find(input: &mut Input, start: u64) -> Result<Vec<Range<u64>>, AudioError> {
    let mut links = Vec::new();
    let mut from = start;
    let mut last = None;
    while links.len() < MOST {
        let Some(group) = Group::read(input, from)? else {
            break;
        };
        if last.is_none() {
            last = last_page(input, group.end)?;
        }
        let end = group.follow(input, last.as_ref())?;
        links.push(from..end);
        if end >= input.len() {
            break;
        }
        from = end;
    }
    Ok(links)
}

/// The fields of a page that are needed here.
#[derive(Debug, Clone, Copy)]
struct Seen {
    at: u64,
    end: u64,
    serial: u32,
    begins: bool,
    granule: Option<u64>,
}

impl Seen {
    /// Whether its position is before that of an earlier page of its stream.
    fn goes_back(&self, positions: &BTreeMap<u32, u64>) -> bool {
        let before = positions.get(&self.serial);
        before
            .zip(self.granule)
            .is_some_and(|(&before, here)| here < before)
    }
}

/// The first page in `from..until`.
fn seen(input: &mut Input, from: u64, until: u64) -> Result<Option<Seen>, AudioError> {
    let mut page = Page::default();
    Ok(page::read(input, from, until, &mut page)?.then(|| Seen {
        at: page.at,
        end: page.end(),
        serial: page.serial,
        begins: page.begins,
        granule: page.granule,
    }))
}

/// The last page of the file, after byte `first`.
fn last_page(input: &mut Input, first: u64) -> Result<Option<Seen>, AudioError> {
    let len = input.len();
    let mut back = CLOSE / 2;
    loop {
        let from = len.saturating_sub(back).max(first);
        let (mut at, mut last) = (from, None);
        while let Some(page) = seen(input, at, len)? {
            at = page.end;
            last = Some(page);
        }
        if last.is_some() || from == first || back > FARTHEST {
            return Ok(last);
        }
        back *= 4;
    }
}

/// The first pages of streams that are multiplexed.
struct Group {
    start: u64,
    serials: Vec<u32>,
    /// Where the pages after the first ones begin.
    end: u64,
}

impl Group {
    /// `None` where no stream begins at `at`.
    fn read(input: &mut Input, at: u64) -> Result<Option<Self>, AudioError> {
        let (mut serials, mut end) = (Vec::new(), at);
        let len = input.len();
        while let Some(page) = seen(input, end, len)?.filter(|page| page.begins) {
            // A stream that begins twice is the next link.
            if serials.contains(&page.serial) || serials.len() == MOST_STREAMS {
                break;
            }
            serials.push(page.serial);
            end = page.end;
        }
        let found = !serials.is_empty();
        Ok(found.then_some(Self {
            start: at,
            serials,
            end,
        }))
    }

    fn holds(&self, page: &Seen) -> bool {
        self.serials.contains(&page.serial)
    }

    /// Where this link ends.
    fn follow(&self, input: &mut Input, last: Option<&Seen>) -> Result<u64, AudioError> {
        let len = input.len();
        let mut positions: BTreeMap<u32, u64> = BTreeMap::new();
        let mut before = self.end;
        for target in probes(self.start, len).chain([len]) {
            let page = if target == len {
                last.copied().filter(|last| last.at >= before)
            } else if target < before {
                continue;
            } else {
                seen(input, target, len)?
            };
            let Some(page) = page else { continue };
            if !self.holds(&page) {
                let end = self.boundary(input, before, page.at)?;
                // Streams that begin in the middle of others, without a new link, do not belong to these.
                if seen(input, end, len)?.is_some_and(|page| page.begins) {
                    return Ok(end);
                }
            } else if page.begins || page.goes_back(&positions) {
                // The same stream begins again, or its positions go back.
                if let Some(end) = self.begins_again(input, before, page.end)? {
                    return Ok(end);
                }
            }
            if let Some(granule) = page.granule {
                positions.insert(page.serial, granule);
            }
            before = page.end;
        }
        Ok(len)
    }

    /// The start of the first page in `low..=high` that belongs to no stream of this group; there is one at `high`.
    fn boundary(&self, input: &mut Input, low: u64, high: u64) -> Result<u64, AudioError> {
        let (mut low, mut high) = (low, high);
        while high - low > CLOSE {
            match seen(input, low + (high - low) / 2, high)? {
                Some(page) if self.holds(&page) => low = page.end,
                Some(page) => high = page.at,
                None => high = low + (high - low) / 2,
            }
        }
        while let Some(page) = seen(input, low, high)?.filter(|page| self.holds(page)) {
            low = page.end;
        }
        let len = input.len();
        Ok(seen(input, low, len)?.map_or(len, |page| page.at))
    }

    /// The start of the first page in `from..until` with which a stream begins.
    fn begins_again(
        &self,
        input: &mut Input,
        from: u64,
        until: u64,
    ) -> Result<Option<u64>, AudioError> {
        let mut at = from;
        while let Some(page) = seen(input, at, until)? {
            if page.begins {
                return Ok(Some(page.at));
            }
            at = page.end;
        }
        Ok(None)
    }
}
