//! The page's side of the boundary: it reads files, and takes answers and progress.

use std::io::{self, Read, Seek, SeekFrom};
use std::sync::atomic::{AtomicU64, Ordering};

use genrenet::Progress;

/// What is given to the page.
#[derive(Clone, Copy)]
#[repr(u32)]
pub enum Given {
    /// Text: why the module is about to trap.
    Fault = 0,
    /// Text: why a file has no explanation or picture.
    Error = 1,
    /// JSON.
    Model = 2,
    /// JSON.
    Answer = 3,
    /// JSON.
    Explanation = 4,
    /// A picture (`picture.rs`).
    Segment = 5,
    /// A picture.
    Song = 6,
    /// JSON.
    Along = 7,
}

#[cfg(target_family = "wasm")]
mod host {
    #[link(wasm_import_module = "page")]
    unsafe extern "C" {
        /// Writes up to `length` bytes of the file, from byte `at` on, to `to`; returns how many, or a negative number.
        pub fn read(at: f64, to: *mut u8, length: usize) -> i32;
        /// Takes `length` bytes at `from` of a kind.
        pub fn give(kind: u32, from: *const u8, length: usize);
        /// Takes that so many of all steps are done.
        pub fn progress(done: f64, of: f64);
    }
}

/// Without a page (in tests of other machines) there is no file, and nobody takes anything.
#[cfg(not(target_family = "wasm"))]
mod host {
    pub unsafe fn read(_: f64, _: *mut u8, _: usize) -> i32 {
        -1
    }
    pub unsafe fn give(_: u32, _: *const u8, _: usize) {}
    pub unsafe fn progress(_: f64, _: f64) {}
}

/// Gives bytes to the page, which copies them.
pub fn give(kind: Given, bytes: &[u8]) {
    // SAFETY: the page reads these bytes before it returns, and keeps no pointer.
    unsafe { host::give(kind as u32, bytes.as_ptr(), bytes.len()) }
}

/// The file that the page has open.
pub struct File {
    length: u64,
    at: u64,
}

impl File {
    /// A file of so many bytes.
    pub fn new(length: u64) -> File {
        File { length, at: 0 }
    }
}

impl Read for File {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // SAFETY: the page writes at most `len` bytes from the start of `buffer`, which is borrowed for the call alone.
        let read = unsafe { host::read(self.at as f64, buffer.as_mut_ptr(), buffer.len()) };
        match usize::try_from(read) {
            Ok(read) => {
                let read = read.min(buffer.len());
                self.at += read as u64;
                Ok(read)
            }
            Err(_) => Err(io::Error::other("the browser can't read the file")),
        }
    }
}

impl Seek for File {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.length.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

/// Steps of the present stage.
static TOTAL: AtomicU64 = AtomicU64::new(0);

/// Reports progress to the page.
pub struct Steps;

impl Progress for Steps {
    fn stage(&self, _title: &str, _things: &'static str, total: u64) {
        TOTAL.store(total, Ordering::Relaxed);
        self.done(0);
    }

    fn done(&self, count: u64) {
        let total = TOTAL.load(Ordering::Relaxed);
        // SAFETY: numbers alone cross the boundary.
        unsafe { host::progress(count as f64, total as f64) }
    }
}
