//! A FLAC file: metadata, then frames that tell their own position.

use super::frame::{Fault, Frame};
use super::header::{Header, LONGEST};
use super::info::Info;
use crate::decode::{Input, Source};
use crate::error::AudioError;
use crate::format::Format;

/// Bytes read at once; a frame of CD sound has about 10 000.
const CHUNK: usize = 64 * 1024;
/// A frame longer than this is taken for damage: 8 channels of 65 535 samples of 32 bits are 2 MB.
const LONGEST_FRAME: usize = 4 << 20;
/// Blocks of silence that stand for lost frames at most.
const LONGEST_GAP: u64 = 64;

pub(super) struct Flac {
    input: Input,
    info: Info,
    /// The first frame: where it is, and what the others must look like.
    first_at: u64,
    first: Header,
    /// What the first frame calls its position: not 0 where a stream was cut.
    origin: u64,
    /// Bytes from `window_at` on; the next frame starts at `taken`.
    window: Vec<u8>,
    window_at: u64,
    taken: usize,
    frame: Frame,
    /// Sample frame at which the next FLAC frame should start, and from which samples are wanted.
    at: u64,
    from: u64,
    heard_anything: bool,
    first_fault: Option<Fault>,
}

/// Opens a FLAC stream at byte `start`.
pub(in crate::decode) fn open(mut input: Input, start: u64) -> Result<Box<dyn Source>, AudioError> {
    Ok(Box::new(
        Flac::open(&mut input, start).map(|flac| flac.with(input))??,
    ))
}

impl Flac {
    fn open(input: &mut Input, start: u64) -> Result<Start, AudioError> {
        let mut at = start + 4;
        let mut info = None;
        let mut header = [0; 4];
        // Metadata blocks are skipped by their length; one that is impossible leaves the rest to the search for a frame.
        while input.read_at(at, &mut header)? == 4 {
            let [kind, length @ ..] = header;
            let length = length.iter().fold(0u64, |n, &b| n << 8 | u64::from(b));
            let after = at + 4 + length;
            if kind & 0x7f == 127 || after > input.len() {
                break;
            }
            if kind & 0x7f == 0 && info.is_none() {
                let mut bytes = [0; Info::BYTES];
                let n = input.read_at(at + 4, &mut bytes)?;
                info = Info::parse(&bytes[..n]);
            }
            at = after;
            if kind & 0x80 != 0 {
                break;
            }
        }
        Ok(Start { at, info })
    }
}

/// Where the metadata ends, and what it said.
struct Start {
    at: u64,
    info: Option<Info>,
}

impl Start {
    fn with(self, input: Input) -> Result<Flac, AudioError> {
        let nothing = Header {
            block: 0,
            rate: None,
            channels: 1,
            stereo: super::header::Stereo::Independent,
            bits: None,
            variable: false,
            number: 0,
            bytes: 0,
        };
        let guess = Info {
            rate: 0,
            channels: 1,
            bits: 0,
            frames: None,
            md5: [0; 16],
        };
        let mut flac = Flac {
            input,
            info: self.info.unwrap_or(guess),
            first_at: self.at,
            first: nothing,
            origin: 0,
            window: Vec::new(),
            window_at: self.at,
            taken: 0,
            frame: Frame::default(),
            at: 0,
            from: 0,
            heard_anything: false,
            first_fault: None,
        };
        // The first frame that decodes decides: a header alone may be an accident among other bytes.
        let first = loop {
            let Some(header) = flac.next_header(true)? else {
                return Err(match flac.first_fault {
                    Some(fault) => AudioError::damaged(Format::Flac, fault.to_string()),
                    None => AudioError::no_sound(Format::Flac, "no frame after the metadata"),
                });
            };
            let start = flac.window_at + flac.taken as u64;
            match flac.decode_here(&header)? {
                Ok(_) => {
                    flac.first_at = start;
                    break header;
                }
                Err(fault) => {
                    flac.first_fault.get_or_insert(fault);
                    flac.taken += 1;
                }
            }
        };
        flac.first = first;
        if self.info.is_none() {
            flac.info.rate = first.rate.unwrap_or(0);
            flac.info.channels = first.channels;
            flac.info.bits = first.bits.unwrap_or(0);
        }
        if flac.info.rate == 0 {
            return Err(AudioError::damaged(Format::Flac, "no sampling rate"));
        }
        flac.first_fault = None;
        if let Some(end) = flac.measured_end()? {
            flac.info.frames = Some(end);
        }
        flac.origin = flac.position(&first);
        flac.restart(flac.first_at, 0);
        Ok(flac)
    }
}

