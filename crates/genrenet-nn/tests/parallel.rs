//! Layers side by side: what a parallel layer computes is what its paths compute one by one.

use genrenet_nn::{
    HeadSpec, Initialiser, Inputs, Layer, LayerSpec, Network, NetworkSpec, Pass, Scratch,
    Sequential, Tensor,
};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

fn layers(text: &str) -> Vec<LayerSpec> {
    serde_json::from_str(text).expect("layers")
}

fn chain(text: &str, input: &[usize]) -> Sequential {
    Sequential::new(&layers(text), "n", input, &mut Initialiser::seeded(4)).expect("a chain")
}

fn random(shape: &[usize], seed: u64) -> Tensor {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut x = Tensor::zeros(shape);
    let values = x.data.iter_mut();
    values.for_each(|v| *v = rng.random::<f32>() * 2.0 - 1.0);
    x
}

/// A case: shape of an item, and the layers of each path as JSON.
const CASES: [(&[usize], &[&str]); 4] = [
    (
        &[9, 6, 2],
        &[
            r#"[{"kind":"conv","filters":3,"kernel":[5,1]},{"kind":"relu"},{"kind":"batch_norm","eps":1e-3}]"#,
            "[]",
            r#"[{"kind":"conv","filters":4,"kernel":[3,3],"bias":false},{"kind":"batch_norm"},{"kind":"relu"}]"#,
        ],
    ),
    (
        &[12, 10, 1],
        &[
            r#"[{"kind":"conv","filters":2,"kernel":[7,4],"padding":[3,0]},{"kind":"relu"},{"kind":"batch_norm"},
                {"kind":"max_pool","size":[1,7]}]"#,
            r#"[{"kind":"conv","filters":5,"kernel":[8,1]},{"kind":"relu"},{"kind":"batch_norm"},
                {"kind":"max_pool","size":[1,10]}]"#,
        ],
    ),
    (
        &[7, 5],
        &[
            "[]",
            r#"[{"kind":"dense","units":3},{"kind":"tanh"}]"#,
            r#"[{"kind":"parallel","paths":[[{"kind":"layer_norm"}],[{"kind":"sigmoid"}]]}]"#,
        ],
    ),
    (&[6], &[r#"[{"kind":"dense","units":4}]"#, "[]"]),
];

fn joined(paths: &[&str]) -> String {
    format!(r#"[{{"kind":"parallel","paths":[{}]}}]"#, paths.join(","))
}

/// The channels `from` to `from + own` of each position.
fn channels(y: &Tensor, from: usize, own: usize) -> Vec<f32> {
    let all = y.shape[y.shape.len() - 1];
    let rows = y.data.chunks_exact(all);
    rows.flat_map(|row| row[from..from + own].to_vec())
        .collect()
}

#[test]
fn outputs_and_gradients_are_those_of_the_paths() {
    for (item, paths) in CASES {
        let mut whole = chain(&joined(paths), item);
        let mut singly: Vec<Sequential> = paths.iter().map(|path| chain(path, item)).collect();
        for (i, path) in singly.iter_mut().enumerate() {
            // The same weights, by name.
            let prefix = format!("n.0.paths.{i}.");
            for p in path.params_mut() {
                let name = format!("{prefix}{}", &p.name[2..]);
                let found = whole.params().into_iter().find(|w| w.name == name);
                p.value = found.expect("a parameter of that name").value.clone();
            }
        }
        let x = random(&[&[3], item].concat(), 5);
        let (mut y, mut dx) = (Tensor::default(), Tensor::default());
        for round in 0..2 {
            whole.forward(&x, &mut y, &mut Pass::training(0));
            assert_eq!(&y.shape[1..], whole.output_shape(), "{paths:?}");
            let dy = random(&y.shape, 6 + round);
            whole
                .params_mut()
                .into_iter()
                .for_each(|p| p.grad.fill(0.0));
            whole.backward(&x, &y, &dy, Some(&mut dx));
            let (mut from, mut sum) = (0, vec![0.0; x.len()]);
            for (i, path) in singly.iter_mut().enumerate() {
                let (mut part, mut dpath) = (Tensor::default(), Tensor::default());
                path.forward(&x, &mut part, &mut Pass::training(0));
                let own = part.shape[part.shape.len() - 1];
                assert_eq!(channels(&y, from, own), part.data, "path {i} of {paths:?}");
                let dpart = Tensor::new(&part.shape, channels(&dy, from, own)).expect("a shape");
                path.params_mut().into_iter().for_each(|p| p.grad.fill(0.0));
                path.backward(&x, &part, &dpart, Some(&mut dpath));
                sum.iter_mut().zip(&dpath.data).for_each(|(s, d)| *s += d);
                for p in path.params() {
                    let name = format!("n.0.paths.{i}.{}", &p.name[2..]);
                    let found = whole.params().into_iter().find(|w| w.name == name);
                    assert_eq!(found.expect("a parameter").grad, p.grad, "{name}");
                }
                from += own;
            }
            assert_eq!(dx.data, sum, "{paths:?}");
            let with_dx: Vec<Tensor> = whole.params().iter().map(|p| p.grad.clone()).collect();
            whole
                .params_mut()
                .into_iter()
                .for_each(|p| p.grad.fill(0.0));
            whole.backward(&x, &y, &dy, None);
            for (p, before) in whole.params().iter().zip(&with_dx) {
                assert_eq!(&p.grad, before, "gradient of {} without dx", p.name);
            }
        }
        // Evaluation, both ways.
        let mut inferred = Tensor::default();
        let mut scratch = Scratch::new();
        whole.forward(&x, &mut y, &mut Pass::evaluation());
        for _ in 0..2 {
            whole.infer(&x, &mut inferred, &mut scratch);
            assert_eq!(inferred.shape, y.shape, "{paths:?}");
            for (a, b) in inferred.data.iter().zip(&y.data) {
                assert!((a - b).abs() < 1e-5, "{a} and {b} of {paths:?}");
            }
        }
    }
}

/// Σ dy · y of a training pass.
fn loss(layers: &mut Sequential, x: &Tensor, dy: &Tensor) -> f64 {
    let mut y = Tensor::default();
    layers.forward(x, &mut y, &mut Pass::training(0));
    let products = y.data.iter().zip(&dy.data);
    products.map(|(y, d)| f64::from(*y) * f64::from(*d)).sum()
}

#[test]
fn gradients_are_the_slopes_of_the_loss() {
    // Smooth layers, so that a step of 1e-2 crosses no corner.
    let paths = [
        r#"[{"kind":"conv","filters":3,"kernel":[4,1]},{"kind":"tanh"},{"kind":"batch_norm","eps":1e-3}]"#,
        "[]",
        r#"[{"kind":"conv","filters":2,"kernel":[3,3]},{"kind":"sigmoid"}]"#,
    ];
    let mut layers = chain(&joined(&paths), &[7, 5, 2]);
    let mut x = random(&[2, 7, 5, 2], 8);
    let (mut y, mut dx) = (Tensor::default(), Tensor::default());
    layers.forward(&x, &mut y, &mut Pass::training(0));
    let dy = random(&y.shape, 9);
    layers.backward(&x, &y, &dy, Some(&mut dx));
    let grads: Vec<Vec<f32>> = layers
        .params()
        .iter()
        .map(|p| p.grad.data.clone())
        .collect();
    let near = |what: &str, slope: f64, found: f32| {
        let apart = (slope - f64::from(found)).abs();
        assert!(
            apart < 3e-3 * slope.abs().max(1.0),
            "{what}: {found}, slope {slope}"
        );
    };
    const STEP: f32 = 1e-2;
    for i in (0..x.len()).step_by(7) {
        let before = x.data[i];
        x.data[i] = before + STEP;
        let above = loss(&mut layers, &x, &dy);
        x.data[i] = before - STEP;
        let below = loss(&mut layers, &x, &dy);
        x.data[i] = before;
        near("x", (above - below) / f64::from(2.0 * STEP), dx.data[i]);
    }
    for (which, grad) in grads.iter().enumerate() {
        for i in (0..grad.len()).step_by(3) {
            let mut moved = |by: f32| {
                layers.params_mut()[which].value.data[i] += by;
                let sum = loss(&mut layers, &x, &dy);
                layers.params_mut()[which].value.data[i] -= by;
                sum
            };
            let slope = (moved(STEP) - moved(-STEP)) / f64::from(2.0 * STEP);
            near(&format!("parameter {which}"), slope, grad[i]);
        }
    }
}

fn network(text: &str, shape: &[usize]) -> Result<Network, String> {
    let spec = NetworkSpec {
        branches: vec![genrenet_nn::BranchSpec {
            input: "x".into(),
            layers: layers(text),
            optional: false,
        }],
        trunk: vec![],
        heads: vec![HeadSpec {
            name: "tags".into(),
            outputs: 5,
            bias: true,
        }],
    };
    Network::new(&spec, &[("x".to_owned(), shape.to_vec())], 1).map_err(|e| e.to_string())
}

/// A convolution with ReLU, batch normalisation after it, and a maximum over all remaining bands.
fn front(filters: usize, kernel: [usize; 2], padding: &str, positions: usize) -> String {
    format!(
        r#"[{{"kind":"conv","filters":{filters},"kernel":{kernel:?},"padding":{padding}}},{{"kind":"relu"}},
            {{"kind":"batch_norm","eps":1e-3}},{{"kind":"max_pool","size":[1,{positions}]}}]"#
    )
}

#[test]
fn long_kernels_have_rows_costs_and_names() {
    let paths = [
        front(4, [7, 38], "[3,0]", 59),
        front(3, [7, 67], "[3,0]", 30),
        front(2, [128, 1], "\"same\"", 96),
        front(5, [32, 1], "\"same\"", 96),
    ];
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    let network = network(&joined(&paths), &[187, 96, 1]).expect("builds");
    let rows = network.summary();
    let last = rows.iter().find(|row| row.kind == "parallel");
    assert_eq!(last.expect("a row").output_shape, [187, 1, 14]);
    let conv: Vec<u64> = rows
        .iter()
        .filter(|r| r.kind == "conv")
        .map(|r| r.multiply_adds)
        .collect();
    let expected = [
        187 * 59 * 4 * 7 * 38,
        187 * 30 * 3 * 7 * 67,
        187 * 96 * 2 * 128,
        187 * 96 * 5 * 32,
    ];
    assert_eq!(conv, expected);
    let names: Vec<String> = network.state().into_iter().map(|(name, _)| name).collect();
    for name in ["0.paths.2.0.weight", "0.paths.3.2.running_var"] {
        assert!(names.contains(&format!("branches.x.{name}")), "{names:?}");
    }
    let x = random(&[2, 187, 96, 1], 3);
    let logits = network.infer(&Inputs::single("x", x), &mut Scratch::new());
    assert_eq!(logits[0].shape, [2, 5]);
    assert!(logits[0].data.iter().all(|v| v.is_finite()));
}

#[test]
fn paths_that_do_not_fit_are_refused_with_layer_path_and_shapes() {
    let refused = |text: &str, shape: &[usize]| network(text, shape).err().unwrap_or_default();
    assert_eq!(
        refused(
            &joined(&["[]", r#"[{"kind":"max_pool","size":[1,3]}]"#]),
            &[4, 6, 2]
        ),
        "branches.x.0 (parallel): expected paths whose outputs differ in the last axis only, as path 0 with [4, 6, 2], \
         found path 1 with [4, 2, 2]"
    );
    assert!(
        refused(&joined(&["[]", r#"[{"kind":"flatten"}]"#]), &[4, 6]).contains("path 1 with [24]")
    );
    assert_eq!(
        refused(r#"[{"kind":"parallel","paths":[]}]"#, &[4]),
        "branches.x.0 (parallel): paths = [] is not possible: at least one path"
    );
    let many = vec!["[]"; 65];
    assert!(refused(&joined(&many), &[4]).contains("paths = 65"));
    let wrong = refused(
        &joined(&[
            "[]",
            r#"[{"kind":"conv","filters":2,"kernel":[9,9],"padding":0}]"#,
        ]),
        &[4, 6, 2],
    );
    assert!(
        wrong.starts_with("branches.x.0.paths.1.0 (conv)"),
        "{wrong}"
    );
    let deep = (0..9).fold("[]".to_owned(), |inner, _| joined(&[&inner]));
    assert!(refused(&deep, &[4]).contains("inside of one another"));
}
