//! Properties of sequence layers for any weights: gradients are slopes, threads and neighbouring rows change nothing,
//! impossible descriptions are refused with their name.

use genrenet_nn::{Initialiser, LayerSpec, Tensor, build};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::support::{self, Chain};

fn layer(json: &str) -> LayerSpec {
    serde_json::from_str(json).unwrap_or_else(|e| panic!("{json}: {e}"))
}

fn random(shape: &[usize], seed: u64) -> Tensor {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut tensor = Tensor::zeros(shape);
    tensor
        .data
        .iter_mut()
        .for_each(|v| *v = rng.random::<f32>() * 2.0 - 1.0);
    tensor
}

const KINDS: [&str; 10] = [
    r#"{"kind":"global_pool","of":["mean","std"]}"#,
    r#"{"kind":"lstm","units":5,"sequences":true}"#,
    r#"{"kind":"lstm","units":4,"bidirectional":true,"biases":1}"#,
    r#"{"kind":"gru","units":5,"bidirectional":true,"sequences":true}"#,
    r#"{"kind":"gru","units":4,"biases":0}"#,
    r#"{"kind":"rnn","units":5,"bidirectional":true,"sequences":true}"#,
    r#"{"kind":"layer_norm"}"#,
    r#"{"kind":"attention_pool","hidden":5,"deviation":true}"#,
    r#"{"kind":"positions"}"#,
    r#"{"kind":"transformer","heads":2,"hidden":7}"#,
];

/// Σ y·dy in `f64`, so that the difference quotient is not lost in rounding.
fn value(chain: &mut Chain, x: &Tensor, dy: &Tensor) -> f64 {
    chain
        .forward(x)
        .data
        .iter()
        .zip(&dy.data)
        .map(|(y, d)| f64::from(*y) * f64::from(*d))
        .sum()
}

#[test]
fn gradients_are_difference_quotients() {
    const STEP: f32 = 1.0 / 256.0;
    for (n, kind) in KINDS.into_iter().enumerate() {
        let mut chain = Chain::new(&[layer(kind)], &[6, 4]);
        let x = random(&[3, 6, 4], n as u64);
        let y = chain.forward(&x);
        let dy = random(&y.shape, 100 + n as u64);
        chain.zero_grad();
        chain.forward(&x);
        let dx = chain.backward(&x, &dy);
        let check = |what: String, slope: f64, found: f32| {
            let error = (slope - f64::from(found)).abs() / slope.abs().max(1.0);
            assert!(
                error < 2e-3,
                "{kind} {what}: difference quotient {slope}, gradient {found}"
            );
        };
        for i in 0..x.len() {
            let (mut above, mut below) = (x.clone(), x.clone());
            above.data[i] += STEP;
            below.data[i] -= STEP;
            let slope = (value(&mut chain, &above, &dy) - value(&mut chain, &below, &dy))
                / f64::from(2.0 * STEP);
            check(format!("dx[{i}]"), slope, dx.data[i]);
        }
        let gradients: Vec<(String, Vec<f32>)> = chain
            .params()
            .iter()
            .map(|p| (p.name.clone(), p.grad.data.clone()))
            .collect();
        for (p, (name, gradient)) in gradients.iter().enumerate() {
            for (i, &found) in gradient.iter().enumerate() {
                let mut at = |offset: f32| {
                    chain.params_mut()[p].value.data[i] += offset;
                    let value = value(&mut chain, &x, &dy);
                    chain.params_mut()[p].value.data[i] -= offset;
                    value
                };
                let slope = (at(STEP) - at(-STEP)) / f64::from(2.0 * STEP);
                check(format!("{name}[{i}]"), slope, found);
            }
        }
    }
}

#[test]
fn threads_change_no_bit() {
    for kind in KINDS {
        // Large enough for the work to be shared.
        let wide = kind
            .replace("\"units\":5", "\"units\":40")
            .replace("\"units\":4", "\"units\":36")
            .replace("\"hidden\":5", "\"hidden\":64");
        let spec = layer(&wide);
        let batch = if kind.contains("norm") { 260 } else { 40 };
        let x = random(&[batch, 16, 32], 1);
        let run = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
            pool.build().expect("threads").install(|| {
                let mut chain = Chain::new(std::slice::from_ref(&spec), &[16, 32]);
                let y = chain.forward(&x);
                let dx = chain.backward(&x, &random(&y.shape, 2));
                let gradients: Vec<Tensor> =
                    chain.params().iter().map(|p| p.grad.clone()).collect();
                (y, dx, gradients, chain.infer(&x))
            })
        };
        let one = run(1);
        assert!(one == run(2) && one == run(3), "{kind}");
    }
}

