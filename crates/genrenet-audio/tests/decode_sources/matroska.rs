//! Matroska as other writers than ffmpeg make it: lacing, block groups, unknown lengths, header stripping.

use genrenet_audio::{Input, decode, open};

use crate::decode_sources::files;

/// A number of two bytes, or in eight where it is longer.
fn number(n: usize) -> Vec<u8> {
    if n < 0x3fff {
        return (0x4000 | n as u16).to_be_bytes().to_vec();
    }
    (1 << 56 | n as u64).to_be_bytes().to_vec()
}

fn element(id: &[u8], content: &[u8]) -> Vec<u8> {
    [id, &number(content.len()), content].concat()
}

/// An element of unknown length.
fn endless(id: &[u8], content: &[u8]) -> Vec<u8> {
    [id, &[0xff], content].concat()
}

const SEGMENT: &[u8] = b"\x18\x53\x80\x67";
const CLUSTER: &[u8] = b"\x1f\x43\xb6\x75";

/// A track entry of AAC with two channels at 16 kHz.
fn track(number: u8, codec: &[u8], more: &[u8]) -> Vec<u8> {
    let parts = [
        element(&[0xd7], &[number]),
        element(&[0x83], &[2]),
        element(&[0x86], codec),
        element(b"\x63\xa2", &[0x14, 0x10]),
        more.to_vec(),
    ];
    element(&[0xae], &parts.concat())
}

fn file(tracks: &[Vec<u8>], clusters: &[u8], unknown: bool) -> Vec<u8> {
    let header = element(b"\x1a\x45\xdf\xa3", &element(b"\x42\x82", b"matroska"));
    let tracks = element(b"\x16\x54\xae\x6b", &tracks.concat());
    let content = [tracks.as_slice(), clusters].concat();
    let segment = if unknown {
        endless(SEGMENT, &content)
    } else {
        element(SEGMENT, &content)
    };
    [header, segment].concat()
}

/// A block's content: track, time, flags, what comes before the packets, and these.
fn block(flags: u8, sizes: &[u8], packets: &[Vec<u8>]) -> Vec<u8> {
    [&[0x81, 0, 0, flags], sizes, &packets.concat()].concat()
}

/// The packets of `aac.aac`, without their headers.
fn packets() -> Vec<Vec<u8>> {
    packets_of("aac.aac")
}

fn packets_of(name: &str) -> Vec<Vec<u8>> {
    let bytes = std::fs::read(files::own().join(name)).unwrap();
    let mut packets = Vec::new();
    let mut rest = bytes.as_slice();
    while let [0xff, flags, _, c, d, e, ..] = *rest {
        let head = if flags & 1 == 1 { 7 } else { 9 };
        let n = usize::from(c & 3) << 11 | usize::from(d) << 3 | usize::from(e) >> 5;
        packets.push(rest[head..n].to_vec());
        rest = &rest[n..];
    }
    packets
}

/// Each packet in a block of its own, seven blocks to a cluster.
fn clusters(packets: &[Vec<u8>], unknown: bool) -> Vec<u8> {
    let cluster = |packets: &[Vec<u8>]| {
        let blocks: Vec<u8> = packets
            .iter()
            .flat_map(|packet| element(&[0xa3], &block(0x80, &[], std::slice::from_ref(packet))))
            .collect();
        let content = [element(&[0xe7], &[0]), blocks].concat();
        if unknown {
            endless(CLUSTER, &content)
        } else {
            element(CLUSTER, &content)
        }
    };
    packets.chunks(7).flat_map(cluster).collect()
}

fn expected() -> Vec<f32> {
    let path = files::own().join("aac.aac");
    decode(Input::path(&path).unwrap()).unwrap().samples
}

fn check(file: Vec<u8>, what: &str) {
    let expected = expected();
    let decoded = decode(Input::bytes(file.clone())).unwrap_or_else(|e| panic!("{what}: {e}"));
    assert!(decoded.samples == expected, "{what}");
    // And after seeks.
    let mut source = open(Input::bytes(file)).unwrap();
    assert_eq!(source.frames(), Some(expected.len() as u64), "{what}");
    for to in [5000, 12_345, 1, 19_999] {
        source.seek(to as u64).unwrap();
        let mut samples = Vec::new();
        source.read(&mut samples).unwrap();
        assert!(samples == expected[to..to + samples.len()], "{what}: {to}");
    }
}

