//! The feature cache: features of songs kept on disk, so that a folder of songs is decoded once.
//!
//! One small file per song, named by the SHA-256 of what it depends on: the song's size, date and content (three stretches),
//! the front end, and this library's version. Files are written atomically, end with a checksum, and are
//! ignored if they are damaged: the cache can be deleted at any time.

use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use genrenet_audio::{FrontEnd, Matrix, Segment, SongFeatures, WindowFeatures};
use genrenet_files::NewFile;
use sha2::{Digest, Sha256};

use crate::dataset::hex;

const MAGIC: &[u8; 8] = b"GNFEATS3";
/// Bytes of each of the three stretches of a song that are hashed.
const STRETCH: u64 = 32 * 1024;
/// Maximum size of an entry in bytes; a larger file is damaged.
const LARGEST: u64 = 1 << 31;

/// The features of a song, those of a network among them, and its file's fingerprint.
#[derive(Debug, PartialEq)]
pub(crate) struct Computed {
    /// Without segments, if they were embedded.
    pub(crate) features: SongFeatures,
    /// One for each window; empty ones without a network.
    pub(crate) embeddings: Vec<Vec<f32>>,
    pub(crate) file: u64,
}

/// The folder of the cache and the front end.
pub(crate) struct Cache {
    folder: PathBuf,
    front_end: String,
    /// The network whose embeddings are kept, if any.
    embedder: String,
}

impl Cache {
    /// `embedder` is the key of the network whose embeddings are kept, or empty.
    pub(crate) fn new(folder: &Path, front_end: &FrontEnd, embedder: &str) -> Cache {
        let front_end = serde_json::to_string(front_end).unwrap_or_default();
        Cache {
            folder: folder.to_path_buf(),
            front_end,
            embedder: embedder.to_owned(),
        }
    }

    /// The path of the features of a song; `None` where the song cannot be read.
    fn entry(&self, song: &Path) -> Option<PathBuf> {
        let mut file = genrenet_files::open(song).ok()?;
        let meta = file.metadata().ok()?;
        let modified = meta.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
        let mut hash = Sha256::new();
        hash.update(env!("CARGO_PKG_VERSION"));
        hash.update([0]);
        hash.update(&self.front_end);
        hash.update([0]);
        hash.update(&self.embedder);
        hash.update([0]);
        hash.update(meta.len().to_le_bytes());
        hash.update(modified.as_nanos().to_le_bytes());
        let mut buffer = Vec::new();
        for start in [0, meta.len() / 2, meta.len().saturating_sub(STRETCH)] {
            buffer.clear();
            file.seek(SeekFrom::Start(start)).ok()?;
            Read::by_ref(&mut file)
                .take(STRETCH)
                .read_to_end(&mut buffer)
                .ok()?;
            hash.update(&buffer);
        }
        let name = hex(&hash.finalize());
        Some(self.folder.join(&name[..2]).join(&name[2..]))
    }

    /// The features of a song and its file's fingerprint, if they are cached and undamaged.
    pub(crate) fn get(&self, song: &Path) -> Option<Computed> {
        let path = self.entry(song)?;
        decode(&genrenet_files::read(&path, LARGEST).ok()?)
    }

    /// Stores the features of a song and its file's fingerprint.
    pub(crate) fn put(&self, song: &Path, computed: &Computed) -> io::Result<()> {
        let Some(path) = self.entry(song) else {
            return Ok(());
        };
        let mut entry = NewFile::create(&path)?;
        entry.write_all(&encode(computed))?;
        // Its checksum detects an entry truncated by a power failure.
        entry.finish_without_sync()
    }
}

fn encode(computed: &Computed) -> Vec<u8> {
    let Computed {
        features,
        embeddings,
        file,
    } = computed;
    let mut bytes = MAGIC.to_vec();
    bytes.extend(file.to_le_bytes());
    bytes.extend(features.seconds.to_le_bytes());
    bytes.extend((features.windows.len() as u32).to_le_bytes());
    for window in &features.windows {
        bytes.extend(window.start_seconds.to_le_bytes());
        let none = Matrix::default();
        for matrix in [&window.log_mel, &window.mfcc] {
            encode_matrix(matrix.as_ref().unwrap_or(&none), &mut bytes);
        }
        bytes.extend((window.segments.len() as u32).to_le_bytes());
        for segment in &window.segments {
            bytes.extend(segment.start_seconds.to_le_bytes());
            encode_matrix(&segment.mel, &mut bytes);
        }
    }
    for values in embeddings {
        bytes.extend((values.len() as u32).to_le_bytes());
        bytes.extend(values.iter().flat_map(|v| v.to_le_bytes()));
    }
    let checksum = Sha256::digest(&bytes);
    bytes.extend(checksum);
    bytes
}

fn encode_matrix(matrix: &Matrix, bytes: &mut Vec<u8>) {
    bytes.extend((matrix.rows as u32).to_le_bytes());
    bytes.extend((matrix.cols as u32).to_le_bytes());
    bytes.extend(matrix.data.iter().flat_map(|v| v.to_le_bytes()));
}

