//! Parameters of a request, strictly: an unknown one, one given twice or a wrong value is an error.

use std::borrow::Cow;

use form_urlencoded::parse;

use crate::refusal::Refusal;

/// The parameters of a request that are not taken yet.
pub struct Parameters<'a> {
    given: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    known: Vec<&'static str>,
}

impl<'a> Parameters<'a> {
    /// Those after the `?` of an address.
    pub fn of(query: Option<&'a str>) -> Parameters<'a> {
        Parameters {
            given: parse(query.unwrap_or_default().as_bytes()).collect(),
            known: Vec::new(),
        }
    }

    /// All values of a parameter, in their order.
    pub fn all(&mut self, key: &'static str) -> Vec<String> {
        self.known.push(key);
        let taken = self.given.extract_if(.., |(name, _)| name == key);
        taken.map(|(_, value)| value.into_owned()).collect()
    }

    /// The value of a parameter that may be given once.
    ///
    /// # Errors
    /// A [`Refusal`] for several.
    pub fn one(&mut self, key: &'static str) -> Result<Option<String>, Refusal> {
        let mut values = self.all(key);
        match values.len() {
            0 | 1 => Ok(values.pop()),
            n => Err(Refusal::parameter(key, "one value", &format!("{n} values"))),
        }
    }

    /// The value of a parameter that may be given once, understood by `read`, whose error is what was expected.
    ///
    /// # Errors
    /// A [`Refusal`] for several, and for a wrong one.
    pub fn read<T>(
        &mut self,
        key: &'static str,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Option<T>, Refusal> {
        let value = self.one(key)?;
        let read = value.map(|value| {
            read(&value)
                .map_err(|expected| Refusal::parameter(key, without_expected(&expected), &value))
        });
        read.transpose()
    }

    /// All values of a parameter, understood by `read`, whose error is what was expected.
    ///
    /// # Errors
    /// A [`Refusal`] for a wrong one.
    pub fn read_all<T>(
        &mut self,
        key: &'static str,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Vec<T>, Refusal> {
        let values = self.all(key).into_iter().map(|value| {
            read(&value)
                .map_err(|expected| Refusal::parameter(key, without_expected(&expected), &value))
        });
        values.collect()
    }

    /// Ends with an error if any is left.
    ///
    /// # Errors
    /// A [`Refusal`] that names it and the known ones.
    pub fn end(self) -> Result<(), Refusal> {
        let Some((name, value)) = self.given.first() else {
            return Ok(());
        };
        let expected = match self.known.is_empty() {
            true => "no parameter".to_owned(),
            false => format!("only the parameters {}", self.known.join(", ")),
        };
        let name: String = name.chars().take(100).collect();
        Err(Refusal::parameter(&name, expected, value))
    }
}

/// Messages of the program begin with a word that a [`Refusal`] adds itself.
fn without_expected(text: &str) -> &str {
    text.strip_prefix("expected ").unwrap_or(text)
}

/// A whole number from 1 to `most`.
pub fn number(most: usize) -> impl Fn(&str) -> Result<usize, String> {
    move |text| {
        let number = text.parse().ok().filter(|n| (1..=most).contains(n));
        number.ok_or_else(|| format!("a whole number from 1 to {most}"))
    }
}

/// `true` or `false`.
pub fn flag(text: &str) -> Result<bool, String> {
    text.parse().map_err(|_| "true or false".to_owned())
}
