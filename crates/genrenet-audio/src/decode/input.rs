//! The bytes of an audio file.

use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use crate::error::AudioError;

/// A seekable run of bytes of known length: a file on disk or another reader, read in chunks, or bytes in memory.
///
/// It is `Read + Seek`; decoders own it. A reader is never read as a whole. A clone reads the same bytes on its own.
#[derive(Clone)]
pub struct Input {
    bytes: Bytes,
    /// Where this input starts in the underlying bytes.
    base: u64,
    /// Bytes in this input.
    len: u64,
    /// Position of the next read, counted from `base`.
    at: u64,
}

#[derive(Clone)]
enum Bytes {
    Reader(Chunked),
    Memory(Cursor<Arc<[u8]>>),
}

/// A reader read in chunks; unlike `BufReader`, a jump within the chunk needs no system call.
struct Chunked {
    handle: Arc<Mutex<Handle>>,
    chunk: Vec<u8>,
    /// Where `chunk` lies in it.
    start: u64,
}

/// The readers that [`Input::reader`] accepts.
trait ReadSeek: Read + Seek + Send {}
impl<R: Read + Seek + Send> ReadSeek for R {}

/// The reader that clones share.
struct Handle {
    reader: Box<dyn ReadSeek>,
    /// Its current position, unless the last call failed.
    position: Option<u64>,
}

impl Handle {
    fn read(&mut self, at: u64, buffer: &mut [u8]) -> io::Result<usize> {
        if self.position.take() != Some(at) {
            self.reader.seek(SeekFrom::Start(at))?;
        }
        let n = self.reader.read(buffer)?;
        self.position = Some(at + n as u64);
        Ok(n)
    }
}

impl Clone for Chunked {
    fn clone(&self) -> Self {
        Self {
            handle: Arc::clone(&self.handle),
            chunk: Vec::new(),
            start: 0,
        }
    }
}

/// Bytes that one system call reads: several compressed frames, and little to waste after a jump.
const CHUNK: usize = 32 * 1024;

impl Chunked {
    fn read(&mut self, at: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let end = self.start + self.chunk.len() as u64;
        if at < self.start || at >= end {
            self.start = at;
            self.chunk.resize(CHUNK, 0);
            // Another clone that panicked in here left the handle as it was.
            let mut handle = self.handle.lock().unwrap_or_else(PoisonError::into_inner);
            match handle.read(at, &mut self.chunk) {
                Ok(n) => self.chunk.truncate(n),
                Err(e) => {
                    self.chunk.clear();
                    return Err(e);
                }
            }
        }
        // The chunk is small: this offset fits.
        let held = &self.chunk[(at - self.start) as usize..];
        let n = held.len().min(buffer.len());
        buffer[..n].copy_from_slice(&held[..n]);
        Ok(n)
    }
}

impl Input {
    /// Opens the file at `path` for reading.
    ///
    /// # Errors
    /// [`AudioError::Io`] for anything but a regular file (a folder, pipe or device), and if the system refuses.
    pub fn path(path: &Path) -> Result<Self, AudioError> {
        let file = genrenet_files::open(path)?;
        let len = file.metadata()?.len();
        Ok(Self::chunked(file, len))
    }

    /// Takes anything that can be read and sought, from its first byte on.
    ///
    /// # Errors
    /// [`AudioError::Io`] if its length cannot be found by seeking.
    pub fn reader(mut reader: impl Read + Seek + Send + 'static) -> Result<Self, AudioError> {
        let len = reader.seek(SeekFrom::End(0))?;
        Ok(Self::chunked(reader, len))
    }

    fn chunked(reader: impl Read + Seek + Send + 'static, len: u64) -> Self {
        let chunked = Chunked {
            handle: Arc::new(Mutex::new(Handle {
                reader: Box::new(reader),
                position: None,
            })),
            chunk: Vec::new(),
            start: 0,
        };
        Self {
            bytes: Bytes::Reader(chunked),
            base: 0,
            len,
            at: 0,
        }
    }

    /// Takes bytes in memory (shared, not copied, when they come as an `Arc`).
    pub fn bytes(bytes: impl Into<Arc<[u8]>>) -> Self {
        let bytes = bytes.into();
        let len = bytes.len() as u64;
        Self {
            bytes: Bytes::Memory(Cursor::new(bytes)),
            base: 0,
            len,
            at: 0,
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
    /// Whatever the system reports while reading.
    pub fn read_at(&mut self, at: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.at = at;
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

    /// The part of this input from byte `start` on, at most `len` bytes, as an input of its own.
    pub(crate) fn part(self, start: u64, len: u64) -> Self {
        let start = start.min(self.len);
        let len = len.min(self.len - start);
        Self {
            bytes: self.bytes,
            base: self.base + start,
            len,
            at: 0,
        }
    }
}

impl Read for Input {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.len.saturating_sub(self.at);
        let wanted = usize::try_from(left)
            .unwrap_or(usize::MAX)
            .min(buffer.len());
        let buffer = &mut buffer[..wanted];
        if wanted == 0 {
            return Ok(0);
        }
        let at = self.base + self.at;
        let n = match &mut self.bytes {
            Bytes::Reader(reader) => reader.read(at, buffer)?,
            Bytes::Memory(memory) => {
                memory.set_position(at);
                memory.read(buffer)?
            }
        };
        self.at += n as u64;
        Ok(n)
    }
}

impl Seek for Input {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
            SeekFrom::End(by) => self.len.checked_add_signed(by),
        };
        self.at = target.ok_or_else(|| {
            io::Error::new(io::ErrorKind::InvalidInput, "seek before the first byte")
        })?;
        Ok(self.at)
    }
}
