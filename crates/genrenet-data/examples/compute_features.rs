//! Opens a table of audio files and computes or finds their features, as `train` does before its first step, with a small front end:
//!
//!     cargo run --release -p genrenet-data --example compute_features -- TABLE
//!
//! `GENRENET_CACHE` names the feature cache, `GENRENET_FEATURE_MEMORY` the memory in MiB. Prints how long each step takes, and a
//! thousand windows in random order.

use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use genrenet_audio::{FrontEnd, LogMelSpec, Rate, Windowing};
use genrenet_data::features::{self, Storage};
use genrenet_data::{Dataset, OpenOptions};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let table = std::env::args().nth(1).ok_or("expected a table of files")?;
    let storage = Storage::from_environment()?;
    let front_end = FrontEnd {
        log_mel: Some(LogMelSpec {
            rate: Rate::Hz(8000),
            n_fft: 512,
            hop: 256,
            n_mels: 32,
            ..LogMelSpec::default()
        }),
        windowing: Windowing {
            seconds: 1.0,
            frames: 32,
            windows: 1,
        },
        mfcc_head: None,
        segments: None,
    };
    let began = Instant::now();
    let mut dataset = Dataset::open(Path::new(&table), &OpenOptions::default())?;
    let opened = began.elapsed();
    let began = Instant::now();
    let bad = features::compute(
        &mut dataset,
        &front_end,
        None,
        &storage,
        &|_, _| {},
        &AtomicBool::new(false),
    )?;
    let computed = began.elapsed();
    let array = dataset.require_array("logmel")?;
    let mut window = vec![0.0; array.row_len()];
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let began = Instant::now();
    for _ in 0..1000 {
        array.read(rng.random_range(0..array.rows()), &mut window)?;
    }
    println!(
        "{} rows, {} bad; opened in {:.1} s, features in {:.1} s, a random window in {:.1} µs; {}",
        dataset.rows.len(),
        bad.len(),
        opened.as_secs_f64(),
        computed.as_secs_f64(),
        began.elapsed().as_secs_f64() * 1000.0,
        dataset.fingerprint
    );
    Ok(())
}
