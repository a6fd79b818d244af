//! Finding songs: files as given, folders walked, lists of paths read.

use std::io::BufRead;
use std::path::{Path, PathBuf};

use crate::data::{is_companion, is_system_folder};
use walkdir::WalkDir;

/// What a search gives: a song's path, or a place that could not be searched.
pub type Found = Result<PathBuf, (PathBuf, String)>;

/// Songs of files, folders and lists, one after the other, found while they are asked for.
///
/// Folders are walked in the order of names, links followed, a folder that contains itself named as an error. Hidden
/// files, companions of music (pictures, texts, playlists) and folders of systems (`@eaDir`) below a given folder are
/// passed over in silence; given by name they are opened like anything else.
pub struct Songs {
    given: std::vec::IntoIter<Found>,
    walk: Option<walkdir::IntoIter>,
}

impl Songs {
    /// Starts with paths as given on a command line; `-` is replaced by the lines of `list` (a path each), which are read
    /// at once: a list of a million paths is 100 MB at the most.
    pub fn new(given: Vec<PathBuf>, list: impl BufRead) -> Songs {
        let mut list = Some(list);
        let mut all = Vec::new();
        for path in given {
            match list.take_if(|_| path.as_os_str() == "-") {
                Some(list) => all.extend(lines_of(list)),
                None => all.push(Ok(path)),
            }
        }
        Songs {
            given: all.into_iter(),
            walk: None,
        }
    }

    /// The songs of everything that was not begun yet by another search, which may run ahead to count them.
    pub fn ahead(&self) -> Songs {
        Songs {
            given: self.given.clone(),
            walk: None,
        }
    }
}

/// The paths of a list, up to the line that can't be read.
fn lines_of(list: impl BufRead) -> Vec<Found> {
    let mut paths = Vec::new();
    for line in list.split(b'\n') {
        match line {
            Ok(mut bytes) => {
                if bytes.last() == Some(&b'\r') {
                    bytes.pop();
                }
                if !bytes.is_empty() {
                    paths.push(Ok(path_of(bytes)));
                }
            }
            Err(error) => {
                paths.push(Err((PathBuf::from("-"), error.to_string())));
                break;
            }
        }
    }
    paths
}

/// A path from the bytes of a list; on Unix any bytes are a path.
#[cfg(unix)]
fn path_of(bytes: Vec<u8>) -> PathBuf {
    use std::os::unix::ffi::OsStringExt;
    std::ffi::OsString::from_vec(bytes).into()
}

/// A path from the bytes of a list, which are UTF-8 here.
#[cfg(not(unix))]
fn path_of(bytes: Vec<u8>) -> PathBuf {
    String::from_utf8_lossy(&bytes).into_owned().into()
}

impl Iterator for Songs {
    type Item = Found;

    fn next(&mut self) -> Option<Found> {
        loop {
            while let Some(walk) = &mut self.walk {
                match walk.next() {
                    None => self.walk = None,
                    Some(Ok(entry)) => {
                        if entry.file_type().is_dir() {
                            if entry.depth() > 0 && is_system_folder(entry.path()) {
                                walk.skip_current_dir();
                            }
                        } else if !is_companion(entry.path()) {
                            return Some(Ok(entry.into_path()));
                        }
                    }
                    Some(Err(error)) => {
                        let path = error.path().unwrap_or(Path::new("")).to_path_buf();
                        let reason = if error.loop_ancestor().is_some() {
                            "a link that leads back into a folder above it".to_owned()
                        } else {
                            error
                                .io_error()
                                .map_or_else(|| error.to_string(), std::string::ToString::to_string)
                        };
                        return Some(Err((path, reason)));
                    }
                }
            }
            let path = match self.given.next()? {
                Ok(path) => path,
                fault => return Some(fault),
            };
            if path.is_dir() {
                self.walk = Some(
                    WalkDir::new(path)
                        .follow_links(true)
                        .sort_by_file_name()
                        .into_iter(),
                );
            } else {
                return Some(Ok(path));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(given: &[&Path], list: &str) -> Vec<Found> {
        let given = given.iter().map(|path| path.to_path_buf()).collect();
        Songs::new(given, list.as_bytes()).collect()
    }

    #[test]
    fn folders_are_walked_in_order_without_pictures_and_hidden_files() {
        let folder = tempfile::tempdir().unwrap();
        for name in [
            "b.mp3",
            "a/2.flac",
            "a/1.ogg",
            "a/cover.JPG",
            "film.avi",
            "video.mkv",
            "video.mov",
            "a/@eaDir/1.ogg/SYNOAUDIO_01APIC",
            "a/Icon\r",
            ".hidden/x.mp3",
            "no_ending",
        ] {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "x").unwrap();
        }
        let names: Vec<PathBuf> = found(&[folder.path()], "")
            .into_iter()
            .map(|found| {
                found
                    .unwrap()
                    .strip_prefix(folder.path())
                    .unwrap()
                    .to_path_buf()
            })
            .collect();
        assert_eq!(
            names,
            [
                "a/1.ogg",
                "a/2.flac",
                "b.mp3",
                "no_ending",
                "video.mkv",
                "video.mov"
            ]
            .map(PathBuf::from)
        );
    }

    #[test]
    fn a_list_stands_where_its_dash_stands() {
        let paths: Vec<PathBuf> = found(
            &["one".as_ref(), "-".as_ref(), "four".as_ref()],
            "two\r\n\nthree\n",
        )
        .into_iter()
        .map(Result::unwrap)
        .collect();
        assert_eq!(paths, ["one", "two", "three", "four"].map(PathBuf::from));
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_that_links_to_itself_is_named_once() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.mp3"), "x").unwrap();
        std::os::unix::fs::symlink(folder.path(), folder.path().join("again")).unwrap();
        let all = found(&[folder.path()], "");
        assert_eq!(all.iter().filter(|found| found.is_ok()).count(), 1);
        let fault = all.iter().find_map(|found| found.as_ref().err()).unwrap();
        assert!(fault.1.contains("leads back"), "{fault:?}");
    }
}
