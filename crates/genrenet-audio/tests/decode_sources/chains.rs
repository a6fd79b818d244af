//! Files that were joined end to end, and streams whose sampling rate changes midway: all is decoded, at the first one's rate.

use std::path::Path;

use genrenet_audio::{
    Clip, ExtractSpec, FrontEnd, Input, LogMelSpec, Rate, Windowing, decode, extract, open,
    resample, song_features,
};

use crate::decode_sources::files::{self, Random};
use crate::decode_sources::seeking::check_bytes;

fn own(name: &str) -> Vec<u8> {
    std::fs::read(files::own().join(name)).unwrap()
}

fn decoded(file: &[u8]) -> Clip {
    decode(Input::bytes(file)).unwrap()
}

/// After jumps, the file gives the very samples that reading it through gives; its length is the same however it is asked for.
pub fn agrees(name: &str, file: &[u8], tolerance: f32) {
    let mut random = Random(7);
    check_bytes(file.to_vec(), Path::new(name), 8, tolerance, &mut random).unwrap();
    let clip = decoded(file);
    let seconds = clip.samples.len() as f64 / f64::from(clip.rate);
    let length = open(Input::bytes(file)).unwrap().length().unwrap();
    assert_eq!(length, clip.samples.len() as u64, "{name}");
    let front_end = FrontEnd {
        log_mel: Some(LogMelSpec {
            rate: Rate::Own,
            ..LogMelSpec::default()
        }),
        windowing: Windowing {
            seconds: 1.0,
            frames: 8,
            windows: 3,
        },
        segments: None,
        mfcc_head: None,
    };
    if seconds >= 1.0 {
        let features = song_features(Input::bytes(file), &front_end).unwrap();
        assert_eq!(features.seconds, seconds, "{name}");
        let extracted = extract(Input::bytes(file), &ExtractSpec::default()).unwrap();
        assert_eq!(extracted.seconds, seconds, "{name}");
    }
}

/// All samples are those of the parts, one after another, at the first one's rate.
pub fn is_all_of(name: &str, file: &[u8], parts: &[Vec<u8>]) {
    let found = decoded(file);
    let parts: Vec<Clip> = parts.iter().map(|part| decoded(part)).collect();
    assert_eq!(found.rate, parts[0].rate, "{name}");
    let mut at = 0;
    for (index, part) in parts.iter().enumerate() {
        let expected = resample(&part.samples, part.rate, found.rate);
        let here = &found.samples[at..at + expected.len()];
        let tolerance = if part.rate == found.rate { 0.0 } else { 1e-5 };
        // librosa puts a zero last where it rounds the length up.
        let worst = here.iter().zip(&expected[..expected.len() - 1]);
        let worst = worst.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(worst <= tolerance, "{name}, part {index}: off by {worst}");
        at += expected.len();
    }
    assert_eq!(at, found.samples.len(), "{name}");
}

/// A check sum, most significant bit first (RFC 9639, section 9).
fn crc(bits: u32, polynomial: u32, bytes: &[u8]) -> u32 {
    let top = 1 << (bits - 1);
    bytes.iter().fold(0, |sum, &byte| {
        (0..8).fold(sum ^ u32::from(byte) << (bits - 8), |sum, _| {
            (sum << 1 ^ if sum & top != 0 { polynomial } else { 0 }) & (2 * top - 1)
        })
    })
}

/// A mono FLAC file of 16 bits at 44 100 or 48 000 Hz with `frames` frames of 256 uncompressed samples, whose header claims
/// `claimed` samples.
fn flac(rate: u32, frames: u16, claimed: u64, random: &mut Random) -> Vec<u8> {
    let mut file = b"fLaC\x80\0\0\x22\x01\0\x01\0\0\0\0\0\0\0".to_vec();
    let word = u64::from(rate) << 44 | 15 << 36 | claimed;
    file.extend(word.to_be_bytes());
    file.extend([0; 16]);
    for number in 0..frames {
        let mut frame = vec![0xff, 0xf8, if rate == 44_100 { 0x89 } else { 0x8a }, 0x08];
        let mut coded = [0; 4];
        let character = char::from_u32(number.into()).unwrap();
        frame.extend(character.encode_utf8(&mut coded).as_bytes());
        frame.push(crc(8, 0x07, &frame) as u8);
        frame.push(2);
        frame.extend((0..512).map(|_| random.next() as u8));
        let sum = crc(16, 0x8005, &frame) as u16;
        frame.extend(sum.to_be_bytes());
        file.extend(frame);
    }
    file
}

