//! The identification header: rate, channels and block sizes of a stream (Vorbis I specification, section 4.2.2).

use super::bits::Bits;
use super::fault::{Fault, fault};

/// The identification header.
#[derive(Debug, Clone, Copy)]
pub(super) struct Identity {
    pub rate: u32,
    pub channels: u8,
    /// Samples of a short and of a long block.
    pub sizes: [usize; 2],
}

impl Identity {
    pub(super) fn parse(packet: &[u8]) -> Result<Self, Fault> {
        let Some(bytes) = packet.strip_prefix(b"\x01vorbis") else {
            return fault("no identification header");
        };
        let mut bits = Bits::new(bytes);
        let version = bits.take(32)?;
        let (channels, rate) = (bits.take(8)? as u8, bits.take(32)?);
        for _bitrate in 0..3 {
            bits.take(32)?;
        }
        let sizes = [1 << bits.take(4)?, 1 << bits.take(4)?];
        if version != 0 {
            return fault(format!("version {version}, expected 0"));
        }
        if channels == 0 || rate == 0 {
            return fault(format!("{channels} channels at {rate} Hz"));
        }
        let [short, long] = sizes;
        if short < 64 || long < short || long > 8192 {
            return fault(format!(
                "blocks of {short} and {long} samples, expected 64 to 8192, the short ones first"
            ));
        }
        Ok(Self {
            rate,
            channels,
            sizes,
        })
    }
}
