//! Manifests in every kind of table, in ranges of rows, and faulty ones.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use genrenet_data::manifest::{Manifest, ManifestRow};
use genrenet_data::{Dataset, OpenOptions};
use proptest::prelude::*;

fn golden(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/manifests");
    folder.join(name)
}

/// The rows that `reference/manifests.py` writes.
fn expected() -> Vec<[Option<String>; 5]> {
    let row = |i: usize| {
        let genre = if i % 2 == 1 { "Rock" } else { "Música" };
        let split = ["training", "validation", "test"][i % 3];
        [
            Some(format!("audio/{i:03}.mp3")),
            (!i.is_multiple_of(3)).then(|| genre.to_owned()),
            (!i.is_multiple_of(5)).then(|| (i / 4).to_string()),
            Some(format!("album {}", i / 2)),
            Some(split.to_owned()),
        ]
    };
    (0..100).map(row).collect()
}

fn cells(row: ManifestRow) -> [Option<String>; 5] {
    [Some(row.path), row.genre, row.artist, row.album, row.split]
}

fn rows(manifest: &Manifest, range: std::ops::Range<usize>) -> Vec<ManifestRow> {
    manifest.rows(range).unwrap().map(Result::unwrap).collect()
}

/// The same rows as CSV, TSV with CRLF, and JSON lines with other keys and blank lines among them.
fn as_text(folder: &Path) -> Vec<PathBuf> {
    let cell = |c: &Option<String>| c.clone().unwrap_or_default();
    let mut csv = "seconds,path,genre,artist,album,split\n".to_owned();
    let mut tsv = "Split\tFile\tLabel\tArtist_ID\tAlbum_ID\r\n".to_owned();
    let mut json = String::new();
    for row in expected() {
        let [path, genre, artist, album, split] = row.each_ref().map(cell);
        csv += &format!("1.5,{path},\"{genre}\",{artist},\"{album}\",{split}\n");
        tsv += &format!("{split}\t{path}\t{genre}\t{artist}\t{album}\r\n");
        let artist = if artist.is_empty() { "null" } else { &artist };
        json += &format!(
            "{{\"x\": [1, {{}}], \"path\": \"{path}\", \"genre\": \"{genre}\", \"artist\": {artist}, \"album\": \"{album}\", \"split\": \"{split}\"}}\n\n"
        );
    }
    let files = [("a.csv", csv.clone()), ("a.tsv", tsv), ("a.jsonl", json)];
    let mut paths: Vec<PathBuf> = files
        .into_iter()
        .map(|(name, text)| {
            fs::write(folder.join(name), text).unwrap();
            folder.join(name)
        })
        .collect();
    let marked = format!("\u{feff}{csv}");
    let utf_16: Vec<u8> = marked.encode_utf16().flat_map(u16::to_le_bytes).collect();
    fs::write(folder.join("utf16.csv"), utf_16).unwrap();
    paths.push(folder.join("utf16.csv"));
    paths
}

#[test]
fn every_kind_of_table_says_the_same_rows() {
    let dir = tempfile::tempdir().unwrap();
    let names = [
        "snappy", "gzip", "plain", "large", "polars", "pandas", "duckdb",
    ];
    let mut paths = as_text(dir.path());
    paths.extend(names.map(|name| golden(&format!("{name}.parquet"))));
    for path in paths {
        let manifest = Manifest::open(&path).unwrap();
        let read = rows(&manifest, 0..manifest.len());
        let indices: Vec<usize> = read.iter().map(|row| row.index).collect();
        assert_eq!(indices, Vec::from_iter(0..100), "{}", path.display());
        let read: Vec<_> = read.into_iter().map(cells).collect();
        assert_eq!(read, expected(), "{}", path.display());
        // A range is what the whole says there, wherever row groups and pages begin.
        for range in [
            0..0,
            0..1,
            16..18,
            50..51,
            17..34,
            33..100,
            99..100,
            100..100,
        ] {
            let part: Vec<_> = rows(&manifest, range.clone())
                .into_iter()
                .map(cells)
                .collect();
            assert_eq!(part, read[range.clone()], "{range:?} of {}", path.display());
        }
    }
}

