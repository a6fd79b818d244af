//! Opening and reading regular files of a bounded size.

use std::fs::{File, FileType, OpenOptions};
use std::io::{self, Read, Write};
use std::path::Path;

/// Opens a regular file for reading; links are followed.
///
/// A named pipe, socket or device is never opened: a pipe would wait for its writer, a device may never end. (Lists of paths
/// and tables that come through a pipe are read from standard input, where a command offers that.)
///
/// # Errors
/// The system's error, and [`io::ErrorKind::InvalidInput`] with "not a regular file (a folder)" and the like.
pub fn open(path: &Path) -> io::Result<File> {
    // Checked by name first: opening alone can start a device.
    must_be_regular(std::fs::metadata(path)?.file_type())?;
    let mut options = OpenOptions::new();
    options.read(true);
    // The file may have been replaced since: opening a pipe then does not block, and the handle is checked again.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NONBLOCK);
    let file = options.open(path)?;
    must_be_regular(file.metadata()?.file_type())?;
    Ok(file)
}

/// Adds bytes to the end of a regular file, which is made if it is not there, and brings them to the disk.
///
/// # Errors
/// The system's error; anything at `path` that is no regular file.
pub fn append(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NONBLOCK);
    let mut file = options.open(path)?;
    must_be_regular(file.metadata()?.file_type())?;
    file.write_all(bytes)?;
    file.sync_data()
}

pub(crate) fn must_be_regular(kind: FileType) -> io::Result<()> {
    if kind.is_file() {
        return Ok(());
    }
    Err(io::Error::new(
        io::ErrorKind::InvalidInput,
        format!("not a regular file ({})", named(kind)),
    ))
}

/// What is at a path instead of a regular file.
fn named(kind: FileType) -> &'static str {
    if kind.is_dir() {
        return "a folder";
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        if kind.is_fifo() {
            return "a pipe";
        }
        if kind.is_socket() {
            return "a socket";
        }
    }
    "a device"
}

/// Reads a regular file of at most `limit` bytes.
///
/// # Errors
/// As [`open`], and [`io::ErrorKind::FileTooLarge`] for a larger file; nothing of it is read then.
pub fn read(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let file = open(path)?;
    let size = file.metadata()?.len();
    if size > limit {
        return Err(too_large(size, limit));
    }
    let mut bytes = Vec::with_capacity(size as usize);
    // One more than allowed: a file that grows meanwhile is noticed. (Files of /proc report 0 bytes and hold more.)
    file.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(too_large(bytes.len() as u64, limit));
    }
    Ok(bytes)
}

/// Reads a regular file of at most `limit` bytes that must be UTF-8.
///
/// # Errors
/// As [`read`], and [`io::ErrorKind::InvalidData`] for other bytes.
pub fn read_text(path: &Path, limit: u64) -> io::Result<String> {
    String::from_utf8(read(path, limit)?).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        io::Error::new(
            io::ErrorKind::InvalidData,
            format!("expected UTF-8 text, found another byte at position {at}"),
        )
    })
}

fn too_large(size: u64, limit: u64) -> io::Error {
    io::Error::new(
        io::ErrorKind::FileTooLarge,
        format!("expected at most {limit} bytes, found {size}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_up_to_its_bound_and_no_further() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("five");
        std::fs::write(&path, "12345").unwrap();
        assert_eq!(read(&path, 5).unwrap(), b"12345");
        let error = read(&path, 4).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
        assert_eq!(error.to_string(), "expected at most 4 bytes, found 5");
        std::fs::write(&path, [b'a', 0xff]).unwrap();
        let error = read_text(&path, 5).unwrap_err().to_string();
        assert!(error.contains("position 1"), "{error}");
    }

    #[test]
    fn a_sparse_file_costs_no_memory() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sparse");
        File::create(&path).unwrap().set_len(1 << 40).unwrap();
        let error = read(&path, 1 << 20).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_regular_file_is_named_and_not_opened() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap();
        assert!(made.success());
        let link = folder.path().join("link");
        std::os::unix::fs::symlink("pipe", &link).unwrap();
        let socket = folder.path().join("socket");
        let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        for (path, word) in [
            (folder.path(), "a folder"),
            (&pipe, "a pipe"),
            (&link, "a pipe"),
            (&socket, "a socket"),
            (Path::new("/dev/zero"), "a device"),
        ] {
            let error = open(path).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
            assert_eq!(
                error.to_string(),
                format!("not a regular file ({word})"),
                "{}",
                path.display()
            );
        }
    }
}
