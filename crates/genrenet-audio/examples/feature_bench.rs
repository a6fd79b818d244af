//! Answers `reference/bench_features.py`: for each task that is read as a line, does it and writes the CPU seconds that it took.
//!
//! `feature_bench SAMPLES.f32 RATE [FILE]`: little-endian f32, mono, and the file they come from. Tasks: `features`, `resample`
//! (both to 22 050 Hz), `log_mel` (at RATE); with FILE also `extract` (at 22 050 Hz) and `windows` (128 frames of each, at its own rate).

use std::hint::black_box;
use std::io::{BufRead, Write};
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use genrenet_audio::{
    AudioError, ExtractSpec, FrontEnd, Input, LogMelSpec, Rate, Windowing, extract, features,
    log_mel, resample, song_features,
};

/// CPU seconds of this thread so far where the system tells them, else wall-clock seconds.
fn seconds(start: Instant) -> f64 {
    // The system books a thread's time when it switches; without this it is up to 4 ms old.
    std::thread::yield_now();
    std::fs::read_to_string("/proc/thread-self/schedstat")
        .ok()
        .and_then(|text| text.split(' ').next()?.parse::<f64>().ok())
        .map_or_else(|| start.elapsed().as_secs_f64(), |ns| ns * 1e-9)
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    let (path, rate, file) = match &arguments[..] {
        [_, path, rate] => (path, rate, None),
        [_, path, rate, file] => (path, rate, Some(file)),
        _ => {
            eprintln!("usage: feature_bench SAMPLES.f32 RATE [FILE]");
            return ExitCode::from(2);
        }
    };
    let (Ok(bytes), Ok(rate)) = (std::fs::read(path), rate.parse::<u32>()) else {
        eprintln!("{path}: cannot be read, or {rate} is not a rate");
        return ExitCode::from(2);
    };
    let samples: Vec<f32> = bytes
        .chunks_exact(4)
        .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
        .collect();
    let own = LogMelSpec {
        rate: Rate::Own,
        ..LogMelSpec::default()
    };
    let front_end = FrontEnd {
        log_mel: Some(own),
        windowing: Windowing::default(),
        segments: None,
        mfcc_head: None,
    };
    let input = || match file {
        Some(file) => Input::path(Path::new(file)),
        None => Err(AudioError::Empty),
    };
    let start = Instant::now();
    for task in std::io::stdin().lock().lines().map_while(Result::ok) {
        let before = seconds(start);
        match task.as_str() {
            "features" => {
                black_box(features(black_box(&samples), rate, &ExtractSpec::default()).is_ok());
            }
            "resample" => {
                black_box(resample(black_box(&samples), rate, 22_050));
            }
            "log_mel" => {
                black_box(log_mel(black_box(&samples), rate, &own));
            }
            "extract" => {
                let found = input().and_then(|input| extract(input, &ExtractSpec::default()));
                black_box(found.is_ok());
            }
            "windows" => {
                black_box(
                    input()
                        .and_then(|input| song_features(input, &front_end))
                        .is_ok(),
                );
            }
            other => {
                eprintln!("no task {other:?}");
                return ExitCode::from(2);
            }
        }
        println!("{}", seconds(start) - before);
        if std::io::stdout().flush().is_err() {
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}
