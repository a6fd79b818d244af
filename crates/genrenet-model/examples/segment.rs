//! Times one 3 s segment through a shipped backbone, for `reference/musicnn/bench.py --ours`; set `RAYON_NUM_THREADS` to 1.
//!
//! `cargo run --release -p genrenet-model --example segment -- msd` (or `mtt`) reads numbers from standard input, a line each; for
//! `N` it runs N segments, one at a time, and prints the milliseconds of processor time of one.

use std::error::Error;
use std::io::{BufRead, Write};
use std::path::Path;

use genrenet_model::{Bundle, FeatureKind, Raw, RawArray};

/// Milliseconds of processor time of this process.
fn processor_ms() -> Result<f64, Box<dyn Error>> {
    // In nanoseconds, of the main thread.
    let text = std::fs::read_to_string("/proc/self/schedstat")?;
    let nanoseconds: f64 = text.split(' ').next().unwrap_or_default().parse()?;
    Ok(nanoseconds / 1e6)
}

fn main() -> Result<(), Box<dyn Error>> {
    let name = std::env::args().nth(1).ok_or("expected msd or mtt")?;
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models");
    let bundle = Bundle::load(&models.join(format!("{name}50")))?;
    let input = &bundle.members[0].inputs[0];
    let (frames, bands) = (input.frames(), input.raw_features());
    let mut row = Raw::new();
    let values = 0..frames * bands;
    let array = RawArray {
        shape: vec![frames, bands],
        data: values.map(|i| 1.0 + (i as f32 * 0.37).sin()).collect(),
    };
    row.insert(FeatureKind::Segments, array);
    let rows = [row];
    for line in std::io::stdin().lock().lines() {
        let count: u32 = line?.trim().parse()?;
        let began = processor_ms()?;
        for _ in 0..count {
            std::hint::black_box(bundle.predict(&rows)?);
        }
        let each = (processor_ms()? - began) / f64::from(count);
        println!("{each}");
        std::io::stdout().flush()?;
    }
    Ok(())
}
