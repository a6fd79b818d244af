//! One layer III stream as a [`Source`].

use std::ops::Range;

use super::bits::{BIT_SPAN, BitBytes};
use super::framing::{FramePosition, Framing};
use super::gapless::Info;
use super::granule::{Frame, GRANULE, GranuleDecoder, Needed};
use super::header::Header;
use super::plan::{Piece, needed};
use super::seek_table::SeekTable;
use super::side_info::SideInfo;
use crate::decode::input::Input;
use crate::decode::mono::Downmix;
use crate::decode::source::Source;
use crate::error::AudioError;
use crate::format::Format;

/// Most bytes by which a frame's data may start before the frame.
const RESERVOIR: usize = 511;

/// Least samples that one `read` returns, if there are so many.
const RUN: usize = 4 * 1152;

/// For frames that are skipped.
const NOTHING: [Needed; 2] = [Needed::Nothing, Needed::Nothing];

/// A layer III stream.
pub(super) struct Mp3 {
    pub(super) framing: Framing,
    decoder: Box<GranuleDecoder>,
    /// Main data: `kept` bytes of earlier frames, then the current frame's.
    main: Box<BitBytes>,
    kept: usize,
    header: Header,
    info: Info,
    seek_table: SeekTable,
    /// Number of the next frame.
    frame: u64,
    /// Number of frames, once the end was reached.
    total: Option<u64>,
    /// Whether all granules up to the next frame were decoded, so that the next one can be decoded directly.
    continuous: bool,
    /// The next sample that `read` returns, counted from the first frame on.
    at: u64,
}

impl Mp3 {
    /// Opens the layer III stream that a file begins with, at or after byte `start`.
    ///
    /// # Errors
    /// [`AudioError::Unsupported`] names layers I and II; [`AudioError::NoSound`] if there is no frame.
    pub(super) fn open(input: Input, start: u64) -> Result<Self, AudioError> {
        let mut framing = Framing::new(input, start);
        let Some(mut place) = framing.first()? else {
            return Err(AudioError::no_sound(
                Format::Mp3,
                "no MPEG audio frame found",
            ));
        };
        let named = match place.header.layer {
            1 => Some("MPEG audio layer I (MP1)"),
            2 => Some("MPEG audio layer II (MP2)"),
            _ => None,
        };
        if let Some(name) = named {
            return Err(AudioError::to_convert(name));
        }
        let mut info = Info::default();
        if let Some(tag) = Info::read(&place.header, framing.frame(&place)?) {
            let tag_place = place;
            framing.go_to(tag_place.at + tag_place.len as u64);
            match framing.first()? {
                Some(next) if !tag.is_empty() && next.header.layer == 3 => {
                    place = next;
                    info = tag.checked_against(framing.bytes_from(tag_place.at));
                }
                Some(_) => framing.go_to(tag_place.at),
                None => {
                    return Err(AudioError::no_sound(
                        Format::Mp3,
                        "a header frame and nothing after it",
                    ));
                }
            }
        }
        Ok(Self::new(framing, place.header, info))
    }

    /// The stream of which `framing` has found the first frame, with this header.
    pub(super) fn new(framing: Framing, header: Header, info: Info) -> Self {
        Self {
            framing,
            decoder: Box::new(GranuleDecoder::new(header.rate_row())),
            main: Box::new([0; BIT_SPAN + 8]),
            kept: 0,
            header,
            info,
            seek_table: SeekTable::new(),
            frame: 0,
            total: None,
            continuous: true,
            at: info.skip(),
        }
    }

    fn frame_samples(&self) -> u64 {
        (self.header.granules() * GRANULE) as u64
    }

