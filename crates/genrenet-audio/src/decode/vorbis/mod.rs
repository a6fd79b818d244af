//! Vorbis to mono, from any container: three header packets, then audio packets.
//!
//! In the order in which data passes: [`identity`] and [`setup`] parse a stream's headers, with [`codebook`]s with [`huffman`]
//! codes (read through [`bits`]), floors ([`floor0`], [`floor1`]), [`residue`]s and [`mapping`]s; [`spectrum`] takes a packet to the
//! spectrum of the mean of its channels, [`synthesis`] from there to samples. [`blocks`] finds the length of a packet without decoding it.
//!
//! The reference is libvorbis, sample by sample; everything else follows the Vorbis I specification of the Xiph.Org Foundation.

mod bits;
mod blocks;
mod codebook;
mod fault;
mod floor0;
mod floor1;
mod huffman;
mod identity;
mod mapping;
mod residue;
mod setup;
mod spectrum;
mod synthesis;

pub(super) use self::blocks::Blocks;

use self::bits::Bits;
use self::fault::Fault;
use self::identity::Identity;
use self::setup::Setup;
use self::spectrum::Spectra;
use self::synthesis::{Transform, overlap};
use super::mono::Downmix;
use super::packet_stream::{PacketDecoder, PacketError};
use crate::error::AudioError;
use crate::format::Format;

/// A decoder of the packets of one stream.
pub(super) struct Vorbis {
    identity: Identity,
    setup: Setup,
    blocks: Blocks,
    spectra: Spectra,
    /// For short and for long blocks.
    transforms: [Transform; 2],
    /// The transform of the current block.
    values: Vec<f32>,
    /// The lower half of that of the previous block, if there was one.
    before: Vec<f32>,
}

impl Vorbis {
    /// From the identification and the setup packet; the comment packet between them is not needed.
    ///
    /// # Errors
    /// [`AudioError::Damaged`] names what is wrong with a header, or which value is beyond its bound.
    pub(super) fn new(identification: &[u8], setup: &[u8]) -> Result<Self, AudioError> {
        let damaged = |Fault(reason): Fault| AudioError::damaged(Format::Vorbis, reason);
        let identity = Identity::parse(identification).map_err(damaged)?;
        let setup = Setup::parse(&identity, setup).map_err(damaged)?;
        let channels = identity.channels.into();
        let lines = identity.sizes[1] / 2;
        Ok(Self {
            blocks: Blocks::new(&identity, &setup),
            spectra: Spectra::new(channels, lines),
            transforms: transforms(&identity, channels),
            values: vec![0.0; lines],
            before: Vec::with_capacity(lines / 2),
            identity,
            setup,
        })
    }

    /// Sample frames per second.
    pub(super) fn rate(&self) -> u32 {
        self.identity.rate
    }

    /// Channels of the stream.
    pub(super) fn channels(&self) -> u16 {
        self.identity.channels.into()
    }

    /// Finds the lengths of packets, from the first one on.
    pub(super) fn blocks(&self) -> Blocks {
        self.blocks.clone()
    }
}

impl PacketDecoder for Vorbis {
    fn decode(&mut self, packet: &[u8], out: &mut Vec<f32>) -> Result<(), PacketError> {
        let mut bits = Bits::new(packet);
        let Some(mode) = self.blocks.mode(&mut bits) else {
            return Err(PacketError::Invalid("not an audio packet"));
        };
        let mode = self.setup.modes[mode];
        let mapping = &self.setup.mappings[usize::from(mode.mapping)];
        let lines = self.identity.sizes[usize::from(mode.long)] / 2;
        let sum = self
            .spectra
            .decode(&self.setup, mapping, mode.long, lines, &mut bits);
        let values = &mut self.values[..lines];
        match sum {
            Some(sum) => self.transforms[usize::from(mode.long)].run(sum, values),
            None => values.fill(0.0),
        }
        let (lower, upper) = values.split_at(lines / 2);
        if !self.before.is_empty() {
            let [short, long] = &self.transforms;
            let both_long = mode.long && self.before.len() == long.slope.len() / 2;
            let slope = if both_long { &long.slope } else { &short.slope };
            overlap(&self.before, upper, slope, out);
        }
        self.before.clear();
        self.before.extend_from_slice(lower);
        match sum {
            Some(_) => Ok(()),
            None => Err(PacketError::Invalid("amplitudes beyond all bounds")),
        }
    }

    fn set_downmix(&mut self, downmix: Downmix) -> bool {
        let channels = self.identity.channels.into();
        let (only, summed) = match downmix {
            Downmix::Mean => (None, channels),
            Downmix::Channel(channel) => (Some(usize::from(channel)), 1),
        };
        if only.is_some_and(|channel| channel >= channels) {
            return false;
        }
        self.spectra.sum_only(only);
        self.transforms = transforms(&self.identity, summed);
        true
    }

    fn reset(&mut self) {
        self.before.clear();
    }
}

/// The transforms of both block sizes for spectra that are the sum of so many channels.
fn transforms(identity: &Identity, summed: usize) -> [Transform; 2] {
    identity
        .sizes
        .map(|size| Transform::new(size / 2, 1.0 / summed as f64))
}
