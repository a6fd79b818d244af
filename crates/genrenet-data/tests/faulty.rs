//! Faulty data sets: each is refused with the file, the place, what was expected and what was found.

use std::fs;

use genrenet_data::Split;
use tempfile::TempDir;

use crate::archive::{Npy, f32s, i32s, npz, npz_entry};
use crate::refusal::{open, refused};

const TRACKS: &str = "track_id,genre,split\n7,Rock,training\n8,Folk,test\n900,Rock,validation\n";

/// A folder with `tracks.csv` and a log-mel of 2 bands and 3 frames for the given ids.
fn folder(tracks: &str, ids: &[i32]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("tracks.csv"), tracks).unwrap();
    let levels: Vec<u8> = (0..ids.len() * 6).map(|i| (i % 32) as u8).collect();
    npz(
        &dir.path().join("logmel.npz"),
        &[
            Npy("track_id", "<i4", &[ids.len()], i32s(ids)),
            Npy("logmel", "|u1", &[ids.len(), 2, 3], levels),
        ],
    );
    dir
}

#[test]
fn a_sound_folder_opens() {
    let dir = folder(TRACKS, &[900, 7, 8]);
    let data = open(dir.path()).unwrap();
    assert_eq!(data.genres, ["Folk", "Rock"]);
    let logmel = data.array("logmel").unwrap();
    let mut row = [0.0; 6];
    logmel.read(0, &mut row).unwrap(); // id 7: stored second, levels 6..12
    assert_eq!(
        row,
        [6, 7, 8, 9, 10, 11].map(|v| -80.0 + 80.0 * (v as f32 + 0.5) / 32.0)
    );
    assert_eq!(data.indices(Split::Test), [1]);
    assert_eq!(data.fingerprint, open(dir.path()).unwrap().fingerprint);
}

#[test]
fn the_upper_end_of_a_log_mel_is_read_and_respected() {
    let dir = folder(TRACKS, &[900, 7, 8]);
    let path = dir.path().join("logmel.npz");
    // Two bands that end at 8 kHz, three frames.
    let write = |hz: &[f32]| {
        npz(
            &path,
            &[
                Npy("track_id", "<i4", &[1], i32s(&[7])),
                Npy(
                    "logmel",
                    "<f4",
                    &[1, 2, 3],
                    f32s(&[-1.0, -2.0, -3.0, -5.0, -6.0, -7.0]),
                ),
                Npy("highest_hz", "<f4", &[hz.len()], f32s(hz)),
            ],
        );
    };
    write(&[8_000.0]);
    let data = open(dir.path()).unwrap();
    let stored = data.array("logmel").unwrap();
    assert_eq!(stored.highest_hz, Some(8_000.0));
    let same = stored.match_front_end(8_000.0, 2, 3).unwrap();
    assert_eq!(same.shape, [2, 3]);
    // One band between them, and the middle frame.
    let other = stored.match_front_end(8_000.0, 1, 1).unwrap();
    let mut cell = [0.0];
    other.read(0, &mut cell).unwrap();
    assert!((cell[0] - -4.0).abs() < 1e-4, "{cell:?}");
    let error = stored
        .match_front_end(11_025.0, 2, 3)
        .unwrap_err()
        .to_string();
    assert!(error.contains("11025") && error.contains("8000"), "{error}");
    for bad in [&[f32::NAN][..], &[-1.0], &[1.0, 2.0]] {
        write(bad);
        refused(dir.path(), "expected one number of Hz above 0");
    }
}

