//! What an audit finds, as plain values.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Serialize;

use crate::data::audit::{Leaks, Shared};
use crate::data::{Dataset, Split, SplitRow};

/// Everything that an audit found of a data set.
#[derive(Clone, Debug)]
pub struct DataAudit {
    /// The data set's name.
    pub name: String,
    /// Its place.
    pub path: PathBuf,
    /// Number of rows with a genre.
    pub rows: usize,
    /// The split in force, in words: the official one, where there is one.
    pub split: String,
    /// Rows of each genre.
    pub classes: Vec<ClassBalance>,
    /// Sizes of the groups, duplicates joined.
    pub groups: GroupSizes,
    /// Rows with faults, by kind.
    pub faults: Vec<RowFault>,
    /// Pairs of duplicates: exact ones first, then by similarity.
    pub duplicates: Vec<DuplicatePair>,
    /// Artists, albums and groups in several subsets.
    pub leaks: AuditedLeaks,
    /// Whether near duplicates could be looked for: it needs sounds or log-mels.
    pub near_duplicates_searched: bool,
    /// Rows whose label is probably wrong.
    pub suspects: Suspects,
    /// The log-mels `[bands, frames]` of the suspects, in their order, where there are no sounds.
    pub spectrograms: Vec<Option<(Vec<f32>, [usize; 2])>>,
    /// Files that the data set names and that can't be opened.
    pub unread: usize,
    /// Faults of tables and folders that were tolerated in opening.
    pub notes: Vec<String>,
    /// A split without leaks, conflicting labels and faulty rows; see [`crate::data::split_file_text`].
    pub clean: Vec<SplitRow>,
}

/// Rows of a genre.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ClassBalance {
    /// The genre.
    pub genre: String,
    /// Its rows in training, validation and test.
    pub rows: [usize; 3],
}

/// How large groups are: rows of one artist, album, folder or recording.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct GroupSizes {
    /// What makes a group, in words; `None` where only duplicates do.
    pub by: Option<String>,
    /// Number of groups with two rows and more.
    pub several: usize,
    /// Rows that are alone.
    pub alone: usize,
    /// Rows of the largest group.
    pub largest: usize,
    /// The largest group holds this row.
    pub largest_has: String,
    /// Rows of the median group of two and more.
    pub median: usize,
}

impl GroupSizes {
    pub(super) fn of(dataset: &Dataset, groups: &[Option<u32>]) -> GroupSizes {
        let mut sizes: BTreeMap<u32, (usize, usize)> = BTreeMap::new();
        for (row, group) in groups.iter().enumerate() {
            if let Some(group) = group {
                sizes.entry(*group).or_insert((0, row)).0 += 1;
            }
        }
        let mut several: Vec<(usize, usize)> =
            sizes.into_values().filter(|one| one.0 > 1).collect();
        several.sort_by_key(|&(size, row)| (std::cmp::Reverse(size), row));
        let grouped: usize = several.iter().map(|one| one.0).sum();
        let largest = several.first().copied();
        GroupSizes {
            by: dataset.grouped_by.clone(),
            several: several.len(),
            alone: groups.len() - grouped,
            largest: largest.map_or(1, |one| one.0),
            largest_has: largest.map_or_else(String::new, |one| dataset.rows[one.1].id.clone()),
            median: several.get(several.len() / 2).map_or(1, |one| one.0),
        }
    }
}

/// What is wrong with a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// The file can't be decoded.
    Undecodable,
    /// The sound, or its log-mel, is silence.
    Silent,
    /// Much shorter than the others, or too short for a model.
    Short,
    /// Many samples are cut off at full scale.
    Clipped,
    /// The row has no features at all.
    Missing,
    /// All numbers of an array are equal.
    Constant,
    /// The row lacks some arrays.
    Incomplete,
}

impl FaultKind {
    /// Whether nothing can be learned from such a row: a clean split leaves it out.
    pub fn is_unusable(self) -> bool {
        !matches!(self, FaultKind::Clipped | FaultKind::Incomplete)
    }

