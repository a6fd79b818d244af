//! Exported files, byte for byte as `reference/read_exports.py` has read them with NumPy and pyarrow.

use std::path::{Path, PathBuf};

use genrenet_audio::Matrix;
use genrenet_data::export::{Cell, ColumnKind, Table, Track, Writer};

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(name)
}

/// Three songs: both features, only a log-mel, none.
fn write(path: &Path) {
    let matrix = |rows: usize, cols: usize| Matrix {
        rows,
        cols,
        data: (0..rows * cols).map(|i| i as f32 * 0.5 - 8.0).collect(),
    };
    let (a, b) = (matrix(4, 5), matrix(3, 5));
    let mut writer = Writer::create(path).unwrap();
    let songs: [(&str, f64, Option<&Matrix>, Option<&Matrix>); 3] = [
        ("music/été.mp3", 30.5, Some(&a), Some(&b)),
        ("b.ogg", 1.0, Some(&b), None),
        ("c.wav", 2.25, None, None),
    ];
    for (path, seconds, log_mel, mfcc) in songs {
        writer
            .push(&Track {
                path,
                start: seconds / 2.0,
                genre: if log_mel.is_some() { "Rock" } else { "" },
                artist: if mfcc.is_some() { "Björk" } else { "" },
                split: "training",
                seconds,
                rate: 44100,
                log_mel,
                mfcc,
            })
            .unwrap();
    }
    writer.finish().unwrap();
}

/// Every kind of column.
const KINDS: [(&str, ColumnKind); 6] = [
    ("título", ColumnKind::Text),
    ("double", ColumnKind::Double),
    ("float", ColumnKind::Float),
    ("int", ColumnKind::Int),
    ("bool", ColumnKind::Bool),
    ("floats", ColumnKind::Floats),
];

/// Rows in which each column has nulls in a rhythm of its own, lists are null, empty or short, and texts have letters of many scripts.
fn write_table(path: &Path, rows: i32) {
    let mut table = Table::create(path, &KINDS).unwrap();
    for i in 0..rows {
        let text = format!("{i} Ünïcode 曲 🎵");
        let list: Vec<f32> = (0..i % 4).map(|j| (i + j) as f32 * 0.5).collect();
        let unless = |every: i32| i % every != 0;
        table
            .push(&[
                Cell::Text(unless(2).then_some(if i % 5 == 0 { "" } else { &text })),
                Cell::Double(unless(3).then_some(f64::from(i) / 4.0)),
                Cell::Float(unless(4).then_some(-0.5 * i as f32)),
                Cell::Int(unless(5).then_some(i - 7)),
                Cell::Bool(unless(6).then_some(i % 7 < 3)),
                Cell::Floats(unless(7).then_some(&list)),
            ])
            .unwrap();
    }
    table.finish().unwrap();
}

/// Keeps a file for `reference/read_exports.py` where `GENRENET_KEEP_EXPORTS` names a folder.
fn keep(path: &Path) {
    if let Some(folder) = std::env::var_os("GENRENET_KEEP_EXPORTS") {
        std::fs::copy(path, Path::new(&folder).join(path.file_name().unwrap())).unwrap();
    }
}

#[test]
fn files_are_as_other_programs_have_read_them() {
    let folder = tempfile::tempdir().unwrap();
    for name in [
        "songs.npz",
        "songs.parquet",
        "kinds.parquet",
        "no_rows.parquet",
    ] {
        let path = folder.path().join(name);
        match name {
            "kinds.parquet" => write_table(&path, 40),
            "no_rows.parquet" => write_table(&path, 0),
            _ => write(&path),
        }
        if std::env::var_os("GENRENET_REGENERATE").is_some() {
            std::fs::copy(&path, golden(name)).unwrap();
        }
        assert!(
            std::fs::read(&path).unwrap() == std::fs::read(golden(name)).unwrap(),
            "{name} differs from its golden file"
        );
    }
    // Nothing else is left in the folder.
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 4);
}

