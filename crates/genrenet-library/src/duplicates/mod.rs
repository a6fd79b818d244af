//! Songs that are the same recording: re-encoded, shifted, cut, louder or quieter.

mod alignment;
mod find;
mod fingerprint;
mod groups;
mod sampled_items;

pub use find::{Duplicates, Fingerprints, Pair, find};
pub use fingerprint::{Fingerprint, ITEM_SECONDS};
