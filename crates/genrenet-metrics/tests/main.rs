//! The tests of the crate, in one program: linking each of them alone took most of the time of the check.

mod bad_input;
mod golden;
mod layouts;
