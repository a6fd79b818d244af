//! A tree of genres, as FMA's `genres.csv` has it: `genre_id`, `parent` (0: none), `title`.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use crate::error::DataError;
use crate::table::Table;

/// Ids of genres with their titles, each with its broader genre where it has one.
#[derive(Clone, Debug, Default)]
pub(crate) struct GenreTree {
    genres: HashMap<u32, Genre>,
}

#[derive(Clone, Debug)]
struct Genre {
    title: String,
    parent: Option<u32>,
}

impl GenreTree {
    /// Reads a table with the columns `genre_id`, `parent` and `title`. A title that two genres have gets the id behind it.
    ///
    /// # Errors
    /// A column that is missing, an id that is no number or not unique, a parent that is not in the table, a circle of parents.
    pub(crate) fn read(path: &Path) -> Result<GenreTree, DataError> {
        let table = Table::read(path)?;
        let [id, parent, title] = [
            table.require(&["genre_id"])?,
            table.require(&["parent"])?,
            table.require(&["title"])?,
        ];
        table.require_unique(id)?;
        let number = |row, column| {
            let cell = table.cell(row, Some(column));
            let fault = || table.fault(row, column, "the number of a genre", cell);
            cell.parse::<u32>().map_err(|_| fault())
        };
        let mut genres = HashMap::new();
        let mut titles: HashMap<&str, usize> = HashMap::new();
        for row in 0..table.len() {
            *titles.entry(table.cell(row, Some(title))).or_default() += 1;
        }
        for row in 0..table.len() {
            let number_of = number(row, id)?;
            let own = table.cell(row, Some(title));
            let title = match titles[own] {
                1 if !own.is_empty() => own.to_owned(),
                _ => format!("{own} ({number_of})").trim_start().to_owned(),
            };
            let parent = Some(number(row, parent)?).filter(|&parent| parent != 0);
            genres.insert(number_of, Genre { title, parent });
        }
        let tree = GenreTree { genres };
        for row in 0..table.len() {
            let genre = number(row, id)?;
            let up = table.cell(row, Some(parent));
            if tree.genres[&genre]
                .parent
                .is_some_and(|up| !tree.genres.contains_key(&up))
            {
                return Err(table.fault(row, parent, "a genre of the table, or 0", up));
            }
            if tree.ancestors(genre).take(tree.genres.len() + 1).count() > tree.genres.len() {
                return Err(table.fault(row, parent, "no circle of parents", up));
            }
        }
        Ok(tree)
    }

    /// Number of genres.
    pub(crate) fn len(&self) -> usize {
        self.genres.len()
    }

    /// The title of a genre.
    pub(crate) fn title(&self, id: u32) -> Option<&str> {
        self.genres.get(&id).map(|genre| &genre.title[..])
    }

    /// The broader genres of a genre, the nearest first.
    fn ancestors(&self, id: u32) -> impl Iterator<Item = u32> {
        std::iter::successors(Some(id), |id| self.genres.get(id)?.parent).skip(1)
    }

    /// The titles of some genres and of all their broader ones, sorted; the first id that the tree lacks is an error.
    pub(crate) fn with_ancestors(&self, ids: &[u32]) -> Result<Vec<String>, u32> {
        let mut titles = Vec::new();
        for &id in ids {
            for id in std::iter::once(id).chain(self.ancestors(id)) {
                titles.push(self.title(id).ok_or(id)?.to_owned());
            }
        }
        titles.sort();
        titles.dedup();
        Ok(titles)
    }

    /// The broader genre of each genre that has one, by title.
    pub(crate) fn parents(&self) -> BTreeMap<String, String> {
        let parent =
            |genre: &Genre| Some((genre.title.clone(), self.title(genre.parent?)?.to_owned()));
        self.genres.values().filter_map(parent).collect()
    }
}

/// The ids in a cell such as `[21, 76]`, `21, 76` or `21 76`; empty where there are none.
///
/// # Errors
/// A word that is no number.
pub(crate) fn ids_in(cell: &str) -> Result<Vec<u32>, String> {
    let inside = cell.trim().trim_start_matches('[').trim_end_matches(']');
    let words = inside.split(|c: char| c == ',' || c == ';' || c.is_whitespace());
    let words = words.filter(|word| !word.is_empty());
    words
        .map(|word| word.parse().map_err(|_| word.to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(text: &str) -> Result<GenreTree, DataError> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        GenreTree::read(file.path())
    }

    #[test]
    fn labels_come_with_their_ancestors() {
        let fma = "genre_id,#tracks,parent,title,top_level\n12,9,0,Rock,12\n25,9,12,Punk,12\n31,2,25,Hardcore,12\n40,1,0,Noise,40\n41,1,12,Noise,12\n";
        let tree = tree(fma).unwrap();
        assert_eq!(tree.len(), 5);
        assert_eq!(
            tree.with_ancestors(&[31]).unwrap(),
            ["Hardcore", "Punk", "Rock"]
        );
        assert_eq!(
            tree.with_ancestors(&[40, 41]).unwrap(),
            ["Noise (40)", "Noise (41)", "Rock"]
        );
        assert_eq!(tree.with_ancestors(&[12, 99]), Err(99));
        assert_eq!(tree.parents()["Hardcore"], "Punk");
        assert_eq!(tree.parents().get("Rock"), None);
    }

    #[test]
    fn faults_name_the_line() {
        let message = |text| tree(text).unwrap_err().to_string();
        let unknown = message("genre_id,parent,title\n1,7,Rock\n");
        assert!(
            unknown.ends_with(
                "line 2, column `parent`: expected a genre of the table, or 0, found `7`"
            ),
            "{unknown}"
        );
        let circle = message("genre_id,parent,title\n1,2,Rock\n2,1,Punk\n");
        assert!(circle.contains("expected no circle of parents"), "{circle}");
        assert!(message("genre_id,title\n1,Rock\n").contains("no column `parent`"));
    }

    #[test]
    fn cells_hold_any_list_of_ids() {
        for (cell, ids) in [
            ("[21, 76]", vec![21, 76]),
            ("[]", vec![]),
            ("3 4;5", vec![3, 4, 5]),
            ("", vec![]),
        ] {
            assert_eq!(ids_in(cell), Ok(ids), "{cell}");
        }
        assert_eq!(ids_in("[21, Rock]"), Err("Rock".to_owned()));
    }
}
