//! Errors of the library as exceptions of `genrenet.errors`.

use std::path::Path;

use genrenet_text::path_text;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

/// An exception of the package: the class by the kind, the text as it is, and the path where there is one.
pub fn exception(py: Python<'_>, kind: &str, text: &str, path: Option<&str>) -> PyErr {
    made(py, kind, text, path, false)
}

fn made(py: Python<'_>, kind: &str, text: &str, path: Option<&str>, tags: bool) -> PyErr {
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

/// As [`exception`], of an error of the library; a path's text may be shown.
pub fn of(py: Python<'_>, error: &genrenet::Error, path: Option<&Path>) -> PyErr {
    let path = path.map(path_text);
    exception(py, error.kind(), &error.to_string(), path.as_deref())
}

/// As [`of`], of work on tags: a `TagError` whatever its kind.
pub fn of_tags(py: Python<'_>, error: &genrenet::Error, path: Option<&Path>) -> PyErr {
    let path = path.map(path_text);
    made(py, error.kind(), &error.to_string(), path.as_deref(), true)
}

/// An argument that can't be used: what was expected and what was found.
pub fn input(py: Python<'_>, text: &str) -> PyErr {
    exception(py, "input", text, None)
}
