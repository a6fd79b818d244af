//! What a command ends with.

use std::fmt;
use std::process::ExitCode;

/// How much of the work was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All of it: exit code 0.
    Done,
    /// Some inputs failed, each was named on stderr; the others are done: exit code 1.
    SomeFailed,
    /// No input could be used: exit code 2.
    NothingDone,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> ExitCode {
        ExitCode::from(match outcome {
            Outcome::Done => 0,
            Outcome::SomeFailed => 1,
            Outcome::NothingDone => 2,
        })
    }
}

/// Why a command could not do its work; exit code 2.
#[derive(Debug)]
pub struct Failure(String);

impl Failure {
    /// A failure in the command's own words.
    pub fn new(text: impl Into<String>) -> Failure {
        Failure(text.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Failure {
        Failure(error.to_string())
    }
}

/// What commands give back.
pub type CommandResult = Result<Outcome, Failure>;
