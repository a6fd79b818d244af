//! A compressed stream: packets from a container, a decoder for them, and the trimming of what the encoder added.

use crate::decode::Downmix;
use crate::decode::pcm::LOUDEST;
use crate::decode::source::{Source, read_ranges_by_seeking};
use crate::error::AudioError;
use crate::format::Format;

/// The packets of one stream in order.
///
/// Positions are counted in *raw* sample frames: everything the decoder yields when it starts at the first packet, before
/// encoder delay and padding are cut.
pub(super) trait Packets: Send {
    /// Replaces `packet` by the next packet; `false` at the end.
    fn next(&mut self, packet: &mut Vec<u8>) -> Result<bool, AudioError>;

    /// Goes to the last packet from which a freshly reset decoder yields exact samples from `raw` on; `here` is the raw
    /// position at which the next packet begins.
    fn seek(&mut self, raw: u64, here: u64) -> Result<SeekPoint, AudioError>;
}

/// Where [`Packets::seek`] arrived.
#[derive(Debug, Clone, Copy)]
pub(super) struct SeekPoint {
    /// Raw position of the first sample that the decoder yields from here.
    pub at: u64,
    /// Packets whose samples are not exact yet: decoded and counted, but discarded.
    pub silent: u32,
}

/// Why a packet could not be decoded: the file is damaged there.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(super) enum PacketError {
    /// The packet breaks a rule of its format.
    #[error("{0}")]
    Invalid(&'static str),
    /// The codec's decoder refuses it.
    #[error(transparent)]
    Refused(Box<dyn std::error::Error + Send + Sync>),
}

impl PacketError {
    pub(super) fn refused(error: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Refused(Box::new(error))
    }
}

/// A decoder of single packets to mono.
pub(super) trait PacketDecoder: Send {
    /// Appends the mono samples of `packet` to `out`.
    ///
    /// A damaged packet gives silence of its length, if that is known, so that later samples keep their time; the reason
    /// is returned as `Err`.
    fn decode(&mut self, packet: &[u8], out: &mut Vec<f32>) -> Result<(), PacketError>;

    /// Whether packets can be skipped without computing their samples.
    fn can_skip(&self) -> bool {
        false
    }

    /// Sample frames of `packet`, if it can be skipped without computing them.
    fn skippable_frames(&self, packet: &[u8]) -> Option<u64> {
        let _ = packet;
        None
    }

    /// Takes a packet whose samples are not used, for the state that later ones need; only if
    /// [`skippable_frames`](PacketDecoder::skippable_frames) returns its length.
    fn skip(&mut self, packet: &[u8]) -> Result<(), PacketError> {
        self.decode(packet, &mut Vec::new())
    }

    /// Forgets earlier packets.
    fn reset(&mut self);

    /// As [`Source::set_downmix`]; a reset follows.
    fn set_downmix(&mut self, downmix: Downmix) -> bool {
        downmix == Downmix::Mean
    }
}

impl PacketDecoder for Box<dyn PacketDecoder> {
    fn decode(&mut self, packet: &[u8], out: &mut Vec<f32>) -> Result<(), PacketError> {
        (**self).decode(packet, out)
    }

    fn can_skip(&self) -> bool {
        (**self).can_skip()
    }

    fn skippable_frames(&self, packet: &[u8]) -> Option<u64> {
        (**self).skippable_frames(packet)
    }

    fn skip(&mut self, packet: &[u8]) -> Result<(), PacketError> {
        (**self).skip(packet)
    }

    fn reset(&mut self) {
        (**self).reset();
    }

    fn set_downmix(&mut self, downmix: Downmix) -> bool {
        (**self).set_downmix(downmix)
    }
}

/// The parameters of a compressed stream.
#[derive(Debug, Clone, Copy)]
pub(super) struct StreamParameters {
    pub format: Format,
    pub rate: u32,
    pub channels: u16,
    /// Raw sample frames before the first one that is returned (encoder delay).
    pub delay: u64,
    /// Raw position at which the audio ends, if the container states it.
    pub end: Option<u64>,
    /// Gap in sample frames from which seeking costs less than decoding.
    pub seek_gap: u64,
}

/// A [`Source`] made of packets and a decoder.
pub(super) struct PacketStream<P, D> {
    packets: P,
    decoder: D,
    shape: StreamParameters,
    packet: Vec<u8>,
    decoded: Vec<f32>,
    /// Raw position of the next sample that the decoder yields.
    at: u64,
    /// Raw position of the first sample that will be returned.
    from: u64,
    /// Whether any packet was decoded, and why the first bad one was not.
    sound: bool,
    first_error: Option<PacketError>,
    ended: bool,
}

