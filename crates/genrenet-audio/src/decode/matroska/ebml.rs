//! EBML (RFC 8794): an identifier, a length in a number of variable width, content.

use crate::decode::Input;
use crate::error::AudioError;

/// An element: what it is and where its content lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Element {
    pub id: u32,
    /// Where the content starts.
    pub at: u64,
    /// Bytes of content; `None` if unknown (live streams).
    pub len: Option<u64>,
}

impl Element {
    /// Where the content ends, as far as its parent, which ends at `until`, has it.
    pub(super) fn end(&self, until: u64) -> u64 {
        self.len
            .map_or(until, |len| self.at.saturating_add(len).min(until))
    }
}

/// A number of variable width at the start of `bytes`, its marker bit removed, and its width in bytes.
pub(super) fn number(bytes: &[u8]) -> Option<(u64, usize)> {
    let first = *bytes.first()?;
    let width = first.leading_zeros() as usize + 1;
    let rest = bytes.get(1..width).filter(|_| width <= 8)?;
    let first = u64::from(first) & (0xff >> width);
    Some((
        rest.iter().fold(first, |n, &byte| n << 8 | u64::from(byte)),
        width,
    ))
}

/// The element that starts at byte `at` before `until`; `None` where there is none.
pub(super) fn read(input: &mut Input, at: u64, until: u64) -> Result<Option<Element>, AudioError> {
    let mut bytes = [0; 12];
    let n = input.read_at(at, &mut bytes)?;
    let n = n.min(usize::try_from(until.saturating_sub(at)).unwrap_or(usize::MAX));
    let bytes = &bytes[..n];
    let id_width = bytes
        .first()
        .map_or(usize::MAX, |first| first.leading_zeros() as usize + 1);
    let Some(id) = bytes.get(..id_width).filter(|_| id_width <= 4) else {
        return Ok(None);
    };
    let id = id.iter().fold(0, |id, &byte| id << 8 | u32::from(byte));
    let Some((len, width)) = number(&bytes[id_width..]) else {
        return Ok(None);
    };
    let unknown = len == (1 << (7 * width)) - 1;
    Ok(Some(Element {
        id,
        at: at + (id_width + width) as u64,
        len: (!unknown).then_some(len),
    }))
}

/// Elements looked at on one level, at most.
const MOST: usize = 1 << 20;

/// Calls `each` for the elements in `from..until` until it returns `true`. Contents are skipped, not read.
pub(super) fn walk(
    input: &mut Input,
    mut from: u64,
    until: u64,
    each: &mut dyn FnMut(&mut Input, Element) -> Result<bool, AudioError>,
) -> Result<(), AudioError> {
    for _ in 0..MOST {
        let Some(element) = read(input, from, until)? else {
            break;
        };
        if element.at > until || each(input, element)? {
            break;
        }
        from = element.end(until);
        if from >= until {
            break;
        }
    }
    Ok(())
}

/// The content of an element, at most `most` bytes of it.
pub(super) fn content(
    input: &mut Input,
    element: Element,
    until: u64,
    most: usize,
) -> Result<Vec<u8>, AudioError> {
    let len = element
        .end(until)
        .min(input.len())
        .saturating_sub(element.at);
    let mut bytes = vec![0; usize::try_from(len).unwrap_or(usize::MAX).min(most)];
    let got = input.read_at(element.at, &mut bytes)?;
    bytes.truncate(got);
    Ok(bytes)
}

/// The content as an unsigned number of at most 8 bytes.
pub(super) fn unsigned(input: &mut Input, element: Element, until: u64) -> Result<u64, AudioError> {
    let bytes = content(input, element, until, 8)?;
    Ok(bytes.iter().fold(0, |n, &byte| n << 8 | u64::from(byte)))
}

/// The content as a signed number of at most 8 bytes.
pub(super) fn signed(input: &mut Input, element: Element, until: u64) -> Result<i64, AudioError> {
    let bytes = content(input, element, until, 8)?;
    let negative = bytes.first().is_some_and(|&b| b >= 0x80);
    let start = if negative { -1 } else { 0 };
    Ok(bytes
        .iter()
        .fold(start, |n, &byte| n << 8 | i64::from(byte)))
}

/// The content as a floating-point number of 4 or 8 bytes; 0 for any other length.
pub(super) fn float(input: &mut Input, element: Element, until: u64) -> Result<f64, AudioError> {
    let bytes = content(input, element, until, 8)?;
    Ok(match (bytes.first_chunk(), bytes.first_chunk()) {
        (_, Some(long)) => f64::from_be_bytes(*long),
        (Some(short), None) if bytes.len() == 4 => f32::from_be_bytes(*short).into(),
        _ => 0.0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_leading_zeros_of_a_number_give_its_width() {
        assert_eq!(number(&[0x81]), Some((1, 1)));
        assert_eq!(number(&[0x40, 0x02]), Some((2, 2)));
        assert_eq!(
            number(&[0x01, 0, 0, 0, 0, 0, 1, 0]),
            Some((256, 8)),
            "eight bytes"
        );
        assert_eq!(number(&[0x40]), None);
        assert_eq!(number(&[0]), None);
        assert_eq!(number(&[]), None);
    }

    #[test]
    fn a_length_of_ones_is_unknown() {
        let mut input = Input::bytes(&b"\x1f\x43\xb6\x75\xff\xe7\x81\x07"[..]);
        let until = input.len();
        let cluster = read(&mut input, 0, until).unwrap().unwrap();
        assert_eq!((cluster.id, cluster.len), (0x1f43_b675, None));
        let time = read(&mut input, cluster.at, until).unwrap().unwrap();
        assert_eq!(unsigned(&mut input, time, until).unwrap(), 7);
        let cut_off = read(&mut input, cluster.at, cluster.at + 1);
        assert_eq!(cut_off.unwrap(), None);
    }
}
