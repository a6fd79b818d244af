//! Atomic writes: a temporary file that is renamed when it is complete.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::{Builder, NamedTempFile};

use crate::unfinished;

/// Writes a file atomically: to a temporary file and to the disk, then renamed over `path`; missing folders are made.
///
/// # Errors
/// The system's error, and anything at `path` that is no regular file; `path` is then unchanged, and no temporary file stays.
pub fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = NewFile::create(path)?;
    file.write_all(bytes)?;
    file.finish()
}

/// A hidden temporary file that is renamed when it is finished; dropped before, it is removed.
pub struct NewFile {
    /// `None` once it has its name.
    aside: Option<NamedTempFile>,
    path: PathBuf,
}

impl NewFile {
    /// Begins a file that will be at `path`; missing folders are made.
    ///
    /// # Errors
    /// As [`write_whole`].
    pub fn create(path: &Path) -> io::Result<NewFile> {
        let folder = folder_of(path);
        NewFile::aside(path, folder)
    }

    /// As [`create`](Self::create), with the temporary file in `folder`, which must be on the file system of `path`: so that
    /// what is left of killed processes is in one place, for [`remove_left_over`](crate::remove_left_over).
    ///
    /// # Errors
    /// As [`write_whole`].
    pub fn aside(path: &Path, folder: &Path) -> io::Result<NewFile> {
        // Renaming over a device or a pipe would take it away.
        if let Ok(there) = std::fs::metadata(path)
            && !there.is_file()
        {
            let found = if there.is_dir() {
                "a folder"
            } else {
                "a device or pipe"
            };
            return Err(io::Error::new(
                io::ErrorKind::AlreadyExists,
                format!("expected a name for a file, found {found} there"),
            ));
        }
        std::fs::create_dir_all(folder_of(path))?;
        std::fs::create_dir_all(folder)?;
        #[cfg_attr(
            not(unix),
            expect(unused_mut, reason = "only Unix has permissions to set")
        )]
        let mut names = hidden_names();
        // As any new file, by the umask of the process; the default of tempfile is the owner alone.
        #[cfg(unix)]
        names.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let aside = unfinished::begin(|| names.tempfile_in(folder), NamedTempFile::path)?;
        Ok(NewFile {
            aside: Some(aside),
            path: path.to_path_buf(),
        })
    }

    /// Begins a file that takes the place of the one at `path`, with its permissions, its owner where that may be set, and its
    /// extended attributes; a symbolic link stays, and the file that it leads to is replaced.
    ///
    /// # Errors
    /// The system's error; a file that is read-only, or no regular file.
    pub fn replacing(path: &Path) -> io::Result<NewFile> {
        let path = std::fs::canonicalize(path)?;
        let meta = std::fs::metadata(&path)?;
        if meta.permissions().readonly() {
            return Err(io::Error::new(
                io::ErrorKind::PermissionDenied,
                "expected a file that may be written, found a read-only one",
            ));
        }
        let mut new = NewFile::create(&path)?;
        let file = new.file()?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            // Another owner is set by root alone; anyone else's copy is their own, as with every program that renames.
            let _ = std::os::unix::fs::fchown(&*file, Some(meta.uid()), Some(meta.gid()));
        }
        file.set_permissions(meta.permissions())?;
        #[cfg(unix)]
        copy_attributes(&path, file);
        Ok(new)
    }

    /// Adds the whole of a file, from its beginning. Where the file system can, the two share their blocks until one is written.
    ///
    /// # Errors
    /// The system's error.
    pub fn copy_of(&mut self, source: &mut File) -> io::Result<()> {
        io::Seek::rewind(source)?;
        io::copy(source, self.file()?)?;
        Ok(())
    }

    /// Opens it for reading, from its beginning, as it is so far.
    ///
    /// # Errors
    /// The system's error.
    pub fn reopen(&self) -> io::Result<File> {
        match &self.aside {
            Some(aside) => aside.reopen(),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }

    /// Writes it to the disk and renames it, replacing a file of that name.
    ///
    /// # Errors
    /// The system's error; the earlier file of that name is then untouched.
    pub fn finish(mut self) -> io::Result<()> {
        self.file()?.sync_all()?;
        self.finish_without_sync()
    }

    /// Renames it without waiting for the disk: for files with a checksum that can be computed again. After a
    /// power failure it may be truncated.
    ///
    /// # Errors
    /// As [`finish`](Self::finish).
    pub fn finish_without_sync(mut self) -> io::Result<()> {
        let Some(aside) = self.aside.take() else {
            return Ok(());
        };
        let hidden = aside.path().to_path_buf();
        let path = std::mem::take(&mut self.path);
        unfinished::end(&hidden, || {
            aside.persist(path).map(drop).map_err(|e| e.error)
        })
    }

    /// The path that it will have.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn file(&mut self) -> io::Result<&mut File> {
        match &mut self.aside {
            Some(aside) => Ok(aside.as_file_mut()),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }
}

