//! The table in docs/FORMATS.md: it lists every file of the test corpus, and its rows are correct.

use std::collections::BTreeMap;
use std::path::Path;

use genrenet_audio::{AudioError, Input, open};

use crate::decode_sources::files;

/// A row of the table: found and sample frames, or the refusal.
pub fn rows() -> BTreeMap<String, (String, Option<u64>)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/FORMATS.md");
    let text = std::fs::read_to_string(path).unwrap();
    let (_, table) = text.split_once("<!-- table: begin -->").unwrap();
    let (table, _) = table.split_once("<!-- table: end -->").unwrap();
    let mut rows = BTreeMap::new();
    for line in table.trim().lines().skip(2) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        assert_eq!(cells.len(), 5, "{line}");
        rows.insert(
            cells[0].to_owned(),
            (cells[1].to_owned(), cells[2].parse().ok()),
        );
    }
    rows
}

/// What is found in a file, as the table writes it.
fn found(path: &Path) -> (String, Option<u64>) {
    let decode = || -> Result<(String, Option<u64>), AudioError> {
        let mut source = open(Input::path(path)?)?;
        let what = format!(
            "{}, {} Hz, {} ch",
            source.format(),
            source.rate(),
            source.channels()
        );
        let (mut samples, mut frames) = (Vec::new(), 0);
        loop {
            samples.clear();
            match source.read(&mut samples)? {
                0 => return Ok((what, Some(frames))),
                n => frames += n as u64,
            }
        }
    };
    decode().unwrap_or_else(|reason| (format!("refused: {reason}"), None))
}

#[test]
fn the_table_says_what_is_found_in_this_repositorys_files() {
    let rows = rows();
    for path in files::all_under(&files::own()) {
        let name = format!(
            "tests/audio/{}",
            path.strip_prefix(files::own()).unwrap().display()
        );
        assert_eq!(rows.get(&name), Some(&found(&path)), "{name}");
    }
}

#[test]
fn the_table_says_what_is_found_in_every_file_of_the_test_corpus() {
    let Some(shared) = files::shared() else {
        return;
    };
    let rows = rows();
    let corpus = shared.join("data/audio/formats");
    let mut seen = 0;
    for path in files::all_under(&corpus) {
        let name = path.strip_prefix(&corpus).unwrap().display().to_string();
        if name.ends_with(".pcm") || name.ends_with(".txt") {
            continue;
        }
        assert_eq!(rows.get(&name), Some(&found(&path)), "{name}");
        seen += 1;
    }
    assert!(seen > 100, "only {seen} files in the corpus");
}
