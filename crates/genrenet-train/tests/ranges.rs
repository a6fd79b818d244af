//! The ranges that docs/RECIPES.md names are those that recipes are checked against.

use std::path::Path;

use genrenet_model::FeatureKind;
use genrenet_train::Recipe;

const RECIPE: &str = r#"
name = "ranges"
[front_end.log_mel]
rate = 22050
n_mels = 16
[front_end.windowing]
seconds = 30.0
frames = 16
windows = 2
[front_end.segments]
[front_end.mfcc_head]
seconds = 1.0
[front_end.mfcc_head.mfcc]
[[inputs]]
name = "values"
source = "values"
layout = "vector"
scaling = { kind = "standard" }
[[network.branches]]
input = "values"
layers = []
[network]
heads = [{ name = "genre", outputs = 0 }]
[train]
optimizer = { kind = "adamw", lr = 0.01 }
epochs = 2
batch = 8
[second_target]
array = "vggish"
weight = 1.0
[distill]
bundles = ["teacher"]
"#;

/// Its input.
const INPUT: &str =
    r#"{ name = "values", source = "values", layout = "vector", scaling = { kind = "standard" } }"#;

/// Where the keys of the document's sections stand in a recipe.
const SECTIONS: [(&str, &str); 13] = [
    ("segments", "front_end.segments"),
    ("mfcc_head", "front_end.mfcc_head"),
    ("mfcc", "front_end.mfcc_head.mfcc"),
    ("log_mel", "front_end.log_mel"),
    ("windowing", "front_end.windowing"),
    ("augment", "augment"),
    ("train", "train"),
    ("second_target", "second_target"),
    ("distill", "distill"),
    ("calibrate", "calibrate"),
    ("optimizer", "train.optimizer"),
    ("schedule", "train.schedule"),
    ("average", "train.average"),
];

/// A row of the document.
struct Key {
    section: String,
    /// The kind whose key it is, where the section has several.
    kind: Option<String>,
    name: String,
    integer: bool,
    required: bool,
    range: String,
}

fn keys() -> Vec<Key> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/RECIPES.md");
    let text = std::fs::read_to_string(path).expect("docs/RECIPES.md");
    let (mut section, mut kind) = (String::new(), None);
    let mut found = Vec::new();
    for line in text.lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            (section, kind) = (heading.to_owned(), None);
            continue;
        }
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let word = |cell: usize| cells.get(cell)?.strip_prefix('`')?.strip_suffix('`');
        let first = match (word(1), cells.get(2)) {
            // A row of a kind, and below it the rows of its keys.
            (Some(name), Some(&"")) => {
                kind = Some(name.to_owned());
                continue;
            }
            (Some(_), Some(&"key")) => continue,
            (Some(_), _) => 1,
            _ => 2,
        };
        if let (Some(name), Some(range)) = (word(first), cells.get(first + 3)) {
            found.push(Key {
                section: section.clone(),
                kind: kind.clone(),
                name: name.to_owned(),
                integer: cells[first + 1] == "integer",
                required: cells[first + 2] == "required",
                range: (*range).to_owned(),
            });
        }
    }
    found
}

fn number(text: &str) -> f64 {
    let digits: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    digits.parse().unwrap_or_else(|_| panic!("{text}"))
}

/// Numbers at the ends of a range that are within it, and numbers beyond them.
fn ends(range: &str, step: f64) -> Option<(Vec<f64>, Vec<f64>)> {
    let above = |low: &str| (number(low) + step, number(low));
    let from = |low: &str| (number(low), number(low) - step);
    let (low, high) = if let Some((low, high)) = range.split_once(" to below ") {
        (from(low), Some((number(high) - step, number(high))))
    } else if let Some((low, high)) = range.split_once(" to ") {
        (from(low), Some((number(high), number(high) + step)))
    } else if let Some(rest) = range.strip_prefix("above ") {
        match rest.split_once(", at most ") {
            Some((low, high)) => (above(low), Some((number(high), number(high) + step))),
            None => (above(rest), None),
        }
    } else if let Some(low) = range.strip_prefix("at least ") {
        (from(low), None)
    } else {
        (from(range.strip_suffix(" or more")?), None)
    };
    let (mut within, mut beyond) = (vec![low.0], vec![low.1]);
    within.extend(high.map(|high| high.0));
    beyond.extend(high.map(|high| high.1));
    Some((within, beyond))
}

