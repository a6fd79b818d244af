//! The list of files and folders that are being written, for an end by Ctrl-C.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};

static UNFINISHED: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

fn list() -> MutexGuard<'static, Vec<PathBuf>> {
    // A panic elsewhere leaves a list that is still right.
    UNFINISHED
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Begins something unfinished: `make` makes it, `path` says where it lies.
pub(crate) fn begin<T>(
    make: impl FnOnce() -> io::Result<T>,
    path: impl FnOnce(&T) -> &Path,
) -> io::Result<T> {
    // Made under the lock, so that nothing can be made once Ctrl-C has looked at the list.
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

/// Ends it: `end` gives it its name or removes it.
pub(crate) fn end<T>(path: &Path, end: impl FnOnce() -> T) -> T {
    let mut list = list();
    list.retain(|other| other != path);
    end()
}

/// Removes every file and folder that was begun and not finished, and ends the process: for Ctrl-C.
///
/// Nothing is begun, finished or renamed by other threads any more from here on.
pub fn remove_unfinished_and_exit(code: i32) -> ! {
    // The lock is never given back.
    let list = list();
    for path in list.iter() {
        // A folder or a file; what can't be removed stays, as after a kill.
        let _ = std::fs::remove_file(path).or_else(|_| std::fs::remove_dir_all(path));
    }
    std::process::exit(code)
}
