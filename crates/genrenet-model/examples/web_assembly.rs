//! A bundle and a recording in WebAssembly: what a page in the browser calls. `cargo xtask targets wasm32-unknown-unknown` builds
//! it and runs it in Node.js.
//!
//! Bytes come one by one, so that no function takes a pointer.

use std::sync::Mutex;

use genrenet_audio::{Input, song_features};
use genrenet_model::{Bundle, Prediction};

/// `model.toml`, `weights.safetensors`, `learned_rows.bin`, recording.
static FILES: Mutex<[Vec<u8>; 4]> = Mutex::new([const { Vec::new() }; 4]);
static ANSWER: Mutex<Option<(Vec<String>, Prediction)>> = Mutex::new(None);

/// Adds a byte to a file.
// SAFETY: no other function of this name is linked.
#[unsafe(no_mangle)]
pub extern "C" fn push(file: u32, byte: u32) {
    if let Ok(mut files) = FILES.lock()
        && let Some(file) = files.get_mut(file as usize)
    {
        file.push(byte as u8);
    }
}

/// Classifies the recording; returns the number of genres, or −1 where it can't.
// SAFETY: no other function of this name is linked.
#[unsafe(no_mangle)]
pub extern "C" fn classify() -> i32 {
    let answer = answer();
    let genres = answer
        .as_ref()
        .map_or(-1, |(genres, _)| genres.len() as i32);
    if let Ok(mut kept) = ANSWER.lock() {
        *kept = answer;
    }
    genres
}

fn answer() -> Option<(Vec<String>, Prediction)> {
    let [description, weights, learned, recording] = &*FILES.lock().ok()?;
    let description = std::str::from_utf8(description).ok()?;
    let model = Bundle::load_bytes(description, weights, learned).ok()?;
    let features = song_features(Input::bytes(recording.clone()), &model.front_end?).ok()?;
    let prediction = model.classify(&features).ok()?;
    Some((model.genres, prediction))
}

fn of_answer<T: Default>(get: impl FnOnce(&[String], &Prediction) -> Option<T>) -> T {
    let kept = ANSWER.lock().ok();
    let found = kept.as_deref().and_then(|kept| {
        let (genres, prediction) = kept.as_ref()?;
        get(genres, prediction)
    });
    found.unwrap_or_default()
}

/// The probability of the genre of this rank.
// SAFETY: no other function of this name is linked.
#[unsafe(no_mangle)]
pub extern "C" fn probability(rank: u32) -> f32 {
    of_answer(|_, p| Some(p.probabilities[*p.ranking.get(rank as usize)?]))
}

/// The number of bytes of the name of the genre of this rank.
// SAFETY: no other function of this name is linked.
#[unsafe(no_mangle)]
pub extern "C" fn genre_length(rank: u32) -> u32 {
    of_answer(|genres, p| Some(genres[*p.ranking.get(rank as usize)?].len() as u32))
}

/// A byte of that name.
// SAFETY: no other function of this name is linked.
#[unsafe(no_mangle)]
pub extern "C" fn genre_byte(rank: u32, at: u32) -> u32 {
    of_answer(|genres, p| {
        let name = &genres[*p.ranking.get(rank as usize)?];
        name.as_bytes().get(at as usize).map(|&byte| byte.into())
    })
}

/// Whether the answer is "unsure": 1 or 0.
// SAFETY: no other function of this name is linked.
#[unsafe(no_mangle)]
pub extern "C" fn unsure() -> u32 {
    of_answer(|_, p| Some(p.unsure.into()))
}
