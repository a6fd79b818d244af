//! Optimisers: SGD, Adam and AdamW as PyTorch defines them, with global-norm clipping.
//!
//! A step works in place on each parameter with one fused loop; large parameters are shared among threads in fixed
//! blocks, which changes nothing since every element is on its own. State is kept by parameter name, so that a checkpoint
//! restores it byte for byte.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::kernels::update;
use crate::{NnError, Param, Tensor};

/// Elements per block that threads share; a smaller parameter is one block.
const BLOCK: usize = 1 << 16;

/// Which optimiser, with its settings.
///
/// In TOML: `optimizer = { kind = "sgd", lr = 0.01, momentum = 0.9 }`, `{ kind = "adamw", lr = 1e-3, weight_decay = 0.01 }`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum OptimizerSpec {
    /// Stochastic gradient descent (`torch.optim.SGD`, dampening 0).
    Sgd {
        /// Base learning rate, above 0.
        lr: f32,
        /// Momentum in 0–1; 0 keeps no state.
        #[serde(default)]
        momentum: f32,
        /// Nesterov's look-ahead; needs momentum.
        #[serde(default)]
        nesterov: bool,
        /// L2 penalty added to the gradient of weights (not of biases or normalisation).
        #[serde(default)]
        weight_decay: f32,
        /// Largest norm of all gradients together; above it they are scaled down (`clip_grad_norm_`).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        clip_norm: Option<f32>,
    },
    /// Adam (Kingma & Ba 2015; `torch.optim.Adam`): weight decay is added to the gradient.
    Adam {
        /// Base learning rate, above 0.
        lr: f32,
        /// Decay of the mean and of the squared mean of the gradient.
        #[serde(default = "default_betas")]
        betas: [f32; 2],
        /// Added to the root in the denominator.
        #[serde(default = "default_eps")]
        eps: f32,
        /// L2 penalty, as for SGD.
        #[serde(default)]
        weight_decay: f32,
        /// As for SGD.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        clip_norm: Option<f32>,
    },
    /// AdamW (Loshchilov & Hutter 2019; `torch.optim.AdamW`): weights shrink by `lr · weight_decay` on their own.
    #[serde(rename = "adamw")]
    AdamW {
        /// Base learning rate, above 0.
        lr: f32,
        /// Decay of the mean and of the squared mean of the gradient.
        #[serde(default = "default_betas")]
        betas: [f32; 2],
        /// Added to the root in the denominator.
        #[serde(default = "default_eps")]
        eps: f32,
        /// Share of a weight lost per unit of learning rate and step.
        #[serde(default = "default_decoupled_decay")]
        weight_decay: f32,
        /// As for SGD.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        clip_norm: Option<f32>,
    },
}

fn default_betas() -> [f32; 2] {
    [0.9, 0.999]
}

fn default_eps() -> f32 {
    1e-8
}

fn default_decoupled_decay() -> f32 {
    0.01
}

impl OptimizerSpec {
    /// Plain gradient descent.
    pub fn sgd(lr: f32, momentum: f32) -> Self {
        OptimizerSpec::Sgd {
            lr,
            momentum,
            nesterov: false,
            weight_decay: 0.0,
            clip_norm: None,
        }
    }

    /// Adam with PyTorch's defaults.
    pub fn adam(lr: f32) -> Self {
        OptimizerSpec::Adam {
            lr,
            betas: default_betas(),
            eps: default_eps(),
            weight_decay: 0.0,
            clip_norm: None,
        }
    }

    /// AdamW with PyTorch's defaults but for the weight decay.
    pub fn adamw(lr: f32, weight_decay: f32) -> Self {
        OptimizerSpec::AdamW {
            lr,
            betas: default_betas(),
            eps: default_eps(),
            weight_decay,
            clip_norm: None,
        }
    }

    /// The base learning rate, which a schedule moves.
    pub fn lr(&self) -> f32 {
        match *self {
            OptimizerSpec::Sgd { lr, .. }
            | OptimizerSpec::Adam { lr, .. }
            | OptimizerSpec::AdamW { lr, .. } => lr,
        }
    }

