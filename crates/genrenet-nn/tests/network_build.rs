//! Building a network: counts, names, states, and descriptions that are refused.

use genrenet_nn::{
    BranchSpec, HeadSpec, Inputs, LayerSpec, Network, NetworkSpec, NnError, Shortcut, Tensor,
};

fn conv(filters: usize) -> LayerSpec {
    LayerSpec::Conv {
        filters,
        kernel: [3; 2],
        stride: [1; 2],
        padding: Default::default(),
        bias: true,
    }
}

fn pool() -> LayerSpec {
    LayerSpec::MaxPool {
        size: [2, 2],
        stride: None,
    }
}

fn dense(units: usize) -> LayerSpec {
    LayerSpec::Dense { units, bias: true }
}

fn network_of(input: &str, layers: Vec<LayerSpec>, shape: &[usize]) -> Result<Network, NnError> {
    let spec = NetworkSpec {
        branches: vec![BranchSpec {
            input: input.into(),
            layers,
            optional: false,
        }],
        trunk: vec![],
        heads: vec![HeadSpec {
            name: "genre".into(),
            outputs: 8,
            bias: true,
        }],
    };
    Network::new(&spec, &[(input.to_owned(), shape.to_vec())], 1)
}

#[test]
fn the_origins_convolutional_network_has_its_46_730_888_weights() {
    let layers = vec![
        conv(8),
        LayerSpec::Relu {},
        pool(),
        conv(32),
        LayerSpec::Relu {},
        pool(),
        LayerSpec::Flatten {},
        dense(128),
        LayerSpec::Relu {},
    ];
    let network = network_of("spectrogram_image", layers, &[496, 369, 3]).expect("network");
    let summary = network.summary();
    let kinds: Vec<(&str, &[usize], u64)> = summary
        .iter()
        .map(|r| (r.kind.as_str(), r.output_shape.as_slice(), r.weights))
        .collect();
    assert_eq!(
        kinds,
        [
            ("input", &[496, 369, 3][..], 0),
            ("conv", &[496, 369, 8], 224),
            ("relu", &[496, 369, 8], 0),
            ("max_pool", &[248, 184, 8], 0),
            ("conv", &[248, 184, 32], 2_336),
            ("relu", &[248, 184, 32], 0),
            ("max_pool", &[124, 92, 32], 0),
            ("flatten", &[365_056], 0),
            ("dense", &[128], 46_727_296),
            ("relu", &[128], 0),
            ("dense", &[8], 1_032),
        ]
    );
    assert_eq!(summary.iter().map(|r| r.weights).sum::<u64>(), 46_730_888);
    assert_eq!(
        network
            .params()
            .iter()
            .map(|p| p.value.len())
            .sum::<usize>(),
        46_730_888
    );
    assert_eq!(summary[1].multiply_adds, 496 * 369 * 8 * 27);
    assert_eq!(summary[3].activation_bytes, 4 * 248 * 184 * 8);
}

#[test]
fn names_are_unique_and_the_same_whether_layers_are_fused_or_not() {
    let layers = vec![
        LayerSpec::Standardize { axes: vec![0] },
        conv(4),
        LayerSpec::BatchNorm {
            eps: 1e-5,
            momentum: 0.1,
        },
        LayerSpec::Relu {},
        LayerSpec::Residual {
            layers: vec![conv(6), LayerSpec::Tanh {}],
            shortcut: Shortcut::Auto,
        },
        LayerSpec::SqueezeExcite { reduction: 2 },
        LayerSpec::Flatten {},
        dense(3),
    ];
    let network = network_of("logmel", layers, &[6, 5, 1]).expect("network");
    let names: Vec<String> = network.state().into_iter().map(|(n, _)| n).collect();
    let expected = [
        "branches.logmel.1.weight",
        "branches.logmel.1.bias",
        "branches.logmel.2.weight",
        "branches.logmel.2.bias",
        "branches.logmel.4.block.0.weight",
        "branches.logmel.4.block.0.bias",
        "branches.logmel.4.shortcut.0.weight",
        "branches.logmel.4.shortcut.1.weight",
        "branches.logmel.4.shortcut.1.bias",
        "branches.logmel.5.reduce.weight",
        "branches.logmel.5.reduce.bias",
        "branches.logmel.5.expand.weight",
        "branches.logmel.5.expand.bias",
        "branches.logmel.7.weight",
        "branches.logmel.7.bias",
        "heads.genre.weight",
        "heads.genre.bias",
        "branches.logmel.0.mean",
        "branches.logmel.0.deviation",
        "branches.logmel.2.running_mean",
        "branches.logmel.2.running_var",
        "branches.logmel.4.shortcut.1.running_mean",
        "branches.logmel.4.shortcut.1.running_var",
    ];
    assert_eq!(names, expected);
}

