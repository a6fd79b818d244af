//! FMA from disk: audio files, tables of features, all genres, and faulty copies.

use std::fs;
use std::path::Path;

use genrenet_data::{DataError, Dataset, Labels, OpenOptions, Split};

use crate::fma_folder::{ECHONEST, Track, tracks, tracks_csv, write_clip, write_fma, write_tables};

fn open(path: &Path) -> Result<Dataset, String> {
    Dataset::open(path, &OpenOptions::default()).map_err(|e| e.to_string())
}

fn all_labels() -> OpenOptions {
    OpenOptions {
        labels: Labels::All,
        ..OpenOptions::default()
    }
}

fn noted(data: &Dataset, note: &str) {
    assert!(
        data.notes.iter().any(|n| n.contains(note)),
        "{note}: {:#?}",
        data.notes
    );
}

fn refused(path: &Path, parts: &[&str]) {
    let error = open(path).err().unwrap();
    for part in parts {
        assert!(error.contains(part), "expected `{part}`, found `{error}`");
    }
}

#[test]
fn the_folder_and_its_audio_folder_open_as_one_data_set() {
    let dir = tempfile::tempdir().unwrap();
    write_fma(dir.path(), &tracks(20), 0.1);
    let data = open(dir.path()).unwrap();
    assert_eq!(data.genres, ["Electronic", "Rock"]);
    assert_eq!(data.rows.len(), 20);
    assert_eq!(data.split.to_string(), "official");
    assert_eq!(data.grouped_by.as_deref(), Some("artist and album"));
    assert_eq!((data.unread, data.notes.len()), (0, 0), "{:?}", data.notes);
    let row = &data.rows[0];
    assert_eq!(
        (&row.id[..], row.artist.as_deref(), row.album.as_deref()),
        ("2", Some("1"), Some("10"))
    );
    assert_eq!(row.split, Split::Training);
    assert!(
        row.path
            .as_ref()
            .unwrap()
            .ends_with("fma_small/000/000002.mp3")
    );
    assert_eq!(data.counts(Split::Test), [2, 2]);
    // Both tracks of an artist are one group, and no others.
    let groups: std::collections::HashSet<_> = data.rows.iter().map(|row| row.group).collect();
    assert_eq!(groups.len(), 10);
    let direct = open(&dir.path().join("fma_small")).unwrap();
    assert_eq!(direct.fingerprint, data.fingerprint);
}

#[test]
fn other_names_of_files_and_other_folders_are_the_same_tracks() {
    let dir = tempfile::tempdir().unwrap();
    let list = tracks(4);
    write_tables(dir.path(), &list);
    let audio = dir.path().join("fma_medium");
    for (name, hz) in [
        ("2.mp3", 100.0),
        ("000005.MP3", 200.0),
        ("x/y/0000008.flac", 300.0),
        ("00/11.mp3", 400.0),
    ] {
        write_clip(&audio.join(name), hz, 0.1);
    }
    let data = open(dir.path()).unwrap();
    let ids: Vec<&str> = data.rows.iter().map(|row| &row.id[..]).collect();
    assert_eq!(ids, ["2", "5", "8", "11"]);
    // Several folders of audio files: one must be named.
    write_clip(&dir.path().join("fma_small/000/000002.mp3"), 100.0, 0.1);
    refused(
        dir.path(),
        &["several folders of audio files, fma_small, fma_medium: name one of them"],
    );
    assert_eq!(open(&audio).unwrap().rows.len(), 4);
}

#[test]
fn all_genres_come_with_their_parents() {
    let dir = tempfile::tempdir().unwrap();
    let mut list = tracks(8);
    list[0].genres = "[109]";
    list[1].top = "";
    list[1].genres = "[41]";
    write_fma(dir.path(), &list, 0.1);
    assert_eq!(open(dir.path()).unwrap().rows.len(), 7);
    let data = Dataset::open(dir.path(), &all_labels()).unwrap();
    assert_eq!(data.rows.len(), 8);
    assert_eq!(
        data.genres,
        [
            "Electroacoustic",
            "Electronic",
            "Experimental",
            "Hardcore",
            "Punk",
            "Rock"
        ]
    );
    assert_eq!(data.parents["Hardcore"], "Punk");
    let titles = |row: usize| -> Vec<&str> {
        (data.rows[row].labels.iter())
            .map(|&label| &data.genres[label as usize][..])
            .collect()
    };
    assert_eq!(titles(0), ["Hardcore", "Punk", "Rock"]);
    assert_eq!(titles(1), ["Electroacoustic", "Experimental"]);
}

