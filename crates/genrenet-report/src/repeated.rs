//! Several runs of one recipe: what is measured of each, and the mean over them.

use std::collections::HashSet;

use genrenet_metrics::mean_interval_within;

use crate::facts::{Evaluation, RunFacts};
use crate::measured::{Measured, measure};

/// A run with the measured evaluations of itself and of its repeats.
pub(crate) struct MeasuredRun {
    /// Of the run itself; an evaluation that could not be measured is its reason.
    pub(crate) own: Vec<Result<Measured, String>>,
    /// The same of each repeat.
    pub(crate) repeats: Vec<Vec<Result<Measured, String>>>,
    /// The first evaluations of all parts as one, where no clip is in two of them: every clip answered by a network that
    /// has not heard it. The run's own clips come first.
    pub(crate) together: Option<(Evaluation, Measured)>,
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
    pub(crate) fn of(run: &RunFacts) -> MeasuredRun {
        let all = |evaluations: &[Evaluation]| {
            evaluations
                .iter()
                .map(|evaluation| measure(evaluation, run.genres.len()))
                .collect::<Vec<_>>()
        };
        let together = together(run).and_then(|evaluation| {
            let measured = measure(&evaluation, run.genres.len()).ok()?;
            Some((evaluation, measured))
        });
        MeasuredRun {
            own: all(&run.evaluations),
            repeats: run
                .repeats
                .iter()
                .map(|repeat| all(&repeat.evaluations))
                .collect(),
            together,
        }
    }

    /// What the report's figures of a single evaluation are about: all clips together, or the run's own first evaluation.
    pub(crate) fn shown<'a>(&'a self, run: &'a RunFacts) -> Option<(&'a Evaluation, &'a Measured)> {
        if let Some((evaluation, measured)) = &self.together {
            return Some((evaluation, measured));
        }
        let measured = self.own.first()?.as_ref().ok()?;
        Some((run.evaluations.first()?, measured))
    }

    /// Evaluation `at` of the run and of each repeat that was measured.
    pub(crate) fn each(&self, at: usize) -> Vec<&Measured> {
        std::iter::once(&self.own)
            .chain(&self.repeats)
            .filter_map(|list| list.get(at)?.as_ref().ok())
            .collect()
    }

    /// Mean of a share of evaluation `at` over all runs; `None` where there are not two.
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

/// The first evaluations of a run and its repeats one after the other, where there are several and they share no clip.
fn together(run: &RunFacts) -> Option<Evaluation> {
    let all: Vec<&Evaluation> = std::iter::once(run.evaluations.first()?)
        .chain(run.repeats.iter().filter_map(|r| r.evaluations.first()))
        .collect();
    let mut seen = HashSet::new();
    let apart = all
        .iter()
        .flat_map(|evaluation| &evaluation.ids)
        .all(|id| seen.insert(id.as_str()));
    if all.len() < 2 || !apart {
        return None;
    }
    let grouped = all.iter().all(|evaluation| evaluation.groups.is_some());
    let mut whole = Evaluation {
        on: all[0].on.clone(),
        groups: grouped.then(Vec::new),
        ..Evaluation::default()
    };
    for evaluation in all {
        whole.ids.extend(evaluation.ids.iter().cloned());
        whole.labels.extend(&evaluation.labels);
        whole.probabilities.extend(&evaluation.probabilities);
        if let (Some(groups), Some(more)) = (&mut whole.groups, &evaluation.groups) {
            groups.extend(more);
        }
    }
    Some(whole)
}
