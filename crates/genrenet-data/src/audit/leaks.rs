//! What is known to be related and yet in several subsets: with it, figures are those of songs that were almost learned.

use std::collections::BTreeMap;

use genrenet_text::counted;
use serde::{Deserialize, Serialize};

use crate::dataset::{Dataset, Row};
use crate::split::{Rule, Split};

/// An artist, an album, a group or a recording of which rows are in several subsets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shared {
    /// The artist, `artist – album`, `the group of ID`, or the ids of the copies.
    pub name: String,
    /// Its rows in training, validation and test.
    pub rows: [usize; 3],
}

/// Everything that is in several subsets, by name within each kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Leaks {
    /// Artists, from a column or tags.
    pub artists: Vec<Shared>,
    /// Albums; those of one name by different artists are different.
    pub albums: Vec<Shared>,
    /// Groups beside them: those that the data set names itself and, where the split is random, folders and runs of
    /// neighbouring ids of one genre.
    pub groups: Vec<Shared>,
    /// Exact copies of one recording.
    pub copies: Vec<Shared>,
}

/// How many artists, albums, groups and recordings are in several subsets: what a result says about its split.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LeakCounts {
    /// Artists.
    pub artists: usize,
    /// Albums.
    pub albums: usize,
    /// Groups beside artists and albums.
    pub groups: usize,
    /// Recordings of which there are exact copies.
    pub copies: usize,
}

impl LeakCounts {
    /// Whether nothing is in several subsets.
    pub fn is_none(&self) -> bool {
        *self == LeakCounts::default()
    }
}

impl std::fmt::Display for LeakCounts {
    /// "3 artists, 1 album".
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let each = [
            (self.artists, "artist", "artists"),
            (self.albums, "album", "albums"),
            (
                self.groups,
                "group of related rows",
                "groups of related rows",
            ),
            (
                self.copies,
                "recording with copies",
                "recordings with copies",
            ),
        ];
        let each = each.into_iter().filter(|(count, ..)| *count > 0);
        let words: Vec<String> = each
            .map(|(count, one, many)| counted(count, one, many))
            .collect();
        match words.is_empty() {
            true => f.write_str("nothing"),
            false => f.write_str(&words.join(", ")),
        }
    }
}

impl Leaks {
    /// Whether nothing is in several subsets.
    pub fn is_empty(&self) -> bool {
        self.counts().is_none()
    }

    /// How many there are of each kind.
    pub fn counts(&self) -> LeakCounts {
        LeakCounts {
            artists: self.artists.len(),
            albums: self.albums.len(),
            groups: self.groups.len(),
            copies: self.copies.len(),
        }
    }
}

impl Dataset {
    /// Artists, albums, groups and exact copies of which rows are in several subsets of the split in force.
    ///
    /// Neighbouring ids and folders are guesses at an album or artist: they count only where the split is random, since then
    /// nothing was kept together. Rows without a genre are ignored.
    pub fn leaks(&self) -> Leaks {
        let artist = |row: &Row| row.artist.as_deref().map(folded);
        let album = |row: &Row| {
            row.album
                .as_deref()
                .map(|album| (artist(row), folded(album)))
        };
        let copies = self.in_several(|row| row.copies);
        let (artists, albums) = (self.in_several(artist), self.in_several(album));
        let explained = |rows: &Vec<usize>| {
            let of = |listed: &[Vec<usize>]| listed.iter().any(|one| rows.contains(&one[0]));
            of(&artists) || of(&albums) || of(&copies)
        };
        let mut groups = match self.groups_count() {
            true => self.in_several(|row| row.group_without_copies),
            false => Vec::new(),
        };
        groups.retain(|rows| !explained(rows));
        let name = |row: &usize| self.rows[*row].id.as_str();
        Leaks {
            artists: self.shared(&artists, |rows| {
                self.rows[rows[0]].artist.clone().unwrap_or_default()
            }),
            albums: self.shared(&albums, |rows| {
                let row = &self.rows[rows[0]];
                let words = [row.artist.clone(), row.album.clone()];
                words.into_iter().flatten().collect::<Vec<_>>().join(" – ")
            }),
            groups: self.shared(&groups, |rows| format!("the group of {}", name(&rows[0]))),
            copies: self.shared(&copies, |rows| {
                rows.iter().map(name).collect::<Vec<_>>().join(" = ")
            }),
        }
    }

    /// Whether groups beside artists and albums are known well enough to be a leak.
    fn groups_count(&self) -> bool {
        let by = self.grouped_by.as_deref().unwrap_or_default();
        match self.split.rule {
            Rule::Random => !by.is_empty(),
            Rule::Grouped { .. } => false,
            // Where the data set names its groups, neighbouring ids are not looked at.
            Rule::Official | Rule::File { .. } => by.split(" and ").any(|by| by == "group"),
        }
    }

    /// Sets of labelled rows with one key that are in several subsets.
    fn in_several<K: Ord>(&self, key: impl Fn(&Row) -> Option<K>) -> Vec<Vec<usize>> {
        let mut sets: BTreeMap<K, Vec<usize>> = BTreeMap::new();
        for (at, row) in self
            .rows
            .iter()
            .enumerate()
            .filter(|(_, row)| row.genre.is_some() || !row.labels.is_empty())
        {
            if let Some(key) = key(row) {
                sets.entry(key).or_default().push(at);
            }
        }
        let subset = |row: usize| self.rows[row].split;
        let several = |rows: &Vec<usize>| rows.iter().any(|&row| subset(row) != subset(rows[0]));
        sets.into_values().filter(several).collect()
    }

    fn shared(&self, sets: &[Vec<usize>], name: impl Fn(&[usize]) -> String) -> Vec<Shared> {
        let one = |rows: &Vec<usize>| Shared {
            name: name(rows),
            rows: Split::ALL.map(|subset| {
                let inside = rows.iter().filter(|&&row| self.rows[row].split == subset);
                inside.count()
            }),
        };
        sets.iter().map(one).collect()
    }
}

fn folded(name: &str) -> String {
    name.trim().to_lowercase()
}
