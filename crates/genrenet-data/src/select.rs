//! Data sets derived from data sets: selection, balance, other vocabularies, joins, concatenation.

use std::collections::{BTreeMap, HashMap};

use genrenet_text::counted;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use crate::dataset::{DataSource, Dataset, Row, summarise};
use crate::error::DataError;
use crate::selection::Selection;
use crate::split::Rule;

impl Dataset {
    /// Keeps the given rows, in the given order.
    ///
    /// # Panics
    /// If a row number is out of range.
    pub fn keep_rows(&mut self, rows: &[usize]) {
        self.rows = rows.iter().map(|&i| self.rows[i].clone()).collect();
        self.arrays
            .iter_mut()
            .for_each(|a| *a = a.select(rows.iter().map(|&i| Some(i))));
        self.derive(&["rows"], |hash| {
            use sha2::Digest;
            rows.iter()
                .for_each(|i| hash.update((*i as u64).to_le_bytes()));
        });
    }

    /// Keeps the rows that have this array, and notes how many lack it.
    ///
    /// # Errors
    /// If there is no such array, or no row has it.
    pub fn keep_rows_with(&mut self, array: &str) -> Result<(), DataError> {
        let a = self.require_array(array)?;
        let rows: Vec<usize> = (0..self.rows.len()).filter(|&i| a.has(i)).collect();
        let lacking: Vec<String> = (0..self.rows.len())
            .filter(|&i| !a.has(i))
            .map(|i| self.rows[i].id.clone())
            .collect();
        if rows.is_empty() {
            return Err(DataError::Mismatch {
                array: array.into(),
                expected: "at least one row that has it".into(),
                found: "none".into(),
            });
        }
        if !lacking.is_empty() {
            self.notes.push(format!(
                "{} left out: {}",
                counted(
                    lacking.len(),
                    &format!("row without `{array}` is"),
                    &format!("rows without `{array}` are")
                ),
                summarise(&lacking)
            ));
            self.keep_rows(&rows);
        }
        Ok(())
    }

    /// Keeps the rows of some genres; labels then count in these genres, in alphabetical order.
    ///
    /// # Errors
    /// If a genre is not one of the data set's.
    pub fn keep_genres(&mut self, genres: &[impl AsRef<str>]) -> Result<(), DataError> {
        let mut kept: Vec<String> = genres.iter().map(|g| g.as_ref().to_string()).collect();
        kept.sort();
        kept.dedup();
        self.only_genres(&kept)?;
        self.selection.genres = kept;
        Ok(())
    }

    /// Keeps the rows of some genres, which are in alphabetical order.
    pub(crate) fn only_genres(&mut self, kept: &[String]) -> Result<(), DataError> {
        let is_kept = |genre: usize| kept.contains(&self.genres[genre]);
        if let Some(g) = kept.iter().find(|g| !self.genres.contains(g)) {
            return Err(DataError::UnknownGenre {
                name: self.name.clone(),
                found: g.clone(),
                known: self.genres.clone(),
            });
        }
        let rows: Vec<usize> = (0..self.rows.len())
            .filter(|&i| match &self.rows[i].labels[..] {
                [] => self.rows[i].genre.is_none_or(is_kept),
                labels => labels.iter().any(|&g| is_kept(g as usize)),
            })
            .collect();
        self.keep_rows(&rows);
        self.vocabulary(kept, |genre| {
            kept.binary_search_by(|k| k.as_str().cmp(genre)).ok()
        })
    }

    /// Keeps as many rows of every genre as the smallest has, chosen by the seed, and splits them again by the current rule.
    ///
    /// # Errors
    /// If the rows cannot be split by the rule.
    pub fn balance(&mut self, seed: u64) -> Result<(), DataError> {
        let mut by_genre: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (i, row) in self.rows.iter().enumerate() {
            if let Some(g) = row.genre {
                by_genre.entry(g).or_default().push(i);
            }
        }
        let smallest = by_genre.values().map(Vec::len).min().unwrap_or(0);
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut rows = Vec::new();
        for list in by_genre.values_mut() {
            list.shuffle(&mut rng);
            rows.extend(&list[..smallest]);
        }
        rows.sort_unstable();
        self.keep_rows(&rows);
        self.selection.balanced = Some(seed);
        let rule = self.split.clone();
        self.resplit(&rule)
    }

