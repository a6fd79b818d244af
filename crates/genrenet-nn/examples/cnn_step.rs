//! Times one training step of a small CNN, and inference of one clip: `cnn_step [batch] [steps]`.
//!
//! The network is 4 × (3×3 convolution, batch normalisation, ReLU, 2×2 max-pooling) of 16, 32, 64 and 128 channels on
//! 128 × 128 values, then a global mean and 8 outputs. Threads: `RAYON_NUM_THREADS`; instructions: `GENRENET_ISA`.

use std::time::Instant;

use genrenet_nn::{
    BranchSpec, HeadSpec, Inputs, LayerSpec, Network, NetworkSpec, NnError, Pass, Scratch,
    Statistic, Tensor,
};

fn spec() -> NetworkSpec {
    let mut layers = Vec::new();
    for filters in [16, 32, 64, 128] {
        layers.push(LayerSpec::Conv {
            filters,
            kernel: [3, 3],
            stride: [1, 1],
            padding: Default::default(),
            bias: false,
        });
        layers.push(LayerSpec::BatchNorm {
            eps: 1e-5,
            momentum: 0.1,
        });
        layers.push(LayerSpec::Relu {});
        layers.push(LayerSpec::MaxPool {
            size: [2, 2],
            stride: None,
        });
    }
    layers.push(LayerSpec::GlobalPool {
        of: vec![Statistic::Mean],
    });
    NetworkSpec {
        branches: vec![BranchSpec {
            input: "logmel".into(),
            layers,
            optional: false,
        }],
        trunk: Vec::new(),
        heads: vec![HeadSpec {
            name: "genre".into(),
            outputs: 8,
            bias: true,
        }],
    }
}

fn image(batch: usize) -> Tensor {
    let data = (0..batch * 128 * 128)
        .map(|i| ((i as f32) * 0.37).sin() + ((i / 128) as f32 * 0.11).cos())
        .collect();
    Tensor {
        shape: vec![batch, 128, 128, 1],
        data,
    }
}

/// CPU seconds of this process, of all threads.
fn cpu_seconds() -> f64 {
    // utime and stime, in ticks of 10 ms on Linux; elsewhere wall time is printed alone.
    let Ok(stat) = std::fs::read_to_string("/proc/self/stat") else {
        return f64::NAN;
    };
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap_or("").split(' ').collect();
    let ticks = |i: usize| {
        fields
            .get(i)
            .and_then(|f| f.parse::<f64>().ok())
            .unwrap_or(f64::NAN)
    };
    (ticks(11) + ticks(12)) / 100.0
}

fn main() -> Result<(), NnError> {
    let mut args = std::env::args()
        .skip(1)
        .map(|a| a.parse::<usize>().unwrap_or(1));
    let (batch, steps) = (args.next().unwrap_or(32), args.next().unwrap_or(20));
    let shapes = [("logmel".to_owned(), vec![128, 128, 1])];
    let mut network = Network::new(&spec(), &shapes, 1)?;
    let inputs = Inputs::single("logmel", image(batch));
    let step = |network: &mut Network, number: u64| {
        network.zero_grad();
        let logits = network.forward(&inputs, &mut Pass::training(number))[0].clone();
        let dy = Tensor {
            data: logits.data.iter().map(|v| v / batch as f32).collect(),
            shape: logits.shape.clone(),
        };
        network.backward(&[dy]);
        for p in network.params_mut() {
            p.value
                .data
                .iter_mut()
                .zip(&p.grad.data)
                .for_each(|(v, g)| *v -= 0.01 * g);
        }
        logits.data[0]
    };
    step(&mut network, 0);
    let (wall, cpu) = (Instant::now(), cpu_seconds());
    let mut least = f64::INFINITY;
    for i in 0..steps {
        let one = Instant::now();
        step(&mut network, i as u64);
        least = least.min(one.elapsed().as_secs_f64());
    }
    let n = steps as f64 / 1000.0;
    println!(
        "training step, batch {batch}: {:.1} ms (least {:.1}), CPU {:.1} ms",
        wall.elapsed().as_secs_f64() / n,
        least * 1000.0,
        (cpu_seconds() - cpu) / n
    );
    for batch in [1, batch] {
        let inputs = Inputs::single("logmel", image(batch));
        let mut scratch = Scratch::new();
        network.infer(&inputs, &mut scratch);
        let wall = Instant::now();
        let mut least = f64::INFINITY;
        for _ in 0..50 {
            let one = Instant::now();
            network.infer(&inputs, &mut scratch);
            least = least.min(one.elapsed().as_secs_f64());
        }
        println!(
            "inference, batch {batch}: {:.2} ms (least {:.2})",
            wall.elapsed().as_secs_f64() * 20.0,
            least * 1000.0
        );
    }
    if let Ok(status) = std::fs::read_to_string("/proc/self/status") {
        status
            .lines()
            .filter(|l| l.starts_with("VmHWM"))
            .for_each(|l| println!("peak memory: {l}"));
    }
    Ok(())
}
