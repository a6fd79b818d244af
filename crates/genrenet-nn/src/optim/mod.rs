//! Optimisers: SGD, Adam and AdamW as PyTorch defines them, with global-norm clipping.
//!
//! A step works in place on each parameter with one fused loop; large parameters are shared among threads in fixed
//! blocks, which changes nothing since every element is updated independently. State is kept by parameter name, so that a checkpoint
//! restores it byte for byte.

mod clip;
mod spec;

use rayon::prelude::*;

use crate::kernels::update;
use crate::{NnError, Param, Tensor};

pub use clip::clip_gradients;
pub use spec::OptimizerSpec;

/// Elements per block that threads share; a smaller parameter is one block.
const BLOCK: usize = 1 << 16;

/// The moments that an optimiser keeps for one parameter.
#[derive(Clone, Debug)]
struct Moments {
    name: String,
    slots: Vec<Tensor>,
}

/// An optimiser with its state.
#[derive(Clone, Debug)]
pub struct Optimizer {
    spec: OptimizerSpec,
    momentum: Option<f32>,
    steps: u64,
    memory: Vec<Moments>,
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
    /// For [`crate::schedule::ScheduleSpec::momentum`]; not part of the saved state, since the schedule sets it at each step.
    pub fn set_momentum(&mut self, momentum: Option<f32>) {
        self.momentum = momentum;
    }

    /// Moves every parameter against its gradient with learning rate `lr`; returns the norm of all gradients together
    /// before clipping (0 without clipping, since it is not computed then).
    ///
    /// Gradients are unchanged except for clipping. The parameters must be the same, in the same order, at every step.
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
                .map(|p| Moments {
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

    /// The rule of this step with its numbers.
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

    /// Restores what [`Self::state`] returned, for the parameters of `params` in their order; other names are ignored.
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
                memory.push(Moments {
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
