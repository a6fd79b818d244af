//! A plan: a line for its rules, then a line for each file.

use std::io::{BufRead, Read};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::error::PlanError;
use super::path_text::PathText;
use crate::tags::{FieldName, is_read_as_text};

/// Version of plans.
pub const PLAN_SCHEMA: u32 = 1;

/// The longest line of a plan or journal, in bytes: an Ogg stream of ten hours, of which every page is renumbered, needs a quarter of it.
pub(crate) const LONGEST_LINE: u64 = 64 << 20;

/// The first line of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// [`PLAN_SCHEMA`].
    pub genrenet_plan: u32,
    /// The model that was asked, with its version.
    pub model: String,
    /// The taxonomy that its genres were mapped to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taxonomy: Option<String>,
    /// The field that is written: `genre`, or another name.
    pub field: FieldName,
    /// The field that keeps the old values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep_old_in: Option<FieldName>,
    /// Between several values in tags that hold one text.
    pub separator: String,
}

/// A genre with its probability.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Probability {
    /// The genre.
    pub genre: String,
    /// Its probability, 0 to 1.
    pub probability: f32,
}

/// One file of a plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Where it was.
    #[serde(flatten)]
    pub path: PathText,
    /// SHA-256 of its audio packets, in hexadecimal.
    pub audio: String,
    /// What the field held.
    pub old: Vec<String>,
    /// What it is to hold; a line without is left alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub new: Vec<String>,
    /// Why: for people.
    pub why: String,
    /// The most probable genres: for people and programs, not read when the plan is applied.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub genres: Vec<Probability>,
    /// The probability from which the model is sure; as `genres`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold: Option<f32>,
}

/// The keys of an entry: serde can't refuse others beside a flattened path.
const KEYS: [&str; 8] = [
    "path",
    "path_bytes",
    "audio",
    "old",
    "new",
    "why",
    "genres",
    "threshold",
];

/// A plan as it is read back: every line checked before anything is written.
pub struct Plan {
    /// Its first line.
    pub header: Header,
    /// What is to be written, with the path of each.
    pub entries: Vec<(PathBuf, Entry)>,
    /// How many lines ask for nothing.
    pub left_alone: usize,
}

impl Plan {
    /// Reads a plan.
    ///
    /// # Errors
    /// [`PlanError::Line`] for the first line that is wrong: another version, no JSON, an unknown or missing key, a value that
    /// no tag can hold, a file named twice.
    pub fn read(source: impl Read) -> Result<Plan, PlanError> {
        let mut lines = Lines::of(source);
        let first = lines.next().transpose()?.unwrap_or_default();
        let header: Header = version_checked(&first, "genrenet_plan", PLAN_SCHEMA)
            .and_then(|()| serde_json::from_str(&first).map_err(|error| error.to_string()))
            .map_err(|reason| PlanError::Line { line: 1, reason })?;
        let mut plan = Plan {
            header,
            entries: Vec::new(),
            left_alone: 0,
        };
        let mut seen = std::collections::BTreeMap::new();
        for (number, text) in (2..).zip(lines) {
            let at = |reason| PlanError::Line {
                line: number,
                reason,
            };
            let text = text?;
            if text.trim().is_empty() {
                continue;
            }
            let (path, entry) = Entry::parse(&text, &plan.header.field).map_err(at)?;
            if entry.new.is_empty() {
                plan.left_alone += 1;
                continue;
            }
            if let Some(before) = seen.insert(path.clone(), number) {
                return Err(at(format!(
                    "expected each file once, found the one of line {before} again"
                )));
            }
            plan.entries.push((path, entry));
        }
        Ok(plan)
    }
}

impl Entry {
    fn parse(text: &str, field: &FieldName) -> Result<(PathBuf, Entry), String> {
        let object: serde_json::Map<String, serde_json::Value> = serde_json::from_str(text)
            .map_err(|error| format!("expected a JSON object: {error}"))?;
        if let Some(unknown) = object.keys().find(|key| !KEYS.contains(&key.as_str())) {
            return Err(format!(
                "unknown key {unknown:?}, expected one of {}",
                KEYS.join(", ")
            ));
        }
        let entry: Entry =
            serde_json::from_value(object.into()).map_err(|error| error.to_string())?;
        let mut faults = entry
            .new
            .iter()
            .filter_map(|value| value_fault(field, value));
        if let Some(fault) = faults.next() {
            return Err(format!("new: {fault}"));
        }
        Ok((entry.path.to_path()?, entry))
    }
}

/// Why a text can't be a value of a field in every kind of tag; `None` where it can.
///
/// The same for all files, so that one plan does not leave a library with some files written and others refused.
pub(crate) fn value_fault(field: &FieldName, text: &str) -> Option<String> {
    if text.trim().is_empty() || text.trim() != text || text.chars().any(char::is_control) {
        return Some(format!(
            "expected words without control characters and without spaces around them, found {text:?}"
        ));
    }
    (*field == FieldName::Genre && !is_read_as_text(text)).then(|| {
        format!("expected a genre that ID3 can hold as text, found {text:?}, which it takes for a number of its list")
    })
}

/// Whether a first line has the version that is read here; the reason where not.
pub(crate) fn version_checked(first: &str, key: &str, version: u32) -> Result<(), String> {
    let found: Option<serde_json::Value> = serde_json::from_str(first).ok();
    match found.as_ref().and_then(|object| object.get(key)) {
        Some(found) if *found == version => Ok(()),
        Some(found) => Err(format!("{key}: expected version {version}, found {found}")),
        None => Err(format!(
            "expected an object with {key:?} in the first line, found none"
        )),
    }
}

/// The lines of a file, each of a bounded length; what follows the last line break is the last line.
pub(crate) struct Lines<R>(std::io::BufReader<R>);

impl<R: std::io::Read> Lines<R> {
    pub(crate) fn of(source: R) -> Lines<R> {
        Lines(std::io::BufReader::new(source))
    }
}

impl<R: std::io::Read> Iterator for Lines<R> {
    type Item = Result<String, PlanError>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut line = Vec::new();
        match self
            .0
            .by_ref()
            .take(LONGEST_LINE)
            .read_until(b'\n', &mut line)
        {
            Ok(0) => None,
            Ok(n) if n as u64 == LONGEST_LINE => Some(Err(std::io::Error::from(
                std::io::ErrorKind::FileTooLarge,
            )
            .into())),
            Ok(_) => Some(String::from_utf8(line).map_err(|_| {
                std::io::Error::new(
                    std::io::ErrorKind::InvalidData,
                    "expected UTF-8 text, found another byte",
                )
                .into()
            })),
            Err(error) => Some(Err(error.into())),
        }
    }
}
