//! Uncompressed and lossless files whose headers state another length than the bytes have.

use genrenet_audio::{Input, decode, open};

use crate::decode_sources::files;

/// A small input with `bytes` in place of those that stand `after` bytes behind `name`.
fn patched(file: &str, name: &[u8], after: usize, bytes: &[u8]) -> Vec<u8> {
    let mut file = std::fs::read(files::own().join(file)).unwrap();
    let found = file.windows(name.len()).position(|here| here == name);
    let at = found.unwrap() + name.len() + after;
    file[at..at + bytes.len()].copy_from_slice(bytes);
    file
}

/// Sample frames that reading gives; the length that is stated, before and after, must be the same.
fn frames(file: &[u8]) -> u64 {
    let read = decode(Input::bytes(file)).unwrap().samples.len() as u64;
    let mut source = open(Input::bytes(file)).unwrap();
    assert_eq!(source.frames(), Some(read));
    assert_eq!(source.length().unwrap(), read);
    assert_eq!(source.count().unwrap(), read);
    read
}

#[test]
fn the_data_chunk_gives_the_length_of_a_wav() {
    for (stated, expected) in [
        (0, 160),
        (320, 80),
        (640, 160),
        (1280, 160),
        (0x7fff_ffff, 160),
        (u32::MAX, 160),
    ] {
        let file = patched("pcm_s16le.wav", b"data", 0, &stated.to_le_bytes());
        assert_eq!(frames(&file), expected, "{stated}");
    }
    for (stated, expected) in [(0u64, 160), (160, 80), (640, 160), (u64::MAX, 160)] {
        let file = patched("rf64.wav", b"ds64", 12, &stated.to_le_bytes());
        assert_eq!(frames(&file), expected, "RF64, {stated}");
    }
}

#[test]
fn an_aiffs_number_of_frames_is_ignored() {
    for stated in [0u32, 1, 80, 320, u32::MAX] {
        let file = patched("pcm_s16be.aiff", b"COMM", 6, &stated.to_be_bytes());
        assert_eq!(frames(&file), 160, "{stated}");
    }
    for (stated, expected) in [(0, 160), (328, 80), (1296, 160), (u32::MAX, 160)] {
        let file = patched("pcm_s16be.aiff", b"SSND", 0, &stated.to_be_bytes());
        assert_eq!(frames(&file), expected, "SSND, {stated}");
    }
}

#[test]
fn an_au_is_read_to_its_end() {
    for stated in [0u32, 1, 320, 1280, u32::MAX] {
        let file = patched("pcm_s16be.au", b".snd", 4, &stated.to_be_bytes());
        assert_eq!(frames(&file), 160, "{stated}");
    }
}

#[test]
fn a_flacs_number_of_samples_is_ignored() {
    // The lowest bits of the number; the file has 2400.
    for stated in [0u32, 1, 1200, 4800, u32::MAX] {
        let file = patched("stereo16.flac", b"fLaC", 4 + 14, &stated.to_be_bytes());
        assert_eq!(frames(&file), 2400, "{stated}");
    }
}

/// The file has 20 packets of 1024 sample frames. Its table of times says that the last one has 768, and its edit list that 1200 ms
/// at 16 000 Hz are played from the second packet on.
#[test]
fn an_mp4s_packets_give_its_length_whatever_its_times_state() {
    let stating = |name: &[u8], after: usize, stated: u32| {
        frames(&patched("aac.m4a", name, after, &stated.to_be_bytes()))
    };
    for stated in [0, 1, 512, 2048, u32::MAX] {
        for (name, after) in [
            (b"stts", 4),
            (b"stts", 8),
            (b"stts", 12),
            (b"mdhd", 16),
            (b"mvhd", 16),
        ] {
            let what = String::from_utf8_lossy(name);
            assert_eq!(
                stating(name, after, stated),
                19_200,
                "{what} + {after}: {stated}"
            );
        }
    }
    // The edit list reaches no farther than the packets, of which the last one is as short as the table of times says.
    for (stated, expected) in [(600, 9600), (0, 19_200), (5000, 19_200), (u32::MAX, 19_200)] {
        assert_eq!(stating(b"elst", 8, stated), expected, "elst: {stated}");
    }
    // Packets that are not there, or no longer whole, end it: the first ten are 10 240 sample frames.
    for (after, stated, expected) in [
        (8, 10, 9216),
        (8, 1_000_000, 19_200),
        (8, u32::MAX, 19_200),
        (12 + 4 * 10, 1 << 30, 9216),
        (12 + 4 * 10, u32::MAX, 9216),
    ] {
        assert_eq!(
            stating(b"stsz", after, stated),
            expected,
            "stsz + {after}: {stated}"
        );
    }
}

#[test]
fn of_concatenated_mp4_files_the_first_is_decoded() {
    let read = |name: &str| std::fs::read(files::own().join(name)).unwrap();
    let (first, second) = (read("aac.m4a"), read("alac16.m4a"));
    let joined = [&first[..], &second].concat();
    assert_eq!(frames(&joined), frames(&first));
}
