//! Features of songs on their way to arrays: in memory up to a bound, beyond it in the feature cache alone.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::array::{Array, Place};
use crate::cache::{Block, Entry, Key};
use crate::error::DataError;
use crate::on_disk::{Entries, Item, OnDisk};
use crate::store::{Part, Store, View};

/// Bytes of features that may still be kept in memory; shared by threads.
pub(crate) struct Budget(AtomicU64);

impl Budget {
    pub(crate) fn new(bytes: u64) -> Budget {
        Budget(AtomicU64::new(bytes))
    }

    /// Takes the bytes of a song, if there are as many left.
    fn take(&self, bytes: u64) -> bool {
        let left = |left: u64| left.checked_sub(bytes);
        self.0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, left)
            .is_ok()
    }
}

/// The features of one song.
pub(crate) struct Song {
    /// The fingerprint of its file.
    pub(crate) file: u64,
    /// The windows of each array that is collected.
    arrays: Vec<Windows>,
    place: Stored,
}

/// The windows of a song in one array.
struct Windows {
    /// Rows and columns of the first.
    shape: [u32; 2],
    /// The shape of one that differs from the first, if any.
    odd: Option<[u32; 2]>,
    /// The first byte of each in the entry.
    offsets: Box<[u32]>,
}

/// Where the numbers of a song are.
enum Stored {
    /// Those of each array.
    Memory(Vec<Vec<f32>>),
    Disk(Key),
}

impl Song {
    /// Takes the windows of `blocks` from an entry into memory, or, where `budget` has no room, notes where they are in the cache;
    /// `None` if the entry is not there either (`key`).
    pub(crate) fn new(
        entry: &Entry,
        blocks: &[&[Block]],
        budget: &Budget,
        key: Option<Key>,
    ) -> Option<Song> {
        let numbers = |b: &Block| u64::from(b.rows) * u64::from(b.columns);
        let size: u64 = blocks.iter().copied().flatten().map(numbers).sum();
        let place = match (budget.take(size * 4), key) {
            (true, _) => {
                let numbers = |blocks: &&[Block]| {
                    let mut all = Vec::new();
                    blocks.iter().for_each(|b| entry.numbers(b, &mut all));
                    all
                };
                Stored::Memory(blocks.iter().map(numbers).collect())
            }
            (false, Some(key)) => Stored::Disk(key),
            (false, None) => return None,
        };
        Some(Song {
            file: entry.file,
            arrays: blocks.iter().map(|blocks| Windows::of(blocks)).collect(),
            place,
        })
    }
}

impl Windows {
    fn of(blocks: &[Block]) -> Windows {
        let mut shapes = blocks.iter().map(|block| [block.rows, block.columns]);
        let shape = shapes.next().unwrap_or_default();
        Windows {
            shape,
            odd: shapes.find(|other| *other != shape),
            offsets: blocks.iter().map(|block| block.offset).collect(),
        }
    }
}

/// Puts the windows of all songs into arrays, one for each of `names`, and row `i` of each is song `i`; `folder` is that of the
/// cache. The shape of an array named `vector` is one-dimensional.
///
/// # Errors
/// A window of another shape than the first of its array.
pub(crate) fn arrays(
    names: &[&str],
    vector: &str,
    mut songs: Vec<Song>,
    folder: PathBuf,
) -> Result<Vec<Array>, DataError> {
    let key = |song: &Song| match song.place {
        Stored::Disk(key) => Some(key),
        Stored::Memory(_) => None,
    };
    let entries = Arc::new(Entries {
        folder,
        keys: songs.iter().filter_map(key).collect(),
    });
    names
        .iter()
        .enumerate()
        .map(|(which, name)| array(name, *name == vector, which, &mut songs, &entries))
        .collect()
}

fn array(
    name: &str,
    vector: bool,
    which: usize,
    songs: &mut [Song],
    entries: &Arc<Entries>,
) -> Result<Array, DataError> {
    let all = songs.iter().map(|song| &song.arrays[which]);
    let mut with_windows = all.filter(|windows| !windows.offsets.is_empty());
    let shape = with_windows.next().map(|windows| windows.shape);
    let shape_in_words = |[rows, columns]: [u32; 2]| match vector {
        true => vec![columns as usize],
        false => vec![rows as usize, columns as usize],
    };
    let dimensions = shape.map(shape_in_words).unwrap_or_default();
    // Features on disk are one view, those in memory one for each song, in front of it.
    let in_memory = |song: &Song| {
        matches!(song.place, Stored::Memory(_)) && !song.arrays[which].offsets.is_empty()
    };
    let on_disk_view = songs.iter().filter(|song| in_memory(song)).count() as u32;
    let mut views = Vec::new();
    let mut items = Vec::new();
    let mut index = Vec::with_capacity(songs.len());
    let mut entry = 0;
    for song in songs {
        let of_song = &song.arrays[which];
        let odd = of_song.odd.or(Some(of_song.shape));
        let number = of_song.offsets.len() as u32;
        if number > 0 && odd != shape {
            return Err(DataError::Mismatch {
                array: name.into(),
                expected: format!("windows of the shape {dimensions:?}"),
                found: format!("{:?}", odd.map(shape_in_words).unwrap_or_default()),
            });
        }
        let (view, first) = match &song.place {
            Stored::Memory(_) => (views.len() as u32, 0),
            Stored::Disk(_) => (on_disk_view, items.len() as u32),
        };
        index.push((number > 0).then_some(Place {
            view,
            first,
            windows: number,
        }));
        match &mut song.place {
            Stored::Memory(_) if number == 0 => {}
            Stored::Memory(numbers) => {
                let numbers = Store::F32(std::mem::take(&mut numbers[which]));
                views.push(View::whole(Part::plain(numbers, &dimensions)));
            }
            Stored::Disk(_) => {
                let windows = of_song.offsets.iter();
                items.extend(windows.map(|&offset| Item { entry, offset }));
                entry += 1;
            }
        }
    }
    if !items.is_empty() {
        items.shrink_to_fit();
        let entries = entries.clone();
        let on_disk = Store::Disk(OnDisk { entries, items });
        views.push(View::whole(Part::plain(on_disk, &dimensions)));
    }
    Ok(Array {
        name: name.into(),
        shape: dimensions,
        columns: Vec::new(),
        highest_hz: None,
        views,
        index,
    })
}
