//! Ogg pages (RFC 3533): a header with a check sum, and up to 255 segments of packets.

use std::io;

use crate::decode::Input;

/// A page whose check sum is right.
#[derive(Debug, Default)]
pub(super) struct Page {
    /// Where it starts.
    pub at: u64,
    /// Its length in bytes.
    pub len: u64,
    pub serial: u32,
    /// The first segment goes on with a packet of the page before.
    pub continued: bool,
    /// The stream begins, or ends, with this page.
    pub begins: bool,
    pub ends: bool,
    /// Position at the end of the last packet that ends here; `None` where none does.
    pub granule: Option<u64>,
    /// Segment lengths, and their bytes one after another.
    pub lacing: Vec<u8>,
    pub body: Vec<u8>,
}

impl Page {
    /// Where the next page should start.
    pub(super) fn end(&self) -> u64 {
        self.at + self.len
    }

    /// Packets that end in this page.
    pub(super) fn packets_ended(&self) -> usize {
        self.lacing.iter().filter(|&&n| n < 255).count()
    }
}

/// The longest page: header, 255 segments of 255 bytes.
pub(super) const LONGEST: usize = 27 + 255 + 255 * 255;
const HEADER: usize = 27;

/// Reads the first good page that starts in `from..until` into `page`; `false` if there is none.
///
/// What lies between pages, and pages with a wrong check sum, are skipped.
pub(super) fn read(input: &mut Input, from: u64, until: u64, page: &mut Page) -> io::Result<bool> {
    const STEP: usize = 8 * 1024;
    let mut window = [0; STEP];
    let mut at = from;
    while at < until {
        let n = input.read_at(at, &mut window)?;
        if n < HEADER {
            return Ok(false);
        }
        let mut i = 0;
        while let Some(next) = window[i..n].windows(4).position(|w| w == b"OggS") {
            i += next;
            if at + i as u64 >= until {
                return Ok(false);
            }
            if read_here(input, at + i as u64, page)? {
                return Ok(true);
            }
            i += 1;
        }
        if n < STEP {
            return Ok(false);
        }
        // The last bytes may be the start of a capture pattern.
        at += (n - 3) as u64;
    }
    Ok(false)
}

/// Reads the page that starts exactly at `at`; `false` if none does or its check sum is wrong.
fn read_here(input: &mut Input, at: u64, page: &mut Page) -> io::Result<bool> {
    let mut header = [0; HEADER];
    if input.read_at(at, &mut header)? < HEADER || !header.starts_with(b"OggS\0") {
        return Ok(false);
    }
    let [.., segments] = header;
    page.lacing.resize(segments.into(), 0);
    if input.read_at(at + HEADER as u64, &mut page.lacing)? < page.lacing.len() {
        return Ok(false);
    }
    let body: usize = page.lacing.iter().map(|&n| usize::from(n)).sum();
    page.body.resize(body, 0);
    if input.read_at(at + (HEADER + page.lacing.len()) as u64, &mut page.body)? < body {
        return Ok(false);
    }
    let sum = u32_at(&header, 22);
    header[22..26].fill(0);
    let computed = crc32(crc32(crc32(0, &header), &page.lacing), &page.body);
    if computed != sum {
        return Ok(false);
    }
    let granule = u64::from(u32_at(&header, 6)) | u64::from(u32_at(&header, 10)) << 32;
    page.at = at;
    page.len = (HEADER + page.lacing.len() + body) as u64;
    page.serial = u32_at(&header, 14);
    page.continued = header[5] & 1 != 0;
    page.begins = header[5] & 2 != 0;
    page.ends = header[5] & 4 != 0;
    page.granule = (granule != u64::MAX).then_some(granule);
    Ok(true)
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    bytes
        .get(at..)
        .and_then(|b| b.first_chunk())
        .map_or(0, |b| u32::from_le_bytes(*b))
}

/// Ogg's CRC-32: polynomial 0x04c11db7, not reflected, no inversion.
fn crc32(mut crc: u32, bytes: &[u8]) -> u32 {
    let mut eights = bytes.chunks_exact(8);
    for eight in &mut eights {
        let [a, b, c, d] = crc.to_be_bytes();
        crc = CRC[7][usize::from(eight[0] ^ a)]
            ^ CRC[6][usize::from(eight[1] ^ b)]
            ^ CRC[5][usize::from(eight[2] ^ c)]
            ^ CRC[4][usize::from(eight[3] ^ d)]
            ^ CRC[3][usize::from(eight[4])]
            ^ CRC[2][usize::from(eight[5])]
            ^ CRC[1][usize::from(eight[6])]
            ^ CRC[0][usize::from(eight[7])];
    }
    eights.remainder().iter().fold(crc, |crc, &b| {
        (crc << 8) ^ CRC[0][usize::from((crc >> 24) as u8 ^ b)]
    })
}

/// Row r: the effect of a byte that is followed by r more.
static CRC: [[u32; 256]; 8] = {
    let mut table = [[0; 256]; 8];
    let mut i = 0;
    while i < 256 {
        let mut crc = (i as u32) << 24;
        let mut row = 0;
        while row < 8 {
            let mut bit = 0;
            while bit < 8 {
                crc = (crc << 1)
                    ^ if crc & 0x8000_0000 != 0 {
                        0x04c1_1db7
                    } else {
                        0
                    };
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
    fn eight_bytes_at_once_are_eight_single_ones() {
        let bytes: Vec<u8> = (0..61u8).map(|i| i.wrapping_mul(97)).collect();
        let single = bytes
            .iter()
            .fold(7, |crc, b| crc32(crc, std::slice::from_ref(b)));
        assert_eq!(crc32(7, &bytes), single);
        // CRC-32/MPEG-2 of the standard text is 0x0376e6e7 with all ones as start value.
        assert_eq!(crc32(0xffff_ffff, b"123456789"), 0x0376_e6e7);
    }
}
