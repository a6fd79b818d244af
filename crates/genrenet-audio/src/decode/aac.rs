//! AAC by symphonia's low-complexity decoder.

use symphonia::core::codecs::audio::well_known::CODEC_ID_AAC;
use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia::core::packet::PacketRef;
use symphonia::core::units::{Duration, Timestamp};
use symphonia::default::codecs::AacDecoder;

use super::mono::Downmix;
use super::packet_stream::{PacketDecoder, PacketError};
use crate::error::AudioError;
use crate::format::Format;

/// Sample frames of a packet.
pub(super) const FRAME: u64 = 1024;

/// Hz by index (ISO 14496-3, table 1.18).
const RATES: [u32; 13] = [
    96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000,
    7_350,
];

/// The parameters of an AAC stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Config {
    /// Index of the sampling rate; of the core if the upper band is coded separately (HE-AAC).
    rate_index: u8,
    pub channels: u8,
}

impl Config {
    pub(super) fn rate(self) -> u32 {
        RATES
            .get(usize::from(self.rate_index))
            .copied()
            .unwrap_or(0)
    }

    /// Made from the fields of an ADTS header: profile (object type less one), rate index, channel configuration.
    pub(super) fn adts(profile: u8, rate_index: u8, channels: u8) -> Result<Self, AudioError> {
        Self::checked(profile + 1, rate_index, channels)
    }

    /// Made from an AudioSpecificConfig (ISO 14496-3, section 1.6.2).
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, AudioError> {
        let damaged = || AudioError::damaged(Format::Aac, "its set-up is cut off");
        let mut at = 0;
        let mut bits = |n: usize| -> Result<u32, AudioError> {
            let mut value = 0;
            for i in at..at + n {
                let byte = bytes.get(i / 8).ok_or_else(damaged)?;
                value = value << 1 | u32::from(byte >> (7 - i % 8) & 1);
            }
            at += n;
            Ok(value)
        };
        let mut object = bits(5)?;
        if object == 31 {
            object = 32 + bits(6)?;
        }
        let rate_index = bits(4)?;
        let explicit = if rate_index == 15 {
            Some(bits(24)?)
        } else {
            None
        };
        let channels = bits(4)?;
        if matches!(object, 5 | 29) {
            // HE-AAC: the rate above is the core's; the full rate and the core's own type follow.
            if bits(4)? == 15 {
                bits(24)?;
            }
            object = bits(5)?;
        }
        let rate_index = match explicit {
            Some(rate) => RATES
                .iter()
                .position(|&r| r == rate)
                .map_or(15, |i| i as u32),
            None => rate_index,
        };
        if object == 2 && bits(1)? == 1 {
            return Err(AudioError::to_convert("AAC with frames of 960"));
        }
        Self::checked(object as u8, rate_index as u8, channels as u8)
    }

    fn checked(object: u8, rate_index: u8, channels: u8) -> Result<Self, AudioError> {
        let name = match object {
            2 => None,
            1 => Some("AAC Main"),
            3 => Some("AAC SSR"),
            4 => Some("AAC LTP"),
            23 => Some("AAC-LD"),
            32..=34 => Some("MPEG audio in MP4"),
            36 => Some("ALS (MPEG-4 lossless)"),
            37 => Some("SLS (MPEG-4 scalable lossless)"),
            39 => Some("AAC-ELD"),
            42 => Some("USAC (xHE-AAC)"),
            _ => {
                return Err(AudioError::to_convert(format!(
                    "MPEG-4 audio object type {object}"
                )));
            }
        };
        if let Some(name) = name {
            return Err(AudioError::to_convert(name));
        }
        if usize::from(rate_index) >= RATES.len() {
            return Err(AudioError::damaged(
                Format::Aac,
                "an impossible sampling rate",
            ));
        }
        match channels {
            1 | 2 => Ok(Self {
                rate_index,
                channels,
            }),
            0 => Err(AudioError::to_convert("AAC with its own channel layout")),
            7 => Err(AudioError::to_convert("AAC with 8 channels")),
            n => Err(AudioError::to_convert(format!("AAC with {n} channels"))),
        }
    }

    /// The set-up of the core alone: object type 2, rate, channels.
    fn setup(self) -> [u8; 2] {
        let word = 2 << 11 | u16::from(self.rate_index) << 7 | u16::from(self.channels) << 3;
        word.to_be_bytes()
    }
}

/// The set-up of a low-complexity stream that comes without one; `None` if its rate or channels are invalid.
pub(super) fn setup_of(rate: u32, channels: u16) -> Option<[u8; 2]> {
    let rate_index = RATES.iter().position(|&r| r == rate)?;
    let config = Config {
        rate_index: rate_index as u8,
        channels: u8::try_from(channels)
            .ok()
            .filter(|n| (1..=7).contains(n))?,
    };
    Some(config.setup())
}

/// symphonia's decoder; packets that it refuses become silence.
pub(super) struct Aac {
    decoder: AacDecoder,
    downmix: Downmix,
}

impl Aac {
    pub(super) fn new(config: Config) -> Result<Self, AudioError> {
        let mut parameters = AudioCodecParameters::new();
        parameters
            .for_codec(CODEC_ID_AAC)
            .with_extra_data(config.setup().to_vec().into());
        let decoder = AacDecoder::try_new(&parameters, &AudioDecoderOptions::default())
            .map_err(|e| AudioError::damaged(Format::Aac, e.to_string()))?;
        Ok(Self {
            decoder,
            downmix: Downmix::Mean,
        })
    }
}

impl PacketDecoder for Aac {
    fn decode(&mut self, packet: &[u8], out: &mut Vec<f32>) -> Result<(), PacketError> {
        let start = out.len();
        let packet = PacketRef::new(0, Timestamp::new(0), Duration::new(FRAME), packet);
        let decoded = match self.decoder.decode_ref(&packet) {
            Ok(decoded) => {
                self.downmix.append(&decoded, out);
                Ok(())
            }
            Err(e) => Err(PacketError::refused(e)),
        };
        out.resize(start + FRAME as usize, 0.0);
        decoded
    }

    fn reset(&mut self) {
        self.decoder.reset();
    }

    fn set_downmix(&mut self, downmix: Downmix) -> bool {
        self.downmix = downmix;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn he_aac_is_decoded_by_its_core_and_other_object_types_are_refused_by_name() {
        let parse = |bytes: &[u8]| {
            let config = Config::parse(bytes).map_err(|e| e.to_string())?;
            Ok::<_, String>((config.rate(), config.channels))
        };
        // HE-AAC of both versions and plain, at 16 kHz with an upper band up to 32.
        assert_eq!(parse(&[0x2c, 0x12, 0x88, 0]), Ok((16_000, 2)));
        assert_eq!(parse(&[0xec, 0x0a, 0x88, 0]), Ok((16_000, 1)));
        assert_eq!(parse(&[0x14, 0x10]), Ok((16_000, 2)));
        // Object type 32 + 10: xHE-AAC.
        let refused = parse(&[0xf9, 0x48, 0x40, 0]).unwrap_err();
        assert!(
            refused.starts_with("USAC (xHE-AAC) is not supported: convert"),
            "{refused}"
        );
        let refused = parse(&[0x14, 0x30]).unwrap_err();
        assert!(
            refused.starts_with("AAC with 6 channels is not supported: convert"),
            "{refused}"
        );
    }
}
