//! The streams of an MP3 file whose sampling rate, or version of MPEG, changes midway.

use super::framing::Framing;
use super::gapless::Info;
use super::stream::Mp3;
use crate::decode::joined::{Joined, Parts};
use crate::decode::{Input, Source};
use crate::error::AudioError;

/// Most streams of a file; what follows is not read. Each costs 8 bytes.
const MOST: usize = 1 << 16;

/// Opens the layer III streams from byte `start` on: one, unless the sampling rate changes midway.
///
/// # Errors
/// As [`Mp3::open`].
pub(crate) fn open(input: Input, start: u64) -> Result<Box<dyn Source>, AudioError> {
    let first = Box::new(Mp3::open(input.clone(), start)?);
    Ok(Box::new(Joined::new(Streams::new(input, start), first)))
}

/// Where the streams begin, as far as the file was read.
pub(super) struct Streams {
    input: Input,
    places: Vec<u64>,
}

impl Streams {
    /// The streams of the file whose first one begins at or after byte `start`.
    pub(super) fn new(input: Input, start: u64) -> Self {
        Self {
            input,
            places: vec![start],
        }
    }
}

impl Parts for Streams {
    type Part = Box<Mp3>;

    fn open(&mut self, index: usize) -> Result<Option<Box<Mp3>>, AudioError> {
        let Some(&start) = self.places.get(index) else {
            return Ok(None);
        };
        let input = self.input.clone();
        if index == 0 {
            return Ok(Some(Box::new(Mp3::open(input, start)?)));
        }
        // A tag's frame in the middle of a file is decoded as the silent frame that it also is, as by ffmpeg.
        let mut framing = Framing::new(input, start);
        let first = framing.first()?;
        Ok(first.map(|place| Box::new(Mp3::new(framing, place.header, Info::default()))))
    }

    fn known(&self) -> usize {
        self.places.len()
    }

    fn ended(&mut self, index: usize, part: &Box<Mp3>) {
        if index + 1 == self.places.len() && self.places.len() < MOST {
            self.places.extend(part.framing.change());
        }
    }
}
