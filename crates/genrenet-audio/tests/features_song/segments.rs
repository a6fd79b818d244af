//! Segments are parts of the mel spectrogram of the whole song.

use genrenet_audio::{
    FrontEnd, MelFilterbank, PowerSpectrum, SegmentSpec, Windowing, resample,
    song_features_of_source,
};

use crate::features_song::song::Song;

fn front_end(seconds: f32, windows: usize, segments: usize) -> FrontEnd {
    FrontEnd {
        log_mel: None,
        windowing: Windowing {
            seconds,
            windows,
            ..Windowing::default()
        },
        segments: Some(SegmentSpec {
            segments,
            ..SegmentSpec::default()
        }),
        mfcc_head: None,
    }
}

/// Frame `number` of the spectrogram of samples at 16 kHz, without rounding to 16 bits.
fn frame(samples: &[f32], number: usize) -> Vec<f64> {
    let spec = SegmentSpec::default();
    let mut frame = vec![0.0; spec.n_fft];
    let first = (number * spec.hop) as isize - spec.n_fft as isize / 2;
    for (i, x) in frame.iter_mut().enumerate() {
        let at = usize::try_from(first + i as isize).ok();
        *x = at.and_then(|at| samples.get(at)).copied().unwrap_or(0.0);
    }
    let bank = MelFilterbank::new(spec.rate, spec.n_fft, spec.n_mels, 0.0, None);
    let mut power = vec![0.0; bank.padded_bins()];
    PowerSpectrum::new(spec.n_fft).of(&frame, &mut power);
    let mut mel = vec![0.0; spec.n_mels];
    bank.apply(&power, &mut mel);
    mel.iter()
        .map(|&p| (f64::from(p) * 1e4 + 1.0).log10())
        .collect()
}

#[test]
fn segments_are_those_of_the_whole_spectrogram() {
    for (own, seconds, (window, windows, segments), count) in [
        (16_000, 12.5, (3600.0, 1, 4), [4].as_slice()),
        (44_100, 20.0, (3600.0, 1, 3), &[3]),
        (44_100, 20.0, (3.0, 28, 1), &[1; 6]),
        (48_000, 31.0, (30.0, 4, 28), &[10]),
        (8_000, 9.0, (4.0, 2, 1), &[1, 1]),
    ] {
        let song = Song::new(own, seconds);
        let features =
            song_features_of_source(&mut song.source(), &front_end(window, windows, segments))
                .unwrap();
        let found: Vec<usize> = features.windows.iter().map(|w| w.segments.len()).collect();
        assert_eq!(found, count, "{own} Hz");
        let samples = match own {
            16_000 => song.samples.clone(),
            _ => resample(&song.samples, own, 16_000),
        };
        for segment in features.windows.iter().flat_map(|w| &w.segments) {
            let first = (segment.start_seconds * 16_000.0 / 256.0).round() as usize;
            assert_eq!((segment.mel.rows, segment.mel.cols), (187, 96));
            for row in [0, 1, 93, 186] {
                let expected = frame(&samples, first + row);
                for (x, y) in segment.mel.row(row).iter().zip(&expected) {
                    // A 16-bit float has 11 bits: 2^-12 relative, and 2^-25 near zero.
                    assert!((f64::from(*x) - y).abs() < 3e-4, "{own} Hz: {x} {y}");
                }
            }
        }
    }
}

#[test]
fn a_short_song_is_repeated() {
    let song = Song::new(16_000, 1.6);
    let features = song_features_of_source(&mut song.source(), &front_end(3600.0, 1, 4)).unwrap();
    let [segment] = &features.windows[0].segments[..] else {
        panic!("one segment");
    };
    let own = 1 + song.samples.len() / 256;
    assert_eq!((segment.start_seconds, segment.mel.rows), (0.0, 187));
    for row in own..187 {
        assert_eq!(segment.mel.row(row), segment.mel.row(row - own));
    }
}

#[test]
fn silent_segments_are_left_out() {
    let mut song = Song::new(16_000, 24.0);
    song.samples[..8 * 16_000].fill(0.0);
    let features = song_features_of_source(&mut song.source(), &front_end(3600.0, 1, 8)).unwrap();
    let starts: Vec<f64> = features.windows[0]
        .segments
        .iter()
        .map(|s| s.start_seconds)
        .collect();
    assert!(
        (5..8).contains(&starts.len()) && starts[0] > 4.9,
        "{starts:?}"
    );
}
