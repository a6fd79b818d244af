//! Short songs, each with a sound and tags of its own.

use std::path::{Path, PathBuf};

/// Samples per second, 8 bits each.
const RATE: u32 = 8000;

/// Makes the songs of so many seconds that are not there: ten to an album, ten albums to an artist.
pub fn make(folder: &Path, count: usize, seconds: u32) -> Result<(), String> {
    for number in 0..count {
        let path = path_of(folder, number);
        if path.exists() {
            continue;
        }
        let album = path.parent().unwrap_or(folder);
        let fault = |error: std::io::Error| format!("{}: {error}", path.display());
        std::fs::create_dir_all(album).map_err(fault)?;
        std::fs::write(&path, wav(number, "", seconds)).map_err(fault)?;
    }
    Ok(())
}

/// Gives a song another title.
pub fn retag(path: &Path, seconds: u32) -> Result<(), String> {
    let number = path
        .file_stem()
        .and_then(|name| name.to_str())
        .and_then(|name| name.parse().ok());
    std::fs::write(path, wav(number.unwrap_or(0), " (live)", seconds))
        .map_err(|error| format!("{}: {error}", path.display()))
}

/// Songs at equal distances.
pub fn some_paths(folder: &Path, count: usize, wanted: usize) -> Vec<PathBuf> {
    (0..count)
        .step_by((count / wanted).max(1))
        .take(wanted)
        .map(|number| path_of(folder, number))
        .collect()
}

/// Where a song is.
pub fn path_of(folder: &Path, number: usize) -> PathBuf {
    let artist = format!("artist {}", number / 100);
    folder
        .join(artist)
        .join(format!("album {}", number / 10 % 10))
        .join(format!("{number}.wav"))
}

/// A WAV with three tones that differ from song to song, noise, and an INFO list.
fn wav(number: usize, suffix: &str, seconds: u32) -> Vec<u8> {
    let mut noise = (number as u32).wrapping_mul(2_654_435_761) + 1;
    let tone = |k: usize| 60.0 + (number * (k + 7) * 31 % 1900) as f32;
    let steps = [0, 1, 2].map(|k| std::f32::consts::TAU * tone(k) / RATE as f32);
    let beat = 500 + number % 3500;
    let mut sound = Vec::with_capacity((RATE * seconds) as usize);
    for i in 0..(RATE * seconds) as usize {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let tones: f32 = steps.iter().map(|step| (i as f32 * step).sin()).sum();
        let loud = 0.3 + 0.7 * (1.0 - (i % beat) as f32 / beat as f32);
        let sample = loud * (30.0 * tones + ((noise >> 24) as f32 - 128.0) * 0.2);
        sound.push((128.0 + sample).clamp(0.0, 255.0) as u8);
    }
    let mut info = b"INFO".to_vec();
    for (name, text) in [
        (b"INAM", format!("Title {number}{suffix}")),
        (b"IART", format!("Artist {}", number / 100)),
        (b"IPRD", format!("Album {}", number / 10 % 10)),
        (
            b"IGNR",
            ["Rock", "Jazz", "Electronic", "Folk"][number % 4].to_owned(),
        ),
    ] {
        chunk(&mut info, name, &[text.as_bytes(), b"\0"].concat());
    }
    let mut format = vec![1, 0, 1, 0];
    format.extend(RATE.to_le_bytes());
    format.extend(RATE.to_le_bytes());
    format.extend([1, 0, 8, 0]);
    let mut wave = b"WAVE".to_vec();
    chunk(&mut wave, b"fmt ", &format);
    chunk(&mut wave, b"LIST", &info);
    chunk(&mut wave, b"data", &sound);
    let mut file = Vec::new();
    chunk(&mut file, b"RIFF", &wave);
    file
}

fn chunk(to: &mut Vec<u8>, name: &[u8; 4], content: &[u8]) {
    to.extend(name);
    to.extend((content.len() as u32).to_le_bytes());
    to.extend(content);
    to.extend(vec![0; content.len() % 2]);
}
