//! Channels that cancel each other out: one of them is used instead of their mean.

use std::path::Path;

use genrenet_audio::{
    AudioError, Downmix, ExtractSpec, FrontEnd, Input, LogMelSpec, MfccSpec, Rate, Windowing,
    extract, open, song_features,
};

/// A WAVE file of 16-bit samples at 8 kHz, the channels one after another.
fn wav(channels: &[Vec<f32>]) -> Vec<u8> {
    let frames = channels[0].len();
    let data = (2 * channels.len() * frames) as u32;
    let block = 2 * channels.len() as u16;
    let mut out = b"RIFF".to_vec();
    out.extend((36 + data).to_le_bytes());
    out.extend(b"WAVEfmt \x10\0\0\0\x01\0");
    out.extend((channels.len() as u16).to_le_bytes());
    out.extend(8000u32.to_le_bytes());
    out.extend((8000 * u32::from(block)).to_le_bytes());
    out.extend(block.to_le_bytes());
    out.extend(b"\x10\0data");
    out.extend(data.to_le_bytes());
    for frame in 0..frames {
        for channel in channels {
            out.extend(((channel[frame] * 32_767.0).round() as i16).to_le_bytes());
        }
    }
    out
}

fn tone(loudness: f32) -> Vec<f32> {
    (0..12_000)
        .map(|i| loudness * (i as f32 * 0.3 + (i as f32 * 0.001).sin()).sin())
        .collect()
}

fn noise(loudness: f32) -> Vec<f32> {
    let mut state = 1u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state as f32 / u32::MAX as f32 - 0.5
    };
    (0..12_000).map(|_| 2.0 * loudness * next()).collect()
}

fn plus(a: &[f32], b: &[f32]) -> Vec<f32> {
    a.iter().zip(b).map(|(a, b)| a + b).collect()
}

fn inverted(a: &[f32]) -> Vec<f32> {
    a.iter().map(|x| -x).collect()
}

fn front_end() -> FrontEnd {
    FrontEnd {
        log_mel: Some(LogMelSpec {
            rate: Rate::Own,
            ..LogMelSpec::default()
        }),
        windowing: Windowing {
            seconds: 1.0,
            frames: 16,
            windows: 2,
        },
        segments: None,
        mfcc_head: None,
    }
}

/// `song_features` and `extract` give the same for both sets of channels.
fn same_features(name: &str, channels: &[Vec<f32>], expected: &[Vec<f32>]) {
    let (found, expected) = (wav(channels), wav(expected));
    let features = |file: &[u8]| song_features(Input::bytes(file), &front_end()).unwrap();
    assert!(
        features(&found) == features(&expected),
        "{name}: song_features"
    );
    let spec = ExtractSpec {
        log_mel: None,
        mfcc: Some(MfccSpec::default()),
    };
    let extracted = |file: &[u8]| extract(Input::bytes(file), &spec).unwrap().mfcc;
    assert!(
        extracted(&found) == extracted(&expected),
        "{name}: extracted"
    );
}

#[test]
fn of_channels_that_cancel_the_first_is_used() {
    let (a, zero) = (tone(0.5), vec![0.0; 12_000]);
    let first = [a.clone()];
    same_features("inverted", &[a.clone(), inverted(&a)], &first);
    let nearly = plus(&inverted(&a), &noise(0.01));
    same_features("nearly inverted", &[a.clone(), nearly], &first);
    let surround = [zero.clone(), zero, a.clone(), inverted(&a)];
    same_features("the rear channels", &surround, &first);
    // Soft channels that cancel are recognised as well.
    let soft = tone(0.004);
    same_features("soft", &[soft.clone(), inverted(&soft)], &[soft]);
}

