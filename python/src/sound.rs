//! What Python gives as a sound: a path, bytes, a binary file object, or samples with their rate.

use std::io::{self, Read, Seek, SeekFrom};
use std::path::PathBuf;

use genrenet::Sound;
use genrenet::audio::{Input, Samples};
use numpy::{
    PyArrayDescrMethods, PyArrayDyn, PyArrayMethods, PyUntypedArray, PyUntypedArrayMethods,
};
use pyo3::prelude::*;
use pyo3::types::{IntoPyDict, PyByteArray, PyBytes, PyMemoryView, PyTuple};

use crate::error;

/// A sound, and its path where it has one.
pub struct Given {
    /// What is decoded.
    pub sound: Sound,
    /// The path as it was given.
    pub path: Option<PathBuf>,
}

/// Most channels of an array: more are frames, and the array has to be transposed.
const CHANNELS: usize = 64;

/// The largest sample of an array, far beyond full scale: more is PCM in whole numbers.
const LOUDEST: f32 = 16.0;

/// Takes what Python gives.
pub fn given(value: &Bound<'_, PyAny>) -> PyResult<Given> {
    let py = value.py();
    let sound = if let Ok(pair) = value.cast::<PyTuple>() {
        let (2, Ok(array)) = (pair.len(), pair.get_item(0)) else {
            let text = format!(
                "expected samples as a pair (samples, rate); found {} values",
                pair.len()
            );
            return Err(error::input(py, &text));
        };
        let (samples, rate) = (interleaved(&array)?, rate(&pair.get_item(1)?)?);
        let made = Samples::new(samples.0, samples.1, rate);
        Sound::Samples(made.map_err(|fault| error::input(py, &fault.to_string()))?)
    } else if value.is_instance_of::<PyBytes>() || value.is_instance_of::<PyByteArray>() {
        Sound::from(value.extract::<Vec<u8>>()?)
    } else if value.is_instance_of::<PyMemoryView>() {
        let bytes = value.call_method0("tobytes")?;
        Sound::from(bytes.cast::<PyBytes>()?.as_bytes().to_vec())
    } else if value.hasattr("read")? {
        Sound::Input(file(value)?)
    } else if let Ok(path) = value.extract::<PathBuf>() {
        return Ok(Given {
            sound: Sound::File(path.clone()),
            path: Some(path),
        });
    } else {
        let kind = value.get_type().name()?;
        let cure = match value.hasattr("__array__")? {
            true => ": samples come with their rate, as (samples, rate)",
            false => "",
        };
        let text = format!(
            "expected a path, bytes, a binary file object or (samples, rate); found {kind}{cure}"
        );
        return Err(error::input(py, &text));
    };
    Ok(Given { sound, path: None })
}

/// A rate in Hz.
pub fn rate(value: &Bound<'_, PyAny>) -> PyResult<u32> {
    let hz = value.extract::<f64>().unwrap_or(f64::NAN);
    if hz >= 1.0 && hz <= f64::from(u32::MAX) && hz.fract() == 0.0 {
        return Ok(hz as u32);
    }
    let text = format!(
        "rate = {}: expected a whole number of Hz above 0",
        value.repr()?
    );
    Err(error::input(value.py(), &text))
}

/// The samples of an array, `[samples]` or `[channels, samples]`, channel after channel in each frame; and the number of channels.
pub fn interleaved(value: &Bound<'_, PyAny>) -> PyResult<(Vec<f32>, u16)> {
    let py = value.py();
    let array = py.import("numpy")?.call_method1("asarray", (value,))?;
    let array = array.cast_into::<PyUntypedArray>()?;
    let kind = array.dtype().kind();
    if kind != b'f' {
        let cure = match kind {
            b'i' | b'u' => {
                "; divide PCM by its full scale (int16: samples / 32768.0), so that it lies within −1 to 1"
            }
            _ => "",
        };
        let text = format!(
            "expected samples in floating point (float32 or float64); found {}{cure}",
            array.dtype()
        );
        return Err(error::input(py, &text));
    }
    let channels = match *array.shape() {
        [_] => 1,
        [channels, _] if (1..=CHANNELS).contains(&channels) => channels,
        ref shape => {
            let cure = match *shape {
                [_, channels] if (1..=CHANNELS).contains(&channels) => "; transpose it: samples.T",
                _ => "",
            };
            let text = format!(
                "expected samples of the shape [samples] or [channels, samples] with 1 to {CHANNELS} channels; found {shape:?}{cure}"
            );
            return Err(error::input(py, &text));
        }
    };
    let no_copy = [("copy", false)].into_py_dict(py)?;
    let array = array.call_method("astype", ("float32",), Some(&no_copy))?;
    let array = array.cast::<PyArrayDyn<f32>>()?.readonly();
    let view = array.as_array();
    let samples: Vec<f32> = match channels {
        1 => view.iter().copied().collect(),
        // Frame after frame.
        _ => view.t().iter().copied().collect(),
    };
    check(py, &samples, channels)?;
    Ok((samples, channels as u16))
}

