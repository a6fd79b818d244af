//! Where a sound comes from, and the exceptions about it.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use genrenet::Error;
use pyo3::prelude::*;

use crate::error;

/// The first exception of a file object, kept apart from the text that decoders make of it.
#[derive(Clone, Default)]
pub struct Raised(Arc<Mutex<Option<PyErr>>>);

impl Raised {
    /// Keeps an exception, if there is none yet.
    pub fn keep(&self, exception: PyErr) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get_or_insert(exception);
    }

    /// Takes the exception.
    fn take(&self) -> Option<PyErr> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Where a sound comes from.
#[derive(Default)]
pub struct Origin {
    /// The path as it was given.
    pub path: Option<PathBuf>,
    /// What its file object raised.
    pub raised: Raised,
    /// It is of bytes that may be a path in place of a file's contents.
    pub may_name_a_path: bool,
}

impl Origin {
    /// The answer, or the exception in its place.
    pub fn answer<R>(&self, py: Python<'_>, made: Result<R, Error>) -> PyResult<R> {
        match made {
            Ok(made) => self.check(py).map(|()| made),
            Err(fault) => Err(self.exception(py, &fault)?),
        }
    }

    /// Raises what a file object raised, where it must come through even if there is an answer.
    pub fn check(&self, py: Python<'_>) -> PyResult<()> {
        self.cause(py).map(drop)
    }

    /// The exception of an error, caused by that of the file object. An exception that must come through is returned as the error.
    pub fn exception(&self, py: Python<'_>, fault: &Error) -> PyResult<PyErr> {
        let cause = self.cause(py)?;
        let mut text = fault.to_string();
        if self.may_name_a_path && fault.kind() == "format" {
            text += "; bytes are the contents of a file: for a path use os.fsdecode";
        }
        let path = self.path.as_deref().map(std::path::Path::as_os_str);
        let exception = error::exception(py, fault.kind(), &text, path);
        if cause.is_some() {
            exception.set_cause(py, cause);
        }
        Ok(exception)
    }

    /// The exception of the file object; as the error, where it must come through.
    fn cause(&self, py: Python<'_>) -> PyResult<Option<PyErr>> {
        let Some(exception) = self.raised.take() else {
            return Ok(None);
        };
        match error::ends_all(py, &exception) {
            true => Err(exception),
            false => Ok(Some(exception)),
        }
    }
}
