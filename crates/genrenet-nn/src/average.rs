//! Averages of the weights over training, which often generalise better than the last ones.

use serde::{Deserialize, Serialize};

use crate::{NnError, Tensor};

/// Which average of the weights is kept beside them.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum AverageSpec {
    /// Exponential moving average: `a ← d·a + (1 − d)·w` after each step, with `d` no more than `(1 + n) / (10 + n)` at
    /// update `n`, so that the weights of the initialiser fade quickly.
    Ema {
        /// Decay per update, 0 to below 1 (0.999: about the last thousand steps).
        decay: f32,
    },
    /// Stochastic weight averaging (Izmailov et al. 2018): the plain mean of all weights from a point of the run on.
    Swa {
        /// Share of the run after which averaging starts, 0–1.
        start: f32,
    },
}

/// A running average of a network's state: weights and running statistics.
///
/// The arrays must be passed in the same order at every call: the order of
/// [`crate::Network::state`]. Averaging the running statistics of batch normalisation along with the weights keeps the
/// averaged network usable without another pass over the data.
#[derive(Clone, Debug)]
pub struct WeightAverage {
    spec: AverageSpec,
    updates: u64,
    average: Vec<Tensor>,
}

impl WeightAverage {
    /// An average before its first update.
    pub fn new(spec: AverageSpec) -> Self {
        Self {
            spec,
            updates: 0,
            average: Vec::new(),
        }
    }

    /// Updates so far; 0 means that there is nothing to swap in.
    pub fn updates(&self) -> u64 {
        self.updates
    }

    /// Whether the average follows the weights at step `step` of `total`.
    pub fn follows(&self, step: u64, total: u64) -> bool {
        match self.spec {
            AverageSpec::Ema { .. } => true,
            AverageSpec::Swa { start } => step as f64 >= f64::from(start) * total as f64,
        }
    }

    /// Adds the current state to the average; the first update copies it.
    ///
    /// # Panics
    /// When the arrays differ in number or length from those of the update before.
    pub fn update<'a>(&mut self, state: impl IntoIterator<Item = &'a Tensor>) {
        self.updates += 1;
        if self.updates == 1 {
            self.average = state.into_iter().cloned().collect();
            return;
        }
        let share = match self.spec {
            AverageSpec::Ema { decay } => {
                let n = self.updates as f32;
                1.0 - decay.min((1.0 + n) / (10.0 + n))
            }
            AverageSpec::Swa { .. } => 1.0 / self.updates as f32,
        };
        let mut count = 0;
        for (i, present) in state.into_iter().enumerate() {
            assert!(
                i < self.average.len(),
                "weight average: more arrays than before"
            );
            let average = &mut self.average[i];
            assert_eq!(
                average.len(),
                present.len(),
                "weight average: array {i} has another length than before"
            );
            for (a, &w) in average.data.iter_mut().zip(&present.data) {
                *a += share * (w - *a);
            }
            count += 1;
        }
        assert_eq!(
            count,
            self.average.len(),
            "weight average: fewer arrays than before"
        );
    }

    /// Exchanges the average with the given arrays; a second call undoes it. Does nothing before the first update.
    ///
    /// # Panics
    /// When the arrays differ in number or length from those of the updates.
    pub fn swap<'a>(&mut self, state: impl IntoIterator<Item = &'a mut Tensor>) {
        if self.updates == 0 {
            return;
        }
        let mut count = 0;
        for (i, present) in state.into_iter().enumerate() {
            assert!(
                i < self.average.len(),
                "weight average: more arrays than before"
            );
            assert_eq!(
                self.average[i].len(),
                present.len(),
                "weight average: array {i} has another length than before"
            );
            std::mem::swap(&mut self.average[i].data, &mut present.data);
            count += 1;
        }
        assert_eq!(
            count,
            self.average.len(),
            "weight average: fewer arrays than before"
        );
    }

    /// The averaged arrays, in the order of the state (empty before the first update).
    pub fn tensors(&self) -> &[Tensor] {
        &self.average
    }

    /// The state as named arrays for a checkpoint: `average.updates` and `average.<index>`.
    pub fn state(&self) -> Vec<(String, Tensor)> {
        let updates = vec![
            (self.updates >> 20) as f32,
            (self.updates & 0xf_ffff) as f32,
        ];
        let mut state = vec![(
            "average.updates".to_string(),
            Tensor {
                shape: vec![2],
                data: updates,
            },
        )];
        state.extend(
            self.average
                .iter()
                .enumerate()
                .map(|(i, t)| (format!("average.{i}"), t.clone())),
        );
        state
    }

    /// Restores what [`Self::state`] returned; `shapes` are those of the network's state, in its order. Other names are ignored.
    ///
    /// # Errors
    /// [`NnError::State`] naming the array that is missing or has another shape; the average is then as it was before.
    pub fn load_state(
        &mut self,
        state: &[(String, Tensor)],
        shapes: &[Vec<usize>],
    ) -> Result<(), NnError> {
        let find = |name: String, shape: &[usize]| match state.iter().find(|(key, _)| *key == name)
        {
            Some((_, tensor)) if tensor.shape == shape => Ok(tensor.clone()),
            found => Err(NnError::State {
                name,
                expected: format!("an array of shape {shape:?}"),
                found: found.map_or("nothing".to_string(), |(_, t)| {
                    format!("shape {:?}", t.shape)
                }),
            }),
        };
        let updates = find("average.updates".to_string(), &[2])?;
        let updates = ((updates.data[0] as u64) << 20) + updates.data[1] as u64;
        let mut average = Vec::new();
        if updates > 0 {
            for (i, shape) in shapes.iter().enumerate() {
                average.push(find(format!("average.{i}"), shape)?);
            }
        }
        (self.updates, self.average) = (updates, average);
        Ok(())
    }
}
