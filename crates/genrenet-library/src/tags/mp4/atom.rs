//! Atoms: a size, a kind, and what they hold (ISO 14496-12, 4.2).

use std::ops::Range;

use super::super::error::TagError;
use super::super::splice::Splice;
use super::{malformed, unsupported};

/// One atom; its positions are those in the bytes or in the file that it was found in.
#[derive(Clone, Debug)]
pub(super) struct Atom {
    pub at: u64,
    pub kind: [u8; 4],
    /// Length of the header: 8, or 16 with a size of 64 bits.
    pub header: u64,
    pub end: u64,
    /// Size 0: to the end of the file.
    pub open: bool,
}

impl Atom {
    /// The atom whose first bytes (up to 16) are these, in a parent that ends at `until`.
    pub(super) fn parse(first: &[u8], at: u64, until: u64) -> Option<Atom> {
        let (size, rest) = first.split_first_chunk::<4>()?;
        let (kind, rest) = rest.split_first_chunk::<4>()?;
        let (header, size) = match u32::from_be_bytes(*size) {
            0 => (8, until - at),
            1 => (16, u64::from_be_bytes(*rest.first_chunk::<8>()?)),
            size => (8, u64::from(size)),
        };
        let end = at.checked_add(size)?;
        (size >= header && end <= until).then_some(Atom {
            at,
            kind: *kind,
            header,
            end,
            open: first[..4] == [0; 4],
        })
    }

    pub(super) fn size(&self) -> u64 {
        self.end - self.at
    }

    /// Where what it holds stands.
    pub(super) fn content(&self) -> Range<usize> {
        (self.at + self.header) as usize..self.end as usize
    }

    /// The splice that writes another size; none where the atom reaches to the end of the file anyway.
    pub(super) fn resized(&self, base: u64, size: u64) -> Result<Option<Splice>, TagError> {
        if self.open {
            return Ok(None);
        }
        let (at, insert) = match self.header {
            16 => (8, size.to_be_bytes().to_vec()),
            _ => {
                let size = u32::try_from(size);
                let size =
                    size.map_err(|_| unsupported("an atom would become larger than 4 GiB".into()))?;
                (0, size.to_be_bytes().to_vec())
            }
        };
        Ok(Some(Splice {
            at: base + self.at + at,
            remove: insert.len() as u64,
            insert,
        }))
    }
}

/// The atoms that stand in this part of the bytes. Fewer than eight zeros may follow them, as QuickTime ends lists.
pub(super) fn children(bytes: &[u8], part: Range<usize>) -> Result<Vec<Atom>, TagError> {
    let (mut at, mut found) = (part.start, Vec::new());
    let held = bytes.get(..part.end).unwrap_or(bytes);
    while at < held.len() {
        let rest = &held[at..];
        if rest.len() < 8 && rest.iter().all(|&byte| byte == 0) {
            break;
        }
        let atom = Atom::parse(rest, at as u64, held.len() as u64).filter(|atom| !atom.open);
        let atom = atom.ok_or_else(|| {
            malformed(format!(
                "expected an atom within {} bytes, found {:02X?}",
                rest.len(),
                &rest[..rest.len().min(8)]
            ))
        })?;
        at = atom.end as usize;
        found.push(atom);
    }
    Ok(found)
}

/// An atom of less than 4 GiB.
pub(super) fn atom(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    [
        &(content.len() as u32 + 8).to_be_bytes(),
        kind.as_slice(),
        content,
    ]
    .concat()
}
