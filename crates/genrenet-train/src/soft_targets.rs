//! Probabilities of other models, to be learned beside the labels.

use std::collections::HashMap;
use std::path::Path;

use genrenet_data::Dataset;
use genrenet_model::Bundle;
use genrenet_model::calibration::temper;

use crate::batch::raw_rows;
use crate::error::TrainError;
use crate::recipe::Distill;

/// Soft targets of the rows of a data set: `rows[i]` is row `i`'s probabilities, or nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SoftTargets {
    /// One for each row of the data set.
    pub rows: Vec<Option<Vec<f32>>>,
    /// Share of the teacher in the target.
    pub weight: f32,
}

impl SoftTargets {
    /// What `[distill]` asks for, for `rows` of the data set (its training rows).
    ///
    /// # Errors
    /// A bundle or an archive that can't be read or has other genres.
    pub fn of(
        spec: &Distill,
        dataset: &Dataset,
        genres: &[String],
        rows: &[usize],
    ) -> Result<SoftTargets, TrainError> {
        let k = genres.len();
        let mut sums: Vec<Option<(Vec<f32>, f32)>> = vec![None; dataset.rows.len()];
        let mut add = |row: usize, probabilities: &[f32]| {
            let (sum, n) = sums[row].get_or_insert_with(|| (vec![0.0; k], 0.0));
            sum.iter_mut().zip(probabilities).for_each(|(s, p)| *s += p);
            *n += 1.0;
        };
        for (index, path) in spec.bundles.iter().enumerate() {
            let teacher = Bundle::load(path)?;
            if teacher.genres != genres {
                return Err(TrainError::value(
                    format!("distill.bundles.{index}"),
                    path.display(),
                    format!("a bundle of the genres {}", genres.join(", ")),
                ));
            }
            for chunk in rows.chunks(64) {
                let probabilities =
                    teacher.predict(&raw_rows(dataset, chunk, &teacher.sources()))?;
                for (&row, p) in chunk.iter().zip(probabilities.chunks(k)) {
                    add(row, p);
                }
            }
        }
        if let Some(path) = &spec.soft_targets {
            let known = read_archive(path, k)?;
            for &row in rows {
                if let Some(p) = known.get(&dataset.rows[row].id) {
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
        })
    }

    /// How many rows have a teacher.
    pub fn count(&self) -> usize {
        self.rows.iter().flatten().count()
    }
}

/// An `.npz` with `id` or `track_id` and `probabilities` `[n, k]`, by the id as a data set writes it.
fn read_archive(path: &Path, k: usize) -> Result<HashMap<String, Vec<f32>>, TrainError> {
    let wrong = |message: String| TrainError::Data {
        data: path.display().to_string(),
        message,
    };
    let mut archive = npyz::npz::NpzArchive::open(path).map_err(|e| TrainError::io(path, e))?;
    let names: Vec<String> = archive.array_names().map(str::to_string).collect();
    let id_name = ["track_id", "id"]
        .into_iter()
        .find(|name| names.iter().any(|n| n == name))
        .ok_or_else(|| {
            wrong(format!(
                "no array track_id or id; it has {}",
                names.join(", ")
            ))
        })?;
    let missing = |name: &str| wrong(format!("no array {name}; it has {}", names.join(", ")));
    let ids = archive
        .by_name(id_name)
        .map_err(|e| TrainError::io(path, e))?
        .ok_or_else(|| missing(id_name))?;
    let ids: Vec<String> = match ids.dtype().descr().as_str() {
        text if text.contains("i4") => ids
            .into_vec::<i32>()
            .map(|v| v.iter().map(i32::to_string).collect()),
        text if text.contains("i8") => ids
            .into_vec::<i64>()
            .map(|v| v.iter().map(i64::to_string).collect()),
        text => {
            return Err(wrong(format!(
                "{id_name} is of type {text}: expected int32 or int64"
            )));
        }
    }
    .map_err(|e| TrainError::io(path, e))?;
    let probabilities = archive
        .by_name("probabilities")
        .map_err(|e| TrainError::io(path, e))?
        .ok_or_else(|| missing("probabilities"))?;
    let shape = probabilities.shape().to_vec();
    if shape != [ids.len() as u64, k as u64] {
        return Err(wrong(format!(
            "probabilities has the shape {shape:?}: expected [{}, {k}]",
            ids.len()
        )));
    }
    let values: Vec<f32> = match probabilities.dtype().descr().as_str() {
        text if text.contains("f4") => probabilities.into_vec::<f32>(),
        text if text.contains("f8") => probabilities
            .into_vec::<f64>()
            .map(|v| v.into_iter().map(|x| x as f32).collect()),
        text => {
            return Err(wrong(format!(
                "probabilities is of type {text}: expected float32 or float64"
            )));
        }
    }
    .map_err(|e| TrainError::io(path, e))?;
    if let Some(row) = values
        .chunks(k.max(1))
        .position(|row| row.iter().any(|p| !(0.0..=1.0001).contains(p)))
    {
        return Err(wrong(format!(
            "probabilities of {} are not within 0 and 1: {:?}",
            ids[row],
            &values[row * k..(row + 1) * k]
        )));
    }
    Ok(ids
        .into_iter()
        .zip(values.chunks(k.max(1)).map(<[f32]>::to_vec))
        .collect())
}
