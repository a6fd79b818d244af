//! The bytes of a body: in memory as long as all bodies together stay within a bound, else in a temporary file without a name.

use std::fs::File;
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::AsyncWriteExt as _;

/// Memory for bodies that is left.
pub struct Memory(AtomicUsize);

impl Memory {
    /// So many bytes.
    pub fn of(bytes: usize) -> Arc<Memory> {
        Arc::new(Memory(AtomicUsize::new(bytes)))
    }

    fn take(&self, bytes: usize) -> bool {
        let less = |left: usize| left.checked_sub(bytes);
        self.0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, less)
            .is_ok()
    }
}

/// Bytes in memory, which are counted until they are dropped.
pub struct Held {
    bytes: Vec<u8>,
    counted: usize,
    memory: Arc<Memory>,
}

impl Held {
    /// Appends a chunk; `false` where the memory for it is used up.
    fn push(&mut self, chunk: &[u8]) -> bool {
        let needed = self.bytes.len() + chunk.len();
        if needed > self.counted {
            // As much again, so that appending is linear; what is counted is what is allocated.
            let more = (2 * self.counted).max(needed).max(64 * 1024) - self.counted;
            if !self.memory.take(more) {
                return false;
            }
            self.counted += more;
            self.bytes.reserve_exact(self.counted - self.bytes.len());
        }
        self.bytes.extend_from_slice(chunk);
        true
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.memory.0.fetch_add(self.counted, Ordering::Relaxed);
    }
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

/// A body as it arrives.
pub struct Spool(Kept);

enum Kept {
    Memory(Held),
    File(tokio::fs::File),
}

impl Spool {
    /// Nothing yet.
    pub fn new(memory: &Arc<Memory>) -> Spool {
        Spool(Kept::Memory(Held {
            bytes: Vec::new(),
            counted: 0,
            memory: memory.clone(),
        }))
    }

    /// Appends the next bytes.
    ///
    /// # Errors
    /// That of the system where a temporary file can't be written.
    pub async fn push(&mut self, chunk: &[u8]) -> io::Result<()> {
        if let Kept::Memory(held) = &mut self.0 {
            if held.push(chunk) {
                return Ok(());
            }
            let file = tokio::task::spawn_blocking(tempfile::tempfile).await??;
            let mut file = tokio::fs::File::from_std(file);
            file.write_all(&held.bytes).await?;
            self.0 = Kept::File(file);
        }
        match &mut self.0 {
            Kept::File(file) => file.write_all(chunk).await,
            Kept::Memory(_) => Ok(()),
        }
    }

    /// All of it, to be read.
    ///
    /// # Errors
    /// That of the system where a temporary file can't be written.
    pub async fn finish(self) -> io::Result<Body> {
        match self.0 {
            Kept::Memory(held) => Ok(Body::Memory(Cursor::new(held))),
            Kept::File(mut file) => {
                file.flush().await?;
                Ok(Body::File(file.into_std().await))
            }
        }
    }
}

/// A whole body.
pub enum Body {
    /// In memory.
    Memory(Cursor<Held>),
    /// In a temporary file.
    File(File),
}

impl Read for Body {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Body::Memory(bytes) => bytes.read(buffer),
            Body::File(file) => file.read(buffer),
        }
    }
}

impl Seek for Body {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match self {
            Body::Memory(bytes) => bytes.seek(to),
            Body::File(file) => file.seek(to),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_the_same_in_memory_and_in_a_file_and_memory_is_given_back() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let bytes: Vec<u8> = (0..300_000u32).map(|i| (i % 251) as u8).collect();
        for room in [0, 100_000, 10_000_000] {
            let memory = Memory::of(room);
            let mut spool = Spool::new(&memory);
            let mut body = runtime.block_on(async {
                for chunk in bytes.chunks(7_001) {
                    spool.push(chunk).await.unwrap();
                }
                spool.finish().await.unwrap()
            });
            assert_eq!(matches!(body, Body::Memory(_)), room == 10_000_000);
            assert_eq!(body.seek(SeekFrom::End(0)).unwrap(), bytes.len() as u64);
            body.seek(SeekFrom::Start(0)).unwrap();
            let mut read = Vec::new();
            body.read_to_end(&mut read).unwrap();
            assert!(read == bytes);
            drop(body);
            assert_eq!(memory.0.load(Ordering::Relaxed), room);
        }
    }
}
