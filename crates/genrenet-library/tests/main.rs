//! The tests of the crate, in one program: linking each of them alone took most of the time of the check.

// What several of them use.
mod mp4_bytes;
mod tag_bytes;
mod tag_edits;

mod chunk_tags;
mod fingerprint_golden;
mod flac_tags;
mod id3_tags;
mod mp4_tags;
mod mutated_tags;
mod ogg_tags;
mod taxonomy;
