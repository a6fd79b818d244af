//! Why subsets of a split lack rows, of a genre or altogether, and what helps.

use std::collections::BTreeSet;

use genrenet_text::counted;

use crate::dataset::{Dataset, Row, summarise};
use crate::split::{Rule, Split, SplitRule};

/// A note about genres of which no song is left.
pub(crate) fn without_song(genres: &[String]) -> String {
    format!(
        "genres without a song left are left out: {}",
        summarise(genres)
    )
}

impl Dataset {
    /// Why there is no row in a subset, in words; `None` if there are some.
    pub fn why_empty(&self, subset: Split) -> Option<String> {
        if self.rows.iter().any(|row| row.split == subset) {
            return None;
        }
        if self.split.rule.is_given() {
            return Some(self.given_lacks());
        }
        if self.split.shares == SplitRule::ALL_FOR_TRAINING {
            return Some("all rows are for training; a head that is solved is measured in folds, its card has the figure".into());
        }
        if self.split.shares[subset as usize] <= 0.0 {
            return Some("its share is 0".into());
        }
        let all: Vec<usize> = (0..self.rows.len()).collect();
        Some(self.how_grouped(&all, ""))
    }

    /// That a split which is given lacks rows.
    fn given_lacks(&self) -> String {
        match self.split.rule {
            Rule::Official => format!("the split of {} itself has none", self.name),
            _ => format!("the split {} has none", self.split),
        }
    }

    /// Genres that have rows and lack some of validation or test, each with the reason and what helps.
    pub fn lacking_genres(&self) -> Vec<String> {
        let subsets: Vec<Split> = [Split::Validation, Split::Test]
            .into_iter()
            .filter(|&subset| self.rows.iter().any(|row| row.split == subset))
            .collect();
        let mut notes = Vec::new();
        for (genre, name) in self.genres.iter().enumerate() {
            let rows: Vec<usize> = (0..self.rows.len())
                .filter(|&row| self.rows[row].genre == Some(genre))
                .collect();
            let lacking: Vec<String> = subsets
                .iter()
                .filter(|&&subset| !rows.iter().any(|&row| self.rows[row].split == subset))
                .map(Split::to_string)
                .collect();
            if rows.is_empty() || lacking.is_empty() {
                continue;
            }
            let why = match self.split.rule {
                Rule::Official | Rule::File { .. } => self.given_lacks(),
                _ => self.how_grouped(&rows, &format!(" of {name}")),
            };
            notes.push(format!(
                "{name} has no {} rows, and can't be measured there: {why}",
                lacking.join(" and no ")
            ));
        }
        notes
    }

    /// How many groups some rows make, why that is too few, and what helps; `which` follows the word "rows" ("", " of Folk").
    pub fn how_grouped(&self, rows: &[usize], which: &str) -> String {
        let n = rows.len();
        let these = counted(n, &format!("row{which}"), &format!("rows{which}"));
        let count = |number: fn(&Row) -> Option<u32>| {
            let groups: BTreeSet<(Option<u32>, usize)> = rows
                .iter()
                .map(|&row| {
                    let group = number(&self.rows[row]);
                    (group, if group.is_none() { row } else { 0 })
                })
                .collect();
            groups.len()
        };
        let Some(by) = self
            .grouped_by
            .as_deref()
            .filter(|_| self.split.rule != Rule::Random)
        else {
            let different = count(|row| row.copies);
            return match different < n {
                true => format!(
                    "of the {these} only {different} differ, and exact copies stay together"
                ),
                false if n == 1 => format!("there is only {these}"),
                false => format!("there are only {these}"),
            };
        };
        let groups = count(|row| row.group);
        let without_copies = count(|row| row.group_without_copies);
        let make = match groups {
            1 if n == 1 => "is one group".to_owned(),
            1 => "are one group".to_owned(),
            n => format!("make only {n} groups"),
        };
        if groups < without_copies {
            return format!(
                "the {these} {make}, as exact copies join the {without_copies} groups by {by}; fewer copies help"
            );
        }
        let artist = rows.first().and_then(|&row| self.rows[row].artist.as_ref());
        let whose = match artist {
            Some(artist)
                if rows
                    .iter()
                    .all(|&row| self.rows[row].artist.as_ref() == Some(artist)) =>
            {
                format!(", all by {artist},")
            }
            _ => String::new(),
        };
        let mut words =
            format!("the {these}{whose} {make} ({by}), which is not divided; more artists help");
        if groups > 1 {
            words = words.replace("which is not divided", "which are not divided");
        }
        let albums: BTreeSet<&String> = rows
            .iter()
            .filter_map(|&row| self.rows[row].album.as_ref())
            .collect();
        if by != "album" && albums.len() > groups {
            words += ", or a split by album (--split-by album)";
        }
        words
    }
}