#[test]
fn elements_of_unknown_length_are_read() {
    let aac = [track(1, b"A_AAC", &[])];
    check(file(&aac, &clusters(&packets(), false), false), "known");
    check(file(&aac, &clusters(&packets(), true), true), "unknown");
    check(file(&aac, &clusters(&packets(), true), false), "clusters");
}

#[test]
fn laced_packets_are_separated() {
    let aac = [track(1, b"A_AAC", &[])];
    let by_255s = |packets: &[Vec<u8>]| {
        let mut sizes = vec![packets.len() as u8 - 1];
        for packet in &packets[..packets.len() - 1] {
            sizes.extend(vec![255; packet.len() / 255]);
            sizes.push((packet.len() % 255) as u8);
        }
        (2, sizes)
    };
    let by_differences = |packets: &[Vec<u8>]| {
        let mut sizes = vec![packets.len() as u8 - 1];
        for (i, packet) in packets[..packets.len() - 1].iter().enumerate() {
            let value = if i == 0 {
                packet.len() as i64
            } else {
                packet.len() as i64 - packets[i - 1].len() as i64 + 0x1fff
            };
            sizes.extend((0x4000 | value as u16).to_be_bytes());
        }
        (6, sizes)
    };
    type Sizes<'a> = &'a dyn Fn(&[Vec<u8>]) -> (u8, Vec<u8>);
    let ways: [(&str, Sizes); 2] = [("by 255s", &by_255s), ("by differences", &by_differences)];
    for (what, sizes) in ways {
        for many in [1, 2, 5, 100] {
            let blocks: Vec<u8> = packets()
                .chunks(many)
                .flat_map(|packets| {
                    let (flags, sizes) = sizes(packets);
                    element(&[0xa3], &block(flags, &sizes, packets))
                })
                .collect();
            let clusters = element(CLUSTER, &blocks);
            check(file(&aac, &clusters, false), &format!("{many} {what}"));
        }
    }
    // Uncompressed packets of one length.
    let pcm = [
        element(&[0xd7], &[1]),
        element(&[0x83], &[2]),
        element(&[0x86], b"A_PCM/INT/LIT"),
        element(
            &[0xe1],
            &[
                element(&[0xb5], &8000f64.to_be_bytes()),
                element(&[0x9f], &[1]),
                element(b"\x62\x64", &[16]),
            ]
            .concat(),
        ),
    ];
    let samples: Vec<i16> = (0..60).map(|i| i * 500).collect();
    let bytes: Vec<u8> = samples.iter().flat_map(|s| s.to_le_bytes()).collect();
    let blocks = element(&[0xa3], &block(4, &[5], &[bytes]));
    let pcm = element(&[0xae], &pcm.concat());
    let clip = decode(Input::bytes(file(
        &[pcm],
        &element(CLUSTER, &blocks),
        false,
    )))
    .unwrap();
    let expected: Vec<f32> = samples.iter().map(|&s| f32::from(s) / 32_768.0).collect();
    assert_eq!((clip.rate, clip.samples), (8000, expected));
}

#[test]
fn stripped_headers_are_put_back() {
    let mut packets = packets();
    let start = packets[5][..1].to_vec();
    packets.retain(|packet| packet.starts_with(&start));
    assert!(packets.len() > 3, "{} packets", packets.len());
    let plain = file(
        &[track(1, b"A_AAC", &[])],
        &clusters(&packets, false),
        false,
    );
    let expected = decode(Input::bytes(plain)).unwrap();
    for packet in &mut packets {
        packet.drain(..1);
    }
    let compression = element(
        b"\x50\x34",
        &[element(b"\x42\x54", &[3]), element(b"\x42\x55", &start)].concat(),
    );
    let encodings = element(b"\x6d\x80", &element(b"\x62\x40", &compression));
    let stripped = file(
        &[track(1, b"A_AAC", &encodings)],
        &clusters(&packets, false),
        false,
    );
    assert!(decode(Input::bytes(stripped)).unwrap() == expected);
    // By zlib: refused by name.
    let zlib = element(
        b"\x6d\x80",
        &element(b"\x62\x40", &element(b"\x50\x34", &[])),
    );
    let packed = file(
        &[track(1, b"A_AAC", &zlib)],
        &clusters(&packets, false),
        false,
    );
    let refusal = decode(Input::bytes(packed)).unwrap_err().to_string();
    assert!(refusal.contains("zlib"), "{refusal}");
}

