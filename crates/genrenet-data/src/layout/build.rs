//! From raw columns to a data set: genres, subsets, groups, notes and fingerprint, the same for every layout.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use genrenet_text::counted;
use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::labels::{choose_labels, labelled, positions};
use crate::array::Array;
use crate::columns::{ALBUM, ARTIST, GENRE, GROUP, SPLIT};
use crate::dataset::{DataSource, Dataset, OpenOptions, Row, hex, summarise};
use crate::error::DataError;
use crate::fingerprint::{EMBEDDING, IDENTIFYING_ARRAYS};
use crate::group::{Grouping, NEIGHBOUR_GAP};
use crate::labels::Labels;
use crate::names;
use crate::selection::Selection;
use crate::split::{Rule, Split, SplitRule};
use crate::table::Table;

/// One row as a layout finds it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Found {
    pub(crate) id: String,
    /// Empty: not labelled.
    pub(crate) genre: String,
    /// All its genres, broader ones among them, where the data set names several for a row.
    pub(crate) labels: Vec<String>,
    pub(crate) official: Option<Split>,
    pub(crate) path: Option<PathBuf>,
    /// A group that the data set itself names.
    pub(crate) group: Option<String>,
    pub(crate) artist: Option<String>,
    pub(crate) album: Option<String>,
    /// A sub-folder that is named after an artist or album.
    pub(crate) folder: Option<String>,
    /// Hash of the content of the file.
    pub(crate) content: Option<u64>,
}

/// What a layout has read, before it is assembled.
pub(crate) struct Parts<'a> {
    pub(crate) path: &'a Path,
    pub(crate) rows: Vec<Found>,
    pub(crate) arrays: Vec<Array>,
    pub(crate) notes: Vec<String>,
    /// As [`Dataset::unread`].
    pub(crate) unread: usize,
    /// The broader genre of those that have one.
    pub(crate) parents: BTreeMap<String, String>,
}

/// The usual columns of a table: genre, subset, group, artist and album.
pub(crate) struct Columns {
    genre: usize,
    split: Option<usize>,
    group: Option<usize>,
    artist: Option<usize>,
    album: Option<usize>,
}

impl Columns {
    pub(crate) fn of(table: &Table) -> Result<Columns, DataError> {
        Ok(Columns {
            genre: table.require(GENRE)?,
            split: table.find(SPLIT),
            group: table.find(GROUP),
            artist: table.find(ARTIST),
            album: table.find(ALBUM),
        })
    }

    /// Reads one row; the id is the caller's.
    pub(crate) fn read(&self, table: &Table, row: usize, id: String) -> Result<Found, DataError> {
        let text = |column| {
            let cell = table.cell(row, column);
            (!cell.is_empty()).then(|| cell.to_string())
        };
        let official = match self.split {
            Some(c) if !table.cell(row, Some(c)).is_empty() => {
                let word = table.cell(row, Some(c));
                let split = Split::parse(word);
                Some(
                    split
                        .ok_or_else(|| table.fault(row, c, "training, validation or test", word))?,
                )
            }
            _ => None,
        };
        Ok(Found {
            id,
            genre: table.cell(row, Some(self.genre)).to_string(),
            official,
            group: text(self.group),
            artist: text(self.artist).and_then(|name| names::artist(&name)),
            album: text(self.album).and_then(|name| names::album(&name)),
            ..Found::default()
        })
    }
}

