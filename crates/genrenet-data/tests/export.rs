//! Exported files, byte for byte as `reference/read_exports.py` has read them with NumPy and pyarrow.

use std::path::{Path, PathBuf};

use genrenet_audio::Matrix;
use genrenet_data::export::{Track, Writer};

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

#[test]
fn files_are_as_other_programs_have_read_them() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["songs.npz", "songs.parquet"] {
        let path = folder.path().join(name);
        write(&path);
        if std::env::var_os("GENRENET_REGENERATE").is_some() {
            std::fs::copy(&path, golden(name)).unwrap();
        }
        assert!(
            std::fs::read(&path).unwrap() == std::fs::read(golden(name)).unwrap(),
            "{name} differs from its golden file"
        );
    }
    // Nothing else is left in the folder.
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
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
    if let Some(keep) = std::env::var_os("GENRENET_KEEP_EXPORT") {
        std::fs::copy(&path, keep).unwrap();
    }
}
