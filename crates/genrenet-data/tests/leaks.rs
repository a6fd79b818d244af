//! No artist, album or run of neighbouring ids in two subsets, whatever the table, rule and seed.

use std::fmt::Write;

use genrenet_data::{Dataset, OpenOptions, Split, SplitRule};
use proptest::prelude::*;

/// A table with ids, genres and, for some rows, an artist.
fn table(rows: &[(u64, usize, Option<usize>)]) -> String {
    let mut text = String::from("track_id,genre,artist,x\n");
    let mut id = 0;
    for (gap, genre, artist) in rows {
        id += gap;
        let artist = artist.map(|a| format!("artist {a}")).unwrap_or_default();
        writeln!(text, "{id},genre {genre},{artist},1").unwrap();
    }
    text
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_split_and_no_fold_cuts_a_group(
        rows in prop::collection::vec((1u64..60, 0usize..4, prop::option::of(0usize..25)), 4..150),
        seed in any::<u64>(),
        k in 2usize..7,
    ) {
        let file = tempfile::Builder::new().suffix(".csv").tempfile().unwrap();
        std::fs::write(file.path(), table(&rows)).unwrap();
        let mut data = Dataset::open(file.path(), &OpenOptions { seed, ..Default::default() }).unwrap();
        prop_assert!(data.divided_groups().is_empty());
        let same = Dataset::open(file.path(), &OpenOptions { seed, ..Default::default() }).unwrap();
        prop_assert_eq!(&data.rows, &same.rows);

        // By the columns of the table, checked without the library's own notion of a group.
        let separate = |data: &Dataset, subset: &dyn Fn(usize) -> Option<usize>| -> Result<(), TestCaseError> {
            for (i, a) in data.rows.iter().enumerate() {
                for (j, b) in data.rows.iter().enumerate().skip(i + 1) {
                    let id = |s: &str| s.parse::<u64>().unwrap();
                    let neighbours = a.genre == b.genre && id(&b.id) - id(&a.id) <= genrenet_data::NEIGHBOUR_GAP;
                    let same_artist = a.artist.is_some() && a.artist == b.artist;
                    if neighbours || same_artist {
                        prop_assert_eq!(subset(i), subset(j), "{} and {}", a.id, b.id);
                    }
                }
            }
            Ok(())
        };
        separate(&data, &|i| Some(data.rows[i].split as usize))?;

        let folds = data.folds(k, seed);
        let mut place = vec![None; data.rows.len()];
        for (f, fold) in folds.iter().enumerate() {
            for &i in fold {
                prop_assert!(place[i].replace(f).is_none(), "row {} in two folds", i);
            }
        }
        prop_assert!(place.iter().all(Option::is_some));
        separate(&data, &|i| place[i])?;

        data.hold_out(&folds, 0);
        prop_assert_eq!(data.indices(Split::Validation), folds[0].clone());
        prop_assert!(data.divided_groups().is_empty());

        let rule = SplitRule { seed: seed.wrapping_add(1), shares: [0.5, 0.5, 0.0], ..same.split.clone() };
        data.resplit(&rule).unwrap();
        prop_assert!(data.divided_groups().is_empty());
        prop_assert!(data.indices(Split::Test).is_empty());
    }
}

#[test]
fn validation_is_held_out_from_training_without_leaks() {
    let file = tempfile::Builder::new().suffix(".csv").tempfile().unwrap();
    let mut text = String::from("genre,split,artist,x\n");
    for i in 0..120 {
        let split = if i < 90 { "training" } else { "test" };
        // Rows of equal values would be copies of each other, and stay together.
        writeln!(text, "{},{split},artist {},{i}", ["a", "b"][i % 2], i / 5).unwrap();
    }
    std::fs::write(file.path(), text).unwrap();
    let mut data = Dataset::open(file.path(), &OpenOptions::default()).unwrap();
    assert!(data.indices(Split::Validation).is_empty());
    assert!(data.hold_out_validation(0.2, 1));
    assert!(!data.hold_out_validation(0.2, 1));
    let n = data.indices(Split::Validation).len();
    assert!((14..=22).contains(&n), "{n}");
    assert_eq!(data.indices(Split::Test).len(), 30);
    assert!(data.divided_groups().is_empty());
}
