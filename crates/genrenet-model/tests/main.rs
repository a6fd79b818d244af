//! The tests of the crate, in one program: linking each of them alone took most of the time of the check.

// What several of them use.
mod small;

mod bundle_files;
mod bundle_replaced;
mod bundle_untrusted;
mod explain;
mod explain_segments;
mod musicnn;
mod onnx;
mod onnx_metadata;
mod wide;
