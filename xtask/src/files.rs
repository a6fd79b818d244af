//! The repository's files.

use std::fs;
use std::path::Path;
use std::process::Command;

/// Folders that hold no files of the repository, where git cannot be asked.
const SKIPPED: [&str; 6] = [
    ".git",
    "target",
    "runs",
    ".venv",
    "__pycache__",
    "node_modules",
];

/// Paths of all files that are committed or could be (not ignored), relative to `root`, with `/`, in order.
pub fn list(root: &Path) -> Vec<String> {
    let git = Command::new("git")
        .args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ])
        .current_dir(root)
        .output();
    let mut files: Vec<String> = match git {
        Ok(output) if output.status.success() => String::from_utf8_lossy(&output.stdout)
            .split('\0')
            .filter(|name| !name.is_empty() && root.join(name).is_file())
            .map(str::to_string)
            .collect(),
        _ => {
            let mut found = Vec::new();
            walk(root, "", &mut found);
            found
        }
    };
    files.sort();
    files.dedup();
    files
}

fn walk(folder: &Path, prefix: &str, found: &mut Vec<String>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{prefix}{name}");
        match entry.file_type() {
            Ok(kind) if kind.is_dir() && !SKIPPED.contains(&name.as_str()) => {
                walk(&entry.path(), &format!("{path}/"), found);
            }
            Ok(kind) if kind.is_file() => found.push(path),
            _ => {}
        }
    }
}

/// The file's text; `None` for pictures, sound and other binary files.
pub fn text(root: &Path, file: &str) -> Option<String> {
    let bytes = fs::read(root.join(file)).ok()?;
    if bytes.contains(&0) {
        return None;
    }
    String::from_utf8(bytes).ok()
}