/// The change that sets a key; a key of a kind is set with the kind and its required keys.
fn change(key: &Key, all: &[Key], prefix: &str, value: f64) -> String {
    let shown = match key.integer {
        true => format!("{value}"),
        false => format!("{value:?}"),
    };
    let Some(kind) = &key.kind else {
        return format!("{prefix}.{}={shown}", key.name);
    };
    let required = all.iter().filter(|other| {
        let same = other.section == key.section && other.kind == key.kind;
        same && other.required && other.name != key.name
    });
    let others: String = required
        .map(|key| format!(", {} = 0.5", key.name))
        .collect();
    format!(
        "{prefix}={{ kind = \"{kind}\", {} = {shown}{others} }}",
        key.name
    )
}

/// Reads the recipe with a change and builds its network.
fn accepted(change: &str) -> Result<(), String> {
    let recipe = Recipe::parse(RECIPE, "ranges", &[change.to_owned()]);
    let recipe = recipe.map_err(|error| error.to_string())?;
    let member = recipe.member(3, &[(FeatureKind::Values, vec![4])]);
    member.map(drop).map_err(|error| error.to_string())
}

#[test]
fn the_documents_ranges_are_those_that_are_checked() {
    let keys = keys();
    let mut checked = 0;
    for key in keys.iter().filter(|key| !key.range.is_empty()) {
        let Some((_, prefix)) = SECTIONS.iter().find(|(name, _)| *name == key.section) else {
            continue;
        };
        // The smallest number above 65 536 that a 32-bit float tells from it is 2⁻⁷ away.
        let step = if key.integer || key.range.contains(' ') && key.range.contains("000") {
            1.0
        } else {
            1e-3
        };
        // Bounds that other keys of the recipe set.
        let range = key
            .range
            .replace("a window's", "30")
            .replace("`n_mels`", "128");
        let Some((within, beyond)) = ends(&range, step) else {
            assert!(key.name == "seeds", "{}: {}", key.name, key.range);
            continue;
        };
        for value in within {
            let change = change(key, &keys, prefix, value);
            assert_eq!(accepted(&change), Ok(()), "{change}: {}", key.range);
        }
        for value in beyond {
            let change = change(key, &keys, prefix, value);
            let refused = accepted(&change).expect_err(&change);
            assert!(refused.contains(&key.name), "{change}: {refused}");
        }
        checked += 1;
    }
    assert!(checked > 50, "{checked}");
}

#[test]
fn the_documents_ranges_of_lists_are_those_that_are_checked() {
    let keys = keys();
    let range = |section: &str, name: &str| {
        let mut of_section = keys.iter().filter(|key| key.section == section);
        of_section
            .find(|key| key.name == name)
            .map(|key| key.range.as_str())
    };
    for (section, name, stated) in [
        ("recipe", "inputs", "at least one; each name once"),
        ("network", "branches", "at least one"),
        ("network", "heads", "at least one"),
        ("train", "seeds", "at most 1000; each once"),
    ] {
        assert_eq!(range(section, name), Some(stated));
    }
    for (change, within) in [
        ("inputs=[]".to_owned(), false),
        (format!("inputs=[{INPUT}, {INPUT}]"), false),
        (format!("inputs=[{INPUT}]"), true),
        ("network.branches=[]".to_owned(), false),
        ("network.heads=[]".to_owned(), false),
        ("train.seeds=[1, 2]".to_owned(), true),
        ("train.seeds=[1, 1]".to_owned(), false),
    ] {
        let found = accepted(&change);
        assert_eq!(found.is_ok(), within, "{change}: {found:?}");
    }
}
