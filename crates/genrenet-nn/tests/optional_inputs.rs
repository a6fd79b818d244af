//! Networks whose rows may lack an input.

use genrenet_nn::{
    BranchSpec, HeadSpec, Inputs, LayerSpec, Network, NetworkSpec, Pass, Scratch, Tensor,
};

fn dense(units: usize) -> LayerSpec {
    LayerSpec::Dense { units, bias: true }
}

#[test]
fn rows_that_lack_an_input_do_not_depend_on_it() {
    let spec = NetworkSpec {
        branches: vec![
            BranchSpec {
                input: "a".into(),
                layers: vec![
                    dense(4),
                    LayerSpec::BatchNorm {
                        eps: 1e-5,
                        momentum: 0.1,
                    },
                ],
                optional: false,
            },
            BranchSpec {
                input: "b".into(),
                layers: vec![
                    dense(5),
                    LayerSpec::BatchNorm {
                        eps: 1e-5,
                        momentum: 0.1,
                    },
                ],
                optional: true,
            },
        ],
        trunk: vec![dense(6), LayerSpec::Relu {}],
        heads: vec![HeadSpec {
            name: "g".into(),
            outputs: 3,
            bias: true,
        }],
    };
    let shapes = [("a".to_owned(), vec![2]), ("b".to_owned(), vec![3])];
    let wave = |n: usize| (0..n).map(|i| (i as f32).cos()).collect::<Vec<f32>>();
    let inputs = |noise: f32| {
        let mut b = Tensor::new(&[4, 3], wave(12)).expect("b");
        b.data[3..6].fill(noise);
        Inputs {
            batch: 4,
            arrays: vec![
                ("a".into(), Tensor::new(&[4, 2], wave(8)).expect("a")),
                ("b".into(), b),
            ],
            present: vec![None, Some(vec![true, false, true, true])],
        }
    };
    let run = |noise: f32| {
        let mut network = Network::new(&spec, &shapes, 2).expect("network");
        network.zero_grad();
        let y = network
            .forward(&inputs(noise), &mut Pass::training(0))
            .to_vec();
        let dx = network.backward_to_inputs(&y);
        assert_eq!(dx[1].shape, [4, 3]);
        assert!(
            dx[1].data[3..6].iter().all(|v| *v == 0.0) && dx[1].data[..3].iter().any(|v| *v != 0.0)
        );
        let absent = network
            .params()
            .into_iter()
            .find(|p| p.name == "branches.b.absent")
            .expect("vector")
            .grad
            .clone();
        assert!(absent.data.iter().any(|v| *v != 0.0));
        let evaluated = network.infer(&inputs(noise), &mut Scratch::new());
        (y, evaluated, network)
    };
    let (y, evaluated, mut network) = run(0.5);
    let (other, other_evaluated, _) = run(f32::NAN);
    assert_eq!((&y, &evaluated), (&other, &other_evaluated));
    // An input that no row has and one that is left out are the same.
    let mut none = inputs(0.0);
    none.present[1] = Some(vec![false; 4]);
    let all_lack = network.infer(&none, &mut Scratch::new());
    none.arrays.pop();
    none.present.pop();
    network.check(&none).expect("optional");
    assert_eq!(all_lack, network.infer(&none, &mut Scratch::new()));
    assert_eq!(
        all_lack[0].data[3..6],
        evaluated[0].data[3..6],
        "the row that lacks it"
    );
    let forward = network.forward(&none, &mut Pass::evaluation()).to_vec();
    network.backward(&forward);
    for (f, e) in forward[0].data.iter().zip(&all_lack[0].data) {
        assert!((f - e).abs() < 1e-5);
    }
}
