//! Progress on a terminal; silence elsewhere.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar over files; without a known number it counts.
///
/// Nothing is drawn unless stderr is a terminal.
pub fn files(total: Option<u64>) -> ProgressBar {
    let (bar, template) = match total {
        Some(total) => (
            ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr()),
            "{bar:30} {pos}/{len} files, {per_sec}, {eta} left {wide_msg}",
        ),
        None => (
            ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr()),
            "{spinner} {pos} files, {per_sec}, {elapsed} {wide_msg}",
        ),
    };
    let style = ProgressStyle::with_template(template).expect("the template is constant");
    let bar = bar.with_style(style);
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}

/// Prints a line on stderr without tearing the bar.
pub fn complain(bar: &ProgressBar, line: &str) {
    bar.suspend(|| eprintln!("{line}"));
}