    /// The largest norm of the gradients, where clipping is asked for.
    pub fn clip_norm(&self) -> Option<f32> {
        match *self {
            OptimizerSpec::Sgd { clip_norm, .. }
            | OptimizerSpec::Adam { clip_norm, .. }
            | OptimizerSpec::AdamW { clip_norm, .. } => clip_norm,
        }
    }

    /// Names of the state arrays that one parameter has.
    fn slots(&self) -> &'static [&'static str] {
        match self {
            OptimizerSpec::Sgd { momentum: 0.0, .. } => &[],
            OptimizerSpec::Sgd { .. } => &["momentum"],
            OptimizerSpec::Adam { .. } | OptimizerSpec::AdamW { .. } => &["mean", "square"],
        }
    }

    /// Says what is wrong with the numbers, naming the key, or nothing.
    pub fn problem(&self) -> Option<String> {
        let not = |key: &str, value: f32, expected: &str, good: bool| {
            (!good).then(|| format!("optimizer.{key} = {value}: expected {expected}"))
        };
        let decay = match *self {
            OptimizerSpec::Sgd { weight_decay, .. }
            | OptimizerSpec::Adam { weight_decay, .. }
            | OptimizerSpec::AdamW { weight_decay, .. } => weight_decay,
        };
        let lr = self.lr();
        not("lr", lr, "a number above 0", lr > 0.0 && lr.is_finite())
            .or_else(|| not("weight_decay", decay, "0 or more", decay >= 0.0))
            .or_else(|| {
                self.clip_norm()
                    .and_then(|c| not("clip_norm", c, "a number above 0", c > 0.0))
            })
            .or_else(|| match *self {
                OptimizerSpec::Sgd {
                    momentum, nesterov, ..
                } => not(
                    "momentum",
                    momentum,
                    "0 to below 1",
                    (0.0..1.0).contains(&momentum),
                )
                .or_else(|| {
                    (nesterov && momentum == 0.0).then(|| {
                        "optimizer.nesterov = true: expected a momentum above 0 beside it"
                            .to_string()
                    })
                }),
                OptimizerSpec::Adam { betas, eps, .. }
                | OptimizerSpec::AdamW { betas, eps, .. } => betas
                    .into_iter()
                    .find_map(|beta| not("betas", beta, "0 to below 1", (0.0..1.0).contains(&beta)))
                    .or_else(|| not("eps", eps, "a number above 0", eps > 0.0)),
            })
    }
}

/// What an optimiser remembers of one parameter.
#[derive(Clone, Debug)]
struct Memory {
    name: String,
    slots: Vec<Tensor>,
}

/// An optimiser with its state.
#[derive(Clone, Debug)]
pub struct Optimizer {
    spec: OptimizerSpec,
    momentum: Option<f32>,
    steps: u64,
    memory: Vec<Memory>,
}

impl Optimizer {
    /// An optimiser before its first step.
    pub fn new(spec: &OptimizerSpec) -> Self {
        Self {
            spec: spec.clone(),
            momentum: None,
            steps: 0,
            memory: Vec::new(),
        }
    }

    /// The settings.
    pub fn spec(&self) -> &OptimizerSpec {
        &self.spec
    }

    /// Steps taken so far.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Replaces momentum (SGD with momentum) or β₁ (Adam, AdamW) from the next step on; `None` returns to the settings.
    ///
    /// For [`crate::schedule::ScheduleSpec::momentum`]; not part of the saved state, since the schedule gives it anew at each step.
    pub fn set_momentum(&mut self, momentum: Option<f32>) {
        self.momentum = momentum;
    }

    /// Moves every parameter against its gradient with learning rate `lr`; returns the norm of all gradients together
    /// before clipping (0 when no clipping is asked for, since it is not computed then).
    ///
    /// Gradients are left as they are but for clipping. The parameters must be the same, in the same order, at every step.
    ///
    /// # Panics
    /// When the parameters are others than at the step before.
    pub fn step(&mut self, params: &mut [&mut Param], lr: f32) -> f32 {
        self.remember(params);
        self.steps += 1;
        let norm = self
            .spec
            .clip_norm()
            .map_or(0.0, |limit| clip_gradients(params, limit));
        let rule = self.rule(lr);
        for (param, memory) in params.iter_mut().zip(&mut self.memory) {
            let Param {
                value, grad, decay, ..
            } = &mut **param;
            apply(rule, *decay, &mut value.data, &grad.data, &mut memory.slots);
        }
        norm
    }

