//! Splits: which rows are for training, which for selection (validation), and which for the final test.
//!
//! A split is a value: its rule, its seed and its shares travel with every result. Groups (an artist, an album, a run of
//! neighbouring ids) are never divided: with music of one artist in several subsets, figures are better than on new songs
//! (Pampalk, Flexer & Widmer 2005, "Improvements of audio-based music similarity and genre classification").

use std::fmt;
use std::path::{Path, PathBuf};

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

/// The subset of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Split {
    /// Weights and scaling are fitted on these rows.
    Training,
    /// The best epoch, and everything else that is chosen, is chosen on these rows.
    Validation,
    /// Measured once, for the final figure.
    Test,
}

impl Split {
    /// The three subsets in order.
    pub const ALL: [Split; 3] = [Split::Training, Split::Validation, Split::Test];

    /// Reads the words that tables use (`training`, `train`, `validation`, `valid`, `val`, `dev`, `test`, `testing`, `eval`).
    pub fn parse(word: &str) -> Option<Split> {
        match word.to_ascii_lowercase().as_str() {
            "training" | "train" => Some(Split::Training),
            "validation" | "valid" | "val" | "dev" | "development" => Some(Split::Validation),
            "test" | "testing" | "eval" | "evaluation" => Some(Split::Test),
            _ => None,
        }
    }
}

impl fmt::Display for Split {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Split::Training => "training",
            Split::Validation => "validation",
            Split::Test => "test",
        })
    }
}

/// How rows are assigned to subsets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "rule", rename_all = "lowercase", deny_unknown_fields)]
pub enum Rule {
    /// As in the data set's own table.
    Official,
    /// As in a split file, which also leaves rows out ([`SplitFile`](crate::SplitFile)).
    File {
        /// The file.
        path: PathBuf,
        /// SHA-256 of its content, in hexadecimal; empty: any.
        #[serde(default)]
        sha256: String,
    },
    /// By shares, stratified by genre, groups kept whole.
    Grouped {
        /// The criterion of a group: `artist`, `album`, `folder`, `neighbouring ids`, or several joined by ` and `; `artist` or
        /// `album` alone ignores all other criteria.
        by: String,
    },
    /// By shares, stratified by genre, every row for itself: figures are too good where rows are related.
    Random,
}

/// A split as a value: the rule, the seed of its shuffle and the shares of training, validation and test.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SplitRule {
    /// How rows are assigned to subsets.
    #[serde(flatten)]
    pub rule: Rule,
    /// Seed of the shuffle; not used where the subsets are given.
    #[serde(default)]
    pub seed: u64,
    /// Shares of training, validation and test, each in 0–1, together 1; not used where the subsets are given.
    #[serde(default = "SplitRule::usual_shares")]
    pub shares: [f32; 3],
}

impl SplitRule {
    /// 70 % training, 15 % validation, 15 % test.
    pub const SHARES: [f32; 3] = [0.7, 0.15, 0.15];

    /// Everything for training: where nothing is chosen on validation rows, and figures come from folds.
    pub const ALL_FOR_TRAINING: [f32; 3] = [1.0, 0.0, 0.0];

    fn usual_shares() -> [f32; 3] {
        Self::SHARES
    }

    /// The rule with the usual shares.
    pub fn new(rule: Rule, seed: u64) -> SplitRule {
        SplitRule {
            rule,
            seed,
            shares: Self::SHARES,
        }
    }

    /// Why the shares cannot be used, if they can't.
    pub(crate) fn shares_fault(&self) -> Option<String> {
        let sum: f32 = self.shares.iter().sum();
        let good =
            self.shares.iter().all(|s| s.is_finite() && *s >= 0.0) && (sum - 1.0).abs() < 1e-3;
        (!good || self.shares[0] <= 0.0).then(|| {
            format!(
                "expected three shares, each at least 0 (training above 0), together 1, found {:?}",
                self.shares
            )
        })
    }
}

impl Rule {
    /// Whether the subsets come from a table: nothing is drawn, so that seed and shares are not used.
    pub fn is_given(&self) -> bool {
        matches!(self, Rule::Official | Rule::File { .. })
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Rule::Official => write!(f, "official"),
            Rule::File { path, .. } => {
                let name = path.file_name().unwrap_or(path.as_os_str());
                write!(f, "file {}", Path::new(name).display())
            }
            Rule::Grouped { by } => write!(f, "grouped by {by}"),
            Rule::Random => write!(f, "random"),
        }
    }
}

impl fmt::Display for SplitRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Four digits of a per cent: 87.5/6.25/6.25, and 70.04 is not 70.
        let shares = self.shares.map(|s| (f64::from(s) * 1e6).round() / 1e4);
        let [a, b, c] = shares;
        match &self.rule {
            rule if rule.is_given() => write!(f, "{rule}"),
            rule => write!(f, "{rule}, {a}/{b}/{c}, seed {}", self.seed),
        }
    }
}

