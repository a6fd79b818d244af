//! Decodes one file to mono samples: `cargo run --release -p genrenet-audio --example decode -- FILE > samples.f32`.
//!
//! What was found goes to stderr; the samples, little-endian 32-bit floats, to stdout.

use std::io::{Write, stdout};
use std::path::Path;
use std::process::ExitCode;

use genrenet_audio::{AudioError, Input, open};

fn main() -> ExitCode {
    let Some(path) = std::env::args_os().nth(1) else {
        eprintln!("usage: decode FILE > samples.f32");
        return ExitCode::from(2);
    };
    match decode(Path::new(&path)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("{}: {reason}", path.display());
            ExitCode::FAILURE
        }
    }
}

fn decode(path: &Path) -> Result<(), AudioError> {
    let mut source = open(Input::path(path)?)?;
    let mut out = stdout().lock();
    let (mut run, mut bytes, mut frames) = (Vec::new(), Vec::new(), 0u64);
    while source.read(&mut run)? > 0 {
        frames += run.len() as u64;
        bytes.clear();
        bytes.extend(run.iter().flat_map(|s| s.to_le_bytes()));
        out.write_all(&bytes)?;
        run.clear();
    }
    let (rate, channels) = (source.rate(), source.channels());
    eprintln!(
        "{}, {rate} Hz, {channels} channels, {frames} sample frames",
        source.format()
    );
    Ok(())
}