    /// Makes the state arrays at the first step and checks them at the others.
    fn remember(&mut self, params: &[&mut Param]) {
        let slots = self.spec.slots();
        if self.memory.is_empty() {
            self.memory = params
                .iter()
                .map(|p| Memory {
                    name: p.name.clone(),
                    slots: slots
                        .iter()
                        .map(|_| Tensor::zeros(&p.value.shape))
                        .collect(),
                })
                .collect();
        }
        assert_eq!(
            self.memory.len(),
            params.len(),
            "optimizer: the number of parameters has changed"
        );
        for (memory, param) in self.memory.iter().zip(params) {
            let same = memory
                .slots
                .iter()
                .all(|slot| slot.len() == param.value.len());
            assert!(
                same && memory.name == param.name,
                "optimizer: parameter {} was {} before",
                param.name,
                memory.name
            );
        }
    }

    /// This step's rule with its numbers worked out.
    fn rule(&self, lr: f32) -> Rule {
        match self.spec {
            OptimizerSpec::Sgd {
                momentum,
                nesterov,
                weight_decay,
                ..
            } => {
                let momentum = if momentum == 0.0 {
                    0.0
                } else {
                    self.momentum.unwrap_or(momentum)
                };
                Rule::Sgd(update::Sgd {
                    lr,
                    momentum,
                    nesterov,
                    weight_decay,
                })
            }
            OptimizerSpec::Adam {
                betas,
                eps,
                weight_decay,
                ..
            } => Rule::Adam(self.adam(lr, betas, eps, weight_decay, false)),
            OptimizerSpec::AdamW {
                betas,
                eps,
                weight_decay,
                ..
            } => Rule::Adam(self.adam(lr, betas, eps, weight_decay, true)),
        }
    }

    /// Adam's numbers at this step: both bias corrections in `f64`, as PyTorch has them in Python.
    fn adam(
        &self,
        lr: f32,
        betas: [f32; 2],
        eps: f32,
        weight_decay: f32,
        decoupled: bool,
    ) -> update::Adam {
        let first = f64::from(self.momentum.unwrap_or(betas[0]));
        let second = f64::from(betas[1]);
        let steps = i32::try_from(self.steps).unwrap_or(i32::MAX);
        let correction = 1.0 - first.powi(steps);
        update::Adam {
            beta1: first as f32,
            beta2: second as f32,
            step_size: (f64::from(lr) / correction) as f32,
            root_scale: (1.0 / (1.0 - second.powi(steps)).sqrt()) as f32,
            eps,
            weight_decay: if decoupled { 0.0 } else { weight_decay },
            shrink: if decoupled {
                1.0 - lr * weight_decay
            } else {
                1.0
            },
        }
    }

    /// The state as named arrays for a checkpoint: `optimizer.steps` and `optimizer.<slot>.<parameter>`.
    pub fn state(&self) -> Vec<(String, Tensor)> {
        // A count as two f32 that are exact for any run: high and low 20 bits.
        let steps = vec![(self.steps >> 20) as f32, (self.steps & 0xf_ffff) as f32];
        let mut state = vec![(
            "optimizer.steps".to_string(),
            Tensor {
                shape: vec![2],
                data: steps,
            },
        )];
        for memory in &self.memory {
            for (slot, tensor) in self.spec.slots().iter().zip(&memory.slots) {
                state.push((format!("optimizer.{slot}.{}", memory.name), tensor.clone()));
            }
        }
        state
    }

