//! Spectrograms as bytes that the page can draw: levels of 0 to 255 (−80 dB below the loudest, and the loudest), highest band
//! first.
//!
//! A picture begins with six numbers of 32 bits, lowest byte first: columns and rows (integers), frequency in Hz of its lower
//! and its upper edge (evenly spaced in mel between them), start and length in seconds (floating point).

use genrenet::audio::{hz_to_mel, mel_to_hz};
use genrenet::report::{Frequencies, Spectrogram};

/// Most columns of a whole song: what a wide screen shows.
const COLUMNS: usize = 1600;
const ROWS: usize = 160;
const LOWEST_HZ: f32 = 30.0;
const RANGE_DB: f32 = 80.0;

/// The picture of a segment, whose bands are those of the network.
pub fn of_levels(spectrogram: &Spectrogram) -> Vec<u8> {
    let Spectrogram { bands, frames, .. } = *spectrogram;
    let (low, high) = match spectrogram.frequencies {
        Frequencies::Mel { low, high } => (low, high),
        Frequencies::Linear { high } => (0.0, high),
    };
    let mut bytes = header([frames, bands], [low, high], spectrogram);
    for band in (0..bands).rev() {
        let levels = &spectrogram.db[band * frames..(band + 1) * frames];
        bytes.extend(levels.iter().copied().map(level));
    }
    bytes
}

/// The picture of a whole song from bins evenly spaced in Hz: for each cell the loudest bin of its band.
pub fn of_song(spectrogram: &Spectrogram) -> Vec<u8> {
    let Spectrogram { bands, frames, .. } = *spectrogram;
    let Frequencies::Linear { high } = spectrogram.frequencies else {
        return of_levels(spectrogram);
    };
    let columns = frames.min(COLUMNS);
    let mut bytes = header([columns, ROWS], [LOWEST_HZ, high], spectrogram);
    let [low_mel, high_mel] = [LOWEST_HZ, high].map(|hz| hz_to_mel(f64::from(hz)));
    let edge = |row: usize| {
        let mel = low_mel + (high_mel - low_mel) * row as f64 / ROWS as f64;
        (mel_to_hz(mel) / f64::from(high) * (bands - 1) as f64).clamp(0.0, (bands - 1) as f64)
    };
    for row in (0..ROWS).rev() {
        let first = edge(row).round() as usize;
        let last = (edge(row + 1).round() as usize).max(first + 1).min(bands);
        for column in 0..columns {
            let of_column = column * frames / columns..(column + 1) * frames / columns;
            let cells = (first.min(last - 1)..last)
                .flat_map(|bin| &spectrogram.db[bin * frames..][of_column.clone()]);
            bytes.push(level(cells.copied().fold(-RANGE_DB, f32::max)));
        }
    }
    bytes
}

fn header(size: [usize; 2], hz: [f32; 2], spectrogram: &Spectrogram) -> Vec<u8> {
    let place = [spectrogram.start as f32, spectrogram.seconds as f32];
    let mut bytes = Vec::with_capacity(24 + size[0] * size[1]);
    bytes.extend(size.iter().flat_map(|n| (*n as u32).to_le_bytes()));
    bytes.extend(hz.iter().chain(&place).flat_map(|n| n.to_le_bytes()));
    bytes
}

fn level(db: f32) -> u8 {
    // A float turns into the nearest of the range; NaN into 0.
    (255.0 * (1.0 + db / RANGE_DB)) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tone_lies_in_its_row() {
        let (bands, frames) = (1025, 100);
        // 2 048 points at 44 100 Hz: bin 93 is 2 kHz.
        let mut db = vec![-70.0; bands * frames];
        db[93 * frames..94 * frames].fill(0.0);
        let song = Spectrogram {
            db,
            bands,
            frames,
            frequencies: Frequencies::Linear { high: 22_050.0 },
            start: 0.0,
            seconds: 1.0,
        };
        let bytes = of_song(&song);
        assert_eq!(bytes[..8], [100, 0, 0, 0, ROWS as u8, 0, 0, 0]);
        let levels = &bytes[24..];
        assert_eq!(levels.len(), frames * ROWS);
        let loud: Vec<usize> = (0..ROWS)
            .filter(|row| levels[row * frames] == 255)
            .collect();
        let [low, high, tone] = [30.0, 22_050.0, 2_000.0].map(hz_to_mel);
        let expected = ((high - tone) / (high - low) * ROWS as f64) as usize;
        assert!(
            loud.iter().all(|row| row.abs_diff(expected) <= 1),
            "{loud:?} {expected}"
        );
        assert!(!loud.is_empty());
    }
}
