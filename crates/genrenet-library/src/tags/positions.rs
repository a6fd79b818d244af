//! Reads of a source by position.

use std::io::{Read, SeekFrom};

use super::error::TagError;
use super::layout::Source;

/// How long the source is.
pub(super) fn length(source: &mut dyn Source) -> Result<u64, TagError> {
    Ok(source.seek(SeekFrom::End(0))?)
}

/// The bytes at a position; an error where the source ends before. `count` is one that the caller has held to a bound.
pub(super) fn bytes_at(
    source: &mut dyn Source,
    at: u64,
    count: usize,
) -> Result<Vec<u8>, TagError> {
    source.seek(SeekFrom::Start(at))?;
    let mut bytes = Vec::new();
    source.take(count as u64).read_to_end(&mut bytes)?;
    match bytes.len() == count {
        true => Ok(bytes),
        false => Err(TagError::Io(std::io::ErrorKind::UnexpectedEof.into())),
    }
}

/// Hands the bytes from `at` to `end` to `each`, a part at a time.
pub(super) fn stream(
    source: &mut dyn Source,
    at: u64,
    end: u64,
    each: &mut dyn FnMut(&[u8]),
) -> Result<(), TagError> {
    source.seek(SeekFrom::Start(at))?;
    let mut left = end.saturating_sub(at);
    let mut part = vec![0; left.min(1 << 16) as usize];
    while left > 0 {
        let count = left.min(part.len() as u64) as usize;
        source.read_exact(&mut part[..count])?;
        each(&part[..count]);
        left -= count as u64;
    }
    Ok(())
}
