//! `history.jsonl`: one line per epoch.

use std::path::Path;

use crate::checkpoint::write_atomic;
use crate::error::TrainError;
use crate::observer::EpochReport;

/// Largest size of a history in bytes: 100 000 epochs of 600 bytes each.
const HISTORY_BYTES: u64 = 64 << 20;

/// Adds one line.
///
/// # Errors
/// An error of the file system.
pub fn append(path: &Path, report: &EpochReport) -> Result<(), TrainError> {
    let mut line = serde_json::to_string(report).unwrap_or_default();
    line.push('\n');
    genrenet_files::append(path, line.as_bytes()).map_err(|e| TrainError::io(path, e))
}

/// Reads a history; an incomplete last line, left by a kill, is ignored.
///
/// # Errors
/// An error of the file system.
pub fn read(path: &Path) -> Result<Vec<EpochReport>, TrainError> {
    let text =
        genrenet_files::read_text(path, HISTORY_BYTES).map_err(|e| TrainError::io(path, e))?;
    Ok(text
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect())
}

/// Keeps the first `epochs` lines, for a run that continues after that epoch.
///
/// # Errors
/// An error of the file system.
pub fn keep(path: &Path, epochs: usize) -> Result<Vec<EpochReport>, TrainError> {
    let mut reports = if path.exists() {
        read(path)?
    } else {
        Vec::new()
    };
    reports.retain(|report| report.epoch <= epochs);
    let text: String = reports
        .iter()
        .filter_map(|report| serde_json::to_string(report).ok())
        .map(|line| line + "\n")
        .collect();
    // Atomically: a full disk must not lose the epochs that were written.
    write_atomic(path, text.as_bytes())?;
    Ok(reports)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_history_of_an_earlier_version_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history.jsonl");
        let old = r#"{"epoch":1,"loss":1.5,"accuracy":0.5,"learning_rate":0.001,"best":true,"seconds":2.5}"#;
        std::fs::write(&path, format!("{old}\n{{\"epoch\":2,\"lo")).unwrap();
        let reports = read(&path).unwrap();
        assert_eq!(reports.len(), 1);
        assert_eq!((reports[0].seconds, reports[0].waiting), (2.5, None));
        let new = EpochReport {
            epoch: 2,
            waiting: Some(0.0625),
            ..reports[0].clone()
        };
        keep(&path, 1).unwrap();
        append(&path, &new).unwrap();
        assert_eq!(read(&path).unwrap(), [reports[0].clone(), new]);
    }
}
