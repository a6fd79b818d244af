//! Groups: rows that must stay in one subset because they come from one artist, album, folder or recording.

use std::collections::HashMap;

use crate::dataset::Dataset;

/// Two rows of one genre whose numeric ids differ by at most this are taken to be of one album.
///
/// FMA numbers tracks in the order of upload, an album at a time. Unrelated tracks at this distance are joined too, which costs
/// only slightly larger groups: in FMA-small 7 200 rows make about 2 100 groups, the largest of 44.
pub const NEIGHBOUR_GAP: u64 = 20;

/// Joins rows into groups by any number of criteria (union-find).
#[derive(Clone)]
pub(crate) struct Grouping {
    parent: Vec<u32>,
    by: Vec<&'static str>,
    grouped: Vec<bool>,
}

impl Grouping {
    pub(crate) fn new(rows: usize) -> Grouping {
        Grouping {
            parent: (0..rows as u32).collect(),
            by: Vec::new(),
            grouped: vec![false; rows],
        }
    }

    fn root(&mut self, mut row: u32) -> u32 {
        while self.parent[row as usize] != row {
            let above = self.parent[self.parent[row as usize] as usize];
            self.parent[row as usize] = above;
            row = above;
        }
        row
    }

    /// Joins the groups of two rows.
    pub(crate) fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a as u32), self.root(b as u32));
        self.parent[a.max(b) as usize] = a.min(b);
    }

    /// Joins all rows with the same key; rows without a key are unchanged.
    pub(crate) fn by_key<K: std::hash::Hash + Eq>(
        &mut self,
        name: &'static str,
        key: impl Fn(usize) -> Option<K>,
    ) {
        let mut first: HashMap<K, usize> = HashMap::new();
        let mut used = false;
        for row in 0..self.parent.len() {
            let Some(key) = key(row) else { continue };
            used = true;
            self.grouped[row] = true;
            match first.get(&key) {
                Some(&other) => self.join(other, row),
                None => {
                    first.insert(key, row);
                }
            }
        }
        if used && !name.is_empty() && !self.by.contains(&name) {
            self.by.push(name);
        }
    }

    /// Joins neighbours in numeric id, at most `gap` apart, of one genre.
    ///
    /// `position` gives a row's number line (a genre, or a prefix and a genre) and its number on it.
    pub(crate) fn by_neighbours<L: Ord>(
        &mut self,
        gap: u64,
        position: impl Fn(usize) -> Option<(L, u64)>,
    ) {
        let mut order: Vec<(L, u64, usize)> = (0..self.parent.len())
            .filter_map(|row| position(row).map(|(line, n)| (line, n, row)))
            .collect();
        order.sort();
        for pair in order.windows(2) {
            if pair[0].0 == pair[1].0 && pair[1].1 - pair[0].1 <= gap {
                self.join(pair[0].2, pair[1].2);
            }
        }
        if !order.is_empty() {
            order.iter().for_each(|o| self.grouped[o.2] = true);
            self.by.push("neighbouring ids");
        }
    }

    /// Group of each row (`None` where nothing is known about it) in order of first appearance, and the criteria of the groups.
    pub(crate) fn finish(mut self) -> (Vec<Option<u32>>, Option<String>) {
        let rows = self.parent.len();
        let roots: Vec<u32> = (0..rows as u32).map(|r| self.root(r)).collect();
        let mut known = vec![false; rows];
        let mut size = vec![0usize; rows];
        for (row, &root) in roots.iter().enumerate() {
            known[root as usize] |= self.grouped[row];
            size[root as usize] += 1;
        }
        let mut number: HashMap<u32, u32> = HashMap::new();
        let groups = roots
            .iter()
            .map(|&root| {
                if !known[root as usize] && size[root as usize] == 1 {
                    return None;
                }
                let next = number.len() as u32;
                Some(*number.entry(root).or_insert(next))
            })
            .collect();
        let by = (!self.by.is_empty()).then(|| self.by.join(" and "));
        (groups, by)
    }
}

impl Dataset {
    /// Groups rows by artist or by album alone, exact copies kept together.
    pub(crate) fn regroup(&mut self, by_album: bool) {
        let mut grouping = Grouping::new(self.rows.len());
        let folded = |name: &Option<String>| name.as_deref().map(|n| n.trim().to_lowercase());
        match by_album {
            true => grouping.by_key("album", |i| {
                let row = &self.rows[i];
                Some((folded(&row.artist), folded(&row.album)?))
            }),
            false => grouping.by_key("artist", |i| folded(&self.rows[i].artist)),
        }
        let (without_copies, _) = grouping.clone().finish();
        grouping.by_key("", |i| self.rows[i].copies);
        let (groups, by) = grouping.finish();
        for (row, (group, without_copies)) in self
            .rows
            .iter_mut()
            .zip(groups.into_iter().zip(without_copies))
        {
            row.group = group;
            row.group_without_copies = without_copies;
        }
        self.grouped_by = by;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn criteria_chain() {
        let artists = [Some("a"), None, Some("b"), Some("a"), None];
        let ids = [100u64, 110, 500, 900, 905];
        let mut grouping = Grouping::new(5);
        grouping.by_key("artist", |r| artists[r]);
        grouping.by_neighbours(NEIGHBOUR_GAP, |r| Some((0, ids[r])));
        let (groups, by) = grouping.finish();
        // 0 and 3 share an artist; 1 neighbours 0; 4 neighbours 3.
        assert_eq!(groups, [Some(0), Some(0), Some(1), Some(0), Some(0)]);
        assert_eq!(by.as_deref(), Some("artist and neighbouring ids"));
    }

    #[test]
    fn rows_of_which_nothing_is_known_have_no_group() {
        let mut grouping = Grouping::new(3);
        grouping.by_key("artist", |r| (r == 1).then_some("x"));
        assert_eq!(grouping.finish().0, [None, Some(0), None]);
        assert_eq!(Grouping::new(2).finish(), (vec![None, None], None));
    }
}