impl Flac {
    fn restart(&mut self, byte: u64, at: u64) {
        self.window.clear();
        self.window_at = byte;
        self.taken = 0;
        self.at = at;
    }

    /// Sample frame, counted from the first frame, at which the frame with this header starts.
    fn position(&self, header: &Header) -> u64 {
        let at = if header.variable {
            header.number
        } else {
            let block = if self.first.block == 0 {
                header.block
            } else {
                self.first.block
            };
            header.number * u64::from(block)
        };
        at.saturating_sub(self.origin)
    }

    /// Makes at least `n` bytes available from `taken` on, unless the file ends before; returns how many there are.
    fn fill(&mut self, n: usize) -> Result<usize, AudioError> {
        let have = self.window.len() - self.taken;
        if have >= n {
            return Ok(have);
        }
        self.window.drain(..self.taken);
        self.window_at += self.taken as u64;
        self.taken = 0;
        let old = self.window.len();
        self.window.resize(old.max(n.div_ceil(CHUNK) * CHUNK), 0);
        let got = self
            .input
            .read_at(self.window_at + old as u64, &mut self.window[old..])?;
        self.window.truncate(old + got);
        Ok(self.window.len())
    }

    /// Moves to the next header that may be one of this stream; `anywhere` also searches beyond the next byte.
    fn next_header(&mut self, anywhere: bool) -> Result<Option<Header>, AudioError> {
        loop {
            let have = self.fill(LONGEST)?;
            if have < 6 {
                return Ok(None);
            }
            let bytes = &self.window[self.taken..];
            if let Some(header) = Header::parse(bytes).filter(|h| self.belongs(h)) {
                return Ok(Some(header));
            }
            if !anywhere {
                return Ok(None);
            }
            let next = bytes[1..]
                .windows(2)
                .position(|w| w[0] == 0xff && w[1] & 0xfe == 0xf8);
            self.taken += match next {
                Some(i) => 1 + i,
                // The last byte may be the first of a header.
                None => bytes.len() - 1,
            };
        }
    }

    /// Whether a header is plausible in this stream.
    fn belongs(&self, header: &Header) -> bool {
        let first = &self.first;
        first.block == 0 || header.variable == first.variable
    }

    /// Decodes the frame at `taken`, reading more of the file as it turns out to be long.
    fn decode_here(&mut self, header: &Header) -> Result<Result<usize, Fault>, AudioError> {
        let mut wanted = CHUNK;
        loop {
            let have = self.fill(wanted)?;
            let bytes = &self.window[self.taken..];
            match self.frame.decode(bytes, header, self.info.bits) {
                Err(Fault::CutOff) if have >= wanted && wanted < LONGEST_FRAME => wanted *= 2,
                decoded => return Ok(decoded),
            }
        }
    }

    /// Goes to the byte and sample position of a frame that starts at or before `to`, as late as is cheap to find.
    fn find(&mut self, to: u64) -> Result<(u64, u64), AudioError> {
        let mut low = (self.first_at, 0);
        let mut high = (self.input.len(), self.info.frames.unwrap_or(u64::MAX));
        // Twice a frame's bytes: about what one probe reads.
        const CLOSE: u64 = 24 * 1024;
        for turn in 0..64 {
            if to <= low.1 || high.0 - low.0 < CLOSE {
                break;
            }
            let span = high.0 - low.0;
            // Aimed a little before the target by proportion; every third time the middle, for uneven files.
            let guess = if turn % 3 != 2 && high.1 > low.1 && high.1 != u64::MAX && to < high.1 {
                let part = (to - low.1) as f64 / (high.1 - low.1) as f64;
                ((span as f64 * part) as u64).saturating_sub(CLOSE / 2)
            } else {
                span / 2
            };
            let probe = low.0 + guess.clamp(CLOSE / 4, span - CLOSE / 4);
            self.restart(probe, 0);
            match self.probe(high.0)? {
                Some((byte, at)) if at > low.1 && at <= to => low = (byte, at),
                Some((_, at)) if at > to => high = (probe, at),
                _ => high.0 = probe,
            }
        }
        Ok(low)
    }