#[test]
fn ranges_of_a_long_table_begin_at_their_first_row() {
    let dir = tempfile::tempdir().unwrap();
    let (mut csv, mut json) = ("path,genre\r\n".to_owned(), String::new());
    for i in 0..5000 {
        // Records of two lines, and blank lines between some.
        let blank = if i % 7 == 0 { "\r\n" } else { "" };
        csv += &format!("{i}.mp3,\"Rock\nand {i}\"\r\n{blank}");
        json += &format!("{blank}{{\"path\": \"{i}.mp3\", \"genre\": \"Rock\\nand {i}\"}}\r\n");
    }
    for (name, text) in [("long.csv", &csv), ("long.jsonl", &json)] {
        let path = dir.path().join(name);
        fs::write(&path, text).unwrap();
        let manifest = Manifest::open(&path).unwrap();
        assert_eq!(manifest.len(), 5000);
        let lines: Vec<&str> = text.split('\n').collect();
        for start in [0, 1, 1023, 1024, 1025, 2048, 4999] {
            let row = rows(&manifest, start..start + 1).remove(0);
            assert_eq!(row.path, format!("{start}.mp3"));
            assert_eq!(row.genre, Some(format!("Rock\nand {start}")));
            let line = lines[row.line as usize - 1];
            assert!(
                line.contains(&row.path),
                "{name}, line {}: {line}",
                row.line
            );
        }
    }
}

#[test]
fn faulty_manifests_name_file_row_column_and_what_was_expected() {
    let dir = tempfile::tempdir().unwrap();
    let refused = |name: &str, bytes: &[u8], ends: &str| {
        let path = dir.path().join(name);
        fs::write(&path, bytes).unwrap();
        let first_fault = |manifest: Manifest| {
            let rows = manifest.rows(0..manifest.len()).unwrap();
            rows.filter_map(Result::err).next()
        };
        let error = match Manifest::open(&path) {
            Err(error) => error,
            Ok(manifest) => first_fault(manifest).unwrap(),
        };
        let message = error.to_string();
        assert!(
            message.contains(name) && message.contains(ends),
            "expected `{ends}`, found `{message}`"
        );
        // A data set says the same.
        let open = Dataset::open(&path, &OpenOptions::default());
        assert!(open.unwrap_err().to_string().contains(name));
    };
    refused(
        "a.csv",
        b"path,genre\na.mp3,Rock\nb.mp3\n",
        "line 3: expected 2 cells as in its header, found 1",
    );
    refused(
        "b.csv",
        b"path,genre\na.mp3,Rock\n,Pop\n",
        "line 3, column `path`: expected an audio file, found ``",
    );
    refused(
        "c.csv",
        b"path,genre\na\xff.mp3,Rock\n",
        "line 2 is not UTF-8 (byte 0xff)",
    );
    refused(
        "d.csv",
        b"file_path,genre\na.mp3,Rock\n",
        "no column `path` or `file` or `filename` or `file_name`; its columns are file_path, genre, the nearest being `file_path`",
    );
    refused(
        "e.jsonl",
        b"{\"path\": \"a.mp3\"}\n{\"path\": \"b.mp3\"\n",
        "line 2: expected one JSON object, such as",
    );
    refused(
        "f.jsonl",
        b"{\"path\": \"a.mp3\"}\n[1, 2]\n",
        "line 2: expected one JSON object, such as",
    );
    refused(
        "g.jsonl",
        b"{\"path\": \"a.mp3\", \"genre\": [\"Rock\"]}\n",
        "line 1, column `genre`: expected text or a whole number, found `[\"Rock\"]`",
    );
    refused(
        "h.jsonl",
        b"{\"genre\": \"Rock\"}\n",
        "line 1, column `path`: expected an audio file, found ``",
    );
    refused(
        "i.json",
        b"[{\"path\": \"a.mp3\"}]",
        "expected JSON lines, one object a line; found an array",
    );
    refused(
        "j.csv",
        b"path,path\na,b\n",
        "the column `path` is twice in its header",
    );
    for (name, ends) in [
        (
            "nested",
            "column `genre.list.element` (`genre` of the manifest): expected text or whole numbers, found a list or a structure",
        ),
        (
            "fractions",
            "line 2, column `artist`: expected text in UTF-8 or a whole number, found `1.5`",
        ),
        ("no_path", "the nearest being `file_path`"),
    ] {
        refused(
            &format!("{name}.parquet"),
            &fs::read(golden(&format!("{name}.parquet"))).unwrap(),
            ends,
        );
    }
    let whole = fs::read(golden("snappy.parquet")).unwrap();
    for end in [4, 12, whole.len() / 2, whole.len() - 1] {
        refused(
            "cut.parquet",
            &whole[..end],
            "expected a whole Parquet table, found a faulty one",
        );
    }
}

