//! Keys of older recipes, which are still read: those that were renamed (docs/GLOSSARY.md), and those that no longer exist, as
//! long as they change nothing.
//!
//! Serde's aliases read the renamed ones in a file; this makes `--set` and a file agree on one name.

use toml::{Table, Value};

/// The present name of `key` inside of the table at `parent`.
fn present<'a>(parent: &[&str], key: &'a str) -> &'a str {
    match (parent, key) {
        ([], "hears") => "front_end",
        (["front_end"], "listening") => "windowing",
        (["data"] | ["data", "add", _], "knows") => "label_mask",
        (["inputs", _], "picture") => "image_size",
        (["train"], "first_weights") => "initialiser",
        (["train"], "remeasure") => "re_estimate_batch_norm",
        _ => key,
    }
}

/// Whether `key` of the table at `parent` no longer exists and says what is done now anyway.
fn removed(parent: &[&str], key: &str, value: &Value) -> bool {
    match (parent, key) {
        (["augment"], "jitter_frames") => value.as_bool() == Some(false),
        _ => false,
    }
}

/// A dotted key by its present names.
pub(super) fn key(dotted: &str) -> String {
    let mut path: Vec<&str> = Vec::new();
    for part in dotted.split('.') {
        path.push(present(&path, part));
    }
    path.join(".")
}

/// A recipe's table with present names only.
pub(super) fn table(old: Table) -> Table {
    fn renamed(old: Table, parent: &[&str]) -> Table {
        old.into_iter()
            .filter(|(key, value)| !removed(parent, key, value))
            .map(|(key, value)| {
                let key = present(parent, &key).to_owned();
                let path: Vec<&str> = parent.iter().copied().chain([&*key]).collect();
                let value = match value {
                    Value::Table(inner) => Value::Table(renamed(inner, &path)),
                    Value::Array(list) => Value::Array(
                        list.into_iter()
                            .map(|item| match item {
                                Value::Table(inner) => {
                                    let path: Vec<&str> =
                                        path.iter().copied().chain(["0"]).collect();
                                    Value::Table(renamed(inner, &path))
                                }
                                other => other,
                            })
                            .collect(),
                    ),
                    other => other,
                };
                (key, value)
            })
            .collect()
    }
    renamed(old, &[])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_names_are_read_where_they_stood_and_nowhere_else() {
        assert_eq!(key("hears.listening.frames"), "front_end.windowing.frames");
        assert_eq!(key("data.add.2.knows"), "data.add.2.label_mask");
        assert_eq!(key("data.add.0.rename.knows"), "data.add.0.rename.knows");
        let old: Table = toml::from_str(
            "[hears.listening]\nframes = 3\n[[data.add]]\nknows = [\"a\"]\nrename = { hears = \"b\" }\n[train]\nremeasure = true\n",
        )
        .unwrap();
        let new: Table = toml::from_str(
            "[front_end.windowing]\nframes = 3\n[[data.add]]\nlabel_mask = [\"a\"]\nrename = { hears = \"b\" }\n[train]\nre_estimate_batch_norm = true\n",
        )
        .unwrap();
        assert_eq!(table(old), new);
    }
}
