//! Finds frames in a file: past tags, through junk, in bounded memory.

use std::io;

use super::header::Header;
use crate::decode::Input;

/// Bytes that are read at once; a frame is at most a few thousand long.
const WINDOW: usize = 64 * 1024;

/// Longest frame that is searched for in the free format, whose headers do not state the length.
const LONGEST_FREE: usize = 2304 * 2;

/// Frames of another kind in a row that count as a change of the stream, not as junk; as many as in ffmpeg.
const RUN_OF_FRAMES: usize = 4;

/// How far into the file the first frame is searched, after tags.
const SEARCH: u64 = 256 * 1024;

/// A window of the file's bytes.
struct Bytes {
    input: Input,
    window: Box<[u8]>,
    start: u64,
    filled: usize,
}

impl Bytes {
    /// Up to `n` bytes from `at` on, fewer at the end of the file.
    #[inline]
    fn get(&mut self, at: u64, n: usize) -> io::Result<&[u8]> {
        let inside = at >= self.start && at + n as u64 <= self.start + self.filled as u64;
        if !inside {
            self.fill(at, n)?;
        }
        let from = ((at - self.start) as usize).min(self.filled);
        let to = (from + n).min(self.filled);
        Ok(&self.window[from..to])
    }

    #[cold]
    fn fill(&mut self, at: u64, n: usize) -> io::Result<()> {
        let end = self.start + self.filled as u64;
        if at >= self.start && at < end {
            // Keep what is still ahead.
            let from = (at - self.start) as usize;
            self.window.copy_within(from..self.filled, 0);
            self.filled -= from;
        } else {
            self.filled = 0;
        }
        self.start = at;
        debug_assert!(n <= WINDOW);
        let from = self.filled;
        self.filled += self
            .input
            .read_at(at + from as u64, &mut self.window[from..])?;
        Ok(())
    }
}

/// A frame's header, and where it lies in the file.
#[derive(Debug, Clone, Copy)]
pub(super) struct FramePosition {
    pub(super) header: Header,
    pub(super) at: u64,
    /// Bytes from header to header.
    pub(super) len: usize,
}

/// Goes from frame to frame.
pub(super) struct Framing {
    bytes: Bytes,
    /// Where the next frame is expected.
    at: u64,
    /// Header that all frames must agree with.
    like: Option<Header>,
    /// Bytes of a free format frame without padding.
    free: usize,
    /// Where frames of another kind begin, once the stream was read up to there.
    change: Option<u64>,
}

impl Framing {
    /// Frames from byte `at` on.
    pub(super) fn new(input: Input, at: u64) -> Self {
        Self {
            bytes: Bytes {
                input,
                window: vec![0; WINDOW].into_boxed_slice(),
                start: 0,
                filled: 0,
            },
            at,
            like: None,
            free: 0,
            change: None,
        }
    }

    /// Where a stream of another version or sampling rate follows this one, once this one was read to its end.
    pub(super) fn change(&self) -> Option<u64> {
        self.change
    }

    /// Bytes of the file from `at` on.
    pub(super) fn bytes_from(&self, at: u64) -> u64 {
        self.bytes.input.len().saturating_sub(at)
    }

    /// Continues at `at`, where a frame starts.
    pub(super) fn go_to(&mut self, at: u64) {
        self.at = at;
    }

    /// The bytes of a frame that was just found; fewer than its length where the file ends.
    pub(super) fn frame(&mut self, place: &FramePosition) -> io::Result<&[u8]> {
        self.bytes.get(place.at, place.len)
    }

    /// Finds the first frame: past ID3v2 tags, at a header that another one follows at its distance. Leaves the position there.
    pub(super) fn first(&mut self) -> io::Result<Option<FramePosition>> {
        self.like = None;
        while let Some(len) = self.tag_at(self.at)? {
            self.at += len;
        }
        let start = self.at;
        let end = start.saturating_add(SEARCH);
        while let Some(at) = self.next_sync(self.at, end)? {
            self.at = at;
            if let Some(place) = self.place(at)? {
                let after = at + place.len as u64;
                if self.confirms(&place.header, after)? {
                    self.like = Some(place.header);
                    return Ok(Some(place));
                }
            }
            self.at = at + 1;
        }
        Ok(None)
    }

    /// The next frame, wherever it is; `None` at the end. Leaves the position behind it.
    #[inline]
    pub(super) fn next(&mut self) -> io::Result<Option<FramePosition>> {
        if let Some(place) = self.place(self.at)? {
            self.at += place.len as u64;
            return Ok(Some(place));
        }
        self.resync()
    }

    /// Goes past tags and junk to the next frame of the stream that is followed by another one (or the end). The stream ends where a run
    /// of frames of another kind begins.
    #[cold]
    fn resync(&mut self) -> io::Result<Option<FramePosition>> {
        loop {
            // Concatenated files have their tags in between, one after another.
            while let Some(len) = self.tag_at(self.at)? {
                self.at += len;
            }
            let Some(at) = self.next_sync(self.at, u64::MAX)? else {
                return Ok(None);
            };
            // Junk may precede a tag with bytes that look like a frame; both are skipped.
            self.at = at;
            if let Some(place) = self.place(at)? {
                let after = at + place.len as u64;
                if self.confirms(&place.header, after)? {
                    self.at = after;
                    return Ok(Some(place));
                }
            } else if self.changes_at(at)? {
                self.change = Some(at);
                return Ok(None);
            }
            self.at = at + 1;
        }
    }

