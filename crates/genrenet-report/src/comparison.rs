//! Several runs on the same clips: which differ for real?

use std::collections::HashMap;

use genrenet_metrics as metrics;

use crate::facts::RunFacts;
use crate::measured::Measured;

/// Below this a difference is called real.
const LEVEL: f64 = 0.05;

/// Two runs on the clips that both answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Pair {
    /// Names of both.
    pub names: [String; 2],
    /// Clips that both answered.
    pub n: usize,
    /// Accuracy of the first minus that of the second, with its 95 % interval (paired bootstrap).
    pub difference: [f64; 3],
    /// Clips that only the first, and only the second, got right.
    pub only: [u64; 2],
    /// p-value of the exact McNemar test.
    pub p: f64,
    /// The same after Holm's correction for the number of pairs.
    pub corrected: f64,
}

impl Pair {
    /// Whether the difference is more than luck would give in one case of twenty.
    pub fn differs(&self) -> bool {
        self.corrected < LEVEL
    }

    /// The finding as a plain sentence.
    pub fn sentence(&self) -> String {
        let [first, second] = &self.names;
        let [difference, low, high] = self.difference;
        let (better, worse) = if difference >= 0.0 {
            (first, second)
        } else {
            (second, first)
        };
        let p = if self.corrected < 0.001 {
            "p\u{a0}<\u{a0}0.001".into()
        } else {
            format!("p\u{a0}=\u{a0}{:.3}", self.corrected)
        };
        if self.differs() {
            format!(
                "{better} is better than {worse} for real: {:.1} points more right answers on {} clips ({p}).",
                100.0 * difference.abs(),
                self.n
            )
        } else {
            format!(
                "{first} and {second} cannot be told apart: the difference of {} (95\u{a0}% interval {} to {}) may be luck ({p}, {} clips).",
                signed(difference),
                signed(low),
                signed(high),
                self.n
            )
        }
    }
}

/// A difference of shares in points, with its sign.
pub(crate) fn signed(share: f64) -> String {
    let sign = if share < 0.0 { "−" } else { "+" };
    format!("{sign}{:.1} points", 100.0 * share.abs())
}

/// All pairs of runs, by the clips of their first evaluations that have the same name and the same genre.
///
/// A pair without common clips, or a run that could not be measured, is told in the second list.
pub fn compare(runs: &[RunFacts], measured: &[Option<&Measured>]) -> (Vec<Pair>, Vec<String>) {
    let mut pairs = Vec::new();
    let mut lacking = Vec::new();
    for (i, first) in runs.iter().enumerate() {
        for (j, second) in runs.iter().enumerate().skip(i + 1) {
            let names = [first.name.clone(), second.name.clone()];
            let (Some(a), Some(b)) = (
                measured.get(i).copied().flatten(),
                measured.get(j).copied().flatten(),
            ) else {
                lacking.push(format!(
                    "{} and {} are not compared: one of them has no test answers.",
                    names[0], names[1]
                ));
                continue;
            };
            let (left, right) = paired(first, a, second, b);
            if left.is_empty() {
                lacking.push(format!(
                    "{} and {} are not compared: they answered no clip in common.",
                    names[0], names[1]
                ));
                continue;
            }
            let apart = metrics::disagreement(&left, &right);
            let gap = metrics::paired_bootstrap(
                &left,
                &right,
                metrics::RESAMPLES,
                metrics::BOOTSTRAP_SEED,
            );
            let p = metrics::mcnemar(&left, &right);
            pairs.push(Pair {
                names,
                n: left.len(),
                difference: [gap.difference, gap.low, gap.high],
                only: [apart.only_first, apart.only_second],
                p,
                corrected: p,
            });
        }
    }
    holm(&mut pairs);
    (pairs, lacking)
}

/// Hits of both runs on the clips that both answered, in the order of the first.
fn paired(
    first: &RunFacts,
    a: &Measured,
    second: &RunFacts,
    b: &Measured,
) -> (Vec<bool>, Vec<bool>) {
    let (Some(left), Some(right)) = (first.evaluations.first(), second.evaluations.first()) else {
        return (Vec::new(), Vec::new());
    };
    let places: HashMap<&str, usize> = right.ids.iter().map(String::as_str).zip(0..).collect();
    left.ids
        .iter()
        .enumerate()
        .filter_map(|(row, id)| Some((row, *places.get(id.as_str())?)))
        .filter(|&(row, other)| {
            first.genres.get(left.labels[row]) == second.genres.get(right.labels[other])
        })
        .map(|(row, other)| (a.hits[row], b.hits[other]))
        .unzip()
}

/// Holm's step-down correction (*Scandinavian Journal of Statistics* 6, 1979).
fn holm(pairs: &mut [Pair]) {
    let mut order: Vec<usize> = (0..pairs.len()).collect();
    order.sort_by(|&a, &b| pairs[a].p.total_cmp(&pairs[b].p));
    let mut least = 0.0f64;
    for (rank, &at) in order.iter().enumerate() {
        least = least.max((pairs[at].p * (order.len() - rank) as f64).min(1.0));
        pairs[at].corrected = least;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(p: f64) -> Pair {
        Pair {
            names: ["a".into(), "b".into()],
            n: 100,
            difference: [0.1, 0.05, 0.15],
            only: [15, 5],
            p,
            corrected: p,
        }
    }

    #[test]
    fn holm_is_that_of_statsmodels() {
        // statsmodels.stats.multitest.multipletests([0.01, 0.04, 0.03, 0.005], method="holm")[1]
        let mut pairs: Vec<Pair> = [0.01, 0.04, 0.03, 0.005].map(pair).to_vec();
        holm(&mut pairs);
        for (pair, expected) in pairs.iter().zip([0.03, 0.06, 0.06, 0.02]) {
            assert!((pair.corrected - expected).abs() < 1e-12);
        }
    }

    #[test]
    fn sentences_say_which_and_whether() {
        assert!(
            pair(0.0001)
                .sentence()
                .starts_with("a is better than b for real: 10.0 points more")
        );
        assert!(
            pair(0.4)
                .sentence()
                .starts_with("a and b cannot be told apart")
        );
        let mut turned = pair(0.0001);
        turned.difference = [-0.1, -0.15, -0.05];
        assert!(turned.sentence().starts_with("b is better than a"));
    }
}
