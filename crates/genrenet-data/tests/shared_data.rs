//! The real data sets beside the repository, if they are there.

use std::path::PathBuf;

use genrenet_data::{Dataset, OpenOptions, Rule, Split, SplitRule};

fn shared(part: &str) -> Option<PathBuf> {
    let root = std::env::var_os("GENRENET_SHARED")
        .map(PathBuf::from)
        .unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"));
    let path = root.join("data").join(part);
    if !path.exists() {
        println!("skipped: {} is not there", path.display());
        return None;
    }
    Some(path)
}

fn open(path: PathBuf) -> Dataset {
    Dataset::open(&path, &OpenOptions::default()).unwrap_or_else(|e| panic!("{e}"))
}

#[test]
fn fma_small() {
    let Some(path) = shared("fma-small") else {
        return;
    };
    let data = open(path);
    println!("{:#?}", data.notes);
    assert_eq!(data.genres.len(), 8);
    assert_eq!(data.rows.len(), 7194);
    assert_eq!(data.split.rule, Rule::Official);
    assert_eq!(
        data.indices(Split::Training).len() + data.indices(Split::Validation).len(),
        7194
    );
    let missing = data
        .notes
        .iter()
        .find(|n| n.starts_with("6 ids of tracks.csv"))
        .unwrap();
    for id in ["99134", "108925", "133297", "98565", "98567", "98569"] {
        assert!(missing.contains(id), "{missing}");
    }
    assert!(
        data.notes
            .iter()
            .any(|n| n == "1 row is digital silence: 107535")
    );
    let copies = data
        .notes
        .iter()
        .find(|n| n.contains("repeat another exactly"))
        .unwrap();
    assert!(
        copies.starts_with("9 rows") && copies.contains("0 across the official split"),
        "{copies}"
    );
    assert!(data.divided_groups().is_empty(), "{:?}", data.leaks());

    let logmel = data.array("logmel").unwrap();
    assert_eq!(logmel.shape, [128, 128]);
    let mut row = vec![0.0; logmel.row_len()];
    logmel.read(0, &mut row).unwrap();
    let (low, high) = row
        .iter()
        .fold((0f32, -100f32), |(l, h), &v| (l.min(v), h.max(v)));
    assert!((low, high) == (-78.75, -1.25), "{low} {high}");
    let mfcc = data.array("mfcc").unwrap();
    assert_eq!(mfcc.shape, [130, 20]);
    assert_eq!(data.array("mfcc_stats").unwrap().shape, [40]);
    assert_eq!(data.array("vggish").unwrap().shape, [128]);

    let folds = data.folds(5, 3);
    assert_eq!(folds, data.folds(5, 3));
    let training = data.indices(Split::Training).len();
    assert_eq!(folds.iter().map(Vec::len).sum::<usize>(), training);
    for fold in &folds {
        assert!((fold.len() as f64 / training as f64 - 0.2).abs() < 0.01);
        for g in 0..8 {
            let n = fold
                .iter()
                .filter(|&&i| data.rows[i].genre == Some(g))
                .count();
            assert!((145..=175).contains(&n), "{n}");
        }
    }
}

#[test]
fn gtzan() {
    let Some(path) = shared("gtzan") else { return };
    let data = open(path);
    println!("{:#?}", data.notes);
    assert_eq!((data.genres.len(), data.rows.len()), (10, 640));
    assert_eq!(
        (
            data.indices(Split::Training).len(),
            data.indices(Split::Validation).len()
        ),
        (443, 197)
    );
    assert!(
        data.notes
            .iter()
            .any(|n| n == "1 ids of tracks.csv have no `logmel`: jazz.00054")
    );
    let values = data.array("values").unwrap();
    assert_eq!(values.shape, [57]);
    assert!(values.columns.iter().any(|c| c == "tempo"));
    let logmel = data.array("logmel").unwrap();
    assert_eq!(logmel.shape, [128, 387]);
    let jazz = data.rows.iter().position(|r| r.id == "jazz.00054").unwrap();
    assert!(!logmel.has(jazz) && values.has(jazz));
    let short = logmel.with_frames(128).unwrap();
    let (mut long_row, mut short_row) = (vec![0.0; 128 * 387], vec![0.0; 128 * 128]);
    logmel.read(7, &mut long_row).unwrap();
    short.read(7, &mut short_row).unwrap();
    for (b, j) in [(0, 0), (5, 64), (127, 127)] {
        assert_eq!(
            short_row[b * 128 + j],
            long_row[b * 387 + (2 * j + 1) * 387 / 256]
        );
    }
    assert_eq!(data.grouped_by.as_deref(), Some("group"));
    let tags = data.array("embedding").unwrap();
    let has: Vec<usize> = (0..640).filter(|&row| tags.has(row)).collect();
    assert_eq!(has, data.indices(Split::Training));
    // Country clips have the tag "country" more often than others do.
    let country = tags
        .columns
        .iter()
        .position(|tag| tag == "country")
        .unwrap();
    let of = |row: usize| {
        let mut values = vec![0.0; 50];
        tags.read(row, &mut values).unwrap();
        values[country]
    };
    let genre = data.genres.iter().position(|genre| genre == "country");
    let (in_genre, others): (Vec<usize>, Vec<usize>) =
        has.iter().partition(|&&row| data.rows[row].genre == genre);
    let mean = |rows: &[usize]| rows.iter().map(|&row| of(row)).sum::<f32>() / rows.len() as f32;
    assert!(mean(&in_genre) > mean(&others) + 2.0);
}

