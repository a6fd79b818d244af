//! MP4 boxes (ISO 14496-12): a length, a four-letter kind, content.

use crate::decode::Input;
use crate::error::AudioError;

/// A box: its kind and where its content lies, as far as its parent and the file have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Box4 {
    pub kind: [u8; 4],
    /// Where the header starts.
    pub head: u64,
    pub at: u64,
    pub end: u64,
}

impl Box4 {
    pub(super) fn len(&self) -> u64 {
        self.end - self.at
    }
}

/// Most boxes on one level.
const MOST: usize = 1 << 20;

/// Calls `each` for the boxes in `from..until` until it returns `true`. Contents are skipped, not read.
pub(super) fn walk(
    input: &mut Input,
    mut from: u64,
    until: u64,
    each: &mut dyn FnMut(&mut Input, Box4) -> Result<bool, AudioError>,
) -> Result<(), AudioError> {
    for _ in 0..MOST {
        let mut header = [0; 16];
        let n = input.read_at(from, &mut header)?;
        if n < 8 || from + 8 > until {
            break;
        }
        let [a, b, c, d, kind @ .., _, _, _, _, _, _, _, _] = header;
        let (start, size) = match u32::from_be_bytes([a, b, c, d]) {
            0 => (8, until - from),
            1 if n == 16 => (
                16,
                header
                    .last_chunk::<8>()
                    .map_or(0, |b| u64::from_be_bytes(*b)),
            ),
            size => (8, u64::from(size)),
        };
        if size < start {
            break;
        }
        let end = from.saturating_add(size);
        let shown = Box4 {
            kind,
            head: from,
            at: from + start,
            end: end.min(until),
        };
        if shown.at > shown.end || each(input, shown)? || end >= until {
            break;
        }
        from = end;
    }
    Ok(())
}

/// The first box of `kind` in `from..until`.
pub(super) fn find(
    input: &mut Input,
    from: u64,
    until: u64,
    kind: &[u8; 4],
) -> Result<Option<Box4>, AudioError> {
    let mut found = None;
    walk(input, from, until, &mut |_, found_box| {
        if &found_box.kind == kind {
            found = Some(found_box);
        }
        Ok(found.is_some())
    })?;
    Ok(found)
}

/// The box that `path` leads to from inside `outer`.
pub(super) fn descend(
    input: &mut Input,
    outer: Box4,
    path: &[&[u8; 4]],
) -> Result<Option<Box4>, AudioError> {
    let mut inner = outer;
    for kind in path {
        match find(input, inner.at, inner.end, kind)? {
            Some(found) => inner = found,
            None => return Ok(None),
        }
    }
    Ok(Some(inner))
}

/// The first bytes of a box's content, at most `most`.
pub(super) fn content(input: &mut Input, of: Box4, most: usize) -> Result<Vec<u8>, AudioError> {
    let n = usize::try_from(of.len()).unwrap_or(usize::MAX).min(most);
    let mut bytes = vec![0; n];
    let got = input.read_at(of.at, &mut bytes)?;
    bytes.truncate(got);
    Ok(bytes)
}

/// Big-endian numbers from a box's content; 0 past its end.
pub(super) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    bytes
        .get(at..)
        .and_then(|b| b.first_chunk())
        .map_or(0, |b| u32::from_be_bytes(*b))
}

/// As [`u32_at`], of 16 bits.
pub(super) fn u16_at(bytes: &[u8], at: usize) -> u16 {
    bytes
        .get(at..)
        .and_then(|b| b.first_chunk())
        .map_or(0, |b| u16::from_be_bytes(*b))
}

/// As [`u32_at`], of 64 bits.
pub(super) fn u64_at(bytes: &[u8], at: usize) -> u64 {
    bytes
        .get(at..)
        .and_then(|b| b.first_chunk())
        .map_or(0, |b| u64::from_be_bytes(*b))
}
