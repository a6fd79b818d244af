//! The layers, one file each.

mod dense;

pub use dense::Dense;
