//! At which sample rate a feature is computed.

use std::fmt;

use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The sample rate of a feature: the file's own, or one that every file is resampled to.
///
/// In recipes and bundles it is the word `"own"` or a number of samples per second, such as `22050`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rate {
    /// The file's own rate, as `librosa.load(sr=None)`.
    Own,
    /// Samples per second, as `librosa.load(sr=22050)`.
    Hz(u32),
}

impl Rate {
    /// The rate in samples per second at which the features of a file of rate `own` are computed.
    pub fn hz(self, own: u32) -> u32 {
        match self {
            Self::Own => own,
            Self::Hz(hz) => hz,
        }
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Own => f.write_str("own"),
            Self::Hz(hz) => write!(f, "{hz}"),
        }
    }
}

/// A text that is not a [`Rate`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected \"own\" or a sample rate in Hz above 0, found {found:?}")]
#[non_exhaustive]
pub struct ParseRateError {
    /// The text.
    pub found: String,
}

impl std::str::FromStr for Rate {
    type Err = ParseRateError;

    fn from_str(text: &str) -> Result<Self, ParseRateError> {
        if text == "own" {
            return Ok(Self::Own);
        }
        match text.parse() {
            Ok(hz) if hz > 0 => Ok(Self::Hz(hz)),
            _ => Err(ParseRateError {
                found: text.to_owned(),
            }),
        }
    }
}

impl Serialize for Rate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Own => serializer.serialize_str("own"),
            Self::Hz(hz) => serializer.serialize_u32(*hz),
        }
    }
}

impl<'de> Deserialize<'de> for Rate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct RateVisitor;
        impl Visitor<'_> for RateVisitor {
            type Value = Rate;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("\"own\" or a sample rate in Hz above 0")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Rate, E> {
                if text == "own" {
                    Ok(Rate::Own)
                } else {
                    Err(E::invalid_value(de::Unexpected::Str(text), &self))
                }
            }

            fn visit_u64<E: de::Error>(self, hz: u64) -> Result<Rate, E> {
                match u32::try_from(hz) {
                    Ok(hz) if hz > 0 => Ok(Rate::Hz(hz)),
                    _ => Err(E::invalid_value(de::Unexpected::Unsigned(hz), &self)),
                }
            }

            fn visit_i64<E: de::Error>(self, hz: i64) -> Result<Rate, E> {
                match u64::try_from(hz) {
                    Ok(hz) => self.visit_u64(hz),
                    Err(_) => Err(E::invalid_value(de::Unexpected::Signed(hz), &self)),
                }
            }
        }
        deserializer.deserialize_any(RateVisitor)
    }
}
