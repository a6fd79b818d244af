//! Times one 3 s window through a network shaped like musicnn's (Pons and Serra 2019); set `RAYON_NUM_THREADS` to 1.
//!
//! `cargo run --release -p genrenet-nn --example window -- pruned` prints milliseconds of CPU time (the least of many
//! rounds, and their median) and GFLOP/s, counted as if each product were formed; `dense` has all of its filters, `layers`
//! as the second word prints each part's time. Weights are random. Instructions: `GENRENET_ISA`.

use std::time::Instant;

use genrenet_nn::{
    Initialiser, Inputs, Layer, LayerSpec, Network, NetworkSpec, Scratch, Sequential, Tensor,
};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

const WINDOW: [usize; 3] = [187, 96, 1];

/// Filters of the two timbral and the three temporal convolutions, and of the three behind them.
fn filters(kind: &str) -> ([usize; 5], [usize; 3]) {
    match kind {
        "pruned" => ([23, 14, 3, 7, 17], [20, 64, 64]),
        "dense" => ([204, 204, 51, 51, 51], [64, 64, 64]),
        other => panic!("pruned or dense, not {other}"),
    }
}

fn front(filters: [usize; 5]) -> [String; 5] {
    let kernels = [
        ([7, 38], "[3,0]", 59),
        ([7, 67], "[3,0]", 30),
        ([128, 1], "\"same\"", 96),
        ([64, 1], "\"same\"", 96),
        ([32, 1], "\"same\"", 96),
    ];
    std::array::from_fn(|i| {
        let (filters, (kernel, padding, across)) = (filters[i], kernels[i]);
        format!(
            r#"[{{"kind":"conv","filters":{filters},"kernel":{kernel:?},"padding":{padding}}},{{"kind":"relu"}},
               {{"kind":"batch_norm","eps":1e-3}},{{"kind":"max_pool","size":[1,{across}]}}]"#
        )
    })
}

/// Three convolutions, each over the output of the one before, all outputs and the input side by side.
fn middle(filters: [usize; 3]) -> String {
    let conv = |filters: usize| {
        format!(
            r#"{{"kind":"conv","filters":{filters},"kernel":[7,1]}},{{"kind":"relu"}},{{"kind":"batch_norm","eps":1e-3}}"#
        )
    };
    let beside = |layers: String| format!(r#"{{"kind":"parallel","paths":[[],[{layers}]]}}"#);
    let last = format!(r#"{{"kind":"residual","layers":[{}]}}"#, conv(filters[2]));
    let second = format!("{},{}", conv(filters[1]), beside(last));
    beside(format!("{},{}", conv(filters[0]), beside(second)))
}

const END: &str = r#"{"kind":"global_pool","of":["max","mean"]},{"kind":"batch_norm","eps":1e-3},
    {"kind":"dense","units":200},{"kind":"relu"},{"kind":"batch_norm","eps":1e-3}"#;

fn network(kind: &str) -> Network {
    let (first, rest) = filters(kind);
    let spec = format!(
        r#"{{"branches":[{{"input":"x","layers":[{{"kind":"batch_norm","eps":1e-3}},
            {{"kind":"parallel","paths":[{}]}},{},{END}]}}],"heads":[{{"name":"tags","outputs":50}}]}}"#,
        front(first).join(","),
        middle(rest)
    );
    let spec: NetworkSpec = serde_json::from_str(&spec).expect("a network");
    Network::new(&spec, &[("x".to_string(), WINDOW.to_vec())], 1).expect("layers")
}

fn random(shape: &[usize]) -> Tensor {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let mut x = Tensor::zeros(shape);
    let values = x.data.iter_mut();
    values.for_each(|v| *v = rng.random::<f32>() * 2.0 - 1.0);
    x
}

/// CPU time of all threads in milliseconds, where the system reports it; else by the clock.
#[cfg(unix)]
fn cpu_ms() -> f64 {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: the call writes one timespec, to a valid place.
    unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut time) };
    time.tv_sec as f64 * 1e3 + time.tv_nsec as f64 / 1e6
}

#[cfg(not(unix))]
fn cpu_ms() -> f64 {
    static START: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    START.get_or_init(Instant::now).elapsed().as_secs_f64() * 1e3
}

/// The least and the median milliseconds of a call, over half a second and at least ten calls.
fn time(mut call: impl FnMut()) -> [f64; 2] {
    let mut times = Vec::new();
    let start = Instant::now();
    call();
    while times.len() < 10 || start.elapsed().as_millis() < 500 {
        let before = cpu_ms();
        call();
        times.push(cpu_ms() - before);
    }
    times.sort_by(f64::total_cmp);
    [times[0], times[times.len() / 2]]
}

fn print(name: &str, [least, median]: [f64; 2], multiply_adds: u64) {
    let speed = 2e-6 * multiply_adds as f64 / median;
    let million = multiply_adds as f64 / 1e6;
    println!(
        "{name:10} {median:8.3} ms (least {least:.3}), {million:.0} M multiply-adds, {speed:.0} GFLOP/s"
    );
}

fn print_layers(kind: &str) {
    let (first, rest) = filters(kind);
    let mut parts: Vec<(&str, String, Vec<usize>)> = ["7x38", "7x67", "128x1", "64x1", "32x1"]
        .into_iter()
        .zip(front(first))
        .map(|(name, layers)| (name, layers, WINDOW.to_vec()))
        .collect();
    let joined = first.iter().sum();
    let all = joined + rest.iter().sum::<usize>();
    parts.push((
        "middle",
        format!("[{}]", middle(rest)),
        vec![187, 1, joined],
    ));
    parts.push(("end", format!("[{END}]"), vec![187, 1, all]));
    for (name, layers, shape) in parts {
        let specs: Vec<LayerSpec> = serde_json::from_str(&layers).expect("layers");
        let layers =
            Sequential::new(&specs, "n", &shape, &mut Initialiser::seeded(1)).expect("layers");
        let x = random(&[&[1], &shape[..]].concat());
        let (mut y, mut scratch) = (Tensor::default(), Scratch::new());
        print(
            name,
            time(|| layers.infer(&x, &mut y, &mut scratch)),
            layers.multiply_adds(),
        );
    }
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let kind = words.first().map_or("pruned", String::as_str);
    if words.get(1).is_some_and(|word| word == "layers") {
        return print_layers(kind);
    }
    let network = network(kind);
    let multiply_adds = network.summary().iter().map(|row| row.multiply_adds).sum();
    let inputs = Inputs::single("x", random(&[&[1], &WINDOW[..]].concat()));
    let mut scratch = Scratch::new();
    let times = time(|| {
        let tags = network.infer(&inputs, &mut scratch);
        assert!(tags[0].data[0].is_finite());
    });
    print(kind, times, multiply_adds);
}
