//! STREAMINFO: the parameters of a FLAC stream (RFC 9639, section 8.2).

/// The stream's parameters; a frame may still differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::decode) struct Info {
    pub rate: u32,
    pub channels: u8,
    pub bits: u8,
    /// Length in sample frames, where it is known.
    pub frames: Option<u64>,
    /// Of all samples, channel by channel, in as many bytes as they need.
    pub md5: [u8; 16],
}

impl Info {
    /// Length of the block's content.
    pub(in crate::decode) const BYTES: usize = 34;

    /// The content of a STREAMINFO block; `None` if it is invalid.
    pub(in crate::decode) fn parse(bytes: &[u8]) -> Option<Self> {
        let word = u64::from_be_bytes(*bytes.get(10..)?.first_chunk()?);
        let md5 = *bytes.get(18..)?.first_chunk()?;
        let info = Self {
            rate: (word >> 44) as u32,
            channels: (word >> 41 & 7) as u8 + 1,
            bits: (word >> 36 & 31) as u8 + 1,
            frames: Some(word & 0xf_ffff_ffff).filter(|&n| n > 0),
            md5,
        };
        (info.rate > 0 && info.bits >= 4).then_some(info)
    }
}
