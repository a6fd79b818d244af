//! Where a track's audio lies: tags in front of a file, several tracks, the order in which a decoder is looked for.

use genrenet_audio::{Input, decode};

use crate::decode_sources::files;

/// An ID3v2 tag of `n` bytes of content.
fn tag(n: usize) -> Vec<u8> {
    let mut tag = b"ID3\x03\0\0".to_vec();
    tag.extend([21, 14, 7, 0].map(|bits| (n >> bits & 0x7f) as u8));
    tag.resize(10 + n, 0);
    tag
}

#[test]
fn an_mp4_is_the_same_after_a_tag_that_its_tables_do_not_count() {
    for name in [
        "aac.m4a",
        "aac_mono.m4a",
        "aac_fragments.mp4",
        "aac.mov",
        "alac16.m4a",
        "flac.mp4",
        "opus.mp4",
        "ac3_then_aac.mp4",
    ] {
        let whole = std::fs::read(files::own().join(name)).unwrap();
        let expected = decode(Input::bytes(whole.clone())).unwrap();
        // Shorter and longer than the file.
        for length in [10, 300, 20_000] {
            let mut pushed = tag(length);
            pushed.extend(&whole);
            let decoded = decode(Input::bytes(pushed)).unwrap();
            assert!(decoded == expected, "{name} behind {length} bytes");
        }
    }
}

#[test]
fn an_mp4_whose_tables_count_the_tag_in_front_is_decoded() {
    let mut whole = std::fs::read(files::own().join("aac_mono.m4a")).unwrap();
    let expected = decode(Input::bytes(whole.clone())).unwrap();
    let tag = tag(300);
    let places = whole.windows(4).position(|w| w == b"stco").unwrap() + 4;
    let number = |bytes: &[u8], at: usize| u32::from_be_bytes(*bytes[at..].first_chunk().unwrap());
    for i in 0..number(&whole, places + 4) as usize {
        let at = places + 8 + 4 * i;
        let place = number(&whole, at) + tag.len() as u32;
        whole[at..at + 4].copy_from_slice(&place.to_be_bytes());
    }
    let tagged = [tag, whole].concat();
    assert!(decode(Input::bytes(tagged)).unwrap() == expected);
}

#[test]
fn a_file_without_any_track_that_is_decoded_names_the_first() {
    let mut file = std::fs::read(files::own().join("ac3_then_aac.mp4")).unwrap();
    let entry = file.windows(4).position(|w| w == b"mp4a").unwrap();
    file[entry..entry + 4].copy_from_slice(b"dtsc");
    let refusal = decode(Input::bytes(file)).unwrap_err().to_string();
    assert!(refusal.contains("AC-3 in MP4"), "{refusal}");
}
