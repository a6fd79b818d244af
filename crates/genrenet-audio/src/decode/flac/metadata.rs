//! The metadata before the frames of a FLAC file: blocks, of which only STREAMINFO is read.

use super::info::Info;
use crate::decode::Input;
use crate::error::AudioError;

/// Where the metadata ends, and its STREAMINFO.
#[derive(Debug, Clone, Copy)]
pub(super) struct Metadata {
    pub end: u64,
    /// Where STREAMINFO ends: no frame begins before that.
    pub least_end: u64,
    pub info: Option<Info>,
}

impl Metadata {
    /// Goes through the blocks of the stream at byte `start` by their lengths; an invalid one ends that.
    pub(super) fn read(input: &mut Input, start: u64) -> Result<Self, AudioError> {
        let mut metadata = Self {
            end: start + 4,
            least_end: start + 4,
            info: None,
        };
        let mut header = [0; 4];
        while input.read_at(metadata.end, &mut header)? == 4 {
            let [kind, length @ ..] = header;
            let length = length.iter().fold(0u64, |n, &b| n << 8 | u64::from(b));
            let content = metadata.end + 4;
            if kind & 0x7f == 127 || content + length > input.len() {
                break;
            }
            if kind & 0x7f == 0 && metadata.info.is_none() {
                let mut bytes = [0; Info::BYTES];
                let n = input.read_at(content, &mut bytes)?;
                metadata.info = Info::parse(&bytes[..n]);
                metadata.least_end = content + length;
            }
            metadata.end = content + length;
            if kind & 0x80 != 0 {
                break;
            }
        }
        Ok(metadata)
    }
}
