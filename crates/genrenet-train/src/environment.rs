//! `environment.json`: the program, machine and data of a run.

use std::collections::BTreeMap;
use std::path::{Component, Path};
use std::time::{SystemTime, UNIX_EPOCH};

use genrenet_data::Provenance;
use genrenet_files::read_text;
use serde::{Deserialize, Serialize};

use crate::error::TrainError;

/// Versions, machine and data of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Environment {
    /// The program and its version.
    pub program: String,
    /// Operating system and architecture.
    pub system: String,
    /// The processor's name, where the system provides it.
    pub processor: String,
    /// Number of threads.
    pub threads: usize,
    /// The commit of the working directory, where it is a git checkout.
    pub commit: Option<String>,
    /// Seconds since 1970 when the run began.
    pub began: u64,
    /// The data set's name, fingerprint and split.
    pub data: BTreeMap<String, String>,
    /// How the rows were chosen and split.
    #[serde(default)]
    pub provenance: Option<Provenance>,
}

impl Environment {
    /// Of this process, for the data described by `data` and by `provenance`.
    pub fn now(data: BTreeMap<String, String>, provenance: Provenance) -> Environment {
        Environment {
            program: format!("genrenet {}", env!("CARGO_PKG_VERSION")),
            system: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
            processor: processor().unwrap_or_else(|| "unknown".into()),
            threads: rayon::current_num_threads(),
            commit: std::env::current_dir().ok().and_then(|here| commit(&here)),
            began: SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_or(0, |d| d.as_secs()),
            data,
            provenance: Some(provenance),
        }
    }

    /// Reads that of a run.
    ///
    /// # Errors
    /// A file that is missing or is no such JSON.
    pub fn read(path: &Path) -> Result<Environment, TrainError> {
        let text = read_text(path, 16 << 20).map_err(|e| TrainError::io(path, e))?;
        serde_json::from_str(&text).map_err(|e| TrainError::io(path, e.into()))
    }

    /// Writes it.
    ///
    /// # Errors
    /// An error of the file system.
    pub fn write(&self, path: &Path) -> Result<(), TrainError> {
        let text = serde_json::to_string_pretty(self).unwrap_or_default() + "\n";
        genrenet_files::write_whole(path, text.as_bytes()).map_err(|e| TrainError::io(path, e))
    }
}

fn processor() -> Option<String> {
    let text = read_text(Path::new("/proc/cpuinfo"), 4 << 20).ok()?;
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_string())
}

/// The commit that is checked out, read from `.git` without another program.
fn commit(from: &Path) -> Option<String> {
    let git = from
        .ancestors()
        .map(|folder| folder.join(".git"))
        .find(|git| git.is_dir())?;
    let head = read_text(&git.join("HEAD"), 1000).ok()?;
    let head = head.trim();
    let Some(name) = head.strip_prefix("ref: ") else {
        return Some(head.to_string());
    };
    // The name comes from a file that is not trusted: it must not lead out of the folder.
    let inside = |part| matches!(part, Component::Normal(_));
    if !name.starts_with("refs/") || !Path::new(name).components().all(inside) {
        return None;
    }
    if let Ok(commit) = read_text(&git.join(name), 1000) {
        return Some(commit.trim().to_string());
    }
    let packed = read_text(&git.join("packed-refs"), 64 << 20).ok()?;
    packed
        .lines()
        .find_map(|line| line.strip_suffix(name).map(|hash| hash.trim().to_string()))
}
