//! The check sums of FLAC frames (RFC 9639, section 9) and Ogg pages (RFC 3533).

use crc::{Algorithm, CRC_8_SMBUS, CRC_16_UMTS, Crc, Table};

/// Of a FLAC frame's header.
pub(super) static FLAC_HEADER: Crc<u8> = Crc::<u8>::new(&CRC_8_SMBUS);
/// Of a whole FLAC frame.
pub(super) static FLAC_FRAME: Crc<u16, Table<16>> = Crc::<u16, Table<16>>::new(&CRC_16_UMTS);
/// Of an Ogg page.
pub(super) static OGG_PAGE: Crc<u32, Table<16>> = Crc::<u32, Table<16>>::new(&OGG);

/// The polynomial of Ethernet, most significant bit first, nothing inverted: not in the catalogue.
const OGG: Algorithm<u32> = Algorithm {
    width: 32,
    poly: 0x04c1_1db7,
    init: 0,
    refin: false,
    refout: false,
    xorout: 0,
    check: 0x89a1_897f,
    residue: 0,
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_values_of_the_standard_text() {
        let text = b"123456789";
        assert_eq!(FLAC_HEADER.checksum(text), 0xf4);
        assert_eq!(FLAC_FRAME.checksum(text), 0xfee8);
        // CRC-32/CKSUM without its final inversion.
        assert_eq!(OGG_PAGE.checksum(text), !0x765e_7680);
    }
}
