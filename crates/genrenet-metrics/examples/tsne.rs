//! Lays out points from a file, for `reference/bench_tsne.py` and for anyone with an array of little-endian f32.
//!
//! `cargo run --release -p genrenet-metrics --example tsne -- IN.f32 N D OUT.f32 [PERPLEXITY [ITERATIONS]]` writes n
//! pairs of f32 to OUT.f32 and prints a line of JSON: seconds of wall time, divergence, perplexity used. With 0
//! iterations the pairs in OUT.f32 are measured instead: divergence, and trustworthiness over 5 neighbours.

use std::error::Error;
use std::time::Instant;

use genrenet_metrics::{TsneSpec, kl_divergence, trustworthiness, tsne};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [input, n, d, output, rest @ ..] = &arguments[..] else {
        return Err("expected IN.f32 N D OUT.f32 [PERPLEXITY [ITERATIONS]]".into());
    };
    let (n, d): (usize, usize) = (n.parse()?, d.parse()?);
    let mut spec = TsneSpec::default();
    if let Some(perplexity) = rest.first() {
        spec.perplexity = perplexity.parse()?;
    }
    if let Some(iterations) = rest.get(1) {
        spec.iterations = iterations.parse()?;
    }
    let floats = |bytes: Vec<u8>| -> Vec<f32> {
        bytes
            .chunks_exact(4)
            .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
            .collect()
    };
    let data = floats(std::fs::read(input)?);
    if spec.iterations == 0 {
        let points = floats(std::fs::read(output)?);
        let points: Vec<[f32; 2]> = points.chunks_exact(2).map(|p| [p[0], p[1]]).collect();
        let kl = kl_divergence(&data, n, d, &points, spec.perplexity);
        let trust = trustworthiness(&data, n, d, &points, 5);
        println!("{{\"kl\": {kl:.5}, \"trustworthiness\": {trust:.5}}}");
        return Ok(());
    }
    let begun = Instant::now();
    let layout = tsne(&data, n, d, &spec)?;
    let seconds = begun.elapsed().as_secs_f64();
    let bytes: Vec<u8> = layout
        .points
        .iter()
        .flatten()
        .flat_map(|v| v.to_le_bytes())
        .collect();
    std::fs::write(output, bytes)?;
    println!(
        "{{\"seconds\": {seconds:.3}, \"kl\": {:.5}, \"perplexity\": {}}}",
        layout.kl_divergence, layout.perplexity
    );
    Ok(())
}
