//! Checks of a recipe's values.

use std::ops::RangeInclusive;

use genrenet_files::{NAME_BYTES, is_plain_name};
use genrenet_model::{ModelError, Output};
use genrenet_nn::{AverageSpec, NnError};

use super::{Keep, Recipe};
use crate::error::TrainError;

/// Largest number of epochs; more are probably meant as steps.
pub const EPOCHS: usize = 100_000;
/// Largest number of rows per step.
pub const BATCH: usize = 1 << 16;
/// Largest number of values between two layers for all rows of a step: 2³⁰ are 4 GiB, and a step takes a few times as much.
pub const VALUES: usize = 1 << 30;
/// Largest number of seeds of a recipe; each is a whole run.
const SEEDS: usize = 1000;
/// Largest number of masks or rectangles of a clip.
const MASKS: usize = 1000;
/// Largest width of a mask, and shift: no clip has more frames or bands.
const WIDTH: usize = 1 << 19;
/// Largest standard deviation of noise, and largest change of level.
const LEVEL: f32 = 1e6;

impl Recipe {
    /// Refuses impossible values, quoting key and value.
    ///
    /// # Errors
    /// [`TrainError::Value`] for the first one found.
    pub fn check(&self) -> Result<(), TrainError> {
        // The run's folder has this name.
        if !is_plain_name(&self.name) {
            return Err(TrainError::value(
                "name",
                format!("{:?}", self.name),
                format!(
                    "the name of a folder: at most {NAME_BYTES} bytes, no slash and none of : * ? \" < > |, no dot at an end"
                ),
            ));
        }
        if let Some(front_end) = &self.front_end {
            front_end.check().map_err(ModelError::of_front_end)?;
        }
        if let (Some(_), Some(file)) = (&self.data.split, &self.data.split_file) {
            return Err(TrainError::value(
                "data.split_file",
                format!("{:?}", file.display().to_string()),
                "no data.split beside it",
            ));
        }
        self.check_network()?;
        self.check_sizes()?;
        self.check_train()?;
        self.check_augment()?;
        if let Some(second) = &self.second_target {
            at_least("second_target.weight", second.weight, 0.0)?;
        }
        if let Some(distill) = &self.distill {
            share("distill.weight", distill.weight)?;
            above("distill.temperature", distill.temperature, 0.0)?;
            if distill.bundles.is_empty() && distill.soft_targets.is_none() {
                return Err(TrainError::value(
                    "distill.bundles",
                    "[]",
                    "one bundle at least, or distill.soft_targets",
                ));
            }
        }
        share("calibrate.precision", self.calibrate.precision)?;
        Ok(())
    }

    fn check_network(&self) -> Result<(), TrainError> {
        if self.inputs.is_empty() {
            return Err(TrainError::value("inputs", "[]", "one input at least"));
        }
        for (index, input) in self.inputs.iter().enumerate() {
            input.check(&format!("inputs.{index}"))?;
            if self.inputs[..index]
                .iter()
                .any(|other| other.name == input.name)
            {
                return Err(TrainError::value(
                    format!("inputs.{index}.name"),
                    format!("{:?}", input.name),
                    "each name once",
                ));
            }
        }
        for (index, branch) in self.network.branches.iter().enumerate() {
            if !self.inputs.iter().any(|input| input.name == branch.input) {
                let known: Vec<&str> = self
                    .inputs
                    .iter()
                    .map(|input| input.name.as_str())
                    .collect();
                return Err(TrainError::value(
                    format!("network.branches.{index}.input"),
                    format!("{:?}", branch.input),
                    format!("one of the inputs: {}", known.join(", ")),
                ));
            }
        }
        if self.network.branches.is_empty() {
            return Err(TrainError::value(
                "network.branches",
                "[]",
                "one branch at least",
            ));
        }
        let Some(head) = self.network.heads.first() else {
            return Err(TrainError::value(
                "network.heads",
                "[]",
                "one head, the genres",
            ));
        };
        let sigmoid = self.train.output == Output::Sigmoid;
        if sigmoid && head.outputs > 1 {
            return Err(TrainError::value(
                "network.heads.0.outputs",
                head.outputs,
                "1, as train.output = \"sigmoid\"",
            ));
        }
        self.check_labels()
    }

    /// Checks the sizes of the network before any data are read.
    fn check_sizes(&self) -> Result<(), TrainError> {
        self.network.check_sizes().map_err(|error| match error {
            NnError::Spec {
                layer,
                key,
                value,
                reason,
            } => TrainError::value(
                format!("network.{layer}.{key}"),
                value,
                reason.trim_start_matches("expected "),
            ),
            other => ModelError::Network {
                member: self.name.clone(),
                source: other.into(),
            }
            .into(),
        })
    }

