//! What the page calls: one song at a time, read as it is needed. docs/WEB.md describes the boundary.
//!
//! The page writes the name of a file into [`buffer`] and calls [`classify`], [`along`], [`explain`] or [`spectrogram`] with its length in
//! bytes; what they find goes to the page through `page::give`. To cancel, the page ends the worker.

mod page;
mod picture;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

use genrenet::audio::Input;
use genrenet::model::Bundle;
use genrenet::{Answer, Error, Sound, shipped};
use genrenet_files::{is_companion, is_system_folder};
use serde_json::{Value, json};

use crate::page::{File, Given, Steps, give};

static MODEL: OnceLock<Bundle> = OnceLock::new();
/// The name of the file, as the page wrote it.
static BUFFER: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// Loads the model and gives its name, genres, broader genres, attributes and licence as JSON.
// SAFETY: no other function of this name is linked.
#[unsafe(no_mangle)]
pub extern "C" fn start() {
    std::panic::set_hook(Box::new(|fault| {
        give(Given::Fault, fault.to_string().as_bytes());
    }));
    give_json(Given::Model, &about(model()));
}

/// Makes room for `length` bytes and returns where.
// SAFETY: no other function of this name is linked.
#[unsafe(no_mangle)]
pub extern "C" fn buffer(length: usize) -> *mut u8 {
    let mut buffer = BUFFER.lock().unwrap_or_else(PoisonError::into_inner);
    buffer.clear();
    buffer.resize(length, 0);
    buffer.as_mut_ptr()
}

/// Gives the answer for the file of `length` bytes as JSON: the object of `genrenet classify --json`.
// SAFETY: no other function of this name is linked.
#[unsafe(no_mangle)]
pub extern "C" fn classify(length: f64) {
    let path = name();
    let result = genrenet::classify(model(), file(length));
    give_json(Given::Answer, &Answer { path, result }.to_json(model()));
}

/// Gives what decided for the genre at this position of the model's genres (the most probable one, if it is negative): the
/// object of `explain.json`, and the picture of the segment that it is of. Progress is reported in forward passes.
// SAFETY: no other function of this name is linked.
#[unsafe(no_mangle)]
pub extern "C" fn explain(length: f64, genre: i32) {
    let genre = usize::try_from(genre).ok();
    match genrenet::explain(model(), file(length), genre, &Steps) {
        Ok(explained) => {
            give(Given::Segment, &picture::of_levels(&explained.spectrogram));
            give_json(Given::Explanation, &explained.to_json(model(), &name()));
        }
        Err(error) => give_error(&error),
    }
}

/// Gives the probabilities of all genres along the song, as `along` of `explain.json` has them.
// SAFETY: no other function of this name is linked.
#[unsafe(no_mangle)]
pub extern "C" fn along(length: f64) {
    match genrenet::closely_along_song(model(), file(length)) {
        Ok(along) => {
            let rows = along.probabilities.chunks(along.genres.len());
            let windows = along.starts.iter().zip(rows);
            let windows = windows.map(|(start, row)| json!({"start": start, "probabilities": row}));
            let found = json!({
                "genres": along.genres,
                "window_seconds": along.window,
                "windows": windows.collect::<Vec<_>>(),
            });
            give_json(Given::Along, &found);
        }
        Err(error) => give_error(&error),
    }
}

/// Whether the file of this path, found in a folder, is passed over by the program as well: 1 or 0. Pictures, texts, hidden files.
// SAFETY: no other function of this name is linked.
#[unsafe(no_mangle)]
pub extern "C" fn is_passed_over() -> u32 {
    let path = name();
    (is_companion(&path) || path.ancestors().skip(1).any(is_system_folder)).into()
}

/// Gives the picture of the whole song.
// SAFETY: no other function of this name is linked.
#[unsafe(no_mangle)]
pub extern "C" fn spectrogram(length: f64) {
    match genrenet::linear_spectrogram(file(length)) {
        Ok(spectrogram) => give(Given::Song, &picture::of_song(&spectrogram)),
        Err(error) => give_error(&error),
    }
}

fn model() -> &'static Bundle {
    MODEL.get_or_init(|| match shipped::load(shipped::DEFAULT) {
        Ok(model) => model,
        Err(error) => panic!("the model can't be loaded: {error}"),
    })
}

fn about(model: &Bundle) -> Value {
    let attributes = model.attributes().iter().map(|attribute| &attribute.name);
    json!({
        "name": model.card.name,
        "version": model.card.version,
        "license": model.card.license,
        "genres": model.genres,
        "parents": model.parents,
        "attributes": attributes.collect::<Vec<_>>(),
    })
}

fn name() -> PathBuf {
    let buffer = BUFFER.lock().unwrap_or_else(PoisonError::into_inner);
    Path::new(&*String::from_utf8_lossy(&buffer)).to_path_buf()
}

fn file(length: f64) -> Sound {
    match Input::reader(File::new(length as u64)) {
        Ok(input) => input.into(),
        // Only seeking to the end can fail, and this file's never does.
        Err(_) => Vec::new().into(),
    }
}

fn give_json(kind: Given, value: &Value) {
    give(kind, value.to_string().as_bytes());
}

fn give_error(error: &Error) {
    give(Given::Error, error.to_string().as_bytes());
}
