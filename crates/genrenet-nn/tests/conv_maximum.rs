//! Convolutions of one channel followed by ReLU, batch normalisation and the maximum over all positions across: evaluation
//! has kernels of its own, training the general ones; both must give the same.

use genrenet_nn::{Initialiser, Layer, LayerSpec, Padding, Pass, Scratch, Sequential, Tensor};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

#[derive(Clone, Copy, Debug)]
struct Case {
    input: [usize; 2],
    kernel: [usize; 2],
    padding: [usize; 2],
    filters: usize,
    bias: bool,
}

/// The chain with random weights, statistics and scales of either sign.
fn chain(case: Case, rng: &mut ChaCha8Rng) -> Sequential {
    let [height, width] = case.input;
    let across = width + 2 * case.padding[1] + 1 - case.kernel[1];
    let specs = [
        LayerSpec::Conv {
            filters: case.filters,
            kernel: case.kernel,
            stride: [1, 1],
            padding: Padding::Each(case.padding),
            bias: case.bias,
        },
        LayerSpec::Relu {},
        LayerSpec::BatchNorm {
            eps: 1e-3,
            momentum: 0.1,
        },
        LayerSpec::MaxPool {
            size: [1, across],
            stride: None,
        },
    ];
    let mut first = Initialiser::seeded(rng.random());
    let mut layers =
        Sequential::new(&specs, "n", &[height, width, 1], &mut first).expect("a chain");
    for p in layers.params_mut() {
        if p.name == "n.2.weight" {
            let values = p.value.data.iter_mut();
            values.for_each(|v| *v = rng.random_range(-1.5..1.5));
        }
    }
    for (name, t) in layers.buffers_mut() {
        let low = if name.ends_with("var") { 0.05 } else { -0.5 };
        t.data
            .iter_mut()
            .for_each(|v| *v = rng.random_range(low..0.5));
    }
    layers
}

fn check(case: Case, batch: usize, rng: &mut ChaCha8Rng) {
    let mut layers = chain(case, rng);
    let [height, width] = case.input;
    let mut x = Tensor::zeros(&[batch, height, width, 1]);
    x.data
        .iter_mut()
        .for_each(|v| *v = rng.random_range(-1.0..1.0));
    let (mut general, mut own) = (Tensor::default(), Tensor::default());
    let mut scratch = Scratch::new();
    for _ in 0..2 {
        layers.forward(&x, &mut general, &mut Pass::evaluation());
        layers.infer(&x, &mut own, &mut scratch);
        assert_eq!(own.shape, general.shape, "{case:?}");
        let size = general.data.iter().fold(0.1f32, |m, v| m.max(v.abs()));
        for (at, (a, b)) in own.data.iter().zip(&general.data).enumerate() {
            assert!(
                (a - b).abs() <= 1e-5 * size,
                "{case:?}, value {at}: {a} and {b}"
            );
        }
        // Other weights, so that nothing of the first ones may be kept.
        for p in layers.params_mut() {
            p.value.data.iter_mut().for_each(|v| *v *= -0.7);
        }
    }
}

#[test]
fn musicnns_front_layers_give_what_the_general_layers_do() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    for (kernel, padding, filters) in [
        ([7, 38], [3, 0], 23),
        ([7, 67], [3, 0], 14),
        ([127, 1], [63, 0], 3),
        ([65, 1], [32, 0], 7),
        ([33, 1], [16, 0], 17),
    ] {
        let case = Case {
            input: [187, 96],
            kernel,
            padding,
            filters,
            bias: true,
        };
        check(case, 1, &mut rng);
    }
}

