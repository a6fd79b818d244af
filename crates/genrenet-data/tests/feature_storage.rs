//! Features in memory and in the feature cache are the same rows, and a cache that is damaged or can't be written is noticed.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use genrenet_audio::{FrontEnd, LogMelSpec, MfccHead, Rate, SegmentSpec, Windowing};
use genrenet_data::features::{self, Storage};
use genrenet_data::{Array, DataError, Dataset, IDENTIFYING_ARRAYS, OpenOptions};

use crate::tones::tone;

const SONGS: usize = 4;
/// Bytes of the features of the shortest song.
const ONE_SONG: u64 = 4 * (32 * 16 + 20 * 22);

fn front_end() -> FrontEnd {
    FrontEnd {
        log_mel: Some(LogMelSpec {
            rate: Rate::Hz(22_050),
            n_mels: 32,
            ..Default::default()
        }),
        windowing: Windowing {
            seconds: 2.0,
            frames: 16,
            windows: 3,
        },
        segments: None,
        mfcc_head: Some(MfccHead {
            seconds: 0.5,
            ..Default::default()
        }),
    }
}

/// Two genres of two songs each, of one and of three windows.
fn songs() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for song in 0..SONGS {
        let name = format!("{}/{song}.wav", ["Low", "High"][song % 2]);
        let seconds = if song < 2 { 2.0 } else { 9.0 };
        tone(
            &folder.path().join(name),
            200.0 + 300.0 * song as f32,
            seconds,
        );
    }
    folder
}

fn computed(songs: &Path, cache: &Path, memory: u64) -> Result<Dataset, DataError> {
    let storage = Storage {
        cache: Some(cache.to_path_buf()),
        memory,
    };
    computed_with(songs, &front_end(), &storage)
}

fn computed_with(
    songs: &Path,
    front_end: &FrontEnd,
    storage: &Storage,
) -> Result<Dataset, DataError> {
    let mut dataset = Dataset::open(songs, &OpenOptions::default()).unwrap();
    let go = AtomicBool::new(false);
    let bad = features::compute(&mut dataset, front_end, None, storage, &|_, _| {}, &go)?;
    assert!(bad.is_empty(), "{bad:?}");
    Ok(dataset)
}

/// Every window of every row of an array.
fn numbers(array: &Array) -> Vec<Vec<f32>> {
    let mut all = Vec::new();
    for row in 0..array.rows() {
        for window in 0..array.windows(row) {
            let mut out = vec![f32::NAN; array.row_len()];
            array.read_window(row, window, &mut out).unwrap();
            all.push(out);
        }
    }
    all
}

/// All entries of a cache.
fn entries(cache: &Path) -> Vec<PathBuf> {
    let list = |folder: &Path| -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).into_iter().flatten();
        entries.map(|entry| entry.unwrap().path()).collect()
    };
    list(cache).iter().flat_map(|folder| list(folder)).collect()
}

#[test]
fn rows_are_the_same_in_memory_and_on_disk() {
    let songs = songs();
    let home = tempfile::tempdir().unwrap();
    let in_memory = computed_with(songs.path(), &front_end(), &Storage::in_memory()).unwrap();
    let names: Vec<&str> = in_memory.arrays.iter().map(|a| a.name.as_str()).collect();
    assert_eq!(names, ["logmel", "mfcc"]);
    // Nothing in memory, a song or two in memory, everything in memory; computed, then read from the cache.
    for memory in [0, ONE_SONG, 3 * ONE_SONG, Storage::MEMORY] {
        let cache = home.path().join(memory.to_string());
        for _ in 0..2 {
            let dataset = computed(songs.path(), &cache, memory).unwrap();
            assert_eq!(dataset.fingerprint, in_memory.fingerprint);
            for (array, expected) in dataset.arrays.iter().zip(&in_memory.arrays) {
                assert_eq!(array.shape, expected.shape);
                assert_eq!(numbers(array), numbers(expected), "{memory} {}", array.name);
            }
            for row in 0..SONGS {
                let of = |data: &Dataset| data.row_fingerprints(row, &IDENTIFYING_ARRAYS).unwrap();
                assert_eq!(of(&dataset), of(&in_memory));
            }
            // Views of what is on disk are views of the same numbers.
            let view = |data: &Dataset| {
                let array = data.array("logmel").unwrap();
                let fewer = array.with_frames(5).unwrap();
                numbers(&fewer.with_bands(&[0.5, 7.25, 30.0]).unwrap())
            };
            assert_eq!(view(&dataset), view(&in_memory));
        }
        assert_eq!(entries(&cache).len(), SONGS);
    }
    // Where only rows on disk are chosen, they are the same rows.
    let mut chosen = computed(songs.path(), &home.path().join("0"), 0).unwrap();
    chosen.keep_genres(&["Low".to_owned()]).unwrap();
    assert_eq!(numbers(chosen.array("mfcc").unwrap()).len(), 4);
}

