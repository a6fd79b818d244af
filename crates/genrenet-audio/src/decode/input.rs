//! Where the bytes of a sound come from.

use std::fs::File;
use std::io::{self, BufReader, Cursor, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;

use crate::error::AudioError;

/// A seekable run of bytes of known length: a file on disk, read in chunks, or bytes in memory.
///
/// It is `Read + Seek`; decoders own it. A file is never read as a whole.
pub struct Input {
    bytes: Bytes,
    len: u64,
}

enum Bytes {
    File(BufReader<File>),
    Memory(Cursor<Arc<[u8]>>),
}

/// Bytes that one request to the operating system brings: a few compressed frames, so that a seek wastes little.
const CHUNK: usize = 32 * 1024;

impl Input {
    /// Opens the file at `path` for reading.
    ///
    /// # Errors
    /// [`AudioError::NotAFile`] for a folder, pipe or device; [`AudioError::Io`] where the system refuses.
    pub fn path(path: &Path) -> Result<Self, AudioError> {
        // Asked before opening: opening a named pipe would wait for its writer for ever.
        let kind = std::fs::metadata(path)?.file_type();
        if !kind.is_file() {
            let found = if kind.is_dir() {
                "a folder"
            } else {
                "a device, pipe or socket"
            };
            return Err(AudioError::NotAFile { found });
        }
        let file = File::open(path)?;
        let len = file.metadata()?.len();
        Ok(Self {
            bytes: Bytes::File(BufReader::with_capacity(CHUNK, file)),
            len,
        })
    }

    /// Takes bytes that are in memory already (shared, not copied, when they come as an `Arc`).
    pub fn bytes(bytes: impl Into<Arc<[u8]>>) -> Self {
        let bytes = bytes.into();
        let len = bytes.len() as u64;
        Self {
            bytes: Bytes::Memory(Cursor::new(bytes)),
            len,
        }
    }

    /// Number of bytes in all, as it was when the input was opened.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether there are no bytes at all.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Reads until `buffer` is full or the end is reached, from byte `at` on; returns how many bytes came.
    ///
    /// # Errors
    /// Whatever the system reports while seeking or reading.
    pub fn read_at(&mut self, at: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.seek(SeekFrom::Start(at))?;
        let mut filled = 0;
        while filled < buffer.len() {
            match self.read(&mut buffer[filled..]) {
                Ok(0) => break,
                Ok(n) => filled += n,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
        Ok(filled)
    }
}

impl Read for Input {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.bytes {
            Bytes::File(file) => file.read(buffer),
            Bytes::Memory(memory) => memory.read(buffer),
        }
    }
}

impl Seek for Input {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match &mut self.bytes {
            Bytes::File(file) => {
                // A short hop inside the buffered chunk keeps it; `BufReader::seek` would throw it away.
                let here = file.stream_position()?;
                let target = match to {
                    SeekFrom::Start(at) => Some(at),
                    SeekFrom::Current(by) => here.checked_add_signed(by),
                    SeekFrom::End(by) => self.len.checked_add_signed(by),
                };
                let target = target.ok_or_else(|| {
                    io::Error::new(io::ErrorKind::InvalidInput, "seek before the first byte")
                })?;
                let hop = i64::try_from(i128::from(target) - i128::from(here));
                match hop {
                    Ok(hop) => file.seek_relative(hop)?,
                    Err(_) => {
                        file.seek(SeekFrom::Start(target))?;
                    }
                }
                Ok(target)
            }
            Bytes::Memory(memory) => memory.seek(to),
        }
    }
}
