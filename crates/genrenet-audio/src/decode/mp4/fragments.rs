//! Fragmented files: packets are listed in `moof` boxes all over the file, a few seconds in each.

use super::boxes::{Box4, content, u32_at, u64_at, walk};
use super::samples::PacketPosition;
use crate::decode::Input;
use crate::error::AudioError;

/// The defaults of `trex` for packets, which their fragment may override.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Defaults {
    pub track: u32,
    pub bytes: u32,
}

/// The fragments of one track.
#[derive(Debug)]
pub(super) struct Fragments {
    defaults: Defaults,
    /// For each fragment: where its `moof` is, and the number of packets before it.
    index: Vec<(Box4, u32)>,
    pub count: u32,
    /// The fragment that is read, and its packets that are left, last first.
    next: usize,
    places: Vec<PacketPosition>,
}

/// Most bytes of a `moof` box, a list of some hundred packets.
const LONGEST: usize = 1 << 20;

/// Most packets of one fragment.
const MOST: usize = 1 << 18;

impl Fragments {
    /// Finds all fragments of the file that starts at byte `start`.
    pub(super) fn open(
        input: &mut Input,
        start: u64,
        defaults: Defaults,
    ) -> Result<Self, AudioError> {
        let mut fragments = Self {
            defaults,
            index: Vec::new(),
            count: 0,
            next: 0,
            places: Vec::new(),
        };
        let until = input.len();
        walk(input, start, until, &mut |input, found| {
            if &found.kind == b"moof" {
                let places = fragments.places(input, found)?;
                fragments.index.push((found, fragments.count));
                fragments.count = fragments.count.saturating_add(places.len() as u32);
            }
            Ok(false)
        })?;
        Ok(fragments)
    }

    /// The packets of one fragment in order.
    fn places(&self, input: &mut Input, moof: Box4) -> Result<Vec<PacketPosition>, AudioError> {
        let mut places = Vec::new();
        let track = self.defaults;
        walk(input, moof.at, moof.end, &mut |input, traf| {
            if &traf.kind == b"traf" {
                let mut base = moof.head;
                let mut default_bytes = track.bytes;
                let mut ours = true;
                let mut after = None;
                walk(input, traf.at, traf.end, &mut |input, inner| {
                    let bytes = content(input, inner, LONGEST)?;
                    let flags = u32_at(&bytes, 0) & 0xff_ffff;
                    match &inner.kind {
                        b"tfhd" => {
                            ours = u32_at(&bytes, 4) == track.track;
                            let mut at = 8;
                            if flags & 0x01 != 0 {
                                base = u64_at(&bytes, at);
                                at += 8;
                            }
                            // Description and duration, if there.
                            at +=
                                4 * (flags & 0x02 != 0) as usize + 4 * (flags & 0x08 != 0) as usize;
                            if flags & 0x10 != 0 {
                                default_bytes = u32_at(&bytes, at);
                            }
                        }
                        b"trun" if ours => {
                            after =
                                Some(run(&bytes, flags, base, after, default_bytes, &mut places))
                        }
                        _ => {}
                    }
                    Ok(false)
                })?;
            }
            Ok(false)
        })?;
        Ok(places)
    }

    /// The next packet; `None` at the end.
    pub(super) fn next(&mut self, input: &mut Input) -> Result<Option<PacketPosition>, AudioError> {
        loop {
            if let Some(place) = self.places.pop() {
                return Ok(Some(place));
            }
            let Some(&(moof, _)) = self.index.get(self.next) else {
                return Ok(None);
            };
            self.next += 1;
            self.places = self.places(input, moof)?;
            self.places.reverse();
        }
    }

    /// Makes packet `packet` the next one.
    pub(super) fn go(&mut self, input: &mut Input, packet: u32) -> Result<(), AudioError> {
        self.next = self
            .index
            .partition_point(|&(_, before)| before <= packet)
            .saturating_sub(1);
        self.places.clear();
        let before = self.index.get(self.next).map_or(0, |&(_, before)| before);
        for _ in before..packet {
            if self.next(input)?.is_none() {
                break;
            }
        }
        Ok(())
    }
}

/// Appends the packets of a `trun` box; returns where they end.
fn run(
    bytes: &[u8],
    flags: u32,
    base: u64,
    after: Option<u64>,
    default_bytes: u32,
    places: &mut Vec<PacketPosition>,
) -> u64 {
    let count = u32_at(bytes, 4);
    let mut at = 8;
    let mut place = after.unwrap_or(base);
    if flags & 0x01 != 0 {
        place = base.saturating_add_signed(u32_at(bytes, at).cast_signed().into());
        at += 4;
    }
    at += 4 * (flags & 0x04 != 0) as usize;
    let present = |bit: u32| (flags & bit != 0) as usize * 4;
    let width = present(0x100) + present(0x200) + present(0x400) + present(0x800);
    // Entries without fields take no bytes, so that their number is limited here.
    let room = match width {
        0 => 4096,
        _ => bytes.len().saturating_sub(at) / width,
    };
    let room = room.min(MOST.saturating_sub(places.len()));
    for _ in 0..(count as usize).min(room) {
        let size = if flags & 0x200 != 0 {
            u32_at(bytes, at + present(0x100))
        } else {
            default_bytes
        };
        places.push(PacketPosition {
            at: place,
            bytes: size,
        });
        place = place.saturating_add(size.into());
        at += width;
    }
    place
}

/// The defaults of a track in an `mvex` box.
pub(super) fn defaults(input: &mut Input, mvex: Box4, track: u32) -> Result<Defaults, AudioError> {
    let mut defaults = Defaults { track, bytes: 0 };
    walk(input, mvex.at, mvex.end, &mut |input, trex| {
        if &trex.kind == b"trex" {
            let bytes = content(input, trex, 24)?;
            if u32_at(&bytes, 4) == track {
                defaults.bytes = u32_at(&bytes, 16);
            }
        }
        Ok(false)
    })?;
    Ok(defaults)
}
