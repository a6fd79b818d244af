//! The decoder of one stream against the port of libopus, packet by packet.

use super::*;

/// The packets of an Ogg file's only stream, without its two headers.
fn packets(file: &[u8]) -> Vec<Vec<u8>> {
    let (mut at, mut packet, mut all) = (0, Vec::new(), Vec::new());
    while at < file.len() {
        let lacing = &file[at + 27..at + 27 + usize::from(file[at + 26])];
        at += 27 + lacing.len();
        for &size in lacing {
            packet.extend(&file[at..at + usize::from(size)]);
            at += usize::from(size);
            if size < 255 {
                all.push(std::mem::take(&mut packet));
            }
        }
    }
    all.split_off(2)
}

fn peer(packets: &[Vec<u8>]) -> Vec<Vec<f32>> {
    let mut decoder = Any::new(None).unwrap();
    let each = packets.iter().map(|packet| {
        let mut samples = Vec::new();
        decoder.decode(packet, &mut samples).unwrap();
        samples
    });
    each.collect()
}

fn difference(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter()
        .zip(b)
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, f32::max)
}

/// Music of every kind of packet: one to three frames of 2.5 to 20 ms, mono and stereo, constant and variable sizes.
fn streams() -> [(&'static str, Vec<Vec<u8>>); 4] {
    macro_rules! fixture {
        ($name:literal) => {
            (
                $name,
                packets(include_bytes!(concat!("../../../../tests/audio/", $name))),
            )
        };
    }
    [
        fixture!("celt.opus"),
        fixture!("celt_short.opus"),
        fixture!("celt_mono.opus"),
        fixture!("celt_long.opus"),
    ]
}

#[test]
fn celt_is_what_libopus_plays() {
    for (name, packets) in streams() {
        let mut stream = Stream::new();
        for (index, (packet, expected)) in packets.iter().zip(peer(&packets)).enumerate() {
            let most = difference(stream.decode(packet).unwrap(), &expected);
            assert!(most < 1e-6, "{name}, packet {index}: {most}");
        }
        assert!(matches!(stream.decoder, Decoder::Celt(_)), "{name}");
    }
}

#[test]
fn passed_packets_leave_what_later_ones_need() {
    for (name, packets) in streams() {
        for (every, passed) in [(12, 8), (5, 1), (40, 30)] {
            let mut stream = Stream::new();
            for (index, (packet, expected)) in packets.iter().zip(peer(&packets)).enumerate() {
                if index % every < passed {
                    stream.skip(packet).unwrap();
                } else {
                    let most = difference(stream.decode(packet).unwrap(), &expected);
                    assert!(most < 1e-4, "{name}, packet {index}: {most}");
                }
            }
        }
    }
}

/// A stream that changes to speech and back is decoded by libopus's port from there on, with the memory of earlier packets.
#[test]
fn other_packets_change_the_decoder() {
    let [(_, music), ..] = streams();
    let speech = packets(include_bytes!("../../../../tests/audio/silk.opus"));
    let mixed: Vec<Vec<u8>> = [&music[..30], &speech[..10], &music[30..]].concat();
    for pass in [0..0, 10..25, 28..35] {
        let mut stream = Stream::new();
        for (index, (packet, expected)) in mixed.iter().zip(peer(&mixed)).enumerate() {
            if pass.contains(&index) {
                stream.skip(packet).unwrap();
            } else {
                let most = difference(stream.decode(packet).unwrap(), &expected);
                // A fresh decoder starts 400 ms earlier, which a strong pitch filter outlasts.
                assert!(most < 1e-3, "{pass:?}, packet {index}: {most}");
            }
        }
        assert!(matches!(stream.decoder, Decoder::Any(_)));
    }
}

#[test]
fn any_bytes_are_decoded_or_refused() {
    let [(_, music), ..] = streams();
    let mut stream = Stream::new();
    let mut seed = 1u32;
    for round in 0..4000 {
        let mut packet = music[round % music.len()].clone();
        for _ in 0..1 + round % 4 {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let at = seed as usize % packet.len();
            packet[at] = (seed >> 24) as u8;
        }
        packet.truncate(1 + seed as usize % 300);
        if Frame::of(packet[0]).is_none() {
            continue;
        }
        let outcome = if seed & 1 << 20 == 0 {
            stream.skip(&packet)
        } else {
            stream.decode(&packet).map(|samples| {
                assert!(samples.iter().all(|x| x.is_finite()));
            })
        };
        let _ = outcome;
    }
}
