//! Every format against reference decoders, seeking against sequential reading, and damaged files.

mod bad_input;
mod chains;
mod changed_lengths;
mod claims;
mod containers;
mod files;
mod formats;
mod matroska;
mod mutated;
mod ogg;
mod seeking;
mod table;
