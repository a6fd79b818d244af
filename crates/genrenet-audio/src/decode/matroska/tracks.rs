//! The tracks that a Matroska file lists (RFC 9559, section 5.1.4).

use super::ebml::{self, Element, content, float, signed, unsigned, walk};
use crate::decode::Input;
use crate::error::AudioError;

/// An audio track, as its entry describes it.
#[derive(Debug, Clone, Default)]
pub(super) struct Track {
    pub number: u64,
    pub codec: String,
    /// The codec's set-up.
    pub setup: Vec<u8>,
    pub rate: f64,
    pub channels: u64,
    pub bits: u64,
    /// Nanoseconds of encoder delay.
    pub delay: u64,
    /// Bytes that every packet began with before they were left out.
    pub stripped: Vec<u8>,
    /// An encoding of the packets that cannot be undone here.
    encoded: Option<&'static str>,
    is_sound: bool,
    /// Whether this is a default track.
    is_default: bool,
}

const ENCRYPTED: &str = "encrypted audio";

/// Most tracks; films have a few dozen.
const MOST: usize = 256;
/// Most bytes of a codec's set-up: Vorbis has a few thousand.
const LONGEST_SETUP: usize = 1 << 20;

impl Track {
    /// Refuses packets that cannot be read, whatever their codec.
    pub(super) fn check(&self) -> Result<(), AudioError> {
        match self.encoded {
            Some(ENCRYPTED) => Err(AudioError::unsupported(format!("{ENCRYPTED} in Matroska"))),
            Some(how) => Err(AudioError::to_convert(format!("{how} in Matroska"))),
            None => Ok(()),
        }
    }
}

/// The audio tracks in a `Tracks` element: default tracks first, otherwise in the file's order.
pub(super) fn read(
    input: &mut Input,
    tracks: Element,
    until: u64,
) -> Result<Vec<Track>, AudioError> {
    let mut found = Vec::new();
    let end = tracks.end(until);
    walk(input, tracks.at, end, &mut |input, entry| {
        if entry.id == 0xae {
            let track = entry_of(input, entry, end)?;
            if track.is_sound {
                found.push(track);
            }
        }
        Ok(found.len() >= MOST)
    })?;
    found.sort_by_key(|track| !track.is_default);
    Ok(found)
}

fn entry_of(input: &mut Input, entry: Element, until: u64) -> Result<Track, AudioError> {
    let mut track = Track {
        is_default: true,
        channels: 1,
        rate: 8000.0,
        ..Track::default()
    };
    let end = entry.end(until);
    walk(input, entry.at, end, &mut |input, part| {
        match part.id {
            0xd7 => track.number = unsigned(input, part, end)?,
            0x83 => track.is_sound = unsigned(input, part, end)? == 2,
            0x88 => track.is_default &= unsigned(input, part, end)? != 0,
            0xb9 => track.is_default &= unsigned(input, part, end)? != 0,
            0x86 => {
                let name = content(input, part, end, 64)?;
                let name = String::from_utf8_lossy(&name);
                track.codec = name.trim_end_matches('\0').to_owned();
            }
            0x63a2 => track.setup = content(input, part, end, LONGEST_SETUP)?,
            0x56aa => track.delay = unsigned(input, part, end)?,
            0xe1 => sound(input, part, end, &mut track)?,
            0x6d80 => encodings(input, part, end, &mut track)?,
            _ => {}
        }
        Ok(false)
    })?;
    Ok(track)
}

fn sound(
    input: &mut Input,
    audio: Element,
    until: u64,
    track: &mut Track,
) -> Result<(), AudioError> {
    let end = audio.end(until);
    walk(input, audio.at, end, &mut |input, part| {
        match part.id {
            0xb5 => track.rate = float(input, part, end)?,
            0x9f => track.channels = unsigned(input, part, end)?,
            0x6264 => track.bits = unsigned(input, part, end)?,
            _ => {}
        }
        Ok(false)
    })
}

/// Encodings of packets (and perhaps of the set-up) after the codec; header stripping can be undone.
fn encodings(
    input: &mut Input,
    list: Element,
    until: u64,
    track: &mut Track,
) -> Result<(), AudioError> {
    let end = list.end(until);
    walk(input, list.at, end, &mut |input, encoding| {
        // Defaults: all packets, compression, by zlib.
        let (mut scope, mut kind, mut method, mut settings) = (1, 0, 0, Vec::new());
        let inner = encoding.end(end);
        walk(input, encoding.at, inner, &mut |input, part| {
            match part.id {
                0x5032 => scope = unsigned(input, part, inner)?,
                0x5033 => kind = unsigned(input, part, inner)?,
                0x5034 => {
                    let inmost = part.end(inner);
                    walk(input, part.at, inmost, &mut |input, part| {
                        match part.id {
                            0x4254 => method = unsigned(input, part, inmost)?,
                            0x4255 => settings = content(input, part, inmost, 4096)?,
                            _ => {}
                        }
                        Ok(false)
                    })?;
                }
                _ => {}
            }
            Ok(false)
        })?;
        match (kind, method) {
            (0, 3) => {
                if scope & 1 != 0 {
                    track.stripped = [settings.as_slice(), &track.stripped].concat();
                }
            }
            (0, 0) => track.encoded = Some("packets compressed by zlib"),
            (0, _) => track.encoded = Some("packets compressed by bzlib or LZO"),
            _ => track.encoded = Some(ENCRYPTED),
        }
        Ok(false)
    })
}

/// The samples to leave out at the end (or, below zero, at the start) of a block, in nanoseconds, and where its block is.
pub(super) fn group(
    input: &mut Input,
    group: Element,
    until: u64,
) -> Result<(Option<Element>, i64), AudioError> {
    let (mut block, mut discarded) = (None, 0);
    let end = group.end(until);
    walk(input, group.at, end, &mut |input, part| {
        match part.id {
            0xa1 => block = Some(part),
            0x75a2 => discarded = signed(input, part, end)?,
            _ => {}
        }
        Ok(false)
    })?;
    Ok((block, discarded))
}

/// The `Segment` that holds everything else in the file at byte `start`.
pub(super) fn segment(input: &mut Input, start: u64) -> Result<Option<Element>, AudioError> {
    let mut found = None;
    let until = input.len();
    ebml::walk(input, start, until, &mut |_, element| {
        if element.id == 0x1853_8067 {
            found = Some(element);
        }
        Ok(found.is_some())
    })?;
    Ok(found)
}
