//! What is shown while a network is trained.

use std::path::PathBuf;
use std::time::Duration;

use genrenet::train::{EpochReport, Observer, checkpoint};
use genrenet_text::counted;

use crate::output::tell;
use crate::progress::Progress;
use crate::progress_row::span;

/// Shows a training as it goes: a bar on a terminal, a line per epoch everywhere.
pub(in crate::commands) struct Watcher {
    progress: Option<Progress>,
    /// A file that the run folder shall have as soon as there is one, and its line.
    pub(in crate::commands) command: Option<(PathBuf, String)>,
}

impl Watcher {
    pub(in crate::commands) fn new() -> Watcher {
        Watcher {
            progress: None,
            command: None,
        }
    }

    pub(in crate::commands) fn end(&mut self) {
        self.progress = None;
    }
}

impl Observer for Watcher {
    fn begin(&mut self, epochs: usize, steps: usize, notes: &[String]) {
        for note in notes {
            tell(note);
        }
        // A head that is solved takes no epochs.
        if epochs > 0 {
            tell(format_args!(
                "{} of {}",
                counted(epochs, "epoch", "epochs"),
                counted(steps, "step", "steps")
            ));
        }
        if let Some((path, command)) = self.command.take()
            && let Err(error) = checkpoint::write_atomic(&path, format!("{command}\n").as_bytes())
        {
            tell(format_args!(
                "{error}; a resumed run will name another command"
            ));
        }
        // The row of the network before goes first.
        self.progress = None;
        self.progress = Some(Progress::over("steps", Some(steps as u64)));
    }

    fn step(&mut self, epoch: usize, step: usize, loss: f32) {
        if let Some(progress) = &self.progress {
            if step <= 1 {
                progress.begin(format_args!("epoch {epoch}"));
            }
            progress.done(step as u64);
            progress.now(format_args!("loss {loss:.3}"));
        }
    }

    fn epoch(&mut self, report: &EpochReport, left: Duration) {
        let validation = match (report.validation_loss, report.validation_accuracy) {
            (Some(loss), Some(accuracy)) => format!(
                "  validation loss {loss:.3}, top-1 {:5.1} %",
                100.0 * accuracy
            ),
            _ => String::new(),
        };
        let line = format!(
            "epoch {:3}  loss {:.3}, top-1 {:5.1} %{validation}{}  {:.0} s, {} left",
            report.epoch,
            report.loss,
            100.0 * report.accuracy,
            if report.best { " *" } else { "  " },
            report.seconds,
            span(left)
        );
        tell(line);
    }

    fn part(&mut self, name: &str) {
        tell(name);
    }
}
