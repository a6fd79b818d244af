//! Several runs of one recipe: what is measured of each, and the mean over them.

use std::collections::HashSet;

use genrenet_metrics::mean_interval_within;

use crate::context::{Predictions, RunContext};
use crate::error::ReportError;
use crate::measured::{Measured, measure};

/// A run with the measured predictions of itself and of its repeats.
pub(crate) struct MeasuredRun {
    /// Of the run itself; the reason where its predictions could not be measured.
    pub(crate) own: Vec<Result<Measured, ReportError>>,
    /// The same of each repeat.
    pub(crate) repeats: Vec<Vec<Result<Measured, ReportError>>>,
    /// The first predictions of all parts as one, where no clip is in two of them: every clip answered by a network that
    /// did not learn from it. The run's own clips come first.
    pub(crate) together: Option<(Predictions, Measured)>,
}

/// A mean over runs with its 95 % interval (Student's t, within the figure's bounds).
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct MeanOver {
    /// Number of runs.
    pub(crate) n: usize,
    /// Mean, lower and upper end.
    pub(crate) value: [f64; 3],
}

impl MeasuredRun {
    /// Measures all that a run and its repeats answered.
    pub(crate) fn of(run: &RunContext) -> MeasuredRun {
        let all = |predictions: &[Predictions]| {
            predictions
                .iter()
                .map(|predictions| measure(predictions, run.genres.len()))
                .collect::<Vec<_>>()
        };
        let together = together(run).and_then(|predictions| {
            let measured = measure(&predictions, run.genres.len()).ok()?;
            Some((predictions, measured))
        });
        MeasuredRun {
            own: all(&run.predictions),
            repeats: run
                .repeats
                .iter()
                .map(|repeat| all(&repeat.predictions))
                .collect(),
            together,
        }
    }

    /// The predictions that the report's figures show: those of all clips together, or the run's own first ones.
    pub(crate) fn shown<'a>(
        &'a self,
        run: &'a RunContext,
    ) -> Option<(&'a Predictions, &'a Measured)> {
        if let Some((predictions, measured)) = &self.together {
            return Some((predictions, measured));
        }
        let measured = self.own.first()?.as_ref().ok()?;
        Some((run.predictions.first()?, measured))
    }

    /// Predictions `at` of the run and of each repeat that was measured.
    pub(crate) fn each(&self, at: usize) -> Vec<&Measured> {
        std::iter::once(&self.own)
            .chain(&self.repeats)
            .filter_map(|list| list.get(at)?.as_ref().ok())
            .collect()
    }

    /// Mean of a share of predictions `at` over all runs; `None` where there are not two.
    pub(crate) fn mean(&self, at: usize, figure: impl Fn(&Measured) -> f64) -> Option<MeanOver> {
        self.mean_within(at, figure, [0.0, 1.0])
    }

    /// As [`MeasuredRun::mean`], of a figure with other bounds.
    pub(crate) fn mean_within(
        &self,
        at: usize,
        figure: impl Fn(&Measured) -> f64,
        bounds: [f64; 2],
    ) -> Option<MeanOver> {
        let values: Vec<f64> = self.each(at).into_iter().map(figure).collect();
        if values.len() < 2 {
            return None;
        }
        let (mean, low, high) = mean_interval_within(&values, bounds);
        Some(MeanOver {
            n: values.len(),
            value: [mean, low, high],
        })
    }
}

/// The first predictions of a run and its repeats one after the other, where there are several and they share no clip.
fn together(run: &RunContext) -> Option<Predictions> {
    let all: Vec<&Predictions> = std::iter::once(run.predictions.first()?)
        .chain(run.repeats.iter().filter_map(|r| r.predictions.first()))
        .collect();
    let mut seen = HashSet::new();
    let apart = all
        .iter()
        .flat_map(|predictions| &predictions.ids)
        .all(|id| seen.insert(id.as_str()));
    if all.len() < 2 || !apart {
        return None;
    }
    let grouped = all.iter().all(|predictions| predictions.groups.is_some());
    let mut whole = Predictions {
        on: all[0].on.clone(),
        groups: grouped.then(Vec::new),
        ..Predictions::default()
    };
    for predictions in all {
        whole.ids.extend(predictions.ids.iter().cloned());
        whole.labels.extend(&predictions.labels);
        whole.probabilities.extend(&predictions.probabilities);
        if let (Some(groups), Some(more)) = (&mut whole.groups, &predictions.groups) {
            groups.extend(more);
        }
    }
    Some(whole)
}
