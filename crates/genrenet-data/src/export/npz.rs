//! NumPy archives: arrays `log_mel_0`, `mfcc_0`, … of each song, and lists `path`, `seconds`, `rate` of all.

use std::fs::File;
use std::io::{self, BufWriter, Write};

use genrenet_audio::Matrix;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::{Track, text};
use crate::npy::header_bytes;

pub(super) struct Npz {
    zip: ZipWriter<BufWriter<File>>,
    paths: Vec<String>,
    seconds: Vec<f64>,
    rates: Vec<i32>,
}

impl Npz {
    pub(super) fn new(file: BufWriter<File>) -> Npz {
        Npz {
            zip: ZipWriter::new(file),
            paths: Vec::new(),
            seconds: Vec::new(),
            rates: Vec::new(),
        }
    }

    pub(super) fn push(&mut self, track: &Track) -> io::Result<()> {
        let n = self.paths.len();
        for (name, matrix) in [("log_mel", track.log_mel), ("mfcc", track.mfcc)] {
            if let Some(Matrix { rows, cols, data }) = matrix {
                let bytes = data.iter().flat_map(|v| v.to_le_bytes());
                self.array(&format!("{name}_{n}"), "<f4", &[*rows, *cols], bytes)?;
            }
        }
        self.paths.push(text(track.path));
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

    pub(super) fn finish(mut self) -> io::Result<BufWriter<File>> {
        let n = self.paths.len();
        let width = self
            .paths
            .iter()
            .map(|p| p.chars().count())
            .max()
            .unwrap_or(0)
            .max(1);
        let paths: Vec<u8> = self
            .paths
            .iter()
            .flat_map(|p| {
                p.chars()
                    .map(|c| c as u32)
                    .chain(std::iter::repeat(0))
                    .take(width)
            })
            .flat_map(u32::to_le_bytes)
            .collect();
        let seconds: Vec<u8> = self.seconds.iter().flat_map(|v| v.to_le_bytes()).collect();
        let rates: Vec<u8> = self.rates.iter().flat_map(|v| v.to_le_bytes()).collect();
        self.array("path", &format!("<U{width}"), &[n], paths.into_iter())?;
        self.array("seconds", "<f8", &[n], seconds.into_iter())?;
        self.array("rate", "<i4", &[n], rates.into_iter())?;
        Ok(self.zip.finish()?)
    }
}
