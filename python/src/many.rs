//! Many songs as an iterator.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::sync::Arc;

use genrenet::model::Bundle;
use genrenet::{Error, Song};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyByteArray, PyBytes, PyIterator, PyMemoryView, PyString};

use crate::error;
use crate::model::{json_of, make};
use crate::origin::Origin;
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
    /// Those of sounds that were taken and not answered.
    origins: VecDeque<Origin>,
    /// What the iterable raised, until all sounds before are answered.
    raised: Option<PyErr>,
}

/// The number of threads: all cores, if it is None. As `genrenet --threads` takes it.
#[pyfunction]
pub fn thread_count(threads: &Bound<'_, PyAny>) -> PyResult<usize> {
    if threads.is_none() {
        return Ok(std::thread::available_parallelism().map_or(1, NonZeroUsize::get));
    }
    let whole = threads.extract::<u16>().ok();
    // True is 1 for Python.
    let whole = whole.filter(|n| (1..=1024).contains(n) && !threads.is_instance_of::<PyBool>());
    whole.map(usize::from).ok_or_else(|| {
        let found = threads
            .repr()
            .map_or_else(|_| "?".to_owned(), |text| text.to_string());
        let text = format!(
            "threads = {found}: expected a whole number from 1 to 1024, or None for all cores"
        );
        error::input(threads.py(), &text)
    })
}

/// What was given, where it is one sound in place of many: iterating over it would give letters or bytes.
fn single(sounds: &Bound<'_, PyAny>) -> PyResult<Option<&'static str>> {
    if sounds.is_instance_of::<PyString>() {
        return Ok(Some("a single string"));
    }
    let bytes = sounds.is_instance_of::<PyBytes>()
        || sounds.is_instance_of::<PyByteArray>()
        || sounds.is_instance_of::<PyMemoryView>();
    if bytes {
        return Ok(Some("the bytes of a single one"));
    }
    Ok(sounds.hasattr("__fspath__")?.then_some("a single path"))
}

impl Stream {
    /// Begins with an iterable of sounds.
    pub fn start(
        model: Arc<Bundle>,
        sounds: &Bound<'_, PyAny>,
        threads: usize,
        embedding: bool,
    ) -> PyResult<Stream> {
        if let Some(found) = single(sounds)? {
            let text =
                format!("expected an iterable of sounds, such as a list of paths; found {found}");
            return Err(error::input(sounds.py(), &text));
        }
        Ok(Stream {
            sounds: Some(sounds.try_iter()?.unbind()),
            workers: Workers::new(threads, move |sound| {
                Outcome::Computed(make(&model, sound, embedding))
            }),
            origins: VecDeque::new(),
            raised: None,
        })
    }

    /// Where the next sound comes from and what became of it. An exception of the iterable is raised when all before it is answered;
    /// Ctrl-C and the end of the program at once.
    pub fn next(&mut self, py: Python<'_>) -> PyResult<Option<(Origin, Outcome)>> {
        while self.workers.wants_more()
            && let Some(sounds) = &self.sounds
        {
            match sounds.bind(py).clone().next() {
                None => self.sounds = None,
                Some(Ok(sound)) => self.add(&sound)?,
                Some(Err(raised)) if !error::ends_all(py, &raised) => {
                    self.sounds = None;
                    self.raised = Some(raised);
                }
                Some(Err(raised)) => return Err(raised),
            }
        }
        let Some(made) = self.workers.next(py)? else {
            return self.raised.take().map_or(Ok(None), Err);
        };
        let origin = self.origins.pop_front().unwrap_or_default();
        let outcome = made.unwrap_or_else(|panic| {
            let text = format!("a fault of this program, please report it: {panic}");
            Outcome::Refused(error::exception(py, "fault", &text, None))
        });
        Ok(Some((origin, outcome)))
    }

    fn add(&mut self, sound: &Bound<'_, PyAny>) -> PyResult<()> {
        match given(sound) {
            Ok(given) => {
                self.workers.add(Ok(given.sound))?;
                self.origins.push_back(given.origin);
            }
            Err(fault) if !error::ends_all(sound.py(), &fault) => {
                self.workers.add(Err(Outcome::Refused(fault)))?;
                self.origins.push_back(Origin::default());
            }
            Err(raised) => return Err(raised),
        }
        Ok(())
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
        let Some((origin, outcome)) = self.stream.next(py)? else {
            return Ok(None);
        };
        let path = origin.path.clone();
        let (text, fault) = match outcome {
            Outcome::Computed(made) => {
                let fault = match &made {
                    Ok(_) => origin.check(py).map(|()| None)?,
                    Err(fault) => Some(origin.exception(py, fault)?),
                };
                let song = made.map(|made| made.song);
                (Some(json_of(&self.model, path.clone(), song)), fault)
            }
            Outcome::Refused(fault) => (None, Some(fault)),
        };
        Ok(Some((path.map(Into::into), text, fault)))
    }
}