fn decode(bytes: &[u8]) -> Option<Computed> {
    let (content, checksum) = bytes.split_at_checked(bytes.len().checked_sub(32)?)?;
    if Sha256::digest(content)[..] != *checksum {
        return None;
    }
    let mut rest = content.strip_prefix(MAGIC)?;
    let file = u64::from_le_bytes(take(&mut rest)?);
    let seconds = f64::from_le_bytes(take(&mut rest)?);
    let count = u32::from_le_bytes(take(&mut rest)?);
    let mut windows = Vec::new();
    for _ in 0..count {
        let start_seconds = f64::from_le_bytes(take(&mut rest)?);
        let log_mel = matrix(&mut rest)?;
        let mfcc = matrix(&mut rest)?;
        let mut segments = Vec::new();
        for _ in 0..u32::from_le_bytes(take(&mut rest)?) {
            segments.push(Segment {
                start_seconds: f64::from_le_bytes(take(&mut rest)?),
                mel: matrix(&mut rest)?,
            });
        }
        windows.push(WindowFeatures {
            start_seconds,
            log_mel: (log_mel.rows > 0).then_some(log_mel),
            mfcc: (mfcc.rows > 0).then_some(mfcc),
            segments,
        });
    }
    let mut embeddings = Vec::new();
    for _ in 0..count {
        let len = u32::from_le_bytes(take(&mut rest)?) as usize;
        embeddings.push(floats(&mut rest, len)?);
    }
    (rest.is_empty() && !windows.is_empty()).then_some(Computed {
        features: SongFeatures { seconds, windows },
        embeddings,
        file,
    })
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (head, tail) = rest.split_first_chunk::<N>()?;
    *rest = tail;
    Some(*head)
}

fn matrix(rest: &mut &[u8]) -> Option<Matrix> {
    let rows = u32::from_le_bytes(take(rest)?) as usize;
    let cols = u32::from_le_bytes(take(rest)?) as usize;
    let data = floats(rest, rows.checked_mul(cols)?)?;
    Some(Matrix { rows, cols, data })
}

fn floats(rest: &mut &[u8], len: usize) -> Option<Vec<f32>> {
    let (data, tail) = rest.split_at_checked(len.checked_mul(4)?)?;
    *rest = tail;
    let values = data.as_chunks().0.iter();
    Some(values.map(|b| f32::from_le_bytes(*b)).collect())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn computed() -> Computed {
        let log_mel = Matrix {
            rows: 2,
            cols: 3,
            data: vec![0.0, -1.5, -80.0, -3.0, -4.0, -5.0],
        };
        let mfcc = Some(Matrix {
            rows: 1,
            cols: 2,
            data: vec![1.0, 2.0],
        });
        let window = WindowFeatures {
            start_seconds: 4.5,
            log_mel: Some(log_mel),
            mfcc,
            segments: Vec::new(),
        };
        let features = SongFeatures {
            seconds: 61.0,
            windows: vec![
                WindowFeatures {
                    log_mel: None,
                    mfcc: None,
                    segments: vec![Segment {
                        start_seconds: 1.25,
                        mel: Matrix::zeros(3, 2),
                    }],
                    ..window.clone()
                },
                window,
            ],
        };
        Computed {
            features,
            embeddings: vec![vec![1.5, -2.0], vec![]],
            file: 7,
        }
    }

    #[test]
    fn kept_features_come_back_and_broken_ones_do_not() {
        let folder = tempfile::tempdir().unwrap();
        let song = folder.path().join("song");
        fs::write(&song, b"not really music").unwrap();
        let cache = Cache::new(
            &folder.path().join("cache"),
            &FrontEnd::default_for_tests(),
            "",
        );
        assert_eq!(cache.get(&song), None);
        cache.put(&song, &computed()).unwrap();
        assert_eq!(cache.get(&song), Some(computed()));
        // Another setting or another content is another entry.
        let mut other = FrontEnd::default_for_tests();
        other.windowing.frames += 1;
        assert_eq!(Cache::new(&cache.folder, &other, "").get(&song), None);
        let embedded = Cache::new(&cache.folder, &FrontEnd::default_for_tests(), "msd50");
        assert_eq!(embedded.get(&song), None);
        // Any flipped byte and any truncation is detected.
        let entry = cache.entry(&song).unwrap();
        let good = fs::read(&entry).unwrap();
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 1;
            assert_eq!(decode(&bad), None, "byte {at}");
            assert_eq!(decode(&good[..at]), None, "cut at {at}");
        }
        fs::write(&song, b"something else..").unwrap();
        assert_eq!(cache.get(&song), None);
    }

    trait ForTests {
        fn default_for_tests() -> FrontEnd;
    }

    impl ForTests for FrontEnd {
        fn default_for_tests() -> FrontEnd {
            FrontEnd {
                log_mel: Some(Default::default()),
                windowing: Default::default(),
                mfcc_head: None,
                segments: None,
            }
        }
    }
}