    /// Decodes what `pieces` (sorted) need, and passes their samples to `sink` in order, until all
    /// are done, the stream ends or `sink` returns false. Returns whether the stream ended.
    fn play(
        &mut self,
        pieces: &[Piece],
        sink: &mut dyn FnMut(usize, &[f32]) -> bool,
    ) -> Result<bool, AudioError> {
        let mut pieces = pieces;
        let Some(first) = pieces.first() else {
            return Ok(false);
        };
        let granules = self.header.granules() as u64;
        let here = self.frame * granules;
        let goes_on = self.continuous && first.samples.start >= here * GRANULE as u64;
        if first.first_granule() < here && !goes_on {
            self.settle(first.first_granule() / granules)?;
        }
        while !pieces.is_empty() {
            let granule = self.frame * granules;
            let needed = [
                needed(granule, pieces),
                if granules == 2 {
                    needed(granule + 1, pieces)
                } else {
                    Needed::Nothing
                },
            ];
            let mut go_on = true;
            let ended = !self.step(&needed, &mut |index, sound| {
                let start = (granule + index as u64) * GRANULE as u64;
                let end = start + GRANULE as u64;
                while let Some(piece) = pieces.first() {
                    let part = piece.samples.start.max(start)..piece.samples.end.min(end);
                    if part.start < part.end {
                        let local = (part.start - start) as usize..(part.end - start) as usize;
                        go_on &= sink(piece.index, &sound[local]);
                    }
                    if piece.samples.end > end {
                        break;
                    }
                    pieces = &pieces[1..];
                }
            })?;
            if ended || !go_on {
                return Ok(ended);
            }
        }
        Ok(false)
    }

    /// Takes one frame and decodes what is needed of its granules; `each` gets the samples of each granule. `false` at the end.
    fn step(
        &mut self,
        needed: &[Needed; 2],
        each: &mut dyn FnMut(usize, &[f32]),
    ) -> Result<bool, AudioError> {
        loop {
            let Some(place) = self.framing.next()? else {
                self.total = Some(self.frame);
                return Ok(false);
            };
            let Some((info, own)) = self.load(&place)? else {
                continue;
            };
            self.seek_table.passed(self.frame, place.at);
            let frame = Frame {
                header: &place.header,
                info: &info,
                main: &self.main,
                start: (self.kept as isize - isize::from(info.main_data_begin as i16)) * 8,
                end: (self.kept + own) * 8,
            };
            for (index, needed) in needed[..place.header.granules()].iter().enumerate() {
                self.decoder.decode(&frame, index, needed);
                if matches!(needed, Needed::Sound { .. }) {
                    each(index, self.decoder.sound());
                }
            }
            self.keep(own);
            self.frame += 1;
            self.continuous = needed[..place.header.granules()]
                .iter()
                .all(|needed| matches!(needed, Needed::Sound { from: 0, .. }));
            return Ok(true);
        }
    }

    /// Reads a frame's side information and appends its main data to the kept bytes; returns how many bytes it has, fewer
    /// if the file ends. `None` if the side information is invalid.
    fn load(&mut self, place: &FramePosition) -> Result<Option<(SideInfo, usize)>, AudioError> {
        let bytes = self.framing.frame(place)?;
        let start = place.header.main_data_start();
        let side = start - place.header.side_info_len();
        let Some(info) = bytes
            .get(side..start)
            .and_then(|side| SideInfo::parse(&place.header, side))
        else {
            return Ok(None);
        };
        let own = &bytes[start..];
        let room = BIT_SPAN - self.kept;
        let own = &own[..own.len().min(room)];
        self.main[self.kept..self.kept + own.len()].copy_from_slice(own);
        Ok(Some((info, own.len())))
    }

    /// Keeps the last bytes of main data for the frames to come.
    fn keep(&mut self, own: usize) {
        let end = self.kept + own;
        let from = end.saturating_sub(RESERVOIR);
        self.main.copy_within(from..end, 0);
        self.kept = end - from;
    }

