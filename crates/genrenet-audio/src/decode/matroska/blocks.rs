//! Where a track's packets lie: in blocks, one or several in each, in clusters all over the file.

use super::ebml::{self, number};
use super::tracks;
use crate::decode::Input;
use crate::error::AudioError;

pub(super) const EBML: u32 = 0x1a45_dfa3;
const SEGMENT: u32 = 0x1853_8067;
const CLUSTER: u32 = 0x1f43_b675;
const BLOCK_GROUP: u32 = 0xa0;
const SIMPLE_BLOCK: u32 = 0xa3;

/// Where a packet lies in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PacketPosition {
    pub at: u64,
    pub bytes: u64,
}

/// A block of the track.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Block {
    /// The start of its element: going there finds the block again.
    pub element: u64,
    pub packets: Vec<PacketPosition>,
    /// Nanoseconds to discard at the end of its last packet.
    pub discarded: i64,
}

/// Goes through a file's blocks.
///
/// Clusters are entered, not treated as nested elements, so that an unknown or wrong length is no special case.
pub(super) struct Blocks {
    pub input: Input,
    track: u64,
    /// Where the segment's content starts.
    start: u64,
    next: u64,
    /// Where a file that was appended to this one begins, once its start was reached.
    pub followed: Option<u64>,
}

impl Blocks {
    pub(super) fn new(input: Input, track: u64, start: u64) -> Self {
        Self {
            input,
            track,
            start,
            next: start,
            followed: None,
        }
    }

    /// Makes the block in the element at byte `element` the next one; `None`: the first one.
    pub(super) fn go(&mut self, element: Option<u64>) {
        self.next = element.unwrap_or(self.start);
    }

    /// The next block of the track; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<Block>, AudioError> {
        let until = self.input.len();
        loop {
            let element = self.next;
            let Some(found) = ebml::read(&mut self.input, element, until)? else {
                if !self.search(element)? {
                    return Ok(None);
                }
                continue;
            };
            let end = found.at.saturating_add(found.len.unwrap_or(0));
            let (body, discarded) = match found.id {
                EBML | SEGMENT => {
                    self.followed = Some(element);
                    return Ok(None);
                }
                CLUSTER => {
                    self.next = found.at;
                    continue;
                }
                // Not an element: damage, or the end of a file that was cut off.
                _ if found.len.is_none() || end > until => {
                    if !self.search(element)? {
                        return Ok(None);
                    }
                    continue;
                }
                SIMPLE_BLOCK => (Some(found), 0),
                BLOCK_GROUP => tracks::group(&mut self.input, found, until)?,
                _ => (None, 0),
            };
            self.next = end;
            let Some(body) = body else { continue };
            let packets = self.packets(body.at, body.end(end))?;
            if !packets.is_empty() {
                return Ok(Some(Block {
                    element,
                    packets,
                    discarded,
                }));
            }
        }
    }

    /// Goes to the first cluster, or appended file, after byte `at`, where there is no element; `false` if there is none.
    fn search(&mut self, at: u64) -> Result<bool, AudioError> {
        let mut window = [0; 16 * 1024];
        // A little at first, so that repeated damage costs no more than reading the file a few times.
        let mut width = 64;
        let mut at = at + 1;
        loop {
            let n = self.input.read_at(at, &mut window[..width])?;
            width = (2 * width).min(window.len());
            if n < 4 {
                return Ok(false);
            }
            let found = window[..n]
                .windows(4)
                .position(|w| w == CLUSTER.to_be_bytes() || w == EBML.to_be_bytes());
            if let Some(found) = found {
                self.next = at + found as u64;
                return Ok(true);
            }
            at += n as u64 - 3;
        }
    }

    /// The packets of the block whose content lies in `at..end`; none where it is another track's or damaged.
    fn packets(&mut self, at: u64, end: u64) -> Result<Vec<PacketPosition>, AudioError> {
        let mut head = [0; 16];
        let n = self.input.read_at(at, &mut head)?;
        let Some((track, width)) = number(&head[..n]) else {
            return Ok(Vec::new());
        };
        // Track, time of 16 bits, flags.
        let after = at + width as u64 + 3;
        let (Some(&flags), true) = (head.get(width + 2), track == self.track && after <= end)
        else {
            return Ok(Vec::new());
        };
        let bytes = end - after;
        let lacing = flags >> 1 & 3;
        if lacing == 0 {
            let place = PacketPosition { at: after, bytes };
            return Ok(if bytes > 0 { vec![place] } else { Vec::new() });
        }
        // Lengths of at most 255 packets come first: few bytes, but as many as long ones take in steps of 255.
        let longest = (bytes / 255).saturating_add(8 * 256).min(bytes);
        let mut laced = vec![0; usize::try_from(longest).unwrap_or(usize::MAX)];
        let got = self.input.read_at(after, &mut laced)?;
        let Some((lengths, used)) = laces(&laced[..got], bytes, lacing) else {
            return Ok(Vec::new());
        };
        let mut at = after + used;
        let mut places = Vec::new();
        for bytes in lengths {
            places.extend((bytes > 0).then_some(PacketPosition { at, bytes }));
            at += bytes;
        }
        Ok(places)
    }
}

/// The lengths of the packets in a block with lacing (1: Xiph, in steps of 255; 2: fixed size; 3: EBML, by differences),
/// and the bytes that they take; `None` if they do not fit into the block's `bytes`.
fn laces(head: &[u8], bytes: u64, way: u8) -> Option<(Vec<u64>, u64)> {
    let (&count, rest) = head.split_first()?;
    // All but the last are stated.
    let said = usize::from(count);
    let mut lengths = Vec::with_capacity(said + 1);
    let mut at = 0;
    match way {
        1 => {
            for _ in 0..said {
                let mut length = 0;
                loop {
                    let &byte = rest.get(at)?;
                    at += 1;
                    length += u64::from(byte);
                    if byte < 255 {
                        break;
                    }
                }
                lengths.push(length);
            }
        }
        2 => {
            let each = bytes.checked_sub(1)? / (said as u64 + 1);
            lengths.resize(said, each);
        }
        _ => {
            let mut length = 0i64;
            for i in 0..said {
                let (value, width) = number(rest.get(at..)?)?;
                at += width;
                let value = value.cast_signed();
                length = if i == 0 {
                    value
                } else {
                    length + value - ((1 << (7 * width - 1)) - 1)
                };
                lengths.push(u64::try_from(length).ok().filter(|&n| n <= bytes)?);
            }
        }
    }
    let used = 1 + at as u64;
    let all: u64 = lengths.iter().sum();
    lengths.push(bytes.checked_sub(used)?.checked_sub(all)?);
    Some((lengths, used))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_all_three_lacings_are_read() {
        // 800, 500 and the rest, as the specification's example has it.
        assert_eq!(
            laces(&[2, 255, 255, 255, 35, 255, 245], 7 + 2300, 1),
            Some((vec![800, 500, 1000], 7))
        );
        assert_eq!(
            laces(&[2, 0x43, 0x20, 0x5e, 0xd3], 5 + 2300, 3),
            Some((vec![800, 500, 1000], 5))
        );
        assert_eq!(laces(&[2], 1 + 2400, 2), Some((vec![800, 800, 800], 1)));
        assert_eq!(laces(&[2, 255, 255, 255, 35, 255, 245], 1300, 1), None);
        assert_eq!(laces(&[2, 255], 2300, 1), None);
        assert_eq!(laces(&[], 0, 2), None);
    }
}
