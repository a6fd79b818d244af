//! Leaks, conflicting labels and faulty rows of tables, and splits from files.

use std::fs;
use std::path::Path;

use genrenet_data::audit::{ArrayFault, array_faults, label_conflicts};
use genrenet_data::{
    Dataset, OpenOptions, Rule, Split, SplitFile, SplitRow, SplitRule, split_file_text,
};

fn open(folder: &Path, table: &str) -> Dataset {
    let path = folder.join("songs.csv");
    fs::write(&path, table).unwrap();
    Dataset::open(&path, &OpenOptions::default()).unwrap()
}

const OFFICIAL: &str = "\
id,genre,split,artist,album,tempo,energy
a,Rock,train,Ann,One,100,0.1
b,Rock,train,Bob,One,101,0.2
c,Folk,train,Cleo,Two,102,0.3
d,Folk,validation,Bob,Three,103,0.4
e,Rock,test,ann ,Four,104,0.5
f,Folk,test,Dan,Five,102,0.3
g,Rock,test,Eve,Six,105,0.6
";

#[test]
fn artists_albums_and_copies_on_two_sides_are_named_with_counts() {
    let home = tempfile::tempdir().unwrap();
    let data = open(home.path(), OFFICIAL);
    assert_eq!(data.split.rule, Rule::Official);
    let leaks = data.leaks();
    let named = |list: &[genrenet_data::audit::Shared]| -> Vec<(String, [usize; 3])> {
        list.iter()
            .map(|one| (one.name.clone(), one.rows))
            .collect()
    };
    assert_eq!(
        named(&leaks.artists),
        [("Ann".into(), [1, 0, 1]), ("Bob".into(), [1, 1, 0])]
    );
    // Albums of one name by different artists are different.
    assert!(
        leaks.albums.is_empty() && leaks.groups.is_empty(),
        "{leaks:?}"
    );
    assert_eq!(named(&leaks.copies), [("c = f".into(), [1, 0, 1])]);
    assert_eq!(
        leaks.counts().to_string(),
        "2 artists, 1 recording with copies"
    );
    assert_eq!(label_conflicts(&data), Vec::<Vec<usize>>::new());
    let other = open(home.path(), &OFFICIAL.replace("f,Folk", "f,Rock"));
    assert_eq!(label_conflicts(&other), [[2, 5]]);
}

#[test]
fn neighbouring_ids_leak_only_where_nothing_was_kept_together() {
    let home = tempfile::tempdir().unwrap();
    let row = |i: usize| {
        let subset = ["train", "train", "test"][i % 3];
        format!(
            "{},{},{subset},{i},{}\n",
            100 + i,
            ["Rock", "Folk"][i % 2],
            i * i
        )
    };
    let table = |header: &str| header.to_owned() + &(0..60).map(row).collect::<String>();
    let mut data = open(home.path(), &table("track_id,genre,split,tempo,energy\n"));
    assert_eq!(data.split.rule, Rule::Official);
    assert!(data.leaks().is_empty());
    data.resplit(&SplitRule::new(Rule::Random, 0)).unwrap();
    assert!(!data.leaks().groups.is_empty());
    let by = String::new();
    data.resplit(&SplitRule::new(Rule::Grouped { by }, 0))
        .unwrap();
    assert!(data.leaks().is_empty());
    // A group that the table names counts in any split.
    let named = table("track_id,genre,split,tempo,group\n").replace(",1\n", ",0\n");
    let data = open(home.path(), &named);
    let groups = data.leaks().groups;
    assert_eq!(groups.len(), 0, "groups of one row each, {groups:?}");
    let data = open(
        home.path(),
        &OFFICIAL.replace("artist,", "group,").replace("ann ", "Ann"),
    );
    // Album One joins them.
    assert_eq!(data.leaks().groups.len(), 1);
}

