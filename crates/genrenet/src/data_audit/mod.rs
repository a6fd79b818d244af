//! The audit of a data set: faulty sounds, duplicates, leaks, suspected labels, and a split without them.
//!
//! What rows and arrays say is computed by [`genrenet_data::audit`]; here the sounds are decoded, duplicates are found by the index's
//! fingerprints, and labels are compared with the answers of a small head out of fold.

mod duplicates;
mod examples;
mod found;
mod leak;
mod page;
mod sounds;
mod suspects;

pub use found::{
    AuditedLeaks, ClassBalance, DataAudit, DuplicateKind, DuplicatePair, FaultKind, GroupSizes,
    LeakingName, RowFault, Suspect, Suspects,
};
pub use leak::{LeakFigure, LeakGap, LeakResult, LeakSpec, measure_leak};

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::atomic::AtomicBool;

use crate::data::audit::{ArrayFault, array_faults, clean_split, joined_groups};
use crate::data::{Dataset, OpenOptions, Split, SplitRow};
use crate::{Error, Progress};
use duplicates::Found;
use sounds::Sound;

/// How an audit is made.
#[derive(Clone, Debug)]
pub struct AuditOptions {
    /// Seed of the folds and, where the data set has no split of its own, of the clean split.
    pub seed: u64,
    /// Most suspected labels that are kept, the most suspicious first.
    pub suspects: usize,
}

impl Default for AuditOptions {
    fn default() -> AuditOptions {
        AuditOptions {
            seed: 1,
            suspects: 100,
        }
    }
}

/// Share of clipped samples from which a recording is reported: loud masters reach 2 %, a song that is 12 dB too loud 44 %.
pub const CLIPPED: f64 = 0.05;
/// Peak below which a recording is silent: −60 dB.
pub const SILENT: f32 = 1e-3;
/// Share of the others' median length below which a recording is short.
pub const SHORT: f64 = 0.5;
/// Similarity from which near duplicates with different genres are left out of the clean split, as exact ones are.
const SURE: f64 = 0.9;

/// Audits a data set: any that [`Dataset::open`] reads. Nothing in it is changed.
///
/// Files that can't be decoded are reported to [`Progress::left_out`] and are faults of the result.
///
/// # Errors
/// A data set that can't be opened; a stop by `cancel`.
pub fn audit_data(
    path: &Path,
    options: &AuditOptions,
    cancel: &AtomicBool,
    progress: &dyn Progress,
) -> Result<DataAudit, Error> {
    let open = OpenOptions {
        seed: options.seed,
        keep_contradictions: true,
        ..OpenOptions::default()
    };
    let dataset = Dataset::open(path, &open)?;
    let sounds = sounds::read(&dataset, cancel, progress)?;
    let mut faults = faults(&dataset, sounds.as_deref())?;
    let unusable: BTreeSet<usize> = faults
        .iter()
        .filter(|(_, fault)| fault.kind.is_unusable())
        .map(|(row, _)| *row)
        .collect();
    let duplicates = duplicates::find(&dataset, sounds.as_deref(), &unusable, cancel, progress)?;
    let pairs: Vec<[usize; 2]> = duplicates.iter().map(|one| one.rows).collect();
    let groups = joined_groups(&dataset, &pairs);
    let suspects = suspects::find(&dataset, &groups, &unusable, options, cancel, progress)?;
    faults.sort_by_key(|(row, fault)| (fault.kind, *row));
    let left_out = left_out(&dataset, &faults, &duplicates);
    let clean = clean_split(&dataset, &groups, &left_out);
    Ok(described(
        path,
        &dataset,
        (faults, duplicates),
        suspects,
        (groups, clean),
    ))
}

