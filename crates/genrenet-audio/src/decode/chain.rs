//! Streams that follow one another in one file, whose locations are all known before the first is read.

use super::joined::{Joined, Parts};
use super::{Input, Source};
use crate::error::AudioError;

/// Distance from a stream's start to the first probe.
pub(super) const CLOSE: u64 = 32 * 1024;

/// Positions that are probed to find out whether a stream that begins at byte `start` is followed by another: at growing
/// distances from its start, then at every eighth.
pub(super) fn probes(start: u64, len: u64) -> impl Iterator<Item = u64> {
    let eighth = (len - start.min(len)) / 8;
    let growing = std::iter::successors(Some(CLOSE), |distance| distance.checked_mul(2));
    let growing = growing.take_while(move |&distance| distance < eighth);
    growing
        .chain((1..8).map(move |n| n * eighth))
        .map(move |distance| start + distance)
}

/// Opens the stream at a location in the file.
type Open<Location> = fn(&Input, &Location) -> Result<Box<dyn Source>, AudioError>;

/// The streams of a file that can be opened.
struct Links<Location> {
    input: Input,
    locations: Vec<Location>,
    open: Open<Location>,
}

/// The streams at `locations` as one source. Each is opened once, and those that cannot be opened are left out.
///
/// # Errors
/// The first stream's, if none can be opened; `none` if there are none.
pub(super) fn join<Location: Send + 'static>(
    input: Input,
    locations: Vec<Location>,
    open: Open<Location>,
    none: AudioError,
) -> Result<Box<dyn Source>, AudioError> {
    let (mut good, mut first, mut refused) = (Vec::new(), None, None);
    for place in locations {
        match open(&input, &place) {
            Ok(source) => {
                first.get_or_insert(source);
                good.push(place);
            }
            Err(AudioError::Io(error)) => return Err(error.into()),
            Err(error) => {
                refused.get_or_insert(error);
            }
        }
    }
    let Some(first) = first else {
        return Err(refused.unwrap_or(none));
    };
    let links = Links {
        input,
        locations: good,
        open,
    };
    Ok(Box::new(Joined::new(links, first)))
}

impl<Location: Send> Parts for Links<Location> {
    type Part = Box<dyn Source>;

    fn open(&mut self, index: usize) -> Result<Option<Box<dyn Source>>, AudioError> {
        match self.locations.get(index) {
            Some(place) => (self.open)(&self.input, place).map(Some),
            None => Ok(None),
        }
    }

    fn known(&self) -> usize {
        self.locations.len()
    }

    fn ended(&mut self, _index: usize, _part: &Box<dyn Source>) {}
}