#[test]
fn a_split_file_gives_subsets_and_leaves_rows_out() {
    let home = tempfile::tempdir().unwrap();
    let mut data = open(home.path(), OFFICIAL);
    let row = |id: &str, subset: Result<Split, &str>| SplitRow {
        id: id.into(),
        genre: "Rock, or so".into(),
        subset: subset.map_err(str::to_owned),
    };
    let rows = [
        row("a", Ok(Split::Test)),
        row("b", Ok(Split::Training)),
        row("c", Err("copy of f, \"another\" genre")),
        row("d", Ok(Split::Training)),
        row("e", Ok(Split::Test)),
        row("g", Ok(Split::Validation)),
        row("gone", Err("missing")),
    ];
    let path = home.path().join("clean.csv");
    fs::write(&path, split_file_text(&rows)).unwrap();
    let file = SplitFile::read(&path).unwrap();
    file.expect_ids_of(&data).unwrap();
    data.resplit(&file.rule()).unwrap();
    let ids: Vec<(&str, Split)> = data
        .rows
        .iter()
        .map(|row| (&row.id[..], row.split))
        .collect();
    assert_eq!(
        ids,
        [
            ("a", Split::Test),
            ("b", Split::Training),
            ("d", Split::Training),
            ("e", Split::Test),
            ("g", Split::Validation)
        ]
    );
    let notes = data.notes.join("\n");
    assert!(
        notes.contains("1 row is left out by") && notes.contains("left out: f"),
        "{notes}"
    );
    assert!(data.leaks().is_empty());
    assert_eq!(data.split.to_string(), "file clean.csv");
    // The provenance repeats it, also at another place, and not from a file that was changed.
    let provenance = data.provenance(false);
    let text = serde_json::to_string(&provenance).unwrap();
    let read: genrenet_data::Provenance = serde_json::from_str(&text).unwrap();
    let mut again = open(home.path(), OFFICIAL);
    read.apply(&mut again).unwrap();
    assert_eq!(again.rows, data.rows);
    let moved = home.path().join("moved.csv");
    fs::rename(&path, &moved).unwrap();
    let rule = SplitFile::read(&moved).unwrap().rule();
    let mut third = open(home.path(), OFFICIAL);
    third.resplit(&rule).unwrap();
    assert!(third.provenance(false).same_rows(&provenance));
    assert!(!third.provenance(true).same_rows(&provenance));
    fs::write(&moved, split_file_text(&rows[..5])).unwrap();
    let why = open(home.path(), OFFICIAL)
        .resplit(&rule)
        .unwrap_err()
        .to_string();
    assert!(
        why.contains("moved.csv") && why.contains("changed since"),
        "{why}"
    );
}

#[test]
fn faulty_split_files_are_refused_with_their_place() {
    let home = tempfile::tempdir().unwrap();
    let data = open(home.path(), OFFICIAL);
    let path = home.path().join("split.csv");
    for (text, words) in [
        ("id,genre\na,Rock\n", "no column `split`"),
        ("genre,split\nRock,train\n", "no column `id` or `path`"),
        ("id,split\na,train\na,test\n", "a"),
        ("id,split\na,holdout\n", "training, validation or test"),
        (
            "id,split,excluded\na,,\n",
            "a reason in the column `excluded`",
        ),
    ] {
        fs::write(&path, text).unwrap();
        let why = SplitFile::read(&path).unwrap_err().to_string();
        assert!(
            why.contains("split.csv") && why.contains(words),
            "{text}: {why}"
        );
    }
    fs::write(&path, "id,split\na,train\nx,test\ny,test\n").unwrap();
    let why = SplitFile::read(&path)
        .unwrap()
        .expect_ids_of(&data)
        .unwrap_err()
        .to_string();
    assert!(why.contains("2 of its ids are not in songs: x, y"), "{why}");
    fs::write(&path, "id,split\nx,test\n").unwrap();
    let rule = SplitFile::read(&path).unwrap().rule();
    let why = data.clone().resplit(&rule).unwrap_err().to_string();
    assert!(why.contains("no row of songs"), "{why}");
}

#[test]
fn constant_and_missing_rows_are_found() {
    let home = tempfile::tempdir().unwrap();
    let table = OFFICIAL.replace("100,0.1", "3,3");
    let mut data = open(home.path(), &table);
    let log_mel = genrenet_data::Array::from_windows(
        "logmel",
        &[2, 2],
        &[1, 1, 0, 1, 1, 1, 1],
        [vec![-80.0; 4], (0..20).map(|x| x as f32).collect()].concat(),
    );
    data.add_array(log_mel.unwrap()).unwrap();
    let found: Vec<_> = array_faults(&data)
        .unwrap()
        .into_iter()
        .map(|one| (one.row, one.array, one.fault))
        .collect();
    assert_eq!(
        found,
        [
            (0, "logmel".to_owned(), ArrayFault::Silent),
            (0, "values".to_owned(), ArrayFault::Constant),
            (2, "logmel".to_owned(), ArrayFault::Missing)
        ]
    );
}