#[test]
fn an_item_is_the_same_alone_and_among_others() {
    for kind in KINDS {
        let mut chain = Chain::new(&[layer(kind)], &[6, 4]);
        let x = random(&[21, 6, 4], 3);
        let inferred = chain.infer(&x);
        let trained = chain.forward(&x);
        assert_eq!(trained.shape, inferred.shape, "{kind}");
        for item in [0, 15, 16, 20] {
            let alone = Tensor::new(&[1, 6, 4], x.item(item).to_vec()).expect("shape");
            let y = chain.infer(&alone);
            for found in [inferred.item(item), trained.item(item)] {
                support::assert_close(kind, found, &y.data, 1e-6);
            }
        }
    }
}

#[test]
fn gradients_add_up_over_passes_and_a_smaller_batch_leaves_nothing_behind() {
    for kind in KINDS {
        let mut chain = Chain::new(&[layer(kind)], &[6, 4]);
        let (large, small) = (random(&[37, 6, 4], 5), random(&[2, 6, 4], 6));
        let gradients = |chain: &mut Chain, x: &Tensor| {
            let y = chain.forward(x);
            let dx = chain.backward(x, &random(&y.shape, 7));
            (
                dx,
                chain
                    .params()
                    .iter()
                    .map(|p| p.grad.clone())
                    .collect::<Vec<_>>(),
            )
        };
        let fresh = gradients(&mut chain, &small);
        chain.zero_grad();
        gradients(&mut chain, &large);
        chain.zero_grad();
        assert!(gradients(&mut chain, &small) == fresh, "{kind}");
        let twice = gradients(&mut chain, &small).1;
        for (twice, once) in twice.iter().zip(&fresh.1) {
            let doubled: Vec<f32> = once.data.iter().map(|v| 2.0 * v).collect();
            support::assert_close(kind, &twice.data, &doubled, 1e-6);
        }
    }
}

#[test]
fn the_published_recurrent_network_has_384_840_weights() {
    let specs = [
        r#"{"kind":"lstm","units":64,"sequences":true,"biases":1}"#,
        r#"{"kind":"lstm","units":64,"biases":1}"#,
        r#"{"kind":"dense","units":64}"#,
        r#"{"kind":"dense","units":8}"#,
    ];
    let chain = Chain::new(&specs.map(layer), &[20, 1291]);
    assert_eq!(
        chain.params().iter().map(|p| p.value.len()).sum::<usize>(),
        384_840
    );
}

#[test]
fn the_summary_has_costs_and_names() {
    let mut first = Initialiser::seeded(0);
    let lstm = build(
        &layer(r#"{"kind":"lstm","units":3,"bidirectional":true}"#),
        "trunk.0",
        &[5, 2],
        &mut first,
    )
    .expect("layer");
    assert_eq!(lstm.output_shape(), [6]);
    assert_eq!(lstm.multiply_adds(), 2 * 5 * (2 + 3) * 12);
    let names: Vec<&str> = lstm.params().iter().map(|p| p.name.as_str()).collect();
    assert_eq!(names[0], "trunk.0.weight_input");
    assert_eq!(names[7], "trunk.0.reverse.bias_state");
    let rows = lstm.rows();
    assert_eq!(
        (
            rows[0].name.as_str(),
            rows[0].kind.as_str(),
            rows[0].weights
        ),
        ("trunk.0", "lstm", 2 * (24 + 36 + 24))
    );
}

#[test]
fn impossible_layers_are_refused_by_name() {
    for (kind, shape, expected) in [
        (
            r#"{"kind":"lstm","units":0}"#,
            &[5, 2][..],
            "trunk.3 (lstm): units = 0",
        ),
        (
            r#"{"kind":"gru","units":4,"biases":3}"#,
            &[5, 2],
            "trunk.3 (gru): biases = 3",
        ),
        (
            r#"{"kind":"lstm","units":4}"#,
            &[5],
            "trunk.3 (lstm): expected a sequence",
        ),
        (r#"{"kind":"rnn","units":4}"#, &[0, 2], "at least one step"),
        (r#"{"kind":"transformer","heads":3}"#, &[5, 4], "heads = 3"),
        (r#"{"kind":"transformer","heads":0}"#, &[5, 4], "heads = 0"),
        (r#"{"kind":"transformer","heads":1}"#, &[4], "a sequence"),
        (
            r#"{"kind":"attention_pool","hidden":0}"#,
            &[5, 4],
            "hidden = 0",
        ),
        (r#"{"kind":"attention_pool"}"#, &[4], "a sequence"),
        (r#"{"kind":"layer_norm","eps":0.0}"#, &[4], "eps = 0"),
        (r#"{"kind":"layer_norm"}"#, &[4, 0], "at least one value"),
        (r#"{"kind":"positions"}"#, &[2, 3, 4], "a sequence"),
    ] {
        let mut first = Initialiser::seeded(0);
        let error = build(&layer(kind), "trunk.3", shape, &mut first)
            .err()
            .unwrap_or_else(|| panic!("{kind} was built"));
        assert!(error.to_string().contains(expected), "{kind}: {error}");
    }
}
