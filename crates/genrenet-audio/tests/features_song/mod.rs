//! The features of a song's windows are those that computing all frames gives.

mod cancelling;
mod segments;
mod song;

use genrenet_audio::{
    AudioError, ExtractSpec, FrontEnd, Input, LogMelSpec, Matrix, MfccHead, MfccSpec, Rate,
    Windowing, extract, log_mel, mfcc, resample, song_features, song_features_of_source,
};
use song::{Song, wav};

fn largest_difference(a: &Matrix, b: &Matrix) -> f32 {
    assert_eq!((a.rows, a.cols), (b.rows, b.cols));
    a.data
        .iter()
        .zip(&b.data)
        .map(|(x, y)| (x - y).abs())
        .fold(0.0, f32::max)
}

/// The columns of the whole log-mel spectrogram of a window, relative to the loudest of them.
fn picked(window: &[f32], rate: u32, front_end: &FrontEnd) -> Matrix {
    // Without a floor, which would be relative to the loudest frame of all.
    let spec = LogMelSpec {
        top_db: 1000.0,
        ..spec_of(front_end)
    };
    let full = log_mel(window, rate, &spec);
    let columns: Vec<usize> = front_end
        .windowing
        .columns(full.cols as u64)
        .into_iter()
        .map(|c| c as usize)
        .collect();
    let mut picked = full.columns(&columns);
    let loudest = picked.data.iter().copied().fold(f32::MIN, f32::max);
    for db in &mut picked.data {
        *db = (*db - loudest).max(-spec_of(front_end).top_db);
    }
    picked
}

fn spec_of(front_end: &FrontEnd) -> LogMelSpec {
    front_end.log_mel.expect("it has a log-mel")
}

fn with_rate(rate: Rate) -> Option<LogMelSpec> {
    Some(LogMelSpec {
        rate,
        ..LogMelSpec::default()
    })
}

fn own_rate() -> FrontEnd {
    FrontEnd {
        log_mel: Some(LogMelSpec {
            rate: Rate::Own,
            ..LogMelSpec::default()
        }),
        windowing: Windowing::default(),
        segments: None,
        mfcc_head: None,
    }
}

#[test]
fn columns_are_those_of_the_whole_spectrogram() {
    for (own, rate) in [
        (44_100, Rate::Own),
        (22_050, Rate::Hz(22_050)),
        (44_100, Rate::Hz(22_050)),
        (48_000, Rate::Hz(22_050)),
        (8_000, Rate::Hz(22_050)),
        (32_000, Rate::Hz(16_000)),
    ] {
        for seconds in [1.0, 4.3, 12.0, 35.0] {
            let song = Song::new(own, seconds);
            let mut front_end = own_rate();
            front_end.log_mel = with_rate(rate);
            front_end.windowing = Windowing {
                seconds: 10.0,
                frames: 50,
                windows: 3,
            };
            let features = song_features_of_source(&mut song.source(), &front_end).unwrap();
            let windows = front_end.windowing.windows(song.samples.len() as u64, own);
            assert_eq!(features.windows.len(), windows.len());
            assert!((features.seconds - f64::from(seconds)).abs() < 1e-4);
            for (found, window) in features.windows.iter().zip(windows) {
                let start = window.start as f64 / f64::from(own);
                assert!((found.start_seconds - start).abs() < 1e-9);
                let samples = &song.samples[window.start as usize..window.end as usize];
                let worst = largest_difference(
                    found.log_mel.as_ref().unwrap(),
                    &picked(samples, own, &front_end),
                );
                assert!(worst <= 1e-3, "{own} {rate} {seconds} s: {worst}");
            }
        }
    }
}

#[test]
fn mfcc_are_those_of_the_beginning() {
    for own in [22_050, 44_100, 48_000] {
        for seconds in [1.5, 20.0] {
            let song = Song::new(own, seconds);
            let mut front_end = own_rate();
            front_end.mfcc_head = Some(MfccHead::default());
            let features = song_features_of_source(&mut song.source(), &front_end).unwrap();
            let found = features.windows[0].mfcc.as_ref().unwrap();
            assert_eq!((found.rows, found.cols), (130, 20));
            let at_22050 = resample(&song.samples, own, 22_050);
            // A floor so low that it does not matter whose maximum it is relative to.
            let spec = MfccSpec {
                top_db: 1000.0,
                ..MfccSpec::default()
            };
            let mut low = front_end;
            low.mfcc_head = Some(MfccHead {
                seconds: 3.0,
                mfcc: spec,
            });
            let features = song_features_of_source(&mut song.source(), &low).unwrap();
            let found = features.windows[0].mfcc.as_ref().unwrap();
            let mut padded = at_22050;
            padded.resize(padded.len().max(130 * 512 + 2048), 0.0);
            let expected = mfcc(&padded, 22_050, &spec).transposed();
            let n = 130 * 20;
            let worst = found.data[..n]
                .iter()
                .zip(&expected.data[..n])
                .map(|(a, b)| (a - b).abs())
                .fold(0.0, f32::max);
            assert!(worst < 5e-3, "{own} Hz, {seconds} s: {worst}");
        }
    }
}

