//! A FLAC file: metadata, then frames that state their own position.

use super::frame::{Fault, Frame};
use super::header::Header;
use super::info::Info;
use super::metadata::Metadata;
use super::window::Window;
use crate::decode::source::read_ranges_by_seeking;
use crate::decode::{Downmix, Input, Source};
use crate::error::AudioError;
use crate::format::Format;

/// A frame longer than this is damaged: 8 channels of 65 535 samples of 32 bits are 2 MB.
const LONGEST_FRAME: usize = 4 << 20;
/// Frames that are passed over one by one on the way to a later one.
const NEAR: u64 = 32;
/// Most blocks of silence that replace lost frames.
const LONGEST_GAP: u64 = 64;

pub(super) struct Flac {
    pub(super) window: Window,
    pub(super) info: Info,
    /// Whether the file's last frame was found and ends where STREAMINFO states, if it states a length.
    pub(super) ends_as_claimed: bool,
    /// Whether the frames follow one another, so that the positions that they state are those of reading.
    pub(super) regular: bool,
    /// The first frame: where it is, and what the others must look like.
    pub(super) first_at: u64,
    pub(super) first: Header,
    /// The position that the first frame states: not 0 if the stream was cut out of a longer one.
    origin: u64,
    frame: Frame,
    /// Bytes of the last frame: about as many as the next one has.
    usual: usize,
    /// Sample frame at which the next FLAC frame should start, and the first sample that will be returned.
    at: u64,
    from: u64,
    downmix: Downmix,
    /// Whether a frame was lost since the start or the last jump.
    lost: bool,
}

impl Flac {
    /// Opens the stream at byte `start`.
    pub(super) fn open(mut input: Input, start: u64) -> Result<Self, AudioError> {
        let metadata = Metadata::read(&mut input, start)?;
        let mut window = Window::new(input);
        window.go(metadata.end);
        if window.header_here()?.is_none() {
            // A block's length is wrong: the frames may have begun before.
            window.go(metadata.least_end);
        }
        let stream_bits = metadata.info.map_or(0, |info| info.bits);
        // The first frame that decodes decides: a header alone may be a chance match.
        let mut frame = Frame::default();
        let mut fault = None;
        let first = loop {
            let Some(header) = window.next_header(|_| true)? else {
                return Err(match fault {
                    Some(fault) => AudioError::damaged(Format::Flac, format!("{fault}")),
                    None => AudioError::no_sound(Format::Flac, "no frame after the metadata"),
                });
            };
            match decode(&mut window, &mut frame, &header, stream_bits, 0)? {
                Ok(_) => break header,
                Err(found) => {
                    fault.get_or_insert(found);
                    window.pass(1);
                }
            }
        };
        let of_first = || {
            let rate = first.rate.filter(|&rate| rate > 0);
            let rate = rate.ok_or_else(|| AudioError::damaged(Format::Flac, "no sampling rate"))?;
            let bits = first.bits.unwrap_or(0);
            Ok::<_, AudioError>(Info {
                rate,
                channels: first.channels,
                bits,
                frames: None,
                md5: [0; 16],
            })
        };
        let info = match metadata.info {
            Some(info) => info,
            None => of_first()?,
        };
        let first_at = window.at();
        let mut flac = Self {
            window,
            info,
            ends_as_claimed: false,
            regular: false,
            first_at,
            first,
            origin: 0,
            frame,
            usual: 0,
            at: 0,
            from: 0,
            downmix: Downmix::Mean,
            lost: false,
        };
        flac.origin = flac.position(&first);
        let end = flac.measured_end()?;
        if let Some(end) = end {
            flac.ends_as_claimed = info.frames.is_none_or(|claimed| claimed == end);
            flac.regular = flac.follow(end)?;
        }
        // If frames are missing or repeated, only counting gives the length.
        flac.info.frames = end.filter(|_| flac.regular);
        flac.restart(first_at, 0);
        Ok(flac)
    }

    pub(super) fn restart(&mut self, byte: u64, at: u64) {
        self.window.go(byte);
        self.at = at;
        self.lost = false;
    }

    /// Sample frame, counted from the first frame, at which the frame with this header starts.
    pub(super) fn position(&self, header: &Header) -> u64 {
        let at = if header.variable {
            header.number
        } else {
            header.number * u64::from(self.first.block)
        };
        at.saturating_sub(self.origin)
    }

    /// Moves to the next header that may be one of this stream.
    pub(super) fn next_header(&mut self) -> Result<Option<Header>, AudioError> {
        let variable = self.first.variable;
        self.window
            .next_header(|header| header.variable == variable)
    }

