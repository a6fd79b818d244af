//! Ctrl-C and the other signals that end programs: unfinished files are removed; a command may ask to stop more gently first.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::output::tell;

/// What the first signal does instead of ending the program, where a command has set it.
static GENTLE: OnceLock<Box<dyn Fn() + Send + Sync>> = OnceLock::new();

/// From here on a signal that ends programs removes unfinished files first; the exit code is 128 and the signal's
/// number (130 for Ctrl-C).
///
/// For commands that write files. The others are ended by the system, as any program is.
pub fn remove_unfinished_files_on_signals() {
    if let Err(error) = handle_signals() {
        tell(format_args!("Ctrl-C will end the program at once: {error}"));
    }
}

/// Ctrl-C; SIGTERM, by which systems and schedulers end programs; SIGHUP, when the terminal is closed. Without a terminal
/// SIGHUP is left as it is: `nohup` has it ignored, and takes the terminal away.
#[cfg(unix)]
fn handle_signals() -> std::io::Result<()> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use std::io::IsTerminal as _;

    let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM])?;
    if std::io::stdin().is_terminal() || std::io::stderr().is_terminal() {
        signals.add_signal(SIGHUP)?;
    }
    std::thread::Builder::new().spawn(move || {
        for signal in signals.forever() {
            end(128 + signal);
        }
    })?;
    Ok(())
}

#[cfg(not(unix))]
fn handle_signals() -> Result<(), ctrlc::Error> {
    ctrlc::set_handler(|| end(130))
}

/// Ends the program, or does for the first time what the command has asked for.
fn end(code: i32) {
    static ASKED: AtomicBool = AtomicBool::new(false);
    match GENTLE.get() {
        Some(gentle) if !ASKED.swap(true, Ordering::Relaxed) => gentle(),
        _ => genrenet_files::remove_unfinished_and_exit(code),
    }
}

/// The first signal calls `gentle`, a second one ends the program.
pub fn gentle(gentle: impl Fn() + Send + Sync + 'static) {
    // A second command in one program would find the first one's: `demo` runs several, and none of them sets one.
    let _ = GENTLE.set(Box::new(gentle));
}
