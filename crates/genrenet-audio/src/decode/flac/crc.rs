//! The two check sums of a FLAC frame (RFC 9639, section 9).

/// CRC-8, polynomial x^8 + x^2 + x + 1, of a frame's header.
pub(super) fn crc8(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |crc, &b| CRC8[usize::from(crc ^ b)])
}

/// CRC-16, polynomial x^16 + x^15 + x^2 + 1, of a whole frame.
pub(super) fn crc16(bytes: &[u8]) -> u16 {
    let mut crc = 0u16;
    let mut eights = bytes.chunks_exact(8);
    for eight in &mut eights {
        let [high, low] = crc.to_be_bytes();
        crc = CRC16[7][usize::from(eight[0] ^ high)]
            ^ CRC16[6][usize::from(eight[1] ^ low)]
            ^ CRC16[5][usize::from(eight[2])]
            ^ CRC16[4][usize::from(eight[3])]
            ^ CRC16[3][usize::from(eight[4])]
            ^ CRC16[2][usize::from(eight[5])]
            ^ CRC16[1][usize::from(eight[6])]
            ^ CRC16[0][usize::from(eight[7])];
    }
    eights.remainder().iter().fold(crc, |crc, &b| {
        (crc << 8) ^ CRC16[0][usize::from((crc >> 8) as u8 ^ b)]
    })
}

static CRC8: [u8; 256] = {
    let mut table = [0; 256];
    let mut i = 0;
    while i < 256 {
        let mut crc = i as u8;
        let mut bit = 0;
        while bit < 8 {
            crc = (crc << 1) ^ if crc & 0x80 != 0 { 0x07 } else { 0 };
            bit += 1;
        }
        table[i] = crc;
        i += 1;
    }
    table
};

/// Row r: the effect of a byte that is followed by r more.
static CRC16: [[u16; 256]; 8] = {
    let mut table = [[0; 256]; 8];
    let mut i = 0;
    while i < 256 {
        let mut crc = (i as u16) << 8;
        let mut row = 0;
        while row < 8 {
            let mut bit = 0;
            while bit < 8 {
                crc = (crc << 1) ^ if crc & 0x8000 != 0 { 0x8005 } else { 0 };
                bit += 1;
            }
            table[row][i] = crc;
            row += 1;
        }
        i += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_values_of_the_standard_text() {
        // "CRC-8/SMBUS" and "CRC-16/UMTS" in Greg Cook's catalogue of parametrised CRC algorithms.
        assert_eq!(crc8(b"123456789"), 0xf4);
        assert_eq!(crc16(b"123456789"), 0xfee8);
    }
}
