//! Uncompressed and lossless files whose headers claim another length than the bytes have.

use genrenet_audio::{Input, decode, open};

use crate::files;

/// A small input with `bytes` in place of those that stand `after` bytes behind `name`.
fn patched(file: &str, name: &[u8], after: usize, bytes: &[u8]) -> Vec<u8> {
    let mut file = std::fs::read(files::own().join(file)).unwrap();
    let found = file.windows(name.len()).position(|here| here == name);
    let at = found.unwrap() + name.len() + after;
    file[at..at + bytes.len()].copy_from_slice(bytes);
    file
}

/// Sample frames that reading gives; the length that is told, before and after, must be the same.
fn frames(file: &[u8]) -> u64 {
    let read = decode(Input::bytes(file)).unwrap().samples.len() as u64;
    let mut source = open(Input::bytes(file)).unwrap();
    assert_eq!(source.frames(), Some(read));
    assert_eq!(source.length().unwrap(), read);
    assert_eq!(source.count().unwrap(), read);
    read
}

#[test]
fn the_chunk_of_samples_says_how_much_of_a_wav_is_heard() {
    for (claim, expected) in [
        (0, 160),
        (320, 80),
        (640, 160),
        (1280, 160),
        (0x7fff_ffff, 160),
        (u32::MAX, 160),
    ] {
        let file = patched("pcm_s16le.wav", b"data", 0, &claim.to_le_bytes());
        assert_eq!(frames(&file), expected, "{claim}");
    }
    for (claim, expected) in [(0u64, 160), (160, 80), (640, 160), (u64::MAX, 160)] {
        let file = patched("rf64.wav", b"ds64", 12, &claim.to_le_bytes());
        assert_eq!(frames(&file), expected, "RF64, {claim}");
    }
}

#[test]
fn an_aiffs_number_of_frames_is_not_asked() {
    for claim in [0u32, 1, 80, 320, u32::MAX] {
        let file = patched("pcm_s16be.aiff", b"COMM", 6, &claim.to_be_bytes());
        assert_eq!(frames(&file), 160, "{claim}");
    }
    for (claim, expected) in [(0, 160), (328, 80), (1296, 160), (u32::MAX, 160)] {
        let file = patched("pcm_s16be.aiff", b"SSND", 0, &claim.to_be_bytes());
        assert_eq!(frames(&file), expected, "SSND, {claim}");
    }
}

#[test]
fn an_au_is_heard_to_its_end() {
    for claim in [0u32, 1, 320, 1280, u32::MAX] {
        let file = patched("pcm_s16be.au", b".snd", 4, &claim.to_be_bytes());
        assert_eq!(frames(&file), 160, "{claim}");
    }
}

#[test]
fn a_flacs_number_of_samples_is_not_asked() {
    // The lowest bits of the number; the file has 2400.
    for claim in [0u32, 1, 1200, 4800, u32::MAX] {
        let file = patched("stereo16.flac", b"fLaC", 4 + 14, &claim.to_be_bytes());
        assert_eq!(frames(&file), 2400, "{claim}");
    }
}

/// The file has 20 packets of 1024 sample frames. Its table of times says that the last one has 768, and its edit list that 1200 ms
/// at 16 000 Hz are heard from the second packet on.
#[test]
fn an_mp4s_packets_say_how_long_it_is_whatever_its_times_claim() {
    let claiming = |name: &[u8], after: usize, claim: u32| {
        frames(&patched("aac.m4a", name, after, &claim.to_be_bytes()))
    };
    for claim in [0, 1, 512, 2048, u32::MAX] {
        for (name, after) in [
            (b"stts", 4),
            (b"stts", 8),
            (b"stts", 12),
            (b"mdhd", 16),
            (b"mvhd", 16),
        ] {
            let what = String::from_utf8_lossy(name);
            assert_eq!(
                claiming(name, after, claim),
                19_200,
                "{what} + {after}: {claim}"
            );
        }
    }
    // The edit list reaches no farther than the packets, of which the last one is as short as the table of times says.
    for (claim, expected) in [(600, 9600), (0, 19_200), (5000, 19_200), (u32::MAX, 19_200)] {
        assert_eq!(claiming(b"elst", 8, claim), expected, "elst: {claim}");
    }
    // Packets that are not there, or no longer whole, end it: the first ten are 10 240 sample frames.
    for (after, claim, expected) in [
        (8, 10, 9216),
        (8, 1_000_000, 19_200),
        (8, u32::MAX, 19_200),
        (12 + 4 * 10, 1 << 30, 9216),
        (12 + 4 * 10, u32::MAX, 9216),
    ] {
        assert_eq!(
            claiming(b"stsz", after, claim),
            expected,
            "stsz + {after}: {claim}"
        );
    }
}

#[test]
fn of_mp4_files_joined_end_to_end_the_first_is_heard() {
    let read = |name: &str| std::fs::read(files::own().join(name)).unwrap();
    let (first, second) = (read("aac.m4a"), read("alac16.m4a"));
    let joined = [&first[..], &second].concat();
    assert_eq!(frames(&joined), frames(&first));
}
