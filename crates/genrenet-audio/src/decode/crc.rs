//! The check sums of FLAC frames (RFC 9639, section 9) and Ogg pages (RFC 3533): most significant bit first, nothing inverted.
//!
//! One table-driven method for all widths: the register occupies the upper bits of 32, and eight bytes are taken at once.

/// A check sum of a given polynomial and width.
pub(super) struct Crc {
    bits: u32,
    /// Row r: the effect of a byte that is followed by r more.
    rows: [[u32; 256]; 8],
}

/// x^8 + x^2 + x + 1: of a FLAC frame's header.
pub(super) static CRC8: Crc = Crc::new(8, 0x07);
/// x^16 + x^15 + x^2 + 1: of a whole FLAC frame.
pub(super) static CRC16: Crc = Crc::new(16, 0x8005);
/// The polynomial of Ethernet, of an Ogg page.
pub(super) static CRC32: Crc = Crc::new(32, 0x04c1_1db7);

impl Crc {
    /// `polynomial` without its highest term, of `bits` (1 to 32) bits.
    const fn new(bits: u32, polynomial: u32) -> Crc {
        let polynomial = polynomial << (32 - bits);
        let mut rows = [[0; 256]; 8];
        let mut byte = 0;
        while byte < 256 {
            let mut crc = (byte as u32) << 24;
            let mut row = 0;
            while row < 8 {
                let mut bit = 0;
                while bit < 8 {
                    crc = (crc << 1) ^ if crc >> 31 == 1 { polynomial } else { 0 };
                    bit += 1;
                }
                rows[row][byte] = crc;
                row += 1;
            }
            byte += 1;
        }
        Crc { bits, rows }
    }

    /// The check sum of `bytes`.
    pub(super) fn of(&self, bytes: &[u8]) -> u32 {
        self.and(0, bytes)
    }

    /// The check sum of what has the check sum `before`, followed by `bytes`.
    pub(super) fn and(&self, before: u32, bytes: &[u8]) -> u32 {
        let rows = &self.rows;
        let mut crc = before << (32 - self.bits);
        let mut eights = bytes.chunks_exact(8);
        for eight in &mut eights {
            let [a, b, c, d] = crc.to_be_bytes();
            crc = rows[7][usize::from(eight[0] ^ a)]
                ^ rows[6][usize::from(eight[1] ^ b)]
                ^ rows[5][usize::from(eight[2] ^ c)]
                ^ rows[4][usize::from(eight[3] ^ d)]
                ^ rows[3][usize::from(eight[4])]
                ^ rows[2][usize::from(eight[5])]
                ^ rows[1][usize::from(eight[6])]
                ^ rows[0][usize::from(eight[7])];
        }
        let crc = eights.remainder().iter().fold(crc, |crc, &byte| {
            (crc << 8) ^ rows[0][usize::from((crc >> 24) as u8 ^ byte)]
        });
        crc >> (32 - self.bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_values_of_the_standard_text() {
        // "CRC-8/SMBUS", "CRC-16/UMTS" and "CRC-32/MPEG-2" (which starts with ones) in Greg Cook's catalogue of
        // parametrised CRC algorithms.
        let text = b"123456789";
        assert_eq!(CRC8.of(text), 0xf4);
        assert_eq!(CRC16.of(text), 0xfee8);
        assert_eq!(CRC32.and(0xffff_ffff, text), 0x0376_e6e7);
    }

    #[test]
    fn eight_bytes_at_once_equal_eight_single_bytes() {
        let bytes: Vec<u8> = (0..61u8).map(|i| i.wrapping_mul(97)).collect();
        for crc in [&CRC8, &CRC16, &CRC32] {
            let single = bytes
                .iter()
                .fold(7, |sum, byte| crc.and(sum, std::slice::from_ref(byte)));
            assert_eq!(crc.and(7, &bytes), single, "{} bits", crc.bits);
        }
    }
}
