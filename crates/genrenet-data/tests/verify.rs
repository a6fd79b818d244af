//! Copies of FMA and GTZAN against what is published.

use std::fs;
use std::path::Path;

use genrenet_data::verify::{Check, State, verify};

use crate::fma_folder::{Track, tracks, tracks_csv, write_clip, write_fma};

fn checked(folder: &Path, decode: bool) -> Vec<Check> {
    verify(folder, decode, &|_| {}).unwrap_or_else(|e| panic!("{e}"))
}

fn found<'a>(checks: &'a [Check], subject: &str) -> &'a Check {
    let check = checks.iter().find(|check| check.subject == subject);
    check.unwrap_or_else(|| panic!("no {subject}: {checks:#?}"))
}

#[test]
fn a_small_copy_differs_in_counts_and_names_its_faults() {
    let dir = tempfile::tempdir().unwrap();
    let mut list = tracks(6);
    list.push(Track {
        id: 133_297,
        ..list[0].clone()
    });
    write_fma(dir.path(), &list, 2.5);
    let audio = dir.path().join("fma_small");
    fs::remove_file(audio.join("000/000002.mp3")).unwrap();
    fs::write(audio.join("000/000005.mp3"), b"").unwrap();
    fs::write(audio.join("000/000008.mp3"), vec![0; 5000]).unwrap();
    write_clip(&audio.join("000/000011.mp3"), 300.0, 0.5);
    write_clip(&audio.join("000/000999.mp3"), 300.0, 2.5);
    fs::write(dir.path().join("fma_small.zip"), "abc").unwrap();
    for decode in [false, true] {
        let checks = checked(dir.path(), decode);
        let archive = found(&checks, "fma_small.zip: SHA-1");
        assert_eq!(archive.found, "a9993e364706816aba3e25717850c26c9cd0d89d");
        assert_eq!(archive.state, State::Different);
        assert_eq!(found(&checks, "fma_metadata/tracks.csv: rows").found, "7");
        assert_eq!(found(&checks, "fma_metadata/genres.csv: rows").found, "9");
        assert_eq!(found(&checks, "fma_metadata/features.csv: rows").found, "7");
        assert_eq!(found(&checks, "fma_metadata/echonest.csv: rows").found, "7");
        let files = found(&checks, "fma_small: files");
        assert_eq!((&files.found[..], &files.expected[..]), ("7", "8000"));
        assert_eq!(
            found(&checks, "fma_small: tracks without a file").names,
            ["2"]
        );
        assert_eq!(
            found(&checks, "fma_small: files without a track").names,
            ["999"]
        );
        let known = found(&checks, "fma_small: known faults");
        assert_eq!(
            (known.state, &known.names[..]),
            (State::Known, &["133297".to_owned()][..])
        );
        // Only decoding finds the clip that is too short.
        let what = if decode { "decoded" } else { "headers" };
        let faults = &found(&checks, &format!("fma_small: other faults ({what})")).names;
        assert_eq!(faults.len(), 2 + usize::from(decode), "{faults:?}");
        assert!(faults.contains(&"5 (no bytes)".to_owned()), "{faults:?}");
        assert_eq!(
            faults.contains(&"11 (0.5 s)".to_owned()),
            decode,
            "{faults:?}"
        );
    }
    // A table of another version is a difference that says what is missing.
    let table = dir.path().join("fma_metadata/tracks.csv");
    fs::write(table, tracks_csv(&list).replacen("subset", "part", 1)).unwrap();
    let checks = checked(dir.path(), false);
    let rows = found(&checks, "fma_metadata/tracks.csv: rows");
    assert!(
        rows.found.contains("expected the column `set`, `subset`"),
        "{rows:?}"
    );
}

#[test]
fn gtzan_as_published_has_known_faults_only() {
    let dir = tempfile::tempdir().unwrap();
    let place = dir.path().join("genres");
    for genre in [
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
    ] {
        for clip in 0..100 {
            write_clip(
                &place.join(format!("{genre}/{genre}.{clip:05}.wav")),
                300.0,
                0.01,
            );
        }
    }
    fs::write(place.join("jazz/jazz.00054.wav"), b"????").unwrap();
    let checks = checked(dir.path(), false);
    assert!(
        checks.iter().all(|check| check.state != State::Different),
        "{checks:#?}"
    );
    assert_eq!(found(&checks, "GTZAN: known faults").names, ["jazz.00054"]);
    let filtered =
        "GTZAN: repeated, mislabelled or distorted clips, outside the fault-filtered split";
    assert_eq!(found(&checks, filtered).names.len(), 70);
    fs::remove_file(place.join("pop/pop.00007.wav")).unwrap();
    let checks = checked(dir.path(), false);
    assert_eq!(found(&checks, "GTZAN: clips").found, "999");
    assert_eq!(
        found(&checks, "GTZAN: clips without a file").names,
        ["pop.00007"]
    );
}

#[test]
fn folders_with_nothing_to_check_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let error = verify(dir.path(), false, &|_| {}).unwrap_err().to_string();
    assert!(
        error.contains("expected FMA") && error.ends_with("found neither"),
        "{error}"
    );
    let missing = verify(&dir.path().join("nothing"), false, &|_| {}).unwrap_err();
    assert!(missing.to_string().contains("nothing: "), "{missing}");
}
