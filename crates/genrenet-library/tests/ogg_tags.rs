//! Edits of the comments of Vorbis, Opus and FLAC in Ogg.

use std::io::Cursor;

use lofty::config::ParseOptions;
use lofty::file::AudioFile;
use proptest::prelude::*;

use crate::tag_edits::{self, comment_bytes, edited, genre, named, read};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Codec {
    Vorbis,
    Opus,
    Flac,
}

/// CRC-32 of a page, bit by bit.
fn crc(page: &[u8]) -> u32 {
    page.iter().enumerate().fold(0u32, |crc, (at, &byte)| {
        let byte = if (22..26).contains(&at) { 0 } else { byte };
        (0..8).fold(crc ^ u32::from(byte) << 24, |crc, _| {
            crc << 1 ^ if crc >> 31 == 1 { 0x04C1_1DB7 } else { 0 }
        })
    })
}

fn page(
    serial: u32,
    sequence: u32,
    flags: u8,
    granule: u64,
    lacing: &[u8],
    body: &[u8],
) -> Vec<u8> {
    let mut page = b"OggS\0".to_vec();
    page.push(flags);
    page.extend(granule.to_le_bytes());
    page.extend(serial.to_le_bytes());
    page.extend(sequence.to_le_bytes());
    page.extend([0; 4]);
    page.push(lacing.len() as u8);
    page.extend(lacing);
    page.extend(body);
    let crc = crc(&page);
    page[22..26].copy_from_slice(&crc.to_le_bytes());
    page
}

/// The packets in pages of up to `most` segments.
fn pages(
    serial: u32,
    mut sequence: u32,
    flags: u8,
    packets: &[Vec<u8>],
    most: usize,
) -> Vec<Vec<u8>> {
    let lacing: Vec<u8> = packets
        .iter()
        .flat_map(|packet| {
            std::iter::repeat_n(255, packet.len() / 255).chain([(packet.len() % 255) as u8])
        })
        .collect();
    let bytes = packets.concat();
    let (mut body, mut continued, mut pages) = (bytes.as_slice(), false, Vec::new());
    for segments in lacing.chunks(most) {
        let (this, rest) = body.split_at(segments.iter().map(|&length| length as usize).sum());
        pages.push(page(
            serial,
            sequence,
            flags | u8::from(continued),
            0,
            segments,
            this,
        ));
        (body, continued) = (rest, segments.last() == Some(&255));
        sequence += 1;
    }
    pages
}

fn block(kind: u8, body: &[u8]) -> Vec<u8> {
    [&[kind], &(body.len() as u32).to_be_bytes()[1..], body].concat()
}

/// The identification, and the other headers.
fn headers(codec: Codec, comments: &[u8], tail: &[u8], setup: usize) -> (Vec<u8>, Vec<Vec<u8>>) {
    let setup_body = vec![9; setup];
    match codec {
        Codec::Vorbis => (
            [
                b"\x01vorbis\0\0\0\0\x02\x44\xAC\0\0".as_slice(),
                &[0; 12],
                b"\xB8\x01",
            ]
            .concat(),
            vec![
                [b"\x03vorbis", comments, b"\x01", tail].concat(),
                [b"\x05vorbis", setup_body.as_slice()].concat(),
            ],
        ),
        Codec::Opus => (
            b"OpusHead\x01\x02\x38\x01\x80\xBB\0\0\0\0\0".to_vec(),
            vec![[b"OpusTags", comments, tail].concat()],
        ),
        Codec::Flac => (
            [b"\x7FFLAC\x01\0\0\x02fLaC".as_slice(), &block(0, &[0; 34])].concat(),
            vec![
                block(4, &[comments, tail].concat()),
                block(0x86, &setup_body),
            ],
        ),
    }
}

const SERIAL: u32 = 77;

fn ogg(codec: Codec, comments: &[u8], tail: &[u8], setup: usize, most: usize) -> Vec<u8> {
    let (identification, headers) = headers(codec, comments, tail, setup);
    let mut all = pages(SERIAL, 0, 2, &[identification], 255);
    all.extend(pages(SERIAL, 1, 0, &headers, most));
    let sound: Vec<Vec<u8>> = (0..40)
        .map(|at| vec![at; 200 + usize::from(at) * 13])
        .collect();
    all.extend(pages(SERIAL, all.len() as u32, 0, &sound, 9));
    let number = all.len() as u32;
    all.push(page(SERIAL, number, 4, 960, &[3], b"end"));
    all.concat()
}

struct Parsed {
    serial: u32,
    sequence: u32,
    lacing: Vec<u8>,
    body: Vec<u8>,
}

