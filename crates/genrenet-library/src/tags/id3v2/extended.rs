//! The extended header of versions 2.3 and 2.4.

use super::body::Body;
use super::header::{Header, from_synchsafe};
use crate::tags::error::TagError;
use crate::tags::layout::Source;
use crate::tags::splice::Splice;

/// What an extended header says that a change has to respect.
#[derive(Default)]
pub(super) struct Extended {
    /// Whether it holds a checksum of the frames.
    checksum: bool,
    /// Position of the size of the padding, of four bytes; only in version 2.3.
    padding_at: Option<u64>,
    unsynchronised: bool,
}

impl Extended {
    /// Reads it where the header says that there is one; also the position after it.
    pub fn read(
        source: &mut dyn Source,
        header: &Header,
        at: u64,
        end: u64,
    ) -> Result<(Extended, u64), TagError> {
        if !header.has_extended() {
            return Ok((Extended::default(), at));
        }
        let wrong = || header.malformed("expected an extended header".into());
        let unsynchronised = header.whole_unsynchronised();
        let mut body = Body::new(source, at, end, unsynchronised);
        let start = body.bytes(6)?;
        let &[a, b, c, d, count, flags] = &start[..] else {
            return Err(wrong());
        };
        if header.version == 3 {
            let size = u32::from_be_bytes([a, b, c, d]);
            let rest = body.bytes(size.clamp(6, 10) as usize - 2)?;
            let checksum = count & 0x80 != 0;
            let expected = if checksum { 10 } else { 6 };
            if size != expected || rest.len() + 2 != expected as usize {
                return Err(wrong());
            }
            let extended = Extended {
                checksum,
                padding_at: Some(at + 6),
                unsynchronised,
            };
            return Ok((extended, body.at()));
        }
        let size = from_synchsafe([a, b, c, d]).ok_or_else(wrong)?;
        if size < 6 || count != 1 || !body.take(u64::from(size) - 6, &mut |_| ())? {
            return Err(wrong());
        }
        let extended = Extended {
            checksum: flags & 0x20 != 0,
            ..Extended::default()
        };
        Ok((extended, body.at()))
    }

    /// What has to be written there where the frames change and the padding gets this size.
    pub fn edit(&self, header: &Header, padding: u64) -> Result<Option<Splice>, TagError> {
        if self.checksum {
            return Err(header.unsupported("the extended header holds a checksum of the frames"));
        }
        let Some(at) = self.padding_at else {
            return Ok(None);
        };
        if self.unsynchronised {
            return Err(header.unsupported("the extended header is unsynchronised"));
        }
        Ok(Some(Splice {
            at,
            remove: 4,
            // A tag has below 2^28 bytes.
            insert: (padding as u32).to_be_bytes().to_vec(),
        }))
    }
}
