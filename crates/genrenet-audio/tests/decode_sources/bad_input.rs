//! Files that are not audio, are damaged, or state wrong lengths.

use std::sync::Arc;

use genrenet_audio::{AudioError, Input, decode, open};

use crate::decode_sources::files;

fn refused(bytes: impl Into<Arc<[u8]>>) -> String {
    match decode(Input::bytes(bytes)) {
        Err(reason) => reason.to_string(),
        Ok(clip) => panic!("decoded to {} samples", clip.samples.len()),
    }
}

fn wav(tag: u16, bits: u16, channels: u16, rate: u32, data: &[u8]) -> Vec<u8> {
    let block = channels * bits.div_ceil(8);
    let mut file = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0".to_vec();
    file.extend(tag.to_le_bytes());
    file.extend(channels.to_le_bytes());
    file.extend(rate.to_le_bytes());
    file.extend((rate * u32::from(block)).to_le_bytes());
    file.extend(block.to_le_bytes());
    file.extend(bits.to_le_bytes());
    file.extend(b"data");
    file.extend((data.len() as u32).to_le_bytes());
    file.extend(data);
    file
}

#[test]
fn a_sample_that_is_not_finite_is_refused_with_its_position() {
    let samples = |bad: f32| {
        [0.5f32, 0.25, bad, 0.0]
            .iter()
            .flat_map(|s| s.to_le_bytes())
            .collect::<Vec<u8>>()
    };
    assert_eq!(
        refused(wav(3, 32, 1, 8000, &samples(f32::NAN))),
        "WAV holds NaN at sample frame 2: expected finite samples within ±1e10"
    );
    assert_eq!(
        refused(wav(3, 32, 1, 8000, &samples(f32::INFINITY))),
        "WAV holds inf at sample frame 2: expected finite samples within ±1e10"
    );
    assert_eq!(
        refused(wav(3, 32, 1, 8000, &samples(-1e30))),
        "WAV holds -1000000015047466200000000000000 at sample frame 2: expected finite samples within ±1e10"
    );
    // Louder than full scale is accepted.
    assert_eq!(
        decode(Input::bytes(wav(3, 32, 1, 8000, &samples(40_000.0))))
            .unwrap()
            .samples[2],
        40_000.0
    );
}

#[test]
fn headers_without_audio_are_named() {
    assert_eq!(
        refused(wav(1, 16, 1, 8000, b"")),
        "WAV: no samples after the header"
    );
    assert_eq!(refused(b"RIFF\x04\0\0\0WAVE".to_vec()), "WAV: no fmt chunk");
    assert_eq!(refused(b"OggS".to_vec()), "Ogg: no stream of a known kind");
    assert_eq!(
        refused(b"fLaC".to_vec()),
        "FLAC: no frame after the metadata"
    );
    assert_eq!(
        refused(b"\0\0\0\x18ftypM4A \0\0\0\0M4A mp42".to_vec()),
        "MP4: no moov box: the file is not complete"
    );
    assert_eq!(refused(b".snd".to_vec()), "AU: the header is cut off");
    assert_eq!(
        refused(b"FORM\0\0\0\x04AIFF".to_vec()),
        "AIFF: no COMM chunk"
    );
}

#[test]
fn invalid_headers_are_named() {
    assert_eq!(
        refused(wav(1, 16, 0, 8000, &[0; 8])),
        "damaged WAV: 0 channels"
    );
    assert_eq!(
        refused(wav(1, 16, 1, 0, &[0; 8])),
        "damaged WAV: sampling rate 0"
    );
    assert_eq!(
        refused(wav(1, 64, 1, 8000, &[0; 8])),
        "damaged WAV: integers of 64 bits"
    );
    assert_eq!(
        refused(wav(0x161, 16, 1, 8000, &[0; 8])),
        "WMA in WAV is not supported: convert it first, for example with ffmpeg -i SONG song.flac"
    );
}

#[test]
fn a_stated_length_is_checked() {
    // 4 GB are stated, 8 bytes are there.
    let mut file = wav(1, 16, 1, 8000, &[1, 0, 2, 0, 3, 0, 4, 0]);
    file[40..44].copy_from_slice(&[0xf0, 0xff, 0xff, 0xff]);
    let source = open(Input::bytes(file.clone())).unwrap();
    assert_eq!(source.frames(), Some(4));
    assert_eq!(decode(Input::bytes(file)).unwrap().samples.len(), 4);
}

