//! Sequence layers against PyTorch: outputs, gradients and five steps of training (reference/nn_sequence.py).

use std::collections::BTreeMap;

use genrenet_nn::LayerSpec;
use genrenet_nn::loss::cross_entropy;
use genrenet_nn::optim::{Optimizer, OptimizerSpec};
use serde::Deserialize;

use crate::support::{Chain, Numbers, assert_close, golden};

#[derive(Deserialize)]
struct LayerCase {
    layers: Vec<LayerSpec>,
    x: Numbers,
    params: BTreeMap<String, Numbers>,
    y: Numbers,
    dy: Numbers,
    dx: Numbers,
    grads: BTreeMap<String, Numbers>,
}

#[test]
fn outputs_and_gradients_are_pytorchs() {
    let cases: BTreeMap<String, LayerCase> = golden("sequence_layers.json");
    assert!(cases.len() >= 14);
    for (name, case) in cases {
        let x = case.x.tensor();
        let mut chain = Chain::new(&case.layers, &x.shape[1..]);
        chain.set(&case.params);
        assert_close(
            &format!("{name} inferred"),
            &chain.infer(&x).data,
            &case.y.data,
            2e-5,
        );
        // The second pass over the same buffers must not depend on the first.
        for _ in 0..2 {
            chain.zero_grad();
            let y = chain.forward(&x);
            assert_eq!(y.shape, case.y.shape, "{name}");
            assert_close(&format!("{name} y"), &y.data, &case.y.data, 2e-5);
            let dx = chain.backward(&x, &case.dy.tensor());
            assert_close(&format!("{name} dx"), &dx.data, &case.dx.data, 1e-4);
            for param in chain.params() {
                assert_close(
                    &format!("{name} d {}", param.name),
                    &param.grad.data,
                    &case.grads[&param.name].data,
                    1e-4,
                );
            }
        }
    }
}

#[derive(Deserialize)]
struct TrainingCase {
    layers: Vec<LayerSpec>,
    optimizer: OptimizerSpec,
    x: Numbers,
    targets: Numbers,
    params: BTreeMap<String, Numbers>,
    losses: Vec<f32>,
    after: BTreeMap<String, Numbers>,
}

#[test]
fn five_steps_of_training_go_where_pytorchs_go() {
    let cases: BTreeMap<String, TrainingCase> = golden("sequence_training.json");
    assert!(cases.len() >= 13);
    for (name, case) in cases {
        let (x, targets) = (case.x.tensor(), case.targets.tensor());
        let mut chain = Chain::new(&case.layers, &x.shape[1..]);
        chain.set(&case.params);
        let mut optimizer = Optimizer::new(&case.optimizer);
        for (step, expected) in case.losses.iter().enumerate() {
            chain.zero_grad();
            let logits = chain.forward(&x);
            let (loss, d) = cross_entropy(&logits, &targets, None, None);
            chain.backward(&x, &d);
            optimizer.step(&mut chain.params_mut(), case.optimizer.lr());
            assert_close(
                &format!("{name} loss of step {step}"),
                &[loss],
                &[*expected],
                1e-5,
            );
        }
        for param in chain.params() {
            let mut found = param.value.data.clone();
            let mut expected = case.after[&param.name].data.clone();
            if param.name.ends_with("attention.bias_in") {
                // Softmax does not depend on the bias of the keys: its gradient is rounding noise, which Adam amplifies.
                let keys = found.len() / 3..found.len() / 3 * 2;
                found.drain(keys.clone());
                expected.drain(keys);
            }
            // Adam divides by the gradient's size, so weights whose gradient is all but zero may end elsewhere.
            let sgd = matches!(case.optimizer, OptimizerSpec::Sgd { .. });
            let tolerance = if sgd { 1e-5 } else { 1e-4 };
            assert_close(
                &format!("{name} {}", param.name),
                &found,
                &expected,
                tolerance,
            );
        }
    }
}
