//! Progress on a terminal; silence elsewhere.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// The row that is drawn now: there is one terminal, and lines must not tear it whoever prints them.
static DRAWN: Mutex<Option<ProgressBar>> = Mutex::new(None);

/// Progress over something; gone from the screen when it is dropped.
pub struct Progress {
    bar: ProgressBar,
    before: Option<ProgressBar>,
}

impl Progress {
    /// Progress over files; without a known number it counts.
    ///
    /// Nothing is drawn unless stderr is a terminal.
    pub fn over_files(total: Option<u64>) -> Progress {
        let template = match total {
            Some(_) => "{bar:30} {pos}/{len} files, {per_sec}, {eta} left {wide_msg}",
            None => "{spinner} {pos} files, {per_sec}, {elapsed} {wide_msg}",
        };
        let progress = Progress::new(total, template);
        progress.bar.enable_steady_tick(Duration::from_millis(120));
        progress
    }

    /// Progress over the steps of an epoch.
    pub fn over_steps(total: u64) -> Progress {
        Progress::new(
            Some(total),
            "epoch {prefix} {bar:30} {pos}/{len} steps, loss {msg}",
        )
    }

    fn new(total: Option<u64>, template: &str) -> Progress {
        let style = ProgressStyle::with_template(template).expect("the template is constant");
        let bar =
            ProgressBar::with_draw_target(total, ProgressDrawTarget::stderr()).with_style(style);
        let before = drawn().replace(bar.clone());
        Progress { bar, before }
    }

    /// One more is done.
    pub fn one_more(&self) {
        self.bar.inc(1);
    }

    /// So many are done.
    pub fn done(&self, count: u64) {
        self.bar.set_position(count);
    }

    /// Step of an epoch, and the loss there.
    pub fn step(&self, epoch: usize, step: u64, loss: f32) {
        self.bar.set_prefix(epoch.to_string());
        self.bar.set_position(step);
        self.bar.set_message(format!("{loss:.3}"));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
        *drawn() = self.before.take();
    }
}

fn drawn() -> std::sync::MutexGuard<'static, Option<ProgressBar>> {
    DRAWN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs `print` while no progress row is on the screen.
pub fn aside<T>(print: impl FnOnce() -> T) -> T {
    let bar = drawn().clone();
    match bar {
        Some(bar) => bar.suspend(print),
        None => print(),
    }
}
