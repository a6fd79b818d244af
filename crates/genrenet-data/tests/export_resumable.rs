//! A Parquet table that is written in several runs is, byte for byte, the one that is written in one.

use std::fs;
use std::path::Path;

use genrenet_data::DataError;
use genrenet_data::export::{Cell, ColumnKind, Finished, Identity, Part, ResumableTable};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

const COLUMNS: [(&str, ColumnKind); 3] = [
    ("name", ColumnKind::Text),
    ("number", ColumnKind::Int),
    ("list", ColumnKind::Floats),
];
const SOURCES: u64 = 3000;

fn identity(options: &str) -> Identity {
    [("command", "test"), ("options", options)]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec()
}

fn open(path: &Path) -> Result<Part, DataError> {
    ResumableTable::open(path, &COLUMNS, identity("all"))
}

fn unfinished(path: &Path) -> Box<ResumableTable> {
    match open(path).unwrap() {
        Part::Unfinished(table) => table,
        Part::Complete(finished) => panic!("{finished:?}"),
    }
}

/// Adds sources, up to number `until`: none to three rows each, every hundredth a failure.
fn fill(table: &mut ResumableTable, until: u64) {
    while table.sources() < until {
        let number = table.sources();
        let list = vec![number as f32; (number % 5) as usize];
        for row in 0..number % 4 {
            let name = format!("{number} {row}");
            let cells = [
                Cell::Text((!number.is_multiple_of(7)).then_some(name.as_str())),
                Cell::Int(Some(number as i32)),
                Cell::Floats(Some(&list)),
            ];
            table.push(&cells).unwrap();
        }
        table.end_source(number.is_multiple_of(100)).unwrap();
    }
}

/// The bytes of a table that nothing interrupted, and what is known of it.
fn undisturbed(folder: &Path) -> (Vec<u8>, Finished) {
    let path = folder.join("undisturbed.parquet");
    let mut table = unfinished(&path);
    fill(&mut table, SOURCES);
    let finished = table.finish().unwrap();
    (fs::read(path).unwrap(), finished)
}

fn files(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| name != "undisturbed.parquet").collect();
    names.sort();
    names
}

#[test]
fn what_was_written_before_a_kill_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let (bytes, expected) = undisturbed(folder.path());
    assert_eq!((expected.sources, expected.failed), (SOURCES, 30));
    let path = folder.path().join("out.parquet");
    let [partial, list] =
        ["partial", "resume"].map(|end| path.with_extension(format!("parquet.{end}")));
    let mut rng = ChaCha8Rng::seed_from_u64(4);
    for round in 0..20 {
        let mut kept = 0;
        for _ in 0..rng.random_range(1..5) {
            let mut table = unfinished(&path);
            assert!(table.kept() >= kept && table.kept() == table.sources());
            kept = table.kept();
            let until = rng.random_range(kept..SOURCES);
            fill(&mut table, until);
            // As after a kill: nothing is finished. Where it happens, a power cut takes an end of either file.
            drop(table);
            assert!(!path.exists());
            if round % 2 == 1 {
                let cut = if rng.random() { &partial } else { &list };
                let size = fs::metadata(cut).unwrap().len();
                let file = fs::File::options().write(true).open(cut).unwrap();
                file.set_len(rng.random_range(0..=size)).unwrap();
                kept = 0;
            }
        }
        let mut table = unfinished(&path);
        fill(&mut table, SOURCES);
        assert_eq!(table.finish().unwrap(), expected);
        assert!(fs::read(&path).unwrap() == bytes, "round {round}");
        assert_eq!(files(folder.path()), ["out.parquet"]);
        fs::remove_file(&path).unwrap();
    }
    // For reference/read_exports.py.
    if let Some(kept) = std::env::var_os("GENRENET_KEEP_EXPORTS") {
        fs::write(Path::new(&kept).join("resumed.parquet"), bytes).unwrap();
    }
}

#[test]
fn at_most_some_hundred_sources_are_lost() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.parquet");
    let mut table = unfinished(&path);
    fill(&mut table, 2000);
    drop(table);
    assert!(unfinished(&path).kept() > 1400);
}

#[test]
fn a_complete_table_is_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let (bytes, expected) = undisturbed(folder.path());
    let path = folder.path().join("undisturbed.parquet");
    // A kill between the last two steps leaves the list.
    fs::write(path.with_extension("parquet.resume"), "[]\n").unwrap();
    let Part::Complete(found) = open(&path).unwrap() else {
        panic!("begun anew");
    };
    assert_eq!(found, expected);
    assert!(fs::read(&path).unwrap() == bytes);
    assert_eq!(files(folder.path()), [""; 0]);
}

#[test]
fn what_was_made_differently_is_refused_with_what_differs() {
    let folder = tempfile::tempdir().unwrap();
    let (bytes, _) = undisturbed(folder.path());
    let other = |path: &Path| match ResumableTable::open(path, &COLUMNS, identity("some")) {
        Ok(_) => panic!("opened"),
        Err(error) => error.to_string(),
    };
    let complete = folder.path().join("undisturbed.parquet");
    let said = other(&complete);
    assert!(said.contains("options was all and is some"), "{said}");
    assert!(fs::read(&complete).unwrap() == bytes);
    let path = folder.path().join("begun.parquet");
    let mut table = unfinished(&path);
    fill(&mut table, 1000);
    drop(table);
    let before = fs::read(path.with_extension("parquet.partial")).unwrap();
    let said = other(&path);
    for words in [
        "options was all and is some",
        "begun.parquet.partial",
        "begun.parquet.resume",
    ] {
        assert!(said.contains(words), "{said}");
    }
    assert!(!said.contains("command"), "{said}");
    assert!(fs::read(path.with_extension("parquet.partial")).unwrap() == before);
    // Any other file is left alone too.
    let foreign = folder.path().join("foreign.parquet");
    for content in ["", "text", "PAR1 and PAR1", "\u{1}\u{0}\u{0}\u{0}PAR1"] {
        fs::write(&foreign, content).unwrap();
        let said = other(&foreign);
        assert!(said.contains("was not written by this command"), "{said}");
        assert_eq!(fs::read_to_string(&foreign).unwrap(), content);
    }
}

#[test]
fn only_one_writes_a_table() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.parquet");
    let mut first = unfinished(&path);
    fill(&mut first, 1000);
    let Err(error) = open(&path) else {
        panic!("opened twice");
    };
    assert!(
        error.to_string().contains("another process writes it"),
        "{error}"
    );
    // Another table in the same folder is another.
    drop(unfinished(&folder.path().join("other.parquet")));
    fill(&mut first, SOURCES);
    first.finish().unwrap();
    assert!(matches!(open(&path), Ok(Part::Complete(_))));
}
