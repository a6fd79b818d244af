//! Where a track's packets lie: the sample tables of `moov`, read from the file entry by entry.

use super::boxes::{Box4, content, descend, u32_at};
use crate::decode::Input;
use crate::error::AudioError;

/// Where a packet lies in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PacketPosition {
    pub at: u64,
    pub bytes: u32,
}

/// A table in the file, of which a part is in memory.
#[derive(Debug)]
struct Table {
    at: u64,
    pub count: u32,
    /// Bytes of an entry.
    width: u32,
    window: Vec<u8>,
    window_first: u32,
}

/// Entries held at once.
const WINDOW: u32 = 512;

impl Table {
    /// The table of `count` entries at `at`, shortened to what fits before `end`.
    fn new(at: u64, end: u64, count: u32, width: u32) -> Self {
        let fits = end.saturating_sub(at) / u64::from(width.max(1));
        let count = u64::from(count).min(fits) as u32;
        Self {
            at,
            count,
            width,
            window: Vec::new(),
            window_first: 0,
        }
    }

    /// The bytes of entry `i`; empty past the end.
    fn entry(&mut self, input: &mut Input, i: u32) -> Result<&[u8], AudioError> {
        if i >= self.count {
            return Ok(&[]);
        }
        let width = self.width as usize;
        let held = (self.window.len() / width) as u32;
        if i < self.window_first || i - self.window_first >= held {
            let n = WINDOW.min(self.count - i);
            self.window.resize(n as usize * width, 0);
            let got = input.read_at(
                self.at + u64::from(i) * u64::from(self.width),
                &mut self.window,
            )?;
            self.window.truncate(got);
            self.window_first = i;
        }
        let from = (i - self.window_first) as usize * width;
        Ok(self.window.get(from..from + width).unwrap_or_default())
    }
}

/// The sample tables of a track (ISO 14496-12, section 8.7).
#[derive(Debug)]
pub(super) struct SampleTables {
    sizes: Sizes,
    /// Runs of chunks that hold the same number of packets: first chunk (from 1), packets, description.
    runs: Table,
    chunks: Table,
    pub count: u32,
    /// Packets per duration: (packets, duration) of each run.
    times: Table,
    cursor: Cursor,
}

#[derive(Debug)]
enum Sizes {
    Same(u32),
    Each(Table),
    /// `stz2` with fields of so many bits.
    Compact(Table, u32),
}

/// The next packet, by its chunk.
#[derive(Debug, Clone, Copy, Default)]
struct Cursor {
    packet: u32,
    chunk: u32,
    /// Packets of this chunk that were passed, and their bytes.
    in_chunk: u32,
    bytes: u64,
    run: u32,
}

impl SampleTables {
    /// The tables in an `stbl` box.
    pub(super) fn open(input: &mut Input, stbl: Box4) -> Result<Self, AudioError> {
        let damaged = |what: &str| AudioError::damaged("MP4", format!("no {what} box"));
        let header =
            |input: &mut Input, kind: &[u8; 4]| -> Result<Option<(Box4, Vec<u8>)>, AudioError> {
                match descend(input, stbl, &[kind])? {
                    Some(found) => Ok(Some((found, content(input, found, 12)?))),
                    None => Ok(None),
                }
            };
        let (sizes, count) = if let Some((stsz, head)) = header(input, b"stsz")? {
            let (same, count) = (u32_at(&head, 4), u32_at(&head, 8));
            if same > 0 {
                (Sizes::Same(same), count)
            } else {
                let table = Table::new(stsz.at + 12, stsz.end, count, 4);
                let count = table.count;
                (Sizes::Each(table), count)
            }
        } else if let Some((stz2, head)) = header(input, b"stz2")? {
            let (bits, count) = (u32_at(&head, 4) & 0xff, u32_at(&head, 8));
            if !matches!(bits, 4 | 8 | 16) {
                return Err(AudioError::damaged(
                    "MP4",
                    format!("packet sizes of {bits} bits"),
                ));
            }
            let bytes = u64::from(count) * u64::from(bits) / 8;
            let table = Table::new(stz2.at + 12, stz2.end, bytes.div_ceil(2) as u32 + 1, 2);
            (Sizes::Compact(table, bits), count)
        } else {
            return Err(damaged("stsz"));
        };
        let (stsc, head) = header(input, b"stsc")?.ok_or_else(|| damaged("stsc"))?;
        let runs = Table::new(stsc.at + 8, stsc.end, u32_at(&head, 4), 12);
        let chunks = if let Some((stco, head)) = header(input, b"stco")? {
            Table::new(stco.at + 8, stco.end, u32_at(&head, 4), 4)
        } else {
            let (co64, head) = header(input, b"co64")?.ok_or_else(|| damaged("stco"))?;
            Table::new(co64.at + 8, co64.end, u32_at(&head, 4), 8)
        };
        let (stts, head) = header(input, b"stts")?.ok_or_else(|| damaged("stts"))?;
        let times = Table::new(stts.at + 8, stts.end, u32_at(&head, 4), 8);
        Ok(Self {
            sizes,
            runs,
            chunks,
            count,
            times,
            cursor: Cursor::default(),
        })
    }

