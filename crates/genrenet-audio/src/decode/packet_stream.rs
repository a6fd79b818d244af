//! A compressed stream: packets from a container, a decoder for them, and the trimming of what the encoder added.

use crate::decode::Mix;
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
    fn seek(&mut self, raw: u64, here: u64) -> Result<Landing, AudioError>;
}

/// Where [`Packets::seek`] came down.
#[derive(Debug, Clone, Copy)]
pub(super) struct Landing {
    /// Raw position of the first sample that the decoder yields from here.
    pub at: u64,
    /// Packets whose samples are not exact yet: decoded and counted, but never heard.
    pub silent: u32,
}

/// A decoder of single packets to mono.
pub(super) trait PacketDecoder: Send {
    /// Appends the mono samples of `packet` to `out`.
    ///
    /// A packet that is damaged gives silence of its length where that is known, so that time stays right; the reason
    /// comes back as `Err`.
    fn decode(&mut self, packet: &[u8], out: &mut Vec<f32>) -> Result<(), String>;

    /// Whether packets may be taken without computing their samples.
    fn passes(&self) -> bool {
        false
    }

    /// Sample frames of `packet`, if it can be taken without computing them.
    fn unheard(&self, packet: &[u8]) -> Option<u64> {
        let _ = packet;
        None
    }

    /// Takes a packet that nobody hears, for what later ones need of it: one that [`unheard`](PacketDecoder::unheard) knows.
    fn pass(&mut self, packet: &[u8]) -> Result<(), String> {
        self.decode(packet, &mut Vec::new())
    }

    /// Forgets what it remembers of earlier packets.
    fn reset(&mut self);

    /// As [`Source::mix`]; a reset follows.
    fn mix(&mut self, mix: Mix) -> bool {
        mix == Mix::Mean
    }
}

impl PacketDecoder for Box<dyn PacketDecoder> {
    fn decode(&mut self, packet: &[u8], out: &mut Vec<f32>) -> Result<(), String> {
        (**self).decode(packet, out)
    }

    fn passes(&self) -> bool {
        (**self).passes()
    }

    fn unheard(&self, packet: &[u8]) -> Option<u64> {
        (**self).unheard(packet)
    }

    fn pass(&mut self, packet: &[u8]) -> Result<(), String> {
        (**self).pass(packet)
    }

    fn reset(&mut self) {
        (**self).reset();
    }

    fn mix(&mut self, mix: Mix) -> bool {
        (**self).mix(mix)
    }
}

/// What is fixed about a coded stream.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    pub format: Format,
    pub rate: u32,
    pub channels: u16,
    /// Raw sample frames before the first one that is heard (encoder delay).
    pub delay: u64,
    /// Raw position of the end of what is heard, where the container tells it.
    pub end: Option<u64>,
    /// Gap in sample frames from which seeking costs less than decoding.
    pub seek_gap: u64,
}

/// A [`Source`] made of packets and a decoder.
pub(super) struct PacketStream<P, D> {
    packets: P,
    decoder: D,
    shape: Shape,
    packet: Vec<u8>,
    decoded: Vec<f32>,
    /// Raw position of the next sample that the decoder yields.
    at: u64,
    /// Raw position from which samples are wanted.
    from: u64,
    /// Whether any packet has been decoded, and why the first bad one was not.
    sound: bool,
    first_fault: Option<String>,
    ended: bool,
}

impl<P: Packets, D: PacketDecoder> PacketStream<P, D> {
    /// `packets` must stand at the first packet and `decoder` be fresh.
    pub(super) fn new(packets: P, decoder: D, shape: Shape) -> Self {
        Self {
            packets,
            decoder,
            shape,
            packet: Vec::new(),
            decoded: Vec::new(),
            at: 0,
            from: shape.delay,
            sound: false,
            first_fault: None,
            ended: false,
        }
    }

    /// Decodes the next packet into `self.decoded`, or passes it where its samples lie before `from`; `false` at the end.
    fn step(&mut self, from: u64) -> Result<bool, AudioError> {
        self.decoded.clear();
        if !self.packets.next(&mut self.packet)? {
            return Ok(false);
        }
        if let Some(frames) = self.decoder.unheard(&self.packet)
            && self.at.saturating_add(frames) <= from
            && self.decoder.pass(&self.packet).is_ok()
        {
            self.at += frames;
            return Ok(true);
        }
        match self.decoder.decode(&self.packet, &mut self.decoded) {
            // A damaged set-up may lead a decoder to numbers that are no sound.
            Ok(()) if self.decoded.iter().any(|s| s.is_nan() || s.abs() > LOUDEST) => {
                self.decoded.fill(0.0);
                let reason = "a packet decodes to what is no sound";
                self.first_fault.get_or_insert(reason.to_owned());
            }
            Ok(()) => self.sound |= !self.decoded.is_empty(),
            Err(reason) => {
                self.first_fault.get_or_insert(reason);
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

    fn mix(&mut self, mix: Mix) -> bool {
        self.decoder.mix(mix)
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
        // Silence in place of every packet is no sound, whether the container tells where it ends or not.
        if !self.sound && self.from == self.shape.delay && end > self.shape.delay {
            let format = self.shape.format;
            return Err(match self.first_fault.take() {
                Some(reason) => AudioError::damaged(format, reason),
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
        if near && self.decoder.passes() {
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
        // Where packets can be passed, that is what a seek over a small gap does.
        let gap = if self.decoder.passes() {
            0
        } else {
            self.shape.seek_gap
        };
        read_ranges_by_seeking(self, ranges, gap, each)
    }
}
