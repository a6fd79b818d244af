//! What is wrong with a data set, as far as its rows and arrays say it: nothing here decodes sound.
//!
//! - [`Dataset::leaks`](crate::Dataset::leaks): artists, albums, groups and copies in several subsets of the split in force.
//! - [`label_conflicts`]: copies with different genres.
//! - [`array_faults`]: rows whose features are missing, silent or constant.
//! - [`clean_split`]: a split without all that.
//! - [`near_duplicates`]: recordings that are the same though their spectrograms are not equal.

mod array_faults;
mod clean_split;
mod conflicts;
mod leaks;
mod near_duplicates;
mod spectral_shape;

pub use array_faults::{ArrayFault, FaultyRow, array_faults};
pub use clean_split::{clean_split, joined_groups};
pub use conflicts::label_conflicts;
pub use leaks::{LeakCounts, Leaks, Shared};
pub use near_duplicates::{LEAST_SIMILARITY, NearPair, near_duplicates};
