//! Errors of the library as exceptions of `genrenet.errors`.

use std::ffi::OsStr;
use std::path::Path;

use pyo3::exceptions::{PyException, PyMemoryError, PyRuntimeError};
use pyo3::prelude::*;

/// An exception of the package: the class by the kind, the text as it is, and the path where there is one.
pub fn exception(py: Python<'_>, kind: &str, text: &str, path: Option<&OsStr>) -> PyErr {
    made(py, kind, text, path, false)
}

fn made(py: Python<'_>, kind: &str, text: &str, path: Option<&OsStr>, tags: bool) -> PyErr {
    let made = py
        .import("genrenet.errors")
        .and_then(|module| module.getattr("of_kind"))
        .and_then(|of_kind| of_kind.call1((kind, text, path, tags)));
    match made {
        Ok(exception) => PyErr::from_value(exception),
        // Only while the interpreter ends.
        Err(_) => PyRuntimeError::new_err(text.to_owned()),
    }
}

/// As [`exception`], of an error of the library.
pub fn of(py: Python<'_>, error: &genrenet::Error) -> PyErr {
    exception(py, error.kind(), &error.to_string(), None)
}

/// As [`of`], of work on tags: a `TagError` whatever its kind.
pub fn of_tags(py: Python<'_>, error: &genrenet::Error, path: Option<&Path>) -> PyErr {
    let path = path.map(Path::as_os_str);
    made(py, error.kind(), &error.to_string(), path, true)
}

/// An argument that can't be used: what was expected and what was found.
pub fn input(py: Python<'_>, text: &str) -> PyErr {
    exception(py, "input", text, None)
}

/// Whether an exception is not about one sound alone and must come through: Ctrl-C, the end of the program, no memory left.
pub fn ends_all(py: Python<'_>, exception: &PyErr) -> bool {
    !exception.is_instance_of::<PyException>(py) || exception.is_instance_of::<PyMemoryError>(py)
}
