//! The tests of the crate, in one program: linking each of them alone took most of the time of the check.

mod decode_sources;
mod features_clips;
mod features_golden;
mod features_properties;
mod features_song;
mod mp3_decoder;
