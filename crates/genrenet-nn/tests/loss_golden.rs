//! Losses against PyTorch, and losses that PyTorch lacks (reference/nn_sequence.py).

use std::collections::BTreeMap;

use genrenet_nn::Tensor;
use genrenet_nn::loss::{
    Reduction, binary_cross_entropy, cross_entropy, distillation, mean_squared_error, one_hot,
    smooth_labels, softmax,
};
use serde_json::Value;

use crate::support::{Numbers, assert_close, golden};

struct Golden(BTreeMap<String, Value>);

impl Golden {
    fn read() -> Self {
        Self(golden("losses.json"))
    }

    fn tensor(&self, key: &str) -> Tensor {
        serde_json::from_value::<Numbers>(self.0[key].clone())
            .expect("array")
            .tensor()
    }

    fn list<T: for<'a> serde::Deserialize<'a>>(&self, key: &str) -> Vec<T> {
        serde_json::from_value(self.0[key].clone()).expect("list")
    }

    fn check(&self, key: &str, (loss, gradient): (f32, Tensor)) {
        let expected = self.0[key]["loss"].as_f64().expect("number") as f32;
        let d: Numbers = serde_json::from_value(self.0[key]["gradient"].clone()).expect("array");
        assert_close(&format!("{key} loss"), &[loss], &[expected], 2e-6);
        assert_close(&format!("{key} gradient"), &gradient.data, &d.data, 2e-6);
        assert_eq!(gradient.shape, d.shape, "{key}");
    }
}

#[test]
fn values_and_gradients_are_pytorchs() {
    let g = Golden::read();
    let (logits, soft) = (g.tensor("logits"), g.tensor("soft"));
    g.check(
        "cross_entropy_soft",
        cross_entropy(&logits, &soft, None, None),
    );
    let mut labels = one_hot(&g.list::<usize>("labels"), 4);
    smooth_labels(&mut labels, 0.1, None);
    g.check(
        "cross_entropy_smoothed",
        cross_entropy(&logits, &labels, None, None),
    );
    g.check(
        "cross_entropy_weighted",
        cross_entropy(&logits, &soft, Some(&g.list("weights")), None),
    );
    g.check(
        "cross_entropy_masked",
        cross_entropy(&logits, &soft, None, Some(&g.list("mask"))),
    );
    g.check(
        "binary_cross_entropy",
        binary_cross_entropy(&logits, &g.tensor("binary"), None),
    );
    g.check(
        "mean_squared_error",
        mean_squared_error(&logits, &soft, None, Reduction::Mean),
    );
    g.check(
        "distillation",
        distillation(&logits, &g.tensor("teacher"), 2.5, None, None),
    );
}

#[test]
fn the_hand_made_rule_sums_the_gradient_and_reports_the_mean() {
    let p = Tensor::new(&[2, 1], vec![0.25, 0.5]).expect("shape");
    let t = Tensor::new(&[2, 1], vec![1.0, 0.0]).expect("shape");
    let (loss, d) = mean_squared_error(&p, &t, None, Reduction::Sum);
    assert_close("loss", &[loss], &[(0.5625 + 0.25) / 2.0], 1e-6);
    assert_close("gradient", &d.data, &[-1.5, 1.0], 1e-6);
}

#[test]
fn a_masked_class_gets_no_gradient_whatever_its_logit() {
    let logits = Tensor::new(&[1, 3], vec![1.0, 2.0, f32::INFINITY]).expect("shape");
    let targets = one_hot(&[1], 3);
    let (loss, d) = cross_entropy(&logits, &targets, None, Some(&[true, true, false]));
    assert_close("loss", &[loss], &[(1.0f32 + (-1.0f32).exp()).ln()], 1e-6);
    assert_eq!(d.data[2], 0.0);
    assert!((d.data[0] + d.data[1]).abs() < 1e-6 && d.data[1] < 0.0);
}

#[test]
fn a_row_without_classes_or_weight_changes_nothing() {
    let logits = Tensor::new(&[2, 2], vec![1.0, -1.0, 3.0, 0.5]).expect("shape");
    let targets = one_hot(&[0, 1], 2);
    let alone = cross_entropy(
        &Tensor::new(&[1, 2], vec![1.0, -1.0]).expect("shape"),
        &one_hot(&[0], 2),
        None,
        None,
    );
    for (weights, mask) in [
        (Some([1.0, 0.0]), None),
        (None, Some([true, true, false, false])),
    ] {
        let weights = weights.as_ref().map(|w| &w[..]);
        let (loss, d) = cross_entropy(&logits, &targets, weights, mask.as_ref().map(|m| &m[..]));
        assert_eq!((loss, &d.data[..2]), (alone.0, &alone.1.data[..]));
        assert_eq!(d.data[2..], [0.0, 0.0]);
    }
    let nothing = cross_entropy(&logits, &targets, Some(&[0.0, 0.0]), None);
    assert_eq!((nothing.0, nothing.1.data), (0.0, vec![0.0; 4]));
}

#[test]
fn smoothing_spreads_over_the_classes_in_use_only() {
    let mut targets = one_hot(&[0], 3);
    smooth_labels(&mut targets, 0.2, Some(&[true, true, false]));
    assert_close("targets", &targets.data, &[0.9, 0.1, 0.0], 1e-6);
}

#[test]
fn large_logits_do_not_overflow() {
    let logits = Tensor::new(&[1, 2], vec![1000.0, -1000.0]).expect("shape");
    let (loss, d) = cross_entropy(&logits, &one_hot(&[1], 2), None, None);
    assert_eq!((loss, &d.data[..]), (2000.0, &[1.0, -1.0][..]));
    let (loss, d) = binary_cross_entropy(
        &logits,
        &Tensor::new(&[1, 2], vec![0.0, 0.0]).expect("shape"),
        None,
    );
    assert_eq!((loss, &d.data[..]), (500.0, &[0.5, 0.0][..]));
    let mut p = logits.clone();
    softmax(&mut p);
    assert_eq!(p.data, [1.0, 0.0]);
}

#[test]
fn a_nan_logit_makes_the_loss_nan() {
    let logits = Tensor::new(&[1, 2], vec![f32::NAN, 1.0]).expect("shape");
    assert!(
        cross_entropy(&logits, &one_hot(&[1], 2), None, None)
            .0
            .is_nan()
    );
    assert!(
        binary_cross_entropy(&logits, &one_hot(&[1], 2), None)
            .0
            .is_nan()
    );
}