    fn check_train(&self) -> Result<(), TrainError> {
        let train = &self.train;
        match &train.solve {
            Some(solve) => self.check_solve(solve)?,
            None => within("train.epochs", train.epochs, 1..=EPOCHS)?,
        }
        within("train.batch", train.batch, 1..=BATCH)?;
        within("train.seeds", train.seeds.len(), 0..=SEEDS)?;
        match train.average {
            Some(AverageSpec::Ema { decay }) if !(0.0..1.0).contains(&decay) => {
                return Err(TrainError::value(
                    "train.average.decay",
                    decay,
                    "0 to below 1",
                ));
            }
            Some(AverageSpec::Swa { start }) => share("train.average.start", start)?,
            _ => {}
        }
        if train.patience == Some(0) {
            return Err(TrainError::value("train.patience", 0, "at least 1"));
        }
        if !(0.0..1.0).contains(&train.label_smoothing) {
            return Err(TrainError::value(
                "train.label_smoothing",
                train.label_smoothing,
                "0 to below 1",
            ));
        }
        if train.with_validation && train.keep != Keep::Last && train.solve.is_none() {
            return Err(TrainError::value(
                "train.keep",
                "\"best\"",
                "\"last\", as train.with_validation leaves no rows to choose by",
            ));
        }
        if let Some(index) =
            (1..train.seeds.len()).find(|&i| train.seeds[..i].contains(&train.seeds[i]))
        {
            return Err(TrainError::value(
                format!("train.seeds.{index}"),
                train.seeds[index],
                "each seed once",
            ));
        }
        let problem = train
            .optimizer
            .problem()
            .or_else(|| train.schedule.problem());
        if let Some(problem) = problem {
            // The optimiser's message is "optimizer.lr = 0: expected a number above 0".
            let (key, rest) = problem.split_once(" = ").unwrap_or((&problem, ""));
            let (found, expected) = rest
                .split_once(": expected ")
                .unwrap_or((rest, "another value"));
            return Err(TrainError::value(format!("train.{key}"), found, expected));
        }
        Ok(())
    }

    fn check_augment(&self) -> Result<(), TrainError> {
        let augment = &self.augment;
        for (key, value) in [
            ("mixup_share", augment.mixup_share),
            ("cutmix", augment.cutmix),
            ("cutout_size", augment.cutout_size),
            ("low_pass", augment.low_pass),
            ("low_pass_least", augment.low_pass_least),
            ("drop_inputs", augment.drop_inputs),
            ("value_dropout", augment.value_dropout),
            ("clean_end", augment.clean_end),
        ] {
            share(&format!("augment.{key}"), value)?;
        }
        for (key, value) in [
            ("mixup", augment.mixup),
            ("gain_db", augment.gain_db),
            ("tilt_db", augment.tilt_db),
            ("equalizer_db", augment.equalizer_db),
            ("value_noise", augment.value_noise),
            ("mfcc_noise", augment.mfcc_noise),
        ] {
            if !(0.0..=LEVEL).contains(&value) {
                let expected = format!("0 to {LEVEL}");
                return Err(TrainError::value(format!("augment.{key}"), value, expected));
            }
        }
        for (key, value, most) in [
            ("time_masks", augment.time_masks, MASKS),
            ("time_width", augment.time_width, WIDTH),
            ("band_masks", augment.band_masks, MASKS),
            ("band_width", augment.band_width, WIDTH),
            ("cutouts", augment.cutouts, MASKS),
            ("shift_bands", augment.shift_bands, WIDTH),
        ] {
            within(&format!("augment.{key}"), value, 0..=most)?;
        }
        if !(0.0..0.9).contains(&augment.stretch) {
            return Err(TrainError::value(
                "augment.stretch",
                augment.stretch,
                "0 to below 0.9",
            ));
        }
        Ok(())
    }
}

fn within(key: &str, value: usize, bounds: RangeInclusive<usize>) -> Result<(), TrainError> {
    if bounds.contains(&value) {
        return Ok(());
    }
    let expected = format!("{} to {}", bounds.start(), bounds.end());
    Err(TrainError::value(key, value, expected))
}

fn share(key: &str, value: f32) -> Result<(), TrainError> {
    if (0.0..=1.0).contains(&value) {
        Ok(())
    } else {
        Err(TrainError::value(key, value, "0 to 1"))
    }
}

fn at_least(key: &str, value: f32, least: f32) -> Result<(), TrainError> {
    if value.is_finite() && value >= least {
        Ok(())
    } else {
        Err(TrainError::value(key, value, format!("{least} or more")))
    }
}

fn above(key: &str, value: f32, least: f32) -> Result<(), TrainError> {
    if value.is_finite() && value > least {
        Ok(())
    } else {
        Err(TrainError::value(
            key,
            value,
            format!("a number above {least}"),
        ))
    }
}
