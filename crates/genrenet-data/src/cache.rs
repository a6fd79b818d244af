//! The feature cache: features of songs kept on disk, so that a folder of songs is decoded once.
//!
//! One small file per song, named by the SHA-256 of what it depends on: the song's size, date and content (three stretches),
//! the front end, and this library's version. Files are written aside and renamed, end with a checksum, and are
//! ignored if they are damaged: the cache can be deleted at any time, and several processes may use it at once.

use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use genrenet_audio::{FrontEnd, Matrix, SongFeatures};
use genrenet_files::NewFile;
use sha2::{Digest, Sha256};

use crate::dataset::hex;

const MAGIC: &[u8; 8] = b"GNFEATS3";
/// Bytes of each of the three stretches of a song that are hashed.
const STRETCH: u64 = 32 * 1024;
/// Maximum size of an entry in bytes; a larger file is damaged.
const LARGEST: u64 = 1 << 31;
/// The folder, in that of the cache, of entries that are being written.
const UNFINISHED: &str = "unfinished";
/// What is still unfinished after this time was left by a process that was killed: an entry is written within seconds.
const LEFT_OVER: Duration = Duration::from_secs(3600);

/// What the features of a song depend on, hashed; the name of its entry.
pub(crate) type Key = [u8; 32];

/// The path of an entry.
pub(crate) fn entry_path(folder: &Path, key: &Key) -> PathBuf {
    let name = hex(key);
    folder.join(&name[..2]).join(&name[2..])
}

/// The features of a song, those of a network among them, and its file's fingerprint.
pub(crate) struct Computed {
    /// Without segments, if they were embedded.
    pub(crate) features: SongFeatures,
    /// One for each window; empty ones without a network.
    pub(crate) embeddings: Vec<Vec<f32>>,
    pub(crate) file: u64,
}

/// The content of a song's entry, verified, and where each window is in it.
pub(crate) struct Entry {
    bytes: Vec<u8>,
    /// The fingerprint of the song's file.
    pub(crate) file: u64,
    pub(crate) log_mel: Vec<Block>,
    pub(crate) mfcc: Vec<Block>,
    pub(crate) segments: Vec<Block>,
    pub(crate) embeddings: Vec<Block>,
}

/// Where the numbers of a window are in an entry, `f32` in little-endian order.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Block {
    pub(crate) rows: u32,
    pub(crate) columns: u32,
    /// The first byte.
    pub(crate) offset: u32,
}

/// The folder of the cache and the front end.
pub(crate) struct Cache {
    pub(crate) folder: PathBuf,
    front_end: String,
    /// The network whose embeddings are kept, if any.
    embedder: String,
}

impl Cache {
    /// `embedder` is the key of the network whose embeddings are kept, or empty. What killed processes left is removed.
    pub(crate) fn new(folder: &Path, front_end: &FrontEnd, embedder: &str) -> Cache {
        genrenet_files::remove_left_over(&folder.join(UNFINISHED), LEFT_OVER);
        let front_end = serde_json::to_string(front_end).unwrap_or_default();
        Cache {
            folder: folder.to_path_buf(),
            front_end,
            embedder: embedder.to_owned(),
        }
    }

    /// What the features of a song depend on; `None` where the song cannot be read.
    pub(crate) fn key(&self, song: &Path) -> Option<Key> {
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
        Some(hash.finalize().into())
    }

    /// The entry of this key, if there is one that is undamaged.
    pub(crate) fn get(&self, key: &Key) -> Option<Entry> {
        Entry::parse(genrenet_files::read(&entry_path(&self.folder, key), LARGEST).ok()?)
    }

