//! Log-mel spectrograms and MFCC.

use genrenet::Error;
use genrenet::audio::{AudioError, FeatureSpec, Matrix, Rate};
use numpy::{PyArray1, PyArray2, PyArrayMethods};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::sound::{self, Given};
use crate::{error, lanes};

/// The log-mel spectrogram, the MFCC, their rate and the sound's seconds.
type Found<'py> = (
    Bound<'py, PyArray2<f32>>,
    Bound<'py, PyArray2<f32>>,
    u32,
    f64,
);

/// The features of a sound; `settings` has all of librosa's names.
#[pyfunction]
pub fn features<'py>(
    py: Python<'py>,
    sound: &Bound<'py, PyAny>,
    settings: &Bound<'py, PyDict>,
) -> PyResult<Found<'py>> {
    let spec = spec_of(&Settings(settings))?;
    spec.check().map_err(|fault| of_setting(py, fault.into()))?;
    let Given { sound, origin } = sound::given(sound)?;
    let made = lanes::run(py, move || genrenet::features(sound, &spec))?;
    let found = match made {
        Err(fault @ Error::Audio(AudioError::Setting { .. })) => return Err(of_setting(py, fault)),
        made => origin.answer(py, made)?,
    };
    let (log_mel, mfcc) = (
        found.log_mel.unwrap_or_default(),
        found.mfcc.unwrap_or_default(),
    );
    let rate = spec.rate.hz(found.rate);
    Ok((array(py, log_mel)?, array(py, mfcc)?, rate, found.seconds))
}

/// A matrix as an array that owns its values: nothing is copied.
fn array(py: Python<'_>, matrix: Matrix) -> PyResult<Bound<'_, PyArray2<f32>>> {
    PyArray1::from_vec(py, matrix.data).reshape([matrix.rows, matrix.cols])
}

/// A setting that can't be used, under librosa's name.
fn of_setting(py: Python<'_>, fault: Error) -> PyErr {
    match fault {
        Error::Audio(AudioError::Setting { key, value, reason }) => {
            let key = match key.as_str() {
                "hop" => "hop_length",
                "rate" => "sr",
                other => other,
            };
            error::input(py, &format!("{key} = {value}: {reason}"))
        }
        fault => error::of(py, &fault),
    }
}

fn spec_of(settings: &Settings<'_, '_>) -> PyResult<FeatureSpec> {
    let rate = settings.0.as_any().get_item("sr")?;
    let rate = match rate.is_none() {
        true => Rate::Own,
        false => {
            let expected = "a whole number of Hz above 0, or None for the sound's own rate";
            Rate::Hz(sound::rate("sr", &rate, expected)?)
        }
    };
    let known = |name: &str| settings.one_of(name, &[Some("slaney"), None]);
    Ok(FeatureSpec {
        rate,
        n_fft: settings.whole("n_fft")?,
        hop: settings.whole("hop_length")?,
        n_mels: settings.whole("n_mels")?,
        n_mfcc: settings.whole("n_mfcc")?,
        fmin: settings.number("fmin")?,
        fmax: settings.optional("fmax", "a number of Hz, or None for half the rate")?,
        htk: settings.flag("htk")?,
        unit_area: known("norm")?.is_some(),
        power: settings.number("power")?,
        center: settings.flag("center")?,
        top_db: settings.optional("top_db", "a number of decibels, or None")?,
        dct_type: settings.value("dct_type", "1, 2 or 3")?,
        dct_ortho: settings
            .one_of("dct_norm", &[Some("ortho"), None])?
            .is_some(),
        lifter: settings.number("lifter")?,
    })
}

/// Arguments by name.
struct Settings<'a, 'py>(&'a Bound<'py, PyDict>);

impl Settings<'_, '_> {
    /// The argument `name`, or what was `expected`.
    fn value<T>(&self, name: &str, expected: &str) -> PyResult<T>
    where
        T: for<'a, 'py> FromPyObject<'a, 'py>,
    {
        let value = self.0.as_any().get_item(name)?;
        value
            .extract::<T>()
            .map_err(|_| self.refused(name, expected))
    }

    fn refused(&self, name: &str, expected: &str) -> PyErr {
        let shown = self
            .0
            .as_any()
            .get_item(name)
            .and_then(|value| value.repr());
        match shown {
            Ok(found) => {
                let text = format!("{name} = {found}: expected {expected}");
                error::input(self.0.py(), &text)
            }
            Err(raised) => raised,
        }
    }

    fn optional<T>(&self, name: &str, expected: &str) -> PyResult<Option<T>>
    where
        T: for<'a, 'py> FromPyObject<'a, 'py>,
    {
        self.value(name, expected)
    }

    fn whole(&self, name: &str) -> PyResult<usize> {
        let expected = "a whole number above 0";
        // True is 1 for Python.
        if self.value::<bool>(name, expected).is_ok() {
            return Err(self.refused(name, expected));
        }
        self.value(name, expected)
    }

    fn number(&self, name: &str) -> PyResult<f64> {
        self.value(name, "a number")
    }

    fn flag(&self, name: &str) -> PyResult<bool> {
        self.value(name, "True or False")
    }

    fn one_of(&self, name: &str, known: &[Option<&str>]) -> PyResult<Option<String>> {
        let shown =
            |value: &Option<&str>| value.map_or("None".to_owned(), |text| format!("{text:?}"));
        let expected = known.iter().map(shown).collect::<Vec<_>>().join(" or ");
        let found: Option<String> = self.value(name, &expected)?;
        if known.contains(&found.as_deref()) {
            return Ok(found);
        }
        let text = format!(
            "{name} = {:?}: expected {expected}",
            found.unwrap_or_default()
        );
        Err(error::input(self.0.py(), &text))
    }
}
