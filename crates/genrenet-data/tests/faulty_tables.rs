//! Faulty tables, and data sets that cannot be trained on or split.

use genrenet_data::{Dataset, OpenOptions, Rule, SplitRule};

use crate::refusal::{open, refused, table};

#[test]
fn faulty_tables() {
    for (text, ends) in [
        (
            "genre,tempo\nRock,120\nFolk,NaN\n",
            "line 3, column `tempo`: expected a finite number, found `NaN`",
        ),
        (
            "genre,tempo\nRock,120\nFolk,\n",
            "line 3, column `tempo`: expected a finite number, found ``",
        ),
        (
            "genre,tempo\nRock,fast\n",
            "line 2, column `tempo`: expected a finite number, found `fast`",
        ),
        (
            "genre,tempo\nRock\n",
            "line 2: expected 2 cells as in its header, found 1",
        ),
        ("genre,tempo\n", "no usable row: it has no rows"),
        ("genre,tempo\n,1\n,2\n", "no usable row: no row has a genre"),
        (
            "tempo,energy\n1,2\n",
            "it has no column `genre` or `label`; its columns are tempo, energy",
        ),
        (
            "genre,title\nRock,x\n",
            "it has neither a column `path` nor columns of numbers, only genre, title",
        ),
        (
            "id,genre,x\n1,Rock,1\n1,Folk,2\n",
            "the id `1` is not unique (rows 1 and 2)",
        ),
        (
            "genre,split,x\nRock,holdout,1\n",
            "line 2, column `split`: expected training, validation or test, found `holdout`",
        ),
        (
            "path,genre\nmissing.mp3,Rock\n",
            "no usable row: 1 file of the table does not exist: missing.mp3",
        ),
        ("path,genre\na,Rock\na,Folk\n", "the id `a` is not unique"),
        (
            "path,title\na,b\n",
            "no column `genre` or `label`; its columns are path, title",
        ),
        ("", "it is empty"),
    ] {
        let (_dir, path) = table(text);
        refused(&path, ends);
    }
}

#[test]
fn data_that_cannot_be_trained_or_split_is_an_error_with_the_reason() {
    let (_dir, path) = table("genre,x\nRock,1\nRock,2\n");
    let one = open(&path)
        .unwrap()
        .check_trainable(&["values"])
        .unwrap_err()
        .to_string();
    assert!(
        one.ends_with("expected at least two genres, found only Rock"),
        "{one}"
    );
    let (_dir, path) = table("genre,split,x\nRock,training,1\nFolk,test,2\n");
    let mut data = open(&path).unwrap();
    let missing = data.check_trainable(&["values"]).unwrap_err().to_string();
    assert!(
        missing.ends_with("the genre Folk has no training row (split: official)"),
        "{missing}"
    );
    let array = data.require_array("logmel").unwrap_err().to_string();
    assert!(array.ends_with("found values"), "{array}");
    let grouped = SplitRule::new(
        Rule::Grouped {
            by: "artist".into(),
        },
        0,
    );
    let no = data.resplit(&grouped).unwrap_err().to_string();
    assert!(
        no.contains("no artist, album, folder or numeric id is known"),
        "{no}"
    );
    let shares = SplitRule {
        rule: Rule::Random,
        seed: 0,
        shares: [0.5, 0.1, 0.1],
    };
    assert!(
        data.resplit(&shares)
            .unwrap_err()
            .to_string()
            .contains("together 1, found [0.5, 0.1, 0.1]")
    );
    let (_dir, path) = table("genre,split,x\nRock,training,1\nFolk,,2\n");
    let official = OpenOptions {
        split: Some(SplitRule::new(Rule::Official, 0)),
        ..Default::default()
    };
    let no = Dataset::open(&path, &official).unwrap_err().to_string();
    assert!(
        no.ends_with("1 of 2 rows have no subset in songs's own table"),
        "{no}"
    );
    let no = open(&path)
        .unwrap()
        .keep_genres(&["Jazz"])
        .unwrap_err()
        .to_string();
    assert_eq!(
        no,
        "there is no genre `Jazz` in songs; its genres are Folk, Rock"
    );
}
