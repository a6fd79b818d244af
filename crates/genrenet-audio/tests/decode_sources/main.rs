//! Every format against reference decoders, seeking against reading through, and damage of every kind.

mod bad_input;
mod containers;
mod files;
mod formats;
mod mutated;
mod seeking;
mod table;
