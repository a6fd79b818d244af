//! Bounded reading of files of unknown origin, atomic writing, and locks of folders.
//!
//! - [`open`], [`read`], [`read_text`]: only regular files are opened, and no more is read than the caller allows;
//! - [`append`], [`write_whole`], [`NewFile`], [`NewFolder`]: written to a temporary file, then renamed, so that a kill, a full disk or Ctrl-C leaves
//!   what was there before; [`remove_unfinished_and_exit`] for Ctrl-C;
//! - [`FolderLock`]: one writer per folder;
//! - [`is_plain_name`], [`plain_name`]: names from files are never paths.
//!
//! Errors are [`std::io::Error`]s without the path, which callers add.

mod folder;
mod lock;
mod name;
mod regular;
mod unfinished;
mod whole;

pub use folder::NewFolder;
pub use lock::{FolderLock, LockError};
pub use name::{NAME_BYTES, is_plain_name, plain_name};
pub use regular::{append, open, read, read_text};
pub use unfinished::remove_unfinished_and_exit;
pub use whole::{NewFile, write_whole};