    /// Decodes the frame that stands here; returns its bytes, which are not passed yet.
    pub(super) fn decode_here(
        &mut self,
        header: &Header,
    ) -> Result<Result<usize, Fault>, AudioError> {
        decode(
            &mut self.window,
            &mut self.frame,
            header,
            self.info.bits,
            self.usual,
        )
    }

    /// Decodes and passes the next good frame; its samples are in `self.frame`.
    fn next_frame(&mut self) -> Result<Option<Header>, AudioError> {
        while let Some(header) = self.next_header()? {
            if let (Some(rate), Some(usual)) = (header.rate, self.first.rate)
                && rate != usual
            {
                let reason = format!("the sampling rate changes from {usual} to {rate} Hz midway");
                return Err(AudioError::damaged(Format::Flac, reason));
            }
            match self.decode_here(&header)? {
                Ok(bytes) => {
                    self.window.pass(bytes);
                    self.usual = bytes;
                    return Ok(Some(header));
                }
                Err(_) => {
                    self.lost = true;
                    self.window.pass(1);
                }
            }
        }
        Ok(None)
    }

    /// Calls `each` for all frames with their channels' samples as they were stored.
    #[cfg(test)]
    pub(super) fn each_frame(
        &mut self,
        each: &mut dyn FnMut(&Header, &[Vec<i32>]),
    ) -> Result<(), AudioError> {
        while let Some(header) = self.next_frame()? {
            each(&header, self.frame.channels());
        }
        Ok(())
    }
}

/// Decodes the frame at the start of the window, reading more of the file as it turns out to be long.
fn decode(
    window: &mut Window,
    frame: &mut Frame,
    header: &Header,
    stream_bits: u8,
    usual: usize,
) -> Result<Result<usize, Fault>, AudioError> {
    let mut wanted = usual + usual / 2 + 8 * 1024;
    loop {
        let have = window.fill(wanted)?;
        match frame.decode(window.bytes(), header, stream_bits) {
            Err(Fault::CutOff) if have >= wanted && wanted < LONGEST_FRAME => wanted += have,
            decoded => return Ok(decoded),
        }
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

    fn length(&mut self) -> Result<u64, AudioError> {
        if let Some(frames) = self.info.frames {
            return Ok(frames);
        }
        let frames = self.count()?;
        self.info.frames = Some(frames);
        Ok(frames)
    }

    fn set_downmix(&mut self, downmix: Downmix) -> bool {
        self.downmix = downmix;
        true
    }

    fn read(&mut self, out: &mut Vec<f32>) -> Result<usize, AudioError> {
        let start = out.len();
        while out.len() == start {
            let Some(header) = self.next_frame()? else {
                break;
            };
            let block = u64::from(header.block);
            // Frames that were lost before this one are silence, as long as its own position is plausible.
            let gap = self.position(&header).saturating_sub(self.at);
            if self.lost && gap <= LONGEST_GAP * block {
                let unwanted = self.from.saturating_sub(self.at);
                out.resize(out.len() + gap.saturating_sub(unwanted) as usize, 0.0);
                self.at += gap;
            }
            let before = out.len();
            self.frame.append(self.downmix, out);
            let unwanted = self.from.saturating_sub(self.at).min(block) as usize;
            out.drain(before..before + unwanted);
            self.at += block;
        }
        Ok(out.len() - start)
    }

    fn seek(&mut self, to: u64) -> Result<(), AudioError> {
        if !self.regular {
            if to < self.at {
                self.restart(self.first_at, 0);
            }
            self.from = to;
            return Ok(());
        }
        // A position a little ahead is reached by the headers in between, others by bisection.
        let near = u64::from(self.first.block) * NEAR;
        let ahead = match to.checked_sub(self.at) {
            Some(gap) if gap < near && !self.lost => self.pass_to(to, self.at)?,
            _ => None,
        };
        if let Some((byte, at)) = ahead {
            self.restart(byte, at);
            self.from = to;
            return Ok(());
        }
        let (byte, at) = self.find(to)?;
        self.restart(byte, at);
        self.from = to;
        if byte == self.first_at {
            return Ok(());
        }
        // The search may have found a chance match; a frame that decodes is real.
        let sound = match self.window.header_here()? {
            Some(header) => self.decode_here(&header)?.is_ok(),
            None => false,
        };
        if !sound {
            self.restart(self.first_at, 0);
        }
        Ok(())
    }

    fn read_ranges(
        &mut self,
        ranges: &[std::ops::Range<u64>],
        each: &mut dyn FnMut(usize, &[f32]),
    ) -> Result<(), AudioError> {
        // A gap of a frame or more may hold one that need not be decoded.
        let gap = u64::from(self.first.block);
        read_ranges_by_seeking(self, ranges, gap, each)
    }
}
