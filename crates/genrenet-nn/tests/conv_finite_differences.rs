//! Gradients of a convolution block against finite differences of the same function in double precision.

use genrenet_nn::{Initialiser, Layer, LayerSpec, Padding, Pass, Sequential, Tensor};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Convolution, batch normalisation, ReLU and 2 × 2 max-pooling, written as plainly as can be.
struct Reference {
    batch: usize,
    input: [usize; 3],
    filters: usize,
    kernel: [usize; 2],
    stride: [usize; 2],
    padding: usize,
}

impl Reference {
    fn convolved(&self, x: &[f64], weight: &[f64]) -> (Vec<f64>, [usize; 2]) {
        let [h, w, c] = self.input;
        let out = |n: usize, axis: usize| {
            (n + 2 * self.padding - self.kernel[axis]) / self.stride[axis] + 1
        };
        let [oh, ow] = [out(h, 0), out(w, 1)];
        let mut z = Vec::new();
        for n in 0..self.batch {
            for place in 0..oh * ow {
                for f in 0..self.filters {
                    let mut sum = 0.0;
                    for ky in 0..self.kernel[0] {
                        for kx in 0..self.kernel[1] {
                            let y = (place / ow * self.stride[0] + ky).wrapping_sub(self.padding);
                            let x_at =
                                (place % ow * self.stride[1] + kx).wrapping_sub(self.padding);
                            if y >= h || x_at >= w {
                                continue;
                            }
                            for i in 0..c {
                                let tap = (ky * self.kernel[1] + kx) * c + i;
                                sum += x[((n * h + y) * w + x_at) * c + i]
                                    * weight[tap * self.filters + f];
                            }
                        }
                    }
                    z.push(sum);
                }
            }
        }
        (z, [oh, ow])
    }

    /// Σ dy · y.
    fn loss(&self, x: &[f64], [weight, gamma, beta]: [&[f64]; 3], dy: &[f64]) -> f64 {
        let (mut z, [oh, ow]) = self.convolved(x, weight);
        let pixels = z.len() / self.filters;
        for f in 0..self.filters {
            let values: Vec<f64> = z.iter().skip(f).step_by(self.filters).copied().collect();
            let mean = values.iter().sum::<f64>() / pixels as f64;
            let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / pixels as f64;
            for v in z.iter_mut().skip(f).step_by(self.filters) {
                *v = ((*v - mean) / (variance + 1e-5).sqrt() * gamma[f] + beta[f]).max(0.0);
            }
        }
        let mut loss = 0.0;
        let mut next = dy.iter();
        for n in 0..self.batch {
            for py in 0..oh / 2 {
                for px in 0..ow / 2 {
                    for f in 0..self.filters {
                        let at = |ky: usize, kx: usize| {
                            z[((n * oh + 2 * py + ky) * ow + 2 * px + kx) * self.filters + f]
                        };
                        let best = at(0, 0).max(at(0, 1)).max(at(1, 0)).max(at(1, 1));
                        loss += best * next.next().expect("one per output");
                    }
                }
            }
        }
        loss
    }
}

fn doubled(values: &[f32]) -> Vec<f64> {
    values.iter().map(|v| f64::from(*v)).collect()
}

fn check(r: &Reference, faint: bool) {
    let mut rng = ChaCha8Rng::seed_from_u64(11);
    let specs = [
        LayerSpec::Conv {
            filters: r.filters,
            kernel: r.kernel,
            stride: r.stride,
            padding: Padding::Both(r.padding),
            bias: false,
        },
        LayerSpec::BatchNorm {
            eps: 1e-5,
            momentum: 0.1,
        },
        LayerSpec::Relu {},
        LayerSpec::MaxPool {
            size: [2, 2],
            stride: None,
        },
    ];
    let mut layers =
        Sequential::new(&specs, "n", &r.input, &mut Initialiser::seeded(11)).expect("layers");
    let mut draw = |n: usize, scale: f32, shift: f32| -> Vec<f32> {
        (0..n)
            .map(|_| (rng.random::<f32>() * 2.0 - 1.0) * scale + shift)
            .collect()
    };
    let item: usize = r.input.iter().product();
    let x = Tensor::new(
        &[&[r.batch][..], &r.input[..]].concat(),
        draw(r.batch * item, 1.0, 0.0),
    )
    .expect("x");
    {
        let mut params = layers.params_mut();
        // A weight far smaller than its bias hides the normalised value in the output.
        params[1].value.data = draw(r.filters, 0.5, 1.0);
        params[2].value.data = draw(r.filters, 0.4, 0.2);
        if faint {
            params[1].value.data[0] = 1e-3;
            params[2].value.data[0] = 0.5;
        }
    }
    let mut y = Tensor::default();
    layers.forward(&x, &mut y, &mut Pass::training(0));
    let dy = Tensor::new(&y.shape, draw(y.len(), 1.0, 0.0)).expect("dy");
    let mut dx = Tensor::default();
    layers.backward(&x, &y, &dy, Some(&mut dx));

    let mut arrays: Vec<Vec<f64>> = std::iter::once(&x)
        .chain(layers.params().iter().map(|p| &*p.value))
        .map(|t| doubled(&t.data))
        .collect();
    let grads: Vec<Vec<f32>> = std::iter::once(dx.data)
        .chain(layers.params().iter().map(|p| p.grad.data.clone()))
        .collect();
    let dy = doubled(&dy.data);
    for which in 0..arrays.len() {
        let size = grads[which].iter().fold(0.0f32, |m, g| m.max(g.abs()));
        assert!(size > 0.0);
        for i in (0..arrays[which].len()).step_by(1 + arrays[which].len() / 40) {
            let mut at = |step: f64| {
                arrays[which][i] += step;
                let loss = r.loss(&arrays[0], [&arrays[1], &arrays[2], &arrays[3]], &dy);
                arrays[which][i] -= step;
                loss
            };
            let slope = ((at(1e-6) - at(-1e-6)) / 2e-6) as f32;
            let found = grads[which][i];
            assert!(
                (found - slope).abs() < 1e-3 * size.max(0.01),
                "array {which}, value {i}: {found}, slope {slope}"
            );
        }
    }
}

#[test]
fn a_block_of_3_by_3() {
    check(
        &Reference {
            batch: 3,
            input: [8, 7, 2],
            filters: 5,
            kernel: [3, 3],
            stride: [1, 1],
            padding: 1,
        },
        false,
    );
}

#[test]
fn a_block_with_stride() {
    check(
        &Reference {
            batch: 2,
            input: [9, 10, 3],
            filters: 17,
            kernel: [3, 4],
            stride: [1, 2],
            padding: 2,
        },
        false,
    );
}

#[test]
fn a_channel_whose_weight_is_far_smaller_than_its_bias() {
    check(
        &Reference {
            batch: 3,
            input: [8, 8, 2],
            filters: 4,
            kernel: [3, 3],
            stride: [1, 1],
            padding: 1,
        },
        true,
    );
}
