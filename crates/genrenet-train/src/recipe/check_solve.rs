//! What a head that is solved does not read: refused, rather than ignored.

use genrenet_model::Output;
use toml::Table;

use super::{AugmentSpec, Recipe, SolveSpec, TrainSpec, old_names};
use crate::error::TrainError;
use crate::heads::HeadKind;

/// The keys of `[train]` that count for a head that is solved.
const READ: [&str; 7] = [
    "output",
    "solve",
    "seed",
    "seeds",
    "initialiser",
    "start_from",
    "with_validation",
];

impl Recipe {
    /// Whether a key, in dotted form, has an effect: a head that is solved is not trained step by step, from labels alone, and not
    /// augmented.
    pub fn reads(&self, key: &str) -> bool {
        let key = old_names::key(key.trim());
        let mut parts = key.split('.');
        match (parts.next(), parts.next()) {
            _ if self.train.solve.is_none() => true,
            (Some("train"), Some(key)) => READ.contains(&key),
            (Some("augment" | "distill" | "second_target"), _) => false,
            _ => true,
        }
    }

    /// Refuses what a head that is solved does not read, and candidates that can't be.
    pub(super) fn check_solve(&self, solve: &SolveSpec) -> Result<(), TrainError> {
        if self.train.output != Output::Softmax {
            return Err(TrainError::value(
                "train.output",
                "sigmoid",
                "\"softmax\", as train.solve is given",
            ));
        }
        for (key, given) in [
            ("distill", self.distill.is_some()),
            ("second_target", self.second_target.is_some()),
        ] {
            if given {
                let expected = "none, as train.solve is given: it learns from labels alone";
                return Err(TrainError::value(key, "given", expected));
            }
        }
        for (number, kind) in solve.candidates.iter().enumerate() {
            if let HeadKind::Logistic { c } = kind
                && !(*c > 0.0 && c.is_finite())
            {
                let key = format!("train.solve.candidates.{number}.c");
                return Err(TrainError::value(key, c, "a number above 0"));
            }
        }
        let defaults: TrainSpec = toml::from_str("").map_err(|e| TrainError::Recipe {
            path: self.name.clone(),
            message: e.to_string(),
            source: Some(e.into()),
        })?;
        self.refuse_unread("train", &self.train, &defaults)?;
        self.refuse_unread("augment", &self.augment, &AugmentSpec::default())
    }

    /// Refuses the first key of a section that has no effect and another value than by default: a recipe that a run writes
    /// spells all values out.
    fn refuse_unread<T: serde::Serialize>(
        &self,
        section: &str,
        given: &T,
        defaults: &T,
    ) -> Result<(), TrainError> {
        let table = |section: &T| Table::try_from(section).unwrap_or_default();
        let (given, defaults) = (table(given), table(defaults));
        for (key, value) in &given {
            let path = format!("{section}.{key}");
            if self.reads(&path) || defaults.get(key) == Some(value) {
                continue;
            }
            let expected = match defaults.get(key) {
                Some(default) => default.to_string(),
                None => "nothing".to_owned(),
            };
            return Err(TrainError::value(
                path,
                value,
                format!(
                    "{expected}, as train.solve is given: a head that is solved is not trained by steps"
                ),
            ));
        }
        Ok(())
    }
}
