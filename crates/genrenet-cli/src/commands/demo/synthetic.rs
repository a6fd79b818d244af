//! Synthetic styles: short generated pieces as sound files, so that every step can be shown without data.
//!
//! Four styles that differ as genres do, in rhythm, timbre and pace, and vary from artist to artist (key, tempo, sound)
//! and from piece to piece. A network that distinguishes them has learned nothing about music.

use std::f32::consts::TAU;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::wav;

/// Samples per second.
pub const RATE: u32 = 22_050;
/// Length of a piece in seconds.
pub const SECONDS: f32 = 6.0;
/// Artists of each style; each stays in one subset.
pub const ARTISTS: usize = 10;
/// Pieces of each artist.
pub const PIECES: usize = 2;

/// The names of the styles, each a folder.
pub const STYLES: [&str; 4] = [
    "Synthetic Dance",
    "Synthetic Drone",
    "Synthetic Harp",
    "Synthetic March",
];

/// Writes all pieces below `folder` as `style/artist/piece.wav` and returns how many there are.
pub fn write_all(folder: &Path) -> io::Result<usize> {
    for (style, name) in STYLES.iter().enumerate() {
        for artist in 0..ARTISTS {
            let home: PathBuf = folder.join(name).join(format!("Artist {:02}", artist + 1));
            fs::create_dir_all(&home)?;
            for piece in 0..PIECES {
                let seed = (style * ARTISTS * PIECES + artist * PIECES + piece) as u32;
                let samples = play(style, artist as u32 * 77 + style as u32, seed);
                wav::write(
                    &home.join(format!("Piece {}.wav", piece + 1)),
                    &samples,
                    RATE,
                )?;
            }
        }
    }
    Ok(STYLES.len() * ARTISTS * PIECES)
}

/// A small generator of numbers that look random (Marsaglia's xorshift), so that pieces never change.
struct Generator(u32);

impl Generator {
    fn new(seed: u32) -> Generator {
        let mut generator = Generator(seed.wrapping_mul(2_654_435_761).wrapping_add(97) | 1);
        for _ in 0..8 {
            generator.next();
        }
        generator
    }

    /// From 0 to 1.
    fn next(&mut self) -> f32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0 as f32 / u32::MAX as f32
    }

    fn between(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.next()
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[((self.next() * from.len() as f32) as usize).min(from.len() - 1)]
    }
}

/// A piece while it is generated.
struct Tape {
    samples: Vec<f32>,
}

impl Tape {
    /// A tone from `start` on that fades with `decay` seconds; `partials` are the strengths of its harmonics.
    fn tone(
        &mut self,
        start: f32,
        length: f32,
        pitch: f32,
        strength: f32,
        decay: f32,
        partials: &[f32],
    ) {
        self.shape(start, length, |t| {
            let attack = (t / 0.005).min(1.0);
            let wave: f32 = partials
                .iter()
                .enumerate()
                .map(|(i, p)| p * (TAU * pitch * (i + 1) as f32 * t).sin())
                .sum();
            strength * attack * (-t / decay).exp() * wave
        });
    }

    /// A burst of noise; `bright` from 0 (dull) to 1 (as it is).
    fn noise(
        &mut self,
        generator: &mut Generator,
        start: f32,
        length: f32,
        strength: f32,
        decay: f32,
        bright: f32,
    ) {
        let mut held = 0.0;
        let mut values = Generator((generator.next() * 1e9) as u32 | 1);
        self.shape(start, length, |t| {
            held += bright * (values.between(-1.0, 1.0) - held);
            strength * (-t / decay).exp() * held
        });
    }

    /// A drum: a tone that falls in pitch.
    fn drum(&mut self, start: f32, pitch: f32, strength: f32) {
        self.shape(start, 0.3, |t| {
            let phase = TAU * (pitch * t + 0.02 * pitch * (1.0 - (-t / 0.02).exp()));
            strength * (-t / 0.09).exp() * phase.sin()
        });
    }

    fn shape(&mut self, start: f32, length: f32, mut value: impl FnMut(f32) -> f32) {
        let first = (start * RATE as f32) as usize;
        let count = (length * RATE as f32) as usize;
        for (i, sample) in self.samples.iter_mut().skip(first).take(count).enumerate() {
            *sample += value(i as f32 / RATE as f32);
        }
    }
}

