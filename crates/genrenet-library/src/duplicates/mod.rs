//! Songs that are the same recording: re-encoded, shifted, cut, louder or quieter.

mod fingerprint;

pub use fingerprint::{Fingerprint, ITEM_SECONDS};
