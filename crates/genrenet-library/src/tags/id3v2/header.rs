//! The header of ten bytes, and the footer that repeats it in version 2.4.

use crate::tags::error::TagError;
use crate::tags::layout::Source;
use crate::tags::positions::bytes_at;

/// What the header states.
pub(super) struct Header {
    /// 2, 3 or 4.
    pub version: u8,
    revision: u8,
    flags: u8,
    /// Bytes between header and footer, or end.
    pub size: u32,
}

impl Header {
    pub const LENGTH: u64 = 10;

    /// The header at `at`; none where there is no `ID3`.
    pub fn read(source: &mut dyn Source, at: u64, limit: u64) -> Result<Option<Header>, TagError> {
        if at.saturating_add(Header::LENGTH) > limit {
            return Ok(None);
        }
        let bytes = bytes_at(source, at, 10)?;
        let [b'I', b'D', b'3', version, revision, flags, a, b, c, d] = bytes[..] else {
            return Ok(None);
        };
        // As in the standard's pattern of an ID3v2 tag: anything else is no tag.
        if version == 0xFF || revision == 0xFF {
            return Ok(None);
        }
        let size = from_synchsafe([a, b, c, d]);
        let header = Header {
            version,
            revision,
            flags,
            size: size.unwrap_or(0),
        };
        let known = match version {
            2 => 0x80,
            3 => 0xE0,
            4 => 0xF0,
            _ => {
                return Err(TagError::Unsupported {
                    tag: "ID3v2",
                    reason: format!("expected version 2, 3 or 4, found {version}"),
                });
            }
        };
        if size.is_none() {
            return Err(header.malformed(format!(
                "expected a size of four bytes below 128, found {:02x?}",
                &bytes[6..]
            )));
        }
        if flags & !known != 0 {
            return Err(header.unsupported(format!(
                "expected the flags of this version, found {flags:#04x}"
            )));
        }
        Ok(Some(header))
    }

    /// Such as `ID3v2.3`.
    pub fn name(&self) -> &'static str {
        match self.version {
            2 => "ID3v2.2",
            3 => "ID3v2.3",
            _ => "ID3v2.4",
        }
    }

    pub fn malformed(&self, reason: String) -> TagError {
        let tag = self.name();
        TagError::Malformed { tag, reason }
    }

    pub fn unsupported(&self, reason: impl Into<String>) -> TagError {
        TagError::Unsupported {
            tag: self.name(),
            reason: reason.into(),
        }
    }

    /// Whether everything after the header is unsynchronised (before version 2.4, where frames are, each by itself).
    pub fn whole_unsynchronised(&self) -> bool {
        self.version < 4 && self.flags & 0x80 != 0
    }

    /// Whether each frame is unsynchronised.
    pub fn frames_unsynchronised(&self) -> bool {
        self.version == 4 && self.flags & 0x80 != 0
    }

    pub fn has_extended(&self) -> bool {
        self.version >= 3 && self.flags & 0x40 != 0
    }

    pub fn has_footer(&self) -> bool {
        self.version == 4 && self.flags & 0x10 != 0
    }

    pub fn footer_length(&self) -> u64 {
        if self.has_footer() { 10 } else { 0 }
    }

    pub fn footer(&self) -> [u8; 10] {
        let [a, b, c, d] = to_synchsafe(self.size);
        let (version, revision) = (self.version, self.revision);
        [b'3', b'D', b'I', version, revision, self.flags, a, b, c, d]
    }

    /// Length of the header of a frame, and how much of it is the name.
    pub fn frame_header(&self) -> (usize, usize) {
        if self.version == 2 { (6, 3) } else { (10, 4) }
    }
}

/// Where the tag begins whose footer ends at `end`.
pub(super) fn start_of_appended(
    source: &mut dyn Source,
    from: u64,
    end: u64,
) -> Result<Option<u64>, TagError> {
    if end < from.saturating_add(2 * Header::LENGTH) {
        return Ok(None);
    }
    let bytes = bytes_at(source, end - 10, 10)?;
    let [b'3', b'D', b'I', 4, _, _, a, b, c, d] = bytes[..] else {
        return Ok(None);
    };
    let length = from_synchsafe([a, b, c, d]).map(|size| u64::from(size) + 20);
    Ok(length
        .and_then(|length| end.checked_sub(length))
        .filter(|&at| at >= from))
}

/// 28 bits as four bytes below 128.
pub(super) fn to_synchsafe(size: u32) -> [u8; 4] {
    [21, 14, 7, 0].map(|shift| (size >> shift & 0x7F) as u8)
}

/// The other way; none where a byte is 128 or more.
pub(super) fn from_synchsafe(bytes: [u8; 4]) -> Option<u32> {
    let valid = bytes.iter().all(|&byte| byte < 0x80);
    valid.then(|| {
        bytes
            .iter()
            .fold(0, |size, &byte| size << 7 | u32::from(byte))
    })
}

/// The header of a new tag.
pub(super) fn empty() -> Header {
    Header {
        version: 4,
        revision: 0,
        flags: 0,
        size: 0,
    }
}
