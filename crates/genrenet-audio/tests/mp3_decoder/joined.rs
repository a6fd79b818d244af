//! Files whose tag states a wrong length, concatenated files, and streams that change midway: all is decoded.

use super::{decode, streams};
use genrenet_audio::{
    ExtractSpec, FrontEnd, Input, LogMelSpec, Rate, Windowing, extract, open, resample,
    song_features,
};

/// A stream of the golden files.
fn stream(name: &str) -> Vec<u8> {
    let found = streams().into_iter().find(|(found, _)| found == name);
    found.unwrap().1
}

/// The same stream with the tag of the first frame erased: all its frames are played.
fn untagged(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let at = tag(&bytes);
    bytes[at..at + 4].fill(0);
    bytes
}

/// Where the words "Xing" or "Info" stand.
fn tag(bytes: &[u8]) -> usize {
    let is_tag = |four: &[u8]| four == b"Xing" || four == b"Info";
    bytes.windows(4).position(is_tag).unwrap()
}

/// With another number of frames in its tag.
fn stating(bytes: &[u8], frames: u32) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let at = tag(&bytes) + 8;
    bytes[at..at + 4].copy_from_slice(&frames.to_be_bytes());
    bytes
}

/// With a Fraunhofer tag in front that states so many frames.
fn with_vbri(bytes: &[u8], frames: u32) -> Vec<u8> {
    // The first frame of a stream of 128 kbit/s, stereo.
    let mut tagged = bytes[..4].to_vec();
    tagged.resize(417, 0);
    tagged[36..40].copy_from_slice(b"VBRI");
    tagged[40..42].copy_from_slice(&[0, 1]);
    tagged[46..50].copy_from_slice(&(bytes.len() as u32).to_be_bytes());
    tagged[50..54].copy_from_slice(&frames.to_be_bytes());
    tagged.extend(bytes);
    tagged
}

/// Tags as they lie between concatenated songs: ID3v1, APE, ID3v2.
fn tags() -> Vec<u8> {
    let mut tags = b"TAG".to_vec();
    tags.resize(128, b'x');
    tags.extend(b"APETAGEX\xd0\x07\0\0\x40\0\0\0\0\0\0\0\0\0\0\xa0\0\0\0\0\0\0\0\0");
    tags.extend([0xff; 32]);
    tags.extend(b"APETAGEX\xd0\x07\0\0\x40\0\0\0\0\0\0\0\0\0\0\x80\0\0\0\0\0\0\0\0");
    tags.extend(b"ID3\x03\0\0\0\0\x01\x00");
    tags.extend([0xff; 128]);
    tags
}

/// Every kind of stream whose length is not what its first frame states.
pub fn odd_streams() -> Vec<(String, Vec<u8>)> {
    let (variable, low) = (stream("variable.mp3"), stream("low_rate.mp3"));
    let mono = stream("mono.mp3");
    let named = [
        ("too few frames", stating(&variable, 39)),
        ("one frame", stating(&variable, 1)),
        ("no frames", stating(&variable, 0)),
        ("too many frames", stating(&variable, 500)),
        ("VBRI", with_vbri(&stream("left_right.mp3"), 10)),
        ("joined", [variable.clone(), variable.clone()].concat()),
        (
            "joined with tags",
            [variable.clone(), tags(), variable.clone()].concat(),
        ),
        ("another rate", [low.clone(), variable.clone()].concat()),
        (
            "another rate and back",
            [mono.clone(), tags(), variable, mono, low].concat(),
        ),
    ];
    named.map(|(name, bytes)| (name.to_owned(), bytes)).into()
}

#[test]
fn all_frames_are_decoded_whatever_the_tag_states() {
    let variable = stream("variable.mp3");
    let whole = decode(&variable).unwrap();
    // The padding that is cut lies where the tag says that the stream ends.
    for frames in [0, 1, 500] {
        let found = decode(&stating(&variable, frames)).unwrap();
        assert!(found.len() >= whole.len(), "{frames}");
        assert!(found[..whole.len()] == whole, "{frames}");
    }
    assert_eq!(decode(&stating(&variable, 39)).unwrap().len(), whole.len());
    let constant = stream("left_right.mp3");
    assert!(decode(&with_vbri(&constant, 10)).unwrap() == decode(&constant).unwrap());
}