/// A piece of one style; `artist` sets key, tempo and sound, `seed` the notes.
fn play(style: usize, artist: u32, seed: u32) -> Vec<f32> {
    let (mut sound, mut generator) = (Generator::new(artist + 1000), Generator::new(seed));
    let mut tape = Tape {
        samples: vec![0.0; (SECONDS * RATE as f32) as usize],
    };
    let key = 55.0 * 2f32.powf((sound.next() * 12.0).floor() / 12.0);
    let note = |step: f32| key * 2f32.powf(step / 12.0);
    match style {
        0 => {
            let beat = 60.0 / sound.between(112.0, 138.0);
            let sound = [0.7, 0.5 * sound.next(), 0.3, 0.25 * sound.next(), 0.2, 0.15];
            let mut at = generator.between(0.0, beat);
            while at < SECONDS {
                tape.drum(at, 55.0, 0.8);
                tape.noise(&mut generator, at + beat / 2.0, 0.06, 0.25, 0.02, 1.0);
                for half in 0..2 {
                    let step = generator.pick(&[0.0, 0.0, 3.0, 7.0, 10.0]);
                    tape.tone(
                        at + half as f32 * beat / 2.0,
                        beat / 2.0,
                        note(step),
                        0.25,
                        0.2,
                        &sound,
                    );
                }
                at += beat;
            }
        }
        1 => {
            for step in [0.0, 7.0, generator.pick(&[12.0, 14.0, 16.0])] {
                let (pitch, sway) = (note(step), sound.between(0.1, 0.4));
                let drift = generator.between(0.995, 1.005);
                tape.shape(0.0, SECONDS, |t| {
                    let swell = 0.6 + 0.4 * (TAU * sway * t + step).sin();
                    0.18 * swell
                        * ((TAU * pitch * t).sin() + 0.5 * (TAU * pitch * 2.0 * drift * t).sin())
                });
            }
            tape.noise(&mut generator, 0.0, SECONDS, 0.15, 60.0, 0.05);
        }
        2 => {
            let beat = 60.0 / sound.between(70.0, 100.0) / 2.0;
            let sound = [0.8, 0.3 * sound.next(), 0.15, 0.05];
            let mut at = 0.0;
            while at < SECONDS {
                let step = generator.pick(&[12.0, 14.0, 16.0, 19.0, 21.0, 24.0, 28.0, 31.0]);
                tape.tone(at, 1.5, note(step), 0.3, 0.5, &sound);
                at += beat * generator.pick(&[1.0, 1.0, 2.0]);
            }
        }
        _ => {
            let beat = 60.0 / sound.between(96.0, 116.0);
            let brass = [0.4, 0.5, 0.5, 0.4, 0.35, 0.3, 0.2, 0.2];
            let mut at = 0.0;
            let mut count = 0;
            while at < SECONDS {
                for stroke in generator.pick(&[&[0.0, 0.5][..], &[0.0, 0.25, 0.5, 0.75][..]]) {
                    tape.noise(&mut generator, at + stroke * beat, 0.12, 0.35, 0.04, 0.6);
                }
                if count % 2 == 0 {
                    tape.tone(
                        at,
                        beat * 1.6,
                        note(generator.pick(&[12.0, 16.0, 19.0, 24.0])),
                        0.2,
                        1.2,
                        &brass,
                    );
                }
                count += 1;
                at += beat;
            }
        }
    }
    let loudest = tape
        .samples
        .iter()
        .fold(1e-6f32, |most, x| most.max(x.abs()));
    let gain = sound.between(0.4, 0.9) / loudest;
    tape.samples.iter_mut().for_each(|x| *x *= gain);
    tape.samples
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn synthetic_pieces_are_sound_files_that_differ() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(write_all(folder.path()).unwrap(), 80);
        let mut seen = std::collections::HashSet::new();
        for style in STYLES {
            for artist in ["Artist 01", "Artist 10"] {
                let path = folder.path().join(style).join(artist).join("Piece 2.wav");
                let clip =
                    genrenet::audio::decode(genrenet::audio::Input::path(&path).unwrap()).unwrap();
                assert_eq!(
                    (clip.rate, clip.samples.len()),
                    (RATE, (SECONDS * RATE as f32) as usize)
                );
                let energy =
                    clip.samples.iter().map(|x| x * x).sum::<f32>() / clip.samples.len() as f32;
                assert!(energy > 1e-3, "{style} is nearly silent: {energy}");
                assert!(seen.insert(clip.samples.iter().map(|x| x.to_bits()).collect::<Vec<_>>()));
            }
        }
    }
}