    /// Whether a run of layer III frames of another kind begins at `at`.
    fn changes_at(&mut self, mut at: u64) -> io::Result<bool> {
        let Some(first) = Header::parse(self.bytes.get(at, Header::LEN)?) else {
            return Ok(false);
        };
        if self.like.is_none_or(|like| like.same_stream(&first)) {
            return Ok(false);
        }
        let mut header = first;
        for _ in 1..RUN_OF_FRAMES {
            if header.layer != 3 || header.bitrate.is_none() {
                return Ok(false);
            }
            at += header.frame_len(0) as u64;
            match Header::parse(self.bytes.get(at, Header::LEN)?) {
                Some(next) if next.same_stream(&first) => header = next,
                _ => return Ok(false),
            }
        }
        Ok(true)
    }

    /// The frame of the stream whose header is at `at`, if there is one.
    #[inline]
    fn place(&mut self, at: u64) -> io::Result<Option<FramePosition>> {
        let Some(header) = Header::parse(self.bytes.get(at, Header::LEN)?) else {
            return Ok(None);
        };
        if self.like.is_some_and(|like| !like.same_stream(&header)) {
            return Ok(None);
        }
        if header.bitrate.is_none() && (self.like.is_none() || self.free == 0) {
            match self.free_len(at, &header)? {
                Some(free) => self.free = free,
                None => return Ok(None),
            }
        }
        let len = header.frame_len(self.free);
        let least = Header::LEN
            + if header.layer == 3 {
                header.side_info_len()
            } else {
                0
            };
        Ok((len >= least).then_some(FramePosition { header, at, len }))
    }

    /// Whether there is a header of the same stream at `at`, or only a tag, or the end of the file.
    fn confirms(&mut self, header: &Header, at: u64) -> io::Result<bool> {
        let bytes = self.bytes.get(at, Header::LEN)?;
        if let Some(next) = Header::parse(bytes) {
            return Ok(next.same_stream(header));
        }
        if at >= self.bytes.input.len() {
            return Ok(at == self.bytes.input.len());
        }
        Ok(self.tag_at(at)?.is_some())
    }

    /// The distance from a free format header at `at` to the next alike, without padding.
    fn free_len(&mut self, at: u64, header: &Header) -> io::Result<Option<usize>> {
        let file_end = self.bytes.input.len();
        let bytes = self.bytes.get(at, 2 * LONGEST_FREE + 2 * Header::LEN)?;
        let least = Header::LEN + header.side_info_len();
        for distance in least..bytes.len().saturating_sub(Header::LEN).min(LONGEST_FREE) {
            if bytes[distance] != 0xff {
                continue;
            }
            if let Some(next) = Header::parse(&bytes[distance..])
                && next.same_stream(header)
                && distance > header.padding_len()
            {
                let free = distance - header.padding_len();
                let third = distance + next.frame_len(free);
                let alike = |at: usize| {
                    bytes
                        .get(at..)
                        .and_then(Header::parse)
                        .is_some_and(|h| h.same_stream(header))
                };
                if alike(third) || at + third as u64 == file_end {
                    return Ok(Some(free));
                }
            }
        }
        Ok(None)
    }

    /// The position of the next byte pair that could start a header, from `at` on, before `end`.
    fn next_sync(&mut self, mut at: u64, end: u64) -> io::Result<Option<u64>> {
        loop {
            let bytes = self.bytes.get(at, WINDOW / 2)?;
            if bytes.len() < Header::LEN {
                return Ok(None);
            }
            let found = bytes
                .windows(2)
                .position(|pair| pair[0] == 0xff && pair[1] & 0xe0 == 0xe0);
            at += found.unwrap_or(bytes.len() - 1) as u64;
            if at >= end {
                return Ok(None);
            }
            if found.is_some() {
                return Ok(Some(at));
            }
        }
    }

    /// The length of the tag that starts at `at`, if one does: ID3v2, ID3v1, APE.
    fn tag_at(&mut self, at: u64) -> io::Result<Option<u64>> {
        let bytes = self.bytes.get(at, 32)?;
        Ok(match bytes {
            [b'I', b'D', b'3', major, minor, flags, size @ ..]
                if *major != 0xff
                    && *minor != 0xff
                    && size.len() >= 4
                    && size[..4].iter().all(|byte| byte & 0x80 == 0) =>
            {
                let size = size[..4]
                    .iter()
                    .fold(0u64, |sum, &byte| sum << 7 | u64::from(byte));
                let footer = if flags & 0x10 != 0 { 10 } else { 0 };
                Some(10 + size + footer)
            }
            [b'T', b'A', b'G', ..] => Some(128),
            [
                b'A',
                b'P',
                b'E',
                b'T',
                b'A',
                b'G',
                b'E',
                b'X',
                _,
                _,
                _,
                _,
                s0,
                s1,
                s2,
                s3,
                rest @ ..,
            ] if rest.len() >= 8 => {
                let size = u64::from(u32::from_le_bytes([*s0, *s1, *s2, *s3]));
                // Bit 31 of the flags: there is a header; bit 29: this is it, and the tag follows.
                let is_header = rest[7] & 0x20 != 0;
                Some(32 + if is_header { size } else { 0 })
            }
            _ => None,
        })
    }
}