#[test]
fn an_unfinished_file_leaves_the_earlier_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("songs.npz");
    std::fs::write(&path, "earlier").unwrap();
    let mut writer = Writer::create(&path).unwrap();
    let track = Track {
        path: "a",
        seconds: 1.0,
        rate: 8000,
        ..Track::default()
    };
    writer.push(&track).unwrap();
    drop(writer);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "earlier");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    let wrong = Writer::create(&folder.path().join("songs.txt"))
        .err()
        .unwrap()
        .to_string();
    assert!(
        wrong.ends_with("expected a name that ends with .npz or .parquet, found `txt`"),
        "{wrong}"
    );
}

#[test]
fn many_songs_make_several_row_groups() {
    // 40 MB of features through a 16 MB row group: the table still has every row (read_exports.py reads such a one too).
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("songs.parquet");
    let big = Matrix {
        rows: 128,
        cols: 8000,
        data: vec![-1.0; 128 * 8000],
    };
    let mut writer = Writer::create(&path).unwrap();
    for _ in 0..10 {
        let track = Track {
            path: "a.mp3",
            seconds: 1.0,
            rate: 8000,
            log_mel: Some(&big),
            ..Track::default()
        };
        writer.push(&track).unwrap();
    }
    writer.finish().unwrap();
    let bytes = std::fs::read(&path).unwrap();
    assert!(bytes.starts_with(b"PAR1") && bytes.ends_with(b"PAR1"));
    assert!(bytes.len() > 10 * 128 * 8000 * 4);
    keep(&path);
}

#[test]
fn many_rows_are_written_in_groups() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("many_rows.Parquet");
    write_table(&path, 230_000);
    keep(&path);
    // The footer, whose length is before the last four bytes, names the path of each column once for each of the three groups and once in the schema.
    let bytes = std::fs::read(&path).unwrap();
    let length = bytes[bytes.len() - 8..][..4].try_into().unwrap();
    let footer = &bytes[bytes.len() - 8 - u32::from_le_bytes(length) as usize..];
    let named = footer.windows(8).filter(|w| w == &"título\x15".as_bytes());
    let named = named.count()
        + footer
            .windows(8)
            .filter(|w| w == &"título\x25".as_bytes())
            .count();
    assert_eq!(named, 4);
}

#[test]
fn rows_that_do_not_fit_the_columns_are_refused_and_leave_no_trace() {
    let folder = tempfile::tempdir().unwrap();
    let [plain, refused] = ["plain", "refused"].map(|n| folder.path().join(format!("{n}.parquet")));
    let columns = [
        ("path".to_owned(), ColumnKind::Text),
        ("bpm".to_owned(), ColumnKind::Double),
    ];
    let row = [Cell::Text(Some("a")), Cell::Double(Some(1.0))];
    let mut table = Table::create(&plain, &columns).unwrap();
    table.push(&row).unwrap();
    table.finish().unwrap();
    let mut table = Table::create(&refused, &columns).unwrap();
    for (cells, expected) in [
        (&row[..1], "expected 2 cells in a row, found 1"),
        (
            &[Cell::Text(Some("b")), Cell::Int(None)],
            "column `bpm`: expected a cell of the kind Double, found Int",
        ),
    ] {
        let message = table.push(cells).unwrap_err().to_string();
        assert!(
            message.ends_with(expected) && message.contains("refused.parquet"),
            "{message}"
        );
    }
    table.push(&row).unwrap();
    table.finish().unwrap();
    assert!(std::fs::read(&plain).unwrap() == std::fs::read(&refused).unwrap());
}

#[test]
fn a_table_that_cannot_be_is_refused_before_anything_is_written() {
    let folder = tempfile::tempdir().unwrap();
    for (name, columns, expected) in [
        (
            "a.csv",
            &KINDS[..1],
            "expected a name that ends with .parquet, found `csv`",
        ),
        (
            "a.parquet",
            &[KINDS[1], KINDS[0], KINDS[1]],
            "two columns have the name `double`",
        ),
    ] {
        let message = Table::create(&folder.path().join(name), columns)
            .err()
            .unwrap()
            .to_string();
        assert!(message.ends_with(expected), "{message}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
