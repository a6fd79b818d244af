//! Changes of a file as splices: at a position, some bytes are replaced by others.

use std::io::{self, Read, Seek, SeekFrom, Write};

/// At `at` (in the file before any change), `remove` bytes are replaced by `insert`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Splice {
    /// Position in the file as it is.
    pub at: u64,
    /// How many bytes are taken out there.
    pub remove: u64,
    /// What takes their place.
    pub insert: Vec<u8>,
}

/// Writes `source` with the splices, which stand in the order of their positions and don't overlap.
///
/// # Errors
/// The system's error; splices out of order, or beyond the end.
pub fn write_spliced(
    source: &mut (impl Read + Seek),
    splices: &[Splice],
    out: &mut impl Write,
) -> io::Result<()> {
    source.seek(SeekFrom::Start(0))?;
    let mut at = 0;
    for splice in splices {
        copy_exactly(source, splice.at.checked_sub(at).ok_or_else(disorder)?, out)?;
        copy_exactly(source, splice.remove, &mut io::sink())?;
        out.write_all(&splice.insert)?;
        at = splice.at + splice.remove;
    }
    io::copy(source, out)?;
    Ok(())
}

/// The splices that undo `splices`: they restore `source` from what [`write_spliced`] makes of it.
///
/// # Errors
/// As [`write_spliced`].
pub fn inverse(source: &mut (impl Read + Seek), splices: &[Splice]) -> io::Result<Vec<Splice>> {
    let mut undo = Vec::with_capacity(splices.len());
    let (mut at, mut shift) = (0, 0i128);
    for splice in splices {
        if splice.at < at {
            return Err(disorder());
        }
        at = splice.at + splice.remove;
        source.seek(SeekFrom::Start(splice.at))?;
        let mut insert = Vec::new();
        source.take(splice.remove).read_to_end(&mut insert)?;
        if insert.len() as u64 != splice.remove {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        undo.push(Splice {
            at: u64::try_from(i128::from(splice.at) + shift).map_err(|_| disorder())?,
            remove: splice.insert.len() as u64,
            insert,
        });
        shift += splice.insert.len() as i128 - i128::from(splice.remove);
    }
    Ok(undo)
}

fn copy_exactly(source: &mut impl Read, length: u64, out: &mut impl Write) -> io::Result<()> {
    match io::copy(&mut source.take(length), out)? == length {
        true => Ok(()),
        false => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}

fn disorder() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, "splices overlap")
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_inverse_restores_every_byte(
            bytes in prop::collection::vec(any::<u8>(), 0..200),
            cuts in prop::collection::vec((0u64..40, 0u64..20, prop::collection::vec(any::<u8>(), 0..9)), 0..8),
        ) {
            let mut splices = Vec::new();
            let mut at = 0;
            for (gap, remove, insert) in cuts {
                if at + gap + remove > bytes.len() as u64 {
                    break;
                }
                splices.push(Splice { at: at + gap, remove, insert });
                at += gap + remove;
            }
            let mut changed = Vec::new();
            write_spliced(&mut Cursor::new(&bytes), &splices, &mut changed).unwrap();
            let undo = inverse(&mut Cursor::new(&bytes), &splices).unwrap();
            let mut restored = Vec::new();
            write_spliced(&mut Cursor::new(&changed), &undo, &mut restored).unwrap();
            prop_assert_eq!(restored, bytes);
        }
    }
}
