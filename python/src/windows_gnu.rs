//! A second name of the module's entry. For Windows' GNU target maturin (1.14 to 1.16) tells the linker to export the entry under the module's dotted name,
//! which must therefore exist; Python looks for the usual one.

use std::ffi::c_void;

unsafe extern "C" {
    #[link_name = "PyInit__genrenet"]
    fn usual_entry() -> *mut c_void;
}

// SAFETY: nothing else has this name.
#[unsafe(export_name = "PyInit_genrenet._genrenet")]
extern "C" fn entry() -> *mut c_void {
    // SAFETY: both are called by Python alone, in the same way.
    unsafe { usual_entry() }
}
