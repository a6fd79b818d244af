//! Mel scales: Slaney's, and that of the HTK.

/// Slaney's mel scale (Auditory Toolbox, 1998): linear to 1 kHz, then 27 steps for every factor of 6.4.
const HZ_PER_MEL: f64 = 200.0 / 3.0;
const KNEE_HZ: f64 = 1000.0;
const KNEE_MEL: f64 = KNEE_HZ / HZ_PER_MEL;
const STEPS: f64 = 27.0;
const FACTOR: f64 = 6.4;

/// Frequency in Hz to mel, Slaney's scale.
pub fn hz_to_mel(hz: f64) -> f64 {
    if hz >= KNEE_HZ {
        KNEE_MEL + (hz / KNEE_HZ).ln() / (FACTOR.ln() / STEPS)
    } else {
        hz / HZ_PER_MEL
    }
}

/// Mel to frequency in Hz, Slaney's scale.
pub fn mel_to_hz(mel: f64) -> f64 {
    if mel >= KNEE_MEL {
        KNEE_HZ * ((FACTOR.ln() / STEPS) * (mel - KNEE_MEL)).exp()
    } else {
        mel * HZ_PER_MEL
    }
}

/// The scale of the Hidden Markov Model Toolkit (Young et al., *The HTK Book*, 5.4), `htk=True` in librosa.
pub(crate) mod htk {
    /// Frequency in Hz to mel.
    pub(crate) fn hz_to_mel(hz: f64) -> f64 {
        2595.0 * (1.0 + hz / 700.0).log10()
    }

    /// Mel to frequency in Hz.
    pub(crate) fn mel_to_hz(mel: f64) -> f64 {
        700.0 * (10f64.powf(mel / 2595.0) - 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_scale_is_its_own_inverse() {
        for hz in [0.0, 1.0, 440.0, 999.9, 1000.0, 4000.0, 22_050.0] {
            assert!((mel_to_hz(hz_to_mel(hz)) - hz).abs() < 1e-9 * (1.0 + hz));
            assert!((htk::mel_to_hz(htk::hz_to_mel(hz)) - hz).abs() < 1e-9 * (1.0 + hz));
        }
        assert!((hz_to_mel(1000.0) - 15.0).abs() < 1e-12);
        assert!((hz_to_mel(6400.0) - 42.0).abs() < 1e-9);
        assert!((htk::hz_to_mel(700.0) - 781.17).abs() < 1e-2);
    }
}
