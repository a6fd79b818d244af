//! Dropout from the outside: its share in training, nothing in evaluation.

use genrenet_nn::{
    BranchSpec, HeadSpec, Inputs, LayerSpec, Network, NetworkSpec, Pass, Scratch, Tensor,
};

#[test]
fn dropout_drops_its_share_in_training_only() {
    let mut network = Network::new(
        &NetworkSpec {
            branches: vec![BranchSpec {
                input: "x".into(),
                layers: vec![LayerSpec::Dropout {
                    rate: 0.25,
                    channels: false,
                }],
                optional: false,
            }],
            trunk: vec![],
            heads: vec![HeadSpec {
                name: "genre".into(),
                outputs: 8,
                bias: true,
            }],
        },
        &[("x".to_owned(), vec![10_000])],
        1,
    )
    .expect("network");
    let ones = Tensor {
        shape: vec![1, 10_000],
        data: vec![1.0; 10_000],
    };
    let inputs = Inputs::single("x", ones.clone());
    assert_eq!(network.embed(&inputs, &mut Scratch::new()).data, ones.data);
    network.forward(&inputs, &mut Pass::training(4));
    let mut dy = Tensor::zeros(&[1, 8]);
    dy.data[0] = 1.0;
    let weights: Vec<f32> = network.params()[0]
        .value
        .data
        .iter()
        .step_by(8)
        .copied()
        .collect();
    let dx = network.backward_to_inputs(&[dy]).remove(0);
    let dropped = dx
        .data
        .iter()
        .zip(&weights)
        .filter(|(d, w)| **d == 0.0 && **w != 0.0)
        .count();
    assert!((2_300..2_700).contains(&dropped), "{dropped} of 10 000");
    dx.data
        .iter()
        .zip(&weights)
        .filter(|(d, _)| **d != 0.0)
        .for_each(|(d, w)| assert!((d - w / 0.75).abs() < 1e-6));
}