/// Refuses no samples, NaN and infinity, and PCM that was not divided by its full scale.
fn check(py: Python<'_>, samples: &[f32], channels: usize) -> PyResult<()> {
    if samples.is_empty() {
        return Err(error::input(py, "expected samples; found an empty array"));
    }
    if let Some(at) = samples.iter().position(|x| !x.is_finite()) {
        let text = format!(
            "expected finite samples; found {} at sample {}",
            samples[at],
            at / channels
        );
        return Err(error::input(py, &text));
    }
    let peak = samples.iter().fold(0.0f32, |peak, x| peak.max(x.abs()));
    if peak > LOUDEST {
        let text = format!(
            "expected samples within −1 to 1; found a peak of {peak}: divide PCM by its full scale (16 bits: 32768)"
        );
        return Err(error::input(py, &text));
    }
    Ok(())
}

/// A binary file object, from its beginning.
fn file(object: &Bound<'_, PyAny>) -> PyResult<Input> {
    let py = object.py();
    // An attribute, but a method of some file objects of engines.
    let is = |name: &str| -> PyResult<bool> {
        let said = object.getattr(name)?;
        match said.is_callable() {
            true => said.call0()?.is_truthy(),
            false => said.is_truthy(),
        }
    };
    if is("closed").unwrap_or(false) {
        return Err(error::input(
            py,
            "expected an open file object; it is closed",
        ));
    }
    // Those that don't say whether they can are asked to.
    if !is("seekable").unwrap_or_else(|_| object.hasattr("seek").unwrap_or(false)) {
        return Err(error::input(
            py,
            "expected a file object that can seek; give its bytes instead: classify(file.read())",
        ));
    }
    let reader = FileObject(object.clone().unbind());
    Input::reader(reader).map_err(|fault| error::of(py, &fault.into(), None))
}

/// A file object of Python as a reader.
struct FileObject(Py<PyAny>);

impl FileObject {
    fn call<R>(
        &self,
        name: &str,
        arguments: impl for<'py> FnOnce(Python<'py>) -> PyResult<Bound<'py, PyTuple>>,
        take: impl FnOnce(&Bound<'_, PyAny>) -> PyResult<R>,
    ) -> io::Result<R> {
        Python::attach(|py| {
            let answer = self.0.bind(py).call_method1(name, arguments(py)?)?;
            take(&answer)
        })
        .map_err(|fault: PyErr| io::Error::other(fault.to_string()))
    }
}

impl Read for FileObject {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = buffer.len();
        let read = self.call(
            "read",
            |py| (most,).into_pyobject(py),
            |answer| {
                let bytes = answer.extract::<&[u8]>()?;
                let n = bytes.len().min(most);
                buffer[..n].copy_from_slice(&bytes[..n]);
                Ok(n)
            },
        );
        read.map_err(|fault| match fault.to_string() {
            text if text.starts_with("TypeError") => io::Error::other(format!(
                "expected a file object that gives bytes, opened with \"rb\"; {text}"
            )),
            _ => fault,
        })
    }
}

impl Seek for FileObject {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let (offset, whence) = match to {
            SeekFrom::Start(at) => (i64::try_from(at).unwrap_or(i64::MAX), 0),
            SeekFrom::Current(by) => (by, 1),
            SeekFrom::End(by) => (by, 2),
        };
        self.call(
            "seek",
            |py| (offset, whence).into_pyobject(py),
            |answer| answer.extract::<u64>(),
        )
    }
}
