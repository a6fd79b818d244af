//! The tests of the crate, in one program: linking each of them alone took most of the time of the check.

// What several of them use.
mod synthetic;

mod library_page;
mod long_names;
mod missing_parts;
mod odd_drawings;
mod page_in_browser;
mod several_seeds;
mod trust;
