//! A small collection of three styles that are easy to tell, and a small recipe for them.

use genrenet_data::{Array, DataSource, Dataset, Row, Rule, Selection, Split, SplitRule};
use genrenet_train::Recipe;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

pub const BANDS: usize = 32;
pub const FRAMES: usize = 16;
pub const GENRES: [&str; 3] = ["high", "low", "middle"];

/// 30 training and 12 validation rows of each genre: a loud third of the bands in noise.
pub fn dataset() -> Dataset {
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let (mut rows, mut mel, mut values) = (Vec::new(), Vec::new(), Vec::new());
    for number in 0..3 * 42 {
        let genre = number % 3;
        let first = [22, 0, 11][genre];
        for band in 0..BANDS {
            let loud = (first..first + 10).contains(&band);
            for _ in 0..FRAMES {
                let level: f32 = if loud { -25.0 } else { -45.0 };
                mel.push((level + 30.0 * (rng.random::<f32>() - 0.5)).clamp(-80.0, 0.0));
            }
        }
        values.extend((0..4).map(|v| f32::from(v == genre) + rng.random::<f32>()));
        rows.push(Row {
            id: number.to_string(),
            genre: Some(genre),
            split: if number < 90 {
                Split::Training
            } else {
                Split::Validation
            },
            official: None,
            group: Some((number / 6) as u32),
            copies: None,
            labels: Vec::new(),
            group_without_copies: Some((number / 6) as u32),
            path: None,
            file: None,
            artist: None,
            album: None,
            source: 0,
        });
    }
    let one_each = vec![1; rows.len()];
    let array = |name: &str, shape: &[usize], data: Vec<f32>| {
        Array::from_windows(name, shape, &one_each, data).expect("fits")
    };
    Dataset {
        parents: Default::default(),
        name: "toy".into(),
        genres: GENRES.iter().map(|g| g.to_string()).collect(),
        arrays: vec![
            array("logmel", &[BANDS, FRAMES], mel),
            array("values", &[4], values),
        ],
        rows,
        split: SplitRule::new(Rule::Random, 1),
        selection: Selection::default(),
        grouped_by: Some("album".into()),
        sources: vec![DataSource {
            name: "toy".into(),
            label_mask: vec![true; 3],
        }],
        unread: 0,
        left_out: Vec::new(),
        notes: Vec::new(),
        fingerprint: "toy-1".into(),
    }
}

pub const RECIPE: &str = r#"
name = "toy"

[[inputs]]
name = "logmel"
source = "logmel"
scaling = { kind = "standard" }

[[network.branches]]
input = "logmel"
layers = [
    { kind = "conv", filters = 8, kernel = [3, 3], bias = false },
    { kind = "batch_norm" },
    { kind = "relu" },
    { kind = "max_pool" },
    { kind = "flatten" },
    { kind = "dropout", rate = 0.2 },
]

[network]
heads = [{ name = "genre", outputs = 0 }]

[augment]
mixup = 0.3
time_masks = 1
time_width = 3
roll = true
gain_db = 3.0

[train]
optimizer = { kind = "adamw", lr = 0.003 }
schedule = { kind = "one_cycle" }
epochs = 5
batch = 16
seed = 3
average = { kind = "ema", decay = 0.9 }
"#;

/// The recipe with changes.
pub fn recipe(changes: &[&str]) -> Recipe {
    let changes: Vec<String> = changes.iter().map(|c| c.to_string()).collect();
    Recipe::parse(RECIPE, "toy", &changes).expect("a recipe")
}
