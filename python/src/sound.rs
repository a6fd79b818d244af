//! What Python gives as a sound: a path, bytes, a binary file object, or samples with their rate.

use std::io::{self, Read, Seek, SeekFrom};
use std::path::PathBuf;

use genrenet::Sound;
use genrenet::audio::{Input, Samples};
use numpy::ndarray::{ArrayViewD, Axis};
use numpy::{
    PyArrayDescrMethods, PyArrayDyn, PyArrayMethods, PyUntypedArray, PyUntypedArrayMethods,
};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{IntoPyDict, PyByteArray, PyBytes, PyMemoryView, PyString, PyTuple};

use crate::error;
use crate::origin::{Origin, Raised};

/// A sound, and where it comes from.
pub struct Given {
    /// What is decoded.
    pub sound: Sound,
    /// For the exceptions about it.
    pub origin: Origin,
}

/// Most channels of an array: more are frames, and the array has to be transposed.
const CHANNELS: usize = 64;

/// The largest sample of an array, far beyond full scale: more is PCM in whole numbers.
const LOUDEST: f64 = 16.0;

/// Bytes of this length and more are no path in place of a file's contents.
const LONGEST_PATH: usize = 4096;

/// Takes what Python gives.
pub fn given(value: &Bound<'_, PyAny>) -> PyResult<Given> {
    let py = value.py();
    let mut origin = Origin::default();
    let sound = if let Ok(pair) = value.cast::<PyTuple>() {
        samples(pair)?
    } else if value.is_instance_of::<PyBytes>() || value.is_instance_of::<PyByteArray>() {
        let bytes = value.extract::<Vec<u8>>()?;
        origin.may_name_a_path = (1..LONGEST_PATH).contains(&bytes.len()) && !bytes.contains(&0);
        Sound::from(bytes)
    } else if value.is_instance_of::<PyMemoryView>() && is_of_bytes(value)? {
        let bytes = value.call_method0("tobytes")?;
        Sound::from(bytes.cast::<PyBytes>()?.as_bytes().to_vec())
    } else if value.hasattr("read")? {
        Sound::Input(file(value, &origin)?)
    } else if let Ok(path) = value.extract::<PathBuf>() {
        origin.path = Some(path.clone());
        Sound::File(path)
    } else if value.is_instance_of::<PyString>() {
        let text = format!(
            "{}: expected a path; no file can have this name",
            value.repr()?
        );
        return Err(error::input(py, &text));
    } else {
        let kind = value.get_type().name()?;
        let cure = match value.hasattr("__array__")? || value.is_instance_of::<PyMemoryView>() {
            true => ": samples come with their rate, as (samples, rate)",
            false => "",
        };
        let text = format!(
            "expected a path, bytes, a binary file object or (samples, rate); found {kind}{cure}"
        );
        return Err(error::input(py, &text));
    };
    Ok(Given { sound, origin })
}

/// Whether a memoryview is of bytes: one of numbers is no file's contents.
fn is_of_bytes(view: &Bound<'_, PyAny>) -> PyResult<bool> {
    let format = view.getattr("format")?.extract::<String>()?;
    Ok(["B", "b", "c"].contains(&&*format))
}

/// Samples and their rate.
fn samples(pair: &Bound<'_, PyTuple>) -> PyResult<Sound> {
    let py = pair.py();
    let (2, Ok(array)) = (pair.len(), pair.get_item(0)) else {
        let text = format!(
            "expected samples as a pair (samples, rate); found {} values",
            pair.len()
        );
        return Err(error::input(py, &text));
    };
    let (samples, channels) = interleaved(&array)?;
    let rate = rate("rate", &pair.get_item(1)?, "a whole number of Hz above 0")?;
    let made = Samples::new(samples, channels, rate);
    Ok(Sound::Samples(
        made.map_err(|fault| error::input(py, &fault.to_string()))?,
    ))
}

/// A rate in Hz; `name` and what is `expected` are for the error.
pub fn rate(name: &str, value: &Bound<'_, PyAny>, expected: &str) -> PyResult<u32> {
    let hz = match value.extract::<bool>() {
        Ok(_) => f64::NAN, // True is 1 for Python
        Err(_) => value.extract::<f64>().unwrap_or(f64::NAN),
    };
    if hz >= 1.0 && hz <= f64::from(u32::MAX) && hz.fract() == 0.0 {
        return Ok(hz as u32);
    }
    let text = format!("{name} = {}: expected {expected}", value.repr()?);
    Err(error::input(value.py(), &text))
}