#[test]
fn only_the_samples_of_used_frames_are_decoded() {
    let song = Song::new(44_100, 300.0);
    let mut source = song.source();
    let features = song_features_of_source(&mut source, &own_rate()).unwrap();
    assert_eq!(features.windows.len(), 5);
    // 5 windows of 128 frames of 2048 samples, one in five of the windows' samples.
    assert_eq!(source.delivered, 5 * 128 * 2048);
    let mut source = song.source();
    let mut front_end = own_rate();
    front_end.log_mel = with_rate(Rate::Hz(22_050));
    song_features_of_source(&mut source, &front_end).unwrap();
    // Twice as long in the song's samples, and half a filter on either side.
    assert!(
        source.delivered <= 5 * 128 * (2 * 2048 + 400),
        "{}",
        source.delivered
    );
}

#[test]
fn a_length_that_is_unknown_or_wrong_is_counted() {
    let song = Song::new(16_000, 50.0);
    let expected = song_features_of_source(&mut song.source(), &own_rate()).unwrap();
    for stated in [None, Some(16_000 * 500)] {
        let mut source = song.source();
        source.stated = stated;
        assert_eq!(
            song_features_of_source(&mut source, &own_rate()).unwrap(),
            expected,
            "{stated:?}"
        );
    }
}

#[test]
fn too_short_and_silent_songs_are_refused() {
    let short = Song::new(44_100, 0.9);
    let error = song_features_of_source(&mut short.source(), &own_rate()).unwrap_err();
    assert!(matches!(error, AudioError::TooShort { .. }), "{error}");
    assert_eq!(
        error.to_string(),
        "too short: 0.90 s, at least 1 s are needed"
    );
    let mut silent = Song::new(44_100, 40.0);
    silent.samples.fill(0.0);
    let error = song_features_of_source(&mut silent.source(), &own_rate()).unwrap_err();
    assert!(matches!(error, AudioError::Silence), "{error}");
    // Silent windows are left out, the others are kept.
    let mut half = Song::new(44_100, 70.0);
    half.samples[..35 * 44_100].fill(0.0);
    let features = song_features_of_source(&mut half.source(), &own_rate()).unwrap();
    assert_eq!(features.windows.len(), 1);
    assert!(features.windows[0].start_seconds > 35.0);
}

#[test]
fn invalid_settings_are_refused_by_their_key() {
    let song = Song::new(44_100, 2.0);
    let mut front_end = own_rate();
    front_end.windowing.frames = 0;
    let error = song_features_of_source(&mut song.source(), &front_end).unwrap_err();
    assert_eq!(
        error.to_string(),
        "windowing.frames = 0: expected 1 to 1048576 frames"
    );
    let mut front_end = own_rate();
    front_end.mfcc_head = Some(MfccHead {
        seconds: 40.0,
        ..MfccHead::default()
    });
    let error = song_features_of_source(&mut song.source(), &front_end).unwrap_err();
    assert!(
        error.to_string().starts_with("mfcc_head.seconds = 40: "),
        "{error}"
    );
}

#[test]
fn features_of_a_file_are_those_of_its_samples() {
    let song = Song::new(44_100, 33.0);
    let bytes = wav(&song);
    let spec = ExtractSpec {
        log_mel: own_rate().log_mel,
        mfcc: Some(MfccSpec::default()),
    };
    let extracted = extract(Input::bytes(bytes.clone()), &spec).unwrap();
    assert_eq!((extracted.rate, extracted.channels), (44_100, 1));
    assert!((extracted.seconds - 33.0).abs() < 1e-9);
    let expected = log_mel(&song.samples, 44_100, &spec_of(&own_rate()));
    assert!(largest_difference(&extracted.log_mel.unwrap(), &expected) < 1e-3);
    let expected = mfcc(&song.samples, 44_100, &MfccSpec::default());
    assert!(largest_difference(&extracted.mfcc.unwrap(), &expected) < 1e-3);
    let features = song_features(Input::bytes(bytes), &own_rate()).unwrap();
    assert_eq!(
        features,
        song_features_of_source(&mut song.source(), &own_rate()).unwrap()
    );
}

#[test]
fn a_front_end_is_read_and_written() {
    let text = r#"{"log_mel": {"rate": "own"}, "windowing": {"seconds": 30, "frames": 128, "windows": 5},
                   "mfcc_head": {"seconds": 3, "mfcc": {"rate": 22050}}}"#;
    let mut expected = own_rate();
    expected.mfcc_head = Some(MfccHead::default());
    let read: FrontEnd = serde_json::from_str(text).unwrap();
    assert_eq!(read, expected);
    let written = serde_json::to_string(&read).unwrap();
    assert_eq!(
        serde_json::from_str::<FrontEnd>(&written).unwrap(),
        expected
    );
    for (wrong, reason) in [
        (r#"{"rate": "mine"}"#, "own"),
        (r#"{"rate": 0}"#, "above 0"),
        (r#"{"n_ftt": 5}"#, "unknown field `n_ftt`"),
    ] {
        let error = serde_json::from_str::<LogMelSpec>(wrong).unwrap_err();
        assert!(error.to_string().contains(reason), "{error}");
    }
}