#[test]
fn features_and_echonest_values_have_the_rows_of_the_tracks() {
    let dir = tempfile::tempdir().unwrap();
    let mut list = tracks(12);
    list[3].top = "";
    write_tables(dir.path(), &list);
    let metadata = dir.path().join("fma_metadata");
    let features = open(&metadata.join("features.csv")).unwrap();
    let values = features.require_array("values").unwrap();
    assert_eq!((features.rows.len(), values.columns.len()), (11, 518));
    let column = values
        .columns
        .iter()
        .position(|name| name == "mfcc_mean_01")
        .unwrap();
    let mut row = vec![0.0; 518];
    values.read(1, &mut row).unwrap();
    assert_eq!(row[column], 5.0 + column as f32 / 1000.0);
    assert_eq!(features.split.to_string(), "official");
    assert_eq!(features.rows[1].artist.as_deref(), Some("1"));
    let echonest = open(&metadata.join("echonest.csv")).unwrap();
    assert_eq!(echonest.require_array("values").unwrap().columns, ECHONEST);
    assert_eq!(echonest.rows.len(), 11);
    let all = Dataset::open(&metadata.join("echonest.csv"), &all_labels()).unwrap();
    assert_eq!(all.rows.len(), 12);
    // Features of a track that tracks.csv does not have are named.
    write_tables(dir.path(), &list[1..]);
    fs::write(metadata.join("echonest.csv"), echonest_with("999999")).unwrap();
    let data = open(&metadata.join("echonest.csv")).unwrap();
    noted(&data, "1 track is not in tracks.csv, and left out: 999999");
    fs::write(
        metadata.join("echonest.csv"),
        echonest_with("5").replace(",0.5", ",fast"),
    )
    .unwrap();
    refused(
        &metadata.join("echonest.csv"),
        &["line 4, column `energy`: expected a finite number, found `fast`"],
    );
    fs::write(
        metadata.join("echonest.csv"),
        echonest_with("5").replace("audio_features", "features"),
    )
    .unwrap();
    refused(
        &metadata.join("echonest.csv"),
        &["expected columns of `echonest`, `audio_features`, found none among 3 columns"],
    );
    fs::remove_file(metadata.join("tracks.csv")).unwrap();
    refused(
        &metadata.join("features.csv"),
        &["features.csv", "expected", "tracks.csv, found none"],
    );
}

/// A table of two rows that has three header rows only.
fn echonest_with(id: &str) -> String {
    format!(",echonest,echonest\n,audio_features,metadata\n,energy,release\n{id},0.5,A\n8,0.25,B\n")
}

#[test]
fn missing_known_empty_and_surplus_files_are_named_and_counted() {
    let dir = tempfile::tempdir().unwrap();
    let mut list = tracks(8);
    let more = |id, subset| Track {
        id,
        subset,
        ..list[0].clone()
    };
    let others = [
        more(98565, "small"),
        more(133297, "small"),
        more(90, "medium"),
        more(91, "large"),
    ];
    list.extend(others);
    write_fma(dir.path(), &list, 0.1);
    let audio = dir.path().join("fma_small");
    // Of the medium subset one file is there, and one of the large is not.
    fs::remove_file(audio.join("000/000091.mp3")).unwrap();
    fs::remove_file(audio.join("000/000002.mp3")).unwrap();
    fs::write(audio.join("000/000005.mp3"), b"").unwrap();
    write_clip(&audio.join("777/777777.mp3"), 500.0, 0.1);
    write_clip(&audio.join("extra.mp3"), 600.0, 0.1);
    write_clip(&audio.join("8.mp3"), 700.0, 0.1);
    fs::write(audio.join("README.txt"), "FMA").unwrap();
    fs::write(audio.join("checksums"), "0 000/000002.mp3").unwrap();
    let data = open(dir.path()).unwrap();
    assert_eq!(data.rows.len(), 7);
    assert_eq!(data.unread, 2);
    noted(
        &data,
        "2 clips are known to be too short or undecodable in every copy of FMA, and left out: 98565, 133297",
    );
    noted(
        &data,
        "1 track of the subset small has no file in fma_small: 2",
    );
    noted(&data, "1 file has no bytes: 5");
    noted(
        &data,
        "1 file has no row in tracks.csv, and is left out: 777777",
    );
    noted(&data, "1 file has the number of another, and is left out: ");
    noted(
        &data,
        "1 file has no track's number as its name, and is left out: extra.mp3",
    );
    assert_eq!(data.notes.len(), 6, "{:#?}", data.notes);
}

