//! Whether a network from scratch is compared with a head, and which is chosen.

use genrenet_train::head_or_network::{compare, median_songs};
use genrenet_train::{Quiet, Recipe, RunOptions, Stop};

use crate::toy;

/// Reads four values that tell the genres apart only in part.
const HEAD: &str = r#"
name = "solved"
inputs = [{ name = "values", source = "values", layout = "vector", scaling = { kind = "none" } }]
network = { branches = [{ input = "values" }], heads = [{ name = "genre", outputs = 0 }] }
train = { solve = {} }
"#;

fn compared(changes: &[&str]) -> genrenet_train::head_or_network::Comparison {
    let changes: Vec<String> = changes.iter().map(|c| c.to_string()).collect();
    let head = Recipe::parse(HEAD, "head", &[]).unwrap();
    let network = Recipe::parse(toy::RECIPE, "network", &changes).unwrap();
    let data = toy::dataset();
    let options = RunOptions::default();
    compare(
        (&head, &data),
        (&network, &data),
        &options,
        &mut Quiet,
        &Stop::new(),
    )
    .expect("both")
}

#[test]
fn a_network_is_chosen_where_it_is_better_in_the_same_folds() {
    let found = compared(&[]);
    assert_eq!(found.songs, 126);
    assert!(
        found.network > found.head && found.network_is_better(),
        "{found:?}"
    );
    assert!(
        found.standard_error > 0.0 && found.standard_error < 0.1,
        "{found:?}"
    );
    // A rate at which nothing is learned.
    let found = compared(&["train.optimizer.lr=1e-9", "train.epochs=1"]);
    assert!(
        found.network < found.head && !found.network_is_better(),
        "{found:?}"
    );
}

#[test]
fn songs_of_the_two_must_be_the_same() {
    let head = Recipe::parse(HEAD, "head", &[]).unwrap();
    let network = Recipe::parse(toy::RECIPE, "network", &[]).unwrap();
    let (data, mut fewer) = (toy::dataset(), toy::dataset());
    fewer.rows[3].id = "another".into();
    let options = RunOptions::default();
    let refused = compare(
        (&head, &data),
        (&network, &fewer),
        &options,
        &mut Quiet,
        &Stop::new(),
    );
    let said = refused.unwrap_err().to_string();
    assert!(said.contains("can't be compared"), "{said}");
    assert_eq!(median_songs(&data), 42);
}

#[test]
fn a_comparison_that_is_stopped_names_the_option_without_it() {
    let head = Recipe::parse(HEAD, "head", &[]).unwrap();
    let network = Recipe::parse(toy::RECIPE, "network", &[]).unwrap();
    let data = toy::dataset();
    let stop = Stop::new();
    stop.request();
    let options = RunOptions::default();
    let refused = compare(
        (&head, &data),
        (&network, &data),
        &options,
        &mut Quiet,
        &stop,
    );
    let said = refused.unwrap_err().to_string();
    assert!(
        said.contains("nothing was written; with --head the head is learned"),
        "{said}"
    );
}