#[test]
fn discard_padding_and_codec_delay_are_cut() {
    let expected = expected();
    let packets = packets();
    let groups = |nanoseconds: i64| {
        let groups: Vec<u8> = packets
            .iter()
            .enumerate()
            .flat_map(|(i, packet)| {
                let mut content = element(&[0xa1], &block(0, &[], std::slice::from_ref(packet)));
                content.extend(element(&[0x9b], &[64]));
                if i + 1 == packets.len() {
                    content.extend(element(b"\x75\xa2", &nanoseconds.to_be_bytes()));
                }
                element(&[0xa0], &content)
            })
            .collect();
        file(
            &[track(1, b"A_AAC", &[])],
            &element(CLUSTER, &groups),
            false,
        )
    };
    // 500 of 1 024 samples at 16 kHz.
    let decoded = decode(Input::bytes(groups(31_250_000))).unwrap().samples;
    assert!(decoded == expected[..expected.len() - 500]);
    assert!(decode(Input::bytes(groups(-31_250_000))).unwrap().samples == expected);
    // The encoder's delay, stated by the track.
    let delay = element(b"\x56\xaa", &64_000_000u64.to_be_bytes());
    let delayed = file(
        &[track(1, b"A_AAC", &delay)],
        &clusters(&packets, false),
        false,
    );
    assert!(decode(Input::bytes(delayed)).unwrap().samples == expected[1024..]);
}

#[test]
fn the_default_track_that_can_be_decoded_is_chosen() {
    let other = |flags: &[u8]| track(2, b"A_AC3", flags);
    let not_default = element(&[0x88], &[0]);
    let sound = clusters(&packets(), false);
    // The other track's blocks are skipped.
    let foreign = element(CLUSTER, &element(&[0xa3], &[0x82, 0, 0, 0x80, 1, 2, 3, 4]));
    let mixed = [foreign.as_slice(), &sound, &foreign].concat();
    let aac = track(1, b"A_AAC", &[]);
    check(
        file(&[other(&[]), aac.clone()], &mixed, false),
        "AC-3 first",
    );
    check(
        file(
            &[other(&[]), track(1, b"A_AAC", &not_default)],
            &mixed,
            false,
        ),
        "AC-3 is the default",
    );
    let silent = track(3, b"A_AAC", &not_default);
    check(file(&[silent, aac], &mixed, false), "the default is second");
    let none = decode(Input::bytes(file(&[other(&[])], &mixed, false))).unwrap_err();
    assert!(none.to_string().contains("AC-3 in Matroska"), "{none}");
}

/// The core of HE-AAC is the same with every signalling of the upper band: implicit, hierarchical, backward compatible.
#[test]
fn he_aac_is_decoded_by_its_core_in_every_signalling() {
    // Behind: low complexity, then the mark of an extension, its type, and that it is there, up to 32 kHz.
    let ways: [(&str, [&[u8]; 3]); 2] = [
        (
            "he_v1.aac",
            [
                &[0x14, 0x10],
                &[0x2c, 0x12, 0x88, 0],
                &[0x14, 0x10, 0x56, 0xe5, 0xa8],
            ],
        ),
        (
            "he_v2.aac",
            [
                &[0x14, 0x08],
                &[0xec, 0x0a, 0x88, 0],
                &[0x14, 0x08, 0x56, 0xe5, 0xad, 0x48, 0x80],
            ],
        ),
    ];
    for (name, setups) in ways {
        let expected = decode(Input::path(&files::own().join(name)).unwrap()).unwrap();
        for setup in setups {
            let track = [
                element(&[0xd7], &[1]),
                element(&[0x83], &[2]),
                element(&[0x86], b"A_AAC"),
                element(b"\x63\xa2", setup),
            ];
            let track = element(&[0xae], &track.concat());
            let sound = clusters(&packets_of(name), false);
            let decoded = decode(Input::bytes(file(&[track], &sound, false))).unwrap();
            assert!(decoded == expected, "{name}: {setup:x?}");
        }
    }
}

#[test]
fn damage_between_clusters_is_skipped() {
    let packets = packets();
    let aac = [track(1, b"A_AAC", &[])];
    let (first, second) = packets.split_at(7);
    let junk = vec![0x01; 300];
    let whole = [
        clusters(first, false),
        junk,
        clusters(second, false),
        vec![0; 40],
    ];
    check(file(&aac, &whole.concat(), true), "junk");
    assert!(
        decode(Input::bytes(&b"\x1a\x45\xdf\xa3\x80"[..]))
            .unwrap_err()
            .to_string()
            .contains("no segment")
    );
}
