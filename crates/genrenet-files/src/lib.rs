//! Files from elsewhere opened with bounds, and files of our own written whole or not at all.
//!
//! - [`open`], [`read`], [`read_text`]: only regular files are ever opened, and never more is read than the caller states;
//! - [`append`], [`write_whole`], [`NewFile`], [`NewFolder`]: written aside, then renamed, so that a kill, a full disk or Ctrl-C leaves
//!   what was there before; [`remove_unfinished_and_exit`] for Ctrl-C;
//! - [`FolderLock`]: one writer a folder;
//! - [`is_plain_name`], [`plain_name`]: names from files are never paths.
//!
//! Nothing here knows of music. Errors are [`std::io::Error`]s without the path: callers put it in front.

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
