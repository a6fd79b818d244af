//! The native module of the Python package `genrenet`; its public names are in `python/genrenet`.
//!
//! Every call that computes releases the interpreter's lock. What is computed for one song runs on a thread of `lanes.rs`; many songs on
//! as many of them as are asked for.

mod background;
mod error;
mod features;
mod lanes;
mod many;
mod model;
mod origin;
mod sound;
mod table;
mod tags;
mod training;
#[cfg(all(windows, target_env = "gnu"))]
mod windows_gnu;
mod workers;

use pyo3::prelude::*;

#[pymodule]
fn _genrenet(module: &Bound<'_, PyModule>) -> PyResult<()> {
    // The library makes an error of a decoder's fault; nothing is printed for it.
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if !genrenet::audio::note_panic(panic) {
            usual(panic);
        }
    }));
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add_class::<model::NativeModel>()?;
    module.add_class::<many::Answers>()?;
    module.add_class::<table::NativeTable>()?;
    module.add_function(wrap_pyfunction!(model::models, module)?)?;
    module.add_function(wrap_pyfunction!(many::thread_count, module)?)?;
    module.add_function(wrap_pyfunction!(features::features, module)?)?;
    module.add_function(wrap_pyfunction!(training::train, module)?)?;
    module.add_function(wrap_pyfunction!(training::evaluate, module)?)?;
    module.add_function(wrap_pyfunction!(tags::plan, module)?)?;
    module.add_function(wrap_pyfunction!(tags::apply_plan, module)?)?;
    module.add_function(wrap_pyfunction!(tags::undo_journal, module)?)?;
    Ok(())
}
