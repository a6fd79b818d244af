//! What was found where a bundle or a run was expected.

use std::path::Path;

/// What is at `path`, as the end of a message "expected …; found": nothing, a file, the runs of several seeds, the first few
/// names of a folder.
pub fn found_at(path: &Path) -> String {
    let is_there = |name: &str| path.join(name).exists();
    let Ok(entries) = std::fs::read_dir(path) else {
        return match path.metadata() {
            Ok(_) => "a file".into(),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => "nothing there".into(),
            Err(e) => e.to_string(),
        };
    };
    let mut names: Vec<String> = entries
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    let several: Vec<&str> = names
        .iter()
        .map(String::as_str)
        .filter(|name| name.starts_with("seed-") || name.starts_with("fold-"))
        .collect();
    if let [first, ..] = several[..] {
        return format!(
            "the runs of {} seeds or folds: name one of them, {}",
            several.len(),
            path.join(first).display()
        );
    }
    if is_there("model.toml") && !is_there("weights.safetensors") {
        return "a bundle without its weights.safetensors".into();
    }
    if is_there("model.toml") {
        return "a bundle outside of a run folder".into();
    }
    if is_there("recipe.toml") && !is_there("bundle") {
        return "a run that is not finished and has no bundle".into();
    }
    const SHOWN: usize = 5;
    let listed = names
        .iter()
        .take(SHOWN)
        .cloned()
        .collect::<Vec<_>>()
        .join(", ");
    match names.len() {
        0 => "an empty folder".into(),
        n if n > SHOWN => format!("a folder of {listed} and {} more", n - SHOWN),
        _ => format!("a folder of {listed}"),
    }
}