    /// Makes `frame` the next one, with its bit reservoir filled and the decoder silent.
    fn settle(&mut self, frame: u64) -> Result<(), AudioError> {
        let mut back = 0;
        loop {
            let Some((landmark, at)) = self.seek_table.before(frame, back) else {
                return Ok(());
            };
            self.framing.go_to(at);
            self.frame = landmark;
            self.kept = 0;
            self.decoder.reset();
            while self.frame < frame && self.step(&NOTHING, &mut |_, _| {})? {}
            // The reservoir is as full as if all frames had been read.
            if self.kept == RESERVOIR || landmark == 0 {
                self.continuous = self.frame == 0;
                return Ok(());
            }
            back += 1;
        }
    }
}

impl Source for Mp3 {
    fn format(&self) -> Format {
        Format::Mp3
    }

    fn rate(&self) -> u32 {
        self.header.rate
    }

    fn channels(&self) -> u16 {
        u16::from(self.header.channels)
    }

    fn frames(&self) -> Option<u64> {
        match self.total {
            Some(total) => {
                let raw = total * self.frame_samples();
                let (from, to) = self
                    .info
                    .discard(&self.header)
                    .unwrap_or((u64::MAX, u64::MAX));
                let dropped = raw.min(to).saturating_sub(from);
                Some((raw - dropped).saturating_sub(self.info.skip()))
            }
            None => self.info.length(&self.header),
        }
    }

    fn set_downmix(&mut self, downmix: Downmix) -> bool {
        let only = match downmix {
            Downmix::Mean => None,
            Downmix::Channel(channel) => Some(usize::from(channel)),
        };
        let can = only.is_none_or(|channel| channel < usize::from(self.header.channels));
        if can {
            self.decoder.decode_only(only);
            self.continuous = false;
        }
        can
    }

    fn limit_band(&mut self, hz: f32) {
        // Short blocks spread over their neighbours, and the filter bank over one subband.
        let lines = (hz + 1000.0) / (0.5 * self.header.rate as f32) * GRANULE as f32;
        self.decoder.limit_lines(lines.ceil().max(0.0) as usize);
    }

    fn length(&mut self) -> Result<u64, AudioError> {
        // Frames are counted by their headers, from the last one that was passed on.
        self.count()
    }

    fn count(&mut self) -> Result<u64, AudioError> {
        while self.total.is_none() {
            self.step(&NOTHING, &mut |_, _| {})?;
        }
        Ok(self.frames().unwrap_or(0))
    }

    fn read(&mut self, out: &mut Vec<f32>) -> Result<usize, AudioError> {
        let before = out.len();
        let mut pieces = Vec::with_capacity(2);
        let wanted = self.at - self.info.skip()..u64::MAX;
        self.info.pieces(&self.header, 0, &wanted, &mut pieces);
        self.play(&pieces, &mut |_, sound| {
            out.extend_from_slice(sound);
            out.len() - before < RUN
        })?;
        let n = out.len() - before;
        self.at += n as u64;
        Ok(n)
    }

    fn seek(&mut self, to: u64) -> Result<(), AudioError> {
        self.at = to.saturating_add(self.info.skip());
        Ok(())
    }

    fn read_ranges(
        &mut self,
        ranges: &[Range<u64>],
        each: &mut dyn FnMut(usize, &[f32]),
    ) -> Result<(), AudioError> {
        let mut pieces = Vec::with_capacity(ranges.len());
        for (index, range) in ranges.iter().enumerate() {
            self.info.pieces(&self.header, index, range, &mut pieces);
        }
        let mut held: Vec<f32> = Vec::new();
        let mut current = 0;
        self.play(&pieces, &mut |index, sound| {
            while current < index {
                each(current, &held);
                held.clear();
                current += 1;
            }
            held.extend_from_slice(sound);
            true
        })?;
        while current < ranges.len() {
            each(current, &held);
            held.clear();
            current += 1;
        }
        if let Some(last) = ranges.last() {
            self.seek(last.end)?;
        }
        Ok(())
    }
}
