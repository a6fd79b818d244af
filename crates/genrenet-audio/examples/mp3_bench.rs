//! The decoder as a server for `reference/bench_decode.py`, which compares it with libav: one request a line, one answer.
//!
//! `whole PATH` decodes everything, `windows PATH` what windows of 30 s with 128 frames of 2 048 samples need, `count PATH` counts the
//! samples; the answer is a number of samples. Between requests it waits, so that its CPU time can be read from outside.

use std::io::BufRead;
use std::path::Path;

use genrenet_audio::{AudioError, Input, Source, open};

fn whole(source: &mut dyn Source) -> Result<u64, AudioError> {
    let (mut run, mut total) = (Vec::new(), 0);
    while source.read(&mut run)? > 0 {
        total += run.len() as u64;
        run.clear();
    }
    Ok(total)
}

fn windows(source: &mut dyn Source) -> Result<u64, AudioError> {
    let length = match source.frames() {
        Some(frames) => frames,
        None => source.count()?,
    };
    let window = u64::from(source.rate()) * 30;
    let mut ranges = Vec::new();
    let mut start = 0;
    while start + window / 2 <= length {
        ranges.extend((0..128).map(|column| {
            let middle = start + (2 * column + 1) * window / 256;
            middle.saturating_sub(1024)..middle + 1024
        }));
        start += window;
    }
    let mut total = 0;
    source.read_ranges(&ranges, &mut |_, samples| total += samples.len() as u64)?;
    Ok(total)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let (what, path) = line
            .split_once(' ')
            .ok_or("expected: whole|windows|count PATH")?;
        let mut source = open(Input::path(Path::new(path))?)?;
        let samples = match what {
            "whole" => whole(&mut *source)?,
            "windows" => windows(&mut *source)?,
            "count" => source.count()?,
            _ => return Err(format!("{what}: expected whole, windows or count").into()),
        };
        println!("{samples}");
    }
    Ok(())
}