/// All pages, every CRC right, with nothing between them.
fn parsed(bytes: &[u8]) -> Vec<Parsed> {
    let (mut at, mut all) = (0, Vec::new());
    let number = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
    while at < bytes.len() {
        assert_eq!(&bytes[at..at + 4], b"OggS");
        let lacing = bytes[at + 27..at + 27 + bytes[at + 26] as usize].to_vec();
        let body = at + 27 + lacing.len();
        let end = body + lacing.iter().map(|&length| length as usize).sum::<usize>();
        assert_eq!(
            crc(&bytes[at..end]),
            number(at + 22),
            "CRC of page {}",
            all.len()
        );
        all.push(Parsed {
            serial: number(at + 14),
            sequence: number(at + 18),
            lacing,
            body: bytes[body..end].to_vec(),
        });
        at = end;
    }
    all
}

/// The packets of the stream, whose pages have numbers that follow.
fn packets(bytes: &[u8]) -> Vec<Vec<u8>> {
    let pages = parsed(bytes)
        .into_iter()
        .filter(|page| page.serial == SERIAL);
    let (mut packets, mut packet) = (Vec::new(), Vec::new());
    for (number, page) in pages.enumerate() {
        assert_eq!(page.sequence, number as u32);
        let mut body = page.body.as_slice();
        for length in page.lacing {
            packet.extend(&body[..length as usize]);
            body = &body[length as usize..];
            if length < 255 {
                packets.push(std::mem::take(&mut packet));
            }
        }
    }
    assert!(packet.is_empty());
    packets
}

fn comments_of(comments: &[&[u8]]) -> Vec<u8> {
    let comments: Vec<Vec<u8>> = comments.iter().map(|comment| comment.to_vec()).collect();
    comment_bytes(b"Lavf60.16.100", &comments)
}

fn small(codec: Codec) -> Vec<u8> {
    ogg(
        codec,
        &comments_of(&[b"TITLE=a", b"genre=x", b"no equals sign", b"A=\xFF"]),
        b"",
        4000,
        255,
    )
}

fn lofty_genres(codec: Codec, bytes: &[u8]) -> Vec<String> {
    let options = ParseOptions::new().read_properties(false);
    let mut source = Cursor::new(bytes);
    let tag = match codec {
        Codec::Vorbis => lofty::ogg::VorbisFile::read_from(&mut source, options)
            .unwrap()
            .vorbis_comments()
            .clone(),
        Codec::Opus => lofty::ogg::OpusFile::read_from(&mut source, options)
            .unwrap()
            .vorbis_comments()
            .clone(),
        Codec::Flac => return read(bytes).genres().to_vec(),
    };
    tag.get_all("GENRE").map(Into::into).collect()
}

#[test]
fn only_the_comments_change() {
    for codec in [Codec::Vorbis, Codec::Opus, Codec::Flac] {
        let before = small(codec);
        assert_eq!(read(&before).genres(), ["x"]);
        let after = edited(&before, &[genre(&["Rock/Pop", "Jazz"])]).unwrap();
        assert_eq!(
            lofty_genres(codec, &after),
            ["Rock/Pop", "Jazz"],
            "{codec:?}"
        );
        let (old, new) = (packets(&before), packets(&after));
        let expected = comments_of(&[
            b"TITLE=a",
            b"genre=Rock/Pop",
            b"genre=Jazz",
            b"no equals sign",
            b"A=\xFF",
        ]);
        assert!(new[1].windows(expected.len()).any(|part| part == expected));
        assert_eq!(old[0], new[0]);
        assert_eq!(old[2..], new[2..]);
        assert_eq!(parsed(&before).len(), parsed(&after).len());
        // Once it had to grow, it has room; and what is shorter keeps the size.
        let more = edited(
            &after,
            &[
                genre(&["Rock/Pop", "Jazz", "Folk"]),
                named("MOOD", &["calm"]),
            ],
        )
        .unwrap();
        if codec != Codec::Flac {
            assert_eq!(more.len(), after.len());
            assert_eq!(edited(&before, &[genre(&[])]).unwrap().len(), before.len());
        }
    }
}

#[test]
fn a_comment_packet_of_many_pages_renumbers_the_later_ones() {
    let long = "l".repeat(70_000);
    for codec in [Codec::Vorbis, Codec::Opus, Codec::Flac] {
        let before = small(codec);
        let after = edited(&before, &[genre(&["Rock"]), named("LYRICS", &[&long])]).unwrap();
        assert_eq!(packets(&after)[2..], packets(&before)[2..]);
        assert_eq!(parsed(&after).len(), parsed(&before).len() + 1, "{codec:?}");
        assert_eq!(lofty_genres(codec, &after), ["Rock"]);
        let back = edited(&after, &[named("LYRICS", &[])]).unwrap();
        assert_eq!(packets(&back)[2..], packets(&before)[2..]);
    }
}