    /// Counts labels in another list of genres, by name: a bundle's, or a wider vocabulary. Genres of the data set that the
    /// list lacks make their rows unlabelled if `keep_unknown`, and are an error otherwise.
    ///
    /// # Errors
    /// If a row's genre is not in the list and unknown are not kept.
    pub fn relabel(&mut self, genres: &[String], keep_unknown: bool) -> Result<(), DataError> {
        let unknown: Vec<String> = self
            .genres
            .iter()
            .enumerate()
            .filter(|(g, name)| {
                !genres.contains(name) && self.rows.iter().any(|r| r.genre == Some(*g))
            })
            .map(|(_, name)| name.clone())
            .collect();
        if !unknown.is_empty() && !keep_unknown {
            return Err(DataError::UnknownGenre {
                name: "the list of genres".into(),
                found: unknown.join(", "),
                known: genres.to_vec(),
            });
        }
        if !unknown.is_empty() {
            let n = self
                .rows
                .iter()
                .filter(|r| r.genre.is_some_and(|g| unknown.contains(&self.genres[g])))
                .count();
            self.notes.push(format!(
                "{} not in the list of genres: {}",
                counted(n, "row has a genre that is", "rows have genres that are"),
                summarise(&unknown)
            ));
        }
        self.vocabulary(genres, |genre| genres.iter().position(|g| g == genre))
    }

    /// Renames genres by a map (`hiphop` → `Hip-Hop`); names that it lacks stay. Two genres of one new name become one.
    ///
    /// # Errors
    /// None at present; reserved.
    pub fn rename_genres(&mut self, names: &BTreeMap<String, String>) -> Result<(), DataError> {
        let renamed: Vec<String> = self
            .genres
            .iter()
            .map(|g| names.get(g).unwrap_or(g).clone())
            .collect();
        let mut list = renamed.clone();
        list.sort();
        list.dedup();
        let old = self.genres.clone();
        self.vocabulary(&list, |genre| {
            let at = old.iter().position(|g| g == genre)?;
            list.iter().position(|g| *g == renamed[at])
        })
    }

    fn vocabulary(
        &mut self,
        genres: &[String],
        place: impl Fn(&str) -> Option<usize>,
    ) -> Result<(), DataError> {
        let map: Vec<Option<usize>> = self.genres.iter().map(|g| place(g)).collect();
        for row in &mut self.rows {
            row.genre = row.genre.and_then(|g| map[g]);
            let labels = row.labels.iter().filter_map(|&g| map[g as usize]);
            row.labels = labels.map(|g| g as u32).collect();
            row.labels.sort_unstable();
            row.labels.dedup();
            // Of several genres one is left, where that for the whole row is not.
            row.genre = row.genre.or(row.labels.first().map(|&g| g as usize));
        }
        let renamed = |genre: &str| {
            let old = self.genres.iter().position(|g| g == genre)?;
            Some(genres[map[old]?].clone())
        };
        self.parents = (self.parents.iter())
            .filter_map(|(genre, parent)| Some((renamed(genre)?, renamed(parent)?)))
            .filter(|(genre, parent)| genre != parent)
            .collect();
        for source in &mut self.sources {
            let mut label_mask = vec![false; genres.len()];
            for (g, known) in source.label_mask.iter().enumerate() {
                if let (true, Some(new)) = (*known, map[g]) {
                    label_mask[new] = true;
                }
            }
            source.label_mask = label_mask;
        }
        self.genres = genres.to_vec();
        let words: Vec<&str> = genres.iter().map(String::as_str).collect();
        self.derive(&[&["genres"], words.as_slice()].concat(), |_| {});
        Ok(())
    }