#[test]
fn concatenated_files_are_decoded_to_the_end() {
    let variable = stream("variable.mp3");
    let raw = decode(&untagged(&variable)).unwrap();
    let joined = decode(&[variable.clone(), variable.clone()].concat()).unwrap();
    // The delay of the first one's encoder is cut, its tag's frame left out; the second one is played as it is.
    assert_eq!(joined.len(), raw.len() - 1152 - 1105 + raw.len());
    let whole = decode(&variable).unwrap();
    assert!(joined[..whole.len()] == whole);
    let tail = raw.len() - 4 * 1152;
    assert!(joined[joined.len() - tail..] == raw[4 * 1152..]);
    let tagged = decode(&[variable.clone(), tags(), variable].concat()).unwrap();
    assert!(tagged == joined);
}

#[test]
fn a_change_of_the_sampling_rate_is_decoded_at_the_first_rate() {
    let (low, variable) = (stream("low_rate.mp3"), stream("variable.mp3"));
    let joined = [low.clone(), variable.clone()].concat();
    let source = open(Input::bytes(joined.as_slice())).unwrap();
    assert_eq!(source.rate(), 22_050);
    let found = decode(&joined).unwrap();
    let before = decode(&low).unwrap();
    assert!(found[..before.len()] == before);
    let after = resample(&decode(&untagged(&variable)).unwrap(), 44_100, 22_050);
    let start = found.len() - after.len();
    // A frame without a tag's cut: the padding of the first stream's last one stays.
    assert!((0..1152).contains(&(start - before.len())), "{start}");
    let worst = found[start..]
        .iter()
        .zip(&after)
        .map(|(a, b)| (a - b).abs());
    let worst = worst.fold(0.0, f32::max);
    assert!(worst < 1e-5, "{worst}");
}

#[test]
fn features_extraction_and_counting_agree() {
    let front_end = FrontEnd {
        log_mel: Some(LogMelSpec {
            rate: Rate::Own,
            ..LogMelSpec::default()
        }),
        windowing: Windowing {
            seconds: 1.0,
            frames: 8,
            windows: 2,
        },
        segments: None,
        mfcc_head: None,
    };
    for (name, bytes) in odd_streams() {
        let rate = f64::from(open(Input::bytes(bytes.as_slice())).unwrap().rate());
        let seconds = decode(&bytes).unwrap().len() as f64 / rate;
        let length = open(Input::bytes(bytes.as_slice()))
            .unwrap()
            .length()
            .unwrap();
        assert_eq!(length as f64 / rate, seconds, "{name}");
        if seconds < 1.0 {
            continue;
        }
        let features = song_features(Input::bytes(bytes.as_slice()), &front_end).unwrap();
        assert_eq!(features.seconds, seconds, "{name}");
        let extracted = extract(Input::bytes(bytes.as_slice()), &ExtractSpec::default()).unwrap();
        assert_eq!(extracted.seconds, seconds, "{name}");
    }
}

#[test]
fn a_tag_with_a_wrong_size_hides_nothing() {
    let song = stream("left_right.mp3");
    let whole = decode(&song).unwrap();
    let tagged = |size: [u8; 4], content: usize| {
        let mut bytes = b"ID3\x03\0\0".to_vec();
        bytes.extend(size);
        // A cover: no two bytes look like a frame.
        bytes.extend((0..content).map(|i| (i * 7 % 251) as u8));
        bytes.extend(&song);
        bytes
    };
    for (what, bytes) in [
        (
            "an ordinary number",
            tagged(400_000u32.to_be_bytes(), 400_000),
        ),
        (
            "an ordinary number of bytes below 128",
            tagged([0, 0x10, 0x11, 0x12], 0x10_1112),
        ),
        ("nonsense", tagged([0xff; 4], 3_000_000)),
        ("beyond the end", tagged([0x7f; 4], 1000)),
        ("too little", tagged([0, 0, 1, 0], 2_000_000)),
    ] {
        let found = decode(&bytes).unwrap_or_else(|e| panic!("{what}: {e}"));
        assert!(found == whole, "{what}: {} of {}", found.len(), whole.len());
    }
}
