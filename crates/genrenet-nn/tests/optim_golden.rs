//! Schedules against PyTorch; optimisers and averages across a save and a load.

use std::collections::BTreeMap;

use genrenet_nn::optim::{Optimizer, OptimizerSpec, clip_gradients};
use genrenet_nn::schedule::ScheduleSpec;
use genrenet_nn::{AverageSpec, Param, Tensor, WeightAverage};
use serde::Deserialize;

use crate::support::{assert_close, golden};

#[derive(Deserialize)]
struct Rates {
    total: u64,
    rates: Vec<f32>,
    momenta: Vec<f32>,
}

#[test]
fn rates_are_pytorchs() {
    let cases: BTreeMap<String, Rates> = golden("schedules.json");
    let read = |json: &str| -> ScheduleSpec { serde_json::from_str(json).expect("schedule") };
    for (name, spec) in [
        (
            "one_cycle",
            read(r#"{"kind":"one_cycle","momentum":[0.85,0.95]}"#),
        ),
        (
            "one_cycle_long_rise",
            read(r#"{"kind":"one_cycle","rise":0.5,"start_div":10,"end_div":100}"#),
        ),
        ("step", read(r#"{"kind":"step","every":0.33333334}"#)),
        ("cosine", read(r#"{"kind":"cosine","floor":0.01}"#)),
    ] {
        let case = &cases[name];
        let rates: Vec<f32> = (0..case.total)
            .map(|step| spec.lr(0.1, step, case.total))
            .collect();
        assert_close(name, &rates, &case.rates, 1e-7);
        if name == "one_cycle" {
            let momenta: Vec<f32> = (0..case.total)
                .filter_map(|step| spec.momentum(step, case.total))
                .collect();
            assert_close("momentum", &momenta, &case.momenta, 1e-6);
        } else {
            assert_eq!(spec.momentum(0, case.total), None);
        }
        assert_eq!(spec.problem(), None, "{name}");
    }
}

#[test]
fn warm_up_rises_and_then_the_curve_follows() {
    let spec = ScheduleSpec::Cosine {
        floor: 0.0,
        warmup: 0.4,
    };
    let rates: Vec<f32> = (0..10).map(|step| spec.lr(1.0, step, 10)).collect();
    assert_close("warm-up", &rates[..5], &[0.2, 0.4, 0.6, 0.8, 1.0], 1e-6);
    assert!(rates[4..].windows(2).all(|w| w[1] < w[0]) && rates[9] > 0.0);
    assert_eq!(ScheduleSpec::Constant { warmup: 0.0 }.lr(0.3, 7, 10), 0.3);
    assert_eq!(
        ScheduleSpec::one_cycle().lr(0.3, 99, 10),
        ScheduleSpec::one_cycle().lr(0.3, 9, 10)
    );
}

#[test]
fn impossible_settings_are_named() {
    let problem = |spec: OptimizerSpec| spec.problem().expect("a problem");
    assert!(problem(OptimizerSpec::sgd(0.0, 0.9)).contains("optimizer.lr = 0"));
    assert!(problem(OptimizerSpec::sgd(0.1, 1.5)).contains("momentum = 1.5"));
    assert!(problem(OptimizerSpec::adamw(f32::NAN, 0.0)).contains("lr"));
    let nesterov = OptimizerSpec::Sgd {
        lr: 0.1,
        momentum: 0.0,
        nesterov: true,
        weight_decay: 0.0,
        clip_norm: None,
    };
    assert!(problem(nesterov).contains("nesterov"));
    assert_eq!(OptimizerSpec::adam(1e-3).problem(), None);
    let step = ScheduleSpec::Step {
        every: 0.0,
        gamma: 0.1,
        warmup: 0.0,
    };
    assert!(
        step.problem()
            .expect("a problem")
            .contains("schedule.every = 0")
    );
    assert!(
        serde_json::from_str::<OptimizerSpec>(r#"{"kind":"sgd","lr":0.1,"momentun":0.9}"#).is_err()
    );
}

/// A small parameter, one across a block of threads, one without decay.
fn params() -> Vec<Param> {
    [
        ("a.weight", 7, true),
        ("b.weight", 70_000, true),
        ("b.bias", 3, false),
    ]
    .into_iter()
    .map(|(name, len, decay)| {
        let value = (0..len)
            .map(|i| ((i * 37 % 101) as f32 - 50.0) / 50.0)
            .collect();
        let mut param = Param::new(
            name,
            Tensor {
                shape: vec![len],
                data: value,
            },
            decay,
        );
        param
            .grad
            .data
            .iter_mut()
            .enumerate()
            .for_each(|(i, g)| *g = ((i * 13 % 29) as f32 - 14.0) / 14.0);
        param
    })
    .collect()
}

fn step(optimizer: &mut Optimizer, params: &mut [Param]) {
    let mut all: Vec<&mut Param> = params.iter_mut().collect();
    optimizer.step(&mut all, 0.01);
    for param in params {
        param
            .grad
            .data
            .iter_mut()
            .zip(&param.value.data)
            .for_each(|(g, w)| *g = 0.5 * *g + 0.1 * w);
    }
}

const SPECS: [&str; 4] = [
    r#"{"kind":"sgd","lr":0.01}"#,
    r#"{"kind":"sgd","lr":0.01,"momentum":0.9,"nesterov":true,"weight_decay":0.01,"clip_norm":5.0}"#,
    r#"{"kind":"adam","lr":0.01,"weight_decay":0.01}"#,
    r#"{"kind":"adamw","lr":0.01,"clip_norm":1.0}"#,
];

#[test]
fn a_resumed_run_ends_in_the_same_bytes() {
    for spec in SPECS {
        let spec: OptimizerSpec = serde_json::from_str(spec).expect("optimizer");
        let (mut whole, mut whole_params) = (Optimizer::new(&spec), params());
        for _ in 0..6 {
            step(&mut whole, &mut whole_params);
        }
        let (mut first, mut resumed_params) = (Optimizer::new(&spec), params());
        for _ in 0..3 {
            step(&mut first, &mut resumed_params);
        }
        let mut second = Optimizer::new(&spec);
        let names: Vec<&Param> = resumed_params.iter().collect();
        second.load_state(&first.state(), &names).expect("state");
        for _ in 0..3 {
            step(&mut second, &mut resumed_params);
        }
        for (a, b) in whole_params.iter().zip(&resumed_params) {
            assert_eq!(a.value, b.value, "{spec:?} {}", a.name);
        }
        assert_eq!(whole.steps(), second.steps());
        assert_eq!(whole.state(), second.state());
    }
}

#[test]
fn threads_change_no_bit() {
    for spec in SPECS {
        let spec: OptimizerSpec = serde_json::from_str(spec).expect("optimizer");
        let run = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .expect("threads");
            pool.install(|| {
                let (mut optimizer, mut params) = (Optimizer::new(&spec), params());
                (0..3).for_each(|_| step(&mut optimizer, &mut params));
                params.into_iter().map(|p| p.value).collect::<Vec<_>>()
            })
        };
        assert_eq!(run(1), run(2), "{spec:?}");
    }
}

#[test]
fn a_state_of_another_network_is_refused_and_nothing_is_changed() {
    let spec = OptimizerSpec::adam(0.01);
    let (mut optimizer, mut all) = (Optimizer::new(&spec), params());
    step(&mut optimizer, &mut all);
    let before = optimizer.state();
    let other = Param::new("c.weight", Tensor::zeros(&[2]), true);
    let error = optimizer
        .load_state(&before, &[&other])
        .expect_err("another network")
        .to_string();
    assert!(error.contains("optimizer.mean.c.weight"), "{error}");
    let short = Param::new("a.weight", Tensor::zeros(&[2]), true);
    let error = optimizer
        .load_state(&before, &[&short])
        .expect_err("another shape")
        .to_string();
    assert!(error.contains("[2]") && error.contains("[7]"), "{error}");
    assert_eq!(optimizer.state(), before);
}

#[test]
fn clipping_scales_to_the_limit_and_leaves_what_is_below() {
    let norm = |params: &[Param]| {
        params
            .iter()
            .flat_map(|p| &p.grad.data)
            .map(|g| f64::from(*g).powi(2))
            .sum::<f64>()
            .sqrt()
    };
    let mut all = params();
    let before = norm(&all);
    let found = clip_gradients(&mut all.iter_mut().collect::<Vec<_>>(), 1.0);
    assert!((f64::from(found) / before - 1.0).abs() < 1e-6);
    assert!((norm(&all) - 1.0).abs() < 1e-5);
    let mut all = params();
    clip_gradients(&mut all.iter_mut().collect::<Vec<_>>(), 1e6);
    assert_eq!(norm(&all), before);
}

#[test]
fn averages_follow_swap_in_and_swap_back() {
    let state = |v: f32| {
        vec![Tensor {
            shape: vec![2],
            data: vec![v, 7.0],
        }]
    };
    let mut swa = WeightAverage::new(AverageSpec::Swa { start: 0.5 });
    assert!(!swa.follows(4, 10) && swa.follows(5, 10));
    for v in [1.0, 2.0, 6.0] {
        swa.update(&state(v));
    }
    let mut weights = state(6.0);
    swa.swap(&mut weights);
    assert_close("mean", &weights[0].data, &[3.0, 7.0], 1e-6);
    swa.swap(&mut weights);
    assert_eq!(weights, state(6.0));

    let mut ema = WeightAverage::new(AverageSpec::Ema { decay: 0.9 });
    let mut untouched = state(4.0);
    ema.swap(&mut untouched);
    assert_eq!(untouched, state(4.0), "nothing to swap in yet");
    ema.update(&state(1.0));
    ema.update(&state(2.0));
    // The second update's decay is (1 + 2) / (10 + 2).
    assert_close("ema", &ema.tensors()[0].data, &[1.75, 7.0], 1e-6);
    let mut other = WeightAverage::new(AverageSpec::Ema { decay: 0.9 });
    other.load_state(&ema.state(), &[vec![2]]).expect("state");
    ema.update(&state(3.0));
    other.update(&state(3.0));
    assert_eq!(ema.tensors(), other.tensors());
    assert!(other.load_state(&ema.state(), &[vec![3]]).is_err());
}
