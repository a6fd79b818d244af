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
pub struct Failure {
    text: String,
    broken_pipe: bool,
}

impl Failure {
    /// A failure in the command's own words.
    pub fn new(text: impl Into<String>) -> Failure {
        Failure {
            text: text.into(),
            broken_pipe: false,
        }
    }

    /// Whether our output's reader has gone.
    pub fn chain_is_broken_pipe(&self) -> bool {
        self.broken_pipe
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl<E: std::error::Error + 'static> From<E> for Failure {
    fn from(error: E) -> Failure {
        let mut broken_pipe = false;
        let mut link: Option<&(dyn std::error::Error + 'static)> = Some(&error);
        while let Some(error) = link {
            if let Some(io) = error.downcast_ref::<std::io::Error>() {
                broken_pipe |= io.kind() == std::io::ErrorKind::BrokenPipe;
            }
            link = error.source();
        }
        Failure {
            text: error.to_string(),
            broken_pipe,
        }
    }
}

/// What commands give back.
pub type Ending = Result<Outcome, Failure>;
