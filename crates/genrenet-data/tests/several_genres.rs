//! Rows of several genres: labels with their broader genres, in any part of a data set.

use std::fs;
use std::path::Path;

use genrenet_data::{Dataset, Labels, OpenOptions, Split};

use crate::archive::{Npy, f32s, i32s, npz};

const TREE: &str = "genre_id,parent,title\n12,0,Rock\n25,12,Punk\n31,25,Hardcore\n15,0,Electronic\n\
                    38,0,Experimental\n";
const TABLE: &str = "track_id,genre,split,genres\n2,Rock,training,[31]\n5,Electronic,training,\"[15, 38]\"\n\
                     7,,validation,[25]\n9,Experimental,test,[38]\n10,,training,[]\n";

fn all() -> OpenOptions {
    OpenOptions {
        labels: Labels::All,
        ..OpenOptions::default()
    }
}

fn folder(table: &str, tree: Option<&str>) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("tracks.csv"), table).unwrap();
    if let Some(tree) = tree {
        fs::write(folder.path().join("genres.csv"), tree).unwrap();
    }
    let ids: [i32; 5] = [2, 5, 7, 9, 10];
    let stats: Vec<f32> = (0..ids.len() * 4).map(|v| v as f32).collect();
    let arrays = [
        Npy("track_id", "<i4", &[ids.len()], i32s(&ids)),
        Npy("stats", "<f4", &[ids.len(), 4], f32s(&stats)),
    ];
    npz(&folder.path().join("mfcc_stats.npz"), &arrays);
    folder
}

fn open(folder: &Path) -> Dataset {
    Dataset::open(folder, &all()).unwrap()
}

fn labels(data: &Dataset, row: usize) -> Vec<&str> {
    let labels = data.rows[row].labels.iter();
    labels.map(|&g| data.genres[g as usize].as_str()).collect()
}

#[test]
fn each_row_has_all_its_genres_and_their_broader_ones() {
    let folder = folder(TABLE, Some(TREE));
    let data = open(folder.path());
    assert_eq!(
        data.genres,
        ["Electronic", "Experimental", "Hardcore", "Punk", "Rock"]
    );
    assert!(data.multi_label());
    assert_eq!(labels(&data, 0), ["Hardcore", "Punk", "Rock"]);
    assert_eq!(labels(&data, 1), ["Electronic", "Experimental"]);
    // A row whose table names no top genre is a row all the same; one without any genre is left out.
    assert_eq!(labels(&data, 2), ["Punk", "Rock"]);
    assert_eq!(data.rows[2].split, Split::Validation);
    assert_eq!(data.rows.len(), 4);
    let parents: Vec<(&str, &str)> = data.parents.iter().map(|(a, b)| (&a[..], &b[..])).collect();
    assert_eq!(parents, [("Hardcore", "Punk"), ("Punk", "Rock")]);
    // With one genre a row, nothing of this is there.
    let top = Dataset::open(folder.path(), &OpenOptions::default()).unwrap();
    assert_eq!(top.genres, ["Electronic", "Experimental", "Rock"]);
    assert!(!top.multi_label() && top.parents.is_empty());
    assert_ne!(top.fingerprint, data.fingerprint);
}

#[test]
fn fewer_and_renamed_genres_keep_the_others_of_a_row() {
    let folder = folder(TABLE, Some(TREE));
    let mut data = open(folder.path());
    data.keep_genres(&["Experimental", "Rock"]).unwrap();
    assert_eq!(data.rows.len(), 4);
    assert_eq!(labels(&data, 0), ["Rock"]);
    assert_eq!(labels(&data, 1), ["Experimental"]);
    assert!(data.parents.is_empty());
    let mut data = open(folder.path());
    let names = [("Hardcore", "Punk"), ("Electronic", "Experimental")];
    let names = names.map(|(from, to)| (from.to_owned(), to.to_owned()));
    data.rename_genres(&names.into()).unwrap();
    assert_eq!(data.genres, ["Experimental", "Punk", "Rock"]);
    assert_eq!(labels(&data, 0), ["Punk", "Rock"]);
    assert_eq!(labels(&data, 1), ["Experimental"]);
    assert_eq!(data.parents.len(), 1);
}

#[test]
fn what_is_missing_is_named() {
    let refused = |table: &str, tree: Option<&str>| {
        let folder = folder(table, tree);
        Dataset::open(folder.path(), &all())
            .unwrap_err()
            .to_string()
    };
    let without = refused(TABLE, None);
    assert!(without.contains("expected FMA's genres.csv"), "{without}");
    let unknown = refused(&TABLE.replace("[31]", "[99]"), Some(TREE));
    assert!(
        unknown.contains("line 2, column `genres`") && unknown.ends_with("found `99`"),
        "{unknown}"
    );
    let words = refused(&TABLE.replace("[31]", "[Punk]"), Some(TREE));
    assert!(words.ends_with("found `Punk`"), "{words}");
    let column = refused(&TABLE.replace("split,genres", "split,other"), Some(TREE));
    assert!(column.contains("no column `genres`"), "{column}");
    // A layout of one genre a row.
    let file = tempfile::Builder::new().suffix(".csv").tempfile().unwrap();
    fs::write(file.path(), "genre,tempo\nRock,120\nPunk,180\n").unwrap();
    let single = Dataset::open(file.path(), &all()).unwrap_err().to_string();
    assert!(single.contains("found one genre a row"), "{single}");
}
