//! GTZAN from disk: its folders under several names, the fault-filtered split, and incomplete copies.

use std::fs;
use std::path::Path;

use genrenet_data::{Dataset, OpenOptions, Split};

use crate::fma_folder::write_clip;

const GENRES: [&str; 10] = [
    "blues",
    "classical",
    "country",
    "disco",
    "hiphop",
    "jazz",
    "metal",
    "pop",
    "reggae",
    "rock",
];

/// Writes clips of each genre.
fn write(folder: &Path, clips: &[u32], ending: &str) {
    for (g, genre) in GENRES.iter().enumerate() {
        for clip in clips {
            let pitch = 200.0 + 100.0 * g as f32 + *clip as f32;
            let name = format!("{genre}/{genre}.{clip:05}.{ending}");
            write_clip(&folder.join(name), pitch, 0.05);
        }
    }
}

fn open(path: &Path) -> Dataset {
    Dataset::open(path, &OpenOptions::default()).unwrap_or_else(|e| panic!("{e}"))
}

#[test]
fn gtzan_is_recognised_by_its_names_and_has_the_fault_filtered_split() {
    for (place, ending) in [
        ("", "wav"),
        ("genres", "au"),
        ("genres_original", "wav"),
        ("Data/genres_original", "mp3"),
    ] {
        let dir = tempfile::tempdir().unwrap();
        write(&dir.path().join(place), &[0, 29, 30, 41, 99], ending);
        let data = open(dir.path());
        assert_eq!(data.genres, GENRES);
        assert_eq!(data.split.to_string(), "official");
        let row = |id: &str| data.rows.iter().find(|row| row.id == id);
        assert_eq!(row("blues.00000").unwrap().split, Split::Validation);
        assert_eq!(row("blues.00029").unwrap().split, Split::Training);
        assert_eq!(row("blues.00099").unwrap().split, Split::Test);
        assert_eq!(
            row("blues.00029").unwrap().group,
            row("blues.00030").unwrap().group
        );
        // In no list: left out, and named. Listed without a file: counted.
        assert!(row("reggae.00041").is_none());
        let filtered = data
            .notes
            .iter()
            .find(|note| note.contains("left out by the fault filter"));
        assert!(
            filtered.unwrap().contains("reggae.00041"),
            "{:?}",
            data.notes
        );
        assert_eq!(data.unread, 930 - data.rows.len());
        let missing = data
            .notes
            .iter()
            .find(|note| note.contains("clips have no file"));
        assert!(
            missing.unwrap().starts_with(&data.unread.to_string()),
            "{:?}",
            data.notes
        );
    }
}

#[test]
fn the_published_split_of_all_clips_is_taken_as_it_is_and_its_one_shared_artist_noted() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), &Vec::from_iter(0..100), "wav");
    let data = open(dir.path());
    assert_eq!(data.rows.len(), 930);
    let subsets = [Split::Training, Split::Validation, Split::Test];
    assert_eq!(
        subsets.map(|split| data.indices(split).len()),
        [443, 197, 290]
    );
    assert_eq!(data.unread, 0);
    assert!(
        data.leaks().artists.is_empty() && data.leaks().groups.is_empty(),
        "{:?}",
        data.leaks()
    );
    let note = "disco.00069 of the test is by the artist of disco.00049";
    assert!(
        data.notes.iter().any(|n| n.starts_with(note)),
        "{:#?}",
        data.notes
    );
}

#[test]
fn known_and_new_faults_are_told_apart() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), &[0, 54, 55], "wav");
    fs::write(dir.path().join("jazz/jazz.00054.wav"), vec![7; 1000]).unwrap();
    fs::write(dir.path().join("jazz/jazz.00055.wav"), b"").unwrap();
    write_clip(&dir.path().join("rock/mine.wav"), 300.0, 0.05);
    let data = open(dir.path());
    for note in [
        "1 clip is known to be undecodable in GTZAN's usual archive, and left out: jazz.00054",
        "1 file has no bytes: jazz.00055",
        "1 file is not named as GTZAN's clips are, and left out: mine.wav",
    ] {
        assert!(
            data.notes.iter().any(|n| n == note),
            "{note}: {:#?}",
            data.notes
        );
    }
    assert!(!data.rows.iter().any(|row| row.id.starts_with("jazz.0005")));
    // The clip is used where it is sound.
    write(dir.path(), &[54], "wav");
    assert!(
        open(dir.path())
            .rows
            .iter()
            .any(|row| row.id == "jazz.00054")
    );
}

#[test]
fn genre_folders_with_other_names_are_no_gtzan() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), &[0], "wav");
    write_clip(&dir.path().join("techno/a.wav"), 90.0, 0.05);
    let data = open(dir.path());
    assert_eq!((data.genres.len(), data.rows.len()), (11, 11));
    let dir = tempfile::tempdir().unwrap();
    for genre in GENRES {
        write_clip(
            &dir.path().join(genre).join("song.wav"),
            90.0 + genre.len() as f32,
            0.05,
        );
    }
    assert!(open(dir.path()).rows[0].id.ends_with("song.wav"));
}