/// Assigns rows to bins in the given shares: within each genre as nearly as whole groups allow, the same for the same seed.
///
/// `rows` holds each row's genre (`None` counts as one more genre) and group (`None`: alone). Groups are assigned from the
/// largest to the smallest, in seeded order among equals, each to the bin where it brings every genre's counts nearest to
/// their shares (as scikit-learn's `StratifiedGroupKFold` does). Returns each row's bin.
pub(crate) fn assign(
    rows: &[(Option<usize>, Option<u32>)],
    shares: &[f64],
    seed: u64,
) -> Vec<usize> {
    let genres = rows.iter().filter_map(|r| r.0).max().map_or(0, |g| g + 1) + 1;
    let genre_of = |row: usize| rows[row].0.unwrap_or(genres - 1);
    let mut totals = vec![0f64; genres];
    (0..rows.len()).for_each(|r| totals[genre_of(r)] += 1.0);

    let mut groups: std::collections::BTreeMap<(bool, u32), Vec<usize>> = Default::default();
    for (r, row) in rows.iter().enumerate() {
        let key = row.1.map_or((true, r as u32), |g| (false, g));
        groups.entry(key).or_default().push(r);
    }
    let mut groups: Vec<Vec<usize>> = groups.into_values().collect();
    groups.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
    groups.sort_by_key(|g| std::cmp::Reverse(g.len()));

    let mut filled = vec![vec![0f64; genres]; shares.len()];
    let mut sizes = vec![0f64; shares.len()];
    let mut bins = vec![0; rows.len()];
    for group in groups {
        let mut counts: Vec<(usize, f64)> = Vec::new();
        for &r in &group {
            let g = genre_of(r);
            match counts.iter_mut().find(|c| c.0 == g) {
                Some(c) => c.1 += 1.0,
                None => counts.push((g, 1.0)),
            }
        }
        // Growth of the sum of squares of (assigned - due) / (due of an equal share), over the genres of this group.
        let cost = |bin: usize| -> f64 {
            counts
                .iter()
                .map(|&(g, n)| {
                    let due = shares[bin] * totals[g];
                    let before = filled[bin][g] - due;
                    ((before + n).powi(2) - before.powi(2)) / totals[g].powi(2)
                })
                .sum::<f64>()
        };
        let fill = |bin: usize| (sizes[bin] + group.len() as f64) / shares[bin];
        let best = (0..shares.len())
            .filter(|&b| shares[b] > 0.0)
            .min_by(|&a, &b| {
                let (ca, cb) = (cost(a), cost(b));
                if (ca - cb).abs() > 1e-12 {
                    ca.total_cmp(&cb)
                } else {
                    fill(a).total_cmp(&fill(b))
                }
            });
        let best = best.unwrap_or(0);
        counts.iter().for_each(|&(g, n)| filled[best][g] += n);
        sizes[best] += group.len() as f64;
        group.iter().for_each(|&r| bins[r] = best);
    }
    bins
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_group_in_two_subsets(
            rows in prop::collection::vec((prop::option::of(0usize..5), prop::option::of(0u32..30)), 1..200),
            seed in any::<u64>(),
        ) {
            let bins = assign(&rows, &[0.7, 0.15, 0.15], seed);
            for (a, x) in rows.iter().zip(&bins) {
                for (b, y) in rows.iter().zip(&bins) {
                    if a.1.is_some() && a.1 == b.1 {
                        prop_assert_eq!(x, y);
                    }
                }
            }
            prop_assert_eq!(bins, assign(&rows, &[0.7, 0.15, 0.15], seed));
        }

        #[test]
        fn rows_alone_keep_the_shares_of_each_genre(counts in prop::collection::vec(20usize..90, 1..6), seed in any::<u64>()) {
            let rows: Vec<_> = counts.iter().enumerate().flat_map(|(g, &n)| vec![(Some(g), None); n]).collect();
            let bins = assign(&rows, &[0.7, 0.15, 0.15], seed);
            for (g, &n) in counts.iter().enumerate() {
                for (bin, share) in [0.7, 0.15, 0.15].into_iter().enumerate() {
                    let assigned = rows.iter().zip(&bins).filter(|(r, b)| r.0 == Some(g) && **b == bin).count();
                    prop_assert!((assigned as f64 - share * n as f64).abs() <= 1.0, "{} of {}", assigned, n);
                }
            }
        }
    }

    #[test]
    fn seeds_differ_and_words_are_read() {
        let rows = vec![(Some(0), None); 100];
        assert_ne!(assign(&rows, &[0.5, 0.5], 1), assign(&rows, &[0.5, 0.5], 2));
        assert_eq!(Split::parse("Train"), Some(Split::Training));
        assert_eq!(Split::parse("holdout"), None);
        let rule = SplitRule::new(
            Rule::Grouped {
                by: "artist".into(),
            },
            7,
        );
        assert_eq!(rule.to_string(), "grouped by artist, 70/15/15, seed 7");
        let json = serde_json::to_string(&rule).unwrap();
        assert_eq!(serde_json::from_str::<SplitRule>(&json).unwrap(), rule);
    }
}
