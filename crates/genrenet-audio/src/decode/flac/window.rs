//! The part of the file that is held, and the search for frame headers in it.

use super::header::{Header, LONGEST};
use crate::decode::Input;
use crate::error::AudioError;

/// Bytes read at once; a frame of CD audio has about 10 000.
const CHUNK: usize = 64 * 1024;

/// The bytes of a few frames, from `taken` on.
pub(super) struct Window {
    input: Input,
    bytes: Vec<u8>,
    /// Where `bytes` stand in the file.
    start: u64,
    taken: usize,
}

impl Window {
    pub(super) fn new(input: Input) -> Self {
        Self {
            input,
            bytes: Vec::new(),
            start: 0,
            taken: 0,
        }
    }

    /// Length of the whole file.
    pub(super) fn file_len(&self) -> u64 {
        self.input.len()
    }

    /// Where the next byte stands in the file.
    pub(super) fn at(&self) -> u64 {
        self.start + self.taken as u64
    }

    /// The bytes that are held from here on.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes[self.taken..]
    }

    /// Goes to byte `at` of the file.
    pub(super) fn go(&mut self, at: u64) {
        self.bytes.clear();
        self.start = at;
        self.taken = 0;
    }

    /// Passes `n` of the bytes that are held.
    pub(super) fn pass(&mut self, n: usize) {
        self.taken = (self.taken + n).min(self.bytes.len());
    }

    /// Makes at least `n` bytes available, unless the file ends before; returns how many there are.
    pub(super) fn fill(&mut self, n: usize) -> Result<usize, AudioError> {
        let have = self.bytes.len() - self.taken;
        if have >= n {
            return Ok(have);
        }
        self.bytes.drain(..self.taken);
        self.start += self.taken as u64;
        self.taken = 0;
        self.bytes.resize(n.div_ceil(CHUNK) * CHUNK, 0);
        let got = self
            .input
            .read_at(self.start + have as u64, &mut self.bytes[have..])?;
        self.bytes.truncate(have + got);
        Ok(self.bytes.len())
    }

    /// The header that stands right here.
    pub(super) fn header_here(&mut self) -> Result<Option<Header>, AudioError> {
        self.fill(LONGEST)?;
        Ok(Header::parse(self.bytes()))
    }

    /// Moves to the next header that `belongs`, here or later; `None` at the end of the file.
    pub(super) fn next_header(
        &mut self,
        belongs: impl Fn(&Header) -> bool,
    ) -> Result<Option<Header>, AudioError> {
        loop {
            if self.fill(LONGEST)? < 6 {
                return Ok(None);
            }
            let bytes = self.bytes();
            if let Some(header) = Header::parse(bytes).filter(&belongs) {
                return Ok(Some(header));
            }
            let next = sync_code(&bytes[1..]);
            // The last byte may be the first of a header.
            let passed = next.map_or(bytes.len() - 1, |i| 1 + i);
            self.pass(passed);
        }
    }
}

/// The position of two bytes with which a frame may begin.
fn sync_code(bytes: &[u8]) -> Option<usize> {
    const BLOCK: usize = 32;
    let mut at = 0;
    loop {
        // Most bytes are skipped in blocks in which the first of the two does not occur.
        let passed = bytes[at..]
            .chunks_exact(BLOCK)
            .take_while(|block| !block.iter().fold(false, |any, &byte| any | (byte == 0xff)));
        at += BLOCK * passed.count();
        let here = &bytes[at..bytes.len().min(at + BLOCK + 1)];
        let found = here
            .windows(2)
            .position(|two| two[0] == 0xff && two[1] & 0xfe == 0xf8);
        if let Some(found) = found {
            return Some(at + found);
        }
        at += BLOCK;
        if at >= bytes.len() {
            return None;
        }
    }
}
