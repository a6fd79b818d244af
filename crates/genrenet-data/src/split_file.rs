//! A split as a table: the subset of each row, and which rows are left out.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use genrenet_text::counted;
use sha2::{Digest, Sha256};

use crate::dataset::{Dataset, hex, summarise};
use crate::error::DataError;
use crate::split::{Rule, Split, SplitRule};
use crate::table::{TABLE_BYTES, Table};

/// Names of the column with the ids, which are those of the data set: a track number, a name, or a path below its folder.
const ID: &[&str] = &["id", "path", "track_id", "name"];

/// A row of a split file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SplitRow {
    /// The row's id in the data set.
    pub id: String,
    /// Its genre, for people who read the file.
    pub genre: String,
    /// Its subset, or why it is left out.
    pub subset: Result<Split, String>,
}

/// A split that was read from a file with the columns `id`, `split` and, where rows are left out, `excluded`.
#[derive(Clone, Debug)]
pub struct SplitFile {
    path: PathBuf,
    sha256: String,
    /// The subset of each id; `None` for one that is left out.
    subsets: HashMap<String, Option<Split>>,
    /// The ids that have a subset, in the order of the file.
    ids: Vec<String>,
}

impl SplitFile {
    /// Reads a split file.
    ///
    /// # Errors
    /// A file that can't be read; a table without the columns; a row of neither a subset nor a reason; an id twice.
    pub fn read(path: &Path) -> Result<SplitFile, DataError> {
        let table = Table::read(path)?;
        let (id, split) = (table.require(ID)?, table.require(&["split"])?);
        let excluded = table.find(&["excluded"]);
        table.require_unique(id)?;
        let mut file = SplitFile {
            path: path.to_path_buf(),
            sha256: sha256(path)?,
            subsets: HashMap::new(),
            ids: Vec::new(),
        };
        for row in 0..table.len() {
            let name = table.cell(row, Some(id)).to_owned();
            let subset = match (table.cell(row, excluded), table.cell(row, Some(split))) {
                ("", word) => {
                    let expected =
                        "training, validation or test (or a reason in the column `excluded`)";
                    let subset = Split::parse(word);
                    file.ids.push(name.clone());
                    Some(subset.ok_or_else(|| table.fault(row, split, expected, word))?)
                }
                _ => None,
            };
            file.subsets.insert(name, subset);
        }
        Ok(file)
    }

    /// The rule that assigns rows as this file says.
    pub fn rule(&self) -> SplitRule {
        let rule = Rule::File {
            path: self.path.clone(),
            sha256: self.sha256.clone(),
        };
        SplitRule::new(rule, 0)
    }

    /// Fails where the file gives a subset to ids that the data set does not have: it is that of other data.
    ///
    /// # Errors
    /// If so, with the first ids.
    pub fn expect_ids_of(&self, dataset: &Dataset) -> Result<(), DataError> {
        let known: std::collections::HashSet<&str> =
            dataset.rows.iter().map(|row| row.id.as_str()).collect();
        let unknown: Vec<&String> = self
            .ids
            .iter()
            .filter(|id| !known.contains(id.as_str()))
            .collect();
        match unknown.is_empty() {
            true => Ok(()),
            false => Err(self.fault(format!(
                "{} not in {}: {}",
                counted(unknown.len(), "of its ids is", "of its ids are"),
                dataset.name,
                summarise(&unknown)
            ))),
        }
    }

    fn fault(&self, reason: String) -> DataError {
        DataError::Split {
            rule: self.rule().to_string(),
            reason,
        }
    }
}

/// The text of a split file.
pub fn split_file_text(rows: &[SplitRow]) -> String {
    let mut text = String::from("id,genre,split,excluded\n");
    for row in rows {
        let (subset, excluded) = match &row.subset {
            Ok(subset) => (subset.to_string(), ""),
            Err(reason) => (String::new(), reason.as_str()),
        };
        let cells = [row.id.as_str(), &row.genre, &subset, excluded].map(quoted);
        text += &cells.join(",");
        text.push('\n');
    }
    text
}

/// A cell in quotes where a table needs them.
fn quoted(cell: &str) -> String {
    match cell.contains([',', '"', '\n', '\r', ';', '\t']) || cell.trim() != cell {
        true => format!("\"{}\"", cell.replace('"', "\"\"")),
        false => cell.to_owned(),
    }
}

impl Dataset {
    /// Leaves out the rows that a split file leaves out or lacks, and takes the others' subsets from it.
    pub(crate) fn split_by_file(&mut self, path: &Path, expected: &str) -> Result<(), DataError> {
        let file = SplitFile::read(path)?;
        if !expected.is_empty() && expected != file.sha256 {
            return Err(file.fault("the file was changed since the split was drawn from it".into()));
        }
        let subset = |id: &str| file.subsets.get(id).copied();
        let kept: Vec<usize> = (0..self.rows.len())
            .filter(|&row| matches!(subset(&self.rows[row].id), Some(Some(_))))
            .collect();
        if kept.is_empty() {
            return Err(file.fault(format!("no row of {} has a subset in it", self.name)));
        }
        let lacking: Vec<&str> = self
            .rows
            .iter()
            .map(|row| row.id.as_str())
            .filter(|id| subset(id).is_none())
            .collect();
        let excluded = self.rows.len() - kept.len() - lacking.len();
        let mut notes = Vec::new();
        if excluded > 0 {
            notes.push(format!(
                "{} by {}",
                counted(excluded, "row is left out", "rows are left out"),
                path.display()
            ));
        }
        if !lacking.is_empty() {
            notes.push(format!(
                "{} not in {} and left out: {}",
                counted(lacking.len(), "row is", "rows are"),
                path.display(),
                summarise(&lacking)
            ));
        }
        if kept.len() < self.rows.len() {
            self.keep_rows(&kept);
        }
        for row in &mut self.rows {
            row.split = file.subsets[&row.id].unwrap_or(Split::Training);
        }
        self.notes.append(&mut notes);
        self.split = file.rule();
        Ok(())
    }
}

fn sha256(path: &Path) -> Result<String, DataError> {
    let bytes = genrenet_files::read(path, TABLE_BYTES).map_err(DataError::io(path))?;
    Ok(hex(&Sha256::digest(&bytes)))
}