    /// Adds the array `name` of another data set for the rows with the same ids (FMA tracks' EchoNest values beside their
    /// log-mel). Rows that the other data set does not have lack it. Returns how many rows have it.
    ///
    /// # Errors
    /// If the other data set has no such array, or no id in common.
    pub fn join(&mut self, other: &Dataset, name: &str) -> Result<usize, DataError> {
        let array = other.require_array(name)?;
        let places: HashMap<&str, usize> = other
            .rows
            .iter()
            .enumerate()
            .map(|(i, r)| (r.id.as_str(), i))
            .collect();
        let rows: Vec<Option<usize>> = self
            .rows
            .iter()
            .map(|r| places.get(r.id.as_str()).copied().filter(|&i| array.has(i)))
            .collect();
        let joined = rows.iter().flatten().count();
        if joined == 0 {
            return Err(DataError::Mismatch {
                array: name.into(),
                expected: format!("ids of {} in {}", self.name, other.name),
                found: "no id in common".into(),
            });
        }
        let array = array.select(rows.into_iter());
        self.notes.push(format!(
            "{joined} of {} `{name}` from {}",
            counted(self.rows.len(), "row has", "rows have"),
            other.name
        ));
        self.unread += other.unread;
        self.left_out.extend_from_slice(&other.left_out);
        self.add_array(array)?;
        Ok(joined)
    }

    /// Appends the rows of another data set. Genres are united by name; each row's label mask states which of them its
    /// source could have named. Groups and subsets stay as they are; ids of the other data set get its name as a prefix
    /// where they would be duplicated.
    ///
    /// # Errors
    /// If arrays of one name have different shapes (see [`Array::match_front_end`](crate::Array::match_front_end)).
    pub fn concat(&mut self, other: &Dataset) -> Result<(), DataError> {
        let mut genres: Vec<String> = self.genres.iter().chain(&other.genres).cloned().collect();
        genres.sort();
        genres.dedup();
        let place = |genre: &str| genres.iter().position(|g| g == genre);
        let mut joined = self.clone();
        let mut second = other.clone();
        joined.vocabulary(&genres, place)?;
        second.vocabulary(&genres, place)?;

        let (first_rows, second_rows) = (joined.rows.len(), second.rows.len());
        for array in &second.arrays {
            if joined.array(&array.name).is_none() {
                let empty = array.select(std::iter::repeat_n(None, first_rows));
                joined.arrays.push(empty);
            }
        }
        for array in &mut joined.arrays {
            match second.array(&array.name) {
                Some(more) => array.append(more)?,
                None => array.append_missing(second_rows),
            }
        }
        let ids: std::collections::HashSet<String> =
            joined.rows.iter().map(|r| r.id.clone()).collect();
        let next = |number: fn(&Row) -> Option<u32>| {
            let numbers = joined.rows.iter().filter_map(number);
            numbers.max().map_or(0, |most| most + 1)
        };
        let (next_group, next_copies) = (next(|r| r.group), next(|r| r.copies));
        let next_without_copies = next(|r| r.group_without_copies);
        let sources = joined.sources.len();
        joined.rows.extend(second.rows.into_iter().map(|r| Row {
            id: if ids.contains(&r.id) {
                format!("{}:{}", other.name, r.id)
            } else {
                r.id
            },
            group: r.group.map(|g| g + next_group),
            copies: r.copies.map(|c| c + next_copies),
            group_without_copies: r.group_without_copies.map(|a| a + next_without_copies),
            source: r.source + sources,
            ..r
        }));
        joined
            .sources
            .extend(second.sources.into_iter().map(|s: DataSource| s));
        joined.parents.extend(second.parents);
        joined.name = format!("{} + {}", self.name, other.name);
        joined.unread += other.unread;
        joined.left_out.extend_from_slice(&other.left_out);
        joined
            .notes
            .extend(other.notes.iter().map(|n| format!("{}: {n}", other.name)));
        let by = [&self.grouped_by, &other.grouped_by]
            .into_iter()
            .flatten()
            .flat_map(|b| b.split(" and "));
        let mut names: Vec<&str> = Vec::new();
        by.for_each(|b| {
            if !names.contains(&b) {
                names.push(b);
            }
        });
        joined.grouped_by = (!names.is_empty()).then(|| names.join(" and "));
        if joined.split.rule != other.split.rule {
            // The rows stay in their subsets; the rule is the weaker of the two.
            joined.split.rule = match (&joined.split.rule, &other.split.rule) {
                (Rule::Random, _) | (_, Rule::Random) => Rule::Random,
                _ => Rule::Grouped {
                    by: joined.grouped_by.clone().unwrap_or_default(),
                },
            };
        }
        joined.derive(&["concat", &other.fingerprint], |_| {});
        // The joined data set was not opened as such: it has to be joined again.
        joined.selection = Selection {
            opened: joined.fingerprint.clone(),
            labels: joined.selection.labels,
            ..Selection::default()
        };
        *self = joined;
        Ok(())
    }
}
