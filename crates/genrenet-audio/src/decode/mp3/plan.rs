//! Which granules, and how much of each, are needed for the requested samples.

use std::ops::Range;

use super::granule::{GRANULE, Needed};
use super::polyphase::REACH;

const SLOT: u64 = 32;
const SLOTS: u64 = GRANULE as u64 / SLOT;

/// A requested run of samples, counted from the first frame's first sample, and the caller's number for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) index: usize,
    pub(super) samples: Range<u64>,
}

impl Piece {
    /// The slots of its samples.
    fn sound(&self) -> Range<u64> {
        self.samples.start / SLOT..self.samples.end.div_ceil(SLOT)
    }

    /// The slots that the filter bank needs for it.
    fn reach(&self) -> Range<u64> {
        (self.samples.start / SLOT).saturating_sub(REACH as u64)..self.samples.end.div_ceil(SLOT)
    }

    /// The first granule that it needs, if only for its overlap.
    pub(super) fn first_granule(&self) -> u64 {
        (self.reach().start / SLOTS).saturating_sub(1)
    }
}

/// What `pieces`, which are sorted and not empty, need of a granule.
pub(super) fn needed(granule: u64, pieces: &[Piece]) -> Needed {
    let own = granule * SLOTS..(granule + 1) * SLOTS;
    let mut from = None;
    let mut sound: Option<Range<u64>> = None;
    let mut next = false;
    for piece in pieces {
        let reach = piece.reach();
        if reach.start >= own.end + SLOTS {
            break;
        }
        next |= reach.end > own.end;
        if let Some(part) = common(&reach, &own) {
            from = from.or(Some(part.start));
        }
        if let Some(part) = common(&piece.sound(), &own) {
            sound = Some(sound.map_or(part.clone(), |sound| sound.start..part.end.max(sound.end)));
        }
    }
    let local = |slot: u64| (slot - own.start) as usize;
    match from {
        Some(from) => Needed::Sound {
            from: local(from),
            sound: sound.map_or(0..0, |sound| local(sound.start)..local(sound.end)),
        },
        None if next => Needed::Overlap,
        None => Needed::Nothing,
    }
}

fn common(a: &Range<u64>, b: &Range<u64>) -> Option<Range<u64>> {
    let both = a.start.max(b.start)..a.end.min(b.end);
    (both.start < both.end).then_some(both)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(samples: Range<u64>) -> Piece {
        Piece { index: 0, samples }
    }

    #[test]
    fn late_in_a_granule_only_the_overlap_before_is_needed() {
        let pieces = [piece(5 * 576 + 16 * 32..6 * 576)];
        assert_eq!(pieces[0].first_granule(), 4);
        assert_eq!(needed(3, &pieces), Needed::Nothing);
        assert_eq!(needed(4, &pieces), Needed::Overlap);
        assert_eq!(
            needed(5, &pieces),
            Needed::Sound {
                from: 1,
                sound: 16..18
            }
        );
        assert_eq!(needed(6, &pieces), Needed::Nothing);
    }

    #[test]
    fn early_in_a_granule_slots_of_the_one_before_are_needed() {
        let pieces = [piece(5 * 576 + 32..5 * 576 + 33), piece(8 * 576..9 * 576)];
        assert_eq!(pieces[0].first_granule(), 3);
        assert_eq!(needed(2, &pieces), Needed::Nothing);
        assert_eq!(needed(3, &pieces), Needed::Overlap);
        assert_eq!(
            needed(4, &pieces),
            Needed::Sound {
                from: 4,
                sound: 0..0
            }
        );
        assert_eq!(
            needed(5, &pieces),
            Needed::Sound {
                from: 0,
                sound: 1..2
            }
        );
        assert_eq!(needed(6, &pieces), Needed::Overlap);
        assert_eq!(
            needed(7, &pieces),
            Needed::Sound {
                from: 3,
                sound: 0..0
            }
        );
        assert_eq!(
            needed(8, &pieces),
            Needed::Sound {
                from: 0,
                sound: 0..18
            }
        );
    }

    #[test]
    fn the_first_sample_needs_nothing_before_it() {
        let pieces = [piece(0..1)];
        assert_eq!(pieces[0].first_granule(), 0);
        assert_eq!(
            needed(0, &pieces),
            Needed::Sound {
                from: 0,
                sound: 0..1
            }
        );
    }
}
