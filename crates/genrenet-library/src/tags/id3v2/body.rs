//! The bytes after the header, read from front to back, without the unsynchronisation of a whole tag.

use std::io::SeekFrom;

use crate::tags::error::TagError;
use crate::tags::layout::Source;

/// Reads the bytes of a tag; `FF 00` is `FF` where the tag is unsynchronised.
pub(super) struct Body<'a> {
    source: &'a mut dyn Source,
    /// Position in the file of the next byte.
    at: u64,
    end: u64,
    unsynchronised: bool,
    buffer: Vec<u8>,
    used: usize,
}

impl<'a> Body<'a> {
    pub fn new(source: &'a mut dyn Source, at: u64, end: u64, unsynchronised: bool) -> Body<'a> {
        Body {
            source,
            at,
            end,
            unsynchronised,
            buffer: Vec::new(),
            used: 0,
        }
    }

    /// Position in the file of what is read next.
    pub fn at(&self) -> u64 {
        self.at
    }

    /// Hands the next `count` bytes to `each`, a part at a time; false where there are fewer.
    pub fn take(&mut self, mut count: u64, each: &mut dyn FnMut(&[u8])) -> Result<bool, TagError> {
        while count > 0 {
            if self.used == self.buffer.len() && !self.fill()? {
                return Ok(false);
            }
            let ready = &self.buffer[self.used..];
            let most = ready
                .len()
                .min(usize::try_from(count).unwrap_or(usize::MAX));
            let mut part = &ready[..most];
            let mut stuffed = false;
            if self.unsynchronised
                && let Some(ff) = part.iter().position(|&byte| byte == 0xFF)
            {
                part = &part[..=ff];
                stuffed = true;
            }
            each(part);
            let length = part.len();
            self.used += length;
            self.at += length as u64;
            count -= length as u64;
            if stuffed {
                self.skip_stuffing()?;
            }
        }
        Ok(true)
    }

    /// The next bytes, at most `count`.
    pub fn bytes(&mut self, count: usize) -> Result<Vec<u8>, TagError> {
        let mut bytes = Vec::new();
        self.take(count as u64, &mut |part| bytes.extend_from_slice(part))?;
        Ok(bytes)
    }

    fn skip_stuffing(&mut self) -> Result<(), TagError> {
        if (self.used < self.buffer.len() || self.fill()?) && self.buffer[self.used] == 0 {
            self.used += 1;
            self.at += 1;
        }
        Ok(())
    }

    fn fill(&mut self) -> Result<bool, TagError> {
        let left = (self.end - self.at).min(1 << 16);
        self.source.seek(SeekFrom::Start(self.at))?;
        self.buffer.resize(left as usize, 0);
        self.used = 0;
        self.source.read_exact(&mut self.buffer)?;
        Ok(left > 0)
    }
}

/// With `00` after each `FF` that a decoder of MPEG audio could take for the start of a frame, or that another `00` follows.
pub(super) fn unsynchronise(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    for (index, &byte) in bytes.iter().enumerate() {
        out.push(byte);
        let next = bytes.get(index + 1);
        if byte == 0xFF && next.is_none_or(|&next| next == 0 || next >= 0xE0) {
            out.push(0);
        }
    }
    out
}

/// The other way.
pub(super) fn synchronise(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut after_ff = false;
    for &byte in bytes {
        if !(after_ff && byte == 0) {
            out.push(byte);
        }
        after_ff = byte == 0xFF;
    }
    out
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn synchronising_is_the_inverse(
            bytes in prop::collection::vec(prop_oneof![Just(0u8), Just(0xFF), Just(0xE0), any::<u8>()], 0..200),
            cut in 0usize..200,
        ) {
            let stuffed = unsynchronise(&bytes);
            prop_assert!(stuffed.windows(2).all(|pair| pair[0] != 0xFF || pair[1] < 0xE0));
            prop_assert_eq!(&synchronise(&stuffed), &bytes);
            let mut source = Cursor::new(&stuffed);
            let mut body = Body::new(&mut source, 0, stuffed.len() as u64, true);
            let cut = cut.min(bytes.len());
            let first = body.bytes(cut).unwrap();
            prop_assert_eq!(&first[..], &bytes[..cut]);
            let rest = body.bytes(1000).unwrap();
            prop_assert_eq!(&rest[..], &bytes[cut..]);
            prop_assert_eq!(body.at(), stuffed.len() as u64);
        }
    }
}
