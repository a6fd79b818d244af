//! Lists and tables as spreadsheets and people write them: other column names, other encodings.

use std::fs;
use std::path::Path;

use genrenet_data::{Dataset, OpenOptions};

fn refused(path: &Path, ends: &str) {
    match Dataset::open(path, &OpenOptions::default()).map_err(|e| e.to_string()) {
        Ok(d) => panic!("opened with {} rows, expected: {ends}", d.rows.len()),
        Err(e) => assert!(e.contains(ends), "expected `{ends}`, found `{e}`"),
    }
}

#[test]
fn a_list_with_other_column_names_names_the_expected_ones() {
    let dir = tempfile::tempdir().unwrap();
    let list = dir.path().join("list.csv");
    fs::write(&list, "filepath,label\na.wav,Rock\nb.wav,Jazz\n").unwrap();
    refused(
        &list,
        "its column `filepath` holds words (`a.wav`). Expected the columns `path` or `file` or `filename` or `file_name` and `genre` or `label` of a list of audio files",
    );
    refused(&list, "the nearest to `path` is `filepath`");
    fs::write(&list, "path,gener\na.wav,Rock\n").unwrap();
    refused(
        &list,
        "its columns are path, gener, the nearest being `gener`",
    );
    // A column of numbers with one bad cell is what it was: that cell's fault.
    fs::write(&list, "genre,tempo\nRock,120\nJazz,fast\n").unwrap();
    refused(
        &list,
        "line 3, column `tempo`: expected a finite number, found `fast`",
    );
}

#[test]
fn tables_of_spreadsheets_are_read_in_any_unicode_encoding() {
    let dir = tempfile::tempdir().unwrap();
    let table = dir.path().join("songs.csv");
    let text = "genre,tempo\nM\u{fa}sica,120\nRock,80\n";
    let utf_16: Vec<u8> = "\u{feff}"
        .encode_utf16()
        .chain(text.encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    for bytes in [utf_16, format!("\u{feff}{text}").into_bytes()] {
        fs::write(&table, bytes).unwrap();
        let data = Dataset::open(&table, &OpenOptions::default()).unwrap();
        assert_eq!(data.genres, ["M\u{fa}sica", "Rock"]);
    }
    fs::write(&table, b"genre,tempo\nM\xfasica,120\nRock,80\n").unwrap();
    refused(
        &table,
        "line 2 is not UTF-8 (byte 0xfa): save the table as CSV, UTF-8",
    );
}