#[test]
fn any_shapes_give_what_the_general_layers_do() {
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    for _ in 0..100 {
        let kernel = [rng.random_range(1..70), rng.random_range(1..60)];
        let case = Case {
            input: [
                kernel[0] + rng.random_range(0..40),
                kernel[1] + rng.random_range(0..60),
            ],
            kernel,
            padding: [
                rng.random_range(0..kernel[0]),
                rng.random_range(0..kernel[1].min(9)),
            ],
            filters: rng.random_range(1..11),
            bias: rng.random(),
        };
        check(case, rng.random_range(1..4), &mut rng);
    }
}

/// The kernels are chosen once per process, so each set of instructions has a process of its own.
#[cfg(target_arch = "x86_64")]
#[test]
fn smaller_sets_of_instructions_give_the_same() {
    let program = std::env::current_exe().expect("this test's program");
    for isa in ["avx2", "plain"] {
        let mut run = std::process::Command::new(&program);
        let run = run.arg("give_what_the_general").env("GENRENET_ISA", isa);
        let output = run.output().expect("runs");
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{isa}: {text}");
    }
}

#[test]
fn same_padding_and_even_kernels_as_well() {
    let text = r#"[{"kind":"conv","filters":5,"kernel":[32,4]},{"kind":"relu"},{"kind":"batch_norm","eps":1e-3},
        {"kind":"max_pool","size":[1,33]}]"#;
    let specs: Vec<LayerSpec> = serde_json::from_str(text).expect("layers");
    let mut first = Initialiser::seeded(5);
    let mut layers = Sequential::new(&specs, "n", &[29, 33, 1], &mut first).expect("a chain");
    let mut x = Tensor::zeros(&[2, 29, 33, 1]);
    let values = x.data.iter_mut().enumerate();
    values.for_each(|(i, v)| *v = (i as f32 * 0.37).sin());
    let (mut general, mut own) = (Tensor::default(), Tensor::default());
    layers.forward(&x, &mut general, &mut Pass::evaluation());
    layers.infer(&x, &mut own, &mut Scratch::new());
    assert_eq!(own.shape, [2, 29, 1, 5]);
    for (a, b) in own.data.iter().zip(&general.data) {
        assert!((a - b).abs() <= 1e-5, "{a} and {b}");
    }
}

#[test]
fn gradients_are_those_of_the_layers_one_by_one() {
    let text = r#"[{"kind":"conv","filters":4,"kernel":[3,5],"padding":[1,0]},{"kind":"relu"},
        {"kind":"batch_norm","eps":1e-3},{"kind":"max_pool","size":[1,6]}]"#;
    let specs: Vec<LayerSpec> = serde_json::from_str(text).expect("layers");
    let input = [8, 10, 1];
    let mut first = Initialiser::seeded(5);
    let mut whole = Sequential::new(&specs, "n", &input, &mut first).expect("a chain");
    // A dropout that drops nothing keeps the layers from being joined.
    let mut apart = specs;
    let between = LayerSpec::Dropout {
        rate: 0.0,
        channels: false,
    };
    apart.insert(2, between);
    let mut apart =
        Sequential::new(&apart, "n", &input, &mut Initialiser::seeded(5)).expect("a chain");
    let mut x = Tensor::zeros(&[3, 8, 10, 1]);
    let values = x.data.iter_mut().enumerate();
    values.for_each(|(i, v)| *v = (i as f32 * 0.37).sin());
    let passes = |layers: &mut Sequential| {
        let (mut y, mut dx) = (Tensor::default(), Tensor::default());
        layers.forward(&x, &mut y, &mut Pass::training(1));
        let mut dy = y.clone();
        let values = dy.data.iter_mut().enumerate();
        values.for_each(|(i, v)| *v = (i as f32 * 0.91).cos());
        layers.backward(&x, &y, &dy, Some(&mut dx));
        let grads: Vec<Tensor> = layers.params().iter().map(|p| p.grad.clone()).collect();
        let running: Vec<Tensor> = layers.buffers().into_iter().map(|b| b.1.clone()).collect();
        (y, dx, grads, running)
    };
    assert_eq!(passes(&mut whole), passes(&mut apart));
}
