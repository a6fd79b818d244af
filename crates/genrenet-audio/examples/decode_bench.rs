//! CPU time to decode whole files, and only what windows of 30 s with 128 frames of 2 048 samples need:
//! `cargo run --release -p genrenet-audio --example decode_bench -- FILE…`. The best of seven rounds, files and tasks interleaved.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::Instant;

use genrenet_audio::{AudioError, Input, open};

/// CPU seconds of this process as Linux counts them; elsewhere the time on the wall.
fn cpu_seconds() -> f64 {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    let counted = std::fs::read_to_string("/proc/self/schedstat").ok();
    let nanoseconds = counted.and_then(|text| text.split(' ').next()?.parse::<f64>().ok());
    nanoseconds.map_or_else(|| START.elapsed().as_secs_f64(), |n| n * 1e-9)
}

fn whole(path: &Path) -> Result<u64, AudioError> {
    let mut source = open(Input::path(path)?)?;
    let (mut run, mut frames) = (Vec::new(), 0);
    while source.read(&mut run)? > 0 {
        frames += run.len() as u64;
        run.clear();
    }
    Ok(frames)
}

fn windows(path: &Path, frames: u64) -> Result<u64, AudioError> {
    let mut source = open(Input::path(path)?)?;
    let window = u64::from(source.rate()) * 30;
    let mut ranges = Vec::new();
    for start in (0..frames).step_by(window as usize) {
        let length = window.min(frames - start);
        ranges.extend((0..128).map(|j| {
            let middle = start + (2 * j + 1) * length / 256;
            middle.saturating_sub(1024)..middle + 1024
        }));
    }
    ranges.retain(|range| range.end <= frames);
    let mut total = 0;
    source.read_ranges(&ranges, &mut |_, samples| total += samples.len() as u64)?;
    Ok(total)
}

fn main() -> Result<(), AudioError> {
    let paths: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let mut best = vec![(f64::INFINITY, f64::INFINITY, 0); paths.len()];
    for _ in 0..7 {
        for (path, best) in paths.iter().zip(&mut best) {
            let start = cpu_seconds();
            best.2 = whole(path)?;
            best.0 = best.0.min(cpu_seconds() - start);
            let start = cpu_seconds();
            windows(path, best.2)?;
            best.1 = best.1.min(cpu_seconds() - start);
        }
    }
    for (path, (whole, windows, frames)) in paths.iter().zip(best) {
        let (whole, windows) = (whole * 1e3, windows * 1e3);
        let name = path.display();
        println!(
            "{name}: {frames} sample frames, whole {whole:.1} ms, windows {windows:.1} ms ({:.0} %)",
            100.0 * windows / whole
        );
    }
    Ok(())
}
