//! The data set: rows with genre, subset and group, and their arrays.

use std::collections::BTreeMap;
use std::path::PathBuf;

use genrenet_text::counted;
use sha2::{Digest, Sha256};

use crate::array::Array;
use crate::error::DataError;
use crate::labels::Labels;
use crate::selection::Selection;
use crate::split::{Rule, Split, SplitRule, assign};

/// One track.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Id in the data set: a track number, a name, or a path relative to its root.
    pub id: String,
    /// Position in [`Dataset::genres`]; `None` only where unlabelled rows are kept.
    pub genre: Option<usize>,
    /// Where rows have several genres ([`Labels::All`]): all of the row's, broader ones among them, as rising positions in
    /// [`Dataset::genres`]; else empty.
    pub labels: Vec<u32>,
    /// The subset of the row in the current split.
    pub split: Split,
    /// The subset that the data set's own table names.
    pub official: Option<Split>,
    /// Rows of one number stay in one subset; `None`: nothing is known, the row is assigned alone.
    pub group: Option<u32>,
    /// Rows with one number are exact copies of each other; only the official rule may put them into two subsets.
    pub copies: Option<u32>,
    /// The group without joining exact copies: explains why there are few groups.
    pub group_without_copies: Option<u32>,
    /// The audio file, where the data set is made of audio files.
    pub path: Option<PathBuf>,
    /// Fingerprint of the audio file, once its features were computed.
    pub file: Option<u64>,
    /// Artist from a column or tag.
    pub artist: Option<String>,
    /// Album from a column or tag.
    pub album: Option<String>,
    /// Position in [`Dataset::sources`].
    pub source: usize,
}

/// Where rows come from: its rows were labelled with some of the genres only.
#[derive(Clone, Debug, PartialEq)]
pub struct DataSource {
    /// Name of the data set that the rows were opened from.
    pub name: String,
    /// For each of [`Dataset::genres`]: whether this source's labels could have named it. A network trained on several
    /// sources must not learn from a row that a genre is absent which is not in its source's label mask (partial labels).
    pub label_mask: Vec<bool>,
}

/// What to open, beyond the path.
#[derive(Clone, Debug, Default)]
pub struct OpenOptions {
    /// The split wanted; `None` takes the best known: official, else grouped, else random.
    pub split: Option<SplitRule>,
    /// Seed of the split if `split` is `None`.
    pub seed: u64,
    /// Keep rows without a genre (for training without labels); they are left out otherwise.
    pub keep_unlabelled: bool,
    /// Keep audio files with the same content and different genres, which are left out otherwise where no subset is given: to report them.
    pub keep_contradictions: bool,
    /// Read only these arrays (all, if `None`): saves time and memory.
    pub arrays: Option<Vec<String>>,
    /// One genre a row, or all that the data set names.
    pub labels: Labels,
}

/// A labelled collection: rows, their features, and the current split.
#[derive(Clone, Debug)]
pub struct Dataset {
    /// Name: the folder's or table's.
    pub name: String,
    /// Genres in alphabetical order; labels are positions here.
    pub genres: Vec<String>,
    /// The broader genre of those that have one, both among the genres ([`Labels::All`]).
    pub parents: BTreeMap<String, String>,
    /// The rows.
    pub rows: Vec<Row>,
    /// Features of the rows; row `i` of each belongs to `rows[i]`.
    pub arrays: Vec<Array>,
    /// The current split.
    pub split: SplitRule,
    /// Which rows of the data set, as it was opened, were chosen so far.
    pub selection: Selection,
    /// The criteria of the groups (`artist`, `neighbouring ids`, …), if there are any.
    pub grouped_by: Option<String>,
    /// Where the rows come from; one, unless data sets were joined end to end.
    pub sources: Vec<DataSource>,
    /// Files that the data set names and folders in it that can't be opened: missing ones, pipes, folders in place of files.
    pub unread: usize,
    /// Those of them that a manifest names, each with the reason.
    pub left_out: Vec<(PathBuf, &'static str)>,
    /// Faults that were found and tolerated, each with its count and the ids or files concerned.
    pub notes: Vec<String>,
    /// SHA-256 over ids, labels, groups and features, in hexadecimal: data sets of one fingerprint train equal networks.
    pub fingerprint: String,
}

impl Dataset {
    /// Rows of a subset, in order.
    pub fn indices(&self, split: Split) -> Vec<usize> {
        (0..self.rows.len())
            .filter(|&i| self.rows[i].split == split)
            .collect()
    }