#[test]
fn initial_values_are_pytorchs_default_and_depend_on_the_seed() {
    let values = |seed| {
        let spec = NetworkSpec {
            branches: vec![BranchSpec {
                input: "a".into(),
                layers: vec![conv(64)],
                optional: false,
            }],
            trunk: vec![LayerSpec::Flatten {}, dense(50)],
            heads: vec![HeadSpec {
                name: "g".into(),
                outputs: 2,
                bias: true,
            }],
        };
        let network = Network::new(&spec, &[("a".into(), vec![4, 4, 12])], seed).expect("network");
        network
            .params()
            .iter()
            .map(|p| p.value.clone())
            .collect::<Vec<_>>()
    };
    let a = values(3);
    assert_eq!(a, values(3));
    assert_ne!(a, values(4));
    for (tensor, fan_in) in a.iter().zip([108.0f32, 108.0, 1024.0, 1024.0]) {
        let bound = 1.0 / fan_in.sqrt();
        let largest = tensor.data.iter().fold(0.0f32, |m, v| m.max(v.abs()));
        let spread = tensor.data.iter().map(|v| v * v).sum::<f32>() / tensor.len() as f32;
        assert!(
            largest <= bound && largest > 0.9 * bound,
            "{largest} of {bound}"
        );
        if tensor.len() > 1000 {
            assert!(
                (spread * 3.0 / (bound * bound) - 1.0).abs() < 0.05,
                "evenly spread"
            );
        }
    }
}

fn message(result: Result<Network, NnError>) -> String {
    result.err().map(|e| e.to_string()).unwrap_or_default()
}

#[test]
fn inputs_that_do_not_fit_are_refused_with_layer_expected_and_found() {
    let of = |layers, shape: &[usize]| message(network_of("x", layers, shape));
    assert_eq!(
        of(vec![dense(3), conv(4)], &[7]),
        "branches.x.1 (conv): expected an image [height, width, channels], found [3]"
    );
    let large = LayerSpec::Conv {
        filters: 2,
        kernel: [9, 9],
        stride: [1, 1],
        padding: genrenet_nn::Padding::Both(0),
        bias: true,
    };
    assert_eq!(
        of(vec![large], &[8, 20, 1]),
        "branches.x.0 (conv): expected at least the kernel's 9 values each way, found 8 and 0 of padding"
    );
    assert_eq!(
        of(
            vec![
                conv(4),
                LayerSpec::MaxPool {
                    size: [2, 9],
                    stride: None
                }
            ],
            &[8, 8, 1]
        ),
        "branches.x.1 (max_pool): expected an image of at least 2 × 9, found [8, 8, 4]"
    );
    assert!(of(vec![conv(0)], &[8, 8, 1]).contains("filters = 0 is not possible: at least 1"));
    assert!(
        of(
            vec![LayerSpec::Dropout {
                rate: 1.0,
                channels: false
            }],
            &[8]
        )
        .contains("rate = 1")
    );
    assert!(of(vec![LayerSpec::Permute { axes: vec![0, 0] }], &[8, 2]).contains("axes = [0, 0]"));
    assert!(
        of(vec![LayerSpec::Reshape { shape: vec![5] }], &[8, 2])
            .contains("expected as many values as [5], found [8, 2]")
    );
    let residual = LayerSpec::Residual {
        layers: vec![conv(5)],
        shortcut: Shortcut::Identity,
    };
    assert!(of(vec![residual], &[8, 8, 4]).contains("found [8, 8, 5]"));
    assert!(
        of(
            vec![LayerSpec::BatchNorm {
                eps: 0.0,
                momentum: 0.1
            }],
            &[8]
        )
        .contains("eps = 0")
    );
    let network = network_of("x", vec![dense(3)], &[7]).expect("network");
    let refused = |inputs: &Inputs| {
        network
            .check(inputs)
            .err()
            .map(|e| e.to_string())
            .unwrap_or_default()
    };
    assert_eq!(
        refused(&Inputs::single("x", Tensor::zeros(&[4, 6]))),
        "branches.x: expected [4, 7], found [4, 6]"
    );
    assert_eq!(
        refused(&Inputs::single("y", Tensor::zeros(&[4, 7]))),
        "input \"x\" is missing; there are y"
    );
    let spec = NetworkSpec {
        branches: vec![],
        trunk: vec![],
        heads: vec![],
    };
    assert!(message(Network::new(&spec, &[], 0)).contains("branches"));
}

