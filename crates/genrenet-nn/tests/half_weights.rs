//! Weights that are kept as the 16-bit floats of a file: what is computed with them equals what the same weights compute as
//! 32-bit floats, bit for bit.

use std::borrow::Cow;

use genrenet_nn::{Inputs, Network, NetworkSpec, Pass, Scratch, Tensor, Values};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// The dense layers are longer than a block of the product, and one fills no panel; the convolutions have whole and partly
/// filled panels.
const SPEC: &str = r#"{
    "branches": [{ "input": "x", "layers": [
        { "kind": "conv", "filters": 32, "kernel": [3, 3] },
        { "kind": "batch_norm" },
        { "kind": "relu" },
        { "kind": "max_pool" },
        { "kind": "residual", "layers": [{ "kind": "conv", "filters": 37, "kernel": [3, 3] }] },
        { "kind": "flatten" },
        { "kind": "dense", "units": 300 },
        { "kind": "gelu" },
        { "kind": "dense", "units": 65, "bias": false }
    ] }],
    "heads": [{ "name": "genre", "outputs": 3 }, { "name": "distilled", "outputs": 40 }]
}"#;

fn shapes() -> Vec<(String, Vec<usize>)> {
    vec![("x".to_owned(), vec![8, 8, 2])]
}

fn inputs(rows: usize) -> Inputs {
    let data = (0..rows * 128).map(|i| (i as f32 * 0.37).sin()).collect();
    Inputs::single("x", Tensor::new(&[rows, 8, 8, 2], data).expect("a batch"))
}

/// Sixteen-bit floats of either sign, from subnormal ones to less than 1/2.
fn half(shape: &[usize], random: &mut ChaCha8Rng) -> Values {
    let len: usize = shape.iter().product();
    let bits = |_| (random.random::<u16>() & 0x83ff) | (random.random_range(0..14u16) << 10);
    let bytes: Vec<u8> = (0..len).map(bits).flat_map(u16::to_le_bytes).collect();
    Values::half(shape, Cow::Owned(bytes)).expect("two bytes each")
}

/// The same network with 16-bit weights and with 32-bit ones.
fn both() -> [Network; 2] {
    let spec: NetworkSpec = serde_json::from_str(SPEC).expect("a description");
    let drawn = Network::new(&spec, &shapes(), 3).expect("a network");
    let mut random = ChaCha8Rng::seed_from_u64(5);
    let stored: Vec<(String, Values)> = drawn
        .state()
        .into_iter()
        .map(|(name, tensor)| {
            let short = tensor.shape.len() > 1;
            let values = match short {
                true => half(&tensor.shape, &mut random),
                false => Values::from(tensor.clone()),
            };
            (name, values)
        })
        .collect();
    [false, true].map(|widened| {
        let mut network = Network::uninitialised(&spec, &shapes()).expect("a network");
        let take = |name: &str| {
            let (_, values) = stored.iter().find(|(n, _)| n == name)?;
            Some(match widened {
                true => values.clone().into_tensor().into(),
                false => values.clone(),
            })
        };
        network.take_state(take).expect("all arrays are there");
        network
    })
}

#[test]
fn inference_with_16_bit_weights_equals_that_with_the_same_weights_widened() {
    let [half, wide] = both();
    let mut scratch = Scratch::new();
    // Few rows, more than a register tile, more than a product reads in place, and more than one thread takes; none.
    for rows in [1, 7, 40, 65, 300, 0] {
        let expected = wide.infer(&inputs(rows), &mut scratch);
        assert_eq!(half.infer(&inputs(rows), &mut scratch), expected, "{rows}");
        assert_eq!(
            half.infer_first(&inputs(rows), &mut scratch),
            expected[0],
            "{rows}"
        );
    }
    let spread = wide.infer(&inputs(9), &mut scratch).remove(0);
    assert!(spread.data.iter().any(|x| *x != spread.data[0]));
    // And after they were read as tensors.
    assert_eq!(half.state(), wide.state());
    let answers = half.infer(&inputs(9), &mut scratch);
    assert_eq!(answers, wide.infer(&inputs(9), &mut scratch));
}

#[test]
fn training_with_16_bit_weights_equals_that_with_the_same_weights_widened() {
    let [half, wide] = both().map(|mut network| {
        let y = network.forward(&inputs(4), &mut Pass::training(1)).to_vec();
        let dx = network.backward_to_inputs(&y);
        for p in network.params_mut() {
            for (x, g) in p.value.data.iter_mut().zip(&p.grad.data) {
                *x -= 0.01 * g;
            }
        }
        let after = network.infer(&inputs(4), &mut Scratch::new());
        (dx, after)
    });
    assert_eq!(half, wide);
}

#[test]
fn too_few_bytes_and_infinite_values_are_errors() {
    let error = Values::half(&[2, 3], Cow::Borrowed(&[0; 11])).expect_err("11 bytes");
    assert!(error.to_string().contains("12 bytes for [2, 3]"), "{error}");
    for (bits, shown) in [(0x7c00u16, "inf"), (0xfc00, "-inf"), (0x7e01, "NaN")] {
        let bytes = [0x7bffu16, 0x0001, bits, bits].map(u16::to_le_bytes);
        let values = Values::half(&[2, 2], Cow::Owned(bytes.concat())).expect("8 bytes");
        let (place, value) = values.not_finite().expect("one that is none");
        assert_eq!((place, value.to_string()), (2, shown.to_owned()));
        let wide = Values::from(values.into_tensor());
        assert_eq!(wide.not_finite().map(|(place, _)| place), Some(2));
    }
    let largest = [0x7bffu16, 0xfbff].map(u16::to_le_bytes).concat();
    let values = Values::half(&[2], Cow::Owned(largest)).expect("4 bytes");
    assert_eq!(values.not_finite(), None);
    assert_eq!(values.data, [65504.0, -65504.0]);
}