    /// The array of this name.
    pub fn array(&self, name: &str) -> Option<&Array> {
        self.arrays.iter().find(|a| a.name == name)
    }

    /// The array of this name, or an error that lists what there is.
    ///
    /// # Errors
    /// If there is none of this name.
    pub fn require_array(&self, name: &str) -> Result<&Array, DataError> {
        self.array(name).ok_or_else(|| DataError::Mismatch {
            array: name.into(),
            expected: format!("an array of this name in {}", self.name),
            found: match self.arrays.len() {
                0 => "no arrays".into(),
                _ => self
                    .arrays
                    .iter()
                    .map(|a| a.name.as_str())
                    .collect::<Vec<_>>()
                    .join(", "),
            },
        })
    }

    /// Adds an array, or replaces the one of the same name.
    ///
    /// # Errors
    /// If it has another number of rows.
    pub fn add_array(&mut self, array: Array) -> Result<(), DataError> {
        if array.rows() != self.rows.len() {
            return Err(DataError::Mismatch {
                array: array.name.clone(),
                expected: format!("{} rows", self.rows.len()),
                found: format!("{}", array.rows()),
            });
        }
        self.arrays.retain(|a| a.name != array.name);
        let mut digest = Ok(());
        self.derive(&["array"], |hash| digest = array.digest(hash));
        digest?;
        self.arrays.push(array);
        Ok(())
    }

    /// Number of rows of each genre in a subset.
    pub fn counts(&self, split: Split) -> Vec<usize> {
        let mut counts = vec![0; self.genres.len()];
        for row in self.rows.iter().filter(|r| r.split == split) {
            if let Some(g) = row.genre {
                counts[g] += 1;
            }
        }
        counts
    }

    /// The label mask of the row's source: a mask over [`genres`](Dataset::genres).
    pub fn mask(&self, row: usize) -> &[bool] {
        &self.sources[self.rows[row].source].label_mask
    }

    /// The rule that fits the data best: official where every labelled row has a subset, else grouped where groups are
    /// known, else random.
    pub fn best_rule(&self) -> Rule {
        let mut labelled = self.rows.iter().filter(|r| r.genre.is_some()).peekable();
        if labelled.peek().is_some() && labelled.all(|r| r.official.is_some()) {
            return Rule::Official;
        }
        match &self.grouped_by {
            Some(by) => Rule::Grouped { by: by.clone() },
            None => Rule::Random,
        }
    }

    /// Assigns every row to a subset by another rule.
    ///
    /// # Errors
    /// If the rule is the official split and rows have none, groups are required that are not known, the shares do
    /// not add up to 1, or a split file can't be read or was changed.
    pub fn resplit(&mut self, rule: &SplitRule) -> Result<(), DataError> {
        let fault = |reason: String| DataError::Split {
            rule: rule.to_string(),
            reason,
        };
        if !rule.rule.is_given()
            && let Some(reason) = rule.shares_fault()
        {
            return Err(fault(reason));
        }
        let subsets: Vec<Split> = match &rule.rule {
            Rule::File { path, sha256 } => return self.split_by_file(path, sha256),
            Rule::Official => {
                let without = self
                    .rows
                    .iter()
                    .filter(|r| r.genre.is_some() && r.official.is_none())
                    .count();
                if without > 0 {
                    let n = self.rows.len();
                    return Err(fault(format!(
                        "{without} of {} no subset in {}'s own table",
                        counted(n, "row has", "rows have"),
                        self.name
                    )));
                }
                self.rows
                    .iter()
                    .map(|r| r.official.unwrap_or(Split::Training))
                    .collect()
            }
            Rule::Grouped { by } => {
                match &self.grouped_by {
                    None => {
                        return Err(fault(format!(
                            "no artist, album, folder or numeric id is known in {}",
                            self.name
                        )));
                    }
                    Some(known)
                        if !(by.is_empty()
                            || by == known
                            || known.split(" and ").any(|k| k == by)) =>
                    {
                        return Err(fault(format!("{} is grouped by {known}", self.name)));
                    }
                    Some(known) if by != known && ["artist", "album"].contains(&by.as_str()) => {
                        self.regroup(by == "album");
                    }
                    Some(_) => {}
                }
                let rows: Vec<_> = self.rows.iter().map(|r| (r.genre, r.group)).collect();
                self.assigned(&rows, rule)
            }
            Rule::Random => {
                let rows: Vec<_> = self.rows.iter().map(|r| (r.genre, r.copies)).collect();
                self.assigned(&rows, rule)
            }
        };
        self.rows
            .iter_mut()
            .zip(subsets)
            .for_each(|(row, subset)| row.split = subset);
        self.split = rule.clone();
        if let (Rule::Grouped { by }, Some(known)) = (&mut self.split.rule, &self.grouped_by) {
            by.clone_from(known);
        }
        Ok(())
    }

