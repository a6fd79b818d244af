//! Bounded reading of files of unknown origin, atomic writing, and locks of folders.
//!
//! - [`open`], [`read`], [`read_text`]: only regular files are opened, and no more is read than the caller allows;
//! - [`append`], [`write_whole`], [`NewFile`], [`NewFolder`]: written to a temporary file, then renamed ([`rename`]), so that a kill, a full disk or Ctrl-C leaves
//!   what was there before; [`remove_unfinished_and_exit`] for Ctrl-C, [`remove_left_over`] after kills;
//! - [`FolderLock`]: one writer per folder; [`open_alone`]: one per file;
//! - [`is_plain_name`], [`plain_name`]: names from files are never paths;
//! - [`is_companion`], [`is_system_folder`]: what lies in music folders and is no music.
//!
//! Errors are [`std::io::Error`]s without the path, which callers add.
//!
//! ```
//! use genrenet_files::{FolderLock, plain_name, read_text, write_whole};
//!
//! let folder = std::env::temp_dir().join(format!("genrenet-files-{}", std::process::id()));
//! let lock = FolderLock::take(&folder)?;
//! let path = folder.join(plain_name("notes/2024")).with_extension("txt");
//! write_whole(&path, b"first")?;
//! write_whole(&path, b"second")?;
//! assert_eq!(read_text(&path, 1000)?, "second");
//! assert!(read_text(&path, 3).is_err(), "longer than 3 bytes");
//! std::fs::remove_file(&path)?;
//! drop(lock);
//! assert!(!folder.exists(), "made for the lock, and empty");
//! # Ok::<(), std::io::Error>(())
//! ```

mod companion;
mod folder;
mod lock;
mod name;
mod regular;
mod unfinished;
mod whole;

pub use companion::{is_companion, is_system_folder};
pub use folder::NewFolder;
pub use lock::{FolderLock, LockError, open_alone};
pub use name::{NAME_BYTES, is_plain_name, plain_name};
pub use regular::{append, open, read, read_text};
pub use unfinished::remove_unfinished_and_exit;
pub use whole::{NewFile, remove_left_over, rename, write_whole};