    /// In a word.
    pub fn word(self) -> &'static str {
        match self {
            FaultKind::Undecodable => "undecodable",
            FaultKind::Silent => "silent",
            FaultKind::Short => "short",
            FaultKind::Clipped => "clipped",
            FaultKind::Missing => "missing",
            FaultKind::Constant => "constant",
            FaultKind::Incomplete => "incomplete",
        }
    }
}

/// A row with a fault.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RowFault {
    /// The row's id.
    pub id: String,
    /// Its genre.
    pub genre: String,
    /// What is wrong.
    pub kind: FaultKind,
    /// The figures that say so, in words.
    pub figures: String,
}

/// How alike two duplicates are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DuplicateKind {
    /// Files or features of equal content.
    Exact,
    /// The same recording: re-encoded, louder, shifted or cut.
    Near,
}

/// Two rows that are the same recording.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DuplicatePair {
    /// Their ids.
    pub ids: [String; 2],
    /// Their genres.
    pub genres: [String; 2],
    /// Their subsets.
    pub subsets: [Split; 2],
    /// How alike they are.
    pub kind: DuplicateKind,
    /// 1 for exact copies; of sounds the share of equal bits of their fingerprints, of log-mels the correlation; in 0–1.
    pub similarity: f64,
    /// How they lie to each other, in words, where they are shifted or cut.
    pub shift: Option<String>,
    /// Whether their genres differ.
    pub conflict: bool,
}

impl DuplicatePair {
    /// Whether they are in two subsets.
    pub fn is_across(&self) -> bool {
        self.subsets[0] != self.subsets[1]
    }
}

/// What is in several subsets of the split in force.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AuditedLeaks {
    /// Artists.
    pub artists: Vec<LeakingName>,
    /// Albums.
    pub albums: Vec<LeakingName>,
    /// Other groups.
    pub groups: Vec<LeakingName>,
    /// Exact copies.
    pub copies: Vec<LeakingName>,
}

/// A name with its rows in each subset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LeakingName {
    /// The artist, album or group, or the copies.
    pub name: String,
    /// Its rows in training, validation and test.
    pub rows: [usize; 3],
}

impl AuditedLeaks {
    pub(super) fn of(leaks: &Leaks) -> AuditedLeaks {
        let list = |shared: &[Shared]| -> Vec<LeakingName> {
            let one = |one: &Shared| LeakingName {
                name: one.name.clone(),
                rows: one.rows,
            };
            shared.iter().map(one).collect()
        };
        AuditedLeaks {
            artists: list(&leaks.artists),
            albums: list(&leaks.albums),
            groups: list(&leaks.groups),
            copies: list(&leaks.copies),
        }
    }
}

/// Rows whose label is probably wrong, by the answers of a head that learned from other rows.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Suspects {
    /// What the head reads, in words; empty where there was nothing to read.
    pub features: String,
    /// Why there are no answers, where there are none.
    pub none: Option<String>,
    /// Rows with an answer out of fold.
    pub measured: usize,
    /// Share of them that are answered as labelled.
    pub accuracy: f64,
    /// Its 95 % interval over groups.
    pub interval: [f64; 2],
    /// How many labels are suspected in all.
    pub suspected: usize,
    /// The most suspicious of them.
    pub worst: Vec<Suspect>,
}

/// A row whose label is suspected.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Suspect {
    /// The row's id.
    pub id: String,
    /// Its position in the data set as it was opened.
    pub row: usize,
    /// Its audio file, as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The audio file.
    #[serde(skip)]
    pub file: Option<PathBuf>,
    /// Its artist, where known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub artist: Option<String>,
    /// The genre that it has.
    pub given: String,
    /// The probability of that genre.
    pub given_probability: f64,
    /// The genre that it probably is.
    pub suggested: String,
    /// The probability of that genre.
    pub suggested_probability: f64,
}
