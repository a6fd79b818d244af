//! FLAC files that were joined end to end: each has a marker, metadata and frames of its own.

use std::ops::Range;

use super::search::TAIL;
use super::stream::Flac;
use crate::decode::chain;
use crate::decode::{Input, Source};
use crate::error::AudioError;
use crate::format::Format;

/// What a FLAC file begins with, up to the length of STREAMINFO, which is always the first block and may be the only one.
const MARKERS: [[u8; 8]; 2] = [*b"fLaC\0\0\0\x22", *b"fLaC\x80\0\0\x22"];
/// Most files in one: what follows is not read.
const MOST: usize = 1 << 12;

/// Opens a FLAC file at byte `start`, and those that were joined to it.
pub(in crate::decode) fn open(mut input: Input, start: u64) -> Result<Box<dyn Source>, AudioError> {
    let mut flac = Flac::open(input.clone(), start)?;
    let mut links = Vec::new();
    if flac.may_be_followed(&mut input)? {
        links = find(&mut input, start, flac.first_at)?;
    }
    if links.len() < 2 {
        return Ok(Box::new(flac));
    }
    let open_link = |input: &Input, link: &Range<u64>| {
        let link = input.clone().part(link.start, link.end - link.start);
        Ok(Box::new(Flac::open(link, 0)?) as Box<dyn Source>)
    };
    let none = AudioError::no_sound(Format::Flac, "no stream");
    chain::join(input, links, open_link, none)
}

/// The bytes of each file, the first of which begins at `start` and has its first frame at `first_at`.
fn find(input: &mut Input, start: u64, first_at: u64) -> Result<Vec<Range<u64>>, AudioError> {
    let (mut links, mut from, mut searched) = (Vec::new(), start, first_at);
    while let Some(at) = marker(input, searched)?.filter(|_| links.len() + 1 < MOST) {
        links.push(from..at);
        from = at;
        searched = at + MARKERS[0].len() as u64;
    }
    links.push(from..input.len());
    Ok(links)
}

/// The first marker of a FLAC file from byte `from` on.
fn marker(input: &mut Input, mut from: u64) -> Result<Option<u64>, AudioError> {
    let mut bytes = vec![0; 1 << 16];
    let len = MARKERS[0].len();
    loop {
        let n = input.read_at(from, &mut bytes)?;
        let found = bytes[..n]
            .windows(len)
            .position(|here| here[0] == b'f' && MARKERS.iter().any(|marker| here == marker));
        match found {
            Some(at) => return Ok(Some(from + at as u64)),
            None if n < bytes.len() => return Ok(None),
            None => from += (n + 1 - len) as u64,
        }
    }
}

impl Flac {
    /// Whether other files may follow this one: the last frame does not end where STREAMINFO states, a marker stands near the
    /// end, or the frames do not follow one another. Then the file is worth reading through for markers.
    fn may_be_followed(&mut self, input: &mut Input) -> Result<bool, AudioError> {
        let tail = input.len().saturating_sub(TAIL).max(self.first_at);
        Ok(!self.ends_as_claimed || !self.regular || marker(input, tail)?.is_some())
    }
}
