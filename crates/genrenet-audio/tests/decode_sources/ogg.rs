//! Ogg files whose stated positions do not fit their packets, and chained ones: all is decoded.

use std::path::Path;

use genrenet_audio::{Clip, Input, decode};

use crate::decode_sources::chains::{agrees, is_all_of};
use crate::decode_sources::files;

/// The pages of a file.
fn pages(file: &[u8]) -> Vec<Vec<u8>> {
    let (mut pages, mut rest) = (Vec::new(), file);
    while !rest.is_empty() {
        let segments = usize::from(rest[26]);
        let body: usize = rest[27..27 + segments]
            .iter()
            .map(|&n| usize::from(n))
            .sum();
        let (page, after) = rest.split_at(27 + segments + body);
        pages.push(page.to_vec());
        rest = after;
    }
    pages
}

/// Puts the right check sum into a page (RFC 3533, section 6).
fn sign(page: &mut [u8]) {
    page[22..26].fill(0);
    let sum = page.iter().fold(0u32, |sum, &byte| {
        (0..8).fold(sum ^ u32::from(byte) << 24, |sum, _| {
            sum << 1 ^ if sum >> 31 == 1 { 0x04c1_1db7 } else { 0 }
        })
    });
    page[22..26].copy_from_slice(&sum.to_le_bytes());
}

/// The file with other positions on the pages after its two header pages: `position` gets the page's number, how many
/// there are, and what it states.
fn with_positions(file: &[u8], position: impl Fn(usize, usize, u64) -> u64) -> Vec<u8> {
    let mut pages = pages(file);
    let last = pages.len() - 1;
    for (number, page) in pages.iter_mut().enumerate().skip(2) {
        let stated = u64::from_le_bytes(page[6..14].try_into().unwrap());
        page[6..14].copy_from_slice(&position(number, last, stated).to_le_bytes());
        sign(page);
    }
    pages.concat()
}

/// The file with another serial number.
fn with_serial(file: &[u8], serial: u32) -> Vec<u8> {
    let mut pages = pages(file);
    for page in &mut pages {
        page[14..18].copy_from_slice(&serial.to_le_bytes());
        sign(page);
    }
    pages.concat()
}

fn own(name: &str) -> Vec<u8> {
    std::fs::read(files::own().join(name)).unwrap()
}

fn example(name: &str) -> Vec<u8> {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/audio");
    std::fs::read(examples.join(name)).unwrap()
}

fn decoded(file: &[u8]) -> Clip {
    decode(Input::bytes(file)).unwrap()
}

#[test]
fn positions_that_do_not_fit_the_packets_are_counted() {
    type Position = fn(usize, usize, u64) -> u64;
    let lies: [(&str, Position); 8] = [
        ("all 0", |_, _, _| 0),
        ("all -1", |_, _, _| u64::MAX),
        ("all halved", |_, _, at| at / 2),
        ("all doubled", |_, _, at| at * 2),
        (
            "the last too low",
            |page, last, at| if page == last { 1 } else { at },
        ),
        (
            "the last 0",
            |page, last, at| if page == last { 0 } else { at },
        ),
        ("the last too high", |page, last, at| {
            if page == last { at + 1_000_000 } else { at }
        }),
        (
            "going back",
            |page, last, at| if page > last / 2 { at / 4 } else { at },
        ),
    ];
    let songs = [
        ("vorbis.ogg", own("vorbis.ogg"), 0.0),
        ("flac.oga", own("flac.oga"), 0.0),
        ("celt.opus", own("celt.opus"), 1e-4),
        ("surround.opus", own("surround.opus"), 1e-2),
        ("lets_go_fishin.ogg", example("lets_go_fishin.ogg"), 0.0),
        ("searching.opus", example("searching.opus"), 1e-4),
    ];
    for (name, file, tolerance) in &songs {
        let right = decoded(file).samples;
        for (change, position) in lies {
            // A single page that states less than it holds cuts the end: that is legitimate.
            if *name == "surround.opus" && ["all halved", "going back"].contains(&change) {
                continue;
            }
            let odd = with_positions(file, position);
            let found = decoded(&odd).samples;
            // What the last page cuts at the end is decoded if its position is rejected: less than a page.
            let longer = found.len().checked_sub(right.len());
            assert!(
                longer.is_some_and(|n| n < 5760),
                "{name}, {change}: {} of {}",
                found.len(),
                right.len()
            );
            // What the first page cuts in front is decoded as well if its position is rejected: less than a block.
            let whole = |at: usize| found.get(at..at + right.len()) == Some(&right[..]);
            assert!((0..2048).any(whole), "{name}, {change}");
            agrees(&format!("{name}, {change}"), &odd, *tolerance);
        }
    }
}

