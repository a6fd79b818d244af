//! The four bytes that start a frame (ISO/IEC 11172-3, 2.4.2.3; 13818-3 for the low rates).

/// Version of the standard: it decides the sampling rates and how many granules a frame has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Version {
    /// MPEG-1: 32, 44.1, 48 kHz; two granules.
    One,
    /// MPEG-2, low sampling frequencies: 16, 22.05, 24 kHz; one granule.
    Two,
    /// MPEG-2.5, Fraunhofer's extension: 8, 11.025, 12 kHz; one granule.
    TwoAndHalf,
}

/// A valid frame header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) version: Version,
    /// 1, 2 or 3.
    pub(super) layer: u8,
    /// Whether 16 bits of CRC follow the header.
    pub(super) has_crc: bool,
    /// Bits per second; `None` is the free format, whose frame length is found by looking for the next header.
    pub(super) bitrate: Option<u32>,
    /// Samples per second.
    pub(super) rate: u32,
    padding: bool,
    /// 1 or 2.
    pub(super) channels: u8,
    /// Joint stereo: each granule holds middle and side instead of left and right.
    pub(super) mid_side: bool,
    /// Joint stereo: above the right channel's last line, both channels share one spectrum.
    pub(super) intensity: bool,
}

const KBPS: [[u16; 15]; 5] = [
    // MPEG-1 layers I, II, III, then MPEG-2 and 2.5 layer I, layers II and III.
    [
        0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448,
    ],
    [
        0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384,
    ],
    [
        0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320,
    ],
    [
        0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256,
    ],
    [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
];

impl Header {
    /// Length of a header in bytes.
    pub(super) const LEN: usize = 4;

    /// Reads a header, or `None` if the bytes are not a header.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let &[sync, b1, b2, b3, ..] = bytes else {
            return None;
        };
        if sync != 0xff || b1 & 0xe0 != 0xe0 {
            return None;
        }
        let version = match b1 >> 3 & 3 {
            0 => Version::TwoAndHalf,
            2 => Version::Two,
            3 => Version::One,
            _ => return None,
        };
        let layer = match b1 >> 1 & 3 {
            0 => return None,
            bits => 4 - bits,
        };
        let table = match (version, layer) {
            (Version::One, layer) => usize::from(layer) - 1,
            (_, 1) => 3,
            _ => 4,
        };
        let bitrate = match b2 >> 4 {
            0 => None,
            15 => return None,
            index => Some(u32::from(KBPS[table][usize::from(index)]) * 1000),
        };
        let rate: u32 = match b2 >> 2 & 3 {
            0 => 44_100,
            1 => 48_000,
            2 => 32_000,
            _ => return None,
        };
        let rate = match version {
            Version::One => rate,
            Version::Two => rate / 2,
            Version::TwoAndHalf => rate / 4,
        };
        let mode = b3 >> 6;
        Some(Self {
            version,
            layer,
            has_crc: b1 & 1 == 0,
            bitrate,
            rate,
            padding: b2 & 2 != 0,
            channels: if mode == 3 { 1 } else { 2 },
            mid_side: mode == 1 && b3 & 0x20 != 0,
            intensity: mode == 1 && b3 & 0x10 != 0,
        })
    }

    /// Whether both can belong to one stream: only channels and bit rate may change from frame to frame.
    pub(super) fn same_stream(&self, other: &Self) -> bool {
        self.version == other.version
            && self.layer == other.layer
            && self.rate == other.rate
            && self.bitrate.is_some() == other.bitrate.is_some()
    }

    /// Whether it is a low sampling frequency frame: one granule, another side information.
    pub(super) fn is_low(&self) -> bool {
        self.version != Version::One
    }

    /// Granules of 576 samples in a layer III frame.
    pub(super) fn granules(&self) -> usize {
        if self.is_low() { 1 } else { 2 }
    }

    /// Bytes of side information in a layer III frame.
    pub(super) fn side_info_len(&self) -> usize {
        match (self.is_low(), self.channels) {
            (false, 1) => 17,
            (false, _) => 32,
            (true, 1) => 9,
            (true, _) => 17,
        }
    }

    /// Where a layer III frame's main data starts in it.
    pub(super) fn main_data_start(&self) -> usize {
        Self::LEN + if self.has_crc { 2 } else { 0 } + self.side_info_len()
    }

    /// Bytes from this header to the next, header included; `free` is the free format's length without padding.
    pub(super) fn frame_len(&self, free: usize) -> usize {
        let slot = if self.layer == 1 { 4 } else { 1 };
        let padding = if self.padding { slot } else { 0 };
        let samples_per_byte: u32 = match (self.layer, self.is_low()) {
            (1, _) => 12,
            (3, true) => 72,
            _ => 144,
        };
        match self.bitrate {
            None => free + padding,
            Some(bitrate) => {
                let slots = samples_per_byte * bitrate / self.rate;
                slots as usize * slot + padding
            }
        }
    }

    /// The padding of this frame alone, in bytes.
    pub(super) fn padding_len(&self) -> usize {
        match (self.padding, self.layer) {
            (false, _) => 0,
            (true, 1) => 4,
            (true, _) => 1,
        }
    }

    /// Row of the tables that depend on the sampling rate: 0–2 MPEG-1, 3–5 MPEG-2, 6–8 MPEG-2.5; each 44.1, 48, 32 kHz.
    pub(super) fn rate_row(&self) -> usize {
        let within = match self.rate {
            44_100 | 22_050 | 11_025 => 0,
            48_000 | 24_000 | 12_000 => 1,
            _ => 2,
        };
        within
            + match self.version {
                Version::One => 0,
                Version::Two => 3,
                Version::TwoAndHalf => 6,
            }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_common_header() {
        let header = Header::parse(&[0xff, 0xfb, 0x92, 0x64]).unwrap();
        assert_eq!(header.version, Version::One);
        assert_eq!((header.layer, header.has_crc), (3, false));
        assert_eq!((header.bitrate, header.rate), (Some(128_000), 44_100));
        assert_eq!(header.channels, 2);
        assert!(header.mid_side && !header.intensity);
        assert_eq!(header.frame_len(0), 418);
        assert_eq!(header.rate_row(), 0);
    }

    #[test]
    fn refuses_reserved_values() {
        for bytes in [
            [0xff, 0xeb, 0x92, 0x64],
            [0xff, 0xf9, 0x92, 0x64],
            [0xff, 0xfb, 0xf2, 0x64],
            [0xff, 0xfb, 0x9e, 0x64],
            [0xfe, 0xfb, 0x92, 0x64],
        ] {
            // 0xf9 has layer bits 00 (ADTS), 0xeb the reserved version.
            assert_eq!(Header::parse(&bytes), None, "{bytes:02x?}");
        }
        assert_eq!(Header::parse(&[0xff, 0xfb, 0x92]), None);
    }
}
