//! Duplicates among the rows: exact ones by content, near ones by fingerprints of sounds or by log-mels.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::sync::atomic::AtomicBool;

use super::found::DuplicateKind;
use super::sounds::Sound;
use crate::data::Dataset;
use crate::data::audit::near_duplicates;
use crate::library::duplicates::{Fingerprint, Fingerprints, find as find_pairs};
use crate::{Error, Progress};

/// A pair of duplicates.
pub(super) struct Found {
    /// Its rows, the lower one first.
    pub rows: [usize; 2],
    pub kind: DuplicateKind,
    pub similarity: f64,
    /// How they lie to each other.
    pub shift: Option<String>,
}

/// Finds the duplicates of a data set, exact ones first, then by similarity; `unusable` rows have none.
pub(super) fn find(
    dataset: &Dataset,
    sounds: Option<&[Sound]>,
    unusable: &BTreeSet<usize>,
    cancel: &AtomicBool,
    progress: &dyn Progress,
) -> Result<Vec<Found>, Error> {
    let mut pairs: BTreeMap<[usize; 2], Found> = BTreeMap::new();
    match (sounds, dataset.array("logmel")) {
        (Some(sounds), _) => of_sounds(sounds, unusable, &mut pairs),
        (None, Some(array)) => {
            progress.stage("near duplicates", "rows", dataset.rows.len() as u64);
            for one in near_duplicates(array, unusable, cancel)? {
                let shift = (one.shift != 0.0).then(|| {
                    let percent = 100.0 * one.shift.abs();
                    format!("shifted by {percent:.0} % of the length")
                });
                let near = Found {
                    rows: one.rows,
                    kind: DuplicateKind::Near,
                    similarity: f64::from(one.similarity),
                    shift,
                };
                pairs.insert(one.rows, near);
            }
            progress.end();
        }
        _ => {}
    }
    let mut first: BTreeMap<u32, usize> = BTreeMap::new();
    for (row, one) in dataset.rows.iter().enumerate() {
        let Some(copies) = one.copies else { continue };
        let first = *first.entry(copies).or_insert(row);
        // Whatever is equal is in one set; pairs with its first row are enough.
        let rows = [first, row];
        pairs.retain(|pair, _| !(pair[1] == row && dataset.rows[pair[0]].copies == Some(copies)));
        if first != row {
            let exact = Found {
                rows,
                kind: DuplicateKind::Exact,
                similarity: 1.0,
                shift: None,
            };
            pairs.insert(rows, exact);
        }
    }
    let mut pairs: Vec<Found> = pairs.into_values().collect();
    pairs.sort_by(|a, b| {
        let by_kind = a.kind.cmp(&b.kind);
        by_kind
            .then(b.similarity.total_cmp(&a.similarity))
            .then(a.rows.cmp(&b.rows))
    });
    Ok(pairs)
}

/// Sounds as the index's search wants them.
struct Decoded<'a> {
    sounds: &'a [Sound],
    unusable: &'a BTreeSet<usize>,
}

impl Fingerprints for Decoded<'_> {
    type Error = Infallible;

    fn for_each(
        &self,
        each: &mut dyn FnMut(i64, f64, Fingerprint) -> Result<(), Infallible>,
    ) -> Result<(), Infallible> {
        for (row, sound) in self.sounds.iter().enumerate() {
            if let (Ok((facts, fingerprint)), false) = (sound, self.unusable.contains(&row)) {
                each(row as i64, facts.seconds, fingerprint.clone())?;
            }
        }
        Ok(())
    }

    fn fingerprint(&self, id: i64) -> Result<Option<Fingerprint>, Infallible> {
        let sound = usize::try_from(id)
            .ok()
            .and_then(|row| self.sounds.get(row));
        Ok(sound
            .and_then(|sound| sound.as_ref().ok())
            .map(|(_, fingerprint)| fingerprint.clone()))
    }
}

fn of_sounds(
    sounds: &[Sound],
    unusable: &BTreeSet<usize>,
    pairs: &mut BTreeMap<[usize; 2], Found>,
) {
    let Ok(found) = find_pairs(&Decoded { sounds, unusable });
    for one in found.pairs {
        let rows = [one.first as usize, one.second as usize];
        let shift = match one.offset.abs() >= 0.2 {
            true => Some(format!(
                "shifted by {:.1} s, {:.0} s in common",
                one.offset.abs(),
                one.overlap
            )),
            false if !one.is_mutual => Some(format!("{:.0} s in common", one.overlap)),
            false => None,
        };
        let near = Found {
            rows,
            kind: DuplicateKind::Near,
            similarity: one.equal_bits,
            shift,
        };
        pairs.insert(rows, near);
    }
}
