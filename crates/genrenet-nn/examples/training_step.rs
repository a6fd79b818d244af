//! Times one training step (forward, loss, backward, optimiser) of small networks, batch 32.
//!
//! `cargo run --release -p genrenet-nn --example training_step -- lstm 20` prints the median of 20 steps in milliseconds
//! of CPU time. Without arguments it prints one number for each line of standard input, which is how
//! `reference/bench_nn.py` interleaves it with other programs:
//!
//! | line | answer |
//! |---|---|
//! | `lstm 5` | milliseconds of CPU time per training step, the median of 5 |
//! | `wall cnn 5` | milliseconds by the clock |
//! | `infer cnn 1` | milliseconds of CPU time to classify a batch of 1 |
//! | `peak` | MB of memory at most so far (Linux) |
//!
//! Kinds: `cnn` (4 × convolution 3×3, batch normalisation, ReLU, max-pooling, of 16–128 channels on 128 × 128), `lstm`,
//! `gru`, `rnn` (128 units over 128 steps of 40 values), `mlp` (8–100–1, binary cross-entropy), `transformer` (one block
//! over 128 × 64 and attention pooling).

use std::io::{BufRead, Write};
use std::time::Instant;

use genrenet_nn::loss::{binary_cross_entropy, cross_entropy, one_hot};
use genrenet_nn::optim::{Optimizer, OptimizerSpec};
use genrenet_nn::{Inputs, Network, NetworkSpec, Pass, Scratch, Tensor};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

const BATCH: usize = 32;

/// Layers of a kind as in a recipe, the shape of an item, and the number of outputs.
fn network(kind: &str) -> (String, Vec<usize>, usize) {
    let block = |filters: usize| {
        format!(
            r#"{{"kind":"conv","filters":{filters},"kernel":[3,3],"bias":false}},
               {{"kind":"batch_norm"}},{{"kind":"relu"}},{{"kind":"max_pool"}},"#
        )
    };
    match kind {
        "cnn" => {
            let blocks: String = [16, 32, 64, 128].into_iter().map(block).collect();
            let layers = blocks + r#"{"kind":"global_pool"}"#;
            (layers, vec![128, 128, 1], 8)
        }
        "transformer" => {
            let layers = r#"{"kind":"transformer","heads":4},{"kind":"attention_pool"}"#;
            (layers.to_string(), vec![128, 64], 8)
        }
        "mlp" => {
            let layers = r#"{"kind":"dense","units":100},{"kind":"relu"}"#;
            (layers.to_string(), vec![8], 1)
        }
        recurrent => {
            let layers = format!(r#"{{"kind":"{recurrent}","units":128}}"#);
            (layers, vec![128, 40], 8)
        }
    }
}

struct Task {
    network: Network,
    optimizer: Optimizer,
    inputs: Inputs,
    targets: Tensor,
    scratch: Scratch,
}

impl Task {
    fn new(kind: &str) -> Self {
        let (layers, item, outputs) = network(kind);
        let spec = format!(
            r#"{{"branches":[{{"input":"x","layers":[{layers}]}}],
                "heads":[{{"name":"genre","outputs":{outputs}}}]}}"#
        );
        let spec: NetworkSpec = serde_json::from_str(&spec).expect("a network");
        let network = Network::new(&spec, &[("x".to_string(), item.clone())], 1).expect("layers");
        let targets = if outputs == 1 {
            let data = (0..BATCH).map(|i| (i % 2) as f32).collect();
            Tensor::new(&[BATCH, 1], data).expect("shape")
        } else {
            one_hot(
                &(0..BATCH).map(|i| i % outputs).collect::<Vec<_>>(),
                outputs,
            )
        };
        Self {
            network,
            optimizer: Optimizer::new(&OptimizerSpec::sgd(0.01, 0.9)),
            inputs: Inputs::single("x", random(BATCH, &item)),
            targets,
            scratch: Scratch::new(),
        }
    }

    fn step(&mut self) {
        self.network.zero_grad();
        let logits = &self.network.forward(&self.inputs, &mut Pass::training(0))[0];
        let (loss, d) = if self.targets.shape[1] == 1 {
            binary_cross_entropy(logits, &self.targets, None)
        } else {
            cross_entropy(logits, &self.targets, None, None)
        };
        assert!(loss.is_finite());
        self.network.backward(&[d]);
        self.optimizer.step(&mut self.network.params_mut(), 0.01);
    }

    fn infer(&mut self, inputs: &Inputs) {
        let logits = self.network.infer(inputs, &mut self.scratch);
        assert!(logits[0].data[0].is_finite());
    }
}

fn random(batch: usize, item: &[usize]) -> Tensor {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let mut x = Tensor::default();
    x.resize_batch(batch, item);
    x.data
        .iter_mut()
        .for_each(|v| *v = rng.random::<f32>() * 2.0 - 1.0);
    x
}

/// CPU time of all threads in milliseconds, where the system reports it; else wall-clock time.
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
    wall_ms()
}

/// Milliseconds by the clock since the first call.
fn wall_ms() -> f64 {
    static START: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    START.get_or_init(Instant::now).elapsed().as_secs_f64() * 1e3
}

/// The median over `rounds` of the milliseconds that one of `at_once` calls takes.
fn median_ms(clock: fn() -> f64, rounds: usize, at_once: usize, mut call: impl FnMut()) -> f64 {
    let mut times: Vec<f64> = (0..rounds.max(1))
        .map(|_| {
            let start = clock();
            (0..at_once).for_each(|_| call());
            (clock() - start) / at_once as f64
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// Most memory so far in MB.
fn peak_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM"));
    let kilobytes = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<f64>().ok());
    kilobytes.map_or(f64::NAN, |kb| kb / 1000.0)
}

/// The networks in use, by kind.
#[derive(Default)]
struct Tasks(Vec<(String, Task)>);

impl Tasks {
    fn get(&mut self, kind: &str) -> &mut Task {
        let place = self.0.iter().position(|(name, _)| name == kind);
        let place = place.unwrap_or_else(|| {
            let mut task = Task::new(kind);
            (0..3).for_each(|_| task.step());
            self.0.push((kind.to_string(), task));
            self.0.len() - 1
        });
        &mut self.0[place].1
    }

    fn answer(&mut self, words: &[&str]) -> f64 {
        let number =
            |word: Option<&&str>, default| word.and_then(|w| w.parse().ok()).unwrap_or(default);
        match words {
            ["peak", ..] => peak_mb(),
            ["infer", kind, rest @ ..] => {
                let inputs = Inputs::single("x", random(number(rest.first(), 1), &network(kind).1));
                let task = self.get(kind);
                task.infer(&inputs);
                median_ms(cpu_ms, 5, 3, || task.infer(&inputs))
            }
            ["wall", kind, rest @ ..] => {
                let task = self.get(kind);
                median_ms(wall_ms, number(rest.first(), 5), 1, || task.step())
            }
            [kind, rest @ ..] => {
                let task = self.get(kind);
                let at_once = if *kind == "mlp" { 200 } else { 1 };
                median_ms(cpu_ms, number(rest.first(), 5), at_once, || task.step())
            }
            [] => f64::NAN,
        }
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut tasks = Tasks::default();
    if !arguments.is_empty() {
        let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
        println!("{}: {:.4}", words.join(" "), tasks.answer(&words));
        return;
    }
    for line in std::io::stdin().lock().lines().map_while(Result::ok) {
        let words: Vec<&str> = line.split_whitespace().collect();
        println!("{:.6}", tasks.answer(&words));
        std::io::stdout().flush().expect("standard output");
    }
}
