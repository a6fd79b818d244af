//! The list of files and folders that are being written, to be removed on Ctrl-C.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};

static UNFINISHED: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

fn list() -> MutexGuard<'static, Vec<PathBuf>> {
    // A panic elsewhere leaves a valid list.
    UNFINISHED
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Begins something unfinished: `make` makes it, `path` returns where it is.
pub(crate) fn begin<T>(
    make: impl FnOnce() -> io::Result<T>,
    path: impl FnOnce(&T) -> &Path,
) -> io::Result<T> {
    // Made under the lock, so that nothing can be made once Ctrl-C has read the list.
    let mut list = list();
    let made = make()?;
    list.push(path(&made).to_path_buf());
    Ok(made)
}

/// Does something in an unfinished folder that Ctrl-C must not interrupt: what appears there while it is being removed would
/// keep it.
pub(crate) fn within<T>(act: impl FnOnce() -> T) -> T {
    let _list = list();
    act()
}

/// Ends it: `end` renames or removes it.
pub(crate) fn end<T>(path: &Path, end: impl FnOnce() -> T) -> T {
    let mut list = list();
    list.retain(|other| other != path);
    end()
}

/// Removes every file and folder that was begun and not finished, and ends the process: for Ctrl-C.
///
/// From then on other threads can't begin, finish or rename anything.
pub fn remove_unfinished_and_exit(code: i32) -> ! {
    // The lock is never released.
    let list = list();
    for path in list.iter() {
        // A folder or a file; what can't be removed stays, as after a kill.
        let _ = std::fs::remove_file(path).or_else(|_| std::fs::remove_dir_all(path));
    }
    std::process::exit(code)
}