/// The samples of an array, `[samples]` or `[channels, samples]`, channel after channel in each frame; and the number of channels.
pub fn interleaved(value: &Bound<'_, PyAny>) -> PyResult<(Vec<f32>, u16)> {
    let py = value.py();
    if value.hasattr("mask")?
        && py
            .import("numpy.ma")?
            .call_method1("is_masked", (value,))?
            .is_truthy()?
    {
        let text = "expected samples; found a masked array: fill its gaps first, such as by samples.filled(0.0)";
        return Err(error::input(py, text));
    }
    let array = match py.import("numpy")?.call_method1("asarray", (value,)) {
        Err(fault) if fault.is_instance_of::<PyValueError>(py) => {
            return Err(error::input(
                py,
                &format!("expected samples; {}", fault.value(py)),
            ));
        }
        array => array?,
    };
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
    let samples = match array.cast::<PyArrayDyn<f32>>() {
        Ok(array) => taken(py, array.readonly().as_array(), channels)?,
        // Other kinds; numbers beyond float32 are refused below, without NumPy's warning.
        Err(_) => {
            let no_copy = [("copy", false)].into_py_dict(py)?;
            let array = array.call_method("astype", ("float64",), Some(&no_copy))?;
            let array = array.cast::<PyArrayDyn<f64>>()?.readonly();
            taken(py, array.as_array(), channels)?
        }
    };
    Ok((samples, channels as u16))
}

/// Samples that are looked at between two looks for Ctrl-C.
const BLOCK: usize = 1 << 20;

/// The samples frame after frame. Refuses no samples, NaN and infinity, and PCM that was not divided by its full scale.
fn taken<T: Copy + Into<f64>>(
    py: Python<'_>,
    array: ArrayViewD<'_, T>,
    channels: usize,
) -> PyResult<Vec<f32>> {
    if array.is_empty() {
        return Err(error::input(py, "expected samples; found an empty array"));
    }
    let mut samples = Vec::with_capacity(array.len());
    let mut peak = 0f64;
    for block in array.axis_chunks_iter(Axis(array.ndim() - 1), BLOCK) {
        py.check_signals()?;
        for &x in block.t() {
            let x: f64 = x.into();
            if !x.is_finite() {
                let at = samples.len() / channels;
                let text = format!("expected finite samples; found {x} at sample {at}");
                return Err(error::input(py, &text));
            }
            peak = peak.max(x.abs());
            samples.push(x as f32);
        }
    }
    if peak > LOUDEST {
        let peak = match peak < 1e6 {
            true => peak.to_string(),
            false => format!("{peak:e}"),
        };
        let text = format!(
            "expected samples within −1 to 1 (up to ±{LOUDEST} is taken); found a peak of {peak}: divide PCM by its full scale (16 bits: 32768)"
        );
        return Err(error::input(py, &text));
    }
    Ok(samples)
}

/// A binary file object, from its beginning.
fn file(object: &Bound<'_, PyAny>, origin: &Origin) -> PyResult<Input> {
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
    let reader = FileObject {
        object: object.clone().unbind(),
        raised: origin.raised.clone(),
        has_given: false,
    };
    origin.answer(py, Input::reader(reader).map_err(Into::into))
}

/// A file object of Python as a reader.
struct FileObject {
    object: Py<PyAny>,
    /// What it raises.
    raised: Raised,
    /// Whether it has given any bytes.
    has_given: bool,
}

impl FileObject {
    fn call<R>(
        &self,
        name: &str,
        arguments: impl for<'py> FnOnce(Python<'py>) -> PyResult<Bound<'py, PyTuple>>,
        take: impl FnOnce(&Bound<'_, PyAny>) -> PyResult<R>,
    ) -> io::Result<R> {
        Python::attach(|py| {
            let called = || take(&self.object.bind(py).call_method1(name, arguments(py)?)?);
            called().map_err(|fault: PyErr| {
                let text = fault.to_string();
                self.raised.keep(fault);
                io::Error::other(text)
            })
        })
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
        match read {
            Ok(0) if most > 0 && !self.has_given => Err(io::Error::other(
                "empty: read() of the file object gave no bytes",
            )),
            Ok(n) => {
                self.has_given = true;
                Ok(n)
            }
            Err(fault) => Err(match fault.to_string() {
                text if text.starts_with("TypeError") => io::Error::other(format!(
                    "expected a file object that gives bytes, opened with \"rb\"; {text}"
                )),
                _ => fault,
            }),
        }
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
            // mmap's says nothing before Python 3.13.
            |answer| match answer.is_none() {
                true => self
                    .object
                    .bind(answer.py())
                    .call_method0("tell")?
                    .extract(),
                false => answer.extract::<u64>(),
            },
        )
    }
}
