//! ID3v2 tags in front of a stream: where they end, even if they state a wrong size.

use std::io;

use super::Input;

/// Bytes of a tag's header.
const HEADER: u64 = 10;

/// The position of the first byte after all ID3v2 tags; past the end if a tag states more bytes than there are.
///
/// A size is stored in bytes of 7 bits. If it is not, its writer meant an ordinary number, which is accepted if `begins` finds
/// a stream there; otherwise the tag is taken to end after its header, and what follows must be searched.
pub(super) fn after_tags(input: &mut Input, begins: fn(&[u8]) -> bool) -> io::Result<u64> {
    let mut at = 0;
    let mut header = [0; HEADER as usize];
    // Some taggers put a new tag before the old one; more than a few are no tags.
    for _ in 0..16 {
        if input.read_at(at, &mut header)? < header.len() || !header.starts_with(b"ID3") {
            break;
        }
        let [_, _, _, major, minor, flags, size @ ..] = header;
        if major == 0xff || minor == 0xff {
            break;
        }
        let number = |bits: u32| size.iter().fold(0, |sum, &b| sum << bits | u64::from(b));
        let footer = if flags & 0x10 != 0 { HEADER } else { 0 };
        if size.iter().all(|&b| b < 0x80) {
            at += HEADER + number(7) + footer;
            continue;
        }
        let end = at + HEADER + number(8) + footer;
        let mut next = [0; 12];
        let n = input.read_at(end, &mut next)?;
        let next = &next[..n];
        at = if next.starts_with(b"ID3") || begins(next) {
            end
        } else {
            at + HEADER
        };
    }
    Ok(at)
}