#[test]
fn only_test_rows_and_any_subset_open() {
    let dir = folder(
        "track_id,genre,split\n8,Folk,test\n9,Folk,test\n10,Rock,test\n",
        &[9, 10],
    );
    let data = open(dir.path()).unwrap();
    assert_eq!(data.indices(Split::Test), [0, 1]);
    assert_eq!(
        data.notes,
        ["1 ids of tracks.csv have no row in the arrays: 8"]
    );
    let error = data.check_trainable(&["logmel"]).unwrap_err().to_string();
    assert!(
        error.ends_with("no row is for training (split: official)"),
        "{error}"
    );
    let dir = folder("track_id,genre\n7,Rock\n", &[7, 8, 9]);
    assert_eq!(
        open(dir.path()).unwrap().notes,
        ["2 rows of logmel.npz are not in tracks.csv: 8, 9"]
    );
}

#[test]
fn arrays_that_do_not_fit_their_table() {
    let dir = folder(TRACKS, &[7, 8, 900]);
    let path = dir.path().join("logmel.npz");
    let ids = || {
        Npy(
            "track_id",
            "<i8",
            &[2],
            vec![7, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0],
        )
    };
    let cases: [(Vec<Npy>, &str); 10] = [
        (
            vec![ids(), Npy("logmel", "|u1", &[3, 2, 3], vec![0; 18])],
            "logmel.npz, array `logmel`: expected 2 rows, as `track_id` has, found 3 rows",
        ),
        (
            vec![ids(), Npy("logmel", "|u1", &[2, 6], vec![0; 12])],
            "expected three dimensions, none empty, found the shape [2, 6]",
        ),
        (
            vec![ids(), Npy("logmel", "|u1", &[2, 0, 3], vec![])],
            "expected three dimensions, none empty",
        ),
        (
            vec![ids(), Npy("logmel", "|u1", &[2, 2, 3], vec![0; 11])],
            "expected 12 bytes of data for the shape [2, 2, 3], found 11 bytes",
        ),
        (
            vec![ids(), Npy("logmel", "|u1", &[2, 2, 3], vec![99; 12])],
            "expected levels of 0 to 31, found 99",
        ),
        (
            vec![
                ids(),
                Npy("logmel", "<f4", &[2, 2, 3], f32s(&[f32::NAN; 12])),
            ],
            "expected finite numbers, found NaN in the row of 7",
        ),
        (
            vec![ids(), Npy("logmel", ">f4", &[2, 2, 3], vec![0; 48])],
            "expected numbers or text, little-endian, found the type >f4",
        ),
        (
            vec![ids(), Npy("image", "|u1", &[2, 2, 3], vec![0; 12])],
            "array `logmel`: expected an array of this name, found only image, track_id",
        ),
        (
            vec![Npy("logmel", "|u1", &[2, 2, 3], vec![0; 12])],
            "expected ids beside the array, found logmel",
        ),
        (
            vec![
                Npy("track_id", "<i4", &[2], i32s(&[1, 2])),
                Npy("logmel", "|u1", &[2, 2, 3], vec![0; 12]),
            ],
            "expected ids of tracks.csv, found none of them (1, 2)",
        ),
    ];
    for (arrays, ends) in cases {
        npz(&path, &arrays);
        refused(dir.path(), ends);
    }
    npz(
        &path,
        &[
            Npy("track_id", "<i4", &[2], i32s(&[7, 7])),
            Npy("logmel", "|u1", &[2, 2, 3], vec![0; 12]),
        ],
    );
    refused(
        dir.path(),
        "logmel.npz: the id `7` is not unique (rows 1 and 2)",
    );
    let mut zip = zip::ZipWriter::new(fs::File::create(&path).unwrap());
    npz_entry(&mut zip, "track_id", "<i4", &[2], "False", &i32s(&[7, 8]));
    npz_entry(&mut zip, "logmel", "|u1", &[2, 2, 3], "True", &[0; 12]);
    zip.finish().unwrap();
    refused(
        dir.path(),
        "expected C order (save it with numpy.ascontiguousarray), found Fortran order",
    );
    fs::write(&path, "no archive").unwrap();
    refused(dir.path(), "logmel.npz: it is not a readable .npz archive");
}

