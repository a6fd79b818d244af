//! Reading golden values, and a chain of layers to run them through.

use std::collections::BTreeMap;
use std::path::Path;

use genrenet_nn::{Initialiser, Layer, LayerSpec, Param, Pass, Scratch, Tensor, build};
use serde::Deserialize;

/// A golden array.
#[derive(Clone, Deserialize)]
pub struct Numbers {
    pub shape: Vec<usize>,
    pub data: Vec<f32>,
}

impl Numbers {
    pub fn tensor(&self) -> Tensor {
        Tensor::new(&self.shape, self.data.clone()).expect("golden shape")
    }
}

/// A file of tests/golden.
pub fn golden<T: for<'a> Deserialize<'a>>(name: &str) -> T {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// Fails when a value is further from its golden one than `tolerance`, absolutely or relative to it.
pub fn assert_close(what: &str, found: &[f32], expected: &[f32], tolerance: f32) {
    assert_eq!(found.len(), expected.len(), "{what}: length");
    for (i, (f, e)) in found.iter().zip(expected).enumerate() {
        let error = (f - e).abs() / e.abs().max(1.0);
        assert!(
            error <= tolerance,
            "{what}[{i}]: found {f}, expected {e} (error {error:e})"
        );
    }
}

/// Layers one after the other.
pub struct Chain {
    layers: Vec<Box<dyn Layer>>,
    values: Vec<Tensor>,
}

impl Chain {
    pub fn new(specs: &[LayerSpec], input: &[usize]) -> Self {
        let mut first = Initialiser::seeded(1);
        let mut layers: Vec<Box<dyn Layer>> = Vec::new();
        let mut shape = input.to_vec();
        for (i, spec) in specs.iter().enumerate() {
            let layer = build(spec, &i.to_string(), &shape, &mut first).expect("layer");
            shape = layer.output_shape().to_vec();
            layers.push(layer);
        }
        let values = layers.iter().map(|_| Tensor::default()).collect();
        Self { layers, values }
    }

    /// Sets every parameter; fails when the names differ.
    pub fn set(&mut self, params: &BTreeMap<String, Numbers>) {
        let mut found: Vec<String> = Vec::new();
        for param in self.params_mut() {
            let golden = params
                .get(&param.name)
                .unwrap_or_else(|| panic!("no golden value of {}", param.name));
            assert_eq!(param.value.shape, golden.shape, "{}", param.name);
            param.value = golden.tensor().into();
            found.push(param.name.clone());
        }
        found.sort();
        assert!(
            found.iter().eq(params.keys()),
            "parameters {found:?}, golden {:?}",
            params.keys()
        );
    }

    pub fn params(&self) -> Vec<&Param> {
        self.layers
            .iter()
            .flat_map(|layer| layer.params())
            .collect()
    }

    pub fn params_mut(&mut self) -> Vec<&mut Param> {
        self.layers
            .iter_mut()
            .flat_map(|layer| layer.params_mut())
            .collect()
    }

    pub fn zero_grad(&mut self) {
        self.params_mut().into_iter().for_each(|p| p.grad.fill(0.0));
    }

    pub fn forward(&mut self, x: &Tensor) -> Tensor {
        let mut pass = Pass::training(5);
        for (i, layer) in self.layers.iter_mut().enumerate() {
            let (before, after) = self.values.split_at_mut(i);
            layer.forward(before.last().unwrap_or(x), &mut after[0], &mut pass);
        }
        self.values.last().expect("a layer").clone()
    }

    /// Adds to the gradients; returns that of `x`.
    pub fn backward(&mut self, x: &Tensor, dy: &Tensor) -> Tensor {
        let mut d = dy.clone();
        for i in (0..self.layers.len()).rev() {
            let mut dx = Tensor::default();
            let input = if i == 0 { x } else { &self.values[i - 1] };
            self.layers[i].backward(input, &self.values[i], &d, Some(&mut dx));
            d = dx;
        }
        d
    }

    pub fn infer(&self, x: &Tensor) -> Tensor {
        let mut scratch = Scratch::new();
        let mut now = x.clone();
        for layer in &self.layers {
            let mut y = Tensor::default();
            layer.infer(&now, &mut y, &mut scratch);
            now = y;
        }
        now
    }
}
