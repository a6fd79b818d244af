//! A file written anew: to a copy, verified, renamed.

use std::fs::{File, Metadata};
use std::io::{BufWriter, Seek, SeekFrom, Write};
use std::path::Path;

use genrenet_files::NewFile;

use super::error::PlanError;
use super::song_file::content_digest;
use crate::tags::splice::{Splice, write_spliced};

/// Writes `path`, which `source` reads, with the splices. `check` is given the copy, open for reading, its length and the SHA-256 of
/// its content, and is called before the copy takes the place of the file.
pub(crate) fn rewrite(
    path: &Path,
    mut source: File,
    splices: &[Splice],
    check: impl FnOnce(File, u64, String) -> Result<(), PlanError>,
) -> Result<(), PlanError> {
    let before = source.metadata()?;
    let mut copy = NewFile::replacing(path)?;
    match splices
        .iter()
        .all(|splice| splice.insert.len() as u64 == splice.remove)
    {
        // All other blocks stay shared with the file where the file system can do that.
        true => {
            copy.copy_of(&mut source)?;
            for splice in splices {
                copy.seek(SeekFrom::Start(splice.at))?;
                copy.write_all(&splice.insert)?;
            }
        }
        false => {
            let mut out = BufWriter::with_capacity(256 * 1024, &mut copy);
            write_spliced(&mut source, splices, &mut out)?;
            out.flush()?;
        }
    }
    let mut written = copy.reopen()?;
    let (length, digest) = (written.metadata()?.len(), content_digest(&mut written)?);
    written.rewind()?;
    check(written, length, digest)?;
    // An open file can't be replaced on Windows.
    drop(source);
    if !same_file(&before, &std::fs::metadata(copy.path())?) {
        return Err(PlanError::Changed(
            "it was changed by another program meanwhile".into(),
        ));
    }
    Ok(copy.finish()?)
}

/// Whether a file was not touched between two looks at it.
fn same_file(before: &Metadata, now: &Metadata) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        if (before.dev(), before.ino()) != (now.dev(), now.ino()) {
            return false;
        }
    }
    before.len() == now.len() && before.modified().ok() == now.modified().ok()
}
