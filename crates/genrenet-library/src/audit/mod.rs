//! What is odd about the genre tags of a library: songs whose tag and sound disagree, and spelling variants of one genre.

mod compare;
mod spellings;
mod worst;

pub use compare::{Comparison, compare};
pub use spellings::{Spelling, Spellings};
pub use worst::{Disagreement, Worst};