impl Parts<'_> {
    /// Assembles the data set and splits it.
    pub(crate) fn build(self, options: &OpenOptions) -> Result<Dataset, DataError> {
        let Parts {
            path,
            rows: mut found,
            mut arrays,
            mut notes,
            unread,
            mut parents,
        } = self;
        choose_labels(path, &mut found, options.labels)?;
        let found = labelled(path, found, &mut arrays, &mut notes, options)?;
        let mut genres: Vec<String> = found
            .iter()
            .flat_map(|r| std::iter::once(&r.genre).chain(&r.labels))
            .filter(|g| !g.is_empty())
            .cloned()
            .collect();
        genres.sort();
        genres.dedup();
        for alike in names::alike(&genres) {
            notes.push(format!(
                "the genres {} differ in spelling only: if they are the same genre, give them one name",
                alike.join(" and ")
            ));
        }
        let Groups {
            of,
            by: grouped_by,
            copies,
            without_copies,
        } = groups(&found, &arrays, &mut notes)?;
        let name = data_set_name(path);
        parents.retain(|genre, parent| {
            options.labels == Labels::All && genres.contains(genre) && genres.contains(parent)
        });
        let rows: Vec<Row> = found
            .into_iter()
            .zip(of.into_iter().zip(copies).zip(without_copies))
            .map(|(r, ((group, copies), group_without_copies))| Row {
                genre: genres.binary_search(&r.genre).ok(),
                labels: positions(&genres, &r.labels),
                split: Split::Training,
                official: r.official,
                group,
                copies,
                group_without_copies,
                path: r.path,
                file: None,
                artist: r.artist,
                album: r.album,
                id: r.id,
                source: 0,
            })
            .collect();
        let mut dataset = Dataset {
            sources: vec![DataSource {
                name: name.clone(),
                label_mask: vec![true; genres.len()],
            }],
            name,
            parents,
            genres,
            rows,
            arrays,
            split: SplitRule::new(Rule::Random, options.seed),
            selection: Selection::default(),
            grouped_by,
            unread,
            left_out: Vec::new(),
            notes,
            fingerprint: String::new(),
        };
        dataset.fingerprint = fingerprint(&dataset)?;
        dataset.selection.opened = dataset.fingerprint.clone();
        dataset.selection.labels = options.labels;
        let rule = options
            .split
            .clone()
            .unwrap_or_else(|| SplitRule::new(dataset.best_rule(), options.seed));
        dataset.resplit(&rule)?;
        Ok(dataset)
    }
}

/// The groups of the rows.
struct Groups {
    of: Vec<Option<u32>>,
    /// The criteria of the groups.
    by: Option<String>,
    /// Rows of one number are exact copies.
    copies: Vec<Option<u32>>,
    /// As `of`, without joining copies.
    without_copies: Vec<Option<u32>>,
}

/// Groups rows by everything that is known about them, and notes duplicates.
fn groups(found: &[Found], arrays: &[Array], notes: &mut Vec<String>) -> Result<Groups, DataError> {
    let mut grouping = Grouping::new(found.len());
    let given = found.iter().any(|r| r.group.is_some());
    grouping.by_key("group", |i| found[i].group.as_deref());
    grouping.by_key("artist", |i| found[i].artist.as_deref().map(normalised));
    grouping.by_key("album", |i| {
        // Albums of one name by different artists are different, unless the artist is unknown.
        let r = &found[i];
        r.album
            .as_deref()
            .map(|a| (r.artist.as_deref().map(normalised), normalised(a)))
    });
    grouping.by_key("folder", |i| found[i].folder.as_deref());
    let named = found.iter().all(|r| r.artist.is_some());
    if !given && !named {
        // With an official split of all rows, only rows of one subset are joined: the others are known to be unrelated.
        let official = found.iter().all(|r| r.official.is_some());
        grouping.by_neighbours(NEIGHBOUR_GAP, |i| {
            let number = found[i].id.parse::<u64>().ok()?;
            Some((
                (
                    found[i].genre.as_str(),
                    found[i].official.filter(|_| official),
                ),
                number,
            ))
        });
    }
    let array = |name: &str| arrays.iter().find(|a| a.name == name);
    let identifying = IDENTIFYING_ARRAYS.iter().find_map(|name| array(name));
    let hash = |i: usize| match (found[i].content, identifying) {
        (None, Some(array)) => array.fingerprint(i),
        (content, _) => Ok(content),
    };
    let hashes: Result<Vec<Option<u64>>, DataError> =
        (0..found.len()).into_par_iter().map(hash).collect();
    let hashes = hashes?;
    note_duplicates(found, &hashes, notes);
    if let Some(array) = array("logmel") {
        let mut silent: Vec<&str> = Vec::new();
        for (i, row) in found.iter().enumerate() {
            if array.is_constant(i)? {
                silent.push(&row.id);
            }
        }
        if !silent.is_empty() {
            notes.push(format!(
                "{} digital silence: {}",
                counted(silent.len(), "row is", "rows are"),
                summarise(&silent)
            ));
        }
    }
    // A duplicate joins groups, but alone does not make the rule "grouped".
    let mut count = std::collections::HashMap::new();
    hashes
        .iter()
        .flatten()
        .for_each(|h| *count.entry(*h).or_insert(0) += 1);
    let copied = |i: usize| hashes[i].filter(|h| count[h] > 1);
    let (without_copies, _) = grouping.clone().finish();
    grouping.by_key("", copied);
    let mut numbers = std::collections::HashMap::new();
    let copies = (0..found.len())
        .map(|i| {
            let next = numbers.len() as u32;
            Some(*numbers.entry(copied(i)?).or_insert(next))
        })
        .collect();
    let (of, by) = grouping.finish();
    Ok(Groups {
        of,
        by,
        copies,
        without_copies,
    })
}

