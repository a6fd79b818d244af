//! Groups of songs that are the same recording, made of pairs.

use std::collections::HashMap;

use super::find::Pair;

/// Groups songs by pairs; `songs` are all ids with lengths in seconds. The longest song comes first in a group, groups by their first id.
///
/// Songs join where each shares more than half of its fingerprint with the other: two songs that share more than half of a third share
/// a part of each other, so that chains of such pairs stay with one recording. A song that is only contained in a longer one, with all
/// that joined it, is added to one group: that of the longest overlap. So a jingle of two mixes is in the group of one of them and does
/// not make the mixes one group.
pub(super) fn groups(pairs: &[Pair], songs: &[(i64, f64)]) -> Vec<Vec<i64>> {
    let number: HashMap<i64, usize> = (0..).zip(songs).map(|(n, &(id, _))| (id, n)).collect();
    let mut sets = Sets::new(songs.len());
    let ends = |pair: &Pair| (number[&pair.first], number[&pair.second]);
    for (first, second) in pairs.iter().filter(|pair| pair.is_mutual).map(ends) {
        sets.join(first, second);
    }

    let mut contained: Vec<&Pair> = pairs.iter().filter(|pair| !pair.is_mutual).collect();
    contained.sort_by(|a, b| {
        let by_overlap = b.overlap.total_cmp(&a.overlap);
        by_overlap
            .then(b.equal_bits.total_cmp(&a.equal_bits))
            .then((a.first, a.second).cmp(&(b.first, b.second)))
    });
    let joined: Vec<usize> = (0..songs.len()).map(|song| sets.root(song)).collect();
    let mut has_host = vec![false; songs.len()];
    for pair in contained {
        let (first, second) = ends(pair);
        let shorter = if songs[first].1 < songs[second].1 {
            first
        } else {
            second
        };
        let set = joined[shorter];
        if !has_host[set] && sets.root(first) != sets.root(second) {
            has_host[set] = true;
            sets.join(first, second);
        }
    }

    let mut members: HashMap<usize, Vec<usize>> = HashMap::new();
    for song in 0..songs.len() {
        members.entry(sets.root(song)).or_default().push(song);
    }
    let mut groups: Vec<Vec<i64>> = members
        .into_values()
        .filter(|group| group.len() > 1)
        .map(|mut group| {
            group.sort_by(|&a, &b| {
                songs[b]
                    .1
                    .total_cmp(&songs[a].1)
                    .then(songs[a].0.cmp(&songs[b].0))
            });
            group.into_iter().map(|song| songs[song].0).collect()
        })
        .collect();
    groups.sort_unstable();
    groups
}

/// Disjoint sets of numbers (union–find).
struct Sets(Vec<usize>);

impl Sets {
    fn new(len: usize) -> Self {
        Self((0..len).collect())
    }

    fn root(&mut self, mut at: usize) -> usize {
        while self.0[at] != at {
            self.0[at] = self.0[self.0[at]];
            at = self.0[at];
        }
        at
    }

    fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.root(one), self.root(other));
        self.0[one.max(other)] = one.min(other);
    }
}
