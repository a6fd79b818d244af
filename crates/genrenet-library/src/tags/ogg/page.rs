//! Pages of an Ogg stream (RFC 3533, 6).

use crc::{Algorithm, Crc};

use super::super::error::TagError;
use super::super::layout::Source;
use super::super::positions::bytes_at;

/// CRC-32 of pages: no reflection, nothing inverted.
static CRC: Crc<u32> = Crc::<u32>::new(&Algorithm {
    width: 32,
    poly: 0x04C1_1DB7,
    init: 0,
    refin: false,
    refout: false,
    xorout: 0,
    check: 0x89A1_897F,
    residue: 0,
});

const CONTINUED: u8 = 1;
const FIRST: u8 = 2;
pub(super) const LAST: u8 = 4;
/// Segments that a page can hold.
pub(super) const MOST_SEGMENTS: usize = 255;

/// Where the sequence number stands in a page, and the CRC after it.
pub(super) const SEQUENCE_AT: usize = 18;
const CRC_AT: usize = 22;

/// One page; its body stays in the file.
pub(super) struct Page {
    /// Position in the file.
    pub at: u64,
    pub flags: u8,
    pub serial: u32,
    pub sequence: u32,
    /// Lengths of its segments; one below 255 ends a packet.
    pub lacing: Vec<u8>,
}

impl Page {
    pub(super) fn body_at(&self) -> u64 {
        self.at + 27 + self.lacing.len() as u64
    }

    pub(super) fn end(&self) -> u64 {
        self.body_at()
            + self
                .lacing
                .iter()
                .map(|&length| u64::from(length))
                .sum::<u64>()
    }

    pub(super) fn is_first(&self) -> bool {
        self.flags & FIRST != 0
    }

    pub(super) fn is_last(&self) -> bool {
        self.flags & LAST != 0
    }

    pub(super) fn is_continued(&self) -> bool {
        self.flags & CONTINUED != 0
    }

    /// Whether its last packet ends here.
    pub(super) fn ends_packet(&self) -> bool {
        self.lacing.last().is_some_and(|&length| length < 255)
    }

    /// The whole page; none where its CRC is wrong.
    pub(super) fn bytes(&self, source: &mut dyn Source) -> Result<Option<Vec<u8>>, TagError> {
        let bytes = bytes_at(source, self.at, (self.end() - self.at) as usize)?;
        let mut right = bytes.clone();
        set_crc(&mut right);
        Ok((right == bytes).then_some(bytes))
    }
}

/// The page that begins at `at`; none where there is no whole page.
pub(super) fn page_at(
    source: &mut dyn Source,
    at: u64,
    size: u64,
) -> Result<Option<Page>, TagError> {
    let header = bytes_at(source, at, size.saturating_sub(at).min(27 + 255) as usize)?;
    if header.len() < 27 || &header[..4] != b"OggS" || header[4] != 0 {
        return Ok(None);
    }
    let number = |at: usize| {
        u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]])
    };
    let Some(lacing) = header[27..].get(..header[26] as usize) else {
        return Ok(None);
    };
    let page = Page {
        at,
        flags: header[5],
        serial: number(14),
        sequence: number(SEQUENCE_AT),
        lacing: lacing.to_vec(),
    };
    Ok((page.end() <= size).then_some(page))
}

/// The next position after `at` where a page may begin, or the end.
pub(super) fn next_capture(source: &mut dyn Source, at: u64, size: u64) -> Result<u64, TagError> {
    let mut at = at + 1;
    while at + 4 <= size {
        let part = bytes_at(source, at, (size - at).min(1024) as usize)?;
        if let Some(found) = part.windows(4).position(|window| window == b"OggS") {
            return Ok(at + found as u64);
        }
        at += part.len() as u64 - 3;
    }
    Ok(size)
}

/// A page of header packets.
pub(super) fn header_page(
    serial: u32,
    sequence: u32,
    flags: u8,
    continued: bool,
    lacing: &[u8],
    body: &[u8],
) -> Vec<u8> {
    let mut page = b"OggS\0".to_vec();
    page.push(flags | if continued { CONTINUED } else { 0 });
    // No packet ends: no position.
    let ends = lacing.iter().any(|&length| length < 255);
    page.extend([if ends { 0 } else { 0xFF }; 8]);
    page.extend(serial.to_le_bytes());
    page.extend(sequence.to_le_bytes());
    page.extend([0; 4]);
    page.push(lacing.len() as u8);
    page.extend(lacing);
    page.extend(body);
    set_crc(&mut page);
    page
}

/// The fields "sequence number" and "CRC" of the page with another number.
pub(super) fn renumbered(mut page: Vec<u8>, sequence: u32) -> Vec<u8> {
    page[SEQUENCE_AT..CRC_AT].copy_from_slice(&sequence.to_le_bytes());
    set_crc(&mut page);
    page[SEQUENCE_AT..CRC_AT + 4].to_vec()
}

fn set_crc(page: &mut [u8]) {
    page[CRC_AT..CRC_AT + 4].fill(0);
    let crc = CRC.checksum(page);
    page[CRC_AT..CRC_AT + 4].copy_from_slice(&crc.to_le_bytes());
}

#[cfg(test)]
mod tests {
    use super::CRC;

    #[test]
    fn the_check_value_is_that_of_the_algorithm() {
        assert_eq!(CRC.checksum(b"123456789"), CRC.algorithm.check);
    }
}
