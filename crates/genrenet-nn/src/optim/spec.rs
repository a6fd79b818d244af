//! The settings of an optimiser, as a recipe has them.

use serde::{Deserialize, Serialize};

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

    /// The largest norm of the gradients, where gradients are clipped.
    pub fn clip_norm(&self) -> Option<f32> {
        match *self {
            OptimizerSpec::Sgd { clip_norm, .. }
            | OptimizerSpec::Adam { clip_norm, .. }
            | OptimizerSpec::AdamW { clip_norm, .. } => clip_norm,
        }
    }

    /// Names of the state arrays that one parameter has.
    pub(super) fn slots(&self) -> &'static [&'static str] {
        match self {
            OptimizerSpec::Sgd { momentum: 0.0, .. } => &[],
            OptimizerSpec::Sgd { .. } => &["momentum"],
            OptimizerSpec::Adam { .. } | OptimizerSpec::AdamW { .. } => &["mean", "square"],
        }
    }

    /// What is wrong with the numbers, if anything, with the key.
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
