//! Soft targets: probabilities of other models, learned together with the labels.

use std::collections::HashMap;
use std::path::Path;

use genrenet_data::{Archive, Dataset};
use genrenet_model::Learned;
use genrenet_model::calibration::temper;

use crate::error::TrainError;
use crate::open_bundle::OpenBundle;
use crate::recipe::Distill;
use crate::rows::raw_rows;

/// Soft targets of the rows of a data set.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SoftTargets {
    /// The probabilities of each row of the data set, where it has any.
    pub rows: Vec<Option<Vec<f32>>>,
    /// Weight of the soft target beside the label.
    pub weight: f32,
    /// The rows that the teachers learned; the network learns them indirectly.
    pub learned: Learned,
}

impl SoftTargets {
    /// Computes or reads the soft targets of `[distill]` for `rows` of the data set (its training rows).
    ///
    /// # Errors
    /// A bundle or an archive that can't be read or has other genres.
    pub fn of(
        spec: &Distill,
        dataset: &Dataset,
        genres: &[String],
        rows: &[usize],
        OpenBundle(open): OpenBundle,
    ) -> Result<SoftTargets, TrainError> {
        let k = genres.len();
        let mut learned = Learned::default();
        let mut sums: Vec<Option<(Vec<f32>, f32)>> = vec![None; dataset.rows.len()];
        let mut add = |row: usize, probabilities: &[f32]| {
            let (sum, n) = sums[row].get_or_insert_with(|| (vec![0.0; k], 0.0));
            sum.iter_mut().zip(probabilities).for_each(|(s, p)| *s += p);
            *n += 1.0;
        };
        for (index, path) in spec.bundles.iter().enumerate() {
            let teacher = open(path).map_err(|error| TrainError::Bundle {
                key: format!("distill.bundles.{index}"),
                error,
            })?;
            if teacher.genres != genres {
                return Err(TrainError::value(
                    format!("distill.bundles.{index}"),
                    path.display(),
                    format!("a bundle of the genres {}", genres.join(", ")),
                ));
            }
            learned.unite(&teacher.learned, false);
            for chunk in rows.chunks(64) {
                let probabilities =
                    teacher.predict(&raw_rows(dataset, chunk, &teacher.sources())?)?;
                for (&row, p) in chunk.iter().zip(probabilities.chunks(k)) {
                    add(row, p);
                }
            }
        }
        if let Some(path) = &spec.soft_targets {
            learned.unite(&Learned::unknown(&path.display().to_string()), false);
            let by_id = read_archive(path, k)?;
            for &row in rows {
                if let Some(p) = by_id.get(&dataset.rows[row].id) {
                    add(row, p);
                }
            }
        }
        let rows = sums
            .into_iter()
            .map(|sum| {
                sum.map(|(mut p, n)| {
                    p.iter_mut().for_each(|x| *x /= n);
                    temper(&mut p, spec.temperature);
                    p
                })
            })
            .collect();
        Ok(SoftTargets {
            rows,
            weight: spec.weight,
            learned,
        })
    }

    /// Number of rows with a soft target.
    pub fn count(&self) -> usize {
        self.rows.iter().flatten().count()
    }
}

/// The probabilities of an `.npz` with `id` or `track_id` and `probabilities` `[n, k]`, by id.
fn read_archive(path: &Path, k: usize) -> Result<HashMap<String, Vec<f32>>, TrainError> {
    let wrong = |message: String| TrainError::Data {
        data: path.display().to_string(),
        message,
    };
    let mut archive = Archive::open(path)?;
    let name = ["track_id", "id"]
        .into_iter()
        .find(|name| archive.shape(name).is_some());
    let Some(name) = name else {
        let names: Vec<&str> = archive.names().collect();
        return Err(wrong(format!(
            "no array track_id or id; it has {}",
            names.join(", ")
        )));
    };
    let ids = archive.words(name)?;
    let (shape, values) = archive.floats("probabilities")?;
    if shape != [ids.len(), k] {
        let message = format!(
            "probabilities has the shape {shape:?}: expected [{}, {k}]",
            ids.len()
        );
        return Err(wrong(message));
    }
    let rows = values.chunks_exact(k.max(1));
    for (id, row) in ids.iter().zip(rows.clone()) {
        if row.iter().any(|p| !(0.0..=1.0001).contains(p)) {
            return Err(wrong(format!(
                "probabilities of {id} are not within 0 and 1: {row:?}"
            )));
        }
    }
    let rows = rows.map(<[f32]>::to_vec);
    Ok(ids.into_iter().zip(rows).collect())
}
