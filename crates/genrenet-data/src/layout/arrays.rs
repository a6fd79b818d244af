//! The source of arrays: a table of tracks beside archives of arrays: FMA-small (`track_id`) and GTZAN (`name`).

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::Source;
use super::build::{Columns, Found, Parts};
use super::ids::{ID, places, stored_ids};
use super::taggram;
use crate::array::Array;
use crate::dataset::{Dataset, OpenOptions, summarise};
use crate::error::DataError;
use crate::genre_tree::{GenreTree, ids_in};
use crate::labels::Labels;
use crate::npz::{Archive, Numbers};
use crate::store::{Decode, Part, Store};
use crate::table::Table;

/// Levels of a quantised log-mel and the range in dB below the clip's maximum that they cover, unless the archive states them.
const LEVELS: f32 = 32.0;
const RANGE_DB: f32 = 80.0;

/// Half the sample rate from which the two data sets were computed.
const GTZAN_HIGHEST_HZ: f32 = 11_025.0;
const FMA_HIGHEST_HZ: f32 = 22_050.0;

/// Archives by file name: the array in it, and its name in the data set.
const ARCHIVES: &[(&str, &str, &str)] = &[
    ("logmel.npz", "logmel", "logmel"),
    ("mfcc_first3s.npz", "mfcc", "mfcc"),
    ("mfcc.npz", "mfcc", "mfcc"),
    ("mfcc_stats.npz", "stats", "mfcc_stats"),
    ("vggish.npz", "embedding", "vggish"),
];

/// Tables of numbers by file name; both become `values`.
const TABLES: &[&str] = &["values.csv", "features_30_sec.csv"];

/// Columns of a table of numbers that are no features.
const NO_FEATURES: &[&str] = &["genre", "label", "length"];

/// A folder with `tracks.csv`.
pub(super) const SOURCE: Source = Source { recognise, open };

fn recognise(path: &Path) -> bool {
    path.join("tracks.csv").is_file()
}

fn open(folder: &Path, options: &OpenOptions) -> Result<Dataset, DataError> {
    let table = Table::read(&folder.join("tracks.csv"))?;
    let id_column = table.require(ID)?;
    table.require_unique(id_column)?;
    let columns = Columns::of(&table)?;
    let mut rows = (0..table.len())
        .map(|r| columns.read(&table, r, table.cell(r, Some(id_column)).to_string()))
        .collect::<Result<Vec<Found>, _>>()?;
    let parents = match options.labels {
        Labels::Top => BTreeMap::new(),
        Labels::All => all_labels(folder, &table, &mut rows)?,
    };
    let ids: HashMap<&str, usize> = (0..table.len())
        .map(|r| (table.cell(r, Some(id_column)), r))
        .collect();

    let wanted = |name: &str| {
        options
            .arrays
            .as_ref()
            .is_none_or(|list| list.iter().any(|w| w == name))
    };
    let archives: Vec<_> = ARCHIVES
        .iter()
        .filter(|(file, _, name)| wanted(name) && folder.join(file).is_file())
        .collect();
    let read: Vec<Result<(Array, Vec<String>), DataError>> = archives
        .par_iter()
        .map(|(file, array, name)| read_archive(&folder.join(file), array, name, &ids, rows.len()))
        .collect();
    let mut arrays: Vec<Array> = Vec::new();
    let mut notes = Vec::new();
    for result in read {
        let (array, more) = result?;
        if arrays.iter().all(|a| a.name != array.name) {
            arrays.push(array);
            notes.extend(more);
        }
    }
    let taggram = folder.join(taggram::FILE);
    if wanted(taggram::ARRAY) && taggram.is_file() {
        let (array, more) = taggram::read(&taggram, &ids, rows.len())?;
        arrays.push(array);
        notes.extend(more);
    }
    if let Some(path) = TABLES
        .iter()
        .map(|t| folder.join(t))
        .find(|p| p.is_file() && wanted("values"))
    {
        arrays.push(read_values(path, &ids, rows.len())?);
    }
    if arrays.is_empty() && options.arrays.is_none() {
        return Err(DataError::UnknownLayout {
            path: folder.to_path_buf(),
            found: "expected beside tracks.csv one of logmel.npz, mfcc_first3s.npz, mfcc_stats.npz, vggish.npz, musicnn_taggram.npz, values.csv; found none".into(),
        });
    }

    note_missing(&table, id_column, &rows, &arrays, &mut notes);
    let kept: Vec<usize> = (0..rows.len())
        .filter(|&r| arrays.is_empty() || arrays.iter().any(|a| a.has(r)))
        .collect();
    if kept.len() < rows.len() {
        arrays
            .iter_mut()
            .for_each(|a| *a = a.select(kept.iter().map(|&r| Some(r))));
        rows = kept.iter().map(|&r| rows[r].clone()).collect();
    }
    Parts {
        path: folder,
        rows,
        arrays,
        notes,
        unread: 0,
        parents,
    }
    .build(options)
}

