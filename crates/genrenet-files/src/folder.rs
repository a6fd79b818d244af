//! A folder of files that belong together, written to a temporary folder and then moved to its place.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Component, Path, PathBuf};

use tempfile::TempDir;

use crate::unfinished;
use crate::whole::{folder_of, hidden_names};

/// Files that belong together, written to a temporary folder; dropped before it is finished, it leaves no trace.
///
/// A new folder appears with all of them in one step. Into an existing one (it may hold other files, which
/// stay) they are moved one by one in the order in which they were written: the file that refers to the others comes last, and
/// everything that can fail for lack of space is done before.
pub struct NewFolder {
    /// `None` once it is in its place.
    aside: Option<TempDir>,
    target: PathBuf,
    /// Whether `target` is there already, and `aside` in it.
    inside: bool,
    files: Vec<PathBuf>,
}

impl NewFolder {
    /// Begins the files of the folder `target`; folders above it are made.
    ///
    /// # Errors
    /// The system's error; a file at `target`.
    pub fn create(target: &Path) -> io::Result<NewFolder> {
        let there = fs::metadata(target);
        if there.as_ref().is_ok_and(|there| !there.is_dir()) {
            return Err(io::Error::new(
                io::ErrorKind::NotADirectory,
                "expected a folder or a new name, found a file there",
            ));
        }
        // Beside the target or in it: on one disk with what will be there.
        let inside = there.is_ok();
        let home = if inside { target } else { folder_of(target) };
        fs::create_dir_all(home)?;
        #[cfg_attr(
            not(unix),
            expect(unused_mut, reason = "only Unix has permissions to set")
        )]
        let mut names = hidden_names();
        #[cfg(unix)]
        names.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o777));
        let aside = unfinished::begin(|| names.tempdir_in(home), TempDir::path)?;
        Ok(NewFolder {
            aside: Some(aside),
            target: target.to_path_buf(),
            inside,
            files: Vec::new(),
        })
    }

    /// Writes one file of it: a name, or names of sub-folders and a name.
    ///
    /// # Errors
    /// The system's error; a name that leads out of the folder.
    pub fn write(&mut self, name: impl AsRef<Path>, bytes: &[u8]) -> io::Result<()> {
        let name = name.as_ref();
        let inside = |part| matches!(part, Component::Normal(_));
        if name.as_os_str().is_empty() || !name.components().all(inside) {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                format!(
                    "expected a name inside the folder, found {}",
                    name.display()
                ),
            ));
        }
        let Some(aside) = &self.aside else {
            return Err(io::ErrorKind::NotFound.into());
        };
        let path = aside.path().join(name);
        unfinished::within(|| {
            fs::create_dir_all(folder_of(&path))?;
            let mut file = File::create(path)?;
            file.write_all(bytes)?;
            file.sync_all()
        })?;
        if !self.files.iter().any(|written| written == name) {
            self.files.push(name.to_path_buf());
        }
        Ok(())
    }

    /// Moves the files to their place.
    ///
    /// # Errors
    /// The system's error; a new folder then does not exist.
    pub fn finish(mut self) -> io::Result<()> {
        let Some(aside) = self.aside.take() else {
            return Ok(());
        };
        let hidden = aside.path().to_path_buf();
        unfinished::end(&hidden, || {
            if !self.inside {
                fs::rename(&hidden, &self.target)?;
                // It has another name now: nothing is left to be removed.
                let _ = aside.keep();
                return Ok(());
            }
            for name in &self.files {
                let path = self.target.join(name);
                fs::create_dir_all(folder_of(&path))?;
                fs::rename(hidden.join(name), path)?;
            }
            aside.close()
        })
    }
}

impl Drop for NewFolder {
    fn drop(&mut self) {
        if let Some(aside) = self.aside.take() {
            let hidden = aside.path().to_path_buf();
            unfinished::end(&hidden, || drop(aside));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_new_folder_appears_with_all_its_files() {
        let home = tempfile::tempdir().unwrap();
        let target = home.path().join("a/page");
        let mut folder = NewFolder::create(&target).unwrap();
        folder.write("plots/1.svg", b"one").unwrap();
        assert!(!target.exists());
        folder.write("index", b"all").unwrap();
        folder.finish().unwrap();
        assert_eq!(names(&target), ["index", "plots"]);
        assert_eq!(names(target.parent().unwrap()), ["page"]);
    }

    #[test]
    fn a_folder_that_is_there_keeps_its_other_files() {
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join("other"), "mine").unwrap();
        fs::write(home.path().join("index"), "old").unwrap();
        let mut folder = NewFolder::create(home.path()).unwrap();
        folder.write("index", b"new").unwrap();
        assert_eq!(fs::read(home.path().join("index")).unwrap(), b"old");
        drop(folder);
        assert_eq!(names(home.path()), ["index", "other"]);
        let mut folder = NewFolder::create(home.path()).unwrap();
        folder.write("index", b"new").unwrap();
        folder.finish().unwrap();
        assert_eq!(names(home.path()), ["index", "other"]);
        assert_eq!(fs::read(home.path().join("index")).unwrap(), b"new");
        assert_eq!(fs::read(home.path().join("other")).unwrap(), b"mine");
    }

    #[test]
    fn no_name_leads_out_of_it() {
        let home = tempfile::tempdir().unwrap();
        let target = home.path().join("in");
        let mut folder = NewFolder::create(&target).unwrap();
        for name in ["../out", "a/../../out", "/out", "", "..", "."] {
            assert!(folder.write(name, b"x").is_err(), "{name}");
        }
        drop(folder);
        assert_eq!(names(home.path()), Vec::<String>::new());
    }
}
