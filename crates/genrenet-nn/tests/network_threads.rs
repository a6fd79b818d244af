//! The number of threads changes no byte of a result.

use genrenet_nn::{
    BranchSpec, HeadSpec, Inputs, LayerSpec, Network, NetworkSpec, Pass, Scratch, Shortcut,
    Statistic, Tensor,
};

fn conv(filters: usize) -> LayerSpec {
    LayerSpec::Conv {
        filters,
        kernel: [3, 3],
        stride: [1, 1],
        padding: Default::default(),
        bias: false,
    }
}

fn norm() -> LayerSpec {
    LayerSpec::BatchNorm {
        eps: 1e-5,
        momentum: 0.1,
    }
}

fn spec() -> NetworkSpec {
    let block = vec![
        conv(32),
        norm(),
        LayerSpec::Relu {},
        conv(32),
        norm(),
        LayerSpec::SqueezeExcite { reduction: 4 },
    ];
    let image = vec![
        norm(),
        conv(16),
        norm(),
        LayerSpec::Relu {},
        LayerSpec::MaxPool {
            size: [2, 2],
            stride: None,
        },
        LayerSpec::Residual {
            layers: block,
            shortcut: Shortcut::Auto,
        },
        LayerSpec::Relu {},
        LayerSpec::Parallel {
            paths: vec![vec![], vec![conv(5), LayerSpec::Relu {}, norm()]],
        },
        LayerSpec::AvgPool {
            size: [2, 2],
            stride: None,
        },
        LayerSpec::Dropout {
            rate: 0.2,
            channels: true,
        },
        LayerSpec::GlobalPool {
            of: vec![Statistic::Mean, Statistic::Max, Statistic::Std],
        },
    ];
    let values = vec![
        LayerSpec::Dense {
            units: 64,
            bias: true,
        },
        norm(),
        LayerSpec::Gelu {},
    ];
    NetworkSpec {
        branches: vec![
            BranchSpec {
                input: "logmel".into(),
                layers: image,
                optional: false,
            },
            BranchSpec {
                input: "values".into(),
                layers: values,
                optional: true,
            },
        ],
        trunk: vec![
            LayerSpec::Dense {
                units: 256,
                bias: true,
            },
            LayerSpec::Relu {},
            LayerSpec::Dropout {
                rate: 0.5,
                channels: false,
            },
        ],
        heads: vec![
            HeadSpec {
                name: "genre".into(),
                outputs: 8,
                bias: true,
            },
            HeadSpec {
                name: "other".into(),
                outputs: 3,
                bias: true,
            },
        ],
    }
}

/// Three steps of training with this many threads; all bytes that come out.
fn run(threads: usize) -> Vec<u8> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .expect("threads");
    pool.install(|| {
        let batch = 21;
        let wave = |n: usize, f: f32| (0..n).map(|i| (i as f32 * f).sin()).collect::<Vec<_>>();
        let image = Tensor::new(&[batch, 32, 24, 1], wave(batch * 32 * 24, 0.77)).expect("image");
        let values = Tensor::new(&[batch, 12], wave(batch * 12, 1.3)).expect("values");
        let present = (0..batch).map(|i| i % 3 != 1).collect();
        let inputs = Inputs {
            batch,
            arrays: vec![("logmel".into(), image), ("values".into(), values)],
            present: vec![None, Some(present)],
        };
        let shapes = [
            ("logmel".to_owned(), vec![32, 24, 1]),
            ("values".to_owned(), vec![12]),
        ];
        let mut network = Network::new(&spec(), &shapes, 5).expect("network");
        network.check(&inputs).expect("inputs");
        for step in 0..3 {
            network.zero_grad();
            let d: Vec<Tensor> = network.forward(&inputs, &mut Pass::training(step)).to_vec();
            network.backward(&d);
            for p in network.params_mut() {
                p.value
                    .data
                    .iter_mut()
                    .zip(&p.grad.data)
                    .for_each(|(v, g)| *v -= 1e-3 * g);
            }
        }
        let outputs = network.infer(&inputs, &mut Scratch::new());
        let state = network
            .state()
            .into_iter()
            .flat_map(|(_, t)| t.data.clone())
            .chain(outputs.into_iter().flat_map(|t| t.data));
        state.flat_map(f32::to_le_bytes).collect()
    })
}

#[test]
fn one_two_and_five_threads_give_the_same_bytes() {
    let one = run(1);
    assert!(
        one.chunks(4)
            .all(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]).is_finite())
    );
    assert!(one == run(2), "two threads");
    assert!(one == run(5), "five threads");
}
