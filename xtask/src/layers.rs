//! The layers of crates: a crate may use only those below its own.

use std::fs;
use std::path::Path;

/// Each crate's layer, the highest first.
const LAYERS: [(&str, u8); 16] = [
    ("genrenet-cli", 8),
    ("genrenet-python", 7),
    ("genrenet-serve", 7),
    ("genrenet-web", 7),
    ("genrenet", 6),
    ("genrenet-report", 5),
    ("genrenet-library", 5),
    ("genrenet-train", 4),
    ("genrenet-model", 3),
    ("genrenet-data", 3),
    ("genrenet-nn", 2),
    ("genrenet-metrics", 2),
    ("genrenet-audio", 1),
    ("genrenet-models", 1),
    ("genrenet-text", 1),
    ("genrenet-files", 0),
];

/// The crates, each after those that it may use.
pub fn upwards() -> impl Iterator<Item = &'static str> {
    LAYERS.iter().rev().map(|(name, _)| *name)
}

fn layer(name: &str) -> Option<u8> {
    LAYERS
        .iter()
        .find(|(n, _)| *n == name)
        .map(|(_, layer)| *layer)
}

/// Checks every crate's manifest and sources; returns the faults.
pub fn check(root: &Path) -> Vec<String> {
    let mut faults = Vec::new();
    let Ok(entries) = fs::read_dir(root.join("crates")) else {
        return vec!["crates/: not readable".into()];
    };
    let mut folders: Vec<_> = entries.flatten().map(|e| e.path()).collect();
    folders.extend([root.join("models"), root.join("python"), root.join("web")]);
    folders.sort();
    let mut seen = Vec::new();
    for folder in folders {
        let Ok(manifest) = fs::read_to_string(folder.join("Cargo.toml")) else {
            continue;
        };
        let place = folder
            .strip_prefix(root)
            .unwrap_or(&folder)
            .display()
            .to_string();
        let name = name_of(&manifest);
        faults.extend(manifest_faults(&place, &name, &manifest));
        for part in ["src", "tests", "examples", "benches"] {
            source_faults(root, &folder.join(part), &name, &mut faults);
        }
        seen.push(name);
    }
    for (name, _) in LAYERS {
        if !seen.iter().any(|s| s == name) {
            faults.push(format!(
                "crates/: expected the crate {name}, found none of that name"
            ));
        }
    }
    faults
}

fn name_of(manifest: &str) -> String {
    let line = manifest.lines().find_map(|l| l.strip_prefix("name = "));
    line.unwrap_or_default()
        .trim()
        .trim_matches('"')
        .to_string()
}

/// Dependencies that a manifest must not have.
fn manifest_faults(place: &str, name: &str, manifest: &str) -> Vec<String> {
    let Some(own) = layer(name) else {
        return vec![format!(
            "{place}/Cargo.toml: the crate `{name}` has no layer; give it one in xtask/src/layers.rs"
        )];
    };
    let mut faults = Vec::new();
    let mut in_dependencies = false;
    for (number, line) in manifest.lines().enumerate() {
        let line = line.trim();
        let key = if let Some(section) = line.strip_prefix('[') {
            let section = section.trim_end_matches(']');
            in_dependencies = section.ends_with("dependencies");
            // A dependency with a section of its own: [dependencies.genrenet-nn].
            section.split_once("dependencies.").map(|(_, key)| key)
        } else if in_dependencies {
            line.split(['.', '=', ' ']).next()
        } else {
            None
        };
        let Some(key) = key.map(|k| k.trim().trim_matches('"')) else {
            continue;
        };
        if let Some(other) = layer(key)
            && other >= own
        {
            faults.push(format!(
                "{place}/Cargo.toml, line {}: {name} (layer {own}) must not depend on {key} (layer {other})",
                number + 1
            ));
        }
    }
    faults
}

/// Names of forbidden crates in sources, so that a rename in a manifest hides nothing.
fn source_faults(root: &Path, folder: &Path, name: &str, faults: &mut Vec<String>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    let mut paths: Vec<_> = entries.flatten().map(|e| e.path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            source_faults(root, &path, name, faults);
        } else if path.extension().is_some_and(|e| e == "rs") {
            let place = path
                .strip_prefix(root)
                .unwrap_or(&path)
                .display()
                .to_string();
            let text = fs::read_to_string(&path).unwrap_or_default();
            faults.extend(use_faults(&place, name, &text));
        }
    }
}

fn use_faults(place: &str, name: &str, text: &str) -> Vec<String> {
    let Some(own) = layer(name) else {
        return Vec::new();
    };
    let mut faults = Vec::new();
    for (other, its) in LAYERS
        .iter()
        .filter(|(other, its)| *other != name && *its >= own)
    {
        let word = format!("{}::", other.replace('-', "_"));
        for (number, line) in text.lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            let used = code
                .match_indices(&word)
                .any(|(at, _)| !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_'));
            if used {
                faults.push(format!(
                    "{place}, line {}: {name} (layer {own}) must not use {other} (layer {its})",
                    number + 1
                ));
            }
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_repository_keeps_its_layers() {
        assert_eq!(check(&crate::root()), Vec::<String>::new());
    }

    #[test]
    fn upward_and_sideways_dependencies_are_found() {
        let upward =
            "[package]\nname = \"genrenet-nn\"\n[dependencies]\ngenrenet-data.workspace = true\n";
        let found = manifest_faults("crates/genrenet-nn", "genrenet-nn", upward);
        assert_eq!(
            found,
            [
                "crates/genrenet-nn/Cargo.toml, line 4: genrenet-nn (layer 2) must not depend on genrenet-data (layer 3)"
            ]
        );
        let sideways = "[dev-dependencies]\ngenrenet-model = { path = \"../genrenet-model\" }\n";
        assert_eq!(manifest_faults("x", "genrenet-data", sideways).len(), 1);
        let section = "[target.'cfg(unix)'.dependencies.genrenet-train]\nworkspace = true\n";
        assert_eq!(manifest_faults("x", "genrenet-model", section).len(), 1);
        let fine = "[dependencies]\ngenrenet-audio.workspace = true\nserde = \"1\"\n[features]\ngenrenet-train = []\n";
        assert!(manifest_faults("x", "genrenet-data", fine).is_empty());
        assert_eq!(manifest_faults("x", "genrenet-new", fine).len(), 1);
        assert_eq!(
            use_faults(
                "a.rs",
                "genrenet-audio",
                "use genrenet_nn::Tensor; // genrenet_data::x\n"
            )
            .len(),
            1
        );
        assert!(use_faults("a.rs", "genrenet-audio", "use my_genrenet_nn::Tensor;\n").is_empty());
    }
}
