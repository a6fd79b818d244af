//! Locks of folders: one writer at a time.

use std::error::Error;
use std::fmt;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

/// Name of the file that is locked.
const NAME: &str = ".lock";

/// The right to write into a folder, held until it is dropped or the process ends, however it ends.
///
/// A file `.lock` in the folder is locked by the system and names the process that holds it; at the end it is removed. One that a killed process left
/// behind is not locked and is taken over. Where the file system has no locks, nothing is locked.
#[derive(Debug)]
pub struct FolderLock {
    path: PathBuf,
    /// The folders that were made for it, the innermost first; they are removed if they are empty.
    made: Vec<PathBuf>,
    /// Keeps the lock.
    _file: File,
}

/// Why a folder could not be locked.
#[derive(Debug)]
#[non_exhaustive]
pub enum LockError {
    /// Another process writes into it; its id, host and start, as far as they are known.
    Held(String),
    /// The system's error.
    Io(io::Error),
}

impl fmt::Display for LockError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LockError::Held(holder) => write!(f, "another process writes into it ({holder})"),
            LockError::Io(error) => error.fmt(f),
        }
    }
}

impl Error for LockError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            LockError::Held(_) => None,
            // Its own text is shown above.
            LockError::Io(error) => error.source(),
        }
    }
}

impl From<LockError> for io::Error {
    fn from(error: LockError) -> io::Error {
        match error {
            LockError::Held(_) => io::Error::new(io::ErrorKind::ResourceBusy, error),
            LockError::Io(error) => error,
        }
    }
}

impl From<io::Error> for LockError {
    fn from(error: io::Error) -> LockError {
        LockError::Io(error)
    }
}

impl FolderLock {
    /// Which process holds a folder, in words; `None` if none does, or the folder does not exist.
    pub fn holder(folder: &Path) -> Option<String> {
        // Taking the lock would create the folder.
        if !folder.join(NAME).exists() {
            return None;
        }
        match FolderLock::take(folder) {
            Err(LockError::Held(holder)) => Some(holder),
            _ => None,
        }
    }

    /// Locks a folder, which is made if it is not there.
    ///
    /// # Errors
    /// [`LockError::Held`] while another process (or another part of this one) holds it; the system's error.
    pub fn take(folder: &Path) -> Result<FolderLock, LockError> {
        let made: Vec<PathBuf> = folder
            .ancestors()
            .take_while(|above| !above.as_os_str().is_empty() && !above.exists())
            .map(Path::to_path_buf)
            .collect();
        std::fs::create_dir_all(folder)?;
        let path = folder.join(NAME);
        loop {
            let mut file = OpenOptions::new()
                .read(true)
                .write(true)
                .create(true)
                .truncate(false)
                .open(&path)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => {
                    let mut holder = String::new();
                    // On some systems a locked file can't be read.
                    let _ = file.take(1000).read_to_string(&mut holder);
                    return Err(LockError::Held(match holder.trim() {
                        "" => "another process".into(),
                        holder => holder.into(),
                    }));
                }
                Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {}
                Err(TryLockError::Error(error)) => return Err(error.into()),
            }
            let holder = this_process();
            file.set_len(0)?;
            file.rewind()?;
            file.write_all(holder.as_bytes())?;
            // The previous holder may have removed the file between opening and locking it.
            match std::fs::read_to_string(&path) {
                Ok(found) if found != holder => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                _ => {
                    return Ok(FolderLock {
                        path,
                        made,
                        _file: file,
                    });
                }
            }
        }
    }
}

/// Opens a file for reading and writing, for this process alone; it is made, with its folder, if it is not there. The lock lasts until
/// the file is closed or the process ends, however it ends. Where the file system has no locks, nothing is locked.
///
/// # Errors
/// [`LockError::Held`] where another process has it; the system's error; anything at `path` that is no regular file.
pub fn open_alone(path: &Path) -> Result<File, LockError> {
    std::fs::create_dir_all(crate::whole::folder_of(path))?;
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NONBLOCK);
    let file = options.open(path)?;
    crate::regular::must_be_regular(file.metadata()?.file_type())?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(LockError::Held("another process".into())),
        Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => Ok(file),
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}

impl Drop for FolderLock {
    fn drop(&mut self) {
        // Removed while the lock is held, so that it can't be the file of another holder.
        let _ = std::fs::remove_file(&self.path);
        // `remove_dir` removes only empty folders.
        let _ = self.made.iter().try_for_each(std::fs::remove_dir);
    }
}

/// Process id, host and time, in words.
fn this_process() -> String {
    let host = ["/proc/sys/kernel/hostname", "/etc/hostname"]
        .iter()
        .find_map(|path| crate::read_text(Path::new(path), 1000).ok())
        .or_else(|| std::env::var("HOSTNAME").ok())
        .or_else(|| std::env::var("COMPUTERNAME").ok())
        .unwrap_or_default();
    let host = match host.trim() {
        "" => "this machine",
        host => host,
    };
    format!(
        "process {} on {host} since {}",
        std::process::id(),
        Timestamp::now().strftime("%Y-%m-%d %H:%M:%S UTC")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_opened_by_one_at_a_time() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("new/file");
        let file = open_alone(&path).unwrap();
        assert!(matches!(open_alone(&path), Err(LockError::Held(_))));
        drop(file);
        open_alone(&path).unwrap();
        assert!(matches!(open_alone(home.path()), Err(LockError::Io(_))));
    }

    #[test]
    fn a_second_lock_fails_with_the_holder_until_the_first_is_dropped() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("run");
        let lock = FolderLock::take(&folder).unwrap();
        let Err(LockError::Held(holder)) = FolderLock::take(&folder) else {
            panic!("locked twice");
        };
        let words = format!("process {} on ", std::process::id());
        assert!(
            holder.starts_with(&words) && holder.contains(" since 2"),
            "{holder}"
        );
        assert_eq!(FolderLock::holder(&folder).unwrap(), holder);
        // As an error of the system it keeps its words.
        let error = io::Error::from(LockError::Held(holder.clone()));
        assert_eq!(error.kind(), io::ErrorKind::ResourceBusy);
        assert_eq!(
            error.to_string(),
            format!("another process writes into it ({holder})")
        );
        drop(lock);
        assert_eq!(FolderLock::holder(&folder), None);
        assert!(!folder.join(NAME).exists());
        assert!(!folder.exists());
        // A file left by a killed process is not locked.
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join(NAME), "process 1 on elsewhere").unwrap();
        FolderLock::take(&folder).unwrap();
    }
}
