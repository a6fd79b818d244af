//! Ogg pages (RFC 3533): a header with a check sum, and up to 255 segments of packets.

use std::io;

use crate::decode::Input;
use crate::decode::crc::OGG_PAGE;

/// A page with a valid check sum.
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
}

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
    let mut digest = OGG_PAGE.digest();
    for part in [&header[..], &page.lacing, &page.body] {
        digest.update(part);
    }
    if digest.finalize() != sum {
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