impl<P: Packets, D: PacketDecoder> PacketStream<P, D> {
    /// `packets` must stand at the first packet and `decoder` be fresh.
    pub(super) fn new(packets: P, decoder: D, shape: StreamParameters) -> Self {
        Self {
            packets,
            decoder,
            shape,
            packet: Vec::new(),
            decoded: Vec::new(),
            at: 0,
            from: shape.delay,
            sound: false,
            first_error: None,
            ended: false,
        }
    }

    /// Decodes the next packet into `self.decoded`, or skips it if its samples lie before `from`; `false` at the end.
    fn step(&mut self, from: u64) -> Result<bool, AudioError> {
        self.decoded.clear();
        if !self.packets.next(&mut self.packet)? {
            return Ok(false);
        }
        if let Some(frames) = self.decoder.skippable_frames(&self.packet)
            && self.at.saturating_add(frames) <= from
            && self.decoder.skip(&self.packet).is_ok()
        {
            self.at += frames;
            return Ok(true);
        }
        match self.decoder.decode(&self.packet, &mut self.decoded) {
            // A damaged set-up may lead a decoder to absurd amplitudes.
            Ok(()) if self.decoded.iter().any(|s| s.is_nan() || s.abs() > LOUDEST) => {
                self.decoded.fill(0.0);
                let error =
                    PacketError::Invalid("a packet decodes to amplitudes beyond all bounds");
                self.first_error.get_or_insert(error);
            }
            Ok(()) => self.sound |= !self.decoded.is_empty(),
            Err(error) => {
                self.first_error.get_or_insert(error);
            }
        }
        Ok(true)
    }
}

impl<P: Packets, D: PacketDecoder> Source for PacketStream<P, D> {
    fn format(&self) -> Format {
        self.shape.format
    }

    fn rate(&self) -> u32 {
        self.shape.rate
    }

    fn channels(&self) -> u16 {
        self.shape.channels
    }

    fn frames(&self) -> Option<u64> {
        self.shape
            .end
            .map(|end| end.saturating_sub(self.shape.delay))
    }

    fn set_downmix(&mut self, downmix: Downmix) -> bool {
        self.decoder.set_downmix(downmix)
    }

    fn read(&mut self, out: &mut Vec<f32>) -> Result<usize, AudioError> {
        let end = self.shape.end.unwrap_or(u64::MAX);
        while !self.ended && self.at < end {
            if !self.step(self.from)? {
                self.ended = true;
                break;
            }
            let first = self.at;
            self.at += self.decoded.len() as u64;
            let skip = self
                .from
                .saturating_sub(first)
                .min(self.decoded.len() as u64) as usize;
            let keep = end.saturating_sub(first).min(self.decoded.len() as u64) as usize;
            if skip < keep {
                out.extend_from_slice(&self.decoded[skip..keep]);
                return Ok(keep - skip);
            }
        }
        // If every packet was replaced by silence, the file is damaged, whether the container states its length or not.
        if !self.sound && self.from == self.shape.delay && end > self.shape.delay {
            let format = self.shape.format;
            return Err(match self.first_error.take() {
                Some(error) => AudioError::damaged(format, error.to_string()),
                None => AudioError::no_sound(format, "no sound after the headers"),
            });
        }
        Ok(0)
    }

    fn seek(&mut self, to: u64) -> Result<(), AudioError> {
        let raw = to.saturating_add(self.shape.delay);
        self.ended = self.shape.end.is_some_and(|end| raw >= end);
        self.from = raw;
        if self.ended {
            return Ok(());
        }
        let near = raw
            .checked_sub(self.at)
            .is_some_and(|gap| gap < self.shape.seek_gap);
        if near && self.decoder.can_skip() {
            return Ok(());
        }
        let landing = self.packets.seek(raw, self.at)?;
        self.decoder.reset();
        for _ in 0..landing.silent {
            // The silent packets' samples lie before `landing.at`.
            self.at = 0;
            if !self.step(u64::MAX)? {
                self.ended = true;
                break;
            }
        }
        self.at = landing.at;
        Ok(())
    }

    fn read_ranges(
        &mut self,
        ranges: &[std::ops::Range<u64>],
        each: &mut dyn FnMut(usize, &[f32]),
    ) -> Result<(), AudioError> {
        // If packets can be skipped, a seek over a small gap does that.
        let gap = if self.decoder.can_skip() {
            0
        } else {
            self.shape.seek_gap
        };
        read_ranges_by_seeking(self, ranges, gap, each)
    }
}