/// Gives each row all its genres, with their broader ones: the ids of the column `genres`, whose titles FMA's `genres.csv` has, in the
/// folder or in `fma_metadata` beside it. Returns the parents.
fn all_labels(
    folder: &Path,
    table: &Table,
    rows: &mut [Found],
) -> Result<BTreeMap<String, String>, DataError> {
    let column = table.require(&["genres", "genres_all"])?;
    let beside = folder.canonicalize().ok();
    let beside = beside.as_deref().and_then(Path::parent).unwrap_or(folder);
    let places = [folder.to_path_buf(), beside.join("fma_metadata")];
    let Some(path) = (places.iter().map(|place| place.join("genres.csv"))).find(|p| p.is_file())
    else {
        return Err(DataError::Table {
            path: table.path.clone(),
            message: format!(
                "expected FMA's genres.csv, which has the titles of the ids in `genres`, in {}; found none",
                places.map(|place| place.display().to_string()).join(" or ")
            ),
        });
    };
    let tree = GenreTree::read(&path)?;
    for (number, row) in rows.iter_mut().enumerate() {
        let cell = table.cell(number, Some(column));
        let fault = |found: &str| {
            let expected = format!("ids of {} ({} genres)", path.display(), tree.len());
            table.fault(number, column, &expected, found)
        };
        let ids = ids_in(cell).map_err(|word| fault(&word))?;
        row.labels = tree
            .with_ancestors(&ids)
            .map_err(|id| fault(&id.to_string()))?;
    }
    Ok(tree.parents())
}

/// Counts and names the ids of the table that have no row in the arrays.
fn note_missing(
    table: &Table,
    id: usize,
    rows: &[Found],
    arrays: &[Array],
    notes: &mut Vec<String>,
) {
    let named = |missing: &dyn Fn(usize) -> bool| -> Vec<&str> {
        (0..rows.len())
            .filter(|&r| missing(r))
            .map(|r| table.cell(r, Some(id)))
            .collect()
    };
    let everywhere = named(&|r| !arrays.iter().any(|a| a.has(r)));
    if !everywhere.is_empty() && !arrays.is_empty() {
        notes.push(format!(
            "{} ids of tracks.csv have no row in the arrays: {}",
            everywhere.len(),
            summarise(&everywhere)
        ));
    }
    for array in arrays {
        let here = named(&|r| !array.has(r) && arrays.iter().any(|a| a.has(r)));
        if !here.is_empty() {
            notes.push(format!(
                "{} ids of tracks.csv have no `{}`: {}",
                here.len(),
                array.name,
                summarise(&here)
            ));
        }
    }
}

/// Reads one archive; its rows are reordered as in the table.
fn read_archive(
    path: &Path,
    array: &str,
    name: &str,
    ids: &HashMap<&str, usize>,
    rows: usize,
) -> Result<(Array, Vec<String>), DataError> {
    let mut archive = Archive::open(path)?;
    let (id_name, stored_ids) = stored_ids(&mut archive)?;
    let (shape, numbers) = archive.numbers(array)?;
    let n = stored_ids.len();
    if shape.first() != Some(&n) {
        let found = format!("{} rows", shape.first().copied().unwrap_or_default());
        return Err(archive.fault(array, format!("{n} rows, as `{id_name}` has"), found));
    }
    let dimensions = if name == "logmel" || name == "mfcc" {
        3
    } else {
        2
    };
    if shape.len() != dimensions || shape[1..].contains(&0) {
        let expected = if dimensions == 3 {
            "three dimensions, none empty"
        } else {
            "two dimensions, none empty"
        };
        return Err(archive.fault(array, expected, format!("the shape {shape:?}")));
    }
    let decode = decoding(&mut archive, name, array, &shape, &numbers)?;
    let store = match numbers {
        Numbers::U8(v) => Store::U8(v),
        Numbers::I8(v) => Store::I8(v),
        Numbers::F32(v) => {
            let size: usize = shape[1..].iter().product();
            if let Some(bad) = v.iter().position(|x| !x.is_finite()) {
                let found = format!("{} in the row of {}", v[bad], stored_ids[bad / size]);
                return Err(archive.fault(array, "finite numbers", found));
            }
            Store::F32(v)
        }
    };
    let (index, notes) = places(&archive, id_name, &stored_ids, ids, rows)?;
    let part = Part {
        store,
        decode,
        shape: shape[1..].to_vec(),
    };
    let quantised = matches!(part.store, Store::U8(_));
    let mut made = Array::from_part(name, part, index);
    if name == "logmel" {
        made.highest_hz = highest_hz(&mut archive, quantised)?;
    }
    Ok((made, notes))
}