    /// Where the last frame of the file ends: headers may claim another length, and files are cut off.
    fn measured_end(&mut self) -> Result<Option<u64>, AudioError> {
        // Several frames; where not one begins in so many bytes, the claim has to do.
        const TAIL: u64 = 128 * 1024;
        let from = self.input.len().saturating_sub(TAIL).max(self.first_at);
        self.restart(from, 0);
        let mut found = Vec::new();
        while let Some(header) = self.next_header(true)? {
            if self.alike(&header) {
                found.push((self.window_at + self.taken as u64, header));
            }
            self.taken += 1;
        }
        // A frame that is cut off, or was no frame at all, ends nothing.
        for (byte, header) in found.into_iter().rev().take(8) {
            self.restart(byte, 0);
            if self.decode_here(&header)?.is_ok() {
                return Ok(Some(self.position(&header) + u64::from(header.block)));
            }
        }
        Ok(None)
    }

    /// Whether a header is like the first one in all that stays the same in most streams.
    fn alike(&self, header: &Header) -> bool {
        let first = &self.first;
        header.rate == first.rate && header.channels == first.channels && header.bits == first.bits
    }

    /// The first frame from here on, before byte `end`, that looks exactly like the first one: its byte and position.
    fn probe(&mut self, end: u64) -> Result<Option<(u64, u64)>, AudioError> {
        while let Some(header) = self.next_header(true)? {
            let byte = self.window_at + self.taken as u64;
            if byte >= end {
                return Ok(None);
            }
            let whole = header.variable || header.block == self.first.block;
            if whole && self.alike(&header) {
                return Ok(Some((byte, self.position(&header))));
            }
            self.taken += 1;
        }
        Ok(None)
    }
}

impl Source for Flac {
    fn format(&self) -> Format {
        Format::Flac
    }

    fn rate(&self) -> u32 {
        self.info.rate
    }

    fn channels(&self) -> u16 {
        self.info.channels.into()
    }

    fn frames(&self) -> Option<u64> {
        self.info.frames
    }

    fn read(&mut self, out: &mut Vec<f32>) -> Result<usize, AudioError> {
        let start = out.len();
        while let Some(header) = self.next_header(true)? {
            if header.rate.is_some_and(|rate| rate != self.info.rate)
                && self.first.rate == Some(self.info.rate)
            {
                let reason = format!(
                    "the sampling rate changes to {} Hz midway",
                    header.rate.unwrap_or(0)
                );
                return Err(AudioError::damaged(Format::Flac, reason));
            }
            let length = match self.decode_here(&header)? {
                Ok(length) => length,
                Err(fault) => {
                    self.first_fault.get_or_insert(fault);
                    self.taken += 1;
                    continue;
                }
            };
            self.taken += length;
            // Frames that were lost before this one are silence, as long as its own position is believable.
            let at = self.position(&header);
            let gap = at.saturating_sub(self.at);
            if self.first_fault.is_some() && gap > 0 && gap <= LONGEST_GAP * u64::from(header.block)
            {
                let silent = gap.saturating_sub(self.from.saturating_sub(self.at)) as usize;
                out.resize(out.len() + silent, 0.0);
                self.at += gap;
            }
            self.heard_anything = true;
            let before = out.len();
            self.frame.append_mean(out);
            let skip = self.from.saturating_sub(self.at).min(header.block.into()) as usize;
            out.drain(before..before + skip);
            self.at += u64::from(header.block);
            if out.len() > start {
                return Ok(out.len() - start);
            }
        }
        Ok(0)
    }

    fn seek(&mut self, to: u64) -> Result<(), AudioError> {
        let (byte, at) = self.find(to)?;
        self.restart(byte, at);
        self.from = to;
        if byte == self.first_at {
            return Ok(());
        }
        // What the search came down on may be an accident; a frame that decodes is none.
        let sound = match self.next_header(false)? {
            Some(header) => self.decode_here(&header)?.is_ok(),
            None => false,
        };
        if !sound {
            self.restart(self.first_at, 0);
        }
        Ok(())
    }
}