#[test]
fn one_broken_line_hides_no_other() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("songs.jsonl");
    fs::write(&path, "{\"path\": \"a\"}\n{broken\n{\"path\": \"c\"}\n").unwrap();
    let manifest = Manifest::open(&path).unwrap();
    let read: Vec<_> = manifest.rows(0..3).unwrap().collect();
    assert_eq!(read.len(), 3);
    assert_eq!(read[0].as_ref().unwrap().path, "a");
    assert!(read[1].is_err());
    assert_eq!(read[2].as_ref().unwrap().path, "c");
}

#[test]
fn a_data_set_of_every_kind_of_manifest() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("audio")).unwrap();
    for i in 0..99 {
        // Each file has a content of its own.
        fs::write(
            dir.path().join(format!("audio/{i:03}.mp3")),
            format!("song {i}"),
        )
        .unwrap();
    }
    let mut paths = as_text(dir.path());
    for name in ["polars.parquet", "duckdb.parquet"] {
        fs::copy(golden(name), dir.path().join(name)).unwrap();
        paths.push(dir.path().join(name));
    }
    for path in paths {
        let data = Dataset::open(&path, &OpenOptions::default()).unwrap();
        assert_eq!(data.genres, ["Música", "Rock"], "{}", path.display());
        assert_eq!(data.rows.len(), 66, "{}", path.display());
        assert_eq!(data.split.to_string(), "official");
        assert_eq!(data.unread, 1);
        let absent = (dir.path().join("audio/099.mp3"), "it does not exist");
        assert_eq!(data.left_out, [absent]);
        let note = "1 file of the table does not exist: audio/099.mp3";
        assert!(data.notes.iter().any(|n| n == note), "{:?}", data.notes);
        let row = data
            .rows
            .iter()
            .find(|row| row.id == "audio/007.mp3")
            .unwrap();
        assert_eq!(
            (row.artist.as_deref(), row.album.as_deref()),
            (Some("1"), Some("album 3"))
        );
        // Rows without a genre are for training without labels.
        let options = OpenOptions {
            keep_unlabelled: true,
            ..OpenOptions::default()
        };
        assert_eq!(Dataset::open(&path, &options).unwrap().rows.len(), 99);
    }
}

/// A table of a million rows is counted once and read in any part; the time is printed only.
#[test]
fn a_million_rows_are_read_in_parts() {
    const ROWS: usize = 1_000_000;
    let dir = tempfile::tempdir().unwrap();
    let (mut csv, mut json) = ("path,genre,artist\n".to_owned(), String::new());
    for i in 0..ROWS {
        writeln!(csv, "audio/{i:07}.mp3,Rock,{}", i / 10).unwrap();
        writeln!(
            json,
            "{{\"path\": \"audio/{i:07}.mp3\", \"genre\": \"Rock\"}}"
        )
        .unwrap();
    }
    for (name, text) in [("many.csv", csv), ("many.jsonl", json)] {
        let path = dir.path().join(name);
        fs::write(&path, text).unwrap();
        let start = std::time::Instant::now();
        let manifest = Manifest::open(&path).unwrap();
        assert_eq!(manifest.len(), ROWS);
        let opened = start.elapsed();
        let last = rows(&manifest, ROWS - 3..ROWS);
        assert_eq!(last[2].path, "audio/0999999.mp3");
        let ranges = (0..4).map(|i| i * ROWS / 4..(i + 1) * ROWS / 4);
        let count: usize = ranges
            .map(|range| manifest.rows(range).unwrap().count())
            .sum();
        assert_eq!(count, ROWS);
        println!(
            "{name}: opened in {opened:?}, read in {:?}",
            start.elapsed() - opened
        );
    }
}

/// Panics of the reader become errors as they do in the program.
fn note_panics() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if !genrenet_audio::note_panic(panic) {
                usual(panic);
            }
        }));
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Any change of a Parquet file gives rows or an error that names the file, never a panic.
    #[test]
    fn mutated_parquet_is_read_or_refused(
        name in prop::sample::select(vec!["snappy", "gzip", "plain", "large", "polars", "duckdb"]),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        note_panics();
        let mut bytes = fs::read(golden(&format!("{name}.parquet"))).unwrap();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), &bytes).unwrap();
        if let Ok(manifest) = Manifest::open(file.path()) {
            prop_assume!(manifest.len() < 10_000);
            for row in manifest.rows(0..manifest.len()).unwrap() {
                if let Err(error) = row {
                    let named = error.to_string().contains(&file.path().display().to_string());
                    prop_assert!(named, "{}", error);
                }
            }
        }
    }
}
