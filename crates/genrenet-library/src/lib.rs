//! A person's music library: genre tags that are planned, verified and undone, and genres of one's own.
//!
//! - [`tags`]: what a music file holds, and the splices that change one field of it and nothing else;
//! - [`plan`]: what is to be written into which file and why, written with verification, and undone;
//! - [`audit`]: songs whose tag and sound disagree, spelling variants of one genre;
//! - [`duplicates`]: songs that are the same recording, re-encoded, shifted, cut or louder;
//! - [`taxonomy`]: a person's genres, to which the genres of models are mapped.
#![deny(clippy::print_stdout, clippy::print_stderr)]
#![cfg_attr(not(test), deny(clippy::disallowed_methods))]

pub mod audit;
pub mod duplicates;
pub mod index;
pub mod plan;
pub mod playlist;
pub mod tags;
pub mod taxonomy;