#[test]
fn a_stream_cut_from_a_longer_one_is_decoded_from_its_first_sample() {
    for name in ["lets_go_fishin.ogg", "searching.opus"] {
        let file = example(name);
        let later = with_positions(&file, |_, _, at| at + 1_000_000_000);
        let (found, right) = (decoded(&later).samples, decoded(&file).samples);
        let at = found.len() - right.len();
        // What the first page's position cuts in front of the whole song cannot be known of a part.
        assert!(at < 2048 && found[at..] == right, "{name}: {at}");
        agrees(name, &later, 1e-4);
    }
}

#[test]
fn every_link_of_a_chain_is_decoded() {
    let (vorbis, song) = (own("vorbis.ogg"), example("lets_go_fishin.ogg"));
    let chains: [(&str, Vec<Vec<u8>>); 5] = [
        (
            "a short first link",
            vec![with_serial(&song, 1), with_serial(&song, 2)],
        ),
        ("one serial number", vec![song.clone(), song.clone()]),
        (
            "three links",
            vec![
                with_serial(&vorbis, 1),
                with_serial(&vorbis, 2),
                with_serial(&vorbis, 3),
            ],
        ),
        (
            "a long last link",
            vec![with_serial(&vorbis, 1), with_serial(&song, 2)],
        ),
        (
            "other codecs",
            vec![
                with_serial(&own("flac.oga"), 1),
                with_serial(&song, 2),
                with_serial(&vorbis, 3),
            ],
        ),
    ];
    for (name, links) in chains {
        let chain = links.concat();
        is_all_of(name, &chain, &links);
        agrees(name, &chain, 0.0);
    }
}

#[test]
fn a_chain_of_a_hundred_links_is_decoded() {
    let link = own("vorbis.ogg");
    let chain: Vec<u8> = (0..100)
        .flat_map(|serial| with_serial(&link, serial))
        .collect();
    assert_eq!(
        decoded(&chain).samples.len(),
        100 * decoded(&link).samples.len()
    );
}

#[test]
fn a_link_that_cannot_be_decoded_is_left_out() {
    let vorbis = own("vorbis.ogg");
    let mut broken = pages(&with_serial(&vorbis, 2));
    // The header page of a stream of an unknown codec.
    broken[0][28..34].copy_from_slice(b"morbus");
    sign(&mut broken[0]);
    let chain = [
        with_serial(&vorbis, 1),
        broken.concat(),
        with_serial(&vorbis, 3),
    ]
    .concat();
    let one = decoded(&vorbis).samples;
    let found = decoded(&chain).samples;
    assert!(found == [one.clone(), one].concat());
}

#[test]
fn junk_after_a_stream_and_a_truncated_chain_lose_nothing_else() {
    let song = example("lets_go_fishin.ogg");
    let whole = decoded(&song).samples;
    let mut tagged = song.clone();
    tagged.extend(b"TAG");
    tagged.resize(song.len() + 100_000, b'x');
    assert!(decoded(&tagged).samples == whole);
    // The second link ends within a page: its complete ones are decoded.
    let chain = [song.clone(), with_serial(&song, 2)].concat();
    let cut = decoded(&chain[..song.len() + song.len() / 2]).samples;
    assert!(cut.len() > whole.len() + whole.len() / 3);
    assert!(cut[..whole.len()] == whole);
    agrees(
        "a chain that was cut off",
        &chain[..song.len() + song.len() / 2],
        0.0,
    );
}
