//! RIFF and IFF chunks: a four-letter name, a length, and that many bytes.

use std::io;

use crate::decode::Input;

/// A chunk's header.
#[derive(Debug, Clone, Copy)]
pub(super) struct Chunk {
    pub name: [u8; 4],
    /// Where its content starts.
    pub at: u64,
    /// Length of the content as stated.
    pub claimed: u32,
    /// Length of the content that the file has.
    pub len: u64,
}

/// Most chunks of a file.
const MOST: usize = 4096;

/// Calls `each` for the chunks from byte `at` on until it returns `true` or the file ends. Contents are skipped, not read.
pub(super) fn walk(
    input: &mut Input,
    mut at: u64,
    big_endian: bool,
    each: &mut dyn FnMut(&mut Input, Chunk) -> io::Result<bool>,
) -> io::Result<()> {
    for _ in 0..MOST {
        let mut header = [0; 8];
        if input.read_at(at, &mut header)? < 8 {
            break;
        }
        let [a, b, c, d, size @ ..] = header;
        let claimed = if big_endian {
            u32::from_be_bytes(size)
        } else {
            u32::from_le_bytes(size)
        };
        let left = input.len().saturating_sub(at + 8);
        let chunk = Chunk {
            name: [a, b, c, d],
            at: at + 8,
            claimed,
            len: u64::from(claimed).min(left),
        };
        if each(input, chunk)? {
            break;
        }
        // Contents of odd length have a byte of padding after them.
        at += 8 + u64::from(claimed) + u64::from(claimed & 1);
    }
    Ok(())
}