    /// Restores what [`Self::state`] gave, for the parameters of `params` in their order; other names are ignored.
    ///
    /// # Errors
    /// [`NnError::State`] naming the array that is missing or has another shape; the optimiser is then as it was before.
    pub fn load_state(
        &mut self,
        state: &[(String, Tensor)],
        params: &[&Param],
    ) -> Result<(), NnError> {
        let find = |name: &str, shape: &[usize]| -> Result<Tensor, NnError> {
            let expected = format!("an array of shape {shape:?}");
            let missing = |found: String| NnError::State {
                name: name.to_string(),
                expected,
                found,
            };
            match state.iter().find(|(key, _)| key == name) {
                Some((_, tensor)) if tensor.shape == shape => Ok(tensor.clone()),
                Some((_, tensor)) => Err(missing(format!("shape {:?}", tensor.shape))),
                None => Err(missing("nothing".to_string())),
            }
        };
        let steps = find("optimizer.steps", &[2])?;
        let steps = ((steps.data[0] as u64) << 20) + steps.data[1] as u64;
        let mut memory = Vec::new();
        if steps > 0 {
            for param in params {
                let slots = self.spec.slots().iter();
                let slots = slots.map(|slot| {
                    find(
                        &format!("optimizer.{slot}.{}", param.name),
                        &param.value.shape,
                    )
                });
                memory.push(Memory {
                    name: param.name.clone(),
                    slots: slots.collect::<Result<_, _>>()?,
                });
            }
        }
        (self.steps, self.memory) = (steps, memory);
        Ok(())
    }
}

/// One step's update, ready to be applied to any parameter.
#[derive(Clone, Copy)]
enum Rule {
    Sgd(update::Sgd),
    Adam(update::Adam),
}

/// Applies a rule to one parameter, in blocks shared among threads where it is large.
fn apply(rule: Rule, decay: bool, value: &mut [f32], grad: &[f32], slots: &mut [Tensor]) {
    match (rule, slots) {
        (Rule::Sgd(rule), []) => {
            let rule = if decay { rule } else { rule.without_decay() };
            if value.len() <= BLOCK {
                update::sgd(rule, value, grad);
            } else {
                value
                    .par_chunks_mut(BLOCK)
                    .zip(grad.par_chunks(BLOCK))
                    .for_each(|(v, g)| update::sgd(rule, v, g));
            }
        }
        (Rule::Sgd(rule), [momentum, ..]) => {
            let rule = if decay { rule } else { rule.without_decay() };
            if value.len() <= BLOCK {
                update::sgd_momentum(rule, value, grad, &mut momentum.data);
            } else {
                let blocks = value.par_chunks_mut(BLOCK).zip(grad.par_chunks(BLOCK));
                blocks
                    .zip(momentum.data.par_chunks_mut(BLOCK))
                    .for_each(|((v, g), m)| update::sgd_momentum(rule, v, g, m));
            }
        }
        (Rule::Adam(rule), [mean, square, ..]) => {
            let rule = if decay { rule } else { rule.without_decay() };
            if value.len() <= BLOCK {
                update::adam(rule, value, grad, &mut mean.data, &mut square.data);
            } else {
                let blocks = value.par_chunks_mut(BLOCK).zip(grad.par_chunks(BLOCK));
                let state = mean
                    .data
                    .par_chunks_mut(BLOCK)
                    .zip(square.data.par_chunks_mut(BLOCK));
                blocks
                    .zip(state)
                    .for_each(|((v, g), (m, s))| update::adam(rule, v, g, m, s));
            }
        }
        (Rule::Adam(_), _) => {}
    }
}

/// Scales all gradients so that their joint norm is at most `limit`; returns the norm before.
///
/// As `torch.nn.utils.clip_grad_norm_` (the scale is `limit / (norm + 1e-6)`, never above 1). Squares are summed in `f64`,
/// block by block in order, so that threads change nothing.
pub fn clip_gradients(params: &mut [&mut Param], limit: f32) -> f32 {
    let mut sum = 0.0f64;
    for param in params.iter() {
        let grad = &param.grad.data;
        if grad.len() <= BLOCK {
            sum += update::sum_of_squares(grad);
        } else {
            let blocks: Vec<f64> = grad.par_chunks(BLOCK).map(update::sum_of_squares).collect();
            sum += blocks.iter().sum::<f64>();
        }
    }
    let norm = sum.sqrt();
    let scale = f64::from(limit) / (norm + 1e-6);
    // A gradient that is not a number must reach the caller as it is: it stops the run there.
    if scale < 1.0 {
        let scale = scale as f32;
        for param in params.iter_mut() {
            param.grad.data.iter_mut().for_each(|g| *g *= scale);
        }
    }
    norm as f32
}