#[test]
fn echonest_tables() {
    let Some(path) = shared("echonest") else {
        return;
    };
    let er = open(path.join("er_echonest.csv"));
    assert_eq!(
        (er.genres.as_slice(), er.rows.len()),
        (&["E".to_string(), "R".to_string()][..], 4000)
    );
    assert_eq!(er.split.rule, Rule::Random);
    assert_eq!(er.indices(Split::Training).len(), 2800);
    let mut shares = er.clone();
    shares
        .resplit(&SplitRule {
            rule: Rule::Random,
            seed: 3,
            shares: [0.6, 0.2, 0.2],
        })
        .unwrap();
    assert_eq!(shares.counts(Split::Test), [400, 400]);

    let fma = open(path.join("fma_echonest.csv"));
    println!("{:?} {:?}", fma.genres, fma.notes);
    assert_eq!(fma.rows.len(), 6715);
    assert_eq!(fma.array("values").unwrap().shape, [8]);
    assert_eq!(fma.split.rule, Rule::Grouped { by: "group".into() });
    assert!(
        fma.notes
            .iter()
            .any(|n| n == "3774 of 10489 rows have no genre: left out")
    );
    assert!(fma.divided_groups().is_empty());
    let test = fma.indices(Split::Test).len() as f64 / 6715.0;
    assert!((test - 0.15).abs() < 0.01, "{test}");
    let all = OpenOptions {
        keep_unlabelled: true,
        ..Default::default()
    };
    assert_eq!(
        Dataset::open(&path.join("fma_echonest.csv"), &all)
            .unwrap()
            .rows
            .len(),
        10489
    );

    let mut four = fma.clone();
    four.keep_genres(&["Rock", "Electronic", "Hip-Hop", "Folk"])
        .unwrap();
    four.balance(0).unwrap();
    assert_eq!(four.genres, ["Electronic", "Folk", "Hip-Hop", "Rock"]);
    assert_eq!(four.rows.len(), 4 * 538);
    assert!(four.divided_groups().is_empty());
}

#[test]
fn joined_and_concatenated() {
    let (Some(fma), Some(echonest), Some(gtzan)) =
        (shared("fma-small"), shared("echonest"), shared("gtzan"))
    else {
        return;
    };
    let only = OpenOptions {
        arrays: Some(vec!["logmel".into()]),
        ..Default::default()
    };
    let mut fma = Dataset::open(&fma, &only).unwrap();
    assert_eq!(fma.arrays.len(), 1);
    let all = OpenOptions {
        keep_unlabelled: true,
        ..Default::default()
    };
    let values = Dataset::open(&echonest.join("fma_echonest.csv"), &all).unwrap();
    let before = fma.fingerprint.clone();
    let n = fma.join(&values, "values").unwrap();
    assert!(n > 900, "{n}");
    assert_ne!(fma.fingerprint, before);

    let mut gtzan = Dataset::open(&gtzan, &only).unwrap();
    // GTZAN's bands end at 11 kHz, FMA's at 22: brought to what both have.
    for data in [&mut fma, &mut gtzan] {
        let stored = data.array("logmel").unwrap();
        data.add_array(stored.match_front_end(7_926.08, 96, 128).unwrap())
            .unwrap();
    }
    let names = [("hiphop", "Hip-Hop"), ("pop", "Pop"), ("rock", "Rock")]
        .map(|(a, b)| (a.into(), b.into()));
    gtzan.rename_genres(&names.into()).unwrap();
    let (a, b) = (fma.rows.len(), gtzan.rows.len());
    let mut last = vec![0.0; 96 * 128];
    gtzan
        .array("logmel")
        .unwrap()
        .read(b - 1, &mut last)
        .unwrap();
    fma.concat(&gtzan).unwrap();
    assert_eq!((fma.rows.len(), fma.genres.len()), (a + b, 15));
    let mut read = vec![0.0; 96 * 128];
    fma.array("logmel")
        .unwrap()
        .read(a + b - 1, &mut read)
        .unwrap();
    assert_eq!(read, last);
    assert_eq!(fma.mask(0).iter().filter(|k| **k).count(), 8);
    assert_eq!(fma.mask(a).iter().filter(|k| **k).count(), 10);
    assert!(fma.divided_groups().is_empty());
    assert!(!fma.array("values").unwrap().has(a));
}