fn note_duplicates(found: &[Found], hashes: &[Option<u64>], notes: &mut Vec<String>) {
    let mut first = std::collections::HashMap::new();
    let (mut pairs, mut across, mut differing) = (Vec::new(), 0, 0);
    for (i, hash) in hashes.iter().enumerate() {
        let Some(hash) = hash else { continue };
        match first.get(hash) {
            Some(&j) => {
                let (a, b): (&Found, &Found) = (&found[j], &found[i]);
                pairs.push(format!("{} = {}", a.id, b.id));
                across += usize::from(
                    a.official.is_some() && b.official.is_some() && a.official != b.official,
                );
                differing += usize::from(a.genre != b.genre);
            }
            None => {
                first.insert(*hash, i);
            }
        }
    }
    if !pairs.is_empty() {
        let across = match found.iter().any(|r| r.official.is_some()) {
            true => format!("{across} across the official split, "),
            false => String::new(),
        };
        notes.push(format!(
            "{} another exactly ({across}{differing} with another genre): {}",
            counted(pairs.len(), "row repeats", "rows repeat"),
            summarise(&pairs)
        ));
    }
}

/// A folder's name, or a table's without its ending.
fn data_set_name(path: &Path) -> String {
    let real = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    let name = if real.is_dir() {
        real.file_name()
    } else {
        real.file_stem()
    };
    name.map_or_else(
        || path.display().to_string(),
        |n| n.to_string_lossy().into_owned(),
    )
}

fn normalised(name: &str) -> String {
    name.trim().to_lowercase()
}

fn fingerprint(dataset: &Dataset) -> Result<String, DataError> {
    let mut hash = Sha256::new();
    for genre in &dataset.genres {
        hash.update(genre.as_bytes());
        hash.update([0]);
    }
    for row in &dataset.rows {
        hash.update(row.id.as_bytes());
        hash.update(format!("\0{:?} {:?} {:?}\0", row.genre, row.official, row.group).as_bytes());
        row.labels
            .iter()
            .for_each(|label| hash.update(label.to_le_bytes()));
        if let Some(path) = &row.path {
            let size = std::fs::metadata(path).map(|m| m.len()).unwrap_or_default();
            hash.update(size.to_le_bytes());
        }
    }
    // An embedding says nothing of the recordings that the other arrays do not say: a data set that gains one stays the same.
    let embedding = |array: &&Array| array.name == EMBEDDING;
    let only_embeddings = dataset.arrays.iter().all(|array| embedding(&array));
    dataset
        .arrays
        .iter()
        .filter(|array| only_embeddings || !embedding(array))
        .try_for_each(|array| array.digest(&mut hash))?;
    Ok(hex(&hash.finalize()))
}