#[test]
fn a_suffix_that_is_no_padding_stays() {
    for (codec, tail) in [
        (Codec::Opus, b"\x01suffix".as_slice()),
        (Codec::Opus, b"\0suffix"),
        (Codec::Vorbis, b"junk"),
    ] {
        let before = ogg(codec, &comments_of(&[b"GENRE=x"]), tail, 10, 255);
        let after = edited(&before, &[genre(&["a longer one"])]).unwrap();
        assert!(packets(&after)[1].ends_with(tail));
    }
    let before = ogg(Codec::Opus, &comments_of(&[b"GENRE=x"]), &[0; 100], 10, 255);
    assert_eq!(
        edited(&before, &[genre(&["a longer one"])]).unwrap().len(),
        before.len()
    );
}

#[test]
fn other_streams_stay_as_they_are() {
    let (identification, headers) = headers(Codec::Vorbis, &comments_of(&[b"GENRE=x"]), b"", 700);
    let ours = pages(SERIAL, 1, 0, &headers, 2);
    let other = |number: u32, flags: u8| page(5, number, flags, 0, &[8], b"\x80theora!");
    let mut file = [
        other(0, 2),
        pages(SERIAL, 0, 2, &[identification], 255).concat(),
    ]
    .concat();
    for (number, page) in ours.iter().enumerate() {
        file.extend(other(1 + number as u32, 0));
        file.extend(page);
    }
    let sound = page(SERIAL, 1 + ours.len() as u32, 4, 960, &[5], b"sound");
    let before = [file, other(90, 0), sound, other(91, 4)].concat();
    for value in ["y".to_string(), "y".repeat(300), "y".repeat(3000)] {
        let after = edited(&before, &[genre(&[&value])]).unwrap();
        let of_other = |bytes: &[u8]| -> Vec<(u32, Vec<u8>)> {
            let pages = parsed(bytes).into_iter().filter(|page| page.serial == 5);
            pages.map(|page| (page.sequence, page.body)).collect()
        };
        assert_eq!(of_other(&after), of_other(&before));
        assert_eq!(packets(&after)[2..], packets(&before)[2..]);
    }
}

#[test]
fn what_can_not_be_written_safely_is_refused() {
    let refused = |bytes: &[u8], changes: &[_]| edited(bytes, changes).unwrap_err().to_string();
    let whole = small(Codec::Vorbis);
    assert!(refused(&[whole.clone(), whole.clone()].concat(), &[genre(&["y"])]).contains("chain"));
    let mut wrong = whole.clone();
    wrong[100] ^= 1;
    assert!(refused(&wrong, &[genre(&["y"])]).contains("CRC"));
    assert!(refused(&whole[..200], &[genre(&["y"])]).contains("headers"));
    let skeleton = [page(9, 0, 2, 0, &[8], b"fishead\0"), whole.clone()].concat();
    assert!(refused(&skeleton, &[genre(&["longer"])]).contains("Skeleton"));
    let speex = page(9, 0, 2, 0, &[8], b"Speex   ");
    assert!(refused(&speex, &[genre(&["y"])]).contains("Ogg"));

    // Damage in the sound stands against other numbers only.
    let mut damaged = whole.clone();
    let last = whole.len() - 1;
    damaged[last] ^= 1;
    edited(&damaged, &[genre(&["y"])]).unwrap();
    let long = "l".repeat(70_000);
    assert!(refused(&damaged, &[genre(&[&long])]).contains("CRC"));
    let cut = &whole[..last];
    edited(cut, &[genre(&["y"])]).unwrap();
    assert!(refused(cut, &[genre(&[&long])]).contains("expected a page"));
}

#[test]
fn files_of_other_programs() {
    for path in tag_edits::data_files("formats", &["ogg", "opus", "oga"]) {
        let before = std::fs::read(&path).unwrap();
        let after = edited(
            &before,
            &[
                genre(&["Drum & Bass", "Rock/Pop"]),
                named("MOOD", &["calm"]),
            ],
        )
        .unwrap();
        assert_eq!(parsed(&after).len(), parsed(&before).len());
    }
}

proptest! {
    #[test]
    fn any_change_of_any_comments(
        codec in prop::sample::select(vec![Codec::Vorbis, Codec::Opus, Codec::Flac]),
        comments in tag_edits::comments(),
        padding in prop_oneof![Just(Vec::new()), (0usize..600).prop_map(|zeros| vec![0; zeros]), prop::collection::vec(any::<u8>(), 0..20)],
        setup in 0usize..1500,
        most in prop_oneof![1usize..6, Just(255)],
        changes in tag_edits::changes(),
    ) {
        let before = ogg(codec, &comment_bytes(b"vendor", &comments), &padding, setup, most);
        let after = edited(&before, &changes).unwrap();
        let (old, new) = (packets(&before), packets(&after));
        prop_assert_eq!(&old[0], &new[0]);
        prop_assert_eq!(&old[2..], &new[2..]);
    }
}