    /// Stores an entry.
    pub(crate) fn put(&self, key: &Key, entry: &Entry) -> io::Result<()> {
        let path = entry_path(&self.folder, key);
        let mut file = NewFile::aside(&path, &self.folder.join(UNFINISHED))?;
        file.write_all(&entry.bytes)?;
        // Its checksum detects an entry truncated by a power failure.
        file.finish_without_sync()
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

impl Entry {
    /// The entry of features; `None` where they are more than an entry may hold.
    pub(crate) fn of(computed: &Computed) -> Option<Entry> {
        Entry::parse(encode(computed))
    }

    /// Verifies the bytes of an entry and finds its windows; `None` where it is damaged.
    fn parse(bytes: Vec<u8>) -> Option<Entry> {
        if bytes.len() as u64 > LARGEST {
            return None;
        }
        let (content, checksum) = bytes.split_at_checked(bytes.len().checked_sub(32)?)?;
        if Sha256::digest(content)[..] != *checksum || !content.starts_with(MAGIC) {
            return None;
        }
        let mut fields = Fields {
            content,
            at: MAGIC.len(),
        };
        let file = u64::from_le_bytes(fields.take()?);
        let _seconds: [u8; 8] = fields.take()?;
        let count = fields.number()?;
        let (mut log_mel, mut mfcc, mut segments) = (Vec::new(), Vec::new(), Vec::new());
        let mut embeddings = Vec::new();
        for _ in 0..count {
            let _start_seconds: [u8; 8] = fields.take()?;
            log_mel.extend(fields.matrix()?);
            mfcc.extend(fields.matrix()?);
            for _ in 0..fields.number()? {
                let _start_seconds: [u8; 8] = fields.take()?;
                segments.extend(fields.matrix()?);
            }
        }
        for _ in 0..count {
            let columns = fields.number()?;
            embeddings.extend(fields.block(1, columns)?);
        }
        (fields.at == content.len() && count > 0).then_some(Entry {
            file,
            log_mel,
            mfcc,
            segments,
            embeddings,
            bytes,
        })
    }

    /// Adds the numbers of a window to `out`.
    pub(crate) fn numbers(&self, block: &Block, out: &mut Vec<f32>) {
        let start = block.offset as usize;
        let len = block.rows as usize * block.columns as usize * 4;
        let numbers = self.bytes[start..start + len].as_chunks().0.iter();
        out.extend(numbers.map(|number| f32::from_le_bytes(*number)));
    }
}

/// Reads the fields of an entry one after the other; `None` where it ends too early.
struct Fields<'a> {
    content: &'a [u8],
    at: usize,
}

impl Fields<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let taken = *self.content.get(self.at..)?.first_chunk::<N>()?;
        self.at += N;
        Some(taken)
    }

    fn number(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(self.take()?))
    }

    fn matrix(&mut self) -> Option<Option<Block>> {
        let (rows, columns) = (self.number()?, self.number()?);
        self.block(rows, columns)
    }

    /// A window of this size; `Some(None)` for one that is not there.
    fn block(&mut self, rows: u32, columns: u32) -> Option<Option<Block>> {
        let len = (rows as usize)
            .checked_mul(columns as usize)?
            .checked_mul(4)?;
        let offset = u32::try_from(self.at).ok()?;
        self.content.get(self.at..)?.get(..len)?;
        self.at += len;
        Some((len > 0).then_some(Block {
            rows,
            columns,
            offset,
        }))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use genrenet_audio::{Segment, WindowFeatures};

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
        let key = cache.key(&song).unwrap();
        assert!(cache.get(&key).is_none());
        cache.put(&key, &Entry::of(&computed()).unwrap()).unwrap();
        let entry = cache.get(&key).unwrap();
        let shapes = |blocks: &[Block]| -> Vec<_> {
            let numbers = |block: &Block| {
                let mut numbers = Vec::new();
                entry.numbers(block, &mut numbers);
                numbers
            };
            let shape = |block: &Block| (block.rows, block.columns, numbers(block));
            blocks.iter().map(shape).collect()
        };
        let window = &computed().features.windows[1];
        let log_mel = window.log_mel.as_ref().unwrap();
        assert_eq!(shapes(&entry.log_mel), [(2, 3, log_mel.data.clone())]);
        assert_eq!(shapes(&entry.mfcc), [(1, 2, vec![1.0, 2.0])]);
        assert_eq!(shapes(&entry.segments), [(3, 2, vec![0.0; 6])]);
        assert_eq!(shapes(&entry.embeddings), [(1, 2, vec![1.5, -2.0])]);
        assert_eq!(entry.file, 7);
        // Another setting or another content is another entry.
        let mut other = FrontEnd::default_for_tests();
        other.windowing.frames += 1;
        assert_ne!(Cache::new(&cache.folder, &other, "").key(&song), Some(key));
        let embedded = Cache::new(&cache.folder, &FrontEnd::default_for_tests(), "msd50");
        assert_ne!(embedded.key(&song), Some(key));
        // Any flipped byte and any truncation is detected.
        let good = fs::read(entry_path(&cache.folder, &key)).unwrap();
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 1;
            assert!(Entry::parse(bad).is_none(), "byte {at}");
            assert!(Entry::parse(good[..at].to_vec()).is_none(), "cut at {at}");
        }
        fs::write(&song, b"something else..").unwrap();
        assert_ne!(cache.key(&song), Some(key));
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
