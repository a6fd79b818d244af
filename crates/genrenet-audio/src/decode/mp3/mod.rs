//! MPEG-1, -2 and -2.5 layer III to mono; only what is needed is decoded.
//!
//! In the order in which data passes: [`framing`] finds frames among tags and junk; [`header`] and [`side_info`] parse
//! the fields of a frame, [`gapless`] the encoder's tag in the first one; [`plan`] decides how much of a
//! granule is needed; [`granule`] decodes one: [`scale`] factors, [`huffman`] codes (read through [`bits`], laid out by
//! [`bands`]), joint [`stereo`], the [`hybrid`] transform, the [`polyphase`] filter bank. [`seek_table`] shortens seeking; [`stream`] is one stream, [`streams`] are those of a file.
//!
//! The reference is ffmpeg's decoder, sample by sample; `docs/FORMATS.md` has the policy for delay, padding and damage. The only exception: where a
//! stream was cut, so that a frame lacks bits, the frame is silent (as in mpg123 and librosa).

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
