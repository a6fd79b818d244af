//! Recognises a stream of MPEG audio by the headers of its frames (ISO 11172-3, 13818-3).

use super::error::TagError;
use super::layout::Source;
use super::positions::bytes_at;

/// kbit/s by index, for MPEG-1 layers I to III, and MPEG-2 and 2.5 layers I and II or III.
#[rustfmt::skip]
const KBITS: [[u64; 15]; 5] = [
    [0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
    [0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
    [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
    [0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
    [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
];
/// Bytes in front of the first frame that are searched for it.
const SEARCHED: usize = 1 << 17;
/// More than the longest frames of the agreeing ones.
const AHEAD: usize = 1 << 15;
/// Frames that have to follow the first one: at the very start of the stream, and after junk, in which programs and pictures are.
const AGREEING: usize = 3;
const AGREEING_AFTER_JUNK: usize = 10;
/// Longest frame whose header does not state its length.
const LONGEST_FREE: usize = 4608;
/// Shortest frame: layer III of 8 kbit/s at 24 kHz.
const SHORTEST: usize = 24;
/// Starts of other formats, some of which hold MPEG audio.
const OTHERS: [(usize, &[u8]); 14] = [
    (0, b"RIFF"),
    (0, b"FORM"),
    (0, b"OggS"),
    (0, b"fLaC"),
    (4, b"ftyp"),
    (4, b"moov"),
    (0, b"\x1a\x45\xdf\xa3"),
    (0, b"\x30\x26\xb2\x75"),
    (0, b"FLV"),
    (0, b"\0\0\x01"),
    (0, b"APETAGEX"),
    (0, b"MAC "),
    (0, b"wvpk"),
    (0, b"PK\x03\x04"),
];

/// Version, layer and sampling rate, and the length in bytes; none in the free format.
fn header(bytes: &[u8]) -> Option<(u32, Option<usize>)> {
    let word = u32::from_be_bytes(*bytes.first_chunk()?);
    let (version, layer) = (word >> 19 & 3, word >> 17 & 3);
    let (bit_rate, rate) = ((word >> 12 & 15) as usize, (word >> 10 & 3) as usize);
    let valid = word >> 21 == 0x7FF && version != 1 && layer != 0 && rate != 3 && bit_rate != 15;
    if !valid || word & 3 == 2 {
        return None;
    }
    let halved = [2, 0, 1, 0][version as usize];
    let rate = [44_100, 48_000, 32_000][rate] >> halved;
    let one = version == 3;
    let row = match (layer, one) {
        (3, true) => 0,
        (2, true) => 1,
        (_, true) => 2,
        (3, false) => 3,
        (_, false) => 4,
    };
    let bit_rate = KBITS[row][bit_rate] * 1000;
    let padding = u64::from(word >> 9 & 1);
    let length = match layer {
        3 => (12 * bit_rate / rate + padding) * 4,
        1 if !one => 72 * bit_rate / rate + padding,
        _ => 144 * bit_rate / rate + padding,
    };
    Some((
        word & 0xFFFE_0C00,
        (bit_rate > 0).then_some(length as usize),
    ))
}

/// Whether the bytes from `at` to `end` begin with MPEG audio, after a little junk at most.
///
/// # Errors
/// The system's error.
pub(super) fn are_there(source: &mut dyn Source, at: u64, end: u64) -> Result<bool, TagError> {
    let count = (end - at).min((SEARCHED + AHEAD) as u64) as usize;
    let whole = count as u64 == end - at;
    let bytes = bytes_at(source, at, count)?;
    let is_other =
        |&(at, magic): &(usize, &[u8])| bytes.get(at..).is_some_and(|b| b.starts_with(magic));
    if OTHERS.iter().any(is_other) {
        return Ok(false);
    }
    let starts = 0..bytes.len().min(SEARCHED);
    Ok(starts
        .into_iter()
        .any(|start| bytes[start] == 0xFF && goes_on(&bytes[start..], whole, start == 0)))
}

/// Whether frames follow each other from the start of `bytes` on; at the very start of the stream fewer are enough where it ends.
fn goes_on(bytes: &[u8], whole: bool, first: bool) -> bool {
    let Some((family, length)) = header(bytes) else {
        return false;
    };
    if length.is_some_and(|length| length < SHORTEST) {
        return false;
    }
    let Some(mut at) = length else {
        // The free format: another header at any distance.
        let ahead = bytes.len().min(LONGEST_FREE);
        let same = |at: usize| header(&bytes[at..]) == Some((family, None));
        return first && (48..ahead).any(same);
    };
    let agreeing = if first { AGREEING } else { AGREEING_AFTER_JUNK };
    for agreed in 0..agreeing {
        let Some(next) = bytes.get(at..).filter(|next| next.len() >= 4) else {
            let ended = whole && at <= bytes.len();
            return ended && (first || agreed >= AGREEING);
        };
        match header(next) {
            Some((same, Some(length))) if same == family && length >= SHORTEST => at += length,
            _ => return false,
        }
    }
    true
}
