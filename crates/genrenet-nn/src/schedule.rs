//! Learning-rate schedules: the rate as a pure function of the step, so that a resumed run needs no state.

use serde::{Deserialize, Serialize};

/// How the learning rate moves over a run.
///
/// In TOML: `schedule = { kind = "one_cycle" }`, `{ kind = "cosine", warmup = 0.05, floor = 0.01 }`. Lengths are shares of
/// the whole run in 0–1, so that a recipe keeps its shape when its number of epochs changes. `warmup` rises linearly from
/// nearly 0 to the full rate and then the curve runs over the rest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum ScheduleSpec {
    /// The base rate throughout.
    Constant {
        /// Share of the run in which the rate rises linearly.
        #[serde(default)]
        warmup: f32,
    },
    /// The rate is multiplied by `gamma` after each share `every` of the run (`torch.optim.lr_scheduler.StepLR`).
    Step {
        /// Share of the run between two drops, above 0.
        every: f32,
        /// Factor of each drop.
        #[serde(default = "Defaults::gamma")]
        gamma: f32,
        /// Share of the run in which the rate rises linearly.
        #[serde(default)]
        warmup: f32,
    },
    /// Half a cosine from the base rate to `floor` times it (`CosineAnnealingLR`; Loshchilov & Hutter 2017, SGDR).
    Cosine {
        /// What is left of the base rate at the end, as a factor.
        #[serde(default)]
        floor: f32,
        /// Share of the run in which the rate rises linearly.
        #[serde(default)]
        warmup: f32,
    },
    /// Up to the base rate and down again, each as half a cosine, exactly `torch.optim.lr_scheduler.OneCycleLR` (Smith 2018).
    OneCycle {
        /// Share of the run that rises.
        #[serde(default = "Defaults::rise")]
        rise: f32,
        /// The first rate is the base rate divided by this.
        #[serde(default = "Defaults::start_div")]
        start_div: f32,
        /// The last rate is the first rate divided by this.
        #[serde(default = "Defaults::end_div")]
        end_div: f32,
        /// `[lowest, highest]` momentum (or Adam's β₁), moved against the rate; unset leaves it unchanged. PyTorch: `[0.85, 0.95]`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        momentum: Option<[f32; 2]>,
    },
}

/// PyTorch's defaults, named for serde.
struct Defaults;

impl Defaults {
    fn gamma() -> f32 {
        0.1
    }
    fn rise() -> f32 {
        0.3
    }
    fn start_div() -> f32 {
        25.0
    }
    fn end_div() -> f32 {
        1e4
    }
}

impl Default for ScheduleSpec {
    fn default() -> Self {
        ScheduleSpec::Constant { warmup: 0.0 }
    }
}

impl ScheduleSpec {
    /// PyTorch's one-cycle schedule with its defaults, momentum unchanged.
    pub fn one_cycle() -> Self {
        ScheduleSpec::OneCycle {
            rise: Defaults::rise(),
            start_div: Defaults::start_div(),
            end_div: Defaults::end_div(),
            momentum: None,
        }
    }

    /// The learning rate of step `step` (from 0) of `total` steps, for a base rate `base`.
    ///
    /// Steps past the end keep the last rate.
    pub fn lr(&self, base: f32, step: u64, total: u64) -> f32 {
        let total = total.max(1);
        let step = step.min(total - 1);
        let factor = match *self {
            ScheduleSpec::Constant { warmup } => warm(warmup, step, total).unwrap_or(1.0),
            ScheduleSpec::Step {
                every,
                gamma,
                warmup,
            } => warm(warmup, step, total).unwrap_or_else(|| {
                let span = (f64::from(every) * total as f64).max(1.0);
                // Slightly above the quotient: a share such as 1/3 must not drop one step late by rounding.
                f64::from(gamma).powi((step as f64 / span + 1e-6) as i32)
            }),
            ScheduleSpec::Cosine { floor, warmup } => {
                warm(warmup, step, total).unwrap_or_else(|| {
                    let start = warmup_steps(warmup, total);
                    let place = (step - start) as f64 / (total - start).max(1) as f64;
                    let floor = f64::from(floor);
                    floor + (1.0 - floor) * 0.5 * (1.0 + (std::f64::consts::PI * place).cos())
                })
            }
            ScheduleSpec::OneCycle {
                rise,
                start_div,
                end_div,
                ..
            } => {
                let first = 1.0 / f64::from(start_div);
                cycle(rise, step, total, first, 1.0, first / f64::from(end_div))
            }
        };
        (f64::from(base) * factor) as f32
    }

    /// The momentum (or β₁) that the schedule sets at a step, where it sets one.
    pub fn momentum(&self, step: u64, total: u64) -> Option<f32> {
        let ScheduleSpec::OneCycle {
            rise,
            momentum: Some([low, high]),
            ..
        } = *self
        else {
            return None;
        };
        let total = total.max(1);
        let (low, high) = (f64::from(low), f64::from(high));
        Some(cycle(rise, step.min(total - 1), total, high, low, high) as f32)
    }

    /// What is wrong with the numbers, if anything, with the key.
    pub fn problem(&self) -> Option<String> {
        let share = |key: &str, value: f32| {
            (!(0.0..=1.0).contains(&value))
                .then(|| format!("schedule.{key} = {value}: expected a share of the run, 0 to 1"))
        };
        let positive = |key: &str, value: f32| {
            (value.is_nan() || value <= 0.0)
                .then(|| format!("schedule.{key} = {value}: expected a number above 0"))
        };
        match *self {
            ScheduleSpec::Constant { warmup } => share("warmup", warmup),
            ScheduleSpec::Step {
                every,
                gamma,
                warmup,
            } => share("warmup", warmup)
                .or_else(|| positive("every", every))
                .or_else(|| positive("gamma", gamma)),
            ScheduleSpec::Cosine { floor, warmup } => {
                share("warmup", warmup).or_else(|| share("floor", floor))
            }
            ScheduleSpec::OneCycle {
                rise,
                start_div,
                end_div,
                momentum,
            } => share("rise", rise)
                .or_else(|| positive("start_div", start_div))
                .or_else(|| positive("end_div", end_div))
                .or_else(|| {
                    momentum.and_then(|m| m.into_iter().find_map(|value| share("momentum", value)))
                }),
        }
    }
}

/// Steps that the warm-up takes.
fn warmup_steps(warmup: f32, total: u64) -> u64 {
    ((f64::from(warmup) * total as f64).round() as u64).min(total)
}

/// The factor while warming up: `(step + 1) / (steps + 1)`, so that neither its first value is 0 nor its last already 1.
fn warm(warmup: f32, step: u64, total: u64) -> Option<f64> {
    let steps = warmup_steps(warmup, total);
    (step < steps).then(|| (step + 1) as f64 / (steps + 1) as f64)
}

/// Two half cosines, `first → middle` over the share `rise`, then `middle → last`, with PyTorch's phase ends.
fn cycle(rise: f32, step: u64, total: u64, first: f64, middle: f64, last: f64) -> f64 {
    let anneal = |from: f64, to: f64, place: f64| {
        to + (from - to) * 0.5 * (1.0 + (std::f64::consts::PI * place).cos())
    };
    let turn = f64::from(rise) * total as f64 - 1.0;
    let end = total as f64 - 1.0;
    let step = step as f64;
    if step <= turn {
        anneal(first, middle, if turn > 0.0 { step / turn } else { 1.0 })
    } else if end > turn {
        anneal(middle, last, (step - turn) / (end - turn))
    } else {
        last
    }
}