impl Write for NewFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file()?.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file()?.flush()
    }
}

impl io::Seek for NewFile {
    fn seek(&mut self, to: io::SeekFrom) -> io::Result<u64> {
        self.file()?.seek(to)
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        if let Some(aside) = self.aside.take() {
            let hidden = aside.path().to_path_buf();
            unfinished::end(&hidden, || drop(aside));
        }
    }
}

/// Gives a file another name.
///
/// # Errors
/// The system's error.
pub fn rename(from: &Path, to: &Path) -> io::Result<()> {
    std::fs::rename(from, to)
}

/// Copies the extended attributes that can be copied: labels of file managers, ratings, origins of downloads.
#[cfg(unix)]
fn copy_attributes(from: &Path, to: &File) {
    use xattr::FileExt;
    for name in xattr::list(from).into_iter().flatten() {
        // What a file system or the rights of the process don't allow stays behind, as with cp.
        if let Ok(Some(value)) = xattr::get(from, &name) {
            let _ = to.set_xattr(&name, &value);
        }
    }
}

/// The folder of a path; the present one for a bare name.
pub(crate) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Removes the temporary files in `folder` that were last written to longer ago than `age`: those of processes that were
/// killed. What can't be read or removed is left.
pub fn remove_left_over(folder: &Path, age: Duration) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let ours = name.starts_with(PREFIX) && name.ends_with(SUFFIX);
        let meta = entry.metadata().ok().filter(|meta| ours && meta.is_file());
        let modified = meta.and_then(|meta| meta.modified().ok());
        let elapsed = modified.and_then(|modified| modified.elapsed().ok());
        if elapsed.is_some_and(|elapsed| elapsed > age) {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

const PREFIX: &str = ".genrenet-";
const SUFFIX: &str = ".part";

/// How the hidden names of what is not finished are made: `.genrenet-RANDOM.part`.
pub(crate) fn hidden_names() -> Builder<'static, 'static> {
    let mut names = Builder::new();
    names.prefix(PREFIX).suffix(SUFFIX);
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).unwrap();
        entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect()
    }

    #[test]
    fn a_file_has_its_name_only_when_it_is_finished() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/file");
        write_whole(&path, b"first").unwrap();
        let mut file = NewFile::create(&path).unwrap();
        file.write_all(b"second").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"first");
        drop(file);
        assert_eq!(std::fs::read(&path).unwrap(), b"first");
        assert_eq!(names(path.parent().unwrap()), ["file"]);
        write_whole(&path, b"third").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"third");
        assert_eq!(names(path.parent().unwrap()), ["file"]);
    }

    #[test]
    fn only_old_temporary_files_are_left_over() {
        let folder = tempfile::tempdir().unwrap();
        let (path, aside) = (folder.path().join("file"), folder.path().join("aside"));
        let file = NewFile::aside(&path, &aside).unwrap();
        std::fs::write(aside.join(".genrenet-x.part.txt"), b"").unwrap();
        let [young, old] = [Duration::from_secs(3600), Duration::ZERO];
        std::thread::sleep(Duration::from_millis(20));
        remove_left_over(&aside, young);
        assert_eq!(names(&aside).len(), 2);
        remove_left_over(&aside, old);
        assert_eq!(names(&aside), [".genrenet-x.part.txt"]);
        remove_left_over(&folder.path().join("none"), old);
        drop(file);
    }

    #[cfg(unix)]
    #[test]
    fn a_new_file_is_readable_as_any_other() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let mode = |name: &str| {
            let meta = std::fs::metadata(folder.path().join(name)).unwrap();
            meta.permissions().mode()
        };
        write_whole(&folder.path().join("ours"), b"").unwrap();
        std::fs::write(folder.path().join("plain"), b"").unwrap();
        assert_eq!(mode("ours"), mode("plain"));
    }

    #[test]
    fn a_folder_or_device_is_never_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let error = write_whole(folder.path(), b"x").unwrap_err().to_string();
        assert_eq!(error, "expected a name for a file, found a folder there");
        #[cfg(unix)]
        assert!(write_whole(Path::new("/dev/null"), b"x").is_err());
        assert_eq!(names(folder.path()), Vec::<String>::new());
    }
}
