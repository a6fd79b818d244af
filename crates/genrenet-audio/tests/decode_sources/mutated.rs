//! A quick seeded run of what `fuzz/` does longer: no panic, no endless loop, bounded output on changed files.

use genrenet_audio::{Input, open};

use crate::decode_sources::files::{self, Random};

/// Mutations of each of the files below, unless `GENRENET_MUTATIONS` is set.
const MUTATIONS: usize = 60;

/// Changes `bytes` at random: bits, bytes, runs, cuts, repeats, large numbers.
fn mutate(bytes: &mut Vec<u8>, random: &mut Random) {
    for _ in 0..1 + random.below(6) {
        if bytes.is_empty() {
            return;
        }
        // Headers decide most: half of the changes fall there.
        let reach = if random.below(2) == 0 {
            bytes.len().min(200)
        } else {
            bytes.len()
        };
        let at = random.below(reach);
        match random.below(8) {
            0 => bytes[at] ^= 1 << random.below(8),
            1 => bytes[at] = random.next() as u8,
            2 => bytes[at] = [0, 0xff, 0x7f, 0x80][random.below(4)],
            3 => {
                let n = random.below(16).min(bytes.len() - at);
                for byte in &mut bytes[at..at + n] {
                    *byte = random.next() as u8;
                }
            }
            4 => {
                let n = 4.min(bytes.len() - at);
                bytes[at..at + n].fill([0, 0xff][random.below(2)]);
            }
            5 => bytes.truncate(at.max(1)),
            6 => {
                let n = random.below(64).min(bytes.len() - at);
                let part = bytes[at..at + n].to_vec();
                bytes.splice(at..at, part);
            }
            _ => {
                let n = random.below(64).min(bytes.len() - at);
                bytes.drain(at..at + n);
            }
        }
    }
}

/// Gives changed Ogg pages right check sums again, or nothing after the page reader would be tested.
fn mend_ogg(bytes: &mut [u8]) {
    let mut at = 0;
    while let Some(found) = bytes[at..].windows(4).position(|w| w == b"OggS") {
        at += found;
        let Some(&segments) = bytes.get(at + 26) else {
            return;
        };
        let lacing = at + 27..at + 27 + usize::from(segments);
        let body: usize = bytes
            .get(lacing.clone())
            .unwrap_or_default()
            .iter()
            .map(|&n| usize::from(n))
            .sum();
        let Some(page) = bytes.get_mut(at..lacing.end + body) else {
            return;
        };
        page[22..26].fill(0);
        let crc = page.iter().fold(0u32, |crc, &byte| {
            (0..8).fold(crc ^ u32::from(byte) << 24, |crc, _| {
                crc << 1 ^ if crc >> 31 == 1 { 0x04c1_1db7 } else { 0 }
            })
        });
        page[22..26].copy_from_slice(&crc.to_le_bytes());
        at += 4;
    }
}

/// Reads a file to its end, with jumps; returns the number of samples, or nothing where it is refused.
fn walk(bytes: Vec<u8>, random: &mut Random) -> Option<u64> {
    let length = bytes.len() as u64;
    let mut source = open(Input::bytes(bytes)).ok()?;
    let mut samples = Vec::new();
    let mut total = 0u64;
    // One byte of any format holds at most some thousand samples (FLAC and Opus silence).
    let most = 65_536 * (length + 100);
    loop {
        samples.clear();
        match source.read(&mut samples) {
            Ok(0) => break,
            Ok(n) => {
                assert_eq!(n, samples.len());
                assert!(
                    samples.iter().all(|s| !s.is_nan()),
                    "NaN in {}",
                    source.format()
                );
                total += n as u64;
            }
            Err(_) => break,
        }
        assert!(total <= most, "endless {}", source.format());
    }
    for _ in 0..2 {
        samples.clear();
        if source.seek(random.next() % (total + 1000)).is_ok() {
            let _ = source.read(&mut samples);
        }
    }
    let _ = source.seek(random.next());
    let _ = source.read(&mut samples);
    Some(total)
}

#[test]
fn changed_files_are_survived() {
    let files = [
        "pcm_s16le.wav",
        "pcm_f32le.wav",
        "rf64.wav",
        "pcm_s24be.aiff",
        "pcm_s16be.au",
        "stereo16.flac",
        "mono24.flac",
        "flac.oga",
        "flac.mp4",
        "vorbis.ogg",
        "vorbis_3ch.ogg",
        "vorbis_floor0.ogg",
        "vorbis_random26.ogg",
        "vorbis_random37.ogg",
        "vorbis_random63.ogg",
        "celt.opus",
        "silk.opus",
        "surround.opus",
        "opus.mp4",
        "aac.m4a",
        "aac_fragments.mp4",
        "aac.mov",
        "ac3_then_aac.mp4",
        "aac.aac",
        "alac16.m4a",
        "alac24.m4a",
        "mp3_inside.wav",
        "opus.webm",
        "vorbis.webm",
        "aac.mka",
        "flac.mka",
        "alac.mka",
        "mp3.mka",
        "mp2.mka",
        "layer2.mp2",
        "pcm_f32le.mka",
    ];
    let mutations = std::env::var("GENRENET_MUTATIONS")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(MUTATIONS);
    let mut random = Random(3);
    for name in files {
        let whole = std::fs::read(files::own().join(name)).unwrap();
        let mut read = 0;
        for _ in 0..mutations {
            let mut bytes = whole.clone();
            mutate(&mut bytes, &mut random);
            if random.below(3) > 0 {
                mend_ogg(&mut bytes);
            }
            read += usize::from(walk(bytes, &mut random).is_some());
        }
        println!("{name}: {read} of {mutations} changed files were still read");
        assert!(read > 0, "{name}: not one changed file could be read");
    }
}