#[test]
fn segments_are_read_from_disk_too() {
    let songs = songs();
    let home = tempfile::tempdir().unwrap();
    let front_end = FrontEnd {
        segments: Some(SegmentSpec {
            frames: 8,
            ..Default::default()
        }),
        mfcc_head: None,
        ..front_end()
    };
    let storage = Storage {
        cache: Some(home.path().to_path_buf()),
        memory: 0,
    };
    let on_disk = computed_with(songs.path(), &front_end, &storage).unwrap();
    let in_memory = computed_with(songs.path(), &front_end, &Storage::in_memory()).unwrap();
    assert_eq!(on_disk.fingerprint, in_memory.fingerprint);
    let segments = |data: &Dataset| numbers(data.array("segments").unwrap());
    assert!(segments(&in_memory).len() > SONGS);
    assert_eq!(segments(&on_disk), segments(&in_memory));
}

#[test]
fn an_entry_that_disappears_is_an_error_and_is_computed_again() {
    let songs = songs();
    let home = tempfile::tempdir().unwrap();
    let dataset = computed(songs.path(), home.path(), 0).unwrap();
    let array = dataset.array("mfcc").unwrap();
    let expected = numbers(array);
    let all = entries(home.path());
    let whole: Vec<Vec<u8>> = all.iter().map(|path| fs::read(path).unwrap()).collect();
    let mut out = vec![0.0; array.row_len()];
    let read_all = |out: &mut [f32]| -> Result<(), DataError> {
        (0..SONGS).try_for_each(|row| array.read(row, out))
    };
    // Cut, then gone.
    for cut in [true, false] {
        for path in &all {
            match cut {
                true => fs::write(path, "GNFEATS3").unwrap(),
                false => fs::remove_file(path).unwrap(),
            }
        }
        let error = read_all(&mut out).unwrap_err();
        assert!(matches!(error, DataError::CacheChanged { .. }), "{error}");
        let text = error.to_string();
        assert!(text.starts_with(home.path().to_str().unwrap()), "{text}");
        assert!(text.contains("was changed while it was in use"), "{text}");
        // Another process that computes them puts the same entries there, and reading goes on.
        let again = computed(songs.path(), home.path(), 0).unwrap();
        assert_eq!(again.fingerprint, dataset.fingerprint);
        read_all(&mut out).unwrap();
        assert_eq!(numbers(array), expected);
        for (path, whole) in all.iter().zip(&whole) {
            assert!(fs::read(path).unwrap() == *whole);
        }
    }
}

#[test]
fn what_can_not_be_stored_is_kept_in_memory_up_to_the_bound() {
    let songs = songs();
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("file");
    fs::write(&file, "no folder").unwrap();
    let cache = file.join("cache");
    let dataset = computed(songs.path(), &cache, Storage::MEMORY).unwrap();
    let noted = |note: &String| {
        note.starts_with("features are not kept for the next time") && note.contains("cache")
    };
    assert!(dataset.notes.iter().any(noted), "{:?}", dataset.notes);
    let reference = computed_with(songs.path(), &front_end(), &Storage::in_memory()).unwrap();
    assert_eq!(dataset.fingerprint, reference.fingerprint);
    assert!(!reference.notes.iter().any(noted));

    let error = computed(songs.path(), &cache, ONE_SONG)
        .unwrap_err()
        .to_string();
    for words in [
        "features need more than 0 MiB of memory",
        cache.to_str().unwrap(),
        "GENRENET_CACHE",
        "GENRENET_FEATURE_MEMORY",
    ] {
        assert!(error.contains(words), "{error}");
    }
    let without_cache = Storage {
        cache: None,
        memory: ONE_SONG,
    };
    let error = computed_with(songs.path(), &front_end(), &without_cache).unwrap_err();
    assert!(error.to_string().contains("no folder for it is known"));
}

#[test]
fn temporary_files_of_killed_processes_are_removed() {
    let songs = songs();
    let home = tempfile::tempdir().unwrap();
    computed(songs.path(), home.path(), 0).unwrap();
    let aside = home.path().join("unfinished");
    assert_eq!(entries(home.path()).len(), SONGS, "nothing unfinished");
    let [old, new] = [".genrenet-old.part", ".genrenet-new.part"].map(|name| aside.join(name));
    for path in [&old, &new] {
        fs::write(path, "half").unwrap();
    }
    let hours_ago = std::time::SystemTime::now() - std::time::Duration::from_secs(4 * 3600);
    let file = fs::File::options().write(true).open(&old).unwrap();
    file.set_modified(hours_ago).unwrap();
    computed(songs.path(), home.path(), 0).unwrap();
    // The new one may be of a process that runs.
    assert!(!old.exists() && new.exists());
}
