//! Whether a recording is silent, clipped or short: figures over all of its samples.

/// Least magnitude of a sample at full scale, as a share of the recording's peak or, where a decoder went beyond it, of 1.
const FULL_SCALE: f32 = 0.995;
/// Least peak of a recording that can be clipped: below it nothing was cut off, or it was made quieter since.
const LEAST_PEAK: f32 = 0.5;
/// Samples in a row at full scale that are clipped; a single one is a peak.
const RUN: u64 = 3;

/// Figures of a recording, of its channels' mean.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SoundFacts {
    /// Length in seconds.
    pub seconds: f64,
    /// The largest magnitude of a sample; 1 is full scale.
    pub peak: f32,
    /// Share of the samples that are in runs of three and more at the peak or beyond full scale, on one side: clipped, in 0–1.
    pub clipped: f64,
}

/// Takes samples and gives [`SoundFacts`]; memory does not depend on their number.
#[derive(Clone, Debug, Default)]
pub struct SoundCheck {
    rate: u32,
    samples: u64,
    peak: f32,
    /// Samples in runs at each peak so far, and those of the run that goes on.
    in_runs: u64,
    run: u64,
    side: bool,
}

impl SoundCheck {
    /// For samples at `rate` Hz.
    pub fn new(rate: u32) -> SoundCheck {
        SoundCheck {
            rate,
            ..SoundCheck::default()
        }
    }

    /// Takes the next samples.
    pub fn push(&mut self, samples: &[f32]) {
        self.samples += samples.len() as u64;
        for &sample in samples {
            let size = sample.abs();
            if size < FULL_SCALE * self.peak.min(1.0) || size == 0.0 {
                self.end_run();
                continue;
            }
            if self.peak < 1.0 && size.min(1.0) * FULL_SCALE > self.peak {
                // A higher peak: what went before was below it.
                self.in_runs = 0;
                self.run = 0;
            }
            self.peak = self.peak.max(size);
            if self.run > 0 && self.side != sample.is_sign_positive() {
                self.end_run();
            }
            self.side = sample.is_sign_positive();
            self.run += 1;
        }
    }

    /// The figures of all that was taken.
    pub fn finish(mut self) -> SoundFacts {
        self.end_run();
        SoundFacts {
            seconds: self.samples as f64 / f64::from(self.rate.max(1)),
            peak: self.peak,
            clipped: match self.peak >= LEAST_PEAK {
                true => self.in_runs as f64 / self.samples.max(1) as f64,
                false => 0.0,
            },
        }
    }

    fn end_run(&mut self) {
        if self.run >= RUN {
            self.in_runs += self.run;
        }
        self.run = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(samples: &[f32]) -> SoundFacts {
        let mut check = SoundCheck::new(8_000);
        // Runs go on from one piece to the next.
        samples.chunks(7).for_each(|piece| check.push(piece));
        check.finish()
    }

    fn sine(gain: f32) -> Vec<f32> {
        (0..8_000).map(|i| gain * (i as f32 * 0.05).sin()).collect()
    }

    #[test]
    fn a_sine_is_clipped_where_it_was_cut_off() {
        let whole = facts(&sine(0.99));
        assert_eq!(whole.seconds, 1.0);
        // At 126 samples a turn, a peak stays within half a per cent for 4 samples.
        assert!(whole.clipped < 0.07, "{whole:?}");
        let cut: Vec<f32> = sine(2.0).iter().map(|x| x.clamp(-1.0, 1.0)).collect();
        let cut = facts(&cut);
        // |sin| is above a half for two thirds of a turn.
        assert!((cut.clipped - 0.667).abs() < 0.01, "{cut:?}");
        assert_eq!(cut.peak, 1.0);
        // Noise has no runs; quiet or silent sound is not clipped.
        let noise: Vec<f32> = (0..8_000u32)
            .map(|i| (i.wrapping_mul(2_654_435_761) >> 8) as f32 / (1 << 23) as f32 - 1.0)
            .collect();
        assert_eq!(facts(&noise).clipped, 0.0);
        assert_eq!(
            facts(&[0.0; 100]),
            SoundFacts {
                seconds: 0.0125,
                ..SoundFacts::default()
            }
        );
        assert_eq!(facts(&[]), SoundFacts::default());
        assert_eq!(facts(&[0.1; 100]).clipped, 0.0);
        assert_eq!(facts(&[0.9; 100]).clipped, 1.0);
        // A later, higher peak.
        assert_eq!(
            facts(&[&[0.9f32; 50][..], &[1.0; 50]].concat()).clipped,
            0.5
        );
    }
}
