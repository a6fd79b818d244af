//! NumPy archives: arrays `log_mel_0`, `mfcc_0`, … of each song, and the lists `path`, `start`,
//! `seconds`, `rate`, `genre`, `artist`, `split` of all.

use genrenet_files::NewFile;
use std::io::{self, BufWriter, Write};

use genrenet_audio::Matrix;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::Track;
use crate::npy::header_bytes;

pub(super) struct Npz {
    zip: ZipWriter<BufWriter<NewFile>>,
    /// Path, genre, artist, split of each row.
    words: [Vec<String>; 4],
    starts: Vec<f64>,
    seconds: Vec<f64>,
    rates: Vec<i32>,
}

impl Npz {
    pub(super) fn new(file: BufWriter<NewFile>) -> Npz {
        Npz {
            zip: ZipWriter::new(file),
            words: Default::default(),
            starts: Vec::new(),
            seconds: Vec::new(),
            rates: Vec::new(),
        }
    }

    pub(super) fn push(&mut self, track: &Track) -> io::Result<()> {
        let n = self.rates.len();
        for (name, matrix) in [("log_mel", track.log_mel), ("mfcc", track.mfcc)] {
            if let Some(Matrix { rows, cols, data }) = matrix {
                let bytes = data.iter().flat_map(|v| v.to_le_bytes());
                self.array(&format!("{name}_{n}"), "<f4", &[*rows, *cols], bytes)?;
            }
        }
        let words = [track.path, track.genre, track.artist, track.split];
        for (list, word) in self.words.iter_mut().zip(words) {
            list.push(word.to_owned());
        }
        self.starts.push(track.start);
        self.seconds.push(track.seconds);
        self.rates.push(track.rate.try_into().unwrap_or(i32::MAX));
        Ok(())
    }

    /// Writes one array, stored as it is: features of sound do not compress by much.
    fn array(
        &mut self,
        name: &str,
        descr: &str,
        shape: &[usize],
        mut bytes: impl Iterator<Item = u8>,
    ) -> io::Result<()> {
        const CHUNK: usize = 1 << 16;
        let large = shape.iter().product::<usize>() >= 1 << 28;
        let options = SimpleFileOptions::default()
            .compression_method(zip::CompressionMethod::Stored)
            .large_file(large);
        self.zip.start_file(format!("{name}.npy"), options)?;
        self.zip.write_all(&header_bytes(descr, shape))?;
        let mut chunk = Vec::with_capacity(CHUNK);
        loop {
            chunk.clear();
            chunk.extend(bytes.by_ref().take(CHUNK));
            if chunk.is_empty() {
                return Ok(());
            }
            self.zip.write_all(&chunk)?;
        }
    }

    /// Writes a list of words: as wide as the longest, in UTF-32.
    fn words(&mut self, name: &str, words: &[String]) -> io::Result<()> {
        let longest = words.iter().map(|word| word.chars().count()).max();
        let width = longest.unwrap_or(0).max(1);
        let bytes = words.iter().flat_map(|word| {
            let letters = word.chars().map(u32::from);
            letters.chain(std::iter::repeat(0)).take(width)
        });
        let bytes = bytes.flat_map(u32::to_le_bytes);
        self.array(name, &format!("<U{width}"), &[words.len()], bytes)
    }

    pub(super) fn finish(mut self) -> io::Result<()> {
        let n = self.rates.len();
        let words = std::mem::take(&mut self.words);
        for (name, list) in ["path", "genre", "artist", "split"].into_iter().zip(words) {
            self.words(name, &list)?;
        }
        let starts: Vec<u8> = self.starts.iter().flat_map(|v| v.to_le_bytes()).collect();
        self.array("start", "<f8", &[n], starts.into_iter())?;
        let seconds: Vec<u8> = self.seconds.iter().flat_map(|v| v.to_le_bytes()).collect();
        let rates: Vec<u8> = self.rates.iter().flat_map(|v| v.to_le_bytes()).collect();
        self.array("seconds", "<f8", &[n], seconds.into_iter())?;
        self.array("rate", "<i4", &[n], rates.into_iter())?;
        let file = self.zip.finish()?.into_inner();
        file.map_err(io::IntoInnerError::into_error)?.finish()
    }
}
