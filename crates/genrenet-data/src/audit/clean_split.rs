//! A split without leaks: whole groups, duplicates joined to them, faulty rows left out.

use std::collections::BTreeMap;

use crate::dataset::Dataset;
use crate::group::Grouping;
use crate::split::{Split, assign};
use crate::split_file::SplitRow;

/// The groups of the rows with duplicates joined: rows of an artist, an album or a recording have one number. `None`: nothing is known.
pub fn joined_groups(dataset: &Dataset, duplicates: &[[usize; 2]]) -> Vec<Option<u32>> {
    let mut grouping = Grouping::new(dataset.rows.len());
    grouping.by_key("group", |row| dataset.rows[row].group);
    grouping.by_key("copies", |row| dataset.rows[row].copies);
    duplicates
        .iter()
        .for_each(|&[first, second]| grouping.join(first, second));
    grouping.finish().0
}

/// The rows of a split file: `left_out` gives reasons by row; the others stay together with their group.
///
/// Where subsets are given (an official split), a group goes where most of its rows are, and to training rather than test where as many
/// are in both. Otherwise groups are assigned as [`Dataset::resplit`] does, by the seed and shares of the split in force.
pub fn clean_split(
    dataset: &Dataset,
    groups: &[Option<u32>],
    left_out: &BTreeMap<usize, String>,
) -> Vec<SplitRow> {
    let kept: Vec<usize> = (0..dataset.rows.len())
        .filter(|row| !left_out.contains_key(row))
        .collect();
    let subsets: Vec<Split> = match dataset.split.rule.is_given() {
        true => by_majority(dataset, groups, &kept),
        false => {
            let keys: Vec<_> = kept
                .iter()
                .map(|&row| (dataset.rows[row].genre, groups[row]))
                .collect();
            let shares = dataset.split.shares.map(f64::from);
            let bins = assign(&keys, &shares, dataset.split.seed);
            bins.into_iter().map(|bin| Split::ALL[bin]).collect()
        }
    };
    let mut subset_of: BTreeMap<usize, Split> = kept.into_iter().zip(subsets).collect();
    let rows = dataset.rows.iter().enumerate();
    rows.map(|(at, row)| SplitRow {
        id: row.id.clone(),
        genre: row
            .genre
            .map_or_else(String::new, |genre| dataset.genres[genre].clone()),
        subset: match left_out.get(&at) {
            Some(reason) => Err(reason.clone()),
            None => Ok(subset_of.remove(&at).unwrap_or(Split::Training)),
        },
    })
    .collect()
}

fn by_majority(dataset: &Dataset, groups: &[Option<u32>], kept: &[usize]) -> Vec<Split> {
    let mut counts: BTreeMap<u32, [usize; 3]> = BTreeMap::new();
    for &row in kept {
        if let Some(group) = groups[row] {
            counts.entry(group).or_default()[dataset.rows[row].split as usize] += 1;
        }
    }
    let most = |counts: &[usize; 3]| {
        // The first of equal ones.
        Split::ALL
            .into_iter()
            .rev()
            .max_by_key(|&subset| counts[subset as usize])
    };
    kept.iter()
        .map(|&row| {
            let given = dataset.rows[row].split;
            let group = groups[row].and_then(|group| counts.get(&group));
            group.and_then(most).unwrap_or(given)
        })
        .collect()
}