/// Faults by row.
fn faults(dataset: &Dataset, sounds: Option<&[Sound]>) -> Result<Faults, Error> {
    let fault = |row: usize, kind: FaultKind, figures: String| {
        let one = &dataset.rows[row];
        let genre = one
            .genre
            .map_or_else(String::new, |genre| dataset.genres[genre].clone());
        (
            row,
            RowFault {
                id: one.id.clone(),
                genre,
                kind,
                figures,
            },
        )
    };
    if let Some(sounds) = sounds {
        let found = sounds::faults(sounds);
        let all = found.into_iter();
        return Ok(all
            .map(|(row, kind, figures)| fault(row, kind, figures))
            .collect());
    }
    let mut missing: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    let mut found = Vec::new();
    for one in array_faults(dataset)? {
        match one.fault {
            ArrayFault::Missing => missing.entry(one.row).or_default().push(one.array),
            ArrayFault::Silent => found.push(fault(
                one.row,
                FaultKind::Silent,
                format!("`{}` is digital silence", one.array),
            )),
            ArrayFault::Constant => found.push(fault(
                one.row,
                FaultKind::Constant,
                format!("`{}` is one number throughout", one.array),
            )),
        }
    }
    for (row, arrays) in missing {
        let (kind, figures) = match arrays.len() == dataset.arrays.len() {
            true => (FaultKind::Missing, "it has no features".to_owned()),
            false => (
                FaultKind::Incomplete,
                format!("it lacks {}", arrays.join(", ")),
            ),
        };
        found.push(fault(row, kind, figures));
    }
    Ok(found)
}

/// Rows that a clean split leaves out, with the reasons.
fn left_out(
    dataset: &Dataset,
    faults: &[(usize, RowFault)],
    duplicates: &[Found],
) -> BTreeMap<usize, String> {
    let mut out = BTreeMap::new();
    for (row, fault) in faults.iter().filter(|(_, fault)| fault.kind.is_unusable()) {
        let kind = fault.kind.word();
        out.entry(*row)
            .or_insert_with(|| format!("{kind}: {}", fault.figures));
    }
    let genre = |row: usize| dataset.rows[row].genre;
    for one in duplicates.iter().filter(|one| one.similarity >= SURE) {
        let [a, b] = one.rows;
        if genre(a) == genre(b) {
            continue;
        }
        for (row, other) in [(a, b), (b, a)] {
            let named = genre(other).map_or("no genre", |genre| &dataset.genres[genre]);
            let id = &dataset.rows[other].id;
            out.entry(row).or_insert_with(|| {
                format!("conflicting labels: {id} is the same recording and is {named}")
            });
        }
    }
    out
}

type Faults = Vec<(usize, RowFault)>;

fn described(
    path: &Path,
    dataset: &Dataset,
    (faults, duplicates): (Faults, Vec<Found>),
    suspects: Suspects,
    (groups, clean): (Vec<Option<u32>>, Vec<SplitRow>),
) -> DataAudit {
    let name = |row: usize| {
        dataset.rows[row]
            .genre
            .map_or_else(String::new, |genre| dataset.genres[genre].clone())
    };
    let pairs = duplicates.iter().map(|one| DuplicatePair {
        ids: one.rows.map(|row| dataset.rows[row].id.clone()),
        genres: one.rows.map(name),
        subsets: one.rows.map(|row| dataset.rows[row].split),
        kind: one.kind,
        similarity: one.similarity,
        shift: one.shift.clone(),
        conflict: name(one.rows[0]) != name(one.rows[1]),
    });
    let counts = Split::ALL.map(|subset| dataset.counts(subset));
    let classes = dataset
        .genres
        .iter()
        .enumerate()
        .map(|(genre, name)| ClassBalance {
            genre: name.clone(),
            rows: [0, 1, 2].map(|subset| counts[subset][genre]),
        });
    DataAudit {
        name: dataset.name.clone(),
        path: path.to_path_buf(),
        rows: dataset.rows.len(),
        split: dataset.split.to_string(),
        classes: classes.collect(),
        groups: GroupSizes::of(dataset, &groups),
        faults: faults.into_iter().map(|(_, fault)| fault).collect(),
        duplicates: pairs.collect(),
        leaks: AuditedLeaks::of(&dataset.leaks()),
        near_duplicates_searched: dataset.array("logmel").is_some()
            || dataset.rows.iter().all(|row| row.path.is_some()),
        spectrograms: page::spectrograms(dataset, &suspects.worst),
        suspects,
        unread: dataset.unread,
        notes: dataset.notes.clone(),
        clean,
    }
}