#[test]
fn archives_cut_short_or_with_flipped_bytes_never_panic() {
    let dir = folder(TRACKS, &[7, 8, 900]);
    let path = dir.path().join("logmel.npz");
    let good = fs::read(&path).unwrap();
    for at in 0..good.len() {
        let mut bad = good.clone();
        bad[at] = bad[at].wrapping_add(85);
        fs::write(&path, &bad).unwrap();
        let _ = open(dir.path());
        fs::write(&path, &good[..at]).unwrap();
        assert!(open(dir.path()).is_err(), "cut at {at}");
    }
}

#[test]
fn every_number_type_is_read() {
    let text: Vec<u8> = ["7", "8"]
        .iter()
        .flat_map(|s| [s.as_bytes()[0], 0, 0, 0, 0, 0, 0, 0])
        .collect();
    let wide: Vec<u8> = [1.5f64, -2.0, 3.0, 4.0]
        .iter()
        .flat_map(|v| v.to_le_bytes())
        .collect();
    let cases: [(&str, Vec<u8>); 6] = [
        ("<f8", wide),
        ("<f4", f32s(&[1.5, -2.0, 3.0, 4.0])),
        ("<i4", i32s(&[1, -2, 3, 4])),
        ("<i2", vec![1, 0, 0xfe, 0xff, 3, 0, 4, 0]),
        ("|i1", vec![1, 0xfe, 3, 4]),
        ("<u2", vec![1, 0, 2, 0, 3, 0, 4, 0]),
    ];
    for (descr, data) in cases {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("tracks.csv"), TRACKS).unwrap();
        let id = Npy("track_id", "<U2", &[2], text.clone());
        npz(
            &dir.path().join("mfcc_stats.npz"),
            &[id, Npy("stats", descr, &[2, 2], data)],
        );
        let data = open(dir.path()).unwrap();
        let mut row = [0.0; 2];
        data.array("mfcc_stats").unwrap().read(1, &mut row).unwrap();
        assert_eq!(row, [3.0, 4.0], "{descr}");
        data.array("mfcc_stats").unwrap().read(0, &mut row).unwrap();
        assert_eq!(row[1].abs(), 2.0, "{descr}");
    }
}

#[test]
fn unknown_layouts_name_what_is_expected() {
    let dir = tempfile::tempdir().unwrap();
    refused(
        dir.path(),
        "it holds neither tracks.csv nor folders with audio files. A data set is a folder with tracks.csv",
    );
    refused(&dir.path().join("nowhere"), "nowhere: ");
    fs::write(dir.path().join("a.mp3"), b"\0\0").unwrap();
    refused(dir.path(), "its one file is not in a genre folder");
    refused(&dir.path().join("a.mp3"), "it is not a text table");
    fs::write(dir.path().join("tracks.csv"), TRACKS).unwrap();
    refused(dir.path(), "expected beside tracks.csv one of logmel.npz");
}

#[test]
fn any_archive_with_genres_opens() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("mine.npz");
    let genre = |n: usize| -> Vec<u8> {
        (0..n)
            .map(|i| if i % 2 == 0 { b'a' } else { b'b' })
            .collect()
    };
    npz(
        &path,
        &[
            Npy("genre", "|S1", &[4], genre(4)),
            Npy("values", "<f4", &[4, 2], f32s(&[1.0; 8])),
        ],
    );
    let data = open(&path).unwrap();
    assert_eq!(
        (data.rows.len(), data.genres.len(), data.name.as_str()),
        (4, 2, "mine")
    );
    assert_eq!(data.array("values").unwrap().shape, [2]);
    npz(
        &path,
        &[
            Npy("genre", "|S1", &[4], genre(4)),
            Npy("values", "<f4", &[3, 2], f32s(&[1.0; 6])),
        ],
    );
    refused(
        &path,
        "array `values`: expected 4 rows of one or two dimensions, found the shape [3, 2]",
    );
    npz(&path, &[Npy("x", "<f4", &[1], f32s(&[1.0]))]);
    refused(&path, "it has no array `genre`; its arrays are x");
}
