//! Side information: the parameters of a frame's granules, which precede the spectra (ISO/IEC 11172-3, 2.4.1.7; 13818-3, 2.4.1.7).

use super::bands::{LONG_EDGES, Window};
use super::header::Header;

/// Side information of one channel in one granule.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Part {
    /// Bits of scale factors and Huffman codes.
    pub(super) bits: u16,
    /// Pairs of lines coded with the three pair tables.
    pub(super) big_values: u16,
    pub(super) global_gain: u8,
    pub(super) scalefac_compress: u16,
    pub(super) window: Window,
    pub(super) tables: [u8; 3],
    pub(super) subblock_gain: [u8; 3],
    /// Pairs at which each region ends, at most `big_values`.
    pub(super) region_ends: [u16; 3],
    pub(super) preflag: bool,
    /// Scale factors count in steps of 1 instead of ½ (in powers of two).
    pub(super) coarse_scale: bool,
    /// 0 or 1: which table codes the quadruples.
    pub(super) count1_table: u8,
    /// Bit 3 − k: the k-th group of scale factors is that of the granule before.
    pub(super) shared_scale: u8,
}

/// Side information of a whole frame.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct SideInfo {
    /// How many bytes before this frame's own main data its first granule starts.
    pub(super) main_data_begin: u16,
    /// `[granule][channel]`.
    pub(super) parts: [[Part; 2]; 2],
}

/// A small reader for the at most 32 bytes; the spectra have a faster one.
struct Fields<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Fields<'_> {
    /// The next `n` bits, at most 16.
    #[inline(always)]
    fn take(&mut self, n: usize) -> u16 {
        let first = self.at / 8;
        let byte = |i: usize| u32::from(self.bytes.get(first + i).copied().unwrap_or(0));
        let three = byte(0) << 16 | byte(1) << 8 | byte(2);
        let value = (three << (8 + self.at % 8)) >> (32 - n);
        self.at += n;
        value as u16
    }

    #[inline(always)]
    fn flag(&mut self) -> bool {
        self.take(1) != 0
    }
}

impl SideInfo {
    /// Reads the side information from its bytes; `None` if it is invalid, so that the frame cannot be decoded.
    pub(super) fn parse(header: &Header, bytes: &[u8]) -> Option<Self> {
        let mut fields = Fields { bytes, at: 0 };
        let channels = usize::from(header.channels);
        let mut info = Self::default();
        let mut shared = [0u8; 2];
        if header.is_low() {
            info.main_data_begin = fields.take(8);
            fields.take(channels);
        } else {
            info.main_data_begin = fields.take(9);
            fields.take(if channels == 1 { 5 } else { 3 });
            for shared in &mut shared[..channels] {
                *shared = fields.take(4) as u8;
            }
        }
        for granule in 0..header.granules() {
            for (part, shared) in info.parts[granule][..channels].iter_mut().zip(shared) {
                *part = Part::parse(header, &mut fields)?;
                if granule == 1 {
                    part.shared_scale = shared;
                }
            }
        }
        Some(info)
    }
}

impl Part {
    #[inline(always)]
    fn parse(header: &Header, fields: &mut Fields<'_>) -> Option<Self> {
        let mut part = Self {
            bits: fields.take(12),
            big_values: fields.take(9),
            global_gain: fields.take(8) as u8,
            scalefac_compress: fields.take(if header.is_low() { 9 } else { 4 }),
            ..Self::default()
        };
        if part.big_values > 288 {
            return None;
        }
        let row = header.rate_row();
        let ends: [u16; 2];
        if fields.flag() {
            part.window.kind = fields.take(2) as u8;
            if part.window.kind == 0 {
                return None;
            }
            part.window.mixed = fields.flag();
            for table in &mut part.tables[..2] {
                *table = fields.take(5) as u8;
            }
            for gain in &mut part.subblock_gain {
                *gain = fields.take(3) as u8;
            }
            // The regions of such granules are fixed: 8 long or 9 short bands, and the rest.
            let first = match (part.window.kind, row) {
                (2, 8) => 72,
                (2, _) => 36,
                (_, 0..=2) => 36,
                (_, 8) => 108,
                _ => 54,
            };
            ends = [first / 2, 288];
        } else {
            for table in &mut part.tables {
                *table = fields.take(5) as u8;
            }
            let first = usize::from(fields.take(4)) + 1;
            let second = first + usize::from(fields.take(3)) + 1;
            let edges = &LONG_EDGES[row];
            ends = [edges[first] / 2, edges[second.min(22)] / 2];
        }
        part.region_ends = [
            ends[0].min(part.big_values),
            ends[1].min(part.big_values),
            part.big_values,
        ];
        if !header.is_low() {
            part.preflag = fields.flag();
        }
        part.coarse_scale = fields.flag();
        part.count1_table = fields.take(1) as u8;
        Some(part)
    }
}
