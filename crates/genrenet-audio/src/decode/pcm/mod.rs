//! Uncompressed audio: WAV, AIFF and AU differ only in their headers.

mod aiff;
mod au;
mod chunks;
mod companding;
mod packets;
mod sample;
mod source;
mod wav;

pub(super) use aiff::open as open_aiff;
pub(super) use au::open as open_au;
pub(super) use packets::PcmPackets;
pub(super) use sample::Sample;
pub(super) use source::LOUDEST;
pub(super) use wav::open as open_wav;
