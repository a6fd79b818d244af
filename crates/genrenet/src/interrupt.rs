//! Ctrl-C: what is being written is taken away; a command may ask for a gentler end first.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::output::tell;

/// What the first Ctrl-C does instead of ending the program, where a command has said so.
static GENTLE: OnceLock<Box<dyn Fn() + Send + Sync>> = OnceLock::new();

/// From here on Ctrl-C takes away what is being written and ends the program with exit code 130.
///
/// For commands that write files. The others are ended by the system, as any program is.
pub fn take_away_what_is_unfinished() {
    let asked = AtomicBool::new(false);
    let handler = move || {
        if let Some(gentle) = GENTLE.get()
            && !asked.swap(true, Ordering::Relaxed)
        {
            return gentle();
        }
        genrenet_files::remove_unfinished_and_exit(130)
    };
    if let Err(error) = ctrlc::set_handler(handler) {
        tell(format_args!("Ctrl-C will end the program at once: {error}"));
    }
}

/// The first Ctrl-C calls `gentle`, a second one ends the program.
pub fn gentle(gentle: impl Fn() + Send + Sync + 'static) {
    // A second command in one program would find the first one's: `demo` runs several, and none of them asks.
    let _ = GENTLE.set(Box::new(gentle));
}