#[test]
fn tables_with_impossible_numbers_end() {
    let whole = std::fs::read(files::own().join("aac_mono.m4a")).unwrap();
    let place = |name: &[u8]| whole.windows(4).position(|w| w == name).unwrap() + 4;
    // Four thousand million packets of one byte each, all of them in one chunk: more than the file can hold.
    let mut file = whole.clone();
    let sizes = place(b"stsz");
    file[sizes + 4..sizes + 12].copy_from_slice(&[0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff]);
    let runs = place(b"stsc");
    file[runs + 12..runs + 16].copy_from_slice(&[0xff; 4]);
    let most = 2048 * file.len();
    let samples = decode(Input::bytes(file)).map_or(0, |clip| clip.samples.len());
    assert!(samples < most, "{samples} samples");
    // Entries that the file has no room for.
    let mut file = whole.clone();
    file[sizes + 8..sizes + 12].copy_from_slice(&[0xff; 4]);
    let clip = decode(Input::bytes(file)).unwrap();
    assert!(clip.samples.len() < most, "{} samples", clip.samples.len());
}

#[test]
fn what_lies_before_the_damage_is_decoded() {
    // Cut in two, most formats still give the first half (MP4 with its index in front, too).
    for name in [
        "stereo16.flac",
        "vorbis.ogg",
        "celt.opus",
        "aac.aac",
        "flac.oga",
        "pcm_s16le.wav",
        "aac_mono.m4a",
        "opus.webm",
        "vorbis.webm",
        "aac.mka",
    ] {
        let whole = std::fs::read(files::own().join(name)).unwrap();
        let expected = decode(Input::bytes(whole.clone())).unwrap().samples;
        let cut = whole[..whole.len() * 7 / 10].to_vec();
        let source = open(Input::bytes(cut.clone())).unwrap();
        let decoded = decode(Input::bytes(cut))
            .unwrap_or_else(|e| panic!("{name}: {e}"))
            .samples;
        assert!(
            decoded.len() > expected.len() / 5 && decoded.len() < expected.len(),
            "{name}: {} of {}",
            decoded.len(),
            expected.len()
        );
        // The stated length is that of what is there.
        assert!(
            source.frames().is_none_or(|n| n == decoded.len() as u64),
            "{name}: {:?} of {}",
            source.frames(),
            decoded.len()
        );
        let n = decoded.len().saturating_sub(2048);
        assert_eq!(decoded[..n], expected[..n], "{name}");
    }
}

#[test]
fn damage_in_the_middle_keeps_later_samples_in_time() {
    for name in ["stereo16.flac", "aac.aac"] {
        let mut bytes = std::fs::read(files::own().join(name)).unwrap();
        let expected = decode(Input::bytes(bytes.clone())).unwrap().samples;
        let middle = bytes.len() / 2;
        bytes[middle..middle + 40].fill(0x55);
        let decoded = decode(Input::bytes(bytes)).unwrap().samples;
        let tail = expected.len() / 10;
        if name == "stereo16.flac" {
            assert_eq!(decoded.len(), expected.len(), "{name}");
        }
        assert_eq!(
            decoded[decoded.len() - tail..],
            expected[expected.len() - tail..],
            "{name}"
        );
    }
}

#[test]
fn folders_and_missing_files_are_named() {
    let folder = Input::path(&files::own()).err().unwrap();
    assert_eq!(folder.to_string(), "not a regular file (a folder)");
    assert!(matches!(
        Input::path(&files::own().join("no such file.mp3")),
        Err(AudioError::Io(_))
    ));
}

#[test]
fn a_hundred_megabytes_of_images_are_skipped() {
    // A tag in front of a FLAC stream, and a picture block inside it: neither is read.
    let flac = std::fs::read(files::own().join("stereo16.flac")).unwrap();
    let expected = decode(Input::bytes(flac.clone())).unwrap();
    let size = 100u32 << 20;
    let mut tagged = b"ID3\x04\0\0".to_vec();
    tagged.extend(
        [
            size >> 21 & 0x7f,
            size >> 14 & 0x7f,
            size >> 7 & 0x7f,
            size & 0x7f,
        ]
        .map(|b| b as u8),
    );
    tagged.resize(tagged.len() + size as usize, 0x55);
    tagged.extend(&flac);
    assert_eq!(decode(Input::bytes(tagged)).unwrap(), expected);
}
