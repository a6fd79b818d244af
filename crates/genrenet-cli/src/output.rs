//! Everything that the program prints: a command's page on standard output, all else on standard error.
//!
//! Nothing else in the program prints (clippy's `print_stdout` and `print_stderr` see to it). A line stays a line whatever
//! paths, genres and tags hold, none tears the progress row, and output that can't be written never panics:
//! - standard error: what can't be written is lost, and the work goes on;
//! - standard output that is closed (`genrenet … | head`): the rest is left out without a message, and the exit code
//!   is what the work has earned;
//! - standard output that takes nothing more (a full disk): one line of error. Exit code 2 where the page was all that was
//!   asked for, 1 where the result is in files, which are complete.

use std::fmt::Display;
use std::io::{self, ErrorKind, IsTerminal as _, Write as _};
use std::path::Path;

use genrenet_text as text;
use serde::Serialize;

use crate::exit::{CommandResult, Failure, Outcome};
use crate::progress;

/// Prints a line on standard error.
pub fn tell(line: impl Display) {
    let line = format!("{}\n", text::visible(&line.to_string()));
    // Where standard error fails, nothing can be reported.
    let _ = progress::aside(|| io::stderr().write_all(line.as_bytes()));
}

/// Prints on standard error what is wrong with a file.
pub fn warn(path: &Path, reason: impl Display) {
    tell(format_args!("{}: {reason}", text::visible_path(path)));
}

/// What a command prints on standard output, line by line; each is flushed.
pub struct Page {
    /// Whether the page is all that the command was asked for.
    is_the_work: bool,
    /// Whether it is on the same screen as the progress row.
    beside_progress: bool,
    /// Why nothing more can be written.
    fault: Option<io::Error>,
}

impl Page {
    /// The page of a command that was asked for it.
    pub fn result() -> Page {
        Page::new(true)
    }

    /// The page of a command whose result is in files; the page summarises it.
    pub fn summary() -> Page {
        Page::new(false)
    }

    fn new(is_the_work: bool) -> Page {
        Page {
            is_the_work,
            beside_progress: io::stdout().is_terminal(),
            fault: None,
        }
    }

    /// A line of text for people.
    pub fn line(&mut self, line: impl Display) {
        self.write(format!("{}\n", text::visible(&line.to_string())).as_bytes());
    }

    /// Lines of the program's own words; what comes from outside in them is made visible before.
    pub fn text(&mut self, text: impl Display) {
        text.to_string().lines().for_each(|line| self.line(line));
    }

    /// Text of the program's own, as it is.
    pub fn bytes(&mut self, text: &[u8]) {
        self.write(text);
    }

    /// A line of JSON.
    pub fn json(&mut self, value: &impl Serialize) {
        match serde_json::to_string(value) {
            Ok(line) => self.write(format!("{}\n", text::json(&line)).as_bytes()),
            Err(error) => self.fault = self.fault.take().or(Some(error.into())),
        }
    }

    /// A row of a CSV table; cells that hold words from outside are [`text::csv_cell`]s.
    pub fn row<C: AsRef<[u8]>>(&mut self, cells: impl IntoIterator<Item = C>) {
        let mut row = csv::Writer::from_writer(Vec::new());
        match row.write_record(cells) {
            Ok(()) => match row.into_inner() {
                Ok(row) => self.write(&row),
                Err(error) => self.fault = self.fault.take().or(Some(error.into_error())),
            },
            Err(error) => self.fault = self.fault.take().or(Some(error.into())),
        }
    }

    /// Whether nothing more can be written, so that a command whose work is the page may stop.
    pub fn is_lost(&self) -> bool {
        self.fault.is_some()
    }

    fn write(&mut self, line: &[u8]) {
        if self.fault.is_some() {
            return;
        }
        let mut out = io::stdout();
        // Whole lines, so that a kill loses none that is finished.
        let mut write = || out.write_all(line).and_then(|()| out.flush());
        let written = match self.beside_progress {
            true => progress::aside(write),
            false => write(),
        };
        self.fault = written.err();
    }

    /// Ends the command.
    pub fn end(self, outcome: Outcome) -> CommandResult {
        match self.fault {
            None => Ok(outcome),
            Some(fault) if fault.kind() == ErrorKind::BrokenPipe => Ok(outcome),
            Some(fault) => {
                let why = format!("standard output: {fault}");
                if self.is_the_work {
                    return Err(Failure::new(why));
                }
                tell(format_args!("genrenet: {why}"));
                Ok(Outcome::SomeFailed)
            }
        }
    }
}
