//! Uninitialised networks, to be filled from a file: no weights are drawn, no gradients held.

use genrenet_nn::{Inputs, Network, NetworkSpec, Pass, Scratch, Tensor};

const SPEC: &str = r#"{
    "branches": [{ "input": "x", "layers": [
        { "kind": "conv", "filters": 5, "kernel": [3, 3] },
        { "kind": "batch_norm" },
        { "kind": "relu" },
        { "kind": "max_pool" },
        { "kind": "flatten" },
        { "kind": "dense", "units": 6 }
    ] }],
    "heads": [{ "name": "genre", "outputs": 3 }]
}"#;

fn spec() -> (NetworkSpec, Vec<(String, Vec<usize>)>) {
    let shapes = vec![("x".to_owned(), vec![8, 8, 1])];
    (serde_json::from_str(SPEC).expect("a description"), shapes)
}

fn inputs() -> Inputs {
    let data = (0..4 * 64).map(|i| (i as f32 * 0.37).sin()).collect();
    Inputs::single("x", Tensor::new(&[4, 8, 8, 1], data).expect("a batch"))
}

/// A network whose running statistics are no longer those of the beginning, and its arrays.
fn trained() -> (Network, Vec<(String, Tensor)>) {
    let (spec, shapes) = spec();
    let mut network = Network::new(&spec, &shapes, 3).expect("a network");
    network.forward(&inputs(), &mut Pass::training(1));
    let state = network.state().into_iter();
    let state = state.map(|(name, t)| (name, t.clone())).collect();
    (network, state)
}

fn uninitialised() -> Network {
    let (spec, shapes) = spec();
    Network::uninitialised(&spec, &shapes).expect("a network")
}

fn filled(state: &[(String, Tensor)]) -> Network {
    let mut network = uninitialised();
    let stored = |name: &str| {
        state
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, t)| t.clone().into())
    };
    network.take_state(stored).expect("all arrays are there");
    network
}

#[test]
fn a_network_with_the_arrays_of_another_computes_the_same() {
    let (original, state) = trained();
    let network = filled(&state);
    let mut scratch = Scratch::new();
    assert_eq!(
        network.infer(&inputs(), &mut scratch),
        original.infer(&inputs(), &mut scratch)
    );
}

#[test]
fn gradients_are_allocated_when_they_are_needed() {
    let (mut original, state) = trained();
    let mut network = filled(&state);
    assert!(network.params().iter().all(|p| p.grad.is_empty()));
    let mut gradients = [&mut network, &mut original].map(|network| {
        let y = network.forward(&inputs(), &mut Pass::evaluation())[0].clone();
        let dx = network.backward_to_inputs(&[y]);
        let of_weights = network.params().into_iter().map(|p| p.grad.clone());
        dx.into_iter().chain(of_weights).collect::<Vec<_>>()
    });
    let expected = gradients[1].split_off(0);
    assert!(expected.iter().all(|t| t.data.iter().any(|v| *v != 0.0)));
    assert_eq!(gradients[0], expected);
    network.zero_grad();
    let zero = |p: &&genrenet_nn::Param| p.grad.data == vec![0.0; p.value.len()];
    assert!(network.params().iter().all(zero));
}

#[test]
fn an_array_that_is_missing_or_of_another_shape_is_named() {
    let (_, state) = trained();
    let error = uninitialised().take_state(|_| None).expect_err("nothing");
    assert_eq!(
        error.to_string(),
        "state branches.x.0.weight: expected [3, 3, 1, 5], found nothing"
    );
    let first = |_: &str| Some(state[0].1.clone().into());
    let error = uninitialised()
        .take_state(first)
        .expect_err("always the first");
    assert!(error.to_string().contains("found [3, 3, 1, 5]"), "{error}");
}