#[test]
fn a_state_that_does_not_fit_changes_nothing() {
    let build = || network_of("x", vec![dense(3)], &[7]).expect("network");
    let other = network_of("x", vec![dense(3), dense(3)], &[7]).expect("network");
    let owned = |n: &Network| {
        n.state()
            .into_iter()
            .map(|(n, t)| (n, t.clone()))
            .collect::<Vec<_>>()
    };
    let mut network = build();
    let before = owned(&network);
    let error = network
        .load_state(&owned(&other))
        .expect_err("an array too many");
    assert_eq!(
        error.to_string(),
        "state branches.x.1.weight: expected no array of this name, found [3, 3]"
    );
    let mut short = before.clone();
    short.iter_mut().for_each(|(_, t)| t.fill(9.0));
    short.pop();
    let error = network.load_state(&short).expect_err("an array too few");
    assert_eq!(
        error.to_string(),
        "state heads.genre.bias: expected [8], found nothing"
    );
    assert_eq!(owned(&network), before);
    let mut wrong = before.clone();
    wrong[0].1 = Tensor::zeros(&[7, 4]);
    let error = network.load_state(&wrong).expect_err("another shape");
    assert_eq!(
        error.to_string(),
        "state branches.x.0.weight: expected [7, 3], found [7, 4]"
    );
    short.push((before[3].0.clone(), before[3].1.clone()));
    network.load_state(&short).expect("the right arrays");
    assert_eq!(network.params()[0].value.data, vec![9.0; 21]);
}

#[test]
fn a_description_is_readable_and_unknown_keys_are_refused() {
    let text = r#"{"branches": [{"input": "logmel", "layers": [
        {"kind": "conv", "filters": 16, "kernel": [9, 1], "padding": "valid"},
        {"kind": "conv", "filters": 16, "kernel": [3, 3], "padding": [1, 0], "stride": [2, 1]},
        {"kind": "batch_norm"}, {"kind": "relu"}, {"kind": "max_pool"},
        {"kind": "global_pool", "of": ["mean", "std"]}]}],
        "heads": [{"name": "genre", "outputs": 8}]}"#;
    let spec: NetworkSpec = serde_json::from_str(text).expect("spec");
    let network = Network::new(&spec, &[("logmel".into(), vec![128, 128, 1])], 1).expect("network");
    let shapes: Vec<Vec<usize>> = network
        .summary()
        .into_iter()
        .map(|r| r.output_shape)
        .collect();
    assert_eq!(
        shapes[1..4],
        [vec![120, 128, 16], vec![60, 126, 16], vec![60, 126, 16]]
    );
    let again: NetworkSpec =
        serde_json::from_str(&serde_json::to_string(&spec).expect("json")).expect("spec");
    assert_eq!(spec, again);
    for wrong in [
        r#"{"kind": "relu", "slope": 1}"#,
        r#"{"kind": "conv", "filters": 1}"#,
        r#"{"kind": "convolution"}"#,
        r#"{"kind": "gru", "units": 4, "sequence": true}"#,
    ] {
        assert!(serde_json::from_str::<LayerSpec>(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn standardisation_is_fitted_on_observed_rows() {
    let mut network =
        network_of("x", vec![LayerSpec::Standardize { axes: vec![1] }], &[2, 3]).expect("network");
    let rows = |a: &[f32]| {
        Inputs::single(
            "x",
            Tensor::new(&[a.len() / 6, 2, 3], a.to_vec()).expect("rows"),
        )
    };
    network.observe(&rows(&[1.0, 10.0, 5.0, 3.0, 20.0, 5.0]));
    network.observe(&rows(&[5.0, 30.0, 5.0, 7.0, 40.0, 5.0]));
    network.settle();
    let state = network.state();
    let of = |name: &str| {
        state
            .iter()
            .find(|(n, _)| n.ends_with(name))
            .expect("buffer")
            .1
            .data
            .clone()
    };
    assert_eq!(of(".mean"), [4.0, 25.0, 5.0]);
    assert_eq!(of(".deviation"), [5f32.sqrt(), 125f32.sqrt(), 1.0]);
}