#[test]
fn flac_files_joined_end_to_end_are_decoded_to_the_end() {
    let mut random = Random(3);
    let mut made = |rate, frames: u16| flac(rate, frames, u64::from(frames) * 256, &mut random);
    // Above 128 KB, the bytes that are searched for a last frame, which lie within the last file then.
    let (short, long, other) = (made(44_100, 100), made(44_100, 700), made(48_000, 400));
    let long_too = made(44_100, 700);
    let (stereo, mono) = (own("stereo16.flac"), own("mono24.flac"));
    let mut tagged = b"ID3\x04\0\0\0\0\x08\0".to_vec();
    tagged.resize(10 + 1024, b'x');
    tagged.extend(&long_too);
    let unsaid = flac(44_100, 100, 0, &mut random);
    let chains: [(&str, Vec<Vec<u8>>); 11] = [
        ("two", vec![stereo.clone(), mono.clone()]),
        ("the same twice", vec![mono.clone(), mono.clone()]),
        ("many", vec![stereo.clone(); 40]),
        ("equal lengths", vec![long.clone(), long_too.clone()]),
        ("nine equal lengths", vec![long.clone(); 9]),
        ("a short first one", vec![short.clone(), long.clone()]),
        ("a short last one", vec![long.clone(), short.clone()]),
        ("no length stated", vec![unsaid, long.clone()]),
        ("another rate", vec![long.clone(), other.clone()]),
        ("another rate and back", vec![long.clone(), other, short]),
        ("another kind at the end", vec![long.clone(), mono]),
    ];
    for (name, parts) in chains {
        let chain = parts.concat();
        is_all_of(name, &chain, &parts);
        agrees(name, &chain, 0.0);
    }
    let chain = [long.clone(), tagged].concat();
    is_all_of("a tag between", &chain, &[long, long_too]);
    agrees("a tag between", &chain, 0.0);
}

#[test]
fn a_flac_file_that_cannot_be_decoded_is_left_out_of_those_joined() {
    let (stereo, mono) = (own("stereo16.flac"), own("mono24.flac"));
    // Metadata without any frame.
    let chain = [&stereo[..], &mono[..42], &mono].concat();
    is_all_of("an empty one amid", &chain, &[stereo.clone(), mono.clone()]);
    let chain = [&mono[..42], &stereo, &mono].concat();
    is_all_of("an empty one first", &chain, &[stereo, mono]);
}

/// The packets of an ADTS stream with another sampling rate; that of index 9 has the same bands as that of index 8.
fn with_rate(stream: &[u8], index: u8) -> Vec<u8> {
    let mut stream = stream.to_vec();
    let mut at = 0;
    while at + 7 <= stream.len() {
        stream[at + 2] = stream[at + 2] & 0xc3 | index << 2;
        at += usize::from(stream[at + 3] & 3) << 11
            | usize::from(stream[at + 4]) << 3
            | usize::from(stream[at + 5]) >> 5;
    }
    stream
}

#[test]
fn an_adts_stream_that_changes_midway_is_decoded_to_the_end() {
    // Stereo, of one rate and of another; mono.
    let (first, mono) = (own("aac.aac"), own("he_v2.aac"));
    let other = with_rate(&first, 9);
    let chains: [(&str, Vec<Vec<u8>>); 3] = [
        ("another rate", vec![first.clone(), other.clone()]),
        ("to mono", vec![first.clone(), mono.clone()]),
        ("there and back", vec![mono, other, first.clone()]),
    ];
    for (name, parts) in chains {
        let chain = parts.concat();
        is_all_of(name, &chain, &parts);
        agrees(name, &chain, 0.0);
    }
    // Three packets are an accident, as in MP3.
    let mut three = with_rate(&first, 9);
    let mut at = 0;
    for _ in 0..3 {
        at += usize::from(three[at + 4]) << 3 | usize::from(three[at + 5]) >> 5;
    }
    three.truncate(at);
    let chain = [first.clone(), three, first.clone()].concat();
    let length = decoded(&chain).samples.len();
    assert_eq!(length, 2 * decoded(&first).samples.len());
}

#[test]
fn an_mp2_stream_whose_rate_changes_midway_is_decoded_to_the_end() {
    let first = own("layer2.mp2");
    // 144 bytes a frame: 16 kbit/s at 16 000 Hz, 24 kbit/s at 24 000 Hz.
    let mut other = first.clone();
    for frame in other.chunks_exact_mut(144) {
        assert_eq!(frame[2], 0x28);
        frame[2] = 0x34;
    }
    let parts = [first.clone(), other, first];
    let chain = parts.concat();
    is_all_of("MP2", &chain, &parts);
    agrees("MP2", &chain, 0.0);
}

#[test]
fn a_part_of_an_adts_stream_that_is_no_low_complexity_is_left_out() {
    let first = own("aac.aac");
    let mut main = first.clone();
    let mut at = 0;
    while at + 7 <= main.len() {
        main[at + 2] &= 0x3f;
        at += usize::from(main[at + 3] & 3) << 11
            | usize::from(main[at + 4]) << 3
            | usize::from(main[at + 5]) >> 5;
    }
    let chain = [first.clone(), main, first.clone()].concat();
    is_all_of("AAC Main amid", &chain, &[first.clone(), first]);
}

#[test]
fn matroska_files_joined_end_to_end_are_decoded_to_the_end() {
    let (opus, vorbis, aac) = (own("opus.webm"), own("vorbis.webm"), own("aac.mka"));
    let chains: [(&str, Vec<Vec<u8>>, f32); 4] = [
        ("the same twice", vec![vorbis.clone(), vorbis.clone()], 0.0),
        ("another codec", vec![vorbis.clone(), aac.clone()], 0.0),
        ("another rate", vec![aac.clone(), opus.clone()], 1e-2),
        ("three", vec![aac.clone(), vorbis.clone(), aac.clone()], 0.0),
    ];
    for (name, parts, tolerance) in chains {
        let chain = parts.concat();
        is_all_of(name, &chain, &parts);
        agrees(name, &chain, tolerance);
    }
    // Nothing of the second can be decoded.
    let chain = [&aac[..], &opus[..60], &vorbis].concat();
    is_all_of("an empty one amid", &chain, &[aac, vorbis]);
}