/// The upper end of the topmost band of a stored log-mel, from the archive's `highest_hz`; of the two archives without it,
/// GTZAN's (with `range_db`) was made at 22 050 Hz, FMA-small's at mostly 44 100 Hz.
fn highest_hz(archive: &mut Archive, quantised: bool) -> Result<Option<f32>, DataError> {
    if archive.shape("highest_hz").is_some() {
        let (shape, found) = archive.floats("highest_hz")?;
        return match found[..] {
            [hz] if hz.is_finite() && hz > 0.0 => Ok(Some(hz)),
            _ => Err(archive.fault(
                "highest_hz",
                "one number of Hz above 0",
                format!("{found:?} of the shape {shape:?}"),
            )),
        };
    }
    Ok(match (quantised, archive.shape("range_db").is_some()) {
        (true, true) => Some(GTZAN_HIGHEST_HZ),
        (true, false) => Some(FMA_HIGHEST_HZ),
        (false, _) => None,
    })
}

/// How the stored numbers become dB, coefficients or values.
fn decoding(
    archive: &mut Archive,
    name: &str,
    array: &str,
    shape: &[usize],
    numbers: &Numbers,
) -> Result<Decode, DataError> {
    let as_stored = Decode::Same {
        scale: 1.0,
        offset: 0.0,
    };
    match (name, numbers) {
        ("logmel", Numbers::U8(v)) => {
            let levels = match archive.shape("levels") {
                Some(_) => archive
                    .floats("levels")?
                    .1
                    .first()
                    .copied()
                    .unwrap_or(LEVELS),
                None => LEVELS,
            };
            let highest = v.iter().copied().max().unwrap_or_default();
            if f32::from(highest) > levels - 1.0 {
                return Err(archive.fault(
                    array,
                    format!("levels of 0 to {}", levels - 1.0),
                    highest.to_string(),
                ));
            }
            // dB = -range + range (v + 0.5) / levels: the middle of each level.
            let pair = |range: f32| (range / levels, range * (0.5 / levels - 1.0));
            if archive.shape("range_db").is_none() {
                let (scale, offset) = pair(RANGE_DB);
                return Ok(Decode::Same { scale, offset });
            }
            let (range_shape, ranges) = archive.floats("range_db")?;
            if ranges.len() != shape[0] {
                let found = format!("the shape {range_shape:?}");
                return Err(archive.fault(
                    "range_db",
                    format!("{} numbers, one per row", shape[0]),
                    found,
                ));
            }
            if let Some(bad) = ranges.iter().find(|r| !(**r > 0.0 && **r < 1e4)) {
                return Err(archive.fault("range_db", "ranges in dB above 0", bad.to_string()));
            }
            Ok(Decode::PerItem(ranges.into_iter().map(pair).collect()))
        }
        ("logmel", Numbers::I8(_)) => {
            Err(archive.fault(array, "unsigned levels or dB as floats", "int8"))
        }
        ("mfcc", Numbers::U8(_) | Numbers::I8(_)) => {
            let columns = shape[2];
            let mut read = |which: &str| -> Result<Vec<f32>, DataError> {
                let (found, values) = archive.floats(which)?;
                if values.len() != columns || values.iter().any(|v| !v.is_finite()) {
                    let expected =
                        format!("{columns} finite numbers, one per coefficient of `{array}`");
                    return Err(archive.fault(which, expected, format!("the shape {found:?}")));
                }
                Ok(values)
            };
            let scale = read("scale")?;
            let offset = read("offset")?;
            Ok(Decode::PerColumn(scale.into_iter().zip(offset).collect()))
        }
        // VGGish's post-processor quantises principal components from -2..2 to 0..255.
        ("vggish", Numbers::U8(_)) => Ok(Decode::Same {
            scale: 4.0 / 255.0,
            offset: -2.0,
        }),
        _ => Ok(as_stored),
    }
}

/// Reads a table of numbers with an id column; other columns than ids, genres and lengths must be numbers.
fn read_values(path: PathBuf, ids: &HashMap<&str, usize>, rows: usize) -> Result<Array, DataError> {
    let table = Table::read(&path)?;
    let id = table.require(ID)?;
    table.require_unique(id)?;
    let columns: Vec<usize> = (0..table.header().len())
        .filter(|&c| {
            c != id
                && !NO_FEATURES
                    .iter()
                    .any(|n| table.header()[c].eq_ignore_ascii_case(n))
        })
        .collect();
    let mut windows = vec![0; rows];
    let mut places = vec![None; rows];
    for r in 0..table.len() {
        if let Some(&row) = ids.get(table.cell(r, Some(id))) {
            places[row] = Some(r);
            windows[row] = 1;
        }
    }
    let mut data = Vec::with_capacity(rows * columns.len());
    for r in places.into_iter().flatten() {
        for &c in &columns {
            data.push(table.number(r, c)?);
        }
    }
    let mut array = Array::from_windows("values", &[columns.len()], &windows, data)?;
    array.columns = columns
        .into_iter()
        .map(|c| table.header()[c].clone())
        .collect();
    Ok(array)
}
