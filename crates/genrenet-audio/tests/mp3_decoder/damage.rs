//! Damaged streams: no panic, no endless loop, bounded output; intact frames are still decoded.

use super::{Random, decode, streams};
use genrenet_audio::{Input, open};

/// Changes bytes, cuts, doubles and inserts, differently for each seed.
fn mutate(bytes: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..=random.below(8) {
        let at = random.below(bytes.len() as u64) as usize;
        let len = (random.below(400) as usize).min(bytes.len() - at);
        match random.below(7) {
            0 => bytes[at] ^= 1 << random.below(8),
            1 => bytes[at] = random.pick(&[0, 0xff, 0xfb, 0x7f]),
            2 => bytes.truncate(at.max(64)),
            3 => drop(bytes.drain(at..at + len)),
            4 => bytes[at..at + len].fill(random.pick(&[0, 0xff])),
            5 => {
                let piece = bytes[at..at + len].to_vec();
                bytes.splice(at..at, piece);
            }
            _ => {
                for byte in &mut bytes[at..at + len] {
                    *byte = random.below(256) as u8;
                }
            }
        }
        if bytes.is_empty() {
            bytes.push(0);
        }
    }
    bytes
}

#[test]
fn mutated_streams_are_read_without_panic() {
    let mut random = Random(0xbad5eed);
    let streams: Vec<_> = streams()
        .into_iter()
        .map(|(name, bytes)| (name, bytes[..bytes.len().min(16_000)].to_vec()))
        .collect();
    let mut nonempty = 0;
    for trial in 0..3000 {
        let (name, bytes) = &streams[trial % streams.len()];
        let bytes = mutate(bytes, &mut random);
        let Ok(mut source) = open(Input::bytes(bytes.as_slice())) else {
            continue;
        };
        // A frame has 24 bytes at least, and at most 1152 samples.
        let most = (bytes.len() / 20 + 2) * 1152;
        if trial % 2 == 0 {
            let mut samples = Vec::new();
            while source.read(&mut samples).unwrap() > 0 {
                assert!(samples.len() <= most, "{name}, trial {trial}");
            }
            nonempty += usize::from(!samples.is_empty());
            assert!(
                samples.iter().all(|x| x.is_finite()),
                "{name}, trial {trial}"
            );
        } else {
            let start = random.below(30_000);
            let ranges = [0..100, start..start + 2048, start + 9000..start + 12_000];
            let mut count = 0;
            source
                .read_ranges(&ranges, &mut |_, samples| count += samples.len())
                .unwrap();
            assert!(count <= 5148);
        }
    }
    assert!(nonempty > 1000, "{nonempty}");
}

#[test]
fn junk_in_the_middle_loses_only_the_frames_it_hits() {
    let (_, bytes) = streams().pop().unwrap();
    let full = decode(&bytes).unwrap();
    let (cut, junk) = (100_000, vec![0xff; 5000]);
    let damaged: Vec<u8> = [&bytes[..cut], &junk, &bytes[cut..]].concat();
    let found = decode(&damaged).unwrap();
    assert!(
        full.len() - found.len() <= 3 * 1152,
        "{} of {}",
        found.len(),
        full.len()
    );
    let tail = full.len() * 3 / 4;
    assert!(found[found.len() - (full.len() - tail)..] == full[tail..]);
}

#[test]
fn tags_around_the_stream_change_nothing() {
    let (_, bytes) = streams().pop().unwrap();
    let full = decode(&bytes).unwrap();
    let mut tagged = b"ID3\x04\0\0\0\x01\x00\x00".to_vec();
    tagged.extend(std::iter::repeat_n(0xff, 128 * 128));
    tagged.extend(&bytes);
    tagged.extend(b"APETAGEX\xd0\x07\0\0\x40\0\0\0\0\0\0\0\0\0\0\xa0\0\0\0\0\0\0\0\0");
    tagged.extend([0xff; 32]);
    tagged.extend(b"APETAGEX\xd0\x07\0\0\x40\0\0\0\0\0\0\0\0\0\0\x80\0\0\0\0\0\0\0\0");
    tagged.extend(b"TAG");
    tagged.extend([0xff; 125]);
    assert!(decode(&tagged).unwrap() == full);
}

#[test]
fn no_audio_is_an_error() {
    let (_, song) = streams().pop().unwrap();
    let tag_only = b"ID3\x04\0\0\0\0\0\x05abcde".to_vec();
    for bytes in [vec![], vec![0xff; 10_000], song[..100].to_vec(), tag_only] {
        assert!(decode(&bytes).is_err(), "{} bytes", bytes.len());
    }
}
