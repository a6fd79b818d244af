//! Position of a frequency in a spectrogram.

use crate::context::Frequencies;

/// Hz on Slaney's mel scale: linear to 1 000 Hz, logarithmic above (Auditory Toolbox, 1998; `librosa.hz_to_mel`).
fn mel(hz: f64) -> f64 {
    if hz < 1000.0 {
        hz * 3.0 / 200.0
    } else {
        15.0 + (hz / 1000.0).ln() * 27.0 / 6.4f64.ln()
    }
}

/// Height of a frequency in a spectrogram of `bands` rows, as a share from the bottom; outside 0..=1 when it is not in it.
pub(crate) fn height(frequencies: Frequencies, bands: usize, hz: f64) -> f64 {
    let bands = bands as f64;
    let row = match frequencies {
        // Band b is centred on point b + 1 of n + 2 evenly spaced ones.
        Frequencies::Mel { low, high } => {
            let (low, high) = (mel(low.into()), mel(high.into()));
            (mel(hz) - low) / (high - low) * (bands + 1.0) - 1.0
        }
        Frequencies::Linear { high } => hz / f64::from(high) * (bands - 1.0),
    };
    (row + 0.5) / bands
}

/// Frequencies to write beside a spectrogram of `pixels` height: round ones, far enough apart, with their height.
pub(crate) fn marks(frequencies: Frequencies, bands: usize, pixels: f64) -> Vec<(f64, String)> {
    let candidates: Vec<f64> = match frequencies {
        Frequencies::Mel { .. } => vec![
            0.0, 1000.0, 4000.0, 2000.0, 500.0, 8000.0, 16_000.0, 250.0, 3000.0, 6000.0,
        ],
        Frequencies::Linear { high } => {
            let ticks =
                crate::plot::ticks(0.0, high.into(), (pixels / 40.0).clamp(2.0, 10.0) as usize);
            ticks.into_iter().map(|(hz, _)| hz).collect()
        }
    };
    let mut marks: Vec<(f64, String)> = Vec::new();
    for hz in candidates {
        let at = height(frequencies, bands, hz);
        let far = marks
            .iter()
            .all(|(other, _)| (other - at).abs() * pixels >= 17.0);
        if (-0.02..=1.02).contains(&at) && far {
            marks.push((at.clamp(0.0, 1.0), crate::plot::grouped(hz as u64)));
        }
    }
    marks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mels_are_those_of_librosa() {
        // librosa.hz_to_mel([440, 1000, 4000, 11025])
        for (hz, expected) in [
            (440.0, 6.6),
            (1000.0, 15.0),
            (4000.0, 35.163_76),
            (11_025.0, 49.910_59),
        ] {
            assert!((mel(hz) - expected).abs() < 1e-3, "{hz}: {}", mel(hz));
        }
    }

    #[test]
    fn bands_are_where_librosa_puts_their_centres() {
        // librosa.mel_frequencies(130, fmin=0, fmax=11025)[1 + 64] = 1809.8 Hz is the centre of band 64 of 128.
        let frequencies = Frequencies::Mel {
            low: 0.0,
            high: 11_025.0,
        };
        let hz = 1_000.0 * ((65.0 * mel(11_025.0) / 129.0 - 15.0) * 6.4f64.ln() / 27.0).exp();
        assert!((height(frequencies, 128, hz) - 64.5 / 128.0).abs() < 1e-9);
        assert!((height(Frequencies::Linear { high: 8000.0 }, 1025, 4000.0) - 0.5).abs() < 1e-9);
    }

    #[test]
    fn marks_keep_apart_and_inside() {
        for (frequencies, bands) in [
            (
                Frequencies::Mel {
                    low: 0.0,
                    high: 22_050.0,
                },
                128,
            ),
            (
                Frequencies::Mel {
                    low: 300.0,
                    high: 3_000.0,
                },
                40,
            ),
            (Frequencies::Linear { high: 11_025.0 }, 1025),
        ] {
            for pixels in [60.0, 120.0, 300.0] {
                let marks = marks(frequencies, bands, pixels);
                assert!(marks.len() >= 2, "{frequencies:?} {pixels}");
                for (i, a) in marks.iter().enumerate() {
                    assert!((0.0..=1.0).contains(&a.0));
                    assert!(
                        marks[..i]
                            .iter()
                            .all(|b| (a.0 - b.0).abs() * pixels >= 16.0)
                    );
                }
            }
        }
    }
}
