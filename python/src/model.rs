//! A model.

use std::path::PathBuf;
use std::sync::Arc;

use genrenet::model::Bundle;
use genrenet::{Answer, Error, Song, Sound, shipped, taxonomy};
use numpy::PyArray1;
use pyo3::prelude::*;
use serde_json::json;

use crate::many::{Answers, Made, thread_count};
use crate::sound::{self, Given};
use crate::table::NativeTable;
use crate::{error, lanes};

/// A model that is loaded; the class `Model` loads it when it is first needed.
#[pyclass(frozen)]
pub struct NativeModel(pub Arc<Bundle>);

#[pymethods]
impl NativeModel {
    /// Loads a built-in model, or the bundle in a folder, with the genres of a taxonomy.
    #[new]
    #[pyo3(signature = (name_or_folder, taxonomy=None))]
    fn new(py: Python<'_>, name_or_folder: PathBuf, taxonomy: Option<PathBuf>) -> PyResult<Self> {
        let loaded = py.detach(|| -> Result<Bundle, Error> {
            let model = shipped::open(&name_or_folder)?;
            taxonomy::regrouped(model, taxonomy.as_deref())
        });
        loaded
            .map(|bundle| NativeModel(Arc::new(bundle)))
            .map_err(|fault| error::of(py, &fault))
    }

    /// Loads the bundle whose files have these contents.
    #[staticmethod]
    fn of_files(
        py: Python<'_>,
        description: &str,
        weights: &[u8],
        learned_rows: &[u8],
    ) -> PyResult<Self> {
        Bundle::load_bytes(description, weights, learned_rows)
            .map(|bundle| NativeModel(Arc::new(bundle)))
            .map_err(|fault| error::of(py, &fault.into()))
    }

    /// What it is, as JSON.
    fn about(&self) -> String {
        let model = &*self.0;
        let attributes: Vec<&str> = model.attributes().iter().map(|a| &*a.name).collect();
        json!({
            "name": model.card.name,
            "version": model.card.version.to_string(),
            "genres": model.genres,
            "parents": model.parents,
            "attributes": attributes,
            "license": model.card.license,
            "taxonomy": model.taxonomy(),
            "reads": match model.front_end { Some(_) => "audio", None => "tables" },
        })
        .to_string()
    }

    /// The JSON of `genrenet classify --json` for a sound.
    fn classify(&self, py: Python<'_>, sound: &Bound<'_, PyAny>) -> PyResult<String> {
        let Given { sound, origin } = sound::given(sound)?;
        let model = self.0.clone();
        let made = lanes::run(py, move || genrenet::classify(&model, sound))?;
        let song = origin.answer(py, made)?;
        Ok(json_of(&self.0, origin.path, Ok(song)))
    }

    /// The embedding of a sound: float32.
    fn embed<'py>(
        &self,
        py: Python<'py>,
        sound: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyArray1<f32>>> {
        let Given { sound, origin } = sound::given(sound)?;
        let model = self.0.clone();
        let made = lanes::run(py, move || genrenet::embed(&model, sound))?;
        Ok(PyArray1::from_vec(py, origin.answer(py, made)?))
    }

    /// An iterator of (path, JSON, exception) for many sounds, in their order.
    fn classify_many(
        &self,
        sounds: &Bound<'_, PyAny>,
        threads: &Bound<'_, PyAny>,
    ) -> PyResult<Answers> {
        Answers::start(self.0.clone(), sounds, thread_count(threads)?)
    }

    /// A table of many sounds' answers, with a column `embedding` if asked for.
    fn classify_batch(
        &self,
        py: Python<'_>,
        sounds: &Bound<'_, PyAny>,
        threads: &Bound<'_, PyAny>,
        embedding: bool,
    ) -> PyResult<NativeTable> {
        NativeTable::of(py, &self.0, sounds, thread_count(threads)?, embedding)
    }
}

/// The JSON of an answer.
pub fn json_of(model: &Bundle, path: Option<PathBuf>, result: Result<Song, Error>) -> String {
    let answer = Answer {
        path: path.unwrap_or_default(),
        result,
    };
    answer.to_json(model).to_string()
}

/// Classifies a sound and, if asked for, embeds it.
pub fn make(model: &Bundle, sound: Sound, embedding: bool) -> Result<Made, Error> {
    if !embedding {
        let song = genrenet::classify(model, sound)?;
        return Ok(Made {
            song,
            embedding: None,
        });
    }
    let made = genrenet::analyse(model, sound)?;
    Ok(Made {
        song: made.song,
        embedding: Some(made.embedding),
    })
}

/// The names of the built-in models, the default one first.
#[pyfunction]
pub fn models() -> Vec<&'static str> {
    shipped::names().collect()
}