    /// Run `i` of equal durations: (packets, duration of each).
    pub(super) fn durations(
        &mut self,
        input: &mut Input,
        i: u32,
    ) -> Result<Option<(u32, u32)>, AudioError> {
        let entry = self.times.entry(input, i)?;
        Ok((!entry.is_empty()).then(|| (u32_at(entry, 0), u32_at(entry, 4))))
    }

    fn size(&mut self, input: &mut Input, i: u32) -> Result<u32, AudioError> {
        Ok(match &mut self.sizes {
            Sizes::Same(size) => *size,
            Sizes::Each(table) => u32_at(table.entry(input, i)?, 0),
            Sizes::Compact(table, bits) => {
                let bit = u64::from(i) * u64::from(*bits);
                let entry = table.entry(input, (bit / 16) as u32)?;
                let word = u32::from(super::boxes::u16_at(entry, 0));
                word >> (16 - *bits - (bit % 16) as u32) & ((1 << *bits) - 1)
            }
        })
    }

    /// Packets in chunk `chunk`, with the run moved to it; `None` where the tables end.
    fn in_chunk(&mut self, input: &mut Input) -> Result<Option<u32>, AudioError> {
        // Chunks are counted from 1 in the file.
        while self.cursor.run + 1 < self.runs.count {
            let next = u32_at(self.runs.entry(input, self.cursor.run + 1)?, 0);
            if next > self.cursor.chunk + 1 {
                break;
            }
            self.cursor.run += 1;
        }
        let entry = self.runs.entry(input, self.cursor.run)?;
        Ok((!entry.is_empty()).then(|| u32_at(entry, 4)))
    }

    /// The next packet; `None` at the end.
    pub(super) fn next(&mut self, input: &mut Input) -> Result<Option<PacketPosition>, AudioError> {
        // Chunks may be empty, but not more of them than there are.
        while self.cursor.packet < self.count && self.cursor.chunk < self.chunks.count {
            let Some(n) = self.in_chunk(input)? else {
                break;
            };
            if self.cursor.in_chunk >= n {
                self.cursor.chunk += 1;
                self.cursor.in_chunk = 0;
                self.cursor.bytes = 0;
                continue;
            }
            let start = self.chunk_start(input, self.cursor.chunk)?;
            let bytes = self.size(input, self.cursor.packet)?;
            let at = start.saturating_add(self.cursor.bytes);
            self.cursor.packet += 1;
            self.cursor.in_chunk += 1;
            self.cursor.bytes += u64::from(bytes);
            return Ok(Some(PacketPosition { at, bytes }));
        }
        Ok(None)
    }

    fn chunk_start(&mut self, input: &mut Input, chunk: u32) -> Result<u64, AudioError> {
        let entry = self.chunks.entry(input, chunk)?;
        Ok(if entry.len() == 8 {
            super::boxes::u64_at(entry, 0)
        } else {
            u32_at(entry, 0).into()
        })
    }

    /// Makes packet `packet` the next one.
    pub(super) fn go(&mut self, input: &mut Input, packet: u32) -> Result<(), AudioError> {
        let mut cursor = Cursor {
            packet: packet.min(self.count),
            ..Cursor::default()
        };
        let mut left = cursor.packet;
        // Whole runs of chunks first, then whole chunks, then packets.
        loop {
            let entry = self.runs.entry(input, cursor.run)?;
            let (first, each) = (u32_at(entry, 0).max(1), u32_at(entry, 4));
            let next = if cursor.run + 1 < self.runs.count {
                u32_at(self.runs.entry(input, cursor.run + 1)?, 0).max(1)
            } else {
                u32::MAX
            };
            let chunks = u64::from(next.saturating_sub(first));
            let packets = chunks * u64::from(each);
            if u64::from(left) < packets || next == u32::MAX {
                let whole = left.checked_div(each).unwrap_or(0);
                cursor.chunk = (first - 1).saturating_add(whole);
                left -= whole * each;
                break;
            }
            left -= packets as u32;
            cursor.run += 1;
        }
        cursor.in_chunk = left;
        match self.sizes {
            Sizes::Same(size) => cursor.bytes = u64::from(left) * u64::from(size),
            _ => {
                for i in 0..left {
                    cursor.bytes += u64::from(self.size(input, cursor.packet - left + i)?);
                }
            }
        }
        self.cursor = cursor;
        Ok(())
    }
}
