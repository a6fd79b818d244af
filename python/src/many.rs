//! Many songs as an iterator.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;

use genrenet::model::Bundle;
use genrenet::{Error, Song};
use pyo3::prelude::*;
use pyo3::types::PyIterator;

use crate::error;
use crate::model::{json_of, make};
use crate::sound::given;
use crate::workers::Workers;

/// What a model makes of a sound.
pub struct Made {
    /// The answer.
    pub song: Song,
    /// The embedding, if it was asked for.
    pub embedding: Option<Vec<f32>>,
}

/// What became of a sound: one of Python's exceptions where it could not be taken.
pub enum Outcome {
    /// The model's answer, or why there is none.
    Computed(Result<Made, Error>),
    /// It is no sound.
    Refused(PyErr),
}

/// Sounds from Python on their way through threads.
pub struct Stream {
    sounds: Option<Py<PyIterator>>,
    workers: Workers<Outcome>,
    /// Paths of sounds that were taken and not answered.
    paths: VecDeque<Option<PathBuf>>,
}

/// The number of threads: all cores, if it is not given.
pub fn threads(py: Python<'_>, number: Option<usize>) -> PyResult<usize> {
    match number {
        Some(0) => Err(error::input(py, "threads = 0: expected 1 or more")),
        Some(number) => Ok(number),
        None => Ok(std::thread::available_parallelism().map_or(1, NonZeroUsize::get)),
    }
}

impl Stream {
    /// Begins with an iterable of sounds.
    pub fn start(
        model: Arc<Bundle>,
        sounds: &Bound<'_, PyAny>,
        threads: usize,
        embedding: bool,
    ) -> PyResult<Stream> {
        // A string is iterable as well, letter by letter.
        if sounds.is_instance_of::<pyo3::types::PyString>() {
            let text =
                "expected an iterable of sounds, such as a list of paths; found a single string";
            return Err(error::input(sounds.py(), text));
        }
        Ok(Stream {
            sounds: Some(sounds.try_iter()?.unbind()),
            workers: Workers::start(threads, move |sound| {
                Outcome::Computed(make(&model, sound, embedding))
            })?,
            paths: VecDeque::new(),
        })
    }

    /// The next sound's path and what became of it. An exception of the iterable is raised when all before it is answered.
    pub fn next(&mut self, py: Python<'_>) -> PyResult<Option<(Option<PathBuf>, Outcome)>> {
        while self.workers.wants_more()
            && let Some(sounds) = &self.sounds
        {
            match sounds.bind(py).clone().next() {
                None => self.sounds = None,
                Some(sound) => self.add(&sound?),
            }
        }
        let Some(made) = self.workers.next(py)? else {
            return Ok(None);
        };
        let path = self.paths.pop_front().flatten();
        let outcome = made.unwrap_or_else(|panic| {
            let text = format!("a fault of this program, please report it: {panic}");
            Outcome::Refused(error::exception(py, "fault", &text, None))
        });
        Ok(Some((path, outcome)))
    }

    fn add(&mut self, sound: &Bound<'_, PyAny>) {
        match given(sound) {
            Ok(given) => {
                self.paths.push_back(given.path);
                self.workers.add(Ok(given.sound));
            }
            Err(fault) => {
                self.paths.push_back(None);
                self.workers.add(Err(Outcome::Refused(fault)));
            }
        }
    }
}

/// Answers of many sounds.
#[pyclass]
pub struct Answers {
    model: Arc<Bundle>,
    stream: Stream,
}

impl Answers {
    /// Begins with an iterable of sounds.
    pub fn start(
        model: Arc<Bundle>,
        sounds: &Bound<'_, PyAny>,
        threads: usize,
    ) -> PyResult<Answers> {
        let stream = Stream::start(model.clone(), sounds, threads, false)?;
        Ok(Answers { model, stream })
    }
}

/// A path; JSON, but of what is no sound; an exception, where there is no answer.
type Item = (Option<OsString>, Option<String>, Option<PyErr>);

#[pymethods]
impl Answers {
    fn __iter__(this: PyRef<'_, Self>) -> PyRef<'_, Self> {
        this
    }

    fn __next__(&mut self, py: Python<'_>) -> PyResult<Option<Item>> {
        let Some((path, outcome)) = self.stream.next(py)? else {
            return Ok(None);
        };
        let (text, fault) = match outcome {
            Outcome::Computed(made) => {
                let fault = made.as_ref().err();
                let fault = fault.map(|fault| error::of(py, fault, path.as_deref()));
                let song = made.map(|made| made.song);
                (Some(json_of(&self.model, path.clone(), song)), fault)
            }
            Outcome::Refused(fault) => (None, Some(fault)),
        };
        Ok(Some((path.map(PathBuf::into_os_string), text, fault)))
    }
}
