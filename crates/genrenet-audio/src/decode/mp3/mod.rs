//! MPEG-1, -2 and -2.5 layer III to mono, and only what is heard.
//!
//! The tour, in the order in which a byte meets it: [`framing`] finds frames among tags and junk; [`header`] and [`side_info`] are
//! what a frame says about itself, [`gapless`] what the first one says about the encoder; [`plan`] decides how much of a
//! granule is wanted; [`granule`] decodes one: [`scale`] factors, [`huffman`] codes (read through [`bits`], laid out by
//! [`bands`]), joint [`stereo`], the [`hybrid`] transform, the [`polyphase`] filter bank. [`seek_table`] make seeking short.
//!
//! The reference is ffmpeg's decoder, sample by sample; `docs/FORMATS.md` has the policy for delay, padding and damage. Only where a
//! stream was cut, so that a frame lacks bits, silence is the rule (mpg123, librosa).

mod bands;
mod bits;
mod framing;
mod gapless;
mod granule;
mod header;
mod huffman;
mod huffman_codes;
mod huffman_tables;
mod hybrid;
mod plan;
mod polyphase;
mod scale;
mod seek_table;
mod side_info;
mod stereo;
mod stream;
mod streams;

pub(crate) use streams::open;