#[test]
fn other_channels_are_averaged() {
    let (a, b, zero) = (tone(0.5), noise(0.5), vec![0.0; 12_000]);
    for (name, channels) in [
        ("apart", [a.clone(), b]),
        ("one channel", [a.clone(), zero.clone()]),
        ("soft, one channel", [tone(0.004), zero]),
        ("partly inverted", [a.clone(), inverted(&tone(0.35))]),
        ("soft", [tone(0.004), tone(0.004)]),
    ] {
        let [left, right] = &channels;
        let mean: Vec<f32> = plus(left, right).iter().map(|x| x / 2.0).collect();
        // Half a step of 16 bits is lost in the mean's own file.
        let (found, expected) = (wav(&channels), wav(&[mean]));
        let features = |file: &[u8]| {
            song_features(Input::bytes(file), &front_end())
                .unwrap()
                .windows
                .remove(0)
        };
        let (found, expected) = (
            features(&found).log_mel.unwrap(),
            features(&expected).log_mel.unwrap(),
        );
        let loud = |&(_, &e): &(&f32, &f32)| e > -20.0;
        let pairs = found.data.iter().zip(&expected.data).filter(loud);
        let worst = pairs.map(|(f, e)| (f - e).abs()).fold(0.0, f32::max);
        assert!(worst < 0.5, "{name}: {worst}");
    }
}

#[test]
fn silence_in_every_channel_is_silence() {
    let zero = vec![0.0; 12_000];
    let silent = song_features(Input::bytes(wav(&[zero.clone(), zero])), &front_end());
    assert!(matches!(silent, Err(AudioError::Silence)), "{silent:?}");
}

#[test]
fn cancelling_channels_are_recognised_in_every_codec() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cancelling");
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let peak = |downmix: Downmix| {
            let mut source = open(Input::path(&path).unwrap()).unwrap();
            assert!(source.set_downmix(downmix), "{}", path.display());
            source.seek(0).unwrap();
            let mut samples = Vec::new();
            while source.read(&mut samples).unwrap() > 0 {}
            // The first channel, and not what is left of the mean, is the tone of 0.4 and the one that changes.
            samples.iter().fold(0f32, |most, x| most.max(x.abs()))
        };
        let (mean, left) = (peak(Downmix::Mean), peak(Downmix::Channel(0)));
        assert!((0.5..0.75).contains(&left), "{}: {left}", path.display());
        assert!(
            mean < 0.05 && 10.0 * mean < left,
            "{}: {mean}",
            path.display()
        );
        let features = song_features(Input::path(&path).unwrap(), &front_end());
        assert!(features.is_ok(), "{}: {features:?}", path.display());
        seen += 1;
    }
    assert!(seen >= 9, "{seen}");
}

#[test]
fn the_mean_is_the_mean_of_the_channels_in_every_codec() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/audio");
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            continue;
        }
        let samples = |downmix: Downmix| {
            let mut source = open(Input::path(&path).unwrap()).unwrap();
            // The position before does not matter.
            source.read(&mut Vec::new()).unwrap();
            assert!(source.set_downmix(downmix), "{}", path.display());
            source.seek(0).unwrap();
            let mut samples = Vec::new();
            while source.read(&mut samples).unwrap() > 0 {}
            samples
        };
        let mean = samples(Downmix::Mean);
        let channels = open(Input::path(&path).unwrap()).unwrap().channels();
        let all: Vec<Vec<f32>> = (0..channels)
            .map(|c| samples(Downmix::Channel(c)))
            .collect();
        assert!(all.iter().all(|channel| channel.len() == mean.len()));
        for (at, &mean) in mean.iter().enumerate() {
            let sum: f32 = all.iter().map(|channel| channel[at]).sum();
            let off = (sum / f32::from(channels) - mean).abs();
            // Opus predicts one channel of speech from the other.
            let tolerance = if path
                .extension()
                .is_some_and(|e| e == "opus" || e == "mp4" || e == "webm")
            {
                2e-2
            } else {
                1e-5
            };
            assert!(off <= tolerance, "{}, {at}: {off}", path.display());
        }
        seen += 1;
    }
    assert!(seen > 35, "{seen}");
}