#[test]
fn tables_of_another_version_name_the_missing_column() {
    let dir = tempfile::tempdir().unwrap();
    let list = tracks(4);
    write_fma(dir.path(), &list, 0.1);
    let table = dir.path().join("fma_metadata/tracks.csv");
    let whole = tracks_csv(&list);
    for (from, to, parts) in [
        (
            "split,subset",
            "split,part",
            &[
                "expected the column `set`, `subset` in its first two rows, found of `set` only split, part",
            ][..],
        ),
        (
            "genre_top",
            "top_genre",
            &["the column `track`, `genre_top`", "top_genre"],
        ),
        (
            "track_id,,",
            "id,,",
            &["expected `track_id` in its third row, found id"],
        ),
        (
            ",small,",
            ",tiny,",
            &["line 4, column `set.subset`: expected small, medium or large, found `tiny`"],
        ),
        (
            ",training,",
            ",train set,",
            &["column `set.split`: expected training, validation or test, found `train set`"],
        ),
        (
            "\n5,",
            "\n2,",
            &["column `track_id`: expected an id of its own, found `2, which line 4 has too`"],
        ),
        (
            "\n5,",
            "\nfive,",
            &["column `track_id`: expected a track's number, found `five`"],
        ),
    ] {
        let changed = whole.replacen(from, to, 1);
        assert_ne!(changed, whole, "{from}");
        fs::write(&table, changed).unwrap();
        refused(dir.path(), parts);
    }
    // The beta release had one header row.
    fs::write(&table, "track_id,title,genre\n2,Food,Hip-Hop\n").unwrap();
    refused(
        dir.path(),
        &[
            "expected the column `set`, `split`",
            "no column of `set` among 3 columns",
        ],
    );
    fs::write(&table, "").unwrap();
    refused(dir.path(), &["expected two rows of names, found fewer"]);
    // An unknown genre.
    fs::write(&table, whole.replacen("[12, 25]", "[12, 9999]", 2)).unwrap();
    assert_eq!(open(dir.path()).unwrap().rows.len(), 4);
    let error = Dataset::open(dir.path(), &all_labels()).unwrap_err();
    assert!(
        matches!(&error, DataError::Cell { found, .. } if found == "9999"),
        "{error}"
    );
}

#[test]
fn a_genre_with_one_track_and_a_folder_that_cannot_be_written_to() {
    let dir = tempfile::tempdir().unwrap();
    let mut list = tracks(20);
    list[0].top = "Folk";
    write_fma(dir.path(), &list, 0.1);
    let mut read_only = fs::metadata(dir.path()).unwrap().permissions();
    let writable = read_only.clone();
    read_only.set_readonly(true);
    fs::set_permissions(dir.path(), read_only).unwrap();
    let opened = open(dir.path());
    fs::set_permissions(dir.path(), writable).unwrap();
    let data = opened.unwrap();
    assert_eq!(data.genres, ["Electronic", "Folk", "Rock"]);
    assert_eq!(data.counts(Split::Training)[1], 1);
    let entries = fs::read_dir(dir.path()).unwrap().count();
    assert_eq!(entries, 2, "nothing is written beside the data");
}

#[test]
fn incomplete_folders_say_what_is_expected() {
    let dir = tempfile::tempdir().unwrap();
    write_tables(dir.path(), &tracks(4));
    refused(
        dir.path(),
        &["one of the folders fma_small, fma_medium, fma_large, fma_full is expected, found none"],
    );
    refused(
        &dir.path().join("fma_metadata"),
        &[
            "these are FMA's tables: name ",
            "features.csv or echonest.csv",
        ],
    );
    let other = tempfile::tempdir().unwrap();
    write_clip(&other.path().join("fma_small/000/000002.mp3"), 100.0, 0.1);
    refused(
        &other.path().join("fma_small"),
        &["FMA's tables are missing", "unpack fma_metadata.zip there"],
    );
}

#[test]
fn the_layout_of_the_real_tables_is_read() {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let metadata = std::env::var_os("GENRENET_SHARED")
        .map_or(shared, Into::into)
        .join("fma_metadata");
    if !metadata.is_dir() {
        println!("skipped: no {}", metadata.display());
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("fma_metadata")).unwrap();
    for table in ["tracks.csv", "genres.csv"] {
        fs::copy(
            metadata.join(table),
            dir.path().join("fma_metadata").join(table),
        )
        .unwrap();
    }
    for id in [2, 3, 5, 20, 26, 255, 574, 676] {
        write_clip(
            &dir.path().join(format!("fma_large/000/{id:06}.mp3")),
            id as f32,
            0.1,
        );
    }
    let data = Dataset::open(dir.path(), &all_labels()).unwrap();
    assert_eq!(data.rows.len(), 8);
    let titles = |row: usize| {
        data.rows[row]
            .labels
            .iter()
            .map(|&l| &data.genres[l as usize][..])
            .collect::<Vec<_>>()
    };
    assert_eq!(
        titles(3),
        ["Experimental Pop", "Folk", "Pop", "Singer-Songwriter"]
    );
    assert_eq!(data.rows[3].artist.as_deref(), Some("4"));
    let top = open(dir.path()).unwrap();
    assert_eq!(top.genres, ["Hip-Hop", "Rock"]);
}
