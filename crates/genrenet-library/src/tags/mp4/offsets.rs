//! Positions in the file that atoms hold: they move with the bytes that they point to.

use std::ops::Range;

use super::super::error::TagError;
use super::super::splice::Splice;
use super::atom::children;
use super::{malformed, unsupported};

/// Containers within containers.
const MOST_DEPTH: usize = 8;

/// Everything from this position on moves by so many bytes.
pub(super) struct Move {
    pub from: u64,
    pub by: i64,
}

impl Move {
    fn of(&self, position: u64) -> Result<u64, TagError> {
        match position >= self.from {
            true => position.checked_add_signed(self.by).ok_or_else(too_far),
            false => Ok(position),
        }
    }

    /// The splices of the positions in this part of the bytes, which stand at `base` in the file.
    pub(super) fn splices(
        &self,
        bytes: &[u8],
        part: Range<usize>,
        base: u64,
        depth: usize,
        splices: &mut Vec<Splice>,
    ) -> Result<(), TagError> {
        if depth > MOST_DEPTH {
            return Err(malformed("atoms within atoms within atoms".into()));
        }
        for atom in children(bytes, part)? {
            let content = atom.content();
            let held = &bytes[content.clone()];
            let (within, old) = match &atom.kind {
                b"moov" | b"trak" | b"mdia" | b"minf" | b"dinf" | b"stbl" | b"moof" | b"traf"
                | b"mfra" => {
                    self.splices(bytes, content, base, depth + 1, splices)?;
                    continue;
                }
                b"stco" => table(held, 4, 4)?,
                b"co64" => table(held, 4, 8)?,
                // A flag says that the position of the data is given.
                b"tfhd" if held.get(3).is_some_and(|flags| flags & 1 != 0) => {
                    (8, held.get(8..16).ok_or_else(cut_off)?)
                }
                b"tfra" => {
                    self.random_access(held, base + content.start as u64, splices)?;
                    continue;
                }
                b"saio" | b"iloc" => {
                    return Err(unsupported(
                        "positions of encrypted or still data would have to move".into(),
                    ));
                }
                b"dref" if refers_elsewhere(held) => {
                    return Err(unsupported("the sound is in another file".into()));
                }
                _ => continue,
            };
            let width = if atom.kind == *b"stco" { 4 } else { 8 };
            let mut new = Vec::with_capacity(old.len());
            for position in old.chunks_exact(width) {
                new.extend(self.moved(position)?);
            }
            if new != old {
                splices.push(Splice {
                    at: base + (content.start + within) as u64,
                    remove: old.len() as u64,
                    insert: new,
                });
            }
        }
        Ok(())
    }

    /// A position of four or eight bytes.
    fn moved(&self, position: &[u8]) -> Result<Vec<u8>, TagError> {
        let number = position
            .iter()
            .fold(0, |number, &byte| number << 8 | u64::from(byte));
        let moved = self.of(number)?.to_be_bytes();
        let (above, kept) = moved.split_at(8 - position.len());
        match above.iter().all(|&byte| byte == 0) {
            true => Ok(kept.to_vec()),
            false => Err(too_far()),
        }
    }

    /// `tfra`: times and positions of fragments.
    fn random_access(
        &self,
        held: &[u8],
        at: u64,
        splices: &mut Vec<Splice>,
    ) -> Result<(), TagError> {
        let header = held.first_chunk::<12>().ok_or_else(cut_off)?;
        let width = if header[0] == 1 { 8 } else { 4 };
        let numbers: usize = (0..3)
            .map(|pair| usize::from(header[11] >> (2 * pair) & 3) + 1)
            .sum();
        let (_, entries) = table(held, 12, 2 * width + numbers)?;
        for (number, entry) in entries.chunks_exact(2 * width + numbers).enumerate() {
            let old = &entry[width..2 * width];
            let insert = self.moved(old)?;
            if insert != old {
                splices.push(Splice {
                    at: at + (16 + number * entry.len() + width) as u64,
                    remove: width as u64,
                    insert,
                });
            }
        }
        Ok(())
    }
}

/// The entries of a table whose number stands at `count_at`, and where they begin.
fn table(held: &[u8], count_at: usize, width: usize) -> Result<(usize, &[u8]), TagError> {
    let rest = held.get(count_at..).ok_or_else(cut_off)?;
    let (count, rest) = rest.split_first_chunk::<4>().ok_or_else(cut_off)?;
    let length = (u32::from_be_bytes(*count) as usize).checked_mul(width);
    let entries = length
        .and_then(|length| rest.get(..length))
        .ok_or_else(cut_off)?;
    Ok((count_at + 4, entries))
}

/// Whether a data reference has no flag "in the same file".
fn refers_elsewhere(held: &[u8]) -> bool {
    let entries = children(held, 8.min(held.len())..held.len()).unwrap_or_default();
    entries.iter().any(|entry| {
        held[entry.content()]
            .get(3)
            .is_none_or(|flags| flags & 1 == 0)
    })
}

fn cut_off() -> TagError {
    malformed("expected a whole table of positions, found one that is cut off".into())
}

fn too_far() -> TagError {
    unsupported(
        "expected positions that fit their tables, found one that would become larger than 4 GiB"
            .into(),
    )
}