    fn assigned(&self, rows: &[(Option<usize>, Option<u32>)], rule: &SplitRule) -> Vec<Split> {
        assign(rows, &rule.shares.map(f64::from), rule.seed)
            .into_iter()
            .map(|b| Split::ALL[b])
            .collect()
    }

    /// Where the split has training rows and no validation rows, moves `share` of the training rows to validation, whole groups, stratified
    /// by genre. Returns whether it did.
    pub fn hold_out_validation(&mut self, share: f64, seed: u64) -> bool {
        let training = self.indices(Split::Training);
        if training.is_empty()
            || !self.indices(Split::Validation).is_empty()
            || !(0.0..1.0).contains(&share)
        {
            return false;
        }
        let rows: Vec<_> = training
            .iter()
            .map(|&i| (self.rows[i].genre, self.rows[i].group))
            .collect();
        let bins = assign(&rows, &[1.0 - share, share], seed);
        let mut moved = 0;
        for (&i, bin) in training.iter().zip(bins) {
            if bin == 1 {
                self.rows[i].split = Split::Validation;
                moved += 1;
            }
        }
        if moved > 0 {
            self.notes.push(format!(
                "no validation rows in the split: {moved} of {} taken from training",
                training.len()
            ));
        }
        moved > 0
    }

    /// Rows of one group in several subsets, as (group, rows).
    pub fn divided_groups(&self) -> Vec<(u32, Vec<usize>)> {
        let mut groups: std::collections::BTreeMap<u32, Vec<usize>> = Default::default();
        for (i, row) in self.rows.iter().enumerate() {
            if let Some(g) = row.group {
                groups.entry(g).or_default().push(i);
            }
        }
        groups.retain(|_, rows| {
            rows.iter()
                .any(|&i| self.rows[i].split != self.rows[rows[0]].split)
        });
        groups.into_iter().collect()
    }

    /// Fails where a classifier cannot be trained: fewer than two genres, a genre without training rows, or an input that is
    /// missing from every training row.
    ///
    /// # Errors
    /// If so, with the genre or array.
    pub fn check_trainable(&self, inputs: &[&str]) -> Result<(), DataError> {
        let fault = |reason: String| DataError::Untrainable {
            name: self.name.clone(),
            reason,
        };
        if self.genres.len() < 2 {
            return Err(fault(format!(
                "expected at least two genres, found {}",
                match self.genres.first() {
                    Some(one) => format!("only {one}"),
                    None => "none".into(),
                }
            )));
        }
        let training = self.indices(Split::Training);
        if training.is_empty() {
            return Err(fault(format!(
                "no row is for training (split: {})",
                self.split
            )));
        }
        let counts = self.counts(Split::Training);
        if let Some(g) = counts.iter().position(|&n| n == 0) {
            return Err(fault(format!(
                "the genre {} has no training row (split: {})",
                self.genres[g], self.split
            )));
        }
        for name in inputs {
            let array = self.require_array(name)?;
            if !training.iter().any(|&i| array.has(i)) {
                return Err(fault(format!("no training row has the array `{name}`")));
            }
        }
        Ok(())
    }

    /// Changes the fingerprint to one derived from it, a description and more content.
    pub(crate) fn derive(&mut self, what: &[&str], more: impl FnOnce(&mut Sha256)) {
        let mut hash = Sha256::new();
        hash.update(self.fingerprint.as_bytes());
        what.iter().for_each(|w| {
            hash.update(w.as_bytes());
            hash.update([0]);
        });
        more(&mut hash);
        self.fingerprint = hex(&hash.finalize());
    }
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// The first few of a list, for a note: `a, b, c and 4 more`.
pub(crate) fn summarise(names: &[impl AsRef<str>]) -> String {
    const SHOWN: usize = 12;
    let list = names
        .iter()
        .take(SHOWN)
        .map(AsRef::as_ref)
        .collect::<Vec<_>>()
        .join(", ");
    match names.len().saturating_sub(SHOWN) {
        0 => list,
        more => format!("{list} and {more} more"),
    }
}
