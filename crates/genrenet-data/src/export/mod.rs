//! Writing features for other programs: NumPy archives and Parquet tables, song by song; and Parquet [`Table`]s of any columns.
//!
//! All writers hold one song (Parquet: a few) in memory, whatever the number of songs; they write to a temporary file that gets its
//! name only when it is complete, so that an interruption leaves no partial file.
//!
//! ```python
//! z = numpy.load("features.npz")
//! z["path"][0], z["start"][0], z["seconds"][0]     # which song, start and length in seconds
//! z["genre"][0], z["artist"][0], z["split"][0]     # empty if unknown
//! z["rate"][0]                                     # the file's own rate in Hz
//! z["log_mel_0"]                                   # float32 [bands, frames], dB, 0 = loudest
//! z["mfcc_0"]                                      # float32 [coefficients, frames]
//! t = pyarrow.parquet.read_table("features.parquet").to_pylist()[0]
//! numpy.array(t["log_mel"], "f4").reshape(t["log_mel_bands"], -1)
//! ```

mod column;
mod finished;
mod npz;
mod parquet;
mod resumable;
mod row_groups;
mod table;
mod thrift;

pub use finished::Finished;
pub use parquet::{CELLS, cells, columns};
pub use resumable::{Identity, Part, ResumableTable};
pub use table::{Cell, ColumnKind, Table};

use std::io::BufWriter;
use std::path::{Path, PathBuf};

use genrenet_audio::Matrix;
use genrenet_files::NewFile;

use crate::error::DataError;

/// One row: a song's features, or those of a window of it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Track<'a> {
    /// Its file; bytes that are not UTF-8 are written as `\xE9`.
    pub path: &'a str,
    /// Where the row begins in the song, in seconds.
    pub start: f64,
    /// Length of the song, or of the window, in seconds.
    pub seconds: f64,
    /// The file's own rate in Hz.
    pub rate: u32,
    /// The genre, if a data set names it; else empty.
    pub genre: &'a str,
    /// The artist, where tags or a data set name one; else empty.
    pub artist: &'a str,
    /// The subset (`training`, `validation`, `test`) of the song, if a data set has it; else empty.
    pub split: &'a str,
    /// `[bands, frames]` in dB.
    pub log_mel: Option<&'a Matrix>,
    /// `[coefficients, frames]`.
    pub mfcc: Option<&'a Matrix>,
}

enum Kind {
    Npz(Box<npz::Npz>),
    Parquet(Box<Table>),
}

/// A file of features that grows song by song.
pub struct Writer {
    kind: Kind,
    path: PathBuf,
}

impl Writer {
    /// Begins a file; its extension, `.npz` or `.parquet`, selects the format.
    ///
    /// # Errors
    /// If the extension is another, or nothing can be written there.
    pub fn create(path: &Path) -> Result<Writer, DataError> {
        let kind = match require_ending(path, &["npz", "parquet"])?.as_str() {
            "npz" => {
                let file = NewFile::create(path).map_err(DataError::io(path))?;
                Kind::Npz(Box::new(npz::Npz::new(BufWriter::new(file))))
            }
            _ => Kind::Parquet(Box::new(parquet::create(path)?)),
        };
        Ok(Writer {
            kind,
            path: path.to_path_buf(),
        })
    }

    /// Appends a row.
    ///
    /// # Errors
    /// If it cannot be written (a full disk).
    pub fn push(&mut self, track: &Track) -> Result<(), DataError> {
        match &mut self.kind {
            Kind::Npz(npz) => npz.push(track).map_err(DataError::io(&self.path)),
            Kind::Parquet(table) => table.push(&parquet::cells(track)),
        }
    }

    /// Appends one row for each whole window of a song ([`each_window`]). Returns the number of rows.
    ///
    /// # Errors
    /// If they cannot be written (a full disk).
    pub fn push_windows(
        &mut self,
        song: &Track,
        windows: [f64; 2],
        hop: usize,
        rate: u32,
    ) -> Result<usize, DataError> {
        each_window(song, windows, hop, rate, |track| self.push(track))
    }

    /// Completes and renames the file, replacing one of that name. If it is not called, no file remains.
    ///
    /// # Errors
    /// If it cannot be written (a full disk); the earlier file of that name is then unchanged.
    pub fn finish(self) -> Result<(), DataError> {
        match self.kind {
            Kind::Npz(npz) => npz.finish().map_err(DataError::io(&self.path)),
            Kind::Parquet(table) => table.finish(),
        }
    }
}

/// Hands each whole window of a song to `each`: windows of `window` seconds, one every `step` seconds, of features with
/// `hop` samples from frame to frame at `rate` Hz. All windows have the same number of frames; what remains at the end
/// of the song is left out. Returns the number of windows.
///
/// # Errors
/// Those of `each`.
pub fn each_window<E>(
    song: &Track,
    [window, step]: [f64; 2],
    hop: usize,
    rate: u32,
    mut each: impl FnMut(&Track) -> Result<(), E>,
) -> Result<usize, E> {
    let total = song.log_mel.map_or(0, |matrix| matrix.cols);
    let rate = f64::from(rate.max(1));
    let frames = |seconds: f64| ((seconds * rate / hop as f64).round() as usize).max(1);
    let seconds = |frames: usize| (frames * hop) as f64 / rate;
    let length = frames(window);
    let starts = window_starts(total, length, frames(step));
    for &start in &starts {
        let columns: Vec<usize> = (start..start + length).collect();
        let log_mel = song.log_mel.map(|matrix| matrix.columns(&columns));
        let mfcc = song.mfcc.map(|matrix| matrix.columns(&columns));
        each(&Track {
            start: seconds(start),
            seconds: seconds(length),
            log_mel: log_mel.as_ref(),
            mfcc: mfcc.as_ref(),
            ..*song
        })?;
    }
    Ok(starts.len())
}

/// The path's extension in lower case, which must be one of these.
fn require_ending(path: &Path, endings: &[&str]) -> Result<String, DataError> {
    let found = path.extension().unwrap_or_default();
    let found = found.to_string_lossy().to_lowercase();
    if endings.contains(&found.as_str()) {
        return Ok(found);
    }
    let endings = endings.join(" or .");
    Err(DataError::Table {
        path: path.to_path_buf(),
        message: format!("expected a name that ends with .{endings}, found `{found}`"),
    })
}

/// The first frames of the windows of `length` frames that fit into `total`, one every `step` frames.
fn window_starts(total: usize, length: usize, step: usize) -> Vec<usize> {
    (0..(total + 1).saturating_sub(length))
        .step_by(step)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_whole_and_follow_each_other_by_the_step() {
        assert_eq!(window_starts(35, 10, 10), [0, 10, 20]);
        assert_eq!(window_starts(30, 10, 10), [0, 10, 20]);
        assert_eq!(window_starts(35, 20, 5), [0, 5, 10, 15]);
        assert_eq!(window_starts(9, 10, 10), [0; 0]);
        assert_eq!(window_starts(0, 10, 10), [0; 0]);
    }
}
