//! Audio files of tones.

use std::fs;
use std::path::Path;

use genrenet_data::{Dataset, OpenOptions};
use lofty::config::WriteOptions;
use lofty::tag::{Accessor, Tag, TagExt, TagType};

const RATE: u32 = 8000;

/// A WAV file of a tone.
pub fn tone(path: &Path, hz: f32, seconds: f32) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let n = (seconds * RATE as f32) as usize;
    let samples: Vec<u8> = (0..n)
        .map(|i| (hz * std::f32::consts::TAU * i as f32 / RATE as f32).sin() * 12000.0)
        .flat_map(|v| (v as i16).to_le_bytes())
        .collect();
    let mut wav = b"RIFF".to_vec();
    wav.extend((36 + samples.len() as u32).to_le_bytes());
    wav.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    wav.extend(RATE.to_le_bytes());
    wav.extend((2 * RATE).to_le_bytes());
    wav.extend(b"\x02\0\x10\0data");
    wav.extend((samples.len() as u32).to_le_bytes());
    wav.extend(samples);
    fs::write(path, wav).unwrap();
}

/// A WAV file of a tone of one second with tags.
pub fn tagged(path: &Path, hz: f32, artist: &str, album: &str) {
    tone(path, hz, 1.0);
    let mut tag = Tag::new(TagType::Id3v2);
    tag.set_artist(artist.into());
    tag.set_album(album.into());
    tag.save_to_path(path, WriteOptions::default()).unwrap();
}

/// Opens a data set with the default options.
pub fn open(path: &Path) -> Dataset {
    Dataset::open(path, &OpenOptions::default()).unwrap_or_else(|e| panic!("{e}"))
}
