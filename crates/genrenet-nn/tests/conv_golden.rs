//! Convolutions, pooling, normalisation and residual blocks against PyTorch (reference/nn_conv.py).

use std::collections::BTreeMap;

use genrenet_nn::loss::{cross_entropy, one_hot};
use genrenet_nn::{
    BranchSpec, HeadSpec, Initialiser, Inputs, Layer, LayerSpec, Network, NetworkSpec, Pass,
    Scratch, Sequential, Tensor,
};
use serde::Deserialize;

use crate::support::{Numbers, golden};

#[derive(Deserialize)]
struct Case {
    layers: Vec<LayerSpec>,
    x: Numbers,
    state: BTreeMap<String, Numbers>,
    y: Numbers,
    y_eval: Option<Numbers>,
    dy: Numbers,
    dx: Numbers,
    grads: BTreeMap<String, Numbers>,
    running: BTreeMap<String, Numbers>,
}

/// Fails when the arrays differ by more than 1e-4 of the golden one's largest value.
fn assert_near(what: &str, found: &Tensor, golden: &Numbers) {
    assert_eq!(found.shape, golden.shape, "{what}: shape");
    let size = golden.data.iter().fold(1e-3f32, |m, v| m.max(v.abs()));
    for (i, (f, g)) in found.data.iter().zip(&golden.data).enumerate() {
        assert!(
            (f - g).abs() <= 1e-4 * size,
            "{what}[{i}]: found {f}, PyTorch {g}"
        );
    }
}

fn set(layers: &mut Sequential, state: &BTreeMap<String, Numbers>) {
    let mut names: Vec<String> = Vec::new();
    for p in layers.params_mut() {
        names.push(p.name[2..].to_owned());
        p.value = state[&p.name[2..]].tensor().into();
    }
    for (name, buffer) in layers.buffers_mut() {
        names.push(name[2..].to_owned());
        *buffer = state[&name[2..]].tensor();
    }
    names.sort();
    assert!(
        names.iter().eq(state.keys()),
        "{names:?} against {:?}",
        state.keys()
    );
}

#[test]
fn outputs_and_gradients_are_pytorchs() {
    let cases: BTreeMap<String, Case> = golden("conv_layers.json");
    assert!(cases.len() >= 35);
    for (name, case) in cases {
        let x = case.x.tensor();
        let mut first = Initialiser::seeded(3);
        let mut layers =
            Sequential::new(&case.layers, "n", &x.shape[1..], &mut first).expect(&name);
        assert_eq!(
            layers.output_shape(),
            &case.y.shape[1..],
            "{name}: shape as announced"
        );
        set(&mut layers, &case.state);
        let mut y = Tensor::default();
        layers.infer(&x, &mut y, &mut Scratch::new());
        assert_near(
            &format!("{name}: y in evaluation"),
            &y,
            case.y_eval.as_ref().unwrap_or(&case.y),
        );

        // A second pass over the same buffers must not depend on the first.
        for round in 0..2 {
            set(&mut layers, &case.state);
            layers
                .params_mut()
                .into_iter()
                .for_each(|p| p.grad.fill(0.0));
            layers.forward(&x, &mut y, &mut Pass::training(0));
            assert_near(&format!("{name}: y in round {round}"), &y, &case.y);
            let mut dx = Tensor::default();
            layers.backward(&x, &y, &case.dy.tensor(), Some(&mut dx));
            assert_near(&format!("{name}: dx"), &dx, &case.dx);
            for p in layers.params() {
                // The gradient of a bias before a normalisation is zero but for rounding.
                let golden = &case.grads[&p.name[2..]];
                if golden.data.iter().all(|g| g.abs() < 1e-4) {
                    assert!(
                        p.grad.data.iter().all(|g| g.abs() < 1e-4),
                        "{name}: {}",
                        p.name
                    );
                } else {
                    assert_near(&format!("{name}: gradient of {}", p.name), &p.grad, golden);
                }
            }
            for (buffer, found) in layers.buffers() {
                assert_near(
                    &format!("{name}: {buffer}"),
                    found,
                    &case.running[&buffer[2..]],
                );
            }
        }
        // Without dx, the gradients of the weights are the same.
        let with_dx: Vec<Tensor> = layers.params().iter().map(|p| p.grad.clone()).collect();
        layers
            .params_mut()
            .into_iter()
            .for_each(|p| p.grad.fill(0.0));
        layers.backward(&x, &y, &case.dy.tensor(), None);
        for (p, before) in layers.params().iter().zip(&with_dx) {
            assert_eq!(&p.grad, before, "{name}: gradient of {} without dx", p.name);
        }
        // After training, evaluation uses the new statistics.
        let mut evaluated = Tensor::default();
        layers.infer(&x, &mut y, &mut Scratch::new());
        layers.forward(&x, &mut evaluated, &mut Pass::evaluation());
        let golden = Numbers {
            shape: evaluated.shape,
            data: evaluated.data,
        };
        assert_near(&format!("{name}: forward in evaluation"), &y, &golden);
    }
}

#[derive(Deserialize)]
struct Training {
    layers: Vec<LayerSpec>,
    state: BTreeMap<String, Numbers>,
    x: Numbers,
    labels: Vec<usize>,
    lr: f32,
    momentum: f32,
    losses: Vec<f32>,
    logits_after: Numbers,
}

#[test]
fn five_steps_of_training_have_pytorchs_losses() {
    let case: Training = golden("conv_training.json");
    let spec = NetworkSpec {
        branches: vec![BranchSpec {
            input: "logmel".into(),
            layers: case.layers,
            optional: false,
        }],
        trunk: vec![],
        heads: vec![HeadSpec {
            name: "genre".into(),
            outputs: 4,
            bias: true,
        }],
    };
    let x = case.x.tensor();
    let mut network =
        Network::new(&spec, &[("logmel".into(), x.shape[1..].to_vec())], 1).expect("network");
    let state: Vec<(String, Tensor)> = case
        .state
        .iter()
        .map(|(n, t)| (n.clone(), t.tensor()))
        .collect();
    network.load_state(&state).expect("state");
    let inputs = Inputs::single("logmel", x);
    let targets = one_hot(&case.labels, 4);
    let mut velocity: Vec<Vec<f32>> = network
        .params()
        .iter()
        .map(|p| vec![0.0; p.value.len()])
        .collect();
    for (step, golden) in case.losses.iter().enumerate() {
        network.zero_grad();
        let logits = network.forward(&inputs, &mut Pass::training(0))[0].clone();
        let (loss, d) = cross_entropy(&logits, &targets, None, None);
        assert!(
            (loss - golden).abs() < 1e-4 * golden,
            "step {step}: loss {loss}, PyTorch {golden}"
        );
        network.backward(&[d]);
        for (p, v) in network.params_mut().into_iter().zip(&mut velocity) {
            for (i, v) in v.iter_mut().enumerate() {
                *v = *v * case.momentum + p.grad.data[i];
                p.value.data[i] -= case.lr * *v;
            }
        }
    }
    let logits = &network.infer(&inputs, &mut Scratch::new())[0];
    let size = case
        .logits_after
        .data
        .iter()
        .fold(0.0f32, |m, v| m.max(v.abs()));
    for (f, g) in logits.data.iter().zip(&case.logits_after.data) {
        assert!(
            (f - g).abs() < 1e-3 * size,
            "after training: {f}, PyTorch {g}"
        );
    }
}
