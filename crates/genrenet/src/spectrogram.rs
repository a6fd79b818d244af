//! Spectrograms to be drawn: of whole songs, and of what a network reads.

use crate::audio::{
    AudioError, ExtractSpec, FrontEnd, LogMelSpec, Matrix, PowerSpectrum, Rate, extract_source,
};
use crate::model::{FeatureKind, Raw};
use crate::report::{Frequencies, Spectrogram};
use crate::{Error, Sound};

/// Most columns of a linear spectrogram: twice as many as a drawing has pixels.
const COLUMNS: usize = 4096;
const N_FFT: usize = 2048;
const HOP: usize = 512;

/// The log-mel spectrogram of a whole song at its own rate, in librosa's default settings.
///
/// # Errors
/// A sound that can't be decoded.
pub fn mel_spectrogram(sound: impl Into<Sound>) -> Result<Spectrogram, Error> {
    let log_mel = LogMelSpec {
        rate: Rate::Own,
        ..LogMelSpec::default()
    };
    let spec = ExtractSpec {
        log_mel: Some(log_mel),
        mfcc: None,
    };
    let features = extract_source(&mut *sound.into().open()?, &spec)?;
    let db = features.log_mel.unwrap_or_default();
    Ok(Spectrogram {
        bands: db.rows,
        frames: db.cols,
        db: db.data,
        frequencies: Frequencies::Mel {
            low: log_mel.fmin,
            high: features.rate as f32 / 2.0,
        },
        start: 0.0,
        seconds: features.seconds,
    })
}

/// The spectrogram of a whole song with bins evenly spaced in Hz, at most 4096 columns: the powers of the frames that fall into
/// one column are added, so that memory does not grow with the length of the song.
///
/// # Errors
/// A sound that can't be decoded, or is shorter than a frame.
pub fn linear_spectrogram(sound: impl Into<Sound>) -> Result<Spectrogram, Error> {
    let mut source = sound.into().open()?;
    let rate = source.rate();
    let mut spectrum = PowerSpectrum::new(N_FFT);
    let bins = spectrum.bins();
    let mut columns = Columns::default();
    let mut power = vec![0.0f32; bins];
    // Samples that are decoded and not in a frame yet; half a frame of zeros before and after the song, as librosa pads.
    let mut samples = vec![0.0f32; N_FFT / 2];
    let mut total = 0u64;
    let mut ended = false;
    while !ended {
        let got = source.read(&mut samples)?;
        total += got as u64;
        if got == 0 {
            samples.resize(samples.len() + N_FFT / 2, 0.0);
            ended = true;
        }
        let mut at = 0;
        while at + N_FFT <= samples.len() {
            spectrum.of(&samples[at..at + N_FFT], &mut power);
            at += HOP;
            columns.add(&power);
        }
        samples.drain(..at);
    }
    let columns = columns.powers;
    if total == 0 || columns.is_empty() {
        return Err(Error::Audio(AudioError::TooShort {
            seconds: 0.0,
            needed: 1.0 / f64::from(rate.max(1)),
        }));
    }
    let frames = columns.len();
    let loudest = columns.iter().flatten().copied().fold(0.0f32, f32::max);
    let mut db = vec![0.0f32; bins * frames];
    for (frame, column) in columns.iter().enumerate() {
        for (bin, &power) in column.iter().enumerate() {
            let share = (power / loudest.max(f32::MIN_POSITIVE)).max(1e-8);
            db[bin * frames + frame] = 10.0 * share.log10();
        }
    }
    Ok(Spectrogram {
        db,
        bands: bins,
        frames,
        frequencies: Frequencies::Linear {
            high: rate as f32 / 2.0,
        },
        start: 0.0,
        seconds: total as f64 / f64::from(rate),
    })
}

/// The spectrogram that a network reads of a window, or of a segment, of `seconds` from `start` in a song of rate `own`: its
/// log-mel, else its segment in dB.
///
/// # Errors
/// Why there is none, as words.
pub(crate) fn of_row(
    row: &Raw,
    front_end: &FrontEnd,
    own: u32,
    [start, seconds]: [f64; 2],
) -> Result<Spectrogram, String> {
    let (array, low, high, rate) = if let Some(array) = row.get(FeatureKind::Logmel) {
        let spec = front_end.log_mel;
        let spec = spec.ok_or("the run does not say how its log-mel is computed")?;
        (array, spec.fmin, spec.fmax, spec.rate.hz(own))
    } else if let Some(array) = row.get(FeatureKind::Segments) {
        let spec = front_end.segments;
        let spec = spec.ok_or("the run does not say how its segments are computed")?;
        (array, spec.fmin, spec.fmax, spec.rate)
    } else {
        return Err("the data hold no spectrogram of this clip".into());
    };
    let [rows, cols] = array.shape[..] else {
        return Err("its spectrogram has not two dimensions".into());
    };
    let data = array.data.clone();
    let db = match row.get(FeatureKind::Logmel) {
        Some(_) => Matrix { rows, cols, data },
        None => decibels(Matrix { rows, cols, data }.transposed()),
    };
    Ok(Spectrogram {
        bands: db.rows,
        frames: db.cols,
        db: db.data,
        frequencies: Frequencies::Mel {
            low,
            high: high.unwrap_or(rate as f32 / 2.0),
        },
        start,
        seconds,
    })
}

/// log10(scale · power + 1) in dB below the loudest cell. What the network reads is proportional to these levels, which fall to
/// a floor at powers of 1 / scale, below which they make no difference to it.
fn decibels(mut compressed: Matrix) -> Matrix {
    let loudest = compressed.data.iter().copied().fold(0.0f32, f32::max);
    let levels = compressed.data.iter_mut();
    levels.for_each(|level| *level = 10.0 * (*level - loudest));
    compressed
}

/// Sums of powers over so many frames each; the number is doubled whenever there are too many columns.
struct Columns {
    powers: Vec<Vec<f32>>,
    frames_of_each: usize,
    frames_of_last: usize,
}

impl Default for Columns {
    fn default() -> Columns {
        Columns {
            powers: Vec::new(),
            frames_of_each: 1,
            frames_of_last: 0,
        }
    }
}

impl Columns {
    fn add(&mut self, power: &[f32]) {
        if self.frames_of_last == 0 {
            self.powers.push(vec![0.0; power.len()]);
        }
        if let Some(column) = self.powers.last_mut() {
            column.iter_mut().zip(power).for_each(|(sum, p)| *sum += p);
        }
        self.frames_of_last = (self.frames_of_last + 1) % self.frames_of_each;
        if self.frames_of_last == 0 && self.powers.len() == COLUMNS {
            let pairs = self.powers.chunks(2).map(|pair| {
                let sum = pair[0].iter().zip(&pair[1]);
                sum.map(|(a, b)| a + b).collect()
            });
            self.powers = pairs.collect();
            self.frames_of_each *= 2;
        }
    }
}
